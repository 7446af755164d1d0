"""The cache in a real Redis Cluster: keys of many slots, invalidation across nodes, nodes that die or are away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress

import pytest
from redis.asyncio import RedisCluster as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot

from downstream.record import Owned
from loaders import feed, follower
from loaders.failures import FAILURES
from loaders.feed import Feed
from loaders.follower import FIELD, STREAM, Follower
from loaders.hub import Happening, Hub, Interest
from loaders.invalidation import InvalidationError
from tests.support.cluster import SLOTS, RedisCluster
from tests.support.replica import Replica
from tests.support.things import Fact, Thing, Things
from tests.support.waiting import until

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


async def test_a_cluster_that_is_away_for_a_moment_is_used_and_followed_again(
    cluster: RedisCluster, things: Things, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module in (follower, feed):
        monkeypatch.setattr(module, "BLOCK_SECONDS", 0.1)
    caplog.set_level("DEBUG", "loaders")

    def client() -> Client:
        return Client.from_url(cluster.url, socket_timeout=0.3, retry=Retry(NoBackoff(), 0))

    def is_noticed() -> bool:
        failed = {record.name for record in caplog.records if record.args == ("RedisClusterException",)}
        return failed == {"loaders.links", "loaders.follower", "loaders.feed"}

    told: list[Happening] = []
    hub = Hub()
    hub.add(Interest("ann", frozenset({"customer.updated"})), told.append)
    async with AsyncExitStack() as stack:
        keeping, streams, other = client(), client(), client()
        for redis in (keeping, streams, other):
            stack.push_async_callback(redis.aclose)
        replica = await stack.enter_async_context(Replica(things, keeping, seconds=0.3))
        store = replica.cache.store
        assert store is not None
        following = Follower(streams, replica._invalidator)  # noqa: SLF001  the same
        following.start()
        stack.push_async_callback(following.close)
        feeding = Feed(streams, replica._invalidator, hub)  # noqa: SLF001  the same
        await feeding.start()
        stack.push_async_callback(feeding.close)
        assert await replica.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=0)
        await replica.filled()
        cluster.freeze()
        try:
            await until(is_noticed, 20)
            # Who starts meanwhile comes up without it.
            late = await stack.enter_async_context(Replica(things, other, seconds=0.3))
            assert late.cache.store is not None
            assert not late.cache.store.is_up
            assert await late.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=0)
        finally:
            cluster.resume()
        await until(lambda: store.is_up and late.cache.store is not None and late.cache.store.is_up, 20)
        things.change("ann_a")
        told.clear()
        async with asyncio.timeout(20):
            while True:
                # Until its nodes have found each other again, some refuse.
                with suppress(*FAILURES):
                    await streams.xadd(STREAM, {FIELD: b'{"type":"customer.updated","data":{"customerId":"ann"}}'})
                    break
                await asyncio.sleep(0.1)
        await until(lambda: any(happening.data is not None for happening in told), 20)
        async with asyncio.timeout(20):
            while True:
                (group,) = await streams.xinfo_groups(STREAM)
                if (group["lag"], group["pending"]) == (0, 0):
                    break
                await asyncio.sleep(0.05)
        for one in (replica, late):
            assert await one.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=1)
