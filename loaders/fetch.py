"""The one shape that a client method, a cached fetch and a merged fetch share, so that they compose."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

K = TypeVar("K")
V = TypeVar("V")

# What exists of the keys; a value may be an exception for that key alone, and a missing key has no entry.
Fetch: TypeAlias = Callable[[Sequence[K]], Awaitable[Mapping[K, V | Exception]]]
