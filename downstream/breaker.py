"""Stops calling a service that keeps failing, and finds out by a few calls when it works again."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from downstream.call import Call, Send
from downstream.counters import Counters
from downstream.endpoint import Row
from downstream.errors import DownstreamError, DownstreamRejectedError

log = logging.getLogger(__name__)

_WINDOW = 100
# With fewer calls a share says little.
_FEWEST = 40
# More than one, so that what a single request asks of a service that is back is answered whole.
_PROBES = 3


class Breaker:
    """A send that lets nothing through for a while after too many failures, then few calls until one succeeds.

    Failures are those that tell against the service (``DownstreamError.blames``): not a call that it refused, that was
    given hardly any time, or that its caller cancelled.

    Args:
        send: Makes the call.
        service: Its name, for errors.
        failures: So many in a row are too many.
        share: So many of the last hundred calls are too many.
        seconds: How long nothing is let through.
        counters: Of the service.
    """

    def __init__(
        self, send: Send, *, service: str, failures: int, share: float, seconds: float, counters: Counters
    ) -> None:
        self._send = send
        self._service = service
        self._failures = failures
        self._share = share
        self._seconds = seconds
        self._counters = counters
        self._open_until: float | None = None
        self._probes = 0
        self._in_a_row = 0
        self._failed: deque[bool] = deque(maxlen=_WINDOW)

    @property
    def is_closed(self) -> bool:
        """Whether calls go through."""
        return self._open_until is None

    async def __call__(self, call: Call) -> Sequence[Row]:
        """Make the call; raises ``DownstreamRejectedError`` at once where it is not let through."""
        if self._open_until is not None:
            return await self._probe(call, self._open_until)
        try:
            rows = await self._send(call)
        except DownstreamError as failure:
            if failure.blames:
                self._note_failure()
            raise
        self._in_a_row = 0
        self._failed.append(False)
        return rows

    async def _probe(self, call: Call, open_until: float) -> Sequence[Row]:
        loop = asyncio.get_running_loop()
        if self._probes >= _PROBES or loop.time() < open_until:
            self._counters.rejected += 1
            raise DownstreamRejectedError(self._service)
        self._probes += 1
        try:
            rows = await self._send(call)
        except DownstreamError as failure:
            if failure.blames and not self.is_closed:
                self._open_until = loop.time() + self._seconds
            raise
        finally:
            self._probes -= 1
        if not self.is_closed:
            self._close()
        return rows

    def _note_failure(self) -> None:
        self._in_a_row += 1
        self._failed.append(True)
        too_many = len(self._failed) >= _FEWEST and sum(self._failed) >= self._share * len(self._failed)
        if self.is_closed and (too_many or self._in_a_row >= self._failures):
            self._open_until = asyncio.get_running_loop().time() + self._seconds
            self._counters.opened += 1
            log.warning("not calling the %s service for %.1f s", self._service, self._seconds)

    def _close(self) -> None:
        self._open_until = None
        self._in_a_row = 0
        self._failed.clear()
        log.warning("calling the %s service again", self._service)
