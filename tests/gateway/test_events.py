"""What services tell takes effect in every gateway: over HTTP, through the stream, from the command line."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from gateway.settings import PREFIX
from services.people import SHOPPER, TROUBLED
from tests.support.center import OrderCenter, running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

SECRET = "only-for-tests-only-for-tests-only"  # noqa: S105
PAGE = "{ viewer { displayName orders(first: 2) { nodes { id shop { id } } } } }"
STREAM = "order-center:events"


@pytest.fixture
async def center(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> AsyncIterator[OrderCenter]:
    given = settings(services, issuer, redis_url=redis_server.url, events_secret=SECRET, memory_bytes=1_000_000)
    async with running(given, issuer) as one:
        yield one


def _event(kind: str, **data: str) -> dict[str, object]:
    return {"specversion": "1.0", "id": "1", "source": "/order", "type": kind, "data": data}


def _signed(body: bytes, *, secret: str = SECRET, age: float = 0) -> dict[str, str]:
    sent = str(int(time.time() - age))
    digest = hmac.digest(secret.encode(), b"msg_1." + sent.encode() + b"." + body, hashlib.sha256)
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": sent, "webhook-signature": f"v1,other {signature}"}


async def _send(center: OrderCenter, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await center.http.post("/events", content=content, headers=_signed(content) if headers is None else headers)


async def _loaded(center: OrderCenter, redis_server: RedisProcess) -> tuple[str, str, set[str]]:
    """Ask for a page; return its first order, that order's shop, and the loaders whose values are kept."""
    page = await center.data(PAGE, person=SHOPPER.id)
    async with asyncio.timeout(5):
        while len(redis_server.kept()) < sum(call.keys for call in center.calls):  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.01)
    order = page["viewer"]["orders"]["nodes"][0]
    return order["id"], order["shop"]["id"], _loaders(redis_server)


def _loaders(redis_server: RedisProcess) -> set[str]:
    return {key.split(":")[3] for key in redis_server.kept()}


async def test_an_event_takes_what_it_is_about_and_nothing_else(
    center: OrderCenter, redis_server: RedisProcess
) -> None:
    order, shop, kept = await _loaded(center, redis_server)
    assert kept == {"customer_by_id", "orders_by_customer", "shop_by_id"}
    assert (await _send(center, _event("order.updated", orderId=order))).status_code == 204
    assert _loaders(redis_server) == {"customer_by_id", "shop_by_id"}
    assert (await _send(center, _event("shop.updated", shopId=shop))).status_code == 204
    assert f"oc3:v:{{{shop}}}:shop_by_id:{shop}" not in redis_server.kept()
    await _loaded(center, redis_server)
    assert (await _send(center, _event("order.updated", customerId=SHOPPER.id))).status_code == 204
    assert _loaders(redis_server) == {"customer_by_id", "shop_by_id"}
    assert (await _send(center, _event("customer.updated", customerId=TROUBLED.id))).status_code == 204
    assert (await _send(center, _event("weather.changed", orderId=order))).status_code == 204
    assert _loaders(redis_server) == {"customer_by_id", "shop_by_id"}
    both = [_event("customer.updated", customerId=SHOPPER.id), _event("shop.updated", shopId=shop)]
    assert (await _send(center, both)).status_code == 204
    assert "customer_by_id" not in _loaders(redis_server)


async def test_after_an_event_the_next_query_asks_again_and_the_memory_is_no_way_round_it(
    center: OrderCenter, redis_server: RedisProcess
) -> None:
    await _loaded(center, redis_server)
    await center.data(PAGE, person=SHOPPER.id)
    await center.data(PAGE, person=SHOPPER.id)
    assert center.calls == []
    assert (await _send(center, _event("customer.updated", customerId=SHOPPER.id))).status_code == 204
    await center.data(PAGE, person=SHOPPER.id)
    assert sorted(call.path for call in center.calls) == ["customers:batchGet", "orders:search"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        _signed(b"[]", secret="somebody else's, and long enough too"),  # noqa: S106
        _signed(b"[]", age=600),
        # Made when the tests are collected, which can be long before this one runs.
        _signed(b"[]", age=-86_400),
        _signed(b"[ ]"),
        _signed(b"[]") | {"webhook-id": "another"},
        _signed(b"[]") | {"webhook-timestamp": "9" * 40},
        _signed(b"[]") | {"webhook-timestamp": "soon"},
    ],
)
async def test_what_is_not_signed_is_refused(center: OrderCenter, headers: dict[str, str]) -> None:
    answer = await _send(center, b"[]", headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'{"type": "order.updated"}',
        b'{"type": "order.updated", "data": {"orderId": "a:b{c}"}}',
        b'{"type": "order.updated", "data": {"orderId": "ord_1\\n"}}',
        b'{"type": "order.updated", "data": {}, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"\xff",
    ],
)
async def test_what_is_no_event_is_refused(center: OrderCenter, body: bytes) -> None:
    assert (await _send(center, body)).status_code == 400


async def test_a_body_over_the_cap_is_refused(center: OrderCenter) -> None:
    assert (await _send(center, b" " * 1_000_001, {})).status_code == 413


async def test_without_a_secret_there_is_no_such_endpoint(cached_center: OrderCenter) -> None:
    assert (await _send(cached_center, b"[]")).status_code == 404


async def test_when_redis_cannot_confirm_the_sender_is_told_to_send_again(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    own = RedisProcess().start()
    try:
        given = settings(services, issuer, redis_url=own.url, events_secret=SECRET)
        async with running(given, issuer) as center:
            own.kill()
            answer = await _send(center, _event("order.updated", orderId="ord_1"))
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
    finally:
        own.client.close()
        own.kill()


async def test_events_in_the_stream_are_followed_and_those_that_cannot_be_read_are_passed_over(
    center: OrderCenter, redis_server: RedisProcess
) -> None:
    _, shop, _ = await _loaded(center, redis_server)
    add = redis_server.client.xadd
    add(STREAM, {"event": b"\xff not one"})
    add(STREAM, {"something": "else"})
    add(STREAM, {"event": json.dumps(_event("customer.updated", customerId=SHOPPER.id))})
    add(STREAM, {"event": json.dumps(_event("shop.updated", shopId=shop))})
    async with asyncio.timeout(5):
        while f"oc3:v:{{{shop}}}:shop_by_id:{shop}" in redis_server.kept():  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.01)
    assert not {"customer_by_id", "orders_by_customer"} & _loaders(redis_server)
    async with asyncio.timeout(5):
        while redis_server.client.xpending(STREAM, "order-center")["pending"]:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.01)


async def test_the_command_invalidates_in_running_gateways(
    center: OrderCenter,
    redis_server: RedisProcess,
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
) -> None:
    await _loaded(center, redis_server)
    given = settings(services, issuer, redis_url=redis_server.url)
    names = ("order", "payment", "recs")
    environment = {f"{PREFIX}{name.upper()}_SERVICE_URL": services[name].url for name in names}
    environment |= {f"{PREFIX}{name.upper()}_SERVICE_TOKEN": "token" for name in names}
    environment |= {
        f"{PREFIX}REDIS_URL": redis_server.url,
        f"{PREFIX}REDIS_TIMEOUT": "2",
        f"{PREFIX}JWT_JWKS_URL": given.jwt_jwks_url or "",
        f"{PREFIX}JWT_ISSUER": given.jwt_issuer,
        f"{PREFIX}JWT_AUDIENCE": given.jwt_audience,
        f"{PREFIX}CURSOR_SECRET": given.cursor_secret,
    }
    command = [str(Path(sys.executable).with_name("order-center")), "cache", "invalidate"]

    async def run(*tags: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run, [*command, *tags], env=os.environ | environment, capture_output=True, text=True, check=False
        )

    done = await run(f"customer:{SHOPPER.id}")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert _loaders(redis_server) == {"shop_by_id"}
    assert (await run("no tag")).returncode == 1
