"""The process's side of a loader: keys that all requests ask for in one turn of the event loop go out as one call."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from downstream.client import ServiceClient
from downstream.endpoint import Document, Entity
from downstream.errors import DownstreamError, DownstreamMalformedError, DownstreamRefusedError, DownstreamTimeoutError
from loaders.cache import Cache
from loaders.policy import Policy

K = TypeVar("K")
V = TypeVar("V")

# With so many calls to a service under way, another one waits a moment for more keys: they cost it less together.
BUSY_CALLS = 4
BUSY_WINDOW_SECONDS = 0.001


class Party(Generic[K, V]):
    """One batch of one request: what it still waits for, and until when."""

    __slots__ = ("deadline", "found", "future", "waiting")

    def __init__(self, keys: Sequence[K], deadline: float, future: "asyncio.Future[Mapping[K, V | Exception]]") -> None:
        self.waiting = len(keys)
        self.deadline = deadline
        self.found: dict[K, V | Exception] = {}
        self.future = future

    def take(self, keys: Sequence[K], outcomes: Mapping[K, V | Exception]) -> None:
        """Take these keys' outcomes, and nobody else's."""
        self.found.update({key: outcomes[key] for key in keys if key in outcomes})
        self.waiting -= len(keys)
        if not self.waiting and not self.future.done():
            self.future.set_result(self.found)


class Trip(Generic[K, V]):
    """One merged call: its keys, and who asked for which of them."""

    __slots__ = ("deadline", "keys", "parties", "sent_until")

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}
        self.parties: list[tuple[Party[K, V], list[K]]] = []
        self.deadline = 0.0
        self.sent_until = 0.0

    def join(self, party: Party[K, V], keys: list[K]) -> None:
        """Deliver these keys' outcomes to one more party. A call takes as long as the last of its callers may wait."""
        self.parties.append((party, keys))
        self.deadline = max(self.deadline, party.deadline)


class Source(Generic[K, V]):
    """Fetches for all requests of the process; each request still gets only what it asked for.

    Args:
        name: The loader's name.
        endpoint: Where values come from.
        policy: How much is asked for at once.
        client: Speaks with the service.
        cache: Keeps what was fetched.
        traffic: Calls under way to each service, counted over all sources.
    """

    def __init__(
        self,
        name: str,
        endpoint: Entity[K, V],
        policy: Policy,
        client: ServiceClient,
        cache: Cache,
        traffic: Counter[str],
    ) -> None:
        self.name = name
        self.service = endpoint.service
        self._endpoint = endpoint
        self._policy = policy
        self._client = client
        self._cache = cache
        self._traffic = traffic
        self._open: Trip[K, V] | None = None
        self._flights: dict[K, Trip[K, V]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def fetch(self, keys: Sequence[K], deadline: float) -> "asyncio.Future[Mapping[K, V | Exception]]":
        """Return what exists of these distinct keys, an exception for one that failed.

        A key that is being fetched for another request is not fetched again.
        """
        future: asyncio.Future[Mapping[K, V | Exception]] = asyncio.get_running_loop().create_future()
        self._board(Party(keys, deadline, future), keys)
        return future

    async def close(self) -> None:
        """Give up what is under way; whoever waits for it is told."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _board(self, party: Party[K, V], keys: Sequence[K]) -> None:
        by_trip: dict[Trip[K, V], list[K]] = {}
        for key in keys:
            trip = self._flights.get(key) or self._opened()
            trip.keys[key] = None
            self._flights[key] = trip
            by_trip.setdefault(trip, []).append(key)
        for trip, its_keys in by_trip.items():
            trip.join(party, its_keys)

    def _opened(self) -> Trip[K, V]:
        if self._open is None:
            self._open = Trip()
            self._start(self._open)
        return self._open

    def _start(self, trip: Trip[K, V]) -> None:
        task = asyncio.get_running_loop().create_task(self._run(trip))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, trip: Trip[K, V]) -> None:
        outcomes: dict[K, V | Exception] = dict.fromkeys(trip.keys, DownstreamError(self.service))
        try:
            # A task begins in the next turn, so everything that this turn asks for is in already.
            if self._traffic[self.service] >= BUSY_CALLS:
                await asyncio.sleep(BUSY_WINDOW_SECONDS)
            if self._open is trip:
                self._open = None
            trip.sent_until = trip.deadline
            outcomes = await self._obtain(list(trip.keys), trip.deadline)
        finally:
            self._land(trip, outcomes)

    def _land(self, trip: Trip[K, V], outcomes: Mapping[K, V | Exception]) -> None:
        if self._open is trip:
            self._open = None
        for key in trip.keys:
            if self._flights.get(key) is trip:
                del self._flights[key]
        for party, keys in trip.parties:
            again = [key for key in keys if _is_worth_another(outcomes.get(key), trip, party)]
            if again:
                # Alone, so that what makes a service refuse one request's keys does not take the others' along.
                alone: Trip[K, V] = Trip()
                alone.keys = dict.fromkeys(again)
                alone.join(party, again)
                self._start(alone)
            party.take([key for key in keys if key not in again] if again else keys, outcomes)

    async def _obtain(self, keys: list[K], deadline: float) -> dict[K, V | Exception]:
        cached = await self._cache.read(self.name, self._endpoint, keys)
        outcomes: dict[K, V | Exception] = {**cached}
        missing = [key for key in keys if key not in outcomes]
        if missing:
            outcomes.update(await self._call_in_parts(missing, deadline))
        return outcomes

    async def _call_in_parts(self, keys: list[K], deadline: float) -> dict[K, V | Exception]:
        size = self._policy.max_keys
        parts = [keys[start : start + size] for start in range(0, len(keys), size)]
        outcomes: dict[K, V | Exception] = {}
        for part in await asyncio.gather(*(self._call(part, deadline) for part in parts)):
            outcomes.update(part)
        return outcomes

    async def _call(self, keys: list[K], deadline: float) -> Mapping[K, V | Exception]:
        self._traffic[self.service] += 1
        try:
            found = await self._client.fetch(self._endpoint, keys, deadline=deadline)
        except DownstreamError as error:
            return dict.fromkeys(keys, error)
        finally:
            self._traffic[self.service] -= 1
        documents = {key: one for key, one in found.items() if isinstance(one, Document)}
        self._cache.write(self.name, self._endpoint, documents, ttl=self._policy.ttl)
        return {key: one.value if isinstance(one, Document) else one for key, one in found.items()}


def _is_worth_another(outcome: object, trip: Trip[K, V], party: Party[K, V]) -> bool:
    """Tell whether a party's key may fare better in another call than it did in this merged one."""
    if isinstance(outcome, DownstreamMalformedError | DownstreamRefusedError):
        return len(trip.parties) > 1
    # Whoever joined a call that had been sent for less patient callers has time left.
    return isinstance(outcome, DownstreamTimeoutError) and party.deadline > trip.sent_until
