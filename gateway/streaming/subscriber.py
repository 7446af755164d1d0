"""A subscription that is open: fed with events, and never too far behind.

One that waits is an object and no task: the hub gives it an event, and a task lives until all its events are sent. So
many can wait at little cost.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from engine import Subscription
from gateway.streaming.streams import Key, Sink, Streams
from gateway.telemetry.streams import WatchedStream
from loaders.feed import is_before
from loaders.hub import Happening, Interest
from resolvers.context import Viewer

# Events of one subscription that wait to be sent; who is further behind is cut off, and can resume.
MAX_WAITING = 100


class Subscriber:
    """One subscription that is open.

    Args:
        streams: All connections of the process.
        sink: Where answers go.
        viewer: In whose eyes.
        name: What the client calls it.
        subscription: What is executed for each event.
        interest: Which events those are.
        key: Of whatever else has the same answers in the same person's eyes.
        watched: Watches it; None: nobody does.
    """

    __slots__ = (
        "_interest",
        "_key",
        "_name",
        "_seen",
        "_sink",
        "_streams",
        "_subscription",
        "_task",
        "_viewer",
        "_waiting",
        "_watched",
    )

    def __init__(
        self,
        streams: Streams,
        sink: Sink,
        viewer: Viewer | None,
        name: str,
        subscription: Subscription,
        interest: Interest,
        key: Key,
        watched: WatchedStream | None,
    ) -> None:
        self._streams = streams
        self._sink = sink
        self._viewer = viewer
        self._name = name
        self._subscription = subscription
        self._interest = interest
        self._key = key
        self._watched = watched
        self._waiting: deque[Happening] | None = None
        self._task: asyncio.Task[None] | None = None
        self._seen: str | None = None

    @property
    def is_idle(self) -> bool:
        """Whether all that happened has been sent."""
        return self._task is None

    def begin(self, last: str | None) -> None:
        """Take events from now on, or from after the last one that was seen."""
        hub = self._streams.hub
        hub.add(self._interest, self.take)
        if last is not None:
            if hub.position is None or is_before(hub.position, last):
                # Another process was ahead of this one.
                self._seen = last
            past = self._streams.since(last, hub.position, self._interest)
            self._task = asyncio.create_task(self._send_all(past))

    def stop(self) -> None:
        """Take no more."""
        self._streams.hub.remove(self._interest, self.take)
        if self._task is not None:
            self._task.cancel()
        if self._watched is not None:
            self._watched.ended()

    def take(self, happening: Happening) -> None:
        """Send an event after those that wait."""
        position = happening.position
        if self._seen is not None and position is not None and is_before(position, self._seen):
            return
        if self._waiting is None:
            self._waiting = deque()
        if len(self._waiting) >= MAX_WAITING:
            self._sink.too_slow()
            return
        self._waiting.append(happening)
        if self._task is None:
            self._task = asyncio.create_task(self._send_all(None))

    async def _send_all(self, past: AsyncIterator[Happening] | None) -> None:
        # The client may leave at any time; whoever reads from it notices.
        with suppress(OSError):
            if past is not None:
                async for happening in past:
                    await self._send(happening)
            while self._waiting:
                await self._send(self._waiting.popleft())
        self._waiting = self._task = None

    async def _send(self, happening: Happening) -> None:
        if happening.data is None:
            # Where it was thought to be is no place in this stream.
            self._seen = None
        work = self._streams.answer(self._subscription, self._key, happening, self._viewer, self._watched)
        # Others may wait for it, too.
        told = work.result() if work.done() else await asyncio.shield(work)
        await self._sink.next(self._name, told.body, happening.position)
        if self._watched is not None:
            self._watched.delivered(told.codes)
