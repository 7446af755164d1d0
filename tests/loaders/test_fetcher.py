"""Who joins a fetch, and what becomes of those who are late."""

import asyncio

import pytest

from downstream.errors import DownstreamTimeoutError, KeyRefusedError
from tests.support.redis import RedisProcess
from tests.support.replica import connected
from tests.support.things import Fact, Things


def _mgets(redis_server: RedisProcess) -> int:
    return int(redis_server.client.info("commandstats").get("cmdstat_mget", {"calls": 0})["calls"])


@pytest.mark.parametrize("turns", range(2, 9))
async def test_who_asks_when_a_fetch_has_failed_does_not_get_that_failure(
    redis_server: RedisProcess, turns: int
) -> None:
    things = Things()
    async with connected(things, redis_server, memory_bytes=0) as one:
        things.refused = {"a"}
        assert isinstance((await one.request().fact.load_all(["a"]))[0], KeyRefusedError)
        things.refused = set()
        second = asyncio.ensure_future(one.request().fact.load_all(["a"]))
        for _ in range(turns):
            await asyncio.sleep(0)
        # While the loop stands still, Redis ends the failed fetch's lease and tells the second that there is nothing.
        redis_server.client.ping()
        assert await second == [Fact(id="a", value=0)]
        assert things.calls == [["a"], ["a"]]
        await one.filled()


async def test_who_is_late_does_not_ask_again_and_again_for_what_is_fetched_elsewhere(
    redis_server: RedisProcess,
) -> None:
    things = Things()
    async with connected(things, redis_server) as one:
        redis_server.client.set("oc3:l:{a}:fact:a", "another's", px=60_000)
        before = _mgets(redis_server)
        with pytest.raises(DownstreamTimeoutError):
            await one.request(seconds=0.1).fact.load("a")
        async with asyncio.timeout(0.5):
            await one.filled()
        # Each time it waits for half of what is left.
        assert 2 < _mgets(redis_server) - before < 30
        assert things.calls == []
