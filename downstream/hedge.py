"""Sends a read a second time when the first takes longer than most, and uses whichever answer comes first.

Source: Dean and Barroso, "The Tail at Scale" (Communications of the ACM, 2013).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, cast

from downstream.budget import Budget
from downstream.call import Call, Send
from downstream.counters import Counters
from downstream.endpoint import Row
from downstream.errors import DownstreamError
from downstream.quantile import Quantile


class Hedge:
    """A send with a second attempt in reserve.

    Args:
        send: Makes one attempt.
        quantile: A second goes out when the first takes longer than this share of its endpoint's calls.
        share: Second attempts per call, over time.
        budget: What they are taken from besides.
        is_called: Whether the service is called at present, and not left alone but for a few calls.
        counters: Of the service.
    """

    def __init__(
        self,
        send: Send,
        *,
        quantile: float,
        share: float,
        budget: Budget,
        is_called: Callable[[], bool],
        counters: Counters,
    ) -> None:
        self._send = send
        self._quantile = quantile
        self._own_budget = Budget(share=share, floor=0)
        self._budget = budget
        self._is_called = is_called
        self._counters = counters
        self._usual: dict[str, Quantile] = {}

    async def __call__(self, call: Call) -> Sequence[Row]:
        """Return the first answer; raises ``DownstreamError`` when every attempt has failed."""
        self._own_budget.deposit()
        usual = self._usual.get(call.path)
        if usual is None:
            usual = self._usual[call.path] = Quantile(self._quantile)
        loop = asyncio.get_running_loop()
        began = loop.time()
        if usual.value is None or began + usual.value >= call.deadline:
            rows = await self._send(call)
        else:
            race = _Race(lambda: self._second(call))
            timer = loop.call_at(began + usual.value, race.start)
            try:
                rows = await race.run(self._send(call))
            finally:
                timer.cancel()
            self._counters.hedges_won += race.is_won
        usual.observe(loop.time() - began)
        return rows

    def _second(self, call: Call) -> Coroutine[Any, Any, Sequence[Row]] | None:
        if not self._is_called() or not self._own_budget.withdraw() or not self._budget.withdraw():
            return None
        return self._counted(call)

    async def _counted(self, call: Call) -> Sequence[Row]:
        self._counters.hedges += 1
        return await self._send(call)


class _Race:
    """A first attempt in the caller's own task and, once started, a second one in a task of its own.

    When the second succeeds it cancels the first the way ``asyncio.timeout`` does, so that a call that needs no second
    attempt, as nearly all do, costs a timer and no task.

    Args:
        second: Makes the second attempt; None: there is to be none.
    """

    def __init__(self, second: Callable[[], Coroutine[Any, Any, Sequence[Row]] | None]) -> None:
        self._make_second = second
        self._second: asyncio.Task[Sequence[Row]] | None = None
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._cancelling = self._task.cancelling()
        self._is_over = False
        self.is_won = False

    def start(self) -> None:
        """Begin the second attempt."""
        attempt = self._make_second()
        if attempt is not None:
            self._second = asyncio.get_running_loop().create_task(attempt)
            self._second.add_done_callback(self._ended)

    async def run(self, first: Awaitable[Sequence[Row]]) -> Sequence[Row]:
        """Return the answer that comes first; raises the last failure when both fail."""
        try:
            return await first
        except asyncio.CancelledError:
            if self.is_won and self._second is not None and self._task.uncancel() <= self._cancelling:
                return self._second.result()
            raise
        except DownstreamError:
            self._is_over = True
            if self._second is None or self._second.done():
                raise
            return await self._second
        finally:
            self._is_over = True
            if self._second is not None:
                self._second.cancel()

    def _ended(self, second: asyncio.Task[Sequence[Row]]) -> None:
        failed = second.cancelled() or second.exception() is not None
        if not failed and not self._is_over:
            self.is_won = True
            self._task.cancel()
