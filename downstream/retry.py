"""Repeats a failed read: after a random pause, within its deadline, the service's own wish, and a budget."""

import asyncio
import random
from collections.abc import Callable, Sequence

from downstream.budget import Budget
from downstream.call import Call, Send
from downstream.counters import Counters
from downstream.endpoint import Row
from downstream.errors import (
    DownstreamError,
    DownstreamOverloadedError,
    DownstreamStaleError,
    DownstreamUnavailableError,
)

# Full jitter: any pause up to a bound that doubles. Source: Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
_FIRST_PAUSE_SECONDS = 0.025
_GREATEST_PAUSE_SECONDS = 0.25


class Retry:
    """A send that repeats what another attempt may mend: no connection, a broken one, 5xx, 429.

    Not an answer that came too late or cannot be used, nor a call that was refused or not let through.

    Args:
        send: Makes one attempt.
        retries: How many more there may be.
        budget: What they are taken from.
        is_called: Whether the service is called at present, and not left alone.
        counters: Of the service.
    """

    def __init__(
        self, send: Send, *, retries: int, budget: Budget, is_called: Callable[[], bool], counters: Counters
    ) -> None:
        self._send = send
        self._retries = retries
        self._budget = budget
        self._is_called = is_called
        self._counters = counters

    async def __call__(self, call: Call) -> Sequence[Row]:
        """Return the first answer; raises the last attempt's ``DownstreamError``."""
        self._budget.deposit()
        attempt, was_stale = 0, False
        while True:
            try:
                return await self._send(call)
            except DownstreamStaleError:
                # No fault of the service's and nothing that it had begun to work on, so it costs no budget.
                if was_stale:
                    raise
                was_stale = True
                self._counters.stale += 1
            except (DownstreamUnavailableError, DownstreamOverloadedError) as failure:
                await self._pause(call, failure, attempt)
                attempt += 1

    async def _pause(self, call: Call, failure: DownstreamError, attempt: int) -> None:
        """Wait before the next attempt; raises ``failure`` where there may be none."""
        seconds = random.uniform(0, min(_FIRST_PAUSE_SECONDS * 2**attempt, _GREATEST_PAUSE_SECONDS))  # noqa: S311  no secret
        if isinstance(failure, DownstreamOverloadedError):
            seconds += failure.retry_after
        late = asyncio.get_running_loop().time() + seconds >= call.deadline
        if late or attempt >= self._retries or not self._is_called() or not self._budget.withdraw():
            raise failure
        self._counters.retries += 1
        await asyncio.sleep(seconds)
