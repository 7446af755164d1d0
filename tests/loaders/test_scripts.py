"""What Redis does in one step."""

from downstream.record import Owned
from tests.support.redis import RedisProcess
from tests.support.replica import connected
from tests.support.things import Fact, Things


async def test_a_full_redis_confirms_invalidations_and_takes_nothing_more(own_redis: RedisProcess) -> None:
    things = Things()
    mine = [Owned(f"p{number}_a", f"p{number}") for number in range(20)]

    async def seen() -> set[int | None]:
        found = [await one.request().thing.load(key) for key in mine]
        await one.filled()
        return {None if thing is None else thing.value for thing in found}

    async with connected(things, own_redis, memory_bytes=0) as one, connected(things, own_redis) as other:
        assert await seen() == {0}
        await one.request().fact.load("a")
        await one.filled()
        assert len(own_redis.kept()) == 21
        own_redis.client.config_set("maxmemory", 1)
        for key in mine:
            things.change(key.id)
            await other.invalidate(f"customer:{key.owner}")
        await other.invalidate("fact:a")
        assert own_redis.kept() == []
        keys = set(own_redis.keys())
        assert not any("customer" in key for key in keys if key.startswith("oc3:t:"))
        assert await seen() == {1}
        assert await one.request().fact.load("a") == Fact(id="a", value=0)
        await one.filled()
        # No value, no lease, and no place in an index of what is not there.
        assert set(own_redis.keys()) <= keys
        own_redis.client.config_set("maxmemory", 0)
        assert await seen() == {1}
        assert len(own_redis.kept()) == 20
