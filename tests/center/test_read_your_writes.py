"""What a person changed through one replica, their next query shows through any other."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from functools import partial

import pytest

from services.people import SHOPPER
from tests.support.center import OrderCenter, talking
from tests.support.changes import change, order_with
from tests.support.gateway import GatewayProcess
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

TIMES = 40


@pytest.fixture
async def replicas(
    changed_services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> AsyncIterator[list[OrderCenter]]:
    """Two gateways, each a process, on one Redis."""
    with ExitStack() as processes:
        # A busy machine must not cut anything short, and this person asks more than a person does.
        given = {"REQUEST_TIMEOUT": 20, "REDIS_TIMEOUT": 5, "RATE_PER_PERSON": 1_000_000, "RATE_PER_CLIENT": 1_000_000}
        replica = partial(GatewayProcess, changed_services, issuer, REDIS_URL=redis_server.url, **given)
        started = [processes.enter_context(replica()) for _ in range(2)]
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(talking(one.url, issuer)) for one in started]


TAGS = "query ($first: Int!) { viewer { tags(first: $first) { nodes { id note } } } }"


async def _note(replica: OrderCenter, first: int = 1) -> tuple[str, str]:
    tag = (await replica.data(TAGS, {"first": first}, person=SHOPPER.id))["viewer"]["tags"]["nodes"][0]
    return tag["id"], tag["note"]


async def test_the_next_query_through_any_replica_shows_the_change(replicas: list[OrderCenter]) -> None:
    """While others of the person's queries fill the caches at any moment."""
    tag, _ = await _note(replicas[0])
    written, seen = -1, 0
    stale: list[tuple[int, str]] = []
    ended = asyncio.Event()

    async def read(replica: OrderCenter) -> None:
        nonlocal seen
        # Pages of many sizes, so that some are always being fetched while the tag changes.
        sizes = itertools.cycle(range(1, 9))
        while not ended.is_set():
            before, first = written, next(sizes)
            _, note = await _note(replica, first)
            seen += 1
            if before >= 0 and int(note or -1) < before:
                stale.append((before, note))

    readers = [asyncio.create_task(read(replica)) for replica in replicas * 2]
    try:
        for number in range(TIMES):
            await change(replicas[number % 2], "updateTag", person=SHOPPER.id, tagId=tag, note=str(number))
            written = number
            notes = [await _note(replica) for replica in (replicas[1 - number % 2], replicas[number % 2])]
            assert notes == [(tag, str(number))] * 2
            async with asyncio.timeout(20):
                # On a busy machine, too, others read between any two changes.
                while seen <= number + 1:  # noqa: ASYNC110  nobody tells
                    await asyncio.sleep(0.005)
    finally:
        ended.set()
        await asyncio.gather(*readers)
    assert stale == []
    assert seen > TIMES


async def test_every_list_that_shows_it_shows_the_change(replicas: list[OrderCenter]) -> None:
    page = """{ viewer { orderCenter { unreadUpdates toPay toShip cancelled }
        orders(first: 100, filter: {status: [CANCELLED]}) { totalCount nodes { id } } } }"""
    order = await order_with(replicas[0], "CANCEL", SHOPPER.id)
    one = (
        "query ($id: ID!) { order(id: $id) { status timeline { kind } } node(id: $id) { id ... on Order { status } } }"
    )
    before = []
    for replica in replicas:
        before.append((await replica.data(page, person=SHOPPER.id))["viewer"])
        await replica.data(one, {"id": order["id"]}, person=SHOPPER.id)
    assert before[0] == before[1]
    await change(replicas[0], "cancelOrder", person=SHOPPER.id, orderId=order["id"])
    for replica in reversed(replicas):
        viewer = (await replica.data(page, person=SHOPPER.id))["viewer"]
        assert viewer["orderCenter"]["cancelled"] == before[0]["orderCenter"]["cancelled"] + 1
        assert viewer["orders"]["totalCount"] == before[0]["orders"]["totalCount"] + 1
        assert {"id": order["id"]} in viewer["orders"]["nodes"]
        found = await replica.data(one, {"id": order["id"]}, person=SHOPPER.id)
        assert found["order"]["status"] == found["node"]["status"] == "CANCELLED"
        assert found["order"]["timeline"][-1] == {"kind": "CANCELLED"}
