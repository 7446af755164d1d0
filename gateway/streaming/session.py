"""Operations on a connection that stays open, whatever it speaks: begun, bounded, and stopped."""

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any, TypeVar

import msgspec
from graphql import GraphQLFormattedError
from strawberry.types.graphql import OperationType

from downstream import trace
from engine import Subscription
from gateway.admission.caller import Caller, person_of
from gateway.reply import Reply
from gateway.request import Operation, Refusal
from gateway.streaming.streams import LIMIT_EXCEEDED, Key, Sink, Streams
from gateway.streaming.subscriber import Subscriber
from gateway.telemetry.requests import codes_of
from gateway.telemetry.streams import WatchedStream
from loaders.feed import is_position
from loaders.hub import Interest
from schema.errors import unexpected

T = TypeVar("T")

# Well within the minute after which proxies commonly take a connection for dead.
KEEP_ALIVE_SECONDS = 25.0
# No timer is set for longer; a token that lives longer ends with it.
MAX_SECONDS = 30 * 86_400.0
EXPIRED: GraphQLFormattedError = {
    "message": "The token has expired: come back with a new one.",
    "extensions": {"code": "TOKEN_EXPIRED"},
}


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
        # A task keeps its name until all that it says is sent: what the client sends meanwhile is about this operation.
        self._begun: dict[str, asyncio.Task[Any] | Subscriber] = {}

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
        self._run(name, self._start(name, operation, types, last))

    async def perform(
        self, name: str, operation: Operation, types: Sequence[OperationType], last: str | None
    ) -> Sequence[GraphQLFormattedError]:
        """Perform an operation; returns why it is not executed, or nothing when its answers go to the sink.

        Nothing, too, when it is stopped meanwhile. It ends when whoever waits here is cancelled.

        Raises:
            OSError: The client has left.
        """
        task = self._run(name, self._perform(name, operation, types, last))
        try:
            # To await the task itself would be to end with it when it is stopped.
            await asyncio.wait({task})
        finally:
            task.cancel()
        return () if task.cancelled() else task.result()

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

    def _run(self, name: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run an operation's work, which has the name until it ends or a subscriber has."""
        told = self._headers.get
        trace.begin(told(b"traceparent", b"").decode("latin-1"), told(b"tracestate", b"").decode("latin-1"))
        task = self._begun[name] = asyncio.create_task(work)
        task.add_done_callback(partial(self._ended, name))
        return task

    def _ended(self, name: str, task: asyncio.Task[Any]) -> None:
        if self._begun.get(name) is task:
            del self._begun[name]

    def _is_stopped(self, name: str) -> bool:
        """Tell whether the operation of this task was stopped, and the name may be another's by now.

        A task that is cancelled may still come this far: resolvers of batches answer their cancellation.
        """
        return self._begun.get(name) is not asyncio.current_task()

    async def _start(self, name: str, operation: Operation, types: Sequence[OperationType], last: str | None) -> None:
        with suppress(OSError):
            errors = await self._perform(name, operation, types, last)
            if errors:
                await self.sink.refuse(name, errors)

    async def _perform(
        self, name: str, operation: Operation, types: Sequence[OperationType], last: str | None
    ) -> Sequence[GraphQLFormattedError]:
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
        if self._is_stopped(name):
            return ()
        if not reply.body and "data" not in reply.answer:
            errors: Sequence[GraphQLFormattedError] = reply.answer["errors"]
            return errors
        await self.sink.next(name, reply.json(), None)
        await self.sink.complete(name)
        return ()

    def _subscribe(
        self, name: str, subscription: Subscription, key: Key, last: str | None, watched: WatchedStream | None
    ) -> Reply | None:
        interest = subscription.wanted
        if not isinstance(interest, Interest):
            raise TypeError("a subscription's source must return an interest")
        if self._is_stopped(name):
            # Nobody is told anything.
            return Reply({})
        self.streams.subscribed.enter(person_of(self.caller))
        subscriber = Subscriber(self.streams, self.sink, self.caller.viewer, name, subscription, interest, key, watched)
        self._begun[name] = subscriber
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
