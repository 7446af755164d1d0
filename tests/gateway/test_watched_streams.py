"""What is told of operations over streams and of later parts: counts, spans and lines, over real sockets."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from gateway.admission.caller import Caller
from gateway.request import Operation
from gateway.telemetry.tallies import MAX_COMBINATIONS, Streamed, Tallies
from services.people import SHOPPER
from tests.support.center import Json, settings
from tests.support.collector import Collector
from tests.support.live import SECRET, Live, event, serving, watching
from tests.support.logged import LOGGED
from tests.support.scraping import NAMES, Scraped, scraped
from tests.support.services import ServiceProcess, free_port
from tests.support.waiting import until

WATCH = "subscription Watch { orderUpdated { id } }"
PAID = "subscription Paid { orderUpdated { id financialStatus } }"
IOS = {"GraphQL-Client-Name": "ios"}
DURATION = "order_center_streamed_operation_duration_seconds_count"
OPEN = "order_center_subscriptions"
EVENTS = "order_center_subscription_events_total"
ERRORS = "graphql_server_errors_total"
REQUESTS = "http_server_request_duration_seconds_count"
# Payments cannot be had; all else can.
DEAD = {"payment_service_url": "http://127.0.0.1:9", "downstream_retries": 0}


class Counted(Live):
    """A gateway that listens, and whose metrics are served."""

    metrics: str

    async def scrape(self) -> Scraped:
        async with httpx.AsyncClient(trust_env=False) as http:
            return scraped((await http.get(self.metrics)).text)

    def bearer(self) -> str:
        return f"Bearer {self.token(SHOPPER.id)}"

    async def order(self) -> str:
        page = await self.data("{ viewer { orders(first: 1) { nodes { id } } } }", person=SHOPPER.id)
        return str(page["viewer"]["orders"]["nodes"][0]["id"])


@asynccontextmanager
async def _counted(
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    **changes: Any,  # noqa: ANN401  any setting
) -> AsyncIterator[Counted]:
    port = free_port()
    given = {"events_secret": SECRET, "metrics_host": "127.0.0.1", "metrics_port": port, **changes}
    async with serving(settings(services, issuer, **given), issuer) as live:
        live.__class__ = Counted
        assert isinstance(live, Counted)
        live.metrics = f"http://127.0.0.1:{port}/metrics"
        yield live


def _lines(before: int, name: str) -> list[Json]:
    lines = [json.loads(line) for line in LOGGED.here[before:] if line.startswith('{"')]
    return [line for line in lines if line["event"] == name]


def _shown(line: Json) -> Json:
    assert line.keys() >= {"time", "seconds", "trace"}
    return {name: line[name] for name in ("operation", "client", "transport", "events", "codes")}


async def test_operations_over_a_socket_are_counted_with_all_that_they_tell(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with _counted(services, issuer, **DEAD) as live:
        order = await live.order()
        async with (
            await watching(live.url, additional_headers=IOS) as one,
            await watching(live.url, additional_headers={"GraphQL-Client-Name": "web"}) as other,
        ):
            for each in (one, other):
                await each.init(live.bearer())
                await each.subscribe(PAID)
            await live.waited_for(2)
            for _ in range(2):
                await live.tell(event("order.updated", orderId=order, customerId=SHOPPER.id))
                for each in (one, other):
                    errors = (await each.next())["payload"]["errors"]
                    assert [error["extensions"]["code"] for error in errors] == ["DOWNSTREAM_UNAVAILABLE"]
            await one.subscribe(NAMES, name="2")
            assert [(await one.next())["type"] for _ in range(2)] == ["next", "complete"]
            await one.subscribe("query Bad { viewer { nothing } }", name="3")
            assert (await one.next())["type"] == "error"
            seen = await live.scrape()
            assert seen.by(OPEN, "graphql_client_name") == {"ios": 1, "web": 1}
            assert seen(OPEN, graphql_operation_name="Paid") == 2
        await live.waited_for(0)
        after = await live.scrape()
    assert seen.by(EVENTS, "graphql_client_name") == {"ios": 2, "web": 2}
    assert seen.by(EVENTS, "graphql_operation_name") == {"Paid": 4}
    # The two connections share an answer, and each has told its client of the error in it.
    assert seen(ERRORS, code="DOWNSTREAM_UNAVAILABLE", graphql_operation_name="Paid", graphql_client_name="ios") == 2
    assert seen(ERRORS, code="DOWNSTREAM_UNAVAILABLE", graphql_operation_name="Paid", graphql_client_name="web") == 2
    assert seen(ERRORS, code="GRAPHQL_VALIDATION_FAILED", graphql_client_name="ios") == 1
    assert seen.by(DURATION, "transport") == {"websocket": 4}
    assert seen.by(DURATION, "graphql_operation_name") == {"Paid": 2, "Names": 1, "none": 1}
    assert seen.by(DURATION, "graphql_operation_type") == {"subscription": 2, "query": 1, "none": 1}
    assert seen("graphql_server_operation_cost_total", graphql_operation_name="Names") == 1
    assert seen("graphql_server_operation_cost_total", graphql_operation_name="Paid") > 0
    # One of them was the order's.
    assert seen("graphql_server_executions_total", engine="compiled") == 4
    assert after.by(OPEN, "graphql_operation_name") == {}
    assert after.by(EVENTS, "graphql_operation_name") == {"Paid": 4}


async def test_operations_over_event_streams_are_counted_and_so_is_what_is_answered_at_once(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with _counted(services, issuer) as live:
        headers = {"Accept": "text/event-stream", "Authorization": live.bearer()} | IOS
        order = await live.order()
        async with live.http.stream("POST", "/graphql", json={"query": WATCH}, headers=headers) as stream:
            await live.waited_for()
            await live.tell(event("order.updated", orderId=order, customerId=SHOPPER.id))
            async for line in stream.aiter_lines():
                if line.startswith("data: {"):
                    assert json.loads(line[6:]) == {"data": {"orderUpdated": {"id": order}}}
                    break
            await until(lambda: bool(_active(live)), 5)
            seen = await live.scrape()
        await live.waited_for(0)
        forged = await live.http.post(
            "/graphql", json={"query": WATCH}, headers=headers | {"Authorization": "Bearer forged"}
        )
        assert forged.status_code == 401
        token = (await live.http.put("/graphql", headers=headers)).text
        unknown = await live.http.delete("/graphql", headers={"X-GraphQL-Event-Stream-Token": "x" + token})
        assert unknown.status_code == 404
        with pytest.raises(InvalidStatus):
            await watching(live.url, additional_headers={"Authorization": "Bearer forged"} | IOS)
        after = await live.scrape()
    assert (seen(OPEN, graphql_operation_name="Watch"), seen(EVENTS, graphql_client_name="ios")) == (1, 1)
    assert seen.by(DURATION, "transport") == {"sse": 1}
    assert after.by(OPEN, "graphql_operation_name") == {}
    assert after.by(REQUESTS, "http_response_status_code") == {"200": 1, "401": 2, "404": 1}
    assert after.by(ERRORS, "code") == {"UNAUTHENTICATED": 2, "NOT_FOUND": 1}


def _active(live: Live) -> int:
    tallies = live.streams._telemetry.tallies  # type: ignore[union-attr]  # noqa: SLF001  nobody else asks
    return sum(one.events for one in tallies.streamed.values())


async def test_errors_in_later_parts_are_counted_and_their_batches_are_in_the_requests_trace(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, collector: Collector
) -> None:
    before = len(LOGGED.here)
    query = "query Late { viewer { id ... @defer { orders(first: 2) { nodes { financialStatus } } } } }"
    async with _counted(services, issuer, traces_url=collector.url, traces_share=1.0, **DEAD) as live:
        headers = {"Accept": "multipart/mixed", "Authorization": live.bearer()} | IOS
        answer = await live.http.post("/graphql", json={"query": query}, headers=headers)
        told = answer.text.count("DOWNSTREAM_UNAVAILABLE")
        assert (answer.text.index('"hasNext":true') < answer.text.index("DOWNSTREAM_UNAVAILABLE"), told) == (True, 2)
        seen = await live.scrape()
    late = collector.of("batch ledger_by_order")
    assert (late.trace, late.failed) == (collector.of("POST /graphql").trace, True)
    assert ("query Late", "POST /graphql") in collector.tree()
    labels = {"graphql_operation_name": "Late", "graphql_client_name": "ios"}
    assert seen(ERRORS, code="DOWNSTREAM_UNAVAILABLE", **labels) == 2
    (line,) = _lines(before, "request")
    assert (line["status"], line["codes"], line["client"]) == (200, ["DOWNSTREAM_UNAVAILABLE"], "ios")


async def test_what_strangers_call_things_is_no_label_over_streams_either(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with _counted(services, issuer) as live:
        async with await watching(live.url, additional_headers={"GraphQL-Client-Name": "spider"}) as one:
            await one.init()
            await one.subscribe("query Stranger { viewer { id } }")
            assert [(await one.next())["type"] for _ in range(2)] == ["next", "complete"]
        seen = await live.scrape()
    assert seen.by(DURATION, "graphql_operation_name") == {"other": 1}
    assert seen.by(DURATION, "graphql_client_name") == {"other": 1}


def test_combinations_of_streams_are_bounded() -> None:
    tallies = Tallies()
    for operation in range(50):
        for client in range(20):
            tallies.of_stream(Streamed("sse", f"Q{operation}", "query", f"app{client}")).observe(0.01)
    assert len(tallies.streamed) == MAX_COMBINATIONS + 1
    assert sum(sum(one.counts) for one in tallies.streamed.values()) == 1000


async def test_a_subscription_has_the_span_of_its_beginning_and_each_event_one_that_leads_back_to_it(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, collector: Collector
) -> None:
    caller, trace = "b7ad6b7169203331", "0af7651916cd43dd8448eb211c80319c"
    headers = IOS | {"traceparent": f"00-{trace}-{caller}-00"}
    async with _counted(services, issuer, traces_url=collector.url, traces_share=1.0) as live:
        order = await live.order()
        async with await watching(live.url, additional_headers=headers) as one:
            await one.init(live.bearer())
            await one.subscribe(WATCH)
            await live.waited_for()
            for _ in range(2):
                await live.tell(event("order.updated", orderId=order, customerId=SHOPPER.id))
                await one.next()
            await one.subscribe(NAMES, name="2")
            await one.next()
        await live.waited_for(0)
    begun, query = collector.of("subscription Watch"), collector.of("query Names")
    operation = {"graphql.operation.type": "subscription", "graphql.operation.name": "Watch"}
    operation |= {"graphql.client.name": "ios"}
    assert (begun.kind, begun.trace, begun.parent, begun.failed, begun.links) == ("SERVER", trace, caller, False, [])
    cost = begun.attributes["graphql.operation.cost"]
    transport = {"http.route": "/graphql", "order_center.transport": "websocket"}
    assert begun.attributes == operation | transport | {"graphql.operation.cost": cost}
    assert (query.kind, query.trace) == ("SERVER", trace)
    events = [span for span in collector.spans if span.name == "event Watch"]
    assert len({span.trace for span in events} | {trace}) == 3
    for span in events:
        assert (span.kind, span.parent, span.links) == ("CONSUMER", "", [(trace, begun.id)])
        assert span.attributes == operation | {"graphql.operation.cost": cost}
        inside = [other for other in collector.spans if other.trace == span.trace and other != span]
        assert sorted(other.name for other in inside) == ["POST /v1/orders:batchGet", "batch order_by_id"]
        assert {other.parent for other in inside if other.kind == "INTERNAL"} == {span.id}


async def test_where_nothing_is_recorded_nothing_of_it_is_sent(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, collector: Collector
) -> None:
    async with _counted(services, issuer, traces_url=collector.url, traces_share=0.0) as live:
        order = await live.order()
        async with await watching(live.url) as one:
            await one.init(live.bearer())
            await one.subscribe(WATCH)
            await live.waited_for()
            await live.tell(event("order.updated", orderId=order, customerId=SHOPPER.id))
            assert (await one.next())["payload"] == {"data": {"orderUpdated": {"id": order}}}
    assert collector.spans == []


async def test_each_operation_over_a_stream_has_a_line_when_it_ends(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with serving(settings(services, issuer, events_secret=SECRET, **DEAD), issuer) as live:
        order = (await live.data("{ viewer { orders(first: 1) { nodes { id } } } }", person=SHOPPER.id))["viewer"]
        before = len(LOGGED.here)
        async with await watching(live.url, additional_headers=IOS) as one:
            await one.init(f"Bearer {live.token(SHOPPER.id)}")
            await one.send({"type": "subscribe", "id": "1", "payload": {"query": PAID, "operationName": "Paid"}})
            await live.waited_for()
            data = {"orderId": order["orders"]["nodes"][0]["id"], "customerId": SHOPPER.id}
            await live.tell(event("order.updated", **data))
            await one.next()
            await one.subscribe(NAMES, name="2")
            await one.next()
            await one.subscribe("{ nothing }", name="3")
            await one.next()
            await until(lambda: len(_lines(before, "operation")) == 2, 5)
            await one.send({"type": "complete", "id": "1"})
            await until(lambda: len(_lines(before, "operation")) == 3, 5)
        named, refused, watched = _lines(before, "operation")
        await asyncio.sleep(0)
        assert len(_lines(before, "operation")) == 3
    base = {"client": "ios", "transport": "websocket"}
    assert _shown(named) == base | {"operation": "", "events": 0, "codes": []}
    assert _shown(refused) == base | {"operation": "", "events": 0, "codes": ["GRAPHQL_VALIDATION_FAILED"]}
    assert _shown(watched) == base | {"operation": "Paid", "events": 1, "codes": ["DOWNSTREAM_UNAVAILABLE"]}
    assert watched["seconds"] > named["seconds"] > 0
    assert len({line["trace"] for line in (named, refused, watched)}) == 3


async def test_where_nobody_reads_of_it_an_operation_is_not_watched(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with serving(settings(services, issuer), issuer) as live:
        asked = (Operation(), Caller(None, ""), "sse")
        assert live.streams.watch(*asked) is not None
        package = logging.getLogger("gateway")
        package.setLevel(logging.WARNING)
        try:
            assert live.streams.watch(*asked) is None
        finally:
            package.setLevel(logging.INFO)
