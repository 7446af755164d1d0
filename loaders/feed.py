"""Reads all events of the stream in every process, for those who wait for them, and again for those who were away.

The follower's share is another: there, each event is taken by one process. Here, whoever is told of an event must find
nothing older than it, so what is waited for is invalidated once more, which does no harm.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

import msgspec
from redis.asyncio import Redis, RedisCluster

from loaders import events
from loaders.events import Event
from loaders.failures import FAILURES
from loaders.follower import BATCH, BLOCK_SECONDS, FIELD, PAUSE_SECONDS, STREAM, Entries
from loaders.hub import Happening, Hub, Interest
from loaders.invalidation import InvalidationError, Invalidator

# Who was away for longer asks anew, which costs less than to look through so many.
MAX_REPLAYED = 10_000
# Of those who come back at once, as all do after a restart, so many are served at a time.
REPLAYS_AT_ONCE = 4
START_SECONDS = 1.0
RETRY_SECONDS = 0.1
KEPT = 100_000

_POSITION = re.compile(r"(\d{1,20})-(\d{1,20})", re.ASCII)

# Events with their places in the stream.
Placed: TypeAlias = list[tuple[Event, str]]

log = logging.getLogger(__name__)


class Bounds(NamedTuple):
    """The first and the last place in the stream."""

    first: str
    last: str


class Feed:
    """Feeds a hub.

    Args:
        redis: Client whose time-out is longer than ``BLOCK_SECONDS``.
        invalidator: Makes sure that who is told of an event sees what came of it.
        hub: Who waits.
    """

    def __init__(self, redis: "Redis | RedisCluster", invalidator: Invalidator, hub: Hub) -> None:
        self._redis = redis
        self._invalidator = invalidator
        self._hub = hub
        self._replaying = asyncio.Semaphore(REPLAYS_AT_ONCE)
        self._is_placed = asyncio.Event()
        self._is_closed = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Feed in the background; return when it is known from where on, or after a moment."""
        self._task = asyncio.get_running_loop().create_task(self._feed())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_placed.wait(), START_SECONDS)

    async def close(self) -> None:
        """Stop."""
        self._is_closed = True
        # A cancellation alone may be lost where a client turns it into a time-out of its own.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.1)

    async def add(self, body: bytes) -> None:
        """Add an event, or a batch of them, to the stream for all processes; raises ``FAILURES``."""
        await self._redis.xadd(STREAM, {FIELD: body}, maxlen=KEPT, approximate=True)

    async def since(self, position: str, until: str | None, interest: Interest) -> AsyncIterator[Happening]:
        """Yield what happened after one position, up to another, at least once; first of all whether not all is known.

        Args:
            position: What was seen last.
            until: From here on the hub tells; None: it is not known.
            interest: Which events are wanted.
        """
        try:
            async with self._replaying:
                found = await self._between(position, until, interest)
            if found:
                await self._invalidator.invalidate(events.tags_of([event for event, _ in found]))
        except (*FAILURES, InvalidationError) as error:
            log.debug("cannot read earlier events: %s", type(error).__name__)
            found = None
        if found is None:
            yield Happening(None, until)
            return
        for event, place in found:
            yield Happening(event.data, place)

    async def _between(self, position: str, until: str | None, interest: Interest) -> Placed | None:
        """Return what happened; None where the stream does not go back so far, or it is too much."""
        bounds = await self._bounds()
        if until is None or bounds is None or not _is_within(position, bounds):
            return None
        found: Placed = []
        for _ in range(MAX_REPLAYED // BATCH):
            if not is_before(position, until):
                return found
            page: Any = await self._redis.xrange(STREAM, min=f"({position}", max=until, count=BATCH)
            for name, fields in page:
                found += [one for one in _events(position, name, fields) if interest.includes(one[0])]
                position = name.decode()
            if len(page) < BATCH:
                return found
        return None

    async def _feed(self) -> None:
        while not self._is_closed:
            try:
                await self._place()
                while not self._is_closed:
                    if await self._next() >= BATCH:
                        # Who lags may have been left behind by what is cut off.
                        await self._place()
            except InvalidationError:
                # The cache's connection is left alone for a moment; who waits is told as soon as it is back.
                await asyncio.sleep(RETRY_SECONDS)
            except FAILURES as error:
                log.debug("cannot read the events: %s", type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception:
                # Whatever it is, events must go on being read.
                log.exception("cannot read the events")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _place(self) -> None:
        """Go on where this process was, or at the end where the stream does not have that any more."""
        bounds = await self._bounds()
        if bounds is None:
            # So that there is a place to go on from; it is no event.
            await self._redis.xadd(STREAM, {FIELD: b"[]"})
            bounds = await self._bounds()
        position = self._hub.position
        if bounds is not None and (position is None or not _is_within(position, bounds)):
            self._hub.position = bounds.last
            self._hub.miss()
        self._is_placed.set()

    async def _bounds(self) -> Bounds | None:
        first: Any = await self._redis.xrange(STREAM, count=1)
        last: Any = await self._redis.xrevrange(STREAM, count=1)
        return Bounds(first[0][0].decode(), last[0][0].decode()) if first and last else None

    async def _next(self) -> int:
        """Hand on the next events; return how many entries there were."""
        position = self._hub.position or "$"
        block = round(BLOCK_SECONDS * 1000)
        answer: Any = await self._redis.xread({STREAM: position}, count=BATCH, block=block)
        # redis-py gives a list of pairs over RESP2, and over RESP3 a dictionary with a list of lists for each stream.
        pages = [page for pages in answer.values() for page in pages] if isinstance(answer, dict) else []
        entries = [entry for page in pages or [page for _, page in answer or ()] for entry in page]
        try:
            await self._hand_on(position, entries)
        except (*FAILURES, InvalidationError):
            raise
        except Exception:
            log.exception("events that cannot be handed on")
            # To read them again and again would keep all that comes after them from those who wait.
            self._hub.position = entries[-1][0].decode()
            self._hub.miss()
        return len(entries)

    async def _hand_on(self, position: str, entries: Entries) -> None:
        found: Placed = []
        for name, fields in entries:
            found += _events(position, name, fields)
            position = name.decode()
        tags = events.tags_of(self._hub.waited_for([event for event, _ in found]))
        if tags:
            await self._invalidator.invalidate(tags)
        if entries:
            self._hub.position = position
        for event, place in found:
            self._hub.tell(event, place)


def is_position(text: str) -> bool:
    """Tell whether a text has the form of a place in the stream."""
    return _POSITION.fullmatch(text) is not None


def is_before(one: str, other: str) -> bool:
    """Tell whether one place in the stream is before another."""
    return _order(one) < _order(other)


def _is_within(position: str, bounds: Bounds) -> bool:
    return not is_before(position, bounds.first) and not is_before(bounds.last, position)


def _order(position: str) -> tuple[int, ...]:
    return tuple(map(int, position.split("-")))


def _events(before: str, name: bytes, fields: dict[bytes, bytes] | None) -> Placed:
    """Return an entry's events with their places. Of several all but the last are before it, so that none is lost."""
    try:
        found = events.decode((fields or {}).get(FIELD, b"[]"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The follower has written that to the log.
        return []
    return [(event, before) for event in found[:-1]] + [(event, name.decode()) for event in found[-1:]]
