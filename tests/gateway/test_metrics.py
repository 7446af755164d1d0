"""What a scrape says after traffic that is known, and that names from outside cannot fill it."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping

from prometheus_client import CollectorRegistry

from gateway.development.processes import is_free
from gateway.telemetry.scrape import Scrape
from gateway.telemetry.tallies import MAX_CLIENTS, MAX_COMBINATIONS, MAX_OPERATIONS, Asked, Histogram, Tallies
from services.people import SHOPPER
from tests.support import plain
from tests.support.center import OrderCenter
from tests.support.gateway import GatewayProcess
from tests.support.scraping import NAMES, ORDERS, Watched, scraped, traffic, watching
from tests.support.services import ServiceProcess, free_port


async def test_known_traffic_is_counted_exactly(watched: Watched) -> None:
    await traffic(watched)
    seen = await watched.scrape()
    count = "http_server_request_duration_seconds_count"
    assert seen.by(count, "graphql_operation_name") == {"Names": 3, "Orders": 1, "Dear": 1, "none": 4}
    assert seen.by(count, "graphql_client_name") == {"ios": 7, "web": 1, "none": 1}
    assert seen.by(count, "http_response_status_code") == {"200": 8, "405": 1}
    assert seen.by(count, "http_request_method") == {"POST": 8, "_OTHER": 1}
    assert seen(count, graphql_operation_name="Names", graphql_operation_type="query", http_route="/graphql") == 3
    buckets = "http_server_request_duration_seconds_bucket"
    assert seen(buckets, graphql_operation_name="Names", le="+Inf") == 3
    assert seen("http_server_request_duration_seconds_sum", graphql_operation_name="Names") > 0
    assert seen.by("graphql_server_errors_total", "code") == {
        "COST_LIMIT_EXCEEDED": 1, "GRAPHQL_VALIDATION_FAILED": 1, "UNAUTHENTICATED": 1, "BAD_USER_INPUT": 1,
    }  # fmt: skip
    assert seen("graphql_server_errors_total", code="COST_LIMIT_EXCEEDED", graphql_operation_name="Dear") == 1
    assert seen.by("graphql_server_operation_cost_total", "graphql_operation_name") == {
        "Names": 3,
        "Orders": 8,
        # Reading the schema; what is denied to nobody in particular costs nothing.
        "none": 2,
    }
    assert seen.by("graphql_server_executions_total", "engine") == {"compiled": 5, "graphql-core": 1}
    assert seen.by("order_center_engine_fallbacks_total", "reason") == {"introspection": 1}
    assert seen("order_center_engine_operations") == 5
    assert seen("order_center_engine_documents") == 6
    calls = {"/v1/customers:batchGet": 1, "/v1/orders:search": 1, "/v1/shops:batchGet": 1}
    assert seen.by("http_client_request_duration_seconds_count", "url_template") == calls
    assert seen("http_client_request_duration_seconds_count", http_response_status_code="200", error_type="") == 3
    assert seen.by("order_center_batch_keys_count", "loader") == {
        "customer_by_id": 1, "orders_by_customer": 1, "shop_by_id": 1,
    }  # fmt: skip
    assert seen("order_center_service_calls_total", peer_service="order") == 3
    assert seen.by("order_center_service_attempts_total", "peer_service") == {"order": 3}
    shops = seen("order_center_batch_keys_sum", loader="shop_by_id")
    tiers = seen.by("order_center_cache_keys_total", "tier")
    assert tiers["service"] == 2 + shops
    await watched.ask(NAMES, SHOPPER.id)
    after = await watched.scrape()
    later = after.by("order_center_cache_keys_total", "tier")
    # What was fetched before is found now, in whichever tier, or in an answer that was kept.
    answers = after("order_center_cache_answers_total") - seen("order_center_cache_answers_total")
    assert (sum(later.values()) + answers, later["service"]) == (sum(tiers.values()) + 1, tiers["service"])
    assert seen("http_server_active_requests") == 0
    assert seen("http_client_active_requests") == 0
    assert seen("order_center_redis_up") == 1
    assert 0 < seen("order_center_cache_memory_bytes") < seen("order_center_cache_memory_limit_bytes") == 1_000_000
    assert 0 <= seen("order_center_cache_memory_age_seconds", loader="customer_by_id") < 60
    assert seen("order_center_tasks") >= 1
    assert seen("process_resident_memory_bytes") > 1_000_000


async def test_failures_and_refusals_are_counted_by_their_kind(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    dead = {"recs_service_url": "http://127.0.0.1:9", "downstream_retries": 0, "rate_per_person": 1.0}
    async with watching(services, issuer, rate_burst_seconds=10.0, **dead) as watched:
        tags = "query Tags { viewer { tags(first: 1) { nodes { id } } } }"
        assert (await watched.ask(tags, SHOPPER.id)).status_code == 200
        while (await watched.ask(NAMES, SHOPPER.id)).status_code == 200:
            pass
        seen = await watched.scrape()
    assert seen.by("order_center_service_failures_total", "error_type") == {"DownstreamUnavailableError": 1}
    labels = {"peer_service": "recs", "error_type": "DownstreamUnavailableError", "http_response_status_code": ""}
    assert seen("http_client_request_duration_seconds_count", **labels) == 1
    assert seen("graphql_server_errors_total", code="DOWNSTREAM_UNAVAILABLE", graphql_operation_name="Tags") == 1
    assert seen("graphql_server_errors_total", code="RATE_LIMITED", graphql_operation_name="Names") == 1
    assert seen.by("order_center_refused_requests_total", "reason") == {"rate_of_person": 1}


async def test_names_of_strangers_and_names_without_end_are_counted_together(watched: Watched) -> None:
    await watched.ask("query Stranger { viewer { id } }", None, "spider")
    for number in range(MAX_CLIENTS + 2):
        await watched.ask("query Names { viewer { id } }", SHOPPER.id, f"app-{number}")
    seen = await watched.scrape()
    clients = seen.by("http_server_request_duration_seconds_count", "graphql_client_name")
    assert clients.pop("other") == 3
    assert clients == {f"app-{number}": 1 for number in range(MAX_CLIENTS)}
    assert seen.by("http_server_request_duration_seconds_count", "graphql_operation_name") == {
        "other": 1, "Names": MAX_CLIENTS + 2,
    }  # fmt: skip


def test_names_and_combinations_are_bounded() -> None:
    tallies = Tallies()
    labels = [tallies.operations.label(f"Q{number}", may_add=True) for number in range(MAX_OPERATIONS + 5)]
    assert (len(set(labels)), labels[-5:]) == (MAX_OPERATIONS + 1, ["other"] * 5)
    assert tallies.operations.label("Q1", may_add=False) == "Q1"
    assert tallies.operations.label("", may_add=True) == "none"
    for operation in range(50):
        for client in range(20):
            tallies.first(Asked("POST", 200, f"Q{operation}", "query", f"app{client}")).observe(0.01)
    assert len(tallies.requests) == MAX_COMBINATIONS + 1
    assert sum(sum(one.counts) for one in tallies.requests.values()) == 1000


def test_a_value_on_a_bound_is_within_it() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 2.5):
        histogram.observe(value)
    assert (histogram.counts, histogram.total) == ([2, 2, 1], 7.5)


async def test_a_request_shed_before_the_application_is_counted(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, center: OrderCenter
) -> None:
    port = free_port()
    headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
    options = {"METRICS_PORT": port, "METRICS_HOST": "127.0.0.1", "MAX_CONCURRENT": 1}
    with GatewayProcess(services, issuer, **options) as served:
        async with plain.AsyncClient(timeout=20) as http:
            answers = await asyncio.gather(
                *(http.post(f"{served.url}/graphql", json={"query": ORDERS}, headers=headers) for _ in range(30))
            )
            seen = scraped((await http.get(f"http://127.0.0.1:{port}/metrics")).text)
            # Nobody finds it on the port that serves clients.
            assert (await http.get(f"{served.url}/metrics")).status_code == 404
    shed = [one for one in answers if one.status_code == 503]
    assert shed
    assert seen("order_center_refused_requests_total", reason="load") == len(shed)
    assert seen("http_server_request_duration_seconds_count") == 30 - len(shed)


async def test_each_process_takes_the_next_port_that_is_free() -> None:
    registry = CollectorRegistry()
    port = free_port()
    several = [Scrape(registry, "127.0.0.1", port) for _ in range(3)]
    for one in several:
        await one.start()
    ports = [one.port for one in several]
    async with plain.AsyncClient() as http:
        for own in ports:
            assert (await http.get(f"http://127.0.0.1:{own}/metrics")).status_code == 200
            assert (await http.get(f"http://127.0.0.1:{own}/")).status_code == 404
    assert (ports[0], sorted(set(ports))) == (port, ports)
    for one in several:
        await one.close()
    assert is_free("127.0.0.1", port)


def test_nothing_is_loaded_or_opened_where_it_is_off() -> None:
    program = """
import sys
from gateway.app import create_app
from gateway.settings import Settings
services = {f"{name}_service_{what}": "http://x" for name in ("order", "payment", "recs") for what in ("url", "token")}
create_app(Settings(**services, jwt_jwks_url="http://x", jwt_issuer="x", jwt_audience="x", cursor_secret="x" * 32))
print([name for name in sys.modules if name.startswith(("opentelemetry.exporter", "prometheus_client", "requests"))])
"""
    # redis-py loads OpenTelemetry's own metrics wherever they are installed, and leaves them off.
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (run.stdout.strip(), run.stderr) == ("[]", "")
