"""One event stream on which answers are sent: of one operation, or of many."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec
from graphql import GraphQLFormattedError
from starlette.types import Scope, Send

from engine import encode
from gateway.admission.caller import Caller
from gateway.negotiation import EVENT_STREAM
from gateway.protocol import UNCOUNTED
from gateway.reply import Replies
from gateway.streaming.session import EXPIRED, KEEP_ALIVE_SECONDS, Session, seconds_left
from gateway.streaming.streams import Streams


class EventStream:
    """One connection on which answers are sent.

    Attributes:
        session: What is under way on it.
        is_taken: Whether a client has come for it.
        is_connected: Whether answers can be sent.

    Args:
        streams: All open connections.
        caller: Who asks.
        headers: Of the request that opened it.
        expires: Until when the caller may listen, in seconds since 1970; None: for ever.
        is_shared: Whether several operations share it, so that each answer is named.
    """

    transport = "sse"

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
        self.is_taken = False
        self.is_connected = False
        self._streams = streams
        self._position = streams.hub.position
        self._expires = expires
        self._is_shared = is_shared
        self._send: Send | None = None
        self._ended = asyncio.Event()

    async def serve(
        self,
        send: Send,
        scope: Scope,
        replies: Replies,
        begin: Callable[[], None] | None = None,
        *,
        last: str | None = None,
    ) -> None:
        """Send what there is until either side ends.

        Args:
            send: ASGI's.
            scope: ASGI's.
            replies: Makes the head.
            begin: Begins the operation, once there is somewhere to answer it.
            last: The client's place, which is right until what it has missed is sent; None: it has none.

        Raises:
            Refusal: Too many connections are open.
        """
        self.is_taken = True
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
            await self._tell_position(self._position if last is None else None)
            if begin is not None:
                begin()
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
