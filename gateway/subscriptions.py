"""Operations on a connection that stays open, whatever it speaks: begun, fed with events, bounded, and stopped.

A subscription that waits is an object and no task: the hub gives it an event, and a task lives until all its events are
sent. So many can wait at little cost.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from weakref import WeakKeyDictionary

import msgspec
from graphql import GraphQLFormattedError
from strawberry.types.graphql import OperationType

from engine import Subscription, encode
from gateway.crowd import Crowd
from gateway.operations import Caller, Operations, person_of
from gateway.reply import Reply
from gateway.request import Operation, Refusal
from loaders.feed import Feed, is_before, is_position
from loaders.hub import Happening, Hub, Interest
from resolvers.context import Viewer
from schema.errors import unexpected

# Events of one subscription that wait to be sent; who is further behind is cut off, and can resume.
MAX_WAITING = 100
KEEP_ALIVE_SECONDS = 12.0
LIMIT_EXCEEDED = "SUBSCRIPTION_LIMIT_EXCEEDED"
# No timer is set for longer; a token that lives longer ends with it.
MAX_SECONDS = 30 * 86_400.0


# What is executed: the operation in its document, and its variables.
Key: TypeAlias = tuple[int, bytes]


class Sink(Protocol):
    """Where the answers of a connection's operations go."""

    async def next(self, name: str, answer: bytes, position: str | None) -> None:
        """Send an answer in JSON; raises ``OSError`` when the client has left."""

    async def refuse(self, name: str, errors: Sequence[GraphQLFormattedError]) -> None:
        """Say why an operation is not executed; raises ``OSError`` as well."""

    async def complete(self, name: str) -> None:
        """Say that an operation has no more answers; raises ``OSError`` as well."""

    def too_slow(self) -> None:
        """End the connection of a client that does not take its events."""

    def go_away(self) -> None:
        """End the connection since the process ends."""


@dataclass(frozen=True)
class StreamLimits:
    """How much may be open.

    Attributes:
        connections: Of the process.
        per_person: Subscriptions of one person, in this process, and connections; strangers count as one.
        per_connection: Operations under way on one connection.
        under_way: Operations of all connections that are being begun, or answered.
    """

    connections: int
    per_person: int
    per_connection: int
    under_way: int


class Streams:
    """All open connections of a process.

    Args:
        operations: Executes.
        hub: Has the events.
        feed: Has earlier ones; None: nobody has.
        limits: How much may be open.

    Attributes:
        under_way: Operations that are being begun, or answered.
        connected: How many connections, or reservations of them, each person has.
        subscribed: How many subscriptions.
    """

    def __init__(self, operations: Operations, hub: Hub, feed: Feed | None, limits: StreamLimits) -> None:
        self.operations = operations
        self.hub = hub
        self.limits = limits
        self.under_way = 0
        self._feed = feed
        self._sinks: set[Sink] = set()
        self.connected = Crowd(limits.per_person, "connections are open", LIMIT_EXCEEDED)
        self.subscribed = Crowd(limits.per_person, "subscriptions are open", LIMIT_EXCEEDED)
        self._answers: WeakKeyDictionary[Happening, dict[tuple[Key, Viewer | None], asyncio.Task[bytes]]]
        self._answers = WeakKeyDictionary()

    def open(self, sink: Sink) -> None:
        """Count a connection; raises ``Refusal`` where there are too many."""
        if len(self._sinks) >= self.limits.connections:
            raise Refusal(503, "OVERLOADED", "Too many connections are open: try again.", {"Retry-After": "5"})
        self._sinks.add(sink)

    def close(self, sink: Sink) -> None:
        """Count it no more."""
        self._sinks.discard(sink)

    def go_away(self) -> None:
        """End all connections: their clients come back to another process."""
        for sink in list(self._sinks):
            sink.go_away()

    async def since(self, position: str, until: str | None, interest: Interest) -> AsyncIterator[Happening]:
        """Yield what happened after a position, as the feed does."""
        if self._feed is None:
            yield Happening(None, None)
            return
        async for one in self._feed.since(position, until, interest):
            yield one

    def answer(
        self, subscription: Subscription, key: Key, happening: Happening, viewer: Viewer | None
    ) -> asyncio.Task[bytes]:
        """Return the work on the answer to an event: one for all in whose eyes it is the same."""
        answers = self._answers.setdefault(happening, {})
        found = answers.get((key, viewer))
        if found is None:
            work = self._answer(subscription, happening, viewer)
            found = answers[key, viewer] = asyncio.get_running_loop().create_task(work)
        return found

    async def _answer(self, subscription: Subscription, happening: Happening, viewer: Viewer | None) -> bytes:
        try:
            if happening.data is None:
                answer: dict[str, Any] = {"errors": [_MISSED], "data": None}
            else:
                answer = dict(await self.operations.event(subscription, happening.data, viewer))
        except Exception as error:  # noqa: BLE001  one event must not end the others
            answer = {"errors": [unexpected(error)], "data": None}
        if happening.position is not None:
            answer["extensions"] = {"eventId": happening.position}
        return encode(answer)


class Subscriber:
    """One subscription that is open.

    Args:
        session: Whose it is.
        name: What the client calls it.
        subscription: What is executed for each event.
        interest: Which events those are.
        key: Of whatever else has the same answers in the same person's eyes.
    """

    __slots__ = ("_interest", "_key", "_name", "_seen", "_session", "_subscription", "_task", "_waiting")

    def __init__(self, session: "Session", name: str, subscription: Subscription, interest: Interest, key: Key) -> None:
        self._session = session
        self._name = name
        self._subscription = subscription
        self._interest = interest
        self._key = key
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
        work = session.streams.answer(self._subscription, self._key, happening, session.caller.viewer)
        # Others may wait for it, too.
        answer = work.result() if work.done() else await asyncio.shield(work)
        await session.sink.next(self._name, answer, happening.position)


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
        try:
            self._check(last)
            self.streams.under_way += 1
            try:
                begun = await self.streams.operations.begin(operation, types, self.caller, self._headers)
            finally:
                self.streams.under_way -= 1
            if isinstance(begun, Subscription):
                key = (begun.operation, msgspec.json.encode(operation.variables, order="sorted"))
                self._subscribe(name, begun, key, last)
                return ()
        except Refusal as refusal:
            begun = Reply({"errors": [refusal.formatted()]})
        except Exception as error:  # noqa: BLE001  the client is told that, and no more
            begun = Reply({"errors": [unexpected(error)]})
        if name in self._begun:
            del self._begun[name]
            if not begun.body and "data" not in begun.answer:
                errors: Sequence[GraphQLFormattedError] = begun.answer["errors"]
                return errors
            await self.sink.next(name, begun.json(), None)
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

    def _subscribe(self, name: str, subscription: Subscription, key: Key, last: str | None) -> None:
        interest = subscription.wanted
        if not isinstance(interest, Interest):
            raise TypeError("a subscription's source must return an interest")
        if name in self._begun:
            self.streams.subscribed.enter(person_of(self.caller))
            subscriber = self._begun[name] = Subscriber(self, name, subscription, interest, key)
            subscriber.begin(last)

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


EXPIRED: GraphQLFormattedError = {
    "message": "The token has expired: come back with a new one.",
    "extensions": {"code": "TOKEN_EXPIRED"},
}
_MISSED: GraphQLFormattedError = {
    "message": "Events may have been missed: ask for what they would have shown.",
    "extensions": {"code": "EVENTS_MISSED"},
}
