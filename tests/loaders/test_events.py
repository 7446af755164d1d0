"""Events from the stream: one that is odd takes no other with it, and one that could not be handled is handled soon."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
import pytest
from redis.asyncio import Redis

from downstream.record import Owned
from loaders import events
from loaders.feed import Feed
from loaders.follower import ABANDONED_SECONDS, FIELD, GROUP, STREAM, Follower
from loaders.hub import Happening, Hub, Interest
from tests.support.redis import RedisProcess
from tests.support.replica import Replica
from tests.support.things import Thing, Things
from tests.support.waiting import until

MINE = Owned("ann_a", "ann")
TYPES = frozenset({"customer.updated", "order.updated", "strange.updated"})
GOOD = b'{"type":"customer.updated","data":{"customerId":"ann"}}'
DEEP = (
    b'{"type":"order.updated","data":{"orderId":"ord_1","customerId":"ann"},"x":'
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}"
)
STRANGE = b'{"type":"strange.updated","data":{"customerId":"ann"}}'


def _about(order: str) -> bytes:
    return msgspec.json.encode({"type": "order.updated", "data": {"orderId": order, "customerId": "ann"}})


@pytest.mark.parametrize("body", [_about("ord_1\n"), _about("ord 1"), _about(""), _about("o" * 65), DEEP])
def test_what_is_no_event_is_a_decode_error(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        events.decode(body)


class Process(NamedTuple):
    """What a gateway's process has of the stream."""

    replica: Replica
    follower: Follower
    feed: Feed
    hub: Hub
    told: list[Happening]

    async def value(self) -> int:
        """Ann's thing, as a request finds it."""
        found = await self.replica.request().thing.load(MINE)
        assert isinstance(found, Thing)
        return found.value


@asynccontextmanager
async def following(things: Things, stream: RedisProcess, kept: RedisProcess) -> AsyncIterator[Process]:
    async with (
        Redis.from_url(stream.url, socket_timeout=3) as redis,
        Redis.from_url(kept.url) as cache,
        Replica(things, cache, seconds=0.2) as replica,
    ):
        hub = Hub()
        invalidator = replica._invalidator  # noqa: SLF001  the same
        one = Process(replica, Follower(redis, invalidator), Feed(redis, invalidator, hub), hub, [])
        hub.add(Interest("ann", TYPES), one.told.append)
        one.follower.start()
        await one.feed.start()
        one.told.clear()
        try:
            yield one
        finally:
            await one.feed.close()
            await one.follower.close()


def _pending(server: RedisProcess) -> int:
    summary: dict[str, int] = server.client.xpending(STREAM, GROUP)
    return summary["pending"]


@pytest.mark.parametrize("odd", [_about("ord_1\n"), DEEP])
async def test_an_event_that_cannot_be_read_is_passed_over_by_all(redis_server: RedisProcess, odd: bytes) -> None:
    things = Things()
    async with following(things, redis_server, redis_server) as one:
        assert await one.value() == 0
        await one.replica.filled()
        things.change("ann_a")
        redis_server.client.xadd(STREAM, {FIELD: odd})
        redis_server.client.xadd(STREAM, {FIELD: GOOD})
        await until(lambda: len(one.told) == 1)
        assert [happening.data and happening.data.customer_id for happening in one.told] == ["ann"]
        await until(lambda: _pending(redis_server) == 0)
        assert await one.value() == 1
        assert redis_server.client.xinfo_groups(STREAM)[0]["lag"] == 0


async def test_an_event_that_nobody_thought_of_takes_no_other_with_it(
    redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # As if a rule made what is no tag.
    monkeypatch.setitem(events._RULES, "strange.updated", lambda data: {"no kind": data.customer_id})  # noqa: SLF001
    things = Things()
    async with following(things, redis_server, redis_server) as one:
        assert await one.value() == 0
        await one.replica.filled()
        things.change("ann_a")
        # All of them are read at once.
        with redis_server.client.pipeline(transaction=True) as pipe:
            for body in (STRANGE, GOOD, STRANGE):
                pipe.xadd(STREAM, {FIELD: body})
            pipe.execute()
        await until(lambda: _pending(redis_server) == 0 and len(caplog.records) == 3)
        assert await one.value() == 1
        logged = [record.getMessage() for record in caplog.records]
        assert logged.count("an event that cannot be handled") == 2
        assert logged.count("events that cannot be handed on") == 1
        # Who waits is told that something is missing, and goes on.
        assert [happening.data for happening in one.told] == [None]
        redis_server.client.xadd(STREAM, {FIELD: GOOD})
        await until(lambda: len(one.told) == 2)
        assert one.told[1].data == events.Data(customer_id="ann")
        await until(lambda: _pending(redis_server) == 0)


async def test_an_event_whose_invalidation_failed_is_handled_as_soon_as_it_can_be(
    redis_server: RedisProcess, own_redis: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """The cache is in another Redis than the stream, so that it fails alone."""
    caplog.set_level("DEBUG", "loaders.follower")
    things = Things()
    async with following(things, redis_server, own_redis) as one:
        store = one.replica.cache.store
        assert store is not None
        assert await one.value() == 0
        await one.replica.filled()
        things.change("ann_a")
        os.kill(own_redis.pid, signal.SIGSTOP)
        await until(lambda: not store.is_up)
        redis_server.client.xadd(STREAM, {FIELD: GOOD})
        await until(lambda: "cannot follow the events: InvalidationError" in caplog.text)
        assert _pending(redis_server) == 1
        own_redis.resume()
        began = asyncio.get_running_loop().time()
        await until(lambda: _pending(redis_server) == 0)
        assert asyncio.get_running_loop().time() - began < ABANDONED_SECONDS / 2
        assert await one.value() == 1


async def test_what_was_read_and_lost_on_the_way_is_read_again(
    redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a connection is cut between Redis's answer and its reader."""
    things = Things()
    read: Any = Redis.xreadgroup
    lost: list[object] = []

    async def lose(redis: Redis, *arguments: object, **options: object) -> object:
        answer: object = await read(redis, *arguments, **options)
        if not lost and "customer.updated" in str(answer):
            lost.append(answer)
            raise ConnectionResetError
        return answer

    monkeypatch.setattr(Redis, "xreadgroup", lose)
    async with following(things, redis_server, redis_server) as one:
        assert await one.value() == 0
        await one.replica.filled()
        things.change("ann_a")
        redis_server.client.xadd(STREAM, {FIELD: GOOD})
        await until(lambda: bool(lost))
        assert _pending(redis_server) == 1
        await until(lambda: _pending(redis_server) == 0)
        assert await one.value() == 1
