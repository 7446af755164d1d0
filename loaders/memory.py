"""The in-process tier: decoded values, bounded in bytes, gone as soon as Redis says that they changed."""

from collections import deque
from collections.abc import Hashable
from typing import Any, Generic, TypeAlias, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# What an entry takes beside its value: itself, its name, and its places in two dictionaries and the queue.
ENTRY_BYTES = 400


class Entry(Generic[K, V]):
    """A value, and until when it may be used.

    Attributes:
        key: The loader's key; it names the owner.
        value: The record; None: there is no such thing.
        fresh_until: Event loop time up to which it is used without a thought.
        until: Event loop time up to which it may be used at all.
        weight: Bytes that it takes.
        used: Whether it was asked for since it was last looked at for eviction.
    """

    __slots__ = ("fresh_until", "key", "name", "shelf", "until", "used", "value", "weight")

    def __init__(
        self,
        shelf: "dict[K, Entry[K, V]]",
        key: K,
        name: bytes,
        value: V | None,
        fresh_until: float,
        until: float,
        weight: int,
    ) -> None:
        self.shelf: dict[K, Entry[K, V]] | None = shelf
        self.key = key
        self.name = name
        self.value = value
        self.fresh_until = fresh_until
        self.until = until
        self.weight = weight
        self.used = False


Shelf: TypeAlias = dict[K, Entry[K, V]]


class Memory:
    """All entries of a process.

    Each source looks values up in a shelf of its own, by its own keys; what they have in common is the bound, and the
    names by which Redis knows the values.

    Args:
        max_bytes: What all entries may take together.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._shelves: list[Shelf[Any, Any]] = []
        self._by_name: dict[bytes, Entry[Any, Any]] = {}
        # In the order in which they came. An entry that was dropped stays, empty, until it is met or swept.
        self._queue: deque[Entry[Any, Any]] = deque()

    def __len__(self) -> int:
        return len(self._by_name)

    def shelf(self) -> Shelf[Any, Any]:
        """Return a new shelf."""
        shelf: Shelf[Any, Any] = {}
        self._shelves.append(shelf)
        return shelf

    def put(self, entry: Entry[Any, Any]) -> None:
        """Keep an entry in place of the one of its name, and evict others until all fit.

        An entry that was used since it came, or since it was last spared, is spared once more (the clock algorithm).
        """
        self.forget(entry.name)
        if entry.shelf is None or entry.weight > self.max_bytes // 8:
            return
        self.bytes += entry.weight
        entry.shelf[entry.key] = entry
        self._by_name[entry.name] = entry
        self._queue.append(entry)
        while self.bytes > self.max_bytes:
            oldest = self._queue.popleft()
            if oldest.shelf is None:
                continue
            if oldest.used:
                oldest.used = False
                self._queue.append(oldest)
            else:
                self.forget(oldest.name)
        if len(self._queue) > 2 * len(self._by_name) + 64:
            self._queue = deque(one for one in self._queue if one.shelf is not None)

    def forget(self, name: bytes) -> None:
        """Drop the entry of a name, if there is one."""
        entry = self._by_name.pop(name, None)
        if entry is not None and entry.shelf is not None:
            del entry.shelf[entry.key]
            self.bytes -= entry.weight
            entry.shelf = entry.value = None

    def clear(self) -> None:
        """Drop everything."""
        for shelf in self._shelves:
            shelf.clear()
        for entry in self._by_name.values():
            entry.shelf = entry.value = None
        self._by_name.clear()
        self._queue.clear()
        self.bytes = 0
