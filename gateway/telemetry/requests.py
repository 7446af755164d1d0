"""Watches requests, and what they ask of services, for metrics and traces. Where both are off nobody does."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Protocol, Self

from graphql import OperationDefinitionNode, OperationType

from downstream.call import Call
from downstream.errors import DownstreamError
from gateway.telemetry.tallies import NONE, Asked, Batch, Requests, Sent, Tallies

# What nginx calls a request whose client did not wait; no answer of ours has it.
CLIENT_GONE = 499
FAILED = 500
METHODS = frozenset({"GET", "POST"})
# An enum's own value takes longer to look up than anything else here.
TYPES = {one: one.value for one in OperationType}
NOTHING = nullcontext()

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

    def request(self, method: str, route: str) -> Span | None:
        """Return the span of a request that has come in."""

    def streamed(self, transport: str, route: str) -> Span | None:
        """Return the span of an operation that has come in over a stream, whose name is not known yet."""

    def event(self, name: str, attributes: Attributes, started: Span | None) -> Span | None:
        """Return the span of a subscription's answer to an event, in a trace of its own.

        Args:
            name: Of the span.
            attributes: Of the span.
            started: Of the subscription's beginning, for a link to it; None: that was not recorded.
        """

    def operation(self) -> Span | None:
        """Return the span of an operation, whose name is not known yet."""

    def batch(self, service: str, loader: str, keys: int) -> Span | None:
        """Return the span of a loader's batch."""

    def call(self, service: str, path: str) -> Span | None:
        """Return the span of a request that goes out."""

    def close(self) -> None:
        """Send what is left; blocks for as long as that takes."""


class Watched:
    """One operation while it is served, whatever it came by.

    Args:
        telemetry: Counts, and records the spans of some.

    Attributes:
        client: The program that asks.
        operation: Name of the operation; ``none`` until it is known, and where it has none.
        type: ``query``, ``mutation`` or ``subscription``; ``none`` until it is known.
        cost: What it costs; None unless it was admitted.
    """

    __slots__ = (
        "_is_compiled",
        "_is_executed",
        "_may_name",
        "_span",
        "_telemetry",
        "client",
        "cost",
        "operation",
        "type",
    )

    def __init__(self, telemetry: "Telemetry") -> None:
        self._telemetry = telemetry
        self._span: Span | None = None
        self._may_name = False
        self._is_compiled = False
        self._is_executed = True
        self.client = self.operation = self.type = NONE
        self.cost: int | None = None

    def by(self, client: str, *, is_signed_in: bool) -> None:
        """Note who asks. Only the names that the signed-in give may become labels."""
        self._may_name = is_signed_in
        self.client = self._telemetry.tallies.clients.label(client, may_add=is_signed_in)

    def planned(self, node: OperationDefinitionNode, *, is_compiled: bool) -> None:
        """Note what is asked, by the names of a document that is valid."""
        name = node.name.value if node.name else ""
        self.operation = self._telemetry.tallies.operations.label(name, may_add=self._may_name)
        self.type = TYPES[node.operation]
        self._is_compiled = is_compiled

    def given(self, node: OperationDefinitionNode | None, cost: int) -> None:
        """Note what is asked and what it costs, where nothing had to be executed."""
        if node is not None:
            self.planned(node, is_compiled=True)
        self.cost = cost
        self._is_executed = False

    def operating(self) -> AbstractContextManager[object]:
        """Watch the operation, from its document to its result."""
        spans = self._telemetry.spans
        span = None if spans is None or self._span is None else spans.operation()
        return NOTHING if span is None else _Operating(self._describe, span)

    def _attributes(self) -> dict[str, str | int]:
        attributes: dict[str, str | int] = {
            "graphql.operation.type": self.type,
            "graphql.operation.name": self.operation,
            "graphql.client.name": self.client,
        }
        if self.cost is not None:
            attributes["graphql.operation.cost"] = self.cost
        return attributes

    def _describe(self, span: Span) -> None:
        """Say of an operation's span what is known in its end."""
        if self.type != NONE:
            span.note(self._attributes(), name=f"{self.type} {self.operation}")

    def _count_cost(self, requests: Requests) -> None:
        if self.cost is None:
            return
        requests.cost += self.cost
        if self._is_executed:
            self._telemetry.tallies.compiled += self._is_compiled
            self._telemetry.tallies.not_compiled += not self._is_compiled


class WatchedRequest(Watched):
    """One request over HTTP; entered for as long as it takes until the answer is sent.

    Args:
        telemetry: Counts, and records the spans of some.
        method: HTTP method.
    """

    __slots__ = ("_began", "_codes", "_method", "_status")

    def __init__(self, telemetry: "Telemetry", method: str) -> None:
        super().__init__(telemetry)
        self._began = 0.0
        self._method = method_of(method)
        self._status = CLIENT_GONE
        self._codes: list[str] = []

    def answered(self, status: int, answer: Mapping[str, Any]) -> None:
        """Note the answer."""
        self._status = status
        self._codes = codes_of(answer)

    def told(self, codes: Sequence[str]) -> None:
        """Note the codes of the errors in later parts of the answer."""
        self._codes += codes

    def __enter__(self) -> Self:
        spans = self._telemetry.spans
        if spans is not None:
            self._span = spans.request(self._method, self._telemetry.route)
            if self._span is not None:
                self._span.__enter__()
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began
        tallies = self._telemetry.tallies
        labels = (self._method, self._status, self.operation, self.type, self.client)
        requests = tallies.requests.get(labels) or tallies.first(Asked(*labels))
        requests.observe(seconds)
        self._count_cost(requests)
        if self._codes:
            requests.codes.update(self._codes)
        if self._span is not None:
            has_failed = self._status >= FAILED or self._status == CLIENT_GONE
            attributes = {"http.response.status_code": self._status}
            self._span.note(attributes, error=str(self._status) if has_failed else None)
            self._span.__exit__(kind, error, trace)


class _Operating:
    """The span of an operation, whose name is known in its end."""

    def __init__(self, describe: Callable[[Span], None], span: Span) -> None:
        self._describe = describe
        self._span = span

    def __enter__(self) -> None:
        self._span.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._describe(self._span)
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


def method_of(method: str) -> str:
    """Return a method as it is counted."""
    return method if method in METHODS else "_OTHER"


def codes_of(answer: Mapping[str, Any]) -> list[str]:
    """Return the codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


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

    def watch(self, method: str) -> WatchedRequest:
        """Watch a request that has come in; its trace has begun."""
        return WatchedRequest(self, method)

    def answered(self, method: str, status: int, client: str, codes: Sequence[str], seconds: float) -> None:
        """Note a request that was answered beside a stream: refused, or told that it is taken."""
        label = self.tallies.clients.label(client, may_add=False)
        labels = Asked(method_of(method), status, NONE, NONE, label)
        requests = self.tallies.requests.get(labels) or self.tallies.first(labels)
        requests.observe(seconds)
        requests.codes.update(codes)

    def request(self, service: str, call: Call) -> AbstractContextManager[None]:
        """Watch one request to a service."""
        span = None if self.spans is None else self.spans.call(service, call.path)
        return _Sending(self.tallies, service, call.path, span)

    def batch(self, service: str, loader: str, keys: int) -> AbstractContextManager[Any]:
        """Watch one batch of a loader."""
        self.tallies.batches.of(Batch(service, loader)).observe(keys)
        span = None if self.spans is None else self.spans.batch(service, loader, keys)
        return NOTHING if span is None else span
