"""A gateway that serves real sockets from this process, and clients that watch it."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Any, Self, cast

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.protocol import DeadlineProtocol
from gateway.settings import Settings
from gateway.streaming.socket_protocol import DeadlineSocketProtocol
from gateway.streaming.streams import Streams
from loaders.hub import Hub
from tests.support import plain
from tests.support.center import Around, Json, OrderCenter, recorded
from tests.support.services import ServiceProcess
from tests.support.waiting import until

SECRET = "only-for-tests-only-for-tests-only"  # noqa: S105
STREAM = "order-center:events"
PROTOCOL = Subprotocol("graphql-transport-ws")
# Long enough for a machine that is busy; nothing waits for it where all is well.
SECONDS = 10.0


class Live(OrderCenter):
    """A client of a gateway that listens."""

    url: str = ""
    hub: Hub
    streams: Streams

    async def waited_for(self, subscriptions: int = 1) -> None:
        """Return once so many subscriptions are open: the protocols do not say when one is."""
        await until(lambda: sum(map(len, self.hub._waiting.values())) == subscriptions, SECONDS)  # noqa: SLF001  nobody else asks

    async def tell(self, *events: Json) -> None:
        """Send events as a service that cannot write to the stream does."""
        body = json.dumps(list(events)).encode()
        answer = await self.http.post("/events", content=body, headers=signature(body))
        assert answer.status_code == 204, answer.text


def signature(body: bytes) -> dict[str, str]:
    """Return the headers with which a service signs what it tells."""
    sent = str(int(time.time()))
    digest = hmac.digest(SECRET.encode(), b"1." + sent.encode() + b"." + body, hashlib.sha256)
    signed = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": "1", "webhook-timestamp": sent, "webhook-signature": signed}


def event(kind: str, **data: str) -> Json:
    """An event as services send it."""
    return {"specversion": "1.0", "id": "1", "source": "/services/order", "type": kind, "data": data}


@asynccontextmanager
async def serving(
    settings: Settings, issuer: ServiceProcess, around: Mapping[str, Around] | None = None
) -> AsyncIterator[Live]:
    """Serve from this process, on the protocols that `order-center serve` uses.

    Args:
        settings: Its settings.
        issuer: Makes tokens.
        around: What to put around the network to a service, by its name.
    """
    app, calls = recorded(settings, around)
    listening = socket.create_server(("127.0.0.1", 0))
    # What a client does not take soon waits in the gateway.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    config = uvicorn.Config(
        app,
        http=cast(
            "type[asyncio.Protocol]",
            partial(DeadlineProtocol, seconds=settings.receive_timeout, max_requests=500, under_way=set()),
        ),
        ws=cast("type[asyncio.Protocol]", partial(DeadlineSocketProtocol, seconds=settings.receive_timeout)),
        ws_max_size=settings.max_body_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    # Signals are the test runner's.
    task = asyncio.create_task(server._serve([listening]))  # noqa: SLF001  serve() would take the signals over
    while not server.started:  # noqa: ASYNC110  it tells nobody
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with plain.AsyncClient(base_url=url, timeout=30) as http:
        live = Live(http, calls, issuer)
        live.url = url
        live.streams = app._sockets._streams  # type: ignore[attr-defined]  # noqa: SLF001  the same
        live.hub = live.streams.hub
        try:
            yield live
        finally:
            await http.aclose()
            server.should_exit = True
            await task


class Watching:
    """A client of ``graphql-transport-ws`` that shows every message."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.ack: Json = {}

    async def init(self, authorization: str | None = None, **payload: str) -> Self:
        """Say who asks, and wait for the answer."""
        if authorization is not None:
            payload["Authorization"] = authorization
        await self.send({"type": "connection_init", "payload": payload})
        self.ack = await self.next()
        assert self.ack["type"] == "connection_ack", self.ack
        return self

    async def subscribe(
        self, query: str, variables: Mapping[str, object] | None = None, *, name: str = "1", last: str | None = None
    ) -> None:
        """Send an operation."""
        payload: Json = {"query": query, "variables": variables}
        if last is not None:
            payload["extensions"] = {"lastEventId": last}
        await self.send({"type": "subscribe", "id": name, "payload": payload})

    async def send(self, message: Mapping[str, object] | str) -> None:
        """Send any message."""
        await self.socket.send(message if isinstance(message, str) else json.dumps(message))

    async def next(self, seconds: float = SECONDS) -> Json:
        """Return the next message."""
        async with asyncio.timeout(seconds):
            message: Json = json.loads(await self.socket.recv())
        return message

    async def closed(self, *, after_more: bool = False) -> tuple[int, str]:
        """Return why the gateway closes, which must be the next that it does, unless more may come before."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(SECONDS):
                message = await self.socket.recv()
                while after_more:
                    await self.socket.recv()
            raise AssertionError(message)
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()


class Listening:
    """A client of an event stream that shows every event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, str]:
        """Return the fields of the next event; comments and ids alone are none."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(SECONDS):
            async for line in self._lines:
                if not line and "event" in fields:
                    return fields
                name, _, value = line.partition(":")
                if name:
                    fields[name] = value.removeprefix(" ")
        return {}

    async def answer(self) -> Json:
        """Return the answer that the next event holds."""
        fields = await self.next()
        assert fields["event"] == "next", fields
        found: Json = json.loads(fields["data"])
        return found


async def watching(url: str, **options: Any) -> Watching:  # noqa: ANN401  of websockets
    """Connect to a gateway's /graphql."""
    given: dict[str, Any] = {"subprotocols": [PROTOCOL], "proxy": None, "compression": None} | options
    return Watching(await connect(url.replace("http", "ws") + "/graphql", **given))
