"""One HTTP/1.1 connection: a request goes out, its response comes in, one after the other.

httptools (the parser of uvicorn and Node) decides what a response is; this is what it is read from and into.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Self, cast

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_HEAD_BYTES = 65_536
# Of all that is no body: the head, sizes of chunks, and what may follow the last of them.
MAX_FRAME_BYTES = 1_048_576
# Above this a response is not read on until its reader has caught up.
MAX_BUFFERED_BYTES = 262_144
_FIRST_FINAL_STATUS = 200

Headers = list[tuple[bytes, bytes]]


class StaleConnectionError(httpx.RemoteProtocolError):
    """A kept connection ended before a byte of the answer came: the service closed it while the request was sent."""


class Head(NamedTuple):
    """A response whose body is still to be read."""

    status: int
    headers: Headers
    body: "Body"


class Body(httpx.AsyncByteStream):
    """A response's body as it comes in. Closing it early ends its connection, as nothing else can stop the sender."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._chunks: deque[bytes] = deque()
        self._error: httpx.TransportError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.buffered = 0
        self.ended = False

    def __aiter__(self) -> Self:
        """Return itself: a body is read once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes; raises ``httpx.TransportError`` where the connection broke."""
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self.ended:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        chunk = self._chunks.popleft()
        self.buffered -= len(chunk)
        if not self.ended:
            self._connection.read_on()
        return chunk

    async def aclose(self) -> None:
        """Give the connection up unless the body has come whole."""
        self.abandon()

    def abandon(self) -> None:
        """Do the same at once."""
        if not self.ended:
            self.ended = True
            self._connection.abort()

    def put(self, chunk: bytes) -> None:
        """Take what came."""
        self._chunks.append(chunk)
        self.buffered += len(chunk)
        self._wake()

    def end(self, error: httpx.TransportError | None = None) -> None:
        """Take note that nothing more will come."""
        self.ended = True
        self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(asyncio.Protocol):
    """A connection that is given back whenever it can take the next request.

    Args:
        free: Called when a response has come whole and the connection stays open.
        lost: Called when it is closed, whoever did that; maybe more than once.
    """

    _transport: asyncio.Transport

    def __init__(self, free: "Callable[[Connection], None]", lost: "Callable[[Connection], None]") -> None:
        self._free = free
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._head: asyncio.Future[Head] | None = None
        self._body = Body(self)
        self._body.ended = True
        self._headers: Headers = []
        self._frame_bytes = 0
        self._has_length = False
        self._is_paused = False
        self._is_used = False
        self._is_unasked = False
        self.idle_since = 0.0

    async def send(self, request: bytes) -> Head:
        """Send a request and return its response's head.

        Raises:
            StaleConnectionError: The connection had served before and ended without a byte of an answer.
            httpx.ReadError: It broke.
            httpx.RemoteProtocolError: What came is not HTTP.
        """
        body = self._body = Body(self)
        self._headers = []
        self._frame_bytes = 0
        self._has_length = False
        self._head = self._loop.create_future()
        self._transport.write(request)
        try:
            return await self._head
        except asyncio.CancelledError:
            body.abandon()
            raise

    def read_on(self) -> None:
        """Go on reading, now that the reader of the body has caught up."""
        if self._is_paused and self._body.buffered < MAX_BUFFERED_BYTES:
            self._is_paused = False
            self._transport.resume_reading()

    def abort(self) -> None:
        """Close it now, whatever is under way."""
        self._lost(self)
        self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance

    def data_received(self, data: bytes) -> None:
        """Parse what came; bytes that nobody asked for end the connection."""
        if self._body.ended:
            self.abort()
            return
        self._frame_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._fail(httpx.RemoteProtocolError("The answer is not HTTP."))
        else:
            if self._is_unasked:
                self.abort()
            elif self._frame_bytes > (MAX_FRAME_BYTES if self._head is None else MAX_HEAD_BYTES):
                self._fail(httpx.RemoteProtocolError("The answer is more frame than body."))
            elif self._body.buffered > MAX_BUFFERED_BYTES and not self._is_paused and not self._body.ended:
                self._is_paused = True
                self._transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits why nothing more comes."""
        self._lost(self)
        if self._body.ended:
            return
        if self._head is None and error is None and not self._has_length:
            self._body.end()  # the end of the connection is the end of such a body
        elif self._is_used and self._frame_bytes == 0:
            self._fail(StaleConnectionError("The service closed a kept connection."))
        elif error is None and self._frame_bytes:
            self._fail(httpx.RemoteProtocolError("The answer ended too early."))
        else:
            self._fail(httpx.ReadError("The connection broke."))

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Notice an answer after the answer."""
        self._is_unasked = self._body.ended

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header."""
        name = name.lower()
        self._headers.append((name, value))
        if name in (b"content-length", b"transfer-encoding"):
            self._has_length = True

    def on_headers_complete(self) -> None:
        """Hand the head over."""
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL_STATUS:
            self._headers = []
        elif self._head is not None:
            head, self._head = self._head, None
            if not head.done():
                head.set_result(Head(status, self._headers, self._body))

    def on_body(self, chunk: bytes) -> None:
        """Collect a part of the body."""
        if not self._is_unasked:
            self._frame_bytes -= len(chunk)
            self._body.put(chunk)

    def on_message_complete(self) -> None:
        """End the body and give the connection back."""
        if self._head is not None or self._is_unasked:  # after an informational response its final one is to come
            return
        self._body.end()
        self._is_used = True
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        if self._parser.should_keep_alive():
            self._free(self)
        else:
            self._transport.close()

    def _fail(self, error: httpx.TransportError) -> None:
        if not self._body.ended:
            self._body.end(error)
        if self._head is not None and not self._head.done():
            self._head.set_exception(error)
        self._head = None
        self.abort()
