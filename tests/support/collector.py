"""A real receiver of OTLP over HTTP, which keeps what it is sent."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SentSpan

from tests.support.logged import LOGGED


class Span(NamedTuple):
    """One span as it was sent."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    state: str
    failed: bool
    attributes: Mapping[str, str | int]
    links: list[tuple[str, str]]


class Collector:
    """The receiver. What it gets is looked at for personal data together with everything that is logged."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.resources: list[Mapping[str, str | int]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """Where spans are sent."""
        return f"http://127.0.0.1:{self._server.server_port}/v1/traces"

    def of(self, name: str) -> Span:
        """The only span of a name."""
        (found,) = [one for one in self.spans if one.name == name]
        return found

    def tree(self) -> list[tuple[str, str]]:
        """Each span's name and its parent's, empty where that was not sent."""
        names = {one.id: one.name for one in self.spans}
        return sorted((one.name, names.get(one.parent, "")) for one in self.spans)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                assert (self.path, self.headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
                collector.take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:  # noqa: ANN401  the signature is the base's
                """Say nothing."""

        return Handler

    def take(self, request: ExportTraceServiceRequest) -> None:
        """Keep what one request holds."""
        for one in request.resource_spans:
            self.resources.append(_attributes(one.resource.attributes))
            for scope in one.scope_spans:
                self.spans += [_span(span) for span in scope.spans]
        # Not times and ids, which are long numbers.
        LOGGED.add(str((one.name, one.attributes, one.state)) for one in self.spans)
        LOGGED.add(map(str, self.resources))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _span(sent: SentSpan) -> Span:
    assert not sent.events
    return Span(
        sent.name,
        SentSpan.SpanKind.Name(sent.kind).removeprefix("SPAN_KIND_"),
        sent.trace_id.hex(),
        sent.span_id.hex(),
        sent.parent_span_id.hex(),
        sent.trace_state,
        sent.status.code == sent.status.STATUS_CODE_ERROR,
        _attributes(sent.attributes),
        [(one.trace_id.hex(), one.span_id.hex()) for one in sent.links],
    )


def _attributes(pairs: Any) -> Mapping[str, str | int]:  # noqa: ANN401  a container of protobuf's
    found: dict[str, str | int] = {}
    for pair in pairs:
        assert isinstance(pair, KeyValue)
        found[pair.key] = pair.value.string_value or pair.value.int_value
    return found
