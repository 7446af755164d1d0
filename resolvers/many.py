"""Working on the results of a whole level: one value, exception or None per parent."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from loaders.loader import Loader

K = TypeVar("K")
A = TypeVar("A")
B = TypeVar("B")

# As many values as parents, an exception where that parent's failed.
Results: TypeAlias = list[A | BaseException | None]
# What a batch resolver returns: its results, at once where all of them are remembered. Most are, and what is there
# at once costs no task and no turn of the event loop.
Level: TypeAlias = Results[A] | Awaitable[Results[A]]


def then(level: Level[A], function: Callable[[Results[A]], Level[B]]) -> Level[B]:
    """Return what ``function`` makes of a level's results, at once where they are there."""
    return function(level) if isinstance(level, list) else _after(level, function)


def each(level: Level[A], take: Callable[[A], B]) -> Level[B]:
    """Return ``take`` of each value; exceptions and None stay what they are."""
    return then(level, partial(_each, take))


def present(keys: Sequence[K | None], loader: Loader[K, A]) -> Level[A]:
    """Return the loaded value of each key, and None where there is no key."""
    return then(loader.load_level([key for key in keys if key is not None]), partial(_spread, keys))


def _each(take: Callable[[A], B], results: Results[A]) -> Results[B]:
    return [result if result is None or isinstance(result, BaseException) else take(result) for result in results]


def _spread(keys: Sequence[object | None], results: Results[A]) -> Results[A]:
    found = iter(results)
    return [None if key is None else next(found) for key in keys]


async def _after(level: Awaitable[Results[A]], function: Callable[[Results[A]], Level[B]]) -> Results[B]:
    found = function(await level)
    return found if isinstance(found, list) else await found
