"""HTTP/1.1 to one service over kept connections, as an httpx transport: what is sent and got are httpx's own types."""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Sequence

import httpx

from downstream.connection import Connection, StaleConnectionError

# Shorter than the contract's 30 s, so that a service hardly ever closes a connection that is about to be used.
KEEPALIVE_SECONDS = 20.0

# A header: the request gets a connection of its own, which ends with the answer.
CLOSE = (b"connection", b"close")


class KeepAliveTransport(httpx.AsyncBaseTransport):
    """Sends requests to one origin. One that is cancelled, at whatever point, leaves no connection behind.

    There are as many connections as requests at a time: who sends them bounds those, and their time.

    Args:
        url: Its scheme, host and port are where all requests go.
        tls: For https.
        keepalive: Seconds that an idle connection is kept.
    """

    def __init__(self, url: str, *, tls: ssl.SSLContext, keepalive: float = KEEPALIVE_SECONDS) -> None:
        origin = httpx.URL(url)
        self._tls = tls if origin.scheme == "https" else None
        self._host = origin.host
        self._port = origin.port or (80 if self._tls is None else 443)
        self._keepalive = keepalive
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._reaper: asyncio.TimerHandle | None = None

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._open)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request (not HEAD) and return its response, whose body comes in while it is read.

        Raises:
            StaleConnectionError: A kept connection was closed just then; nothing was answered.
            httpx.ConnectError: No connection.
            httpx.ReadError: A broken one.
            httpx.RemoteProtocolError: An answer that is not HTTP, or that ended too early.
        """
        headers = request.headers.raw
        message = _serialised(request, headers, await request.aread())
        if CLOSE in headers:
            connection = await self._connect(Connection.abort)
        else:
            connection = self._idle.pop() if self._idle else await self._connect(self._free)
        try:
            head = await connection.send(message)
        except StaleConnectionError:
            # The others are older still.
            self._drop(self._idle)
            raise
        return httpx.Response(head.status, headers=head.headers, stream=head.body)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._reaper is not None:
            self._reaper.cancel()
        self._drop(self._open)
        await asyncio.sleep(0)

    async def _connect(self, answered: Callable[[Connection], None]) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(answered, self._lost), self._host, self._port, ssl=self._tls
            )
        except OSError as error:
            raise httpx.ConnectError(type(error).__name__) from None
        self._open.add(connection)
        return connection

    def _free(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._reaper is None:
            self._reaper = loop.call_later(self._keepalive, self._reap)

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def _reap(self) -> None:
        """Close what has been idle for too long, and come again when the next will have been."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - self._keepalive
        self._drop(one for one in self._idle if one.idle_since <= oldest)
        left = [one.idle_since for one in self._idle if one.idle_since > oldest]
        self._reaper = loop.call_at(min(left) + self._keepalive, self._reap) if left else None

    def _drop(self, connections: Iterable[Connection]) -> None:
        dropped = set(connections)
        self._idle = [one for one in self._idle if one not in dropped]
        for connection in dropped:
            connection.abort()


def _serialised(request: httpx.Request, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join((*lines, b"", body))
