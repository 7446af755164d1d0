"""All connections of a process that stay open: how many there may be, and the answers that they share."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias
from weakref import WeakKeyDictionary

from graphql import GraphQLFormattedError

from downstream import trace
from engine import Subscription, encode
from gateway.admission.caller import Caller, safe_name
from gateway.admission.crowd import Crowd
from gateway.operations import Operations
from gateway.request import Operation, Refusal
from gateway.telemetry.requests import NOTHING, Telemetry, codes_of
from gateway.telemetry.streams import WatchedStream
from gateway.telemetry.tallies import Tallies
from loaders.feed import Feed
from loaders.hub import Happening, Hub, Interest
from resolvers.context import Viewer
from schema.errors import unexpected

LIMIT_EXCEEDED = "SUBSCRIPTION_LIMIT_EXCEEDED"

# What is executed: the operation in its document, and its variables.
Key: TypeAlias = tuple[int, bytes]

log = logging.getLogger(__name__)
# Where there is only a log, what is counted for it is read by nobody.
_UNREAD = Telemetry("", Tallies(), None)


class Told(NamedTuple):
    """The answer to an event, in JSON, and the codes of its errors."""

    body: bytes
    codes: Sequence[str]


class Sink(Protocol):
    """Where the answers of a connection's operations go."""

    @property
    def transport(self) -> str:
        """What the connection speaks: ``websocket`` or ``sse``."""

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
        telemetry: Watches operations; None: nobody does.

    Attributes:
        under_way: Operations that are being begun, or answered.
        connected: How many connections, or reservations of them, each person has.
        subscribed: How many subscriptions.
    """

    def __init__(
        self,
        operations: Operations,
        hub: Hub,
        feed: Feed | None,
        limits: StreamLimits,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.operations = operations
        self.hub = hub
        self.limits = limits
        self.under_way = 0
        self._telemetry = telemetry
        self._feed = feed
        self._sinks: set[Sink] = set()
        self.connected = Crowd(limits.per_person, "connections are open", LIMIT_EXCEEDED)
        self.subscribed = Crowd(limits.per_person, "subscriptions are open", LIMIT_EXCEEDED)
        self._answers: WeakKeyDictionary[Happening, dict[tuple[Key, Viewer | None], asyncio.Task[Told]]]
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

    def watch(self, operation: Operation, caller: Caller, transport: str) -> WatchedStream | None:
        """Return what watches an operation; None where nothing is to be said of it."""
        if self._telemetry is None and not log.isEnabledFor(logging.INFO):
            return None
        return WatchedStream(self._telemetry or _UNREAD, transport, caller, safe_name(operation.operation_name))

    def answer(
        self,
        subscription: Subscription,
        key: Key,
        happening: Happening,
        viewer: Viewer | None,
        watched: WatchedStream | None,
    ) -> asyncio.Task[Told]:
        """Return the work on the answer to an event: one for all in whose eyes it is the same."""
        answers = self._answers.setdefault(happening, {})
        found = answers.get((key, viewer))
        if found is None:
            work = self._answer(subscription, happening, viewer, watched)
            found = answers[key, viewer] = asyncio.get_running_loop().create_task(work)
        return found

    async def _answer(
        self,
        subscription: Subscription,
        happening: Happening,
        viewer: Viewer | None,
        watched: WatchedStream | None,
    ) -> Told:
        # What it was begun from is another matter.
        trace.begin(None)
        try:
            if happening.data is None:
                answer: dict[str, Any] = {"errors": [_MISSED], "data": None}
            else:
                with NOTHING if watched is None else watched.event():
                    answer = dict(await self.operations.event(subscription, happening.data, viewer))
        except Exception as error:  # noqa: BLE001  one event must not end the others
            answer = {"errors": [unexpected(error)], "data": None}
        if happening.position is not None:
            answer["extensions"] = {"eventId": happening.position}
        return Told(encode(answer), codes_of(answer))


_MISSED: GraphQLFormattedError = {
    "message": "Events may have been missed: ask for what they would have shown.",
    "extensions": {"code": "EVENTS_MISSED"},
}
