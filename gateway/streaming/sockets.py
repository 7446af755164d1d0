"""GraphQL over WebSocket, by the protocol ``graphql-transport-ws``.

Source: github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. The older protocol that is named ``graphql-ws`` is not
spoken.
"""

import time
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from engine import encode
from gateway.admission.auth import Authenticator
from gateway.admission.identity import identify
from gateway.admission.router import Routers
from gateway.http import note_beside_stream, refused
from gateway.request import Refusal, headers_of
from gateway.streaming import messages
from gateway.streaming.connection import Connection
from gateway.streaming.streams import Streams
from gateway.telemetry.requests import Telemetry


class SocketEndpoint:
    """Answers upgrades to WebSocket.

    Args:
        authenticator: Says who asks.
        routers: Tells routers, which show their secret in the upgrade as in every request, from clients.
        streams: All open connections.
        origins: Of other pages that may connect; ``*`` stands for all.
        seconds: How long a client may take for its first message.
        telemetry: Counts upgrades that are refused; None: nobody does.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        routers: Routers,
        streams: Streams,
        origins: AbstractSet[str],
        *,
        seconds: float,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._authenticator = authenticator
        self._routers = routers
        self._streams = streams
        self._origins = origins
        self._seconds = seconds
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        began = time.perf_counter()
        headers = headers_of(scope["headers"])
        await receive()
        try:
            self._check_origin(headers)
            is_router = self._routers.know(headers)
            identity = await identify(self._authenticator, headers.get(b"authorization"))
            connection = Connection(self._authenticator, self._streams, headers, send, identity, is_router=is_router)
            self._streams.open(connection)
        except Refusal as refusal:
            await _refuse(send, refusal)
            note_beside_stream(self._telemetry, "GET", headers, refused(refusal), time.perf_counter() - began)
            return
        try:
            with suppress(OSError):
                if messages.PROTOCOL not in scope["subprotocols"]:
                    await send({"type": "websocket.accept"})
                    await connection.end(messages.SUBPROTOCOL_NOT_ACCEPTABLE, f"Only {messages.PROTOCOL} is spoken")
                    return
                await send({"type": "websocket.accept", "subprotocol": messages.PROTOCOL})
                await connection.serve(receive, self._seconds)
        finally:
            self._streams.close(connection)
            connection.close()

    def _check_origin(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse pages of other origins, whose upgrades no browser asks about beforehand."""
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or "*" in self._origins or origin in self._origins:
            return
        # No URL: it has nothing after the host, and what pages send need not be one.
        if origin.partition("://")[2].encode("latin-1") != headers.get(b"host"):
            raise Refusal(403, "FORBIDDEN", "Pages of this origin may not connect.")


async def _refuse(send: Send, refusal: Refusal) -> None:
    """Answer an upgrade with a status."""
    body = encode({"errors": [refusal.formatted()]})
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")]
    headers += [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
