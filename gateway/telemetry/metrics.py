"""Everything that is counted, as Prometheus reads it. Loaded only where metrics are on.

Nothing is counted here: the numbers are those that the gateway's parts keep anyway, read when somebody asks.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import TypeVar

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from downstream.client import ServiceClient
from gateway.admission.crowd import Crowd
from gateway.parts import Parts
from gateway.telemetry.tallies import Histogram, Tallies
from schema import Schema

L = TypeVar("L", bound=Sequence[str])
SUBSCRIPTION = "subscription"


class Metrics(Collector):
    """Reads all numbers of a process.

    Args:
        route: The endpoint's path.
        tallies: What was counted of requests.
        parts: What outlives requests.
        schema: Its engine's plans and documents.
        crowd: Requests under way.
    """

    def __init__(self, route: str, tallies: Tallies, parts: Parts, schema: Schema, crowd: Crowd) -> None:
        self._route = route
        self._tallies = tallies
        self._parts = parts
        self._schema = schema
        self._crowd = crowd

    def registry(self) -> CollectorRegistry:
        """Return what can be exposed: these numbers, and those of the process and of Python."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        return registry

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._of_requests()
        yield from self._of_streams()
        yield from self._of_services()
        yield from self._of_calls()
        yield from self._of_cache()
        yield from self._of_engine()
        yield _gauge("order_center_request_limit", "Requests worked on at a time at most", self._parts.pressure.limit)
        yield _gauge("order_center_loop_late_seconds", "How late the event loop is", self._parts.pressure.late)
        yield _gauge("order_center_tasks", "Tasks of the event loop", len(asyncio.all_tasks()))

    def _of_requests(self) -> Iterator[Metric]:
        tallies, parts = self._tallies, self._parts
        costs: Counter[tuple[str, str]] = Counter()
        errors: Counter[tuple[str, str, str]] = Counter()
        named = [(operation, client, one) for (_, _, operation, _, client), one in tallies.requests.items()]
        named += [(labels.operation, labels.client, one) for labels, one in tallies.streamed.items()]
        for operation, client, one in named:
            costs[operation, client] += one.cost
            for code, count in one.codes.items():
                errors[operation, client, code] += count
        yield _histogram(
            "http_server_request_duration_seconds",
            "How long GraphQL requests took",
            ("http_request_method", "http_response_status_code", "graphql_operation_name", "graphql_operation_type",
             "graphql_client_name", "http_route"),
            {
                (method, str(status), *names, self._route): one
                for (method, status, *names), one in tallies.requests.items()
            },
        )  # fmt: skip
        yield _counters(
            "graphql_server_errors",
            "Errors in answers",
            ("graphql_operation_name", "graphql_client_name", "code"),
            errors,
        )
        yield _counters(
            "graphql_server_operation_cost",
            "Cost of admitted operations, in cost units",
            ("graphql_operation_name", "graphql_client_name"),
            costs,
        )
        yield _gauge("http_server_active_requests", "Operations under way", self._crowd.size)
        refused = {
            ("load",): parts.pressure.shed,
            ("concurrency_of_person",): self._crowd.refused,
            ("rate_of_person",): parts.persons.refused,
            ("rate_of_client",): parts.clients.refused,
        }
        yield _counters("order_center_refused_requests", "Requests refused for being too many", ("reason",), refused)

    def _of_streams(self) -> Iterator[Metric]:
        streamed = self._tallies.streamed
        names = ("graphql_operation_name", "graphql_client_name")
        active: Counter[tuple[str, str]] = Counter()
        events: Counter[tuple[str, str]] = Counter()
        for labels, one in streamed.items():
            if labels.type == SUBSCRIPTION:
                active[labels.operation, labels.client] += one.active
                events[labels.operation, labels.client] += one.events
        yield _histogram(
            "order_center_streamed_operation_duration_seconds",
            "How long operations over streams took to be answered or begun",
            ("transport", "graphql_operation_name", "graphql_operation_type", "graphql_client_name"),
            streamed,
        )
        yield _gauges("order_center_subscriptions", "Subscriptions that are open", names, active)
        yield _counters("order_center_subscription_events", "Answers to events that were sent", names, events)

    def _of_services(self) -> Iterator[Metric]:
        clients = self._parts.services

        for name, words, read in _GAUGED:
            values = {(service,): float(read(one)) for service, one in clients.items()}
            yield _gauges(name, words, ("peer_service",), values)
        for name, words in _COUNTED.items():
            counted = {(service,): _count(one, name) for service, one in clients.items()}
            yield _counters(f"order_center_service_{name}", words, ("peer_service",), counted)
        yield _counters(
            "order_center_service_failures",
            "Requests to a service that failed",
            ("peer_service", "error_type"),
            {(name, error): n for name, one in clients.items() for error, n in one.counters.failures.items()},
        )

    def _of_calls(self) -> Iterator[Metric]:
        yield _histogram(
            "http_client_request_duration_seconds",
            "How long requests to a service took",
            ("peer_service", "url_template", "http_response_status_code", "error_type", "http_request_method"),
            {(*labels, "POST"): one for labels, one in self._tallies.sent.by_labels.items()},
        )
        yield _histogram(
            "order_center_batch_keys",
            "Keys in a loader's batch",
            ("peer_service", "loader"),
            self._tallies.batches.by_labels,
        )

    def _of_cache(self) -> Iterator[Metric]:
        cache = self._parts.sources.cache
        tally = cache.tally
        found = {("memory",): tally.memory, ("redis",): tally.redis, ("service",): tally.fetched}
        yield _counters("order_center_cache_keys", "Keys by where their values were found", ("tier",), found)
        yield _counter("order_center_cache_answers", "Answers given as they were kept", tally.answers)
        yield _counter("order_center_cache_refreshed_keys", "Keys fetched early", tally.refreshed)
        yield _counter("order_center_cache_stale_keys", "Keys served beyond their time", tally.stale)
        yield _counter("order_center_cache_refused_keys", "Keys invalidated while they were fetched", tally.refused)
        yield _counter("order_center_cache_spoilt_keys", "Keys whose value in Redis was not believed", tally.spoilt)
        yield _counter("order_center_cache_invalidations", "Invalidations made by this process", cache.epoch)
        memory = cache.memory
        yield _gauge("order_center_cache_memory_bytes", "Kept in the process", 0 if memory is None else memory.bytes)
        limit = 0 if memory is None else memory.max_bytes
        yield _gauge("order_center_cache_memory_limit_bytes", "What may be kept in the process", limit)
        yield _gauge(
            "order_center_cache_memory_entries", "Values kept in the process", 0 if memory is None else len(memory)
        )
        yield _gauges(
            "order_center_cache_memory_age_seconds",
            "Mean age of a loader's values in the process, of 200 of them",
            ("loader",),
            {(name,): age for name, age in self._parts.sources.ages().items()},
        )
        is_up = cache.store is not None and cache.store.is_up
        yield _gauge("order_center_redis_up", "Whether the cache's Redis can be asked", is_up)

    def _of_engine(self) -> Iterator[Metric]:
        plans, documents = self._schema.plans, self._schema.documents
        engines = {("compiled",): self._tallies.compiled, ("graphql-core",): self._tallies.not_compiled}
        yield _counters("graphql_server_executions", "Operations by who executes them", ("engine",), engines)
        fallbacks = {(reason,): count for reason, count in plans.fallbacks.items()}
        yield _counters("order_center_engine_fallbacks", "Operations of graphql-core's", ("reason",), fallbacks)
        yield _gauge("order_center_engine_operations", "Operations with a plan", len(plans))
        yield _gauge("order_center_engine_plan_bytes", "What plans take", plans.bytes)
        yield _gauge("order_center_engine_documents", "Documents that are known", len(documents))
        yield _gauge("order_center_engine_document_bytes", "What documents take", documents.bytes)


# Of each service's client.
_GAUGED: Sequence[tuple[str, str, Callable[[ServiceClient], float]]] = (
    ("http_client_active_requests", "Requests to a service under way", attrgetter("in_flight")),
    ("http_client_open_connections", "Connections to a service", attrgetter("connections")),
    ("order_center_service_limit", "Requests that a service may have at a time", attrgetter("limit")),
    ("order_center_service_queue", "Calls that wait for their turn", attrgetter("waiting")),
    ("order_center_service_breaker_open", "Whether a service is left alone", attrgetter("is_degraded")),
)
# Of downstream.counters.Counters.
_COUNTED = {
    "calls": "Batches and lists asked of a service",
    "attempts": "Requests that went out to a service",
    "retries": "Requests repeated after a failure",
    "hedges": "Requests sent a second time because the first took long",
    "hedges_won": "Of these, answered first",
    "stale": "Requests repeated because a kept connection had just been closed",
    "rejected": "Requests not let through to a service",
    "opened": "How often the breaker opened",
    "missing": "Keys without a row",
    "unasked": "Rows dropped because nobody asked for their key",
    "duplicated": "Rows dropped because their key had been answered",
    "foreign": "Rows dropped because they are another thing or somebody else's",
}


def _count(client: ServiceClient, name: str) -> int:
    count: int = getattr(client.counters, name)
    return count


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _gauges(name: str, words: str, labels: Sequence[str], values: Mapping[L, float]) -> Metric:
    return _filled(GaugeMetricFamily(name, words, labels=labels), values)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=value)


def _counters(name: str, words: str, labels: Sequence[str], values: Mapping[L, float]) -> Metric:
    return _filled(CounterMetricFamily(name, words, labels=labels), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[L, float]) -> Metric:
    for one, value in values.items():
        family.add_metric(one, value)
    return family


def _histogram(name: str, words: str, labels: Sequence[str], histograms: Mapping[L, Histogram]) -> Metric:
    family = HistogramMetricFamily(name, words, labels=labels)
    for one, histogram in histograms.items():
        bounds: Iterable[str] = (*map(str, histogram.bounds), "+Inf")
        buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
        family.add_metric(one, buckets, histogram.total)
    return family
