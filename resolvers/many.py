"""Working on the results of a whole level: one value, exception or None per parent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from loaders.loader import Loader
from resolvers.errors import NotFoundError

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


def found(level: Level[A]) -> Level[A]:
    """Return each value, and ``NotFoundError`` in the place of one that is not there."""
    return then(level, _found)


def present(keys: Sequence[K | None], loader: Loader[K, A]) -> Level[A]:
    """Return the loaded value of each key, and None where there is no key."""
    return then(loader.load_level([key for key in keys if key is not None]), partial(_spread, keys))


def together(levels: Sequence[Level[A]]) -> Level[Results[A]]:
    """Return for each parent what it has on all of these levels, which are waited for together."""
    found = [level for level in levels if isinstance(level, list)]
    return _turned(found) if len(found) == len(levels) else _together(levels)


def _turned(levels: Sequence[Results[A]]) -> Results[Results[A]]:
    return [list(of_parent) for of_parent in zip(*levels, strict=True)]


async def _together(levels: Sequence[Level[A]]) -> Results[Results[A]]:
    waiting = iter(await asyncio.gather(*(level for level in levels if not isinstance(level, list))))
    return _turned([level if isinstance(level, list) else next(waiting) for level in levels])


def _found(results: Results[A]) -> Results[A]:
    return [NotFoundError() if result is None else result for result in results]


def _each(take: Callable[[A], B], results: Results[A]) -> Results[B]:
    return [result if result is None or isinstance(result, BaseException) else take(result) for result in results]


def _spread(keys: Sequence[object | None], results: Results[A]) -> Results[A]:
    values = iter(results)
    return [None if key is None else next(values) for key in keys]


async def _after(level: Awaitable[Results[A]], function: Callable[[Results[A]], Level[B]]) -> Results[B]:
    following = function(await level)
    return following if isinstance(following, list) else await following
