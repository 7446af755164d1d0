"""What is kept and cannot be used, or cannot be checked, is not given out."""

from loaders.answers import Answers, Question
from tests.support.redis import RedisProcess
from tests.support.replica import connected
from tests.support.things import Fact, Things

A = Fact(id="a", value=0)


async def test_a_kept_value_that_is_nested_without_end_is_a_miss(own_redis: RedisProcess) -> None:
    things = Things()
    async with connected(things, own_redis, memory_bytes=0) as one:
        await one.request().fact.load("a")
        await one.filled()
        (name,) = own_redis.kept()
        own_redis.client.set(
            name, own_redis.value(name)[:-1] + b',"more":' + b"[" * 100_000 + b"]" * 100_000 + b"}", px=60_000
        )
        assert await one.request().fact.load("a") == A
        assert things.calls == [["a"], ["a"]]
        assert one.cache.tally.spoilt == 1


async def test_a_kept_answer_that_cannot_be_checked_is_not_given(own_redis: RedisProcess) -> None:
    things = Things()
    question = Question("ann", frozenset(), "{a}", None, b"{}")
    async with connected(things, own_redis, memory_bytes=0) as one, connected(things, own_redis) as other:
        await one.request().fact.load("a")
        await one.filled()
        request = one.request()
        await request.fact.load("a")
        parts = request.fact.parts()
        assert parts is not None
        answers = Answers(one.cache)
        answers.keep(question, b"old", 1, parts)
        found = await answers.find(question)
        assert found is not None
        assert found.body == b"old"
        await other.invalidate("fact:a")
        own_redis.client.script_flush()
        assert await answers.find(question) is None
