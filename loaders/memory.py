"""The in-process tier: decoded values and whole answers, bounded in bytes, gone as soon as Redis says they changed."""

from collections import deque
from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# What an entry takes beside its value: itself, its name, its head, and its places in two dictionaries and the queue.
ENTRY_BYTES = 650
# The same of an answer, and of each name that it depends on.
ANSWER_BYTES = 500
NAME_BYTES = 150


class Entry(Generic[K, V]):
    """A value, and until when it may be used.

    Attributes:
        key: The loader's key; it names the owner.
        name: By which Redis knows it.
        head: What no other value begins with in Redis; empty where it never was there.
        value: The record; None: there is no such thing.
        fresh_until: Event loop time up to which it is used without a thought.
        until: Event loop time up to which it may be used at all.
        weight: Bytes that it takes.
        used: Whether it was asked for since it was last looked at for eviction.
    """

    __slots__ = ("fresh_until", "head", "key", "name", "shelf", "until", "used", "value", "weight")

    def __init__(
        self,
        shelf: "dict[K, Entry[K, V]]",
        key: K,
        name: bytes,
        value: V | None,
        fresh_until: float,
        until: float,
        weight: int,
        head: bytes = b"",
    ) -> None:
        self.shelf = shelf
        self.key = key
        self.name = name
        self.head = head
        self.value = value
        self.fresh_until = fresh_until
        self.until = until
        self.weight = weight
        self.used = False


class Answer:
    """A whole answer, valid for as long as everything that it was made of.

    Attributes:
        key: Who asked what.
        body: Its JSON; empty once it is gone.
        coded: The same as it goes over the wire, by content coding.
        cost: What the operation costs.
        until: Event loop time up to which it may be used.
        names: By which Redis knows what it was made of.
        weight: Bytes that it takes.
        used: As an entry's.
    """

    __slots__ = ("body", "coded", "cost", "key", "names", "until", "used", "weight")

    def __init__(self, key: Hashable, body: bytes, cost: int, until: float, names: Sequence[bytes]) -> None:
        self.key = key
        self.body = body
        self.coded: dict[str, bytes] = {}
        self.cost = cost
        self.until = until
        self.names = names
        # It may be kept compressed as well.
        self.weight = ANSWER_BYTES + len(body) * 3 // 2 + NAME_BYTES * len(names)
        self.used = False


Shelf: TypeAlias = dict[K, Entry[K, V]]


class Memory:
    """All entries and answers of a process.

    Each source looks values up in a shelf of its own, by its own keys; what they have in common is the bound, and the
    names by which Redis knows the values.

    Args:
        max_bytes: What all may take together.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self.answers: dict[Hashable, Answer] = {}
        self._shelves: list[Shelf[Any, Any]] = []
        self._by_name: dict[bytes, Entry[Any, Any]] = {}
        self._made_of: dict[bytes, set[Answer]] = {}
        # In the order in which they came. What was dropped stays, empty, until it is met or swept.
        self._queue: deque[Entry[Any, Any] | Answer] = deque()

    def __len__(self) -> int:
        return len(self._by_name)

    def shelf(self) -> Shelf[Any, Any]:
        """Return a new shelf."""
        shelf: Shelf[Any, Any] = {}
        self._shelves.append(shelf)
        return shelf

    def put(self, entry: Entry[Any, Any]) -> None:
        """Keep an entry in place of the one of its name, and evict others until all fit.

        What was used since it came, or since it was last spared, is spared once more (the clock algorithm).
        """
        self.forget(entry.name)
        if entry.weight > self.max_bytes // 8:
            return
        entry.shelf[entry.key] = entry
        self._by_name[entry.name] = entry
        self._add(entry)

    def put_answer(self, answer: Answer) -> None:
        """Keep an answer in place of the one of its key, and evict others until all fit."""
        if answer.weight > self.max_bytes // 8:
            return
        if (old := self.answers.get(answer.key)) is not None:
            self._drop(old)
        self.answers[answer.key] = answer
        for name in answer.names:
            self._made_of.setdefault(name, set()).add(answer)
        self._add(answer)

    def forget(self, name: bytes) -> None:
        """Drop the entry of a name, if there is one, and every answer that was made of it."""
        entry = self._by_name.get(name)
        if entry is not None:
            self._drop(entry)
        for answer in tuple(self._made_of.get(name, ())):
            self._drop(answer)

    def clear(self) -> None:
        """Drop everything."""
        for one in self._queue:
            _empty(one)
        for shelf in self._shelves:
            shelf.clear()
        for held in (self._by_name, self.answers, self._made_of, self._queue):
            held.clear()
        self.bytes = 0

    def _add(self, one: Entry[Any, Any] | Answer) -> None:
        self.bytes += one.weight
        self._queue.append(one)
        while self.bytes > self.max_bytes:
            oldest = self._queue.popleft()
            if oldest.used:
                oldest.used = False
                self._queue.append(oldest)
            else:
                self._drop(oldest)
        if len(self._queue) > 2 * (len(self._by_name) + len(self.answers)) + 64:
            self._queue = deque(one for one in self._queue if one.weight)

    def _drop(self, one: Entry[Any, Any] | Answer) -> None:
        """Take one out; its weight says that it is."""
        if not one.weight:
            return
        self.bytes -= one.weight
        if isinstance(one, Answer):
            del self.answers[one.key]
            for name in one.names:
                made = self._made_of[name]
                made.discard(one)
                if not made:
                    del self._made_of[name]
        else:
            del self._by_name[one.name]
            del one.shelf[one.key]
        _empty(one)


def _empty(one: Entry[Any, Any] | Answer) -> None:
    one.weight = 0
    one.used = False
    if isinstance(one, Answer):
        one.body = b""
        one.coded.clear()
    else:
        one.value = None
