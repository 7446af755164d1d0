"""Two versions of the gateway over one Redis, as in a rolling restart: they share what they keep and break nothing."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from downstream.endpoint import Entity, SharedGet
from downstream.record import Record
from loaders.declaration import Declaration
from loaders.policy import Policy
from tests.support.redis import RedisProcess
from tests.support.replica import Replica, Request
from tests.support.things import Fact, Things
from tests.support.waiting import until


class Older(Record, frozen=True):
    """A fact before it had a value."""

    id: str


class Newer(Record, frozen=True):
    """A fact with a color, which not every service sends yet."""

    id: str
    value: int
    color: str


OLDER: Entity[str, Older] = SharedGet("order", "/v1/facts:batchGet", Older)
NEWER: Entity[str, Newer] = SharedGet("order", "/v1/facts:batchGet", Newer)


# The same name in other versions of the program.
class OfOlder(Request):
    fact = Declaration(OLDER, Policy(ttl=60, subject="fact"))  # type: ignore[assignment]


class OfNewer(Request):
    fact = Declaration(NEWER, Policy(ttl=60, subject="fact"))  # type: ignore[assignment]


@pytest.fixture
def things() -> Things:
    return Things()


@pytest.fixture
async def two(things: Things, redis_server: RedisProcess) -> AsyncIterator[tuple[Replica, Replica]]:
    async with (
        Redis.from_url(redis_server.url) as a,
        Redis.from_url(redis_server.url) as b,
        Replica(things, a) as one,
        Replica(things, b) as other,
    ):
        yield one, other


async def test_what_an_older_version_keeps_has_all_that_a_newer_one_reads(
    two: tuple[Replica, Replica], things: Things, redis_server: RedisProcess
) -> None:
    older, newer = two
    assert await OfOlder(older.sources).fact.load("a") == Older(id="a")
    await until(lambda: bool(redis_server.kept()))
    assert await newer.request().fact.load("a") == Fact(id="a", value=0)
    assert things.calls == [["a"]]


async def test_what_a_newer_version_keeps_is_read_by_an_older_one_and_invalidated_by_either(
    two: tuple[Replica, Replica], things: Things, redis_server: RedisProcess
) -> None:
    older, newer = two
    assert await newer.request().fact.load("a") == Fact(id="a", value=0)
    await until(lambda: bool(redis_server.kept()))
    assert await OfOlder(older.sources).fact.load("a") == Older(id="a")
    assert things.calls == [["a"]]
    things.change("a")
    await older.invalidate("fact:a")
    assert await newer.request().fact.load("a") == Fact(id="a", value=1)
    assert things.calls == [["a"]] * 2


async def test_what_a_newer_version_cannot_read_is_asked_for_again_and_the_older_one_goes_on(
    two: tuple[Replica, Replica], things: Things, redis_server: RedisProcess
) -> None:
    older, newer = two
    assert await older.request().fact.load("a") == Fact(id="a", value=0)
    await until(lambda: bool(redis_server.kept()))
    # The service does not send it: that is a fault of the service's, and not of what is kept.
    (found,) = await OfNewer(newer.sources).fact.load_all(["a"])
    assert type(found).__name__ == "DownstreamMalformedError"
    assert things.calls == [["a"]] * 2
    assert await older.request().fact.load("a") == Fact(id="a", value=0)
