"""Several replicas over one Redis: nothing older than the last invalidation, and one fetch for all of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redis.asyncio import Redis

from downstream.record import Owned
from loaders import scripts
from tests.support.redis import RedisProcess
from tests.support.replica import Replica
from tests.support.things import Fact, Thing, Things

MINE = Owned("ann_a", "ann")


@asynccontextmanager
async def replicas(
    things: Things, redis_server: RedisProcess, count: int = 2, memory_bytes: int = 1_000_000
) -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(count):
            redis = Redis.from_url(redis_server.url)
            stack.push_async_callback(redis.aclose)
            made.append(await stack.enter_async_context(Replica(things, redis, memory_bytes=memory_bytes)))
        yield made


def _mgets(redis_server: RedisProcess) -> int:
    return int(redis_server.client.info("commandstats").get("cmdstat_mget", {"calls": 0})["calls"])


async def test_all_loaders_of_all_requests_of_a_turn_share_one_mget(redis_server: RedisProcess) -> None:
    things = Things()
    async with replicas(things, redis_server, 1, memory_bytes=0) as (one,):
        before = _mgets(redis_server)
        a, b = one.request(), one.request()
        await asyncio.gather(a.fact.load_all(["x", "y"]), b.fact.load("x"), a.thing.load(MINE), b.quick.load("z"))
        assert _mgets(redis_server) - before == 1
        await one.filled()
        before, fetches = _mgets(redis_server), len(things.calls)
        await asyncio.gather(one.request().fact.load_all(["x", "y"]), one.request().thing.load(MINE))
        assert _mgets(redis_server) - before == 1
        assert len(things.calls) == fetches


@pytest.mark.parametrize("tag", ["thing:ann_a", "things:ann", "customer:ann"])
async def test_a_value_fetched_before_an_invalidation_never_lands(redis_server: RedisProcess, tag: str) -> None:
    things = Things()
    async with replicas(things, redis_server) as (one, other):
        things.gate = asyncio.Event()
        early = asyncio.ensure_future(one.request().thing.load(MINE))
        await things.asked(1)
        things.change("ann_a")
        await other.invalidate(tag)
        late = asyncio.ensure_future(one.request().thing.load(MINE))
        elsewhere = asyncio.ensure_future(other.request().thing.load(MINE))
        await asyncio.sleep(0.05)
        things.gate.set()
        assert await early == Thing(id="ann_a", customer_id="ann", value=0)
        new = Thing(id="ann_a", customer_id="ann", value=1)
        assert await late == new
        assert await elsewhere == new
        await one.filled()
        await other.filled()
        for replica in (one, other):
            assert await replica.request().thing.load(MINE) == new
        (kept,) = redis_server.kept()
        assert b'"value":1' in redis_server.value(kept)


async def test_who_asks_after_an_invalidation_does_not_wait_for_the_lease_of_a_fetch_from_before(
    redis_server: RedisProcess,
) -> None:
    things = Things()
    async with replicas(things, redis_server) as (one, other):
        things.gate = asyncio.Event()
        early = asyncio.ensure_future(one.request().thing.load(MINE))
        await things.asked(1)
        things.change("ann_a")
        await other.invalidate("customer:ann")
        late = [asyncio.ensure_future(replica.request().thing.load(MINE)) for replica in (one, other)]
        await asyncio.sleep(0.05)
        things.gate.set()
        things.gate = None
        assert await early == Thing(id="ann_a", customer_id="ann", value=0)
        async with asyncio.timeout(0.5):
            assert await asyncio.gather(*late) == [Thing(id="ann_a", customer_id="ann", value=1)] * 2
        await one.filled()
        await other.filled()
        assert list(redis_server.client.scan_iter("oc3:l:*")) == []
        assert things.calls == [["ann_a"]] * 2
        assert one.cache.tally.refused + other.cache.tally.refused == 1


async def test_an_invalidation_that_was_cut_short_is_finished_by_the_next(redis_server: RedisProcess) -> None:
    """The first is killed when it knows the names and has deleted none; its sender is not answered and sends again."""
    things = Things()
    async with replicas(things, redis_server) as (one, other):
        assert await one.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=0)
        await one.filled()
        value = things.change("ann_a")
        store = one.cache.store
        assert store is not None
        names = [f"oc3:{kind}:{{customer:ann}}" for kind in ("t", "m", "d")]
        taken = redis_server.client.evalsha(scripts.TAKE.digest, 3, *names, store.epoch + 1, 60_000)
        assert taken == [name.encode() for name in redis_server.kept()]
        await other.invalidate("customer:ann")
        for replica in (one, other):
            found = await replica.request().thing.load(MINE)
            assert found == Thing(id="ann_a", customer_id="ann", value=value)
        await one.filled()
        # Nothing is left for a third, but what was kept since.
        assert redis_server.client.zrange("oc3:d:{customer:ann}", 0, -1) == []
        await other.invalidate("customer:ann")
        assert redis_server.kept() == []


async def test_what_one_replica_remembers_another_ones_invalidation_takes(redis_server: RedisProcess) -> None:
    things = Things()
    async with replicas(things, redis_server) as (one, other):
        for replica in (one, one, other, one, other):
            assert await replica.request().fact.load("a") == Fact(id="a", value=0)
            await replica.filled()
        assert (one.cache.tally.memory, other.cache.tally.memory) == (1, 1)
        assert things.calls == [["a"]]
        for value in range(1, 100):
            things.change("a")
            await (one if value % 2 else other).invalidate("fact:a")
            # A request comes over a socket, so what came over others before it is read before it begins.
            await asyncio.sleep(0)
            for replica in (one, other):
                assert await replica.request().fact.load("a") == Fact(id="a", value=value)


async def test_a_hot_key_is_fetched_once_for_all_requests_of_all_replicas(redis_server: RedisProcess) -> None:
    things = Things()
    things.seconds = 0.05
    async with replicas(things, redis_server, 3) as three:
        for _ in range(3):
            loads = [replica.request().quick.load("hot") for replica in three for _ in range(20)]
            answers = await asyncio.gather(*loads)
            assert answers == [Fact(id="hot", value=0)] * 60
            await asyncio.sleep(0.3)
        assert things.calls == [["hot"]] * 3


async def test_a_lease_that_nobody_ends_holds_nobody_up_for_long(redis_server: RedisProcess) -> None:
    things = Things()
    async with replicas(things, redis_server, 1) as (one,):
        redis_server.client.set("oc3:l:{a}:fact:a", "of one that was killed", px=1000)
        async with asyncio.timeout(5):
            assert await one.request().fact.load("a") == Fact(id="a", value=0)
        assert things.calls == [["a"]]


async def test_a_value_that_comes_while_the_answer_is_that_another_fetches_it_is_not_waited_for(
    redis_server: RedisProcess,
) -> None:
    things = Things()
    async with replicas(things, redis_server, 1) as (one,):
        raw = redis_server.client
        await one.request().fact.load("a")
        await one.filled()
        value = redis_server.value("oc3:v:{a}:fact:a")
        raw.delete("oc3:v:{a}:fact:a")
        raw.set("oc3:l:{a}:fact:a", "another's", px=60_000)
        load = asyncio.ensure_future(one.request().fact.load("a"))
        while all(client["cmd"] != "set" for client in raw.client_list()):  # noqa: ASYNC110  Redis tells nobody
            await asyncio.sleep(0)
        # The loop stands still, so it learns of the refusal and of the value in one step.
        raw.set("oc3:v:{a}:fact:a", value, px=60_000)
        async with asyncio.timeout(0.5):
            assert await load == Fact(id="a", value=0)
        assert things.calls == [["a"]]


async def test_who_waits_for_another_replicas_fetch_that_fails_tries_it_at_once(redis_server: RedisProcess) -> None:
    things = Things()
    things.gate = asyncio.Event()
    async with replicas(things, redis_server) as (one, other):
        things.refused = {"a"}
        first = asyncio.ensure_future(one.request().fact.load_all(["a"]))
        await things.asked(1)
        second = asyncio.ensure_future(other.request().fact.load_all(["a"]))
        await asyncio.sleep(0.05)
        things.refused = set()
        async with asyncio.timeout(0.9):
            things.gate.set()
            assert isinstance((await first)[0], Exception)
            assert await second == [Fact(id="a", value=0)]


async def test_a_value_is_refreshed_early_once_while_it_is_still_served(redis_server: RedisProcess) -> None:
    things = Things()
    async with replicas(things, redis_server) as (one, other):
        await one.request().aging.load("a")
        await one.filled()
        await asyncio.sleep(0.06)
        things.change("a")
        things.gate = asyncio.Event()
        for replica in (one, other, one, other):
            assert await replica.request().aging.load("a") == Fact(id="a", value=0)
        await things.asked(2)
        things.gate.set()
        await one.filled()
        await other.filled()
        assert things.calls == [["a"], ["a"]]
        assert await one.request().aging.load("a") == Fact(id="a", value=1)
        assert one.cache.tally.refreshed + other.cache.tally.refreshed >= 1


async def test_while_a_service_is_down_a_value_is_served_beyond_its_time(redis_server: RedisProcess) -> None:
    things = Things()
    async with replicas(things, redis_server, 1) as (one,):
        await one.request().quick.load("a")
        await one.filled()
        await asyncio.sleep(0.25)
        things.down = True
        assert await one.request().quick.load("a") == Fact(id="a", value=0)
        assert one.cache.tally.stale == 1
        await one.invalidate("fact:a")
        (failed,) = await one.request().quick.load_all(["a"])
        assert isinstance(failed, Exception)


async def test_what_does_not_exist_is_remembered_until_it_is_made(redis_server: RedisProcess) -> None:
    things = Things()
    things.gone = {"ann_a"}
    async with replicas(things, redis_server) as (one, other):
        for replica in (one, other, one):
            assert await replica.request().thing.load(MINE) is None
            await replica.filled()
        assert things.calls == [["ann_a"]]
        things.gone = set()
        await other.invalidate("thing:ann_a")
        assert await one.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=0)


async def test_nobody_gets_what_is_somebody_elses_from_any_tier(redis_server: RedisProcess) -> None:
    things = Things()
    async with replicas(things, redis_server) as (one, other):
        for _ in range(2):
            for replica in (one, other):
                assert await replica.request().thing.load(MINE) == Thing(id="ann_a", customer_id="ann", value=0)
                assert await replica.request().thing.load(Owned("ann_a", "bob")) is None
                await replica.filled()


async def test_what_staff_read_is_kept_nowhere_and_never_joined_late(redis_server: RedisProcess) -> None:
    things = Things()
    anybodys = Owned("ann_a", None)
    async with replicas(things, redis_server, 1) as (one,):
        things.gate = asyncio.Event()
        first = asyncio.ensure_future(one.request().thing.load(anybodys))
        await things.asked(1)
        things.change("ann_a")
        second = asyncio.ensure_future(one.request().thing.load(anybodys))
        await things.asked(2)
        things.gate.set()
        assert [(await first), (await second)] == [
            Thing(id="ann_a", customer_id="ann", value=0),
            Thing(id="ann_a", customer_id="ann", value=1),
        ]
        await one.filled()
        assert redis_server.kept() == []
        assert one.cache.memory is not None
        assert len(one.cache.memory) == 0
