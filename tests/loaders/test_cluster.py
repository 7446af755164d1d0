"""The cache in a real Redis Cluster: keys of many slots, invalidation across nodes, and a primary that dies."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import RedisCluster as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot

from downstream.record import Owned
from loaders.invalidation import InvalidationError
from tests.support.cluster import SLOTS, RedisCluster
from tests.support.replica import Replica
from tests.support.things import Fact, Thing, Things

KEYS = [f"k{number}" for number in range(60)]
MINE = Owned("ann_a", "ann")


@pytest.fixture
def cluster() -> Iterator[RedisCluster]:
    with RedisCluster() as one:
        yield one


@pytest.fixture
def things() -> Things:
    return Things()


@pytest.fixture
async def two(cluster: RedisCluster, things: Things) -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            client = Client.from_url(cluster.url, socket_timeout=1, retry=Retry(NoBackoff(), 0))
            stack.push_async_callback(client.aclose)
            made.append(await stack.enter_async_context(Replica(things, client, seconds=0.5)))
        yield made


async def test_values_are_kept_shared_and_invalidated_through_a_failover(
    cluster: RedisCluster, things: Things, two: list[Replica]
) -> None:
    one, other = two
    nodes = {key_slot(key.encode()) * 3 // SLOTS for key in KEYS}
    assert nodes == {0, 1, 2}
    facts = [Fact(id=key, value=0) for key in KEYS]
    for replica in (one, other, one, other):
        assert await replica.request().fact.load_all(KEYS) == facts
        assert await replica.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=0)
        await replica.filled()
    assert sorted(things.calls) == [["ann_a"], KEYS]
    assert len(cluster.kept()) == len(KEYS) + 1
    assert (one.cache.tally.memory, other.cache.tally.memory) == (0, len(KEYS) + 1)

    for thing in (*KEYS, "ann_a"):
        things.change(thing)
    await other.invalidate("customer:ann", *(f"fact:{key}" for key in KEYS[:30]))
    await asyncio.sleep(0.1)
    for replica in (one, other):
        seen = await replica.request().fact.load_all(KEYS)
        assert seen == [Fact(id=key, value=1) for key in KEYS[:30]] + facts[30:]
        assert await replica.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=1)
        await replica.filled()
    assert len(things.calls) == 4

    await asyncio.to_thread(cluster.fail_over)
    async with asyncio.timeout(20):
        while True:
            for thing in (*KEYS, "ann_a"):
                things.change(thing)
            # Until the new primary is known, invalidations say that they failed.
            try:
                await one.invalidate("customer:ann", *(f"fact:{key}" for key in KEYS))
                break
            except InvalidationError:
                await asyncio.sleep(0.2)
    await asyncio.sleep(0.1)
    now = things.changes["k0"]
    for replica in (one, other, one, other):
        assert await replica.request().fact.load_all(KEYS) == [Fact(id=key, value=now) for key in KEYS]
        assert await replica.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=now)
        await replica.filled()
    calls = len(things.calls)
    await one.request().fact.load_all(KEYS)
    assert len(things.calls) == calls
    assert len(cluster.kept()) == len(KEYS) + 1
