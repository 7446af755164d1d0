"""uvicorn's HTTP/1.1 with deadlines for clients: it has none of its own, nor a bound for headers.

A client that leaves has its request cancelled, so that nobody works for it any more.
"""

import asyncio
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.plain import is_plain
from gateway.pressure import Pressure

# Of a request's target and headers together, before they are whole; what comes with the last bytes is not counted.
MAX_HEAD_BYTES = 32_768
MAX_HEADERS = 100

HEALTH = "/health/"
# Under this name an application's lifespan state has its ``Pressure``.
PRESSURE = "pressure"
# What a request calls, among its scope's extensions, when it turns into a stream.
UNCOUNTED = "order_center.uncounted"


def _overloaded() -> bytes:
    body = b'{"errors":[{"message":"There is too much to do: try again.","extensions":{"code":"OVERLOADED"}}]}'
    head = (
        "HTTP/1.1 503 Service Unavailable",
        "content-type: application/json; charset=utf-8",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "retry-after: 1",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


OVERLOADED = _overloaded()


class HeadTooLargeError(Exception):
    """Headers without end. The parser turns it into a 400 and the connection is closed."""


class DeadlineProtocol(HttpToolsProtocol):
    """One connection.

    Args:
        seconds: How long a client may take to send a request, and to take an answer.
        max_requests: Of all connections at a time, where the application's ``Pressure`` does not say how many. Others
            are answered here, at the least cost, but for health.
        under_way: These requests; the same set for all connections of a server.
        options: uvicorn's.
    """

    def __init__(
        self,
        *,
        seconds: float,
        max_requests: int,
        under_way: set[RequestResponseCycle],
        **options: Any,  # noqa: ANN401  uvicorn's own
    ) -> None:
        super().__init__(**options)
        self._under_way = under_way
        self._seconds = seconds
        self._is_receiving = True
        self._is_in_head = True
        self._is_between = True
        self._head_bytes = 0
        self._receiving: asyncio.TimerHandle | None = None
        self._sending: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        # The application's own, from its lifespan; what has none has a bound that stays.
        self._pressure: Pressure = self.app_state.get(PRESSURE) or Pressure(max_requests, target=seconds)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Give the client its time to send something."""
        super().connection_made(transport)
        self._receiving = self.loop.call_later(self._seconds, self._cut)

    def data_received(self, data: bytes) -> None:
        """Take what has come; a request that came whole needs no timer."""
        if self._pressure.is_full(len(self._under_way)) and self._is_idle() and is_plain(data):
            # Parsing it would cost more than all else that a refusal takes.
            self._pressure.refused()
            self._is_receiving = False
            self.transport.write(OVERLOADED)
            self.on_response_complete()
        else:
            self._head_bytes += len(data)
            super().data_received(data)
            if self._is_in_head and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The headers are too large.")
        if not self._is_receiving:
            if self._receiving is not None:
                self._receiving.cancel()
                self._receiving = None
        elif self._receiving is None:
            self._receiving = self.loop.call_later(self._seconds, self._cut)

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._is_receiving = self._is_in_head = True
        self._is_between = False
        # The bytes until now were an earlier request's.
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the headers are whole, and that they are not too many."""
        self._is_in_head = False
        if len(self.headers) > MAX_HEADERS:
            raise HeadTooLargeError
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request is whole."""
        self._is_receiving = False
        self._is_between = True
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Give the client its time to take what was sent."""
        super().pause_writing()
        self._sending = self.loop.call_later(self._seconds, self._cut)

    def resume_writing(self) -> None:
        """Note that the client has taken it."""
        super().resume_writing()
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all that was done for the client."""
        super().connection_lost(exc)
        for timer in (self._receiving, self._sending):
            if timer is not None:
                timer.cancel()
        if self._task is not None and self.cycle is not None and not self.cycle.response_complete:
            self._task.cancel()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401  an ASGI application
        under_way = self._under_way
        is_bounded = self._may_shed(cycle)
        if is_bounded and not self._pressure.admits(len(under_way)):
            self._shed(cycle)
            return
        began = self.loop.time()
        under_way.add(cycle)
        # A stream is open for long and costs little: it is counted where streams are.
        scope: Any = cycle.scope
        scope["extensions"] = {UNCOUNTED: partial(under_way.discard, cycle)}

        async def until_gone(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  uvicorn's and Starlette's types differ
            self._task = asyncio.current_task()
            try:
                await app(scope, receive, send)
                if is_bounded and cycle in under_way:
                    self._pressure.answered(self.loop.time() - began)
            except asyncio.CancelledError:
                # A cancellation that did not come from here is uvicorn's to handle.
                if not self.transport.is_closing():
                    raise
            finally:
                under_way.discard(cycle)
                # It holds the cycle, whose scope holds it: only the garbage collector would let go of the two.
                scope["extensions"].clear()

        super()._start_asgi_task(cycle, until_gone)

    def _is_idle(self) -> bool:
        """Tell whether nothing has begun to come, and all that came was answered."""
        return self._is_between and (self.cycle is None or self.cycle.response_complete)

    def _may_shed(self, cycle: RequestResponseCycle) -> bool:
        scope = cycle.scope
        return not scope["path"].startswith(HEALTH) and scope["method"] != "HEAD"

    def _shed(self, cycle: RequestResponseCycle) -> None:
        cycle.response_started = cycle.response_complete = True
        self.transport.write(OVERLOADED)
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def _cut(self) -> None:
        # Not close(), which waits until the client has taken what is buffered.
        self.transport.abort()
