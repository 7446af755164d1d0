"""Stops calling a service that keeps failing, and finds out by a few calls when it works again."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

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

Rows: TypeAlias = Sequence[Row]


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
        patience: Seconds that a read waits when it is one of the few calls; these go on without it.
        counters: Of the service.
    """

    def __init__(
        self,
        send: Send,
        *,
        service: str,
        failures: int,
        share: float,
        seconds: float,
        patience: float,
        counters: Counters,
    ) -> None:
        self._send = send
        self._service = service
        self._failures = failures
        self._share = share
        self._seconds = seconds
        self._patience = patience
        self._counters = counters
        self._open_until: float | None = None
        self._probes: set[asyncio.Task[Rows]] = set()
        self._in_a_row = 0
        self._failed: deque[bool] = deque(maxlen=_WINDOW)

    @property
    def is_closed(self) -> bool:
        """Whether calls go through."""
        return self._open_until is None

    async def __call__(self, call: Call) -> Rows:
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

    async def aclose(self) -> None:
        """End the calls that go on although nobody waits for them."""
        probes = list(self._probes)
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)

    async def _probe(self, call: Call, open_until: float) -> Rows:
        """Let a call through, or not.

        A person gets the rest of their answer in time: they wait about as long as a service that works takes, not until
        the deadline of a service that does not. A command is waited for, since its outcome has to be told.
        """
        loop = asyncio.get_running_loop()
        if len(self._probes) >= _PROBES or loop.time() < open_until:
            raise self._rejected()
        probe = loop.create_task(self._attempt(call))
        self._probes.add(probe)
        probe.add_done_callback(self._ended)
        try:
            await asyncio.wait((probe,), timeout=self._patience if call.key is None else None)
        except asyncio.CancelledError:
            probe.cancel()
            raise
        if not probe.done() or probe.cancelled():
            rejected = self._rejected()
            # A command that was under way when all was closed may have arrived.
            rejected.may_have_acted = call.key is not None
            raise rejected
        return probe.result()

    async def _attempt(self, call: Call) -> Rows:
        try:
            rows = await self._send(call)
        except DownstreamError as failure:
            if failure.blames and not self.is_closed:
                self._open_until = asyncio.get_running_loop().time() + self._seconds
            raise
        if not self.is_closed:
            self._close()
        return rows

    def _ended(self, probe: asyncio.Task[Rows]) -> None:
        self._probes.discard(probe)
        # Who asked may be gone, and then nobody else looks at how it failed.
        if not probe.cancelled():
            probe.exception()

    def _rejected(self) -> DownstreamRejectedError:
        self._counters.rejected += 1
        return DownstreamRejectedError(self._service)

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
