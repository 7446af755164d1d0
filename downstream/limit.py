"""Bounds how many requests a service has at a time, so that a slow one cannot take what the others need.

The bound shrinks when the service is too slow or asks for less, and grows back while half of it is in use: additive
increase, multiplicative decrease (Chiu and Jain, 1989). It does not follow latency, as gradient and Vegas limits do:
in one event loop latency grows with this process's own load, and such a limit would refuse work that no service is
late with.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from downstream.call import Call, Send
from downstream.counters import Counters
from downstream.endpoint import Row
from downstream.errors import DownstreamOverloadedError, DownstreamRejectedError, DownstreamTimeoutError

_DECREASE = 0.8
_LEAST = 8


class Limit:
    """A send that lets a bounded number of calls through, and a bounded number wait for a short time.

    Args:
        send: Makes the call.
        service: Its name, for errors.
        most: Calls at a time, at most.
        queue: Calls that may wait.
        queue_seconds: How long each may.
        counters: Of the service.
    """

    def __init__(
        self, send: Send, *, service: str, most: int, queue: int, queue_seconds: float, counters: Counters
    ) -> None:
        self._send = send
        self._service = service
        self._most = most
        self._queue = queue
        self._queue_seconds = queue_seconds
        self._counters = counters
        self._limit = float(most)
        self._decreased_at = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.in_flight = 0

    @property
    def limit(self) -> int:
        """How many calls are let through at a time at present."""
        return int(self._limit)

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return len(self._waiting)

    async def __call__(self, call: Call) -> Sequence[Row]:
        """Make the call; raises ``DownstreamRejectedError`` where its turn does not come soon."""
        if self.in_flight >= self.limit:
            await self._wait(call)
        else:
            self.in_flight += 1
        began = asyncio.get_running_loop().time()
        try:
            rows = await self._send(call)
        except (DownstreamTimeoutError, DownstreamOverloadedError) as failure:
            if failure.blames:
                self._decrease(began)
            raise
        else:
            if self.in_flight * 2 >= self._limit:
                self._limit = min(self._limit + 1 / self._limit, self._most)
            return rows
        finally:
            self._leave()

    async def _wait(self, call: Call) -> None:
        if len(self._waiting) >= self._queue:
            self._counters.rejected += 1
            raise DownstreamRejectedError(self._service)
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        end = min(loop.time() + self._queue_seconds, call.deadline)
        try:
            async with asyncio.timeout_at(end):
                await turn
        except TimeoutError:
            self._forgo(turn)
            self._counters.rejected += 1
            if end == call.deadline:
                raise DownstreamTimeoutError(self._service, blames=False, may_have_acted=False) from None
            raise DownstreamRejectedError(self._service) from None
        except asyncio.CancelledError:
            self._forgo(turn)
            raise

    def _forgo(self, turn: asyncio.Future[None]) -> None:
        """Give back a turn that came in the moment of giving up, or the place in the queue."""
        if not turn.cancelled():
            self._leave()
        elif turn in self._waiting:
            self._waiting.remove(turn)

    def _leave(self) -> None:
        self.in_flight -= 1
        while self._waiting and self.in_flight < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self.in_flight += 1

    def _decrease(self, began: float) -> None:
        # Calls that went out before the last decrease say nothing about the limit that it led to.
        if began >= self._decreased_at:
            self._decreased_at = asyncio.get_running_loop().time()
            self._limit = max(self._limit * _DECREASE, min(_LEAST, self._most))
