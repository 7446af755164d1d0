"""Whole answers are kept while all that they were made of is: quicker, and byte for byte what they would be anew."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from services.people import SHOPPER, TROUBLED
from tests.support.center import OrderCenter, running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

PAGE = """query Page($first: Int!) { viewer { displayName orders(first: $first) { nodes { number financialStatus
    shop { name } lineItems { product { title price { amount } } } } } tags(first: 5) { nodes { note } } } }"""
MEMORY = {"in memory": 64_000_000, "in Redis": 0}


@pytest.fixture(params=MEMORY)
async def keeping_center(
    request: pytest.FixtureRequest,
    services: Mapping[str, ServiceProcess],
    issuer: ServiceProcess,
    redis_server: RedisProcess,
) -> AsyncIterator[OrderCenter]:
    """A gateway that keeps answers in its memory, or in Redis where it has no memory to keep them in."""
    given = settings(services, issuer, redis_url=redis_server.url, memory_bytes=MEMORY[request.param])
    async with running(given, issuer) as one:
        yield one


def _reads(redis_server: RedisProcess) -> int:
    """Return how many times values were read so far."""
    stats = redis_server.client.info("commandstats")
    return int(stats.get("cmdstat_mget", {}).get("calls", 0))


async def _warm(center: OrderCenter, redis_server: RedisProcess, person: str, first: int = 10) -> bytes:
    """Ask until nothing that the answer is made of is read any more, and return the answer."""
    async with asyncio.timeout(5):
        while True:
            before = _reads(redis_server)
            answer = await center.post(PAGE, {"first": first}, person=person)
            if not center.calls and _reads(redis_server) == before:
                return answer.content
            await asyncio.sleep(0.01)


async def test_a_warm_answer_is_read_whole_and_is_what_it_would_be_anew(
    keeping_center: OrderCenter, redis_server: RedisProcess
) -> None:
    first = (await keeping_center.post(PAGE, {"first": 10}, person=SHOPPER.id)).content
    assert len(keeping_center.calls) > 3
    assert await _warm(keeping_center, redis_server, SHOPPER.id) == first
