"""Fetches what no cache holds: one call for all requests of a turn, one fetch of a key at a time in all replicas."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, NamedTuple, TypeVar

from downstream.client import ServiceClient
from downstream.endpoint import Entity, Fetched
from downstream.errors import (
    DownstreamError,
    DownstreamMalformedError,
    DownstreamRefusedError,
    DownstreamTimeoutError,
    DownstreamUnavailableError,
)
from downstream.observer import Observer
from loaders.awaited import Awaited
from loaders.cache import Cache
from loaders.commands import LEASE_SECONDS
from loaders.keeper import Keeper
from loaders.policy import Policy
from loaders.trip import Party, Trip

K = TypeVar("K")
V = TypeVar("V")

# With so many calls to a service under way, another one waits a moment for more keys: they cost it less together.
BUSY_CALLS = 4
BUSY_WINDOW_SECONDS = 0.001
# Nobody waits for a refresh, so it has its own time.
REFRESH_SECONDS = 2.0


class Service(NamedTuple):
    """A service, how many calls to it are under way, of all loaders, and who watches."""

    client: ServiceClient
    traffic: Counter[str]
    observer: Observer | None = None


class Fetcher(Generic[K, V]):
    """Fetches one loader's keys.

    Args:
        loader: The loader's name.
        endpoint: Where to ask.
        policy: How much to ask for at once.
        service: Whom to ask.
        cache: Knows which replica may fetch what.
        keeper: Keeps what was fetched.
    """

    def __init__(
        self,
        loader: str,
        endpoint: Entity[K, V],
        policy: Policy,
        service: Service,
        cache: Cache,
        keeper: Keeper[K, V],
    ) -> None:
        self._loader = loader
        self._endpoint = endpoint
        self._max_keys = policy.max_keys
        self._service = service
        self._cache = cache
        self._keeper = keeper
        self._open: Trip[K, V] | None = None
        self._flights: dict[K, Trip[K, V]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def idle(self) -> None:
        """Return once nothing is being fetched or kept."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Give up what is under way; whoever waits for it is told."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def board(self, party: Party[K, V], keys: Sequence[K]) -> None:
        """Fetch these keys for a party, or let it join where they are being fetched."""
        flights = self._flights
        if flights.keys().isdisjoint(keys):
            trip = self._opened()
            flights.update(dict.fromkeys(keys, trip))
            trip.join(party, keys)
            return
        by_trip: dict[Trip[K, V], list[K]] = {}
        for key in keys:
            flight = flights.get(key)
            # A value that is not kept cannot be told to be older than an invalidation, so nobody joins it late.
            if flight is None or (flight.sent_until and (self._is_outdated(flight) or not self._keeper.may_keep(key))):
                flight = flights[key] = self._opened()
            by_trip.setdefault(flight, []).append(key)
        for trip, its_keys in by_trip.items():
            trip.join(party, its_keys)

    def _is_outdated(self, trip: Trip[K, V]) -> bool:
        """Whether this process invalidated after a trip was sent, where Redis cannot say whether that matters."""
        store = self._cache.store
        return store is not None and not store.is_up and trip.invalidations < self._cache.epoch

    def refresh(self, keys: Sequence[K]) -> None:
        """Fetch these keys for nobody in particular, unless they are being fetched here or elsewhere."""
        for key in keys:
            if key not in self._flights:
                trip = self._flights[key] = self._opened()
                trip.keys[key] = None
                trip.deadline = max(trip.deadline, asyncio.get_running_loop().time() + REFRESH_SECONDS)
                self._cache.tally.refreshed += 1

    def _opened(self) -> Trip[K, V]:
        if self._open is None:
            self._open = Trip()
            self._start(self._open, self._depart(self._open))
        return self._open

    def _start(self, trip: Trip[K, V], work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            self._tasks.discard(done)
            error = None if done.cancelled() else done.exception()
            self._end(trip, error if isinstance(error, Exception) else None)

        task.add_done_callback(ended)

    def _end(self, trip: Trip[K, V], error: Exception | None) -> None:
        """Take a trip off the list, and tell those who still wait for it, if any, that it failed."""
        if self._open is trip:
            self._open = None
        self._leave(trip, trip.keys)
        failure = error or DownstreamUnavailableError(self._endpoint.service)
        parties, trip.parties = trip.parties, []
        for party, keys in parties:
            party.take(keys, {}, dict.fromkeys(keys, failure))

    def _leave(self, trip: Trip[K, V], keys: Iterable[K]) -> None:
        for key in keys:
            if self._flights.get(key) is trip:
                del self._flights[key]

    async def _depart(self, trip: Trip[K, V]) -> None:
        # A task begins in the next turn, so everything that this turn asks for is in already.
        if self._service.traffic[self._endpoint.service] >= BUSY_CALLS:
            await asyncio.sleep(BUSY_WINDOW_SECONDS)
        if self._open is trip:
            self._open = None
        store = self._cache.store
        trip.epoch = max(trip.epoch, self._cache.epoch if store is None else store.epoch)
        trip.invalidations = self._cache.epoch
        trip.sent_until = trip.deadline
        elsewhere, awaited = await self._keeper.lease(list(trip.keys))
        if awaited is not None:
            theirs = trip.split_off(elsewhere)
            self._flights.update(dict.fromkeys(elsewhere, theirs))
            self._start(theirs, self._follow(theirs, awaited))
        if trip.keys:
            await self._make(trip)

    async def _follow(self, trip: Trip[K, V], awaited: Awaited) -> None:
        """Take what another replica fetches."""
        if trip.parties:
            left = trip.deadline - asyncio.get_running_loop().time()
            await awaited.wait(min(LEASE_SECONDS, left / 2))
            await self._look_again(trip)
        else:
            awaited.ignore()
            self._leave(trip, trip.keys)

    async def _look_again(self, trip: Trip[K, V]) -> None:
        """Give those who still wait what Redis holds by now; what it does not is fetched after all."""
        keys = list(dict.fromkeys(key for _, wanted in trip.parties for key in wanted))
        found = await self._keeper.find(keys)
        trip.epoch = found.epoch
        self._hand_out(trip, found.values, {})
        self._leave(trip, trip.keys)
        parties, trip.parties = trip.parties, []
        now = asyncio.get_running_loop().time()
        for party, wanted in parties:
            if party.deadline <= now:
                late = DownstreamTimeoutError(self._endpoint.service, blames=False)
                party.take(wanted, {}, dict.fromkeys(wanted, late))
            else:
                self.board(party, wanted)

    async def _make(self, trip: Trip[K, V]) -> None:
        keys = list(trip.keys)
        began = asyncio.get_running_loop().time()
        self._cache.tally.fetched += len(keys)
        fetched = await self._call_in_parts(keys, trip.deadline)
        cost = asyncio.get_running_loop().time() - began
        failures = fetched.failures
        values: dict[K, V | None] = dict.fromkeys(keys)
        values.update(fetched.values)
        if failures:
            for key in failures:
                del values[key]
            self._retry(trip, failures)
        self._hand_out(trip, values, failures)
        # In the same step, so that nobody joins what has failed.
        self._leave(trip, failures)
        await self._keeper.keep(values, fetched.raw, trip.epoch, cost)
        if failures:
            await self._keeper.release(list(failures))
        self._hand_out(trip, values, {})
        if trip.parties:
            await self._look_again(trip)
        else:
            # In the same step, so that nobody joins what has ended.
            self._leave(trip, trip.keys)

    def _hand_out(self, trip: Trip[K, V], values: Mapping[K, V | None], failures: Mapping[K, Exception]) -> None:
        """Give each party what is current for it; the rest keeps waiting.

        Failures are, and what was fetched or read after the last invalidation that the party could know of.
        """
        parties, trip.parties = trip.parties, []
        for party, keys in parties:
            is_in_time = party.epoch <= trip.epoch
            ready = [key for key in keys if key in failures or (is_in_time and key in values)]
            if ready:
                party.take(ready, values, failures)
            if len(ready) < len(keys):
                trip.parties.append((party, [key for key in keys if key not in ready]))

    def _retry(self, trip: Trip[K, V], failures: Mapping[K, Exception]) -> None:
        """Give what may fare better in a call of its own another one.

        Alone, what makes a service refuse one request's keys does not take the others' along. And whoever joined a
        call that had been sent for less patient callers has time left.
        """
        parties, trip.parties = trip.parties, []
        for party, keys in parties:
            again = [key for key in keys if self._is_worth_another(failures.get(key), trip, party, len(parties))]
            if again:
                alone: Trip[K, V] = Trip()
                alone.join(party, again)
                alone.epoch = max(trip.epoch, party.epoch)
                alone.invalidations = self._cache.epoch
                alone.sent_until = alone.deadline
                self._start(alone, self._make(alone))
            rest = [key for key in keys if key not in again] if again else keys
            if rest:
                trip.parties.append((party, rest))

    @staticmethod
    def _is_worth_another(outcome: object, trip: Trip[K, V], party: Party[K, V], parties: int) -> bool:
        if isinstance(outcome, DownstreamMalformedError | DownstreamRefusedError):
            return parties > 1
        return isinstance(outcome, DownstreamTimeoutError) and party.deadline > trip.sent_until

    async def _call_in_parts(self, keys: list[K], deadline: float) -> Fetched[K, V]:
        size = self._max_keys
        if len(keys) <= size:
            return await self._call(keys, deadline)
        parts = [keys[start : start + size] for start in range(0, len(keys), size)]
        fetched: Fetched[K, V] = Fetched()
        for one in await asyncio.gather(*(self._call(part, deadline) for part in parts)):
            fetched.update(one)
        return fetched

    async def _call(self, keys: list[K], deadline: float) -> Fetched[K, V]:
        client, traffic, _ = self._service
        traffic[self._endpoint.service] += 1
        try:
            with self._watched(len(keys)):
                return await client.fetch(self._endpoint, keys, deadline=deadline)
        except DownstreamError as error:
            # Without its traceback, whose frames hold what all of them wait for: that circle would stay in memory.
            return Fetched(failures=dict.fromkeys(keys, error.with_traceback(None)))
        finally:
            traffic[self._endpoint.service] -= 1

    def _watched(self, keys: int) -> AbstractContextManager[None]:
        observer = self._service.observer
        return nullcontext() if observer is None else observer.batch(self._endpoint.service, self._loader, keys)
