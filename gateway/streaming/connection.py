"""One WebSocket on which operations are sent and answered, by ``graphql-transport-ws``."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from graphql import GraphQLFormattedError
from starlette.types import Receive, Send

from engine import encode
from gateway.admission.auth import Authenticator, Identity
from gateway.admission.caller import Caller, client_of, person_of
from gateway.admission.identity import identify
from gateway.operations import AT_ONCE
from gateway.request import Refusal
from gateway.streaming import messages
from gateway.streaming.session import KEEP_ALIVE_SECONDS, Session, seconds_left
from gateway.streaming.streams import Streams


class Connection:
    """One connection.

    Args:
        authenticator: Says who asks.
        streams: All open connections.
        headers: Of the upgrade.
        send: ASGI's.
        identity: Whom the upgrade names.
        is_router: Whether a router of the federated graph has opened it.
    """

    transport = "websocket"

    __slots__ = (
        "_authenticator",
        "_ended",
        "_headers",
        "_identity",
        "_is_inited",
        "_is_router",
        "_last",
        "_send",
        "_session",
        "_streams",
        "_tasks",
        "_timer",
        "_unheard",
        "_waker",
    )

    def __init__(
        self,
        authenticator: Authenticator,
        streams: Streams,
        headers: Mapping[bytes, bytes],
        send: Send,
        identity: Identity | None,
        *,
        is_router: bool,
    ) -> None:
        self._authenticator = authenticator
        self._streams = streams
        self._headers = headers
        self._send = send
        self._identity = identity
        self._is_router = is_router
        self._session: Session | None = None
        self._is_inited = False
        self._last: tuple[str, float] | None = None
        self._ended = False
        self._unheard = 0
        self._timer: asyncio.TimerHandle | None = None
        self._waker: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] | None = None

    async def serve(self, receive: Receive, seconds: float) -> None:
        """Take messages until either side ends; the first must come within so many seconds."""
        self._timer = self._later(seconds, messages.INIT_TIMEOUT, "Connection initialisation timeout")
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            self._unheard = 0
            if not self._ended:
                await self._take(message.get("text"), seconds)

    def close(self) -> None:
        """Stop everything."""
        self._ended = True
        for timer in (self._timer, self._waker):
            if timer is not None:
                timer.cancel()
        if self._session is not None:
            self._session.close()
            self._streams.connected.leave(person_of(self._session.caller))
            self._session = None

    async def end(self, code: int, reason: str) -> None:
        """Close the connection, for a reason; what is under way stops at once."""
        if self._ended:
            return
        self.close()
        shown = reason.encode()[: messages.MAX_REASON_BYTES].decode(errors="ignore")
        with suppress(OSError):
            await self._send({"type": "websocket.close", "code": code, "reason": shown})

    # What the client sends.

    async def _take(self, text: str | None, seconds: float) -> None:
        try:
            message = messages.decoder.decode(text or "")
        except (msgspec.DecodeError, RecursionError) as error:
            await self.end(messages.BAD_REQUEST, f"Not a message of {messages.PROTOCOL}: {error}")
            return
        if isinstance(message, messages.Init):
            await self._init(message.payload or messages.InitPayload(), seconds)
        elif isinstance(message, messages.Subscribe):
            await self._subscribe(message)
        elif isinstance(message, messages.Complete):
            if self._session is not None:
                self._session.stop(message.id)
        elif isinstance(message, messages.Ping):
            await self._text(b'{"type":"pong"}')

    async def _init(self, payload: messages.InitPayload, seconds: float) -> None:
        if self._is_inited:
            await self.end(messages.TOO_MANY_INITS, "Too many initialisation requests")
            return
        self._is_inited = True
        try:
            await self._identify(payload)
        except Refusal as refusal:
            await self.end(messages.FORBIDDEN, refusal.code)
            return
        if self._ended:
            return
        if self._timer is not None:
            self._timer.cancel()
        viewer = None if self._identity is None else self._identity.viewer
        caller = Caller(viewer, client_of(self._headers), self._is_router)
        try:
            self._streams.connected.enter(person_of(caller))
        except Refusal as refusal:
            await self.end(messages.FORBIDDEN, refusal.code)
            return
        self._session = Session(self._streams, caller, self._headers, self)
        if self._identity is not None:
            self._timer = self._later(seconds_left(self._identity.expires), messages.FORBIDDEN, "TOKEN_EXPIRED")
        loop = asyncio.get_running_loop()
        if payload.last_event_id is not None:
            # For what the client takes up again right after this; what it begins later has missed nothing.
            self._last = (payload.last_event_id, loop.time() + seconds)
        self._waker = loop.call_later(KEEP_ALIVE_SECONDS, self._wake)
        # Who comes back has not seen yet what they have missed: until it is sent, their own place is the right one.
        position = self._streams.hub.position if payload.last_event_id is None else None
        shown = b"" if position is None else b',"payload":' + encode({"lastEventId": position})
        await self._text(b'{"type":"connection_ack"' + shown + b"}")

    async def _identify(self, payload: messages.InitPayload) -> None:
        given = payload.authorization or payload.authorization_capital
        identity = await identify(self._authenticator, None if given is None else given.encode(errors="replace"))
        if identity is None:
            return
        if self._identity is not None and identity.viewer != self._identity.viewer:
            raise Refusal(403, "FORBIDDEN", "The upgrade named somebody else.")
        self._identity = identity

    async def _subscribe(self, message: messages.Subscribe) -> None:
        if self._session is None:
            await self.end(messages.UNAUTHORIZED, "Unauthorized")
        elif message.id in self._session:
            await self.end(messages.SUBSCRIBER_EXISTS, f"Subscriber for {message.id} already exists")
        else:
            extensions = message.payload.extensions
            last = extensions.last_event_id if extensions else None
            if last is None and self._last is not None and asyncio.get_running_loop().time() < self._last[1]:
                last = self._last[0]
            self._session.start(message.id, message.payload, AT_ONCE, last)

    # What is sent to it.

    async def next(self, name: str, answer: bytes, position: str | None) -> None:  # noqa: ARG002  it is in the answer
        """Send an answer."""
        await self._named(b"next", name, answer)

    async def refuse(self, name: str, errors: Sequence[GraphQLFormattedError]) -> None:
        """Say why an operation is not executed."""
        await self._named(b"error", name, msgspec.json.encode(list(errors)))

    async def complete(self, name: str) -> None:
        """Say that an operation has no more answers."""
        await self._text(b'{"type":"complete","id":' + msgspec.json.encode(name) + b"}")

    def too_slow(self) -> None:
        """End the connection of a client that does not take its events; it may come back and resume."""
        self._beside(self.end(messages.TRY_AGAIN_LATER, "Too slow: come back and resume"))

    def go_away(self) -> None:
        """End the connection since the process ends."""
        self._beside(self.end(messages.GOING_AWAY, "Going away"))

    async def _named(self, kind: bytes, name: str, payload: bytes) -> None:
        await self._text(b'{"type":"' + kind + b'","id":' + msgspec.json.encode(name) + b',"payload":' + payload + b"}")

    async def _text(self, message: bytes) -> None:
        if not self._ended:
            await self._send({"type": "websocket.send", "text": message.decode()})

    def _later(self, seconds: float, code: int, reason: str) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, lambda: self._beside(self.end(code, reason)))

    def _wake(self) -> None:
        """Ask whether the client is still there, and tell it up to where it has seen everything."""
        if self._unheard or self._session is None:
            # A client that is gone without a word takes no closing either.
            self._beside(self.end(messages.TRY_AGAIN_LATER, "Nothing was heard"))
            return
        self._unheard = 1
        self._waker = asyncio.get_running_loop().call_later(KEEP_ALIVE_SECONDS, self._wake)
        position = self._session.position
        shown = b"" if position is None else b',"payload":' + encode({"lastEventId": position})
        self._beside(self._text(b'{"type":"ping"' + shown + b"}"))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks = self._tasks or set()
        task = asyncio.get_running_loop().create_task(_undisturbed(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _undisturbed(work: Coroutine[Any, Any, None]) -> None:
    # The client may have left; whoever reads from it notices.
    with suppress(OSError):
        await work
