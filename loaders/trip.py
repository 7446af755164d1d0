"""A call to a service that several requests share, and what each of them gets of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, Self, TypeAlias, TypeVar

K = TypeVar("K")
V = TypeVar("V")

# Takes values (None: there is no such thing) and failures of keys, each key in one of them.
Deliver: TypeAlias = Callable[[Mapping[K, V | None], Mapping[K, Exception]], None]


class Party(Generic[K, V]):
    """One batch of one request.

    Args:
        keys: What it waits for, each once.
        deadline: Event loop time up to which it waits.
        epoch: Nothing that was fetched before an invalidation up to this epoch will do.
        deliver: Is given what all keys came to, once all have.
    """

    __slots__ = ("_deliver", "_failures", "_values", "_waiting", "deadline", "epoch")

    def __init__(self, keys: Sequence[K], deadline: float, epoch: int, deliver: "Deliver[K, V]") -> None:
        self.deadline = deadline
        self.epoch = epoch
        self._waiting = len(keys)
        self._values: dict[K, V | None] = {}
        self._failures: dict[K, Exception] = {}
        self._deliver = deliver

    def take(self, keys: Sequence[K], values: Mapping[K, V | None], failures: Mapping[K, Exception]) -> None:
        """Take these keys' values and failures, and nobody else's."""
        if failures:
            self._failures.update({key: failures[key] for key in keys if key in failures})
            self._values.update({key: values[key] for key in keys if key in values})
        else:
            self._values.update({key: values[key] for key in keys})
        self._waiting -= len(keys)
        if not self._waiting:
            self._deliver(self._values, self._failures)


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
        self.parties: list[tuple[Party[K, V], Sequence[K]]] = []
        self.deadline = 0.0
        self.epoch = 0
        self.invalidations = 0
        self.sent_until = 0.0

    def join(self, party: Party[K, V], keys: Sequence[K]) -> None:
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
