"""GraphQL over server-sent events, in both modes of graphql-sse: a connection for each operation, or one for many.

Source: github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. What was reserved is known to one process only: with
several, the single connection mode needs a load balancer that sends a client to the same one each time.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec
from graphql import GraphQLFormattedError
from starlette.types import Receive, Scope, Send

from engine import encode
from gateway.auth import Authenticator, Identity
from gateway.caller import Caller, client_of, person_of
from gateway.http import GraphQLEndpoint, refused
from gateway.identity import identify
from gateway.negotiation import EVENT_STREAM, JSON, prefers_events
from gateway.protocol import UNCOUNTED
from gateway.reply import Replies, Reply
from gateway.request import ClientGone, Operation, Refusal, headers_of
from gateway.session import EXPIRED, KEEP_ALIVE_SECONDS, Session, seconds_left
from gateway.streams import Streams
from schema.errors import unexpected

TOKEN_HEADER = b"x-graphql-event-stream-token"
# What is reserved and not connected is given up after this long.
RESERVED_SECONDS = 30.0


class EventStream:
    """One connection on which answers are sent.

    Args:
        streams: All open connections.
        caller: Who asks.
        headers: Of the request that opened it.
        expires: Until when the caller may listen, in seconds since 1970; None: for ever.
        is_shared: Whether several operations share it, so that each answer is named.
    """

    def __init__(
        self,
        streams: Streams,
        caller: Caller,
        headers: Mapping[bytes, bytes],
        expires: float | None,
        *,
        is_shared: bool,
    ) -> None:
        self.session = Session(streams, caller, headers, self)
        self.is_connected = False
        self._streams = streams
        self._position = streams.hub.position
        self._expires = expires
        self._is_shared = is_shared
        self._send: Send | None = None
        self._ended = asyncio.Event()

    async def serve(self, send: Send, scope: Scope, replies: Replies) -> None:
        """Send what there is until either side ends; raises ``Refusal`` where too many connections are open."""
        self._streams.open(self)
        timer = None
        try:
            if (uncounted := scope.get("extensions", {}).get(UNCOUNTED)) is not None:
                uncounted()
            await replies.begin(send, EVENT_STREAM.encode())
            self._send = send
            self.is_connected = True
            if self._expires is not None:
                timer = asyncio.get_running_loop().call_later(seconds_left(self._expires), self._ended.set)
            await self._tell_position(self._position)
            while not self._ended.is_set():
                try:
                    await asyncio.wait_for(self._ended.wait(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    await self._tell_position(self.session.position)
            if self._expires is not None and not seconds_left(self._expires):
                await self._expire()
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._send = None
            if timer is not None:
                timer.cancel()
            self.session.close()
            self._streams.close(self)

    async def next(self, name: str, answer: bytes, position: str | None) -> None:
        """Send an answer."""
        if self._is_shared:
            answer = b'{"id":' + msgspec.json.encode(name) + b',"payload":' + answer + b"}"
        place = b"" if position is None else b"id: " + position.encode() + b"\n"
        await self._write(b"event: next\n" + place + b"data: " + answer + b"\n\n")

    async def refuse(self, name: str, errors: Sequence[GraphQLFormattedError]) -> None:
        """Say why an operation is not executed."""
        await self.next(name, encode({"errors": list(errors)}), None)
        await self.complete(name)

    async def complete(self, name: str) -> None:
        """Say that an operation has no more answers."""
        payload = encode({"id": name}) if self._is_shared else b""
        await self._write(b"event: complete\ndata: " + payload + b"\n\n")
        if not self._is_shared:
            self._ended.set()

    def too_slow(self) -> None:
        """End the connection of a client that does not take its events; it may come back and resume."""
        self._ended.set()

    def go_away(self) -> None:
        """End the connection since the process ends."""
        self._ended.set()

    async def _tell_position(self, position: str | None) -> None:
        """Show that the connection lives, and up to where everything was seen on it."""
        # An id without data is no event, and the client remembers it.
        await self._write(b":\n\n" if position is None else b"id: " + position.encode() + b"\n\n")

    async def _expire(self) -> None:
        for name in self.session.names():
            await self.refuse(name, [EXPIRED])

    async def _write(self, body: bytes) -> None:
        if self._send is None:
            raise OSError("nobody is connected")
        await self._send({"type": "http.response.body", "body": body, "more_body": True})


class EventStreams:
    """Answers those who ask for an event stream, and passes all others on: an ASGI application.

    Args:
        endpoint: Answers the others, and reads operations.
        authenticator: Says who asks.
        replies: Sends answers.
        streams: All open connections.
    """

    def __init__(
        self, endpoint: GraphQLEndpoint, authenticator: Authenticator, replies: Replies, streams: Streams
    ) -> None:
        self._endpoint = endpoint
        self._authenticator = authenticator
        self._replies = replies
        self._streams = streams
        self._reserved: dict[str, EventStream] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not _is_ours(scope):
            await self._endpoint(scope, receive, send)
            return
        headers = headers_of(scope["headers"])
        try:
            reply = await self._answer(scope, headers, receive, send)
        except ClientGone:
            return
        except Refusal as refusal:
            reply = refused(refusal)
        except Exception as error:  # noqa: BLE001  the client is told that, and no more
            reply = Reply({"errors": [unexpected(error)]}, 500)
        if reply is not None:
            await self._replies.send(send, reply, JSON, headers)

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> Reply | None:
        """Answer by what is returned, or here."""
        identity = await identify(self._authenticator, headers.get(b"authorization"))
        token = _token(scope, headers)
        if scope["method"] == "PUT":
            await self._reserve(send, identity, headers)
        elif token is None:
            await self._serve_one(scope, headers, receive, send, identity)
        elif scope["method"] == "GET":
            await self._connect(scope, send, token)
        elif scope["method"] == "DELETE":
            self._find(token, identity).session.stop(_parameter(scope, "operationId"))
            return Reply({"data": None})
        else:
            stream = self._find(token, identity)
            operation, types = await self._endpoint.read(scope, headers, receive)
            return await self._add(stream, operation, types)
        return None

    async def _serve_one(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send, identity: Identity | None
    ) -> None:
        """Stream one operation's answers, and nothing else."""
        operation, types = await self._endpoint.read(scope, headers, receive)
        last = headers.get(b"last-event-id", b"").decode("latin-1") or _last_event_id(operation)
        stream = self._stream(identity, headers, is_shared=False)
        person = person_of(stream.session.caller)
        self._streams.connected.enter(person)
        try:
            stream.session.start("", operation, types, last)
            await stream.serve(send, scope, self._replies)
        finally:
            self._streams.connected.leave(person)
            stream.session.close()

    async def _reserve(self, send: Send, identity: Identity | None, headers: Mapping[bytes, bytes]) -> None:
        if len(self._reserved) >= self._streams.limits.connections:
            raise Refusal(503, "OVERLOADED", "Too many connections are open: try again.", {"Retry-After": "5"})
        token = secrets.token_urlsafe(24)
        stream = self._stream(identity, headers, is_shared=True)
        self._streams.connected.enter(person_of(stream.session.caller))
        self._reserved[token] = stream
        asyncio.get_running_loop().call_later(RESERVED_SECONDS, self._give_up, token, stream)
        await self._replies.send_text(send, 201, token)

    async def _connect(self, scope: Scope, send: Send, token: str) -> None:
        stream = self._reserved.get(token)
        if stream is None:
            raise _not_reserved()
        if stream.is_connected:
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

    def _find(self, token: str, identity: Identity | None) -> EventStream:
        stream = self._reserved.get(token)
        # Whose a stream is was decided when it was reserved.
        if stream is None or not stream.is_connected or stream.session.caller.viewer != (identity and identity.viewer):
            raise _not_reserved()
        return stream

    def _stream(self, identity: Identity | None, headers: Mapping[bytes, bytes], *, is_shared: bool) -> EventStream:
        viewer, expires = (None, None) if identity is None else identity
        return EventStream(self._streams, Caller(viewer, client_of(headers)), headers, expires, is_shared=is_shared)

    def _give_up(self, token: str, stream: EventStream) -> None:
        if not stream.is_connected:
            self._forget(token, stream)

    def _forget(self, token: str, stream: EventStream) -> None:
        if self._reserved.pop(token, None) is not None:
            self._streams.connected.leave(person_of(stream.session.caller))


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
