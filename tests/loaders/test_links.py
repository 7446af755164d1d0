"""What a new connection to Redis is used for, and from when on."""

import asyncio
import time

import pytest
from redis.asyncio import Redis

from tests.support.redis import RedisProcess
from tests.support.replica import Replica, connected
from tests.support.things import Fact, Things


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
    async with connected(things, own_redis) as one, connected(things, own_redis) as other:
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


@pytest.mark.parametrize(
    ("policy", "warnings"),
    [
        (
            "allkeys-lru",
            ["Redis evicts (maxmemory-policy allkeys-lru), so invalidations can miss values: it should be noeviction"],
        ),
        ("noeviction", []),
    ],
)
async def test_a_redis_that_evicts_is_warned_of_once(
    own_redis: RedisProcess, caplog: pytest.LogCaptureFixture, policy: str, warnings: list[str]
) -> None:
    own_redis.client.config_set("maxmemory-policy", policy)
    async with connected(Things(), own_redis) as one:
        assert caplog.messages == warnings
        own_redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await _restarted(one)
        assert caplog.messages == [*warnings, "the connection to Redis is lost"]


async def test_a_redis_that_does_not_tell_its_policy_is_used(
    own_redis: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.client.config_set("maxmemory-policy", "allkeys-lru")
    own_redis.command("ACL", "SETUSER", "default", "-config")
    async with connected(Things(), own_redis) as one:
        await one.request().fact.load("a")
        await one.filled()
        assert own_redis.kept() == ["oc3:v:{a}:fact:a"]
        assert caplog.messages == []


async def test_a_redis_is_not_used_before_its_time_is_known(own_redis: RedisProcess) -> None:
    things = Things()
    async with connected(things, own_redis) as other:
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
