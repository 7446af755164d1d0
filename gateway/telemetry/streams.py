"""Watches operations over streams: what each costs, which errors it tells, how many events it is sent, how it ends."""

import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from downstream import trace
from gateway.admission.caller import Caller
from gateway.telemetry.log import tell
from gateway.telemetry.requests import NOTHING, Telemetry, Watched
from gateway.telemetry.tallies import Streamed, StreamedOperations

log = logging.getLogger(__name__)


class WatchedStream(Watched):
    """One operation over a stream; entered while it is answered or, for a subscription, begun.

    A subscription may last for days, and a span is sent when it ends. So its span is that of its beginning, and each
    event has one of its own, in a trace of its own, with a link to it.

    Args:
        telemetry: Counts, and records the spans of some.
        transport: ``websocket`` or ``sse``.
        caller: Who asks.
        called: What the client calls the operation, if that may go into a log.
    """

    __slots__ = (
        "_began",
        "_called",
        "_caller",
        "_codes",
        "_events",
        "_is_open",
        "_row",
        "_told",
        "_trace",
        "_transport",
    )

    def __init__(self, telemetry: Telemetry, transport: str, caller: Caller, called: str) -> None:
        super().__init__(telemetry)
        self._transport = transport
        self._caller = caller
        self._called = called
        self._began = 0.0
        self._codes: Sequence[str] = ()
        self._told: set[str] = set()
        self._events = 0
        self._is_open = False
        self._trace = trace.known()
        self._row: StreamedOperations | None = None
        self.by(caller.client, is_signed_in=caller.viewer is not None)

    def operating(self) -> AbstractContextManager[object]:
        """Watch nothing more: this span is the operation's."""
        return NOTHING

    def answered(self, codes: Sequence[str]) -> None:
        """Note the codes of an answer's errors, or of a refusal's."""
        self._codes = codes
        self._told.update(codes)

    def subscribed(self) -> None:
        """Note that a subscription is open from now on."""
        self._is_open = True

    def event(self) -> AbstractContextManager[object]:
        """Watch the answer to one event, which all who are shown the same share."""
        spans = self._telemetry.spans
        span = None if spans is None else spans.event(f"event {self.operation}", self._attributes(), self._span)
        return NOTHING if span is None else span

    def delivered(self, codes: Sequence[str]) -> None:
        """Note that the answer to an event was sent, and its errors."""
        self._events += 1
        if self._row is not None:
            self._row.events += 1
        if codes:
            self._told.update(codes)
            if self._row is not None:
                self._row.codes.update(codes)

    def ended(self) -> None:
        """Note that nothing more comes of it, and write the line that an operation has in the log."""
        if self._is_open and self._row is not None:
            self._row.active -= 1
        self._is_open = False
        if log.isEnabledFor(logging.INFO):
            fields = {
                "operation": self._called,
                "client": self._caller.client,
                "transport": self._transport,
                "events": self._events,
                "codes": sorted(self._told),
                "seconds": round(time.perf_counter() - self._began, 6),
            }
            # Whatever has ended it works for something else.
            token = None if self._trace is None else trace.enter(self._trace)
            tell(log, "operation", fields)
            if token is not None:
                trace.leave(token)

    def __enter__(self) -> Self:
        spans = self._telemetry.spans
        if spans is not None:
            self._span = spans.streamed(self._transport, self._telemetry.route)
            if self._span is not None:
                self._span.__enter__()
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        labels = Streamed(self._transport, self.operation, self.type, self.client)
        row = self._row = self._telemetry.tallies.of_stream(labels)
        row.observe(time.perf_counter() - self._began)
        row.active += self._is_open
        row.codes.update(self._codes)
        self._count_cost(row)
        if self._span is not None:
            self._describe(self._span)
            self._span.__exit__(kind, error, traceback)
