"""From measurements to rows and ratios."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks.compare.results import Ratio, Row
from benchmarks.rig.sample import Cell, Sample, is_held_up

# On a machine whose host changes its speed, less than this is no difference.
TIE = 1.15


def schedule(names: Sequence[str], number: int) -> Iterator[tuple[str, int]]:
    """Yield the servers of a round in their order, each with the number of its pair.

    The first is measured between every two others, so that each of them has it beside itself and drift cancels. Every
    other round goes backwards.
    """
    first, *others = names if number % 2 == 0 else [names[0], *reversed(names[1:])]
    if not others:
        yield first, number
    for start in range(0, len(others), 2):
        pair = number * len(names) + start
        before, *after = others[start : start + 2]
        for name in (before, first, *after):
            yield name, pair


def rows(samples: Sequence[Sample], reference_ms: float) -> list[Row]:
    """Return a row per cell, in the order in which they were first measured."""
    return [_row(cell, of_cell, reference_ms) for cell, of_cell in _by_cell(samples).items()]


def ratios(samples: Sequence[Sample], baseline: str, reference_ms: float) -> list[Ratio]:
    """Return how the baseline compares with each other server in each cell where both were measured."""
    cells = _by_cell(samples)
    found = []
    for cell, theirs in cells.items():
        ours = cells.get(Cell(baseline, cell.query, cell.mode, cell.concurrency))
        if cell.server != baseline and ours:
            found.append(_ratio(cell, ours, theirs, reference_ms))
    return found


def verdict(ratio: float) -> str:
    """Return what a ratio of ours to another's means."""
    if 1 / TIE < ratio < TIE:
        return "tie"
    return "faster" if ratio > 1 else "slower"


def _ratio(cell: Cell, ours: Sequence[Sample], theirs: Sequence[Sample], reference_ms: float) -> Ratio:
    beside = {sample.pair: sample.rate_per_cpu(reference_ms) for sample in ours}
    middle = median(beside.values()) / median(sample.rate_per_cpu(reference_ms) for sample in theirs)
    paired = [
        beside[sample.pair] / sample.rate_per_cpu(reference_ms) for sample in theirs if sample.pair in beside
    ] or [middle]
    return Ratio(
        server=cell.server,
        query=cell.query,
        mode=cell.mode,
        concurrency=cell.concurrency,
        ratio=round(middle, 3),
        low=round(min(paired), 3),
        high=round(max(paired), 3),
        verdict=verdict(middle),
    )


def _row(cell: Cell, samples: Sequence[Sample], reference_ms: float) -> Row:
    outcomes = [sample.outcome for sample in samples]
    return Row(
        server=cell.server,
        query=cell.query,
        mode=cell.mode,
        concurrency=cell.concurrency,
        requests_per_second=round(median(sample.rate for sample in samples), 1),
        requests_per_cpu_second=round(median(sample.rate_per_cpu(reference_ms) for sample in samples), 1),
        p50_ms=round(median(one.p50_ms for one in outcomes), 2),
        p95_ms=round(median(one.p95_ms for one in outcomes), 2),
        p99_ms=round(median(one.p99_ms for one in outcomes), 2),
        errors=sum(one.errors for one in outcomes),
        rss_mb=round(max(sample.rss_mb for sample in samples), 1),
        downstream_calls_per_request=round(median(sample.calls_per_answer for sample in samples), 2),
        is_held_up=any(map(is_held_up, samples)),
    )


def _by_cell(samples: Sequence[Sample]) -> Mapping[Cell, list[Sample]]:
    grouped: dict[Cell, list[Sample]] = defaultdict(list)
    for sample in samples:
        grouped[sample.cell].append(sample)
    return grouped
