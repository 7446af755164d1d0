"""A request's loader: aiodataloader's interface, for a whole level at once and without a future per key."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextvars import copy_context
from typing import Generic, Self, TypeAlias, TypeVar

from aiodataloader import DataLoader

from downstream.errors import DownstreamError, DownstreamTimeoutError
from loaders.keeper import Found
from loaders.kept import Part
from loaders.progress import Progress
from loaders.source import Source

K = TypeVar("K")
V = TypeVar("V")

# What one key came to; None: there is no such thing.
Outcome: TypeAlias = V | BaseException | None


class Call(Generic[K]):
    """One ``load_all`` that waits: for which keys still, and which of them failed.

    Its future is nobody else's, so that cancelling one caller takes nothing from the others.
    """

    __slots__ = ("failed", "future", "timer", "waiting")

    def __init__(self, keys: Iterable[K], loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        self.waiting = set(keys)
        self.failed: dict[K, BaseException] = {}
        self.future: asyncio.Future[None] = loop.create_future()
        self.timer = loop.call_at(deadline, self.finish)

    def finish(self) -> None:
        """Let the caller go on, with what there is."""
        self.timer.cancel()
        if not self.future.done():
            self.future.set_result(None)


class Loader(DataLoader[K, V | None]):
    """Loads each key once per request; never shared between requests.

    It has no batch function of its own: the process's side of it fetches for all requests together.

    Args:
        source: The process's side of this loader: what it remembers, and how it fetches.
        progress: The loads of this request.
        feeders: Loaders of this request whose results may lead to more keys for this one.
        deadline: Time of the event loop after which nothing is waited for any more.
        what: Under what other loaders know this one as their feeder.

    Attributes:
        is_stale: Whether any of its values is past its time, because the service failed.
    """

    # Values and keys, where aiodataloader keeps a future for each.
    _cache: dict[K, V | None]  # type: ignore[assignment]
    _queue: list[K]  # type: ignore[assignment]

    def __init__(
        self, source: Source[K, V], progress: Progress, feeders: Sequence[object], deadline: float, what: object
    ) -> None:
        # Not aiodataloader's own constructor, which looks into the batch function each time: 3 of 4 microseconds.
        self._cache = {}
        self._source = source
        self._progress = progress
        self._feeders = feeders
        self._deadline = deadline
        self._what = what
        self._queue = []
        self._pending: set[K] = set()
        self._calls: list[Call[K]] = []
        self._spare: dict[K, V] = {}
        self._epoch = 0
        self._parts: dict[K, Part] = {}
        self._has_failed = False
        self.is_stale = False
        # What Redis answers comes in a context of its connection's, which knows nothing of this request.
        self._context = copy_context()

    def get_cache_key(self, key: K) -> K:
        """Keys stand for themselves."""
        return key

    async def load(self, key: K) -> V | None:  # type: ignore[override]
        """Return one key's value, None where there is no such thing; raises what the key failed with."""
        (outcome,) = await self.load_all((key,))
        if isinstance(outcome, BaseException):
            # Several may be waiting for the same failure: none sees the others' way to it.
            raise outcome.with_traceback(None)
        return outcome

    async def load_many(self, keys: Iterable[K]) -> list[V | None]:  # type: ignore[override]
        """Return the keys' values; raises what the first of them failed with."""
        outcomes = await self.load_all(list(keys))
        values: list[V | None] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome.with_traceback(None)
            values.append(outcome)
        return values

    async def load_all(self, keys: Sequence[K]) -> list[Outcome[V]]:
        """Return one value, exception or None per key, so that one failure takes nothing from the others.

        What this request or this process remembers is returned without suspending the caller.
        """
        level = self.load_level(keys)
        return level if isinstance(level, list) else await level

    def load_level(self, keys: Sequence[K]) -> list[Outcome[V]] | Awaitable[list[Outcome[V]]]:
        """Return the same, at once where all is remembered; else the keys are asked for and their outcomes awaited."""
        memo = self._cache
        missing = self._source.recall(keys, memo)
        return self._wait(keys, self._ask(missing)) if missing else [memo[key] for key in keys]

    async def _wait(self, keys: Sequence[K], call: Call[K]) -> list[Outcome[V]]:
        memo = self._cache
        try:
            await call.future
        finally:
            self._end(call)
        failed = call.failed
        if call.waiting:
            self._give_up(call)
        if not failed:
            return [memo[key] for key in keys]
        if self._spare:
            self._fall_back(failed)
        return [memo[key] if key in memo else failed[key] for key in keys]

    @property
    def service(self) -> str:
        """Name of the service that the values come from."""
        return self._source.service

    def parts(self) -> "list[Part] | None":
        """Return where everything is from that was loaded; None where it is not from a cache, or not any more."""
        return None if self._has_failed else self._source.parts(self._cache, self._parts)

    def prime(self, key: K, value: V | None) -> Self:
        """Remember a value for this request, unless there is one."""
        self._cache.setdefault(key, value)
        return self

    def _ask(self, missing: Sequence[K]) -> Call[K]:
        call = Call(missing, asyncio.get_running_loop(), self._deadline)
        self._calls.append(call)
        self._progress.begin(self._what)
        pending = self._pending
        new = [key for key in missing if key not in pending] if pending else missing
        if new:
            pending.update(new)
            source = self._source
            if source.can_read:
                self._progress.begin(self)
                source.read(new, self._take)
            else:
                self._epoch = max(self._epoch, source.epoch)
                self._enqueue(new)
        return call

    def _take(self, found: Found[K, V]) -> None:
        """Go on with what Redis holds."""
        if found.values:
            self._parts.update(found.parts)
            self._settle(found.values, {})
        if found.missing:
            self._epoch = max(self._epoch, found.epoch)
            self._spare.update(found.spare)
            self._enqueue(found.missing)
        self._progress.end(self)

    def _enqueue(self, keys: Iterable[K]) -> None:
        is_first = not self._queue
        self._queue += keys
        if not self._feeders:
            self._dispatch()
        elif is_first:
            self._progress.hold((*self._feeders, self), self._queue.__len__, self._dispatch)

    def _dispatch(self) -> None:
        keys, self._queue = self._queue, []
        self._context.run(self._source.fetch, keys, self._deadline, self._epoch, self._settle)

    def _settle(self, values: Mapping[K, V | None], failed: Mapping[K, BaseException]) -> None:
        """Remember values, not failures, which may be tried again; wake the calls that wait for nothing more."""
        self._cache.update(values)
        self._pending.difference_update(values, failed)
        self._has_failed = self._has_failed or bool(failed)
        for call in self._calls:
            if failed:
                call.failed.update({key: failed[key] for key in failed.keys() & call.waiting})
            call.waiting.difference_update(values, failed)
            if not call.waiting:
                call.finish()

    def _give_up(self, call: Call[K]) -> None:
        self._has_failed = True
        late = DownstreamTimeoutError(self._source.service)
        call.failed.update(dict.fromkeys(call.waiting, late))

    def _fall_back(self, failed: dict[K, BaseException]) -> None:
        """Put values that are past their time in the place of services' failures."""
        stale = {
            key: self._spare[key]
            for key, error in failed.items()
            if key in self._spare and isinstance(error, DownstreamError)
        }
        self._cache.update(stale)
        self._source.served_stale(len(stale))
        self.is_stale = self.is_stale or bool(stale)

    def _end(self, call: Call[K]) -> None:
        call.timer.cancel()
        self._calls.remove(call)
        self._progress.end(self._what)
