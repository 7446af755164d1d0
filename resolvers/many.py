"""Working on the results of a whole level: one value, exception or None per parent."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from loaders.loader import Loader

K = TypeVar("K")
A = TypeVar("A")
B = TypeVar("B")

# What a batch resolver returns: as many values as parents, an exception where that parent's failed.
Results: TypeAlias = list[A | BaseException | None]


def each(results: Sequence[A | BaseException | None], take: Callable[[A], B]) -> Results[B]:
    """Return ``take`` of each value; exceptions and None stay what they are."""
    return [result if result is None or isinstance(result, BaseException) else take(result) for result in results]


async def present(keys: Sequence[K | None], loader: Loader[K, A]) -> Results[A]:
    """Return the loaded value of each key, and None where there is no key."""
    asked = [key for key in keys if key is not None]
    loaded = iter(await loader.load_all(asked))
    return [None if key is None else next(loaded) for key in keys]
