"""What a person gets while a service is sick in any of the ways that a network knows: the rest, in time."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.applications import Starlette

from gateway.app import create_app
from services.people import SHOPPER, TROUBLED
from tests.support import proxy
from tests.support.center import Calls, Json, OrderCenter, settings
from tests.support.proxy import Fault, Proxy, answering
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess
from tests.support.steps import cancelled_at
from tests.support.waiting import until

PAGE = """{ viewer { displayName tags(first: 2) { nodes { id product { title } } }
    orders(first: 3) { nodes { number total { amount } financialStatus payments { kind } } }
    paymentMethods { brand } } }"""
DEADLINE_SECONDS = 0.5
TESTS = Path(__file__).parent.parent
ROOT = TESTS.parent


class Reached(NamedTuple):
    """A service as the gateway reaches it."""

    url: str
    token: str


class Sickbed(NamedTuple):
    """A gateway whose services are behind proxies."""

    center: OrderCenter
    proxies: Mapping[str, Proxy]


class Hospital(NamedTuple):
    """A gateway's application, and the proxies that its services are behind."""

    app: Starlette
    proxies: Mapping[str, Proxy]


@asynccontextmanager
async def hospital(
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    **changes: Any,  # noqa: ANN401  any setting
) -> AsyncIterator[Hospital]:
    async with AsyncExitStack() as stack:
        proxies = {name: await stack.enter_async_context(Proxy(one.port)) for name, one in services.items()}
        reached = {name: Reached(proxies[name].url, one.token) for name, one in services.items()}
        app = create_app(settings(reached, issuer, **{"request_timeout": DEADLINE_SECONDS} | changes))
        await stack.enter_async_context(app.router.lifespan_context(app))
        yield Hospital(app, proxies)


@asynccontextmanager
async def sickbed(
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    **changes: Any,  # noqa: ANN401  any setting
) -> AsyncIterator[Sickbed]:
    async with (
        hospital(services, issuer, **changes) as (app, proxies),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://order-center") as http,
    ):
        yield Sickbed(OrderCenter(http, Calls(), issuer), proxies)


def _without_order(viewer: Json) -> Json:
    tags = [tag | {"product": None} for tag in viewer["tags"]["nodes"]]
    return viewer | {"displayName": None, "orders": None, "tags": {"nodes": tags}}


def _without_payment(viewer: Json) -> Json:
    orders = [order | {"financialStatus": None, "payments": None} for order in viewer["orders"]["nodes"]]
    return viewer | {"orders": {"nodes": orders}, "paymentMethods": None}


def _without_recs(viewer: Json) -> Json:
    return viewer | {"tags": None}


WITHOUT: Mapping[str, Callable[[Json], Json]] = {
    "order": _without_order,
    "payment": _without_payment,
    "recs": _without_recs,
}
FAULTS: Mapping[str, tuple[Fault | None, str]] = {
    "refused": (None, "DOWNSTREAM_UNAVAILABLE"),
    "closed": (proxy.closing, "DOWNSTREAM_UNAVAILABLE"),
    "reset": (proxy.resetting, "DOWNSTREAM_UNAVAILABLE"),
    "reset midway": (proxy.resetting_midway, "DOWNSTREAM_UNAVAILABLE"),
    "silent": (proxy.silent, "DOWNSTREAM_TIMEOUT"),
    "dripping": (proxy.dripping(0.01), "DOWNSTREAM_TIMEOUT"),
    "slow": (proxy.delayed(5), "DOWNSTREAM_TIMEOUT"),
    "500": (proxy.failing, "DOWNSTREAM_UNAVAILABLE"),
    "503": (answering(b"", "503 Service Unavailable", Retry_After="5"), "DOWNSTREAM_UNAVAILABLE"),
    "429": (answering(b"", "429 Too Many Requests", Retry_After="5"), "DOWNSTREAM_UNAVAILABLE"),
    "truncated": (proxy.truncating, "DOWNSTREAM_MALFORMED"),
    "garbage": (proxy.garbage, "DOWNSTREAM_MALFORMED"),
    "HTML": (proxy.html, "DOWNSTREAM_MALFORMED"),
    "bad gzip": (proxy.bad_gzip, "DOWNSTREAM_MALFORMED"),
    "bomb": (proxy.bomb, "DOWNSTREAM_MALFORMED"),
    "endless": (proxy.endless(), "DOWNSTREAM_MALFORMED"),
    "wrong types": (answering(b'{"rows": [{"key": 7}]}'), "DOWNSTREAM_MALFORMED"),
}


async def _ill(one: Proxy, fault: Fault | None) -> None:
    if fault is None:
        await one.refuse()
    else:
        one.fault = fault


async def _well(one: Proxy, fault: Fault | None) -> None:
    one.fault = proxy.healthy
    if fault is None:
        await one.listen()


async def _recovered(center: OrderCenter) -> Json:
    """The first answer without errors."""
    for _ in range(50):
        answer = await center.ask(PAGE, person=SHOPPER.id)
        if "errors" not in answer:
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(answer["errors"])


@pytest.mark.parametrize("name", FAULTS)
async def test_a_sick_service_costs_its_own_fields_until_it_is_well(
    name: str, services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    fault, code = FAULTS[name]
    async with sickbed(services, issuer, downstream_max_body_bytes=1_000_000) as (center, proxies):
        healthy = await _recovered(center)
        for service, without in WITHOUT.items():
            await _ill(proxies[service], fault)
            async with asyncio.timeout(DEADLINE_SECONDS + 5):
                answer = await center.ask(PAGE, person=SHOPPER.id)
            assert answer["data"]["viewer"] == without(healthy["data"]["viewer"]), service
            assert {(one["extensions"]["code"], one["extensions"]["service"]) for one in answer["errors"]} == {
                (code, service)
            }
            await _well(proxies[service], fault)
            assert await _recovered(center) == healthy


async def test_nothing_of_an_answer_that_cannot_be_used_is_cached(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    async with sickbed(services, issuer, redis_url=redis_server.url, memory_bytes=10_000_000) as (center, proxies):
        proxies["recs"].fault = answering(b'{"rows": [{"key": "0", "value": {"customerId": 1}}]}')
        answer = await center.ask(PAGE, person=SHOPPER.id)
        assert answer["data"]["viewer"]["tags"] is None
        await asyncio.sleep(0.1)
        assert any("orders_by_customer" in key for key in redis_server.keys())  # noqa: SIM118  it is no mapping
        assert not any("tags_by_customer" in key for key in redis_server.keys())  # noqa: SIM118
        proxies["recs"].fault = proxy.healthy
        assert (await _recovered(center))["data"]["viewer"]["tags"]["nodes"]


def _rewritten(old: str, new: str) -> Fault:
    async def fault(exchange: proxy.Exchange) -> None:
        head, _, body = (await exchange.ask()).partition(b"\r\n\r\n")
        body = body.replace(old.encode(), new.encode())
        head = re.sub(rb"(?i)content-length: \d+", b"content-length: %d" % len(body), head)
        await exchange.write(head + b"\r\n\r\n" + body)

    return fault


async def test_rows_of_somebody_else_are_shown_to_nobody(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with sickbed(services, issuer) as (center, proxies):
        others = await center.data("{ viewer { paymentMethods { id } } }", person=TROUBLED.id)
        assert others["viewer"]["paymentMethods"]
        # The service mixes two people up: each asks for their own and is sent the other's.
        proxies["payment"].fault = _rewritten(SHOPPER.id, TROUBLED.id)
        answer = await center.ask("{ viewer { paymentMethods { id } } }", person=SHOPPER.id)
        # By the contract nobody need have a wallet.
        assert answer == {"data": {"viewer": {"paymentMethods": []}}}


async def test_a_page_with_something_of_somebody_else_is_an_error_and_no_empty_list(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with sickbed(services, issuer) as (center, proxies):
        proxies["recs"].fault = _rewritten(SHOPPER.id, TROUBLED.id)
        answer = await center.ask("{ viewer { tags(first: 2) { nodes { id } } } }", person=SHOPPER.id)
        assert answer["data"]["viewer"]["tags"] is None
        (error,) = answer["errors"]
        assert error["path"] == ["viewer", "tags"]
        assert error["extensions"]["code"] == "DOWNSTREAM_MALFORMED"
        assert error["extensions"]["service"] == "recs"


async def test_a_slow_service_takes_nothing_from_those_who_need_the_others(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with sickbed(
        services, issuer, request_timeout=5, downstream_connections=8, max_concurrent_per_person=100
    ) as (center, proxies):
        await _recovered(center)
        proxies["recs"].fault = proxy.silent
        asking = [asyncio.ensure_future(center.ask(PAGE, person=SHOPPER.id)) for _ in range(40)]
        await asyncio.sleep(0.2)
        # Forty people wait for tags; forty others who do not are served meanwhile.
        query = "{ viewer { displayName orders(first: 3) { nodes { number payments { kind } } } } }"
        async with asyncio.timeout(4):
            answers = await asyncio.gather(*(center.data(query, person=TROUBLED.id) for _ in range(40)))
        assert {answer["viewer"]["displayName"] for answer in answers} == {TROUBLED.name}
        for one in asking:
            one.cancel()
        await asyncio.wait(asking)


async def test_degraded_services_are_listed_for_those_who_ask(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with sickbed(services, issuer, downstream_breaker_seconds=30) as (center, proxies):
        headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
        asked = headers | {"Order-Center-Debug": "degraded"}

        async def extensions(query: str, headers: Mapping[str, str]) -> object:
            answer = await center.http.post("/graphql", json={"query": query}, headers=headers)
            return answer.json().get("extensions")

        assert await extensions(PAGE, headers) is None
        assert await extensions(PAGE, asked) == {"degraded": [], "stale": []}
        await proxies["payment"].refuse()
        proxies["recs"].fault = proxy.html
        assert await extensions(PAGE, headers) is None
        assert await extensions(PAGE, asked) == {"degraded": ["payment", "recs"], "stale": []}
        for _ in range(3):
            await center.ask(PAGE, person=SHOPPER.id)
        # Not asked in this query, but nobody is served by it just now.
        assert await extensions("{ viewer { id } }", asked) == {"degraded": ["payment", "recs"], "stale": []}


async def test_the_trace_goes_down_with_every_call_and_into_the_log(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, caplog: pytest.LogCaptureFixture
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    async with sickbed(services, issuer) as (center, proxies):
        proxies["recs"].fault = proxy.html
        headers = {
            "Authorization": f"Bearer {center.token(SHOPPER.id)}",
            "traceparent": f"00-{trace}-b7ad6b7169203331-01",
        }
        await center.http.post("/graphql", json={"query": PAGE}, headers=headers)
        requests = [request for one in proxies.values() for request in one.requests]
        assert len(requests) >= 4
        parents = [re.findall(rb"traceparent: (.*)\r\n", request) for request in requests]
        assert all(
            re.fullmatch(rb"00-%b-(?!b7ad6b7169203331)[0-9a-f]{16}-01" % trace.encode(), one[0]) for one in parents
        )
        assert len({one[0] for one in parents}) == len(parents)
        assert f"recs service gave an answer that cannot be used. at /v1/tags:search, trace {trace}" in caplog.text
        assert "Bad gateway" not in caplog.text


@pytest.mark.parametrize("late", [False, True], ids=["early", "late"])
async def test_a_request_that_is_cancelled_at_any_step_leaves_no_task_and_no_connection_at_work(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, *, late: bool
) -> None:
    # On a busy machine nothing may be cut short but what is cancelled here.
    few = {"downstream_connections": 2, "downstream_queue": 0, "request_timeout": 20}
    async with sickbed(services, issuer, **few) as (center, proxies):
        healthy = await center.ask(SMALL_PAGE, person=SHOPPER.id)
        assert "errors" not in healthy
        await until(lambda: _at_work() == 0)
        step = 1
        while await cancelled_at(center.ask(SMALL_PAGE, person=SHOPPER.id), step, late=late):
            step += 1
            await until(lambda: _at_work() == 0)
            assert await center.ask(SMALL_PAGE, person=SHOPPER.id) == healthy
        assert step > 2
        assert all(len(one.connections) <= 2 for one in proxies.values())


# No service is asked for more than two things at a time, which is as much as is allowed: a lost slot would be missed.
SMALL_PAGE = "{ viewer { tags(first: 1) { nodes { id } } orders(first: 1) { nodes { number payments { kind } } } } }"


def _at_work() -> int:
    """How many tasks there are beside this test's and those in which proxies wait for requests."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return len([task for task in others if "Proxy" not in getattr(task.get_coro(), "__qualname__", "")])


def test_the_page_about_reliability_names_every_fault_and_only_tests_that_exist() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    of_reads = page.partition("## Each fault")[2].partition("\n## ")[0]
    rows = [row.split("|")[2] for row in of_reads.splitlines() if row.count("|") == 5]
    assert {name for row in rows for name in re.findall("`([^`]+)`", row)} == set(FAULTS)
    defined = {name for file in TESTS.rglob("*.py") for name in re.findall(r"def (test_\w+)", file.read_text())}
    named = set(re.findall(r"`(test_\w+)", page))
    assert len(named) > 40
    assert named <= defined


def test_every_fault_of_a_change_has_its_test_in_the_page_about_reliability() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    faults = (TESTS / "center" / "test_change_faults.py").read_text()
    assert set(re.findall(r"def (test_\w+)", faults)) <= set(re.findall(r"`(test_\w+)", page))
