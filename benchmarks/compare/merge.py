"""Several runs as one, so that a page need not be measured in one go."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from benchmarks.compare.results import Ratio, Refusal, Results, Row

T = TypeVar("T", Row, Ratio, Refusal)


def merged(runs: Sequence[Results]) -> Results:
    """Return the runs as one, with the last one's machine.

    What was measured of a mode, query and concurrency stays together, from the last run that has it: servers of
    different runs are not comparable.

    Args:
        runs: At least one, the oldest first.
    """
    newest = {group: number for number, run in enumerate(runs) for group in map(_group, run.rows)}

    def chosen(take: Callable[[Results], Sequence[T]]) -> list[T]:
        return [
            one for number, run in enumerate(runs) for one in take(run) if newest.get(_group(one), number) == number
        ]

    last = runs[-1].meta
    meta = replace(
        last,
        servers={name: words for run in runs for name, words in run.meta.servers.items()},
        modes={name: words for run in runs for name, words in run.meta.modes.items()},
        bytes_per_answer={name: size for run in runs for name, size in run.meta.bytes_per_answer.items()},
        ratios=chosen(lambda run: run.meta.ratios),
        refused=chosen(lambda run: run.meta.refused),
        slowest=min(run.meta.slowest for run in runs),
        samples=[],
    )
    return Results(meta, chosen(lambda run: run.rows))


def _group(one: Row | Ratio | Refusal) -> tuple[str, str, int | None]:
    return one.mode, one.query, one.concurrency
