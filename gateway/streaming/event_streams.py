"""GraphQL over server-sent events, in both modes of graphql-sse: a connection for each operation, or one for many.

Source: github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. What was reserved is known to one process only: with
several, the single connection mode needs a load balancer that sends a client to the same one each time.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from gateway.admission.auth import Authenticator
from gateway.admission.caller import Caller, client_of, person_of
from gateway.admission.identity import identify
from gateway.admission.router import Routers
from gateway.http import GraphQLEndpoint, note_beside_stream, refused
from gateway.negotiation import JSON, prefers_events
from gateway.reply import Replies, Reply
from gateway.request import ClientGone, Operation, Refusal, headers_of
from gateway.streaming.event_stream import EventStream
from gateway.streaming.streams import Streams
from gateway.telemetry.requests import Telemetry
from schema.errors import unexpected

TOKEN_HEADER = b"x-graphql-event-stream-token"
# What is reserved and not connected is given up after this long.
RESERVED_SECONDS = 30.0


class Asker(NamedTuple):
    """Who sends a request, and until when they may listen: seconds since 1970, or None for ever."""

    caller: Caller
    expires: float | None


class EventStreams:
    """Answers those who ask for an event stream, and passes all others on: an ASGI application.

    Args:
        endpoint: Answers the others, and reads operations.
        authenticator: Says who asks.
        routers: Tells routers from clients.
        replies: Sends answers.
        streams: All open connections.
        telemetry: Counts what is answered at once; None: nobody does.
    """

    def __init__(
        self,
        endpoint: GraphQLEndpoint,
        authenticator: Authenticator,
        routers: Routers,
        replies: Replies,
        streams: Streams,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._authenticator = authenticator
        self._routers = routers
        self._replies = replies
        self._streams = streams
        self._telemetry = telemetry
        self._reserved: dict[str, EventStream] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not _is_ours(scope):
            await self._endpoint(scope, receive, send)
            return
        began = time.perf_counter()
        headers = headers_of(scope["headers"])
        of_operation = False
        try:
            reply = await self._answer(scope, headers, receive, send)
            of_operation = True
        except ClientGone:
            return
        except Refusal as refusal:
            reply = refused(refusal)
        except Exception as error:  # noqa: BLE001  the client is told that, and no more
            reply = Reply({"errors": [unexpected(error)]}, 500)
        if reply is not None:
            await self._replies.send(send, reply, JSON, headers)
            seconds = time.perf_counter() - began
            note_beside_stream(self._telemetry, scope["method"], headers, reply, seconds, of_operation=of_operation)

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> Reply | None:
        """Answer by what is returned, or here."""
        asker = await self._asker(headers)
        token = _token(scope, headers)
        if scope["method"] == "PUT":
            await self._reserve(send, asker, headers)
        elif token is None:
            await self._serve_one(scope, headers, receive, send, asker)
        elif scope["method"] == "GET":
            await self._connect(scope, send, token, asker)
        elif scope["method"] == "DELETE":
            self._find(token, asker).session.stop(_parameter(scope, "operationId"))
            return Reply({"data": None})
        else:
            operation, types = await self._endpoint.read(scope, headers, receive)
            # Not before: until all of it is there, the stream may end.
            return await self._add(self._find(token, asker), operation, types)
        return None

    async def _serve_one(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send, asker: Asker
    ) -> None:
        """Stream one operation's answers, and nothing else."""
        operation, types = await self._endpoint.read(scope, headers, receive)
        last = headers.get(b"last-event-id", b"").decode("latin-1") or _last_event_id(operation)
        stream = self._stream(asker, headers, is_shared=False)
        person = person_of(stream.session.caller)
        self._streams.connected.enter(person)
        try:
            begin = partial(stream.session.start, "", operation, types, last)
            await stream.serve(send, scope, self._replies, begin, last=last)
        finally:
            self._streams.connected.leave(person)

    async def _reserve(self, send: Send, asker: Asker, headers: Mapping[bytes, bytes]) -> None:
        if len(self._reserved) >= self._streams.limits.connections:
            raise Refusal(503, "OVERLOADED", "Too many connections are open: try again.", {"Retry-After": "5"})
        token = secrets.token_urlsafe(24)
        stream = self._stream(asker, headers, is_shared=True)
        self._streams.connected.enter(person_of(stream.session.caller))
        self._reserved[token] = stream
        asyncio.get_running_loop().call_later(RESERVED_SECONDS, self._give_up, token, stream)
        await self._replies.send_text(send, 201, token)

    async def _connect(self, scope: Scope, send: Send, token: str, asker: Asker) -> None:
        stream = self._reserved.get(token)
        # A browser's EventSource cannot say whose it is: what was reserved is its secret.
        is_named = asker.caller.viewer is not None
        if stream is None or (is_named and not _are_same(stream.session.caller, asker.caller)):
            raise _not_reserved()
        if stream.is_taken:
            raise Refusal(409, "BAD_USER_INPUT", "This stream is open already.")
        try:
            await stream.serve(send, scope, self._replies)
        finally:
            self._forget(token, stream)

    async def _add(self, stream: EventStream, operation: Operation, types: Sequence[Any]) -> Reply:
        name = operation.extensions.operation_id if operation.extensions else None
        if not name:
            raise Refusal(400, "BAD_USER_INPUT", "The extension 'operationId' is missing.")
        if name in stream.session:
            raise Refusal(409, "BAD_USER_INPUT", "An operation with this id is under way.")
        errors = await stream.session.perform(name, operation, types, _last_event_id(operation))
        return Reply({"errors": errors}, 400) if errors else Reply({"data": None}, 202)

    async def _asker(self, headers: Mapping[bytes, bytes]) -> Asker:
        is_router = self._routers.know(headers)
        identity = await identify(self._authenticator, headers.get(b"authorization"))
        viewer, expires = (None, None) if identity is None else identity
        return Asker(Caller(viewer, client_of(headers), is_router), expires)

    def _find(self, token: str, asker: Asker) -> EventStream:
        stream = self._reserved.get(token)
        # Whose a stream is was decided when it was reserved.
        if stream is None or not stream.is_connected or not _are_same(stream.session.caller, asker.caller):
            raise _not_reserved()
        return stream

    def _stream(self, asker: Asker, headers: Mapping[bytes, bytes], *, is_shared: bool) -> EventStream:
        return EventStream(self._streams, asker.caller, headers, asker.expires, is_shared=is_shared)

    def _give_up(self, token: str, stream: EventStream) -> None:
        if not stream.is_taken:
            self._forget(token, stream)

    def _forget(self, token: str, stream: EventStream) -> None:
        if self._reserved.pop(token, None) is not None:
            self._streams.connected.leave(person_of(stream.session.caller))


def _are_same(one: Caller, other: Caller) -> bool:
    return (one.viewer, one.is_router) == (other.viewer, other.is_router)


def _is_ours(scope: Scope) -> bool:
    if scope["method"] in {"PUT", "DELETE"}:
        return True
    return any(
        (name == b"accept" and prefers_events(value)) or name == TOKEN_HEADER for name, value in scope["headers"]
    )


def _token(scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
    return headers.get(TOKEN_HEADER, b"").decode("latin-1") or _parameter(scope, "token") or None


def _parameter(scope: Scope, name: str) -> str:
    if not scope["query_string"]:
        return ""
    values = parse_qs(scope["query_string"].decode("latin-1")).get(name, [""])
    return str(values[0])


def _last_event_id(operation: Operation) -> str | None:
    return operation.extensions.last_event_id if operation.extensions else None


def _not_reserved() -> Refusal:
    return Refusal(404, "NOT_FOUND", "There is no such stream.")
