"""A call to a service that several requests share, and what each of them gets of it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Party(Generic[K, V]):
    """One batch of one request.

    Args:
        keys: What it waits for, each once.
        deadline: Event loop time up to which it waits.
        epoch: Nothing that was fetched before an invalidation up to this epoch will do.
    """

    __slots__ = ("deadline", "epoch", "found", "future", "waiting")

    def __init__(self, keys: Sequence[K], deadline: float, epoch: int) -> None:
        self.waiting = len(keys)
        self.deadline = deadline
        self.epoch = epoch
        self.found: dict[K, V | Exception | None] = {}
        self.future: asyncio.Future[Mapping[K, V | Exception | None]] = asyncio.get_running_loop().create_future()

    def take(self, keys: Sequence[K], outcomes: Mapping[K, V | Exception | None]) -> None:
        """Take these keys' outcomes, and nobody else's."""
        self.found.update({key: outcomes[key] for key in keys if key in outcomes})
        self.waiting -= len(keys)
        if not self.waiting and not self.future.done():
            self.future.set_result(self.found)


class Trip(Generic[K, V]):
    """One merged call: its keys, and who asked for which of them.

    Attributes:
        epoch: The latest epoch that was known before it was sent.
        invalidations: How many this process had made before it was sent.
        sent_until: The deadline that it was sent with; 0 before it is sent.
        keys: All keys.
        parties: Who waits for which.
    """

    __slots__ = ("deadline", "epoch", "invalidations", "keys", "parties", "sent_until")

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}
        self.parties: list[tuple[Party[K, V], list[K]]] = []
        self.deadline = 0.0
        self.epoch = 0
        self.invalidations = 0
        self.sent_until = 0.0

    def join(self, party: Party[K, V], keys: list[K]) -> None:
        """Deliver these keys' outcomes to one more party. A call takes as long as the last of its callers may wait."""
        self.parties.append((party, keys))
        if not self.sent_until:
            self.keys.update(dict.fromkeys(keys))
            self.deadline = max(self.deadline, party.deadline)
            self.epoch = max(self.epoch, party.epoch)

    def split_off(self, keys: Iterable[K]) -> Self:
        """Move these keys, and those who wait for them, to a trip of their own."""
        apart = type(self)()
        apart.keys = dict.fromkeys(keys)
        apart.deadline, apart.epoch, apart.sent_until = self.deadline, self.epoch, self.sent_until
        apart.invalidations = self.invalidations
        for key in apart.keys:
            del self.keys[key]
        parties, self.parties = self.parties, []
        for party, wanted in parties:
            gone = [key for key in wanted if key in apart.keys]
            left = [key for key in wanted if key not in apart.keys]
            if gone:
                apart.parties.append((party, gone))
            if left:
                self.parties.append((party, left))
        return apart
