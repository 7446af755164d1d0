"""Spans by OpenTelemetry, sent in batches by OTLP over HTTP. Loaded only where traces are on: it takes a while.

Which requests are recorded is decided here, before anything of OpenTelemetry is touched; what is not recorded costs a
look at a context variable. Attributes are those that the gateway gives, none of which knows a person; an exception is
its type, without its message.
"""

import random
from collections.abc import Sequence
from contextvars import ContextVar, Token
from importlib.metadata import version
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from downstream import trace
from gateway.settings import Settings
from gateway.telemetry.requests import Attributes, Span

SAMPLED = 1
# The end of the process does not wait longer for a collector that is not there.
EXPORT_SECONDS = 2

# The recorded span that the running code is part of.
_under_way: ContextVar[otel.Span | None] = ContextVar("span", default=None)


class RecordedSpan:
    """One span, entered for as long as its work takes: what begins meanwhile is inside it."""

    __slots__ = ("_span", "_tokens")

    def __init__(self, span: otel.Span) -> None:
        self._span = span
        self._tokens: tuple[Token[otel.Span | None], Token[trace.Trace]] | None = None

    def note(self, attributes: Attributes, *, name: str | None = None, error: str | None = None) -> None:
        """Add attributes, a better name, and an error's kind."""
        self._span.set_attributes(dict(attributes))
        if name is not None:
            self._span.update_name(name)
        if error is not None:
            self._fail(error)

    def link(self) -> otel.Link:
        """Return what leads to it from another trace."""
        return otel.Link(self._span.get_span_context())

    def __enter__(self) -> Self:
        context = self._span.get_span_context()
        part = trace.current()._replace(
            id=f"{context.trace_id:032x}", flags=f"{SAMPLED:02x}", span=f"{context.span_id:016x}"
        )
        self._tokens = (_under_way.set(self._span), trace.enter(part))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._fail(kind.__name__)
        if self._tokens is not None:
            _under_way.reset(self._tokens[0])
            trace.leave(self._tokens[1])
        self._span.end()

    def _fail(self, error: str) -> None:
        self._span.set_attribute("error.type", error)
        self._span.set_status(Status(StatusCode.ERROR))


class RecordedSpans:
    """Records the spans of some requests and sends them to a collector.

    Args:
        settings: Where to, of what share of requests, and whether callers may decide.
    """

    def __init__(self, settings: Settings) -> None:
        resource = Resource.create({"service.name": "order-center", "service.version": version("order-center")})
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=settings.traces_url, timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("order-center")
        self._share = settings.traces_share
        self._follows = settings.traces_follow_callers
        self._servers: dict[str, Attributes] = {
            name: _server(name, getattr(settings, f"{name}_service_url")) for name in ("order", "payment", "recs")
        }

    def request(self, method: str, route: str) -> RecordedSpan | None:
        """Return the span of a request that has come in; None where it is not recorded."""
        here = trace.current()
        if not self._is_recorded(here):
            return None
        attributes = {"http.request.method": method, "http.route": route}
        return self._started(f"{method} {route}", SpanKind.SERVER, attributes, _context_of(here))

    def streamed(self, transport: str, route: str) -> RecordedSpan | None:
        """Return the span of an operation over a stream, whose name is not known yet; None as above."""
        here = trace.current()
        if not self._is_recorded(here):
            return None
        attributes = {"http.route": route, "order_center.transport": transport}
        return self._started(f"{transport} {route}", SpanKind.SERVER, attributes, _context_of(here))

    def event(self, name: str, attributes: Attributes, started: Span | None) -> RecordedSpan | None:
        """Return the span of the answer to an event, whose trace has begun; None where it is not recorded."""
        # The work may have been begun from within another span, and is no part of it.
        _under_way.set(None)
        here = trace.current()
        if not self._is_recorded(here):
            return None
        links = [started.link()] if isinstance(started, RecordedSpan) else []
        return self._started(name, SpanKind.CONSUMER, attributes, _context_of(here), links)

    def operation(self) -> RecordedSpan | None:
        """Return the span of an operation, whose name is not known yet; None where its request is not recorded."""
        parent = _under_way.get()
        return None if parent is None else self._within(parent, "GraphQL Operation", SpanKind.INTERNAL, {})

    def batch(self, service: str, loader: str, keys: int) -> RecordedSpan | None:
        """Return the span of a loader's batch; None as above."""
        parent = _under_way.get()
        if parent is None:
            return None
        attributes: Attributes = {
            "order_center.loader.name": loader,
            "order_center.batch.keys": keys,
            "peer.service": service,
        }
        return self._within(parent, f"batch {loader}", SpanKind.INTERNAL, attributes)

    def call(self, service: str, path: str) -> RecordedSpan | None:
        """Return the span of a request that goes out; None as above."""
        parent = _under_way.get()
        if parent is None:
            return None
        attributes = {**self._servers[service], "http.request.method": "POST", "url.template": path}
        return self._within(parent, f"POST {path}", SpanKind.CLIENT, attributes)

    def close(self) -> None:
        """Send what is left; blocks for as long as that takes."""
        self._provider.shutdown()

    def _is_recorded(self, here: trace.Trace) -> bool:
        if here.caller and self._follows:
            return bool(int(here.flags, 16) & SAMPLED)
        is_recorded = random.random() < self._share  # noqa: S311  no secret
        if not is_recorded and here.flags != "00":
            # Services would else record whatever a stranger asks to be recorded.
            trace.enter(here._replace(flags="00"))
        return is_recorded

    def _within(self, parent: otel.Span, name: str, kind: SpanKind, attributes: Attributes) -> RecordedSpan:
        return self._started(name, kind, attributes, otel.set_span_in_context(parent, Context()))

    def _started(
        self, name: str, kind: SpanKind, attributes: Attributes, context: Context, links: Sequence[otel.Link] = ()
    ) -> RecordedSpan:
        return RecordedSpan(self._tracer.start_span(name, context, kind, dict(attributes), links))


def _context_of(here: trace.Trace) -> Context:
    """Return what OpenTelemetry knows of the caller: its span, where there is one."""
    if not here.caller:
        return Context()
    state = TraceState.from_header([here.state]) if here.state else None
    caller = SpanContext(int(here.id, 16), int(here.caller, 16), True, TraceFlags(int(here.flags, 16)), state)  # noqa: FBT003  OpenTelemetry's signature
    return otel.set_span_in_context(NonRecordingSpan(caller), Context())


def _server(name: str, url: str) -> Attributes:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {"peer.service": name, "server.address": parts.hostname or "", "server.port": port}
