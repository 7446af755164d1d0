"""Operations on a connection that stays open, whatever it speaks: begun, fed with events, bounded, and stopped.

A subscription that waits is an object and no task: the hub gives it an event, and a task lives until all its events are
sent. So many can wait at little cost.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import nullcontext, suppress

import msgspec
from graphql import GraphQLFormattedError
from strawberry.types.graphql import OperationType

from downstream import trace
from engine import Subscription
from gateway.admission.caller import Caller, person_of
from gateway.reply import Reply
from gateway.request import Operation, Refusal
from gateway.streaming.streams import LIMIT_EXCEEDED, Key, Sink, Streams
from gateway.telemetry.requests import codes_of
from gateway.telemetry.streams import WatchedStream
from loaders.feed import is_before, is_position
from loaders.hub import Happening, Interest
from schema.errors import unexpected

# Events of one subscription that wait to be sent; who is further behind is cut off, and can resume.
MAX_WAITING = 100
# Well within the minute after which proxies commonly take a connection for dead.
KEEP_ALIVE_SECONDS = 25.0
# No timer is set for longer; a token that lives longer ends with it.
MAX_SECONDS = 30 * 86_400.0
EXPIRED: GraphQLFormattedError = {
    "message": "The token has expired: come back with a new one.",
    "extensions": {"code": "TOKEN_EXPIRED"},
}


class Subscriber:
    """One subscription that is open.

    Args:
        session: Whose it is.
        name: What the client calls it.
        subscription: What is executed for each event.
        interest: Which events those are.
        key: Of whatever else has the same answers in the same person's eyes.
        watched: Watches it; None: nobody does.
    """

    __slots__ = ("_interest", "_key", "_name", "_seen", "_session", "_subscription", "_task", "_waiting", "_watched")

    def __init__(
        self,
        session: "Session",
        name: str,
        subscription: Subscription,
        interest: Interest,
        key: Key,
        watched: WatchedStream | None,
    ) -> None:
        self._session = session
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
        hub = self._session.streams.hub
        hub.add(self._interest, self.take)
        if last is not None:
            if hub.position is None or is_before(hub.position, last):
                # Another process was ahead of this one.
                self._seen = last
            past = self._session.streams.since(last, hub.position, self._interest)
            self._task = asyncio.create_task(self._send_all(past))

    def stop(self) -> None:
        """Take no more."""
        self._session.streams.hub.remove(self._interest, self.take)
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
            self._session.sink.too_slow()
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
        session = self._session
        if happening.data is None:
            # Where it was thought to be is no place in this stream.
            self._seen = None
        work = session.streams.answer(self._subscription, self._key, happening, session.caller.viewer, self._watched)
        # Others may wait for it, too.
        told = work.result() if work.done() else await asyncio.shield(work)
        await session.sink.next(self._name, told.body, happening.position)
        if self._watched is not None:
            self._watched.delivered(told.codes)


class Session:
    """The operations of one connection. Whose it is never changes.

    Args:
        streams: All connections of the process.
        caller: Who asks.
        headers: Of the request that opened it.
        sink: Where answers go.
    """

    __slots__ = ("_begun", "_headers", "caller", "sink", "streams")

    def __init__(self, streams: Streams, caller: Caller, headers: Mapping[bytes, bytes], sink: Sink) -> None:
        self.streams = streams
        self.caller = caller
        self.sink = sink
        self._headers = headers
        self._begun: dict[str, asyncio.Task[None] | Subscriber | None] = {}

    def __contains__(self, name: str) -> bool:
        """Tell whether an operation of this name is under way."""
        return name in self._begun

    def names(self) -> Sequence[str]:
        """Return what the operations under way are called."""
        return list(self._begun)

    @property
    def position(self) -> str | None:
        """Up to where all events have been sent; None while some are on their way."""
        is_idle = all(isinstance(one, Subscriber) and one.is_idle for one in self._begun.values())
        return self.streams.hub.position if is_idle else None

    def start(self, name: str, operation: Operation, types: Sequence[OperationType], last: str | None) -> None:
        """Perform an operation beside others, and send all that comes of it."""
        self._begun[name] = None
        self._begun[name] = asyncio.create_task(self._start(name, operation, types, last))

    async def perform(
        self, name: str, operation: Operation, types: Sequence[OperationType], last: str | None
    ) -> Sequence[GraphQLFormattedError]:
        """Perform an operation; returns why it is not executed, or nothing when its answers go to the sink.

        Raises:
            OSError: The client has left.
        """
        self._begun.setdefault(name, None)
        told = self._headers.get
        trace.begin(told(b"traceparent", b"").decode("latin-1"), told(b"tracestate", b"").decode("latin-1"))
        watched = self.streams.watch(operation, self.caller, self.sink.transport)
        with nullcontext() if watched is None else watched:
            reply = await self._begin(name, operation, types, last, watched)
            if watched is not None and reply is not None:
                watched.answered(codes_of(reply.answer))
        if reply is None:
            return ()
        try:
            return await self._tell(name, reply)
        finally:
            if watched is not None:
                watched.ended()

    async def _begin(
        self,
        name: str,
        operation: Operation,
        types: Sequence[OperationType],
        last: str | None,
        watched: WatchedStream | None,
    ) -> Reply | None:
        """Return the answer to an operation; None for a subscription that is open now."""
        streams = self.streams
        try:
            self._check(last)
            streams.under_way += 1
            try:
                begun = await streams.operations.begin(operation, types, self.caller, self._headers, watched)
            finally:
                streams.under_way -= 1
            if isinstance(begun, Reply):
                return begun
            key = (begun.operation, msgspec.json.encode(operation.variables, order="sorted"))
            return self._subscribe(name, begun, key, last, watched)
        except Refusal as refusal:
            return Reply({"errors": [refusal.formatted()]})
        except Exception as error:  # noqa: BLE001  the client is told that, and no more
            return Reply({"errors": [unexpected(error)]})

    async def _tell(self, name: str, reply: Reply) -> Sequence[GraphQLFormattedError]:
        """Send an answer; returns why there is none."""
        if name not in self._begun:
            return ()
        del self._begun[name]
        if not reply.body and "data" not in reply.answer:
            errors: Sequence[GraphQLFormattedError] = reply.answer["errors"]
            return errors
        await self.sink.next(name, reply.json(), None)
        await self.sink.complete(name)
        return ()

    def stop(self, name: str) -> None:
        """Stop an operation, if it is under way."""
        begun = self._begun.pop(name, None)
        if isinstance(begun, Subscriber):
            begun.stop()
            self.streams.subscribed.leave(person_of(self.caller))
        elif begun is not None:
            begun.cancel()

    def close(self) -> None:
        """Stop all operations."""
        for name in list(self._begun):
            self.stop(name)

    async def _start(self, name: str, operation: Operation, types: Sequence[OperationType], last: str | None) -> None:
        with suppress(OSError):
            errors = await self.perform(name, operation, types, last)
            if errors:
                await self.sink.refuse(name, errors)

    def _subscribe(
        self, name: str, subscription: Subscription, key: Key, last: str | None, watched: WatchedStream | None
    ) -> Reply | None:
        interest = subscription.wanted
        if not isinstance(interest, Interest):
            raise TypeError("a subscription's source must return an interest")
        if name not in self._begun:
            # The client has stopped it meanwhile; nobody is told anything.
            return Reply({})
        self.streams.subscribed.enter(person_of(self.caller))
        subscriber = self._begun[name] = Subscriber(self, name, subscription, interest, key, watched)
        if watched is not None:
            watched.subscribed()
        subscriber.begin(last)
        return None

    def _check(self, last: str | None) -> None:
        limits = self.streams.limits
        if len(self._begun) > limits.per_connection:
            message = f"At most {limits.per_connection} operations are under way on a connection at a time."
            raise Refusal(429, LIMIT_EXCEEDED, message)
        if self.streams.under_way >= limits.under_way:
            raise Refusal(503, "OVERLOADED", "There is too much to do: try again.", {"Retry-After": "1"})
        if last is not None and not is_position(last):
            raise Refusal(400, "BAD_USER_INPUT", "The id of the last event is not one.")


def seconds_left(expires: float) -> float:
    """Return how long a token is good for from now on."""
    return min(max(expires - time.time(), 0.0), MAX_SECONDS)
