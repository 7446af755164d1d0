"""A service that is down takes its own fields and nothing else."""

import asyncio
import re
from collections.abc import Mapping

import pytest

from gateway.telemetry.log import formatter
from services.people import SHOPPER
from tests.support.center import Call, Json, running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

PAGE = """{ viewer { displayName orderCenter { toPay } tags(first: 2) { nodes { id product { title } } }
    orders(first: 3) { nodes { number status total { amount }
        financialStatus outstanding { amount } payments { kind } } }
    paymentMethods { brand } } }"""


def _failed(answer: Json) -> dict[str, Json]:
    return {".".join(map(str, error["path"])): error["extensions"] for error in answer.get("errors", [])}


def _unavailable(service: str) -> Json:
    return {"code": "DOWNSTREAM_UNAVAILABLE", "service": service}


async def test_without_payments_orders_are_shown_and_their_financial_status_is_unknown(
    own_services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with running(settings(own_services, issuer), issuer) as center:
        healthy = await center.data(PAGE, person=SHOPPER.id)
        own_services["payment"].kill()
        answer = await center.ask(PAGE, person=SHOPPER.id)

        expected = healthy["viewer"] | {"paymentMethods": None}
        unknown = {"financialStatus": None, "outstanding": None, "payments": None}
        expected["orders"] = {"nodes": [order | unknown for order in expected["orders"]["nodes"]]}
        assert answer["data"]["viewer"] == expected
        lost = [f"viewer.orders.nodes.{place}.{name}" for place in range(3) for name in unknown]
        assert _failed(answer) == dict.fromkeys([*lost, "viewer.paymentMethods"], _unavailable("payment"))
        ready = await center.http.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json()["status"] == "degraded"
        assert ready.json()["services"] == {"order": "up", "payment": "down", "recs": "up"}

        own_services["payment"].start()
        assert await center.data(PAGE, person=SHOPPER.id) == healthy


async def test_without_recs_only_its_lists_are_lost(
    own_services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with running(settings(own_services, issuer), issuer) as center:
        healthy = await center.data(PAGE, person=SHOPPER.id)
        own_services["recs"].kill()
        answer = await center.ask(PAGE, person=SHOPPER.id)
        assert answer["data"]["viewer"] == healthy["viewer"] | {"tags": None}
        assert _failed(answer) == {"viewer.tags": _unavailable("recs")}


async def test_without_orders_payments_and_tags_are_still_served(
    own_services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    query = """{ viewer { id displayName orders { nodes { id } } tags { nodes { id } }
        payments(first: 2) { nodes { id order { id } } } } }"""
    async with running(settings(own_services, issuer), issuer) as center:
        healthy = await center.data(query, person=SHOPPER.id)
        own_services["order"].kill()
        answer = await center.ask(query, person=SHOPPER.id)
        payments = [payment | {"order": None} for payment in healthy["viewer"]["payments"]["nodes"]]
        assert answer["data"]["viewer"] == healthy["viewer"] | {
            "displayName": None,
            "orders": None,
            "payments": {"nodes": payments},
        }
        assert set(_failed(answer)) == {
            "viewer.displayName",
            "viewer.orders",
            "viewer.payments.nodes.0.order",
            "viewer.payments.nodes.1.order",
        }


async def test_a_gateway_starts_while_a_service_is_down_and_serves_it_once_it_is_up(
    own_services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    for process in own_services.values():
        process.kill()
    async with running(settings(own_services, issuer), issuer) as center:
        down = await center.http.get("/health/ready")
        assert down.status_code == 503
        assert down.json()["services"] == {"order": "down", "payment": "down", "recs": "down"}
        assert (await center.http.get("/health/live")).status_code == 200
        answer = await center.ask("{ viewer { id tags { nodes { id } } } }", person=SHOPPER.id)
        assert answer["data"] == {"viewer": {"id": SHOPPER.id, "tags": None}}
        own_services["recs"].start()
        viewer = (await center.data("{ viewer { tags(first: 1) { nodes { id } } } }", person=SHOPPER.id))["viewer"]
        assert len(viewer["tags"]["nodes"]) == 1
        assert center.calls == [Call("recs", "tags:search", 1)]


async def test_no_error_names_a_host_a_port_or_a_person(
    own_services: Mapping[str, ServiceProcess], issuer: ServiceProcess, caplog: pytest.LogCaptureFixture
) -> None:
    for process in own_services.values():
        process.kill()
    async with running(settings(own_services, issuer), issuer) as center:
        answer = await center.post(PAGE, person=SHOPPER.id)
        # As production writes it: of what a library logs without the values.
        text = "\n".join((answer.text, *map(formatter().format, caplog.records)))
        assert "DOWNSTREAM_UNAVAILABLE" in text
        for secret in ("127.0.0.1", SHOPPER.id, SHOPPER.name, "Bearer"):
            assert secret not in text
        # As a number of its own: a trace id may have the same digits in it.
        ports = "|".join(str(one.port) for one in own_services.values())
        assert re.findall(rf"\b({ports})\b", text) == []


async def test_older_values_stand_in_for_a_service_that_is_down_and_are_named_to_who_asks(
    own_services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    query = "{ viewer { orders(first: 3) { nodes { number financialStatus } } } }"
    given = settings(own_services, issuer, redis_url=redis_server.url, ttl_scale=0.01)
    async with running(given, issuer) as center:
        headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "Order-Center-Debug": "degraded"}

        async def ask() -> Json:
            answer: Json = (await center.http.post("/graphql", json={"query": query}, headers=headers)).json()
            return answer

        healthy = await ask()
        assert healthy["extensions"] == {"degraded": [], "stale": []}
        async with asyncio.timeout(5):
            while len(redis_server.kept()) < 4:  # noqa: ASYNC110  Redis tells nobody
                await asyncio.sleep(0.01)
        own_services["payment"].kill()
        # Fifty milliseconds are the time of all of it.
        await asyncio.sleep(0.1)
        for _ in range(3):
            answer = await ask()
            assert answer["data"] == healthy["data"]
            assert "errors" not in answer
            assert answer["extensions"]["stale"] == ["payment"]
            await asyncio.sleep(0.06)
