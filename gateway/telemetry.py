"""Watches requests, and what they ask of services, for metrics and traces. Where both are off nobody does."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Protocol, Self

from graphql import OperationDefinitionNode

from downstream.call import Call
from downstream.errors import DownstreamError
from gateway.tallies import NONE, Asked, Batch, Erred, Sent, Tallies

# What nginx calls a request whose client did not wait; no answer of ours has it.
CLIENT_GONE = 499

Attributes = Mapping[str, str | int]


class Span(Protocol):
    """A recorded piece of work, which lasts as long as the block that it is entered for."""

    def note(self, attributes: Attributes, *, name: str | None = None, error: str | None = None) -> None:
        """Add attributes, and say what it turned out to be and what kind of error it met."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Spans(Protocol):
    """Records spans. Each method returns None where the running request is not recorded."""

    def request(self, name: str, attributes: Attributes) -> Span | None:
        """Return the span of a request that has come in."""

    def inner(self, name: str, attributes: Attributes) -> Span | None:
        """Return the span of a piece of work."""

    def call(self, service: str, name: str, attributes: Attributes) -> Span | None:
        """Return the span of a request that goes out."""

    def close(self) -> None:
        """Send what is left; blocks for as long as that takes."""


class Watched:
    """One request while it is served; entered for as long as that takes.

    Attributes:
        may_name: Whether the caller's names may become labels: a signed-in one's.
        client: The program that asks.
        operation: Name of the operation; empty until it is known, and where it has none.
        type: ``query`` or ``mutation``; empty until it is known.
        cost: What it costs.
        status: Of the answer.
        codes: Of the errors in the answer.
    """

    __slots__ = (
        "_began",
        "_engine",
        "_span",
        "_tallies",
        "_telemetry",
        "client",
        "codes",
        "cost",
        "may_name",
        "method",
        "operation",
        "status",
        "type",
    )

    def __init__(self, telemetry: "Telemetry", method: str) -> None:
        self._telemetry = telemetry
        self._tallies = telemetry.tallies
        self._span: Span | None = None
        self._began = 0.0
        self.method = method if method in {"GET", "POST"} else "_OTHER"
        self.may_name = False
        self.client = self.operation = self.type = ""
        self._engine = ""
        self.cost = 0
        self.status = CLIENT_GONE
        self.codes: Sequence[str] = ()

    def by(self, client: str, *, is_signed_in: bool) -> None:
        """Note who asks."""
        self.may_name = is_signed_in
        self.client = self._tallies.clients.label(client, may_add=is_signed_in)

    def planned(self, node: OperationDefinitionNode, *, is_compiled: bool) -> None:
        """Note what is asked, by the names of a document that is valid."""
        self.operation = self._tallies.operations.label(node.name.value if node.name else "", may_add=self.may_name)
        self.type = node.operation.value
        self._engine = "compiled" if is_compiled else "graphql-core"

    def admitted(self, cost: int) -> None:
        """Note that it is executed, and what it costs."""
        self.cost = cost
        self._tallies.engines[self._engine] += 1

    def operating(self) -> AbstractContextManager[object]:
        """Watch the operation, from its document to its result."""
        spans = self._telemetry.spans
        span = None if spans is None or self._span is None else spans.inner("GraphQL Operation", {})
        return nullcontext() if span is None else _Operating(self, span)

    def answered(self, status: int, answer: Mapping[str, Any]) -> None:
        """Note the answer."""
        self.status = status
        if "errors" in answer:
            self.codes = [error["extensions"]["code"] for error in answer["errors"]]

    def __enter__(self) -> Self:
        if self._telemetry.spans is not None:
            attributes = {"http.request.method": self.method, "http.route": self._telemetry.route}
            self._span = self._telemetry.spans.request(f"{self.method} {self._telemetry.route}", attributes)
            if self._span is not None:
                self._span.__enter__()
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began
        tallies = self._tallies
        labels = Asked(self.method, str(self.status), self.operation or NONE, self.type or NONE, self.client or NONE)
        labels = tallies.answered(labels, seconds)
        if self.cost:
            tallies.cost[labels.operation, labels.client] += self.cost
        for code in self.codes:
            tallies.errors[Erred(labels.operation, labels.client, code)] += 1
        if self._span is not None:
            failed = str(self.status) if self.status >= 500 or self.status == CLIENT_GONE else None  # noqa: PLR2004  a server's
            self._span.note({"http.response.status_code": self.status}, error=failed)
            self._span.__exit__(kind, error, trace)


class _Operating:
    """The span of an operation, whose name is known in its end."""

    def __init__(self, watched: Watched, span: Span) -> None:
        self._watched = watched
        self._span = span

    def __enter__(self) -> None:
        self._span.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        one = self._watched
        if one.type:
            attributes: dict[str, str | int] = {
                "graphql.operation.type": one.type,
                "graphql.operation.name": one.operation,
                "graphql.client.name": one.client,
                "graphql.operation.cost": one.cost,
            }
            self._span.note(attributes, name=f"{one.type} {one.operation}")
        self._span.__exit__(kind, error, trace)


class _Sending:
    """One request to a service."""

    __slots__ = ("_began", "_path", "_service", "_span", "_tallies")

    def __init__(self, tallies: Tallies, service: str, path: str, span: Span | None) -> None:
        self._tallies = tallies
        self._service = service
        self._path = path
        self._span = span
        self._began = 0.0

    def __enter__(self) -> None:
        if self._span is not None:
            self._span.__enter__()
        self._began = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began
        status = 200 if error is None else error.status if isinstance(error, DownstreamError) else 0
        failed = "" if kind is None else kind.__name__
        labels = Sent(self._service, self._path, str(status) if status else "", failed)
        self._tallies.sent.of(labels).observe(seconds)
        if self._span is not None:
            self._span.note({"http.response.status_code": status} if status else {})
            self._span.__exit__(kind, error, trace)


class Telemetry:
    """Counts always, and records the spans of some requests.

    Args:
        route: The endpoint's path.
        tallies: What is counted.
        spans: Records; None: there are no traces.
    """

    def __init__(self, route: str, tallies: Tallies, spans: Spans | None) -> None:
        self.route = route
        self.tallies = tallies
        self.spans = spans

    def watch(self, method: str) -> Watched:
        """Watch a request that has come in; its trace has begun."""
        return Watched(self, method)

    def request(self, service: str, call: Call) -> AbstractContextManager[None]:
        """Watch one request to a service."""
        span = None
        if self.spans is not None:
            attributes = {"http.request.method": "POST", "url.template": call.path}
            span = self.spans.call(service, f"POST {call.path}", attributes)
        return _Sending(self.tallies, service, call.path, span)

    def batch(self, service: str, loader: str, keys: int) -> AbstractContextManager[Any]:
        """Watch one batch of a loader."""
        self.tallies.batches.of(Batch(service, loader)).observe(keys)
        if self.spans is None:
            return nullcontext()
        attributes: Attributes = {
            "order_center.loader.name": loader,
            "order_center.batch.keys": keys,
            "peer.service": service,
        }
        return self.spans.inner(f"batch {loader}", attributes) or nullcontext()
