"""What a new connection to Redis is used for, and from when on."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from tests.support.redis import RedisProcess
from tests.support.replica import Replica
from tests.support.things import Fact, Things


@asynccontextmanager
async def replica(things: Things, server: RedisProcess, memory_bytes: int = 1_000_000) -> AsyncIterator[Replica]:
    async with (
        Redis.from_url(server.url) as redis,
        Replica(things, redis, memory_bytes=memory_bytes) as one,
    ):
        yield one


async def _restarted(one: Replica) -> None:
    """Return once it is noticed that a connection was lost, and there is another."""
    store = one.cache.store
    assert store is not None
    async with asyncio.timeout(10):
        while store.is_up:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0)
        while not store.is_up:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.02)


async def test_what_was_fetched_before_redis_lost_its_data_is_not_kept(own_redis: RedisProcess) -> None:
    """What it knew of invalidations is lost, too."""
    things = Things()
    async with replica(things, own_redis) as one, replica(things, own_redis) as other:
        things.gate = asyncio.Event()
        early = asyncio.ensure_future(one.request().fact.load("a"))
        await things.asked(1)
        things.change("a")
        await other.invalidate("fact:a")
        own_redis.kill()
        own_redis.start()
        await asyncio.gather(_restarted(one), _restarted(other))
        things.gate.set()
        things.gate = None
        assert await early == Fact(id="a", value=0)
        await one.filled()
        assert own_redis.kept() == []
        assert one.cache.tally.refused == 1
        for each in (other, one):
            assert await each.request().fact.load("a") == Fact(id="a", value=1)
            await each.filled()
        # What is fetched from now on is kept.
        assert things.calls == [["a"], ["a"]]
        assert own_redis.kept() == ["oc3:v:{a}:fact:a"]


async def test_a_redis_is_not_used_before_its_time_is_known(own_redis: RedisProcess) -> None:
    things = Things()
    async with replica(things, own_redis) as other:
        await other.request().quick.load("a")
        await other.filled()
    things.change("a")
    await asyncio.sleep(0.21)
    async with Redis.from_url(own_redis.url) as redis:
        one = Replica(things, redis)
        store = one.cache.store
        assert store is not None
        start = asyncio.ensure_future(one.sources.start())
        while not store.is_up:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0)
        assert abs(store.now() - time.time()) < 1
        assert await one.request().quick.load("a") == Fact(id="a", value=1)
        await start
        await one.sources.close()
