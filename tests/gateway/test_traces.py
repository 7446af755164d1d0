"""What is recorded of a request, and that one trace goes from the caller to the services and the log."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from benchmarks.queries import our_query
from services.people import SHOPPER
from tests.support.center import OrderCenter, running, settings
from tests.support.collector import Collector
from tests.support.logged import LOGGED
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

ID = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
CENTER = our_query("center")
CALLS = {
    "customer_by_id": ("order", "/v1/customers:batchGet", 1),
    "orders_by_customer": ("order", "/v1/orders:search", 1),
    "tags_by_customer": ("recs", "/v1/tags:search", 1),
    "suggestions_by_customer": ("recs", "/v1/suggestions:search", 1),
    "ledger_by_order": ("payment", "/v1/ledgers:batchGetByOrder", 20),
    "shop_by_id": ("order", "/v1/shops:batchGet", None),
    "product_by_id": ("order", "/v1/products:batchGet", None),
}
Headers = list[dict[str, str]]


class Seeing(httpx.AsyncBaseTransport):
    """Keeps the headers of what goes out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, seen: Headers) -> None:
        self._inner = inner
        self._seen = seen

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self._seen.append({"path": request.url.path, **request.headers})
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.fixture
def seen() -> Headers:
    return []


@asynccontextmanager
async def _traced(
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    seen: Headers,
    **changes: Any,  # noqa: ANN401  any setting
) -> AsyncIterator[OrderCenter]:
    """What was recorded has arrived at its end."""
    around = {name: lambda inner: Seeing(inner, seen) for name in services}
    async with running(settings(services, issuer, **{"traces_share": 1.0} | changes), issuer, around) as one:
        yield one


async def _ask(center: OrderCenter, query: str = CENTER.document, **headers: str) -> dict[str, Any]:
    known = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "GraphQL-Client-Name": "ios"}
    body = {"query": query, "variables": CENTER.variables_of(SHOPPER.id)}
    answer: dict[str, Any] = (await center.http.post("/graphql", json=body, headers=known | headers)).json()
    return answer


async def test_a_request_is_a_tree_of_its_operation_its_batches_and_its_calls(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, collector: Collector, seen: Headers
) -> None:
    headers = {"traceparent": f"00-{ID}-{CALLER}-01", "tracestate": STATE}
    changes = {"traces_url": collector.url, "traces_follow_callers": True, "traces_share": 0.0}
    async with _traced(services, issuer, seen, **changes) as center:
        assert "errors" not in await _ask(center, **headers)
    expected = [("POST /graphql", ""), ("query Center", "POST /graphql")]
    for loader, (_, path, _) in CALLS.items():
        expected += [(f"batch {loader}", "query Center"), (f"POST {path}", f"batch {loader}")]
    assert collector.tree() == sorted(expected)
    request, operation = collector.of("POST /graphql"), collector.of("query Center")
    assert (request.kind, request.parent, request.state) == ("SERVER", CALLER, STATE)
    assert request.attributes == {
        "http.request.method": "POST", "http.route": "/graphql", "http.response.status_code": 200,
    }  # fmt: skip
    assert (operation.kind, dict(operation.attributes)) == (
        "INTERNAL",
        {
            "graphql.operation.type": "query",
            "graphql.operation.name": "Center",
            "graphql.client.name": "ios",
            "graphql.operation.cost": 2794,
        },
    )
    assert {(one.trace, one.failed) for one in collector.spans} == {(ID, False)}
    for loader, (service, path, keys) in CALLS.items():
        batch, call = collector.of(f"batch {loader}"), collector.of(f"POST {path}")
        assert batch.kind == "INTERNAL"
        assert set(batch.attributes) == {"order_center.loader.name", "order_center.batch.keys", "peer.service"}
        assert batch.attributes["order_center.loader.name"] == loader
        assert batch.attributes["order_center.batch.keys"] == (keys or batch.attributes["order_center.batch.keys"])
        assert (call.kind, dict(call.attributes)) == (
            "CLIENT",
            {
                "peer.service": service,
                "server.address": "127.0.0.1",
                "server.port": services[service].port,
                "http.request.method": "POST",
                "url.template": path,
                "http.response.status_code": 200,
            },
        )
    # The services were told of the very spans that were sent, and of what the caller had sent along.
    told = {(one["path"], one["traceparent"], one["tracestate"]) for one in seen}
    assert told == {(path, f"00-{ID}-{collector.of(f'POST {path}').id}-01", STATE) for _, path, _ in CALLS.values()}
    (resource,) = collector.resources
    assert resource["service.name"] == "order-center"


async def test_a_failure_is_marked_by_its_kind_and_the_log_names_the_span_s_trace(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, collector: Collector
) -> None:
    gone = {"traces_url": collector.url, "downstream_retries": 0, "log_level": "info"}
    logging.getLogger("gateway").setLevel(logging.INFO)
    before = len(LOGGED.here)

    class Gone(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(503 if request.method == "POST" else 200)

    around = {"payment": lambda _: Gone()}
    async with running(settings(services, issuer, traces_share=1.0, **gone), issuer, around) as center:
        answer = await _ask(center)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"DOWNSTREAM_UNAVAILABLE"}
    lines = [line for line in LOGGED.here[before:] if line.startswith("{")]
    call, batch = collector.of("POST /v1/ledgers:batchGetByOrder"), collector.of("batch ledger_by_order")
    assert (call.failed, call.attributes["error.type"]) == (True, "DownstreamOverloadedError")
    assert (call.attributes["http.response.status_code"], batch.failed) == (503, True)
    assert not collector.of("POST /graphql").failed
    traces = {one.trace for one in collector.spans}
    assert len(traces) == 1
    (trace,) = traces
    about = [line for line in lines if '"event":"request"' in line or "payment" in line]
    assert len(about) == 2
    assert all(f'"trace":"{trace}"' in line for line in about)


async def test_what_redis_does_not_hold_is_asked_for_in_the_trace_of_its_request(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess, collector: Collector,
    seen: Headers,
) -> None:  # fmt: skip
    changes = {"traces_url": collector.url, "redis_url": redis_server.url}
    async with _traced(services, issuer, seen, **changes) as center:
        await _ask(center, traceparent=f"00-{ID}-{CALLER}-00")
    assert {one.trace for one in collector.spans} == {ID}
    assert {name for name, parent in collector.tree() if parent == "query Center"} == {f"batch {one}" for one in CALLS}
    assert {one["traceparent"][3:35] for one in seen} == {ID}
    assert len(seen) == len(CALLS)


async def test_a_caller_decides_only_where_callers_are_followed(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, collector: Collector, seen: Headers
) -> None:
    query = "{ viewer { displayName } }"
    wanted, unwanted = ({"traceparent": f"00-{ID}-{CALLER}-0{flag}"} for flag in "10")
    for changes, recorded in (
        ({"traces_share": 0.0}, [False, False, False]),
        ({"traces_share": 1.0}, [True, True, True]),
        ({"traces_share": 1.0, "traces_follow_callers": True}, [True, False, True]),
        ({"traces_share": 0.0, "traces_follow_callers": True}, [True, False, False]),
    ):
        seen.clear()
        collector.spans.clear()
        async with _traced(services, issuer, seen, traces_url=collector.url, **changes) as center:
            for headers in (wanted, unwanted, {}):
                await _ask(center, query, **headers)
        # What is not recorded here, services are not told to record.
        assert [one["traceparent"][-2:] == "01" for one in seen] == recorded
        assert len(collector.spans) == 4 * sum(recorded)


async def test_requests_at_the_same_time_keep_to_their_own_traces(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, collector: Collector, seen: Headers
) -> None:
    async with _traced(services, issuer, seen, traces_url=collector.url) as center:
        ids = [f"{number:032x}" for number in range(1, 9)]
        await asyncio.gather(*(_ask(center, traceparent=f"00-{one}-{CALLER}-01") for one in ids))
    for one in ids:
        mine = [span for span in collector.spans if span.trace == one]
        inside = {CALLER, *(span.id for span in mine)}
        assert {span.parent for span in mine} <= inside
        assert [span.name for span in mine].count("query Center") == 1


async def test_a_collector_that_is_not_there_keeps_nobody_waiting(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, seen: Headers
) -> None:
    # Not how quick it is, but that it does not hang.
    async with (
        asyncio.timeout(20),
        _traced(services, issuer, seen, traces_url="http://127.0.0.1:9") as center,
    ):
        assert "errors" not in await _ask(center)
