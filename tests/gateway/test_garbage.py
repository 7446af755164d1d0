"""What was answered is let go at once: nothing of a request waits for Python's garbage collector."""

import gc
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec
import pytest

from gateway.app import create_app
from services.people import SHOPPER
from tests.support.center import settings, token
from tests.support.raw import Client
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess, free_port
from tests.support.serving import serving

# What the process leaves by itself, such as an error of Redis' while things are set up, is less than one for each.
TIMES = 100
PAGE = """{ viewer { displayName handle orders(first: 5) { nodes { number status financialStatus shop { name }
    lineItems { title product { title price { amount } } } payments { kind amount { amount } } } } } }"""
BODIES = {
    "a page": PAGE,
    "a document that is refused": "{ viewer { nothing } }",
    "variables that do not fit": "query ($id: ID!) { user(id: $id) { id } }",
    "what graphql-core executes": "{ __schema { queryType { name } } viewer { displayName } }",
    "a change": 'mutation { cancelOrder(input: {orderId: "x", reason: OTHER}) { userErrors { code } } }',
}


@asynccontextmanager
async def _asking(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, **given: object
) -> AsyncIterator[Client]:
    app = create_app(settings(services, issuer, **given))
    async with app.router.lifespan_context(app), serving(app) as port, await Client.to(port) as client:
        yield client


def _request(document: str, issuer: ServiceProcess) -> bytes:
    body = msgspec.json.encode({"query": document})
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return f"{head}authorization: Bearer {token(issuer.url, SHOPPER.id, None)}\r\n\r\n".encode() + body


async def _left_by(client: Client, request: bytes) -> Counter[str]:
    """Return the kinds of objects that so many requests leave to the collector, after as many before them."""
    for _ in range(TIMES):
        client.send(request)
        await client.answer()
    gc.collect()
    gc.disable()
    try:
        for _ in range(TIMES):
            client.send(request)
            await client.answer()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return Counter(type(one).__qualname__ for one in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("kind", BODIES)
async def test_nothing_is_left(services: Mapping[str, ServiceProcess], issuer: ServiceProcess, kind: str) -> None:
    async with _asking(services, issuer, memory_bytes=0) as client:
        left = await _left_by(client, _request(BODIES[kind], issuer))
    assert left.total() < TIMES, left


async def test_nothing_is_left_where_a_service_is_gone(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    async with _asking(services, issuer, memory_bytes=0, payment_service_url=gone) as client:
        left = await _left_by(client, _request(PAGE, issuer))
    assert left.total() < TIMES, left


@pytest.mark.parametrize("memory_bytes", [0, 10_000_000])
async def test_nothing_is_left_of_what_a_cache_has(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess, memory_bytes: int
) -> None:
    async with _asking(services, issuer, redis_url=redis_server.url, memory_bytes=memory_bytes) as client:
        left = await _left_by(client, _request(PAGE, issuer))
    assert left.total() < TIMES, left
