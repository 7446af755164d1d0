"""Things of several kinds in one list, each kind asked for together and put back in its places."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeAlias

# One value, exception or None per thing, in their order; at once or awaited.
Answers: TypeAlias = Sequence[Any] | Awaitable[Sequence[Any]]
# The places of the things of one kind, and what asks for them.
Group: TypeAlias = tuple[Sequence[int], Callable[[], Answers]]


def fill(results: list[Any], groups: Iterable[Group]) -> list[Any] | Awaitable[list[Any]]:
    """Put what all groups answer into their places, at once where nothing has to be awaited.

    Args:
        results: Filled in; where no group has a place, it stays as it is.
        groups: All are asked before any is waited for. What one raises is the error of its own places.
    """
    waiting: list[Awaitable[None]] = []
    for places, ask in groups:
        try:
            answers = ask()
        except Exception as error:  # noqa: BLE001  it becomes the error of these places
            answers = [error] * len(places)
        if isinstance(answers, Awaitable):
            waiting.append(_fill_later(results, places, answers))
        else:
            _fill(results, places, answers)
    return _after(waiting, results) if waiting else results


def _fill(results: list[Any], places: Sequence[int], answers: Sequence[Any]) -> None:
    for place, answer in zip(places, answers, strict=True):
        results[place] = answer


async def _fill_later(results: list[Any], places: Sequence[int], answers: Awaitable[Sequence[Any]]) -> None:
    try:
        found = await answers
    except Exception as error:  # noqa: BLE001  the same
        found = [error] * len(places)
    _fill(results, places, found)


async def _after(waiting: Sequence[Awaitable[None]], results: list[Any]) -> list[Any]:
    await asyncio.gather(*waiting)
    return results
