"""Rates: what one may ask for over time, in one process and in several, with Redis and without."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping

import pytest
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.admission import rate
from gateway.admission.rate import TOGETHER, Rates, settle_for_ever
from loaders.failures import FAILURES
from services.people import SHOPPER, TROUBLED
from tests.support.center import running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess
from tests.support.waiting import until

QUERY = "{ viewer { orders(first: 10) { nodes { id } } } }"


class Clock:
    """Time that stands still until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_bucket_is_spent_and_fills_up_again(clock: Clock) -> None:
    rates = Rates("person", per_second=10, burst=100)
    assert [rates.take("a", 60), rates.take("a", 40), rates.take("b", 100)] == [0, 0, 0]
    assert rates.take("a", 5) == pytest.approx(0.5)
    clock.now += 0.4
    assert rates.take("a", 5) == pytest.approx(0.1)
    clock.now += 0.1
    assert rates.take("a", 5) == 0
    clock.now += 1000
    assert rates.take("a", 100) == 0
    assert rates.take("a", 1) == pytest.approx(0.1)


def test_what_is_dearer_than_a_bucket_goes_through_when_it_is_full_and_is_paid_for(clock: Clock) -> None:
    rates = Rates("person", per_second=10, burst=100)
    assert rates.take("a", 300) == 0
    assert rates.take("a", 1) == pytest.approx(20.1)
    clock.now += 20
    assert rates.take("a", 300) == pytest.approx(10)


def test_what_is_given_back_was_never_spent(clock: Clock) -> None:
    rates = Rates("person", per_second=10, burst=100)
    assert rates.take("a", 300) == 0
    rates.give_back("a", 300)
    assert rates.take("a", 100) == 0
    rates.give_back("b", 10)
    assert rates.take("b", 100) == 0
    assert rates.take("b", 1) == pytest.approx(0.1)
    clock.now += 0.1
    assert rates.take("b", 1) == 0


def test_of_too_many_buckets_the_one_that_was_not_asked_for_in_the_longest_time_is_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "MAX_BUCKETS", 3)
    rates = Rates("person", per_second=10, burst=100)
    assert [rates.take(name, 100) for name in ("a", "b", "c")] == [0, 0, 0]
    assert rates.take("a", 1) == pytest.approx(0.1)
    assert rates.take("d", 100) == 0
    assert rates.take("a", 1) == pytest.approx(0.1)
    assert rates.take("b", 100) == 0
    assert rates.refused == 2
    clock.now += 0.1
    assert rates.take("a", 1) == 0


def test_without_a_rate_nobody_is_limited() -> None:
    rates = Rates("person", per_second=0, burst=0)
    assert [rates.take("a", 1e9) for _ in range(3)] == [0, 0, 0]


@pytest.fixture
async def redis(redis_server: RedisProcess) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_server.url) as one:
        yield one


async def test_replicas_know_of_each_other_after_a_moment(redis: Redis) -> None:
    here, there = (Rates("person", per_second=0.001, burst=100) for _ in range(2))
    assert here.take("a", 70) == there.take("a", 20) == 0
    for _ in range(2):
        await here.settle(redis)
        await there.settle(redis)
    # Only who has something to tell asks.
    assert there.take("a", 1) == 0
    await there.settle(redis)
    assert there.take("a", 10) > 0
    assert there.take("b", 100) == 0


async def test_each_of_many_has_their_own_bucket_though_they_are_settled_together(redis: Redis) -> None:
    here, there = Rates("person", per_second=0.001, burst=1000), Rates("person", per_second=0.001, burst=1000)
    people = range(2 * TOGETHER + 7)
    for number in people:
        assert here.take(f"cus_{number}", number) == 0
        assert there.take(f"cus_{number}", 1) == 0
    await here.settle(redis)
    await there.settle(redis)
    left = [round(there._buckets[f"cus_{number}"].left) for number in people]  # noqa: SLF001  nobody else shows it
    assert left == [1000 - 1 - number for number in people]


async def test_a_bucket_leaves_redis_when_it_is_full_again(redis: Redis, redis_server: RedisProcess) -> None:
    rates = Rates("client", per_second=10, burst=100)
    rates.take("shop app", 50)
    await rates.settle(redis)
    (key,) = [key for key in redis_server.keys() if "rate" in key]  # noqa: SIM118  not a mapping
    assert key == "order-center:rate:client:{shop app}"
    assert 5 <= int(str(redis_server.client.ttl(key))) <= 6


@pytest.mark.parametrize("kind", [Redis, RedisCluster])
async def test_nothing_is_forgotten_while_redis_is_away(
    redis_server: RedisProcess, redis: Redis, kind: type[Redis | RedisCluster]
) -> None:
    rates, other = (Rates("person", per_second=0.001, burst=100) for _ in range(2))
    rates.take("a", 80)
    nobody = kind(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    with pytest.raises(FAILURES):
        await rates.settle(nobody)
    await nobody.aclose()
    assert rates.take("a", 30) > 0
    await rates.settle(redis)
    other.take("a", 10)
    await other.settle(redis)
    assert other.take("a", 30) > 0
    assert redis_server.keys() != []


@pytest.mark.parametrize("kind", [Redis, RedisCluster])
async def test_what_was_spent_is_told_again_and_again_while_redis_is_away(
    kind: type[Redis | RedisCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "SECONDS_BETWEEN_SETTLEMENTS", 0.01)
    rates = Rates("person", per_second=0.001, burst=100)
    rates.take("a", 80)
    tries: list[Exception] = []
    settle = rates.settle

    async def counted(redis: Redis | RedisCluster) -> None:
        try:
            await settle(redis)
        except Exception as error:
            tries.append(error)
            raise

    monkeypatch.setattr(rates, "settle", counted)
    nobody = kind(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    settling = asyncio.create_task(settle_for_ever(nobody, [rates]))
    await until(lambda: len(tries) == 3)
    assert not settling.done()
    settling.cancel()
    await asyncio.wait({settling})
    await nobody.aclose()


async def test_who_asks_too_much_is_told_when_to_come_back_and_others_are_not_touched(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    changes = {"rate_per_person": 2.0, "rate_burst_seconds": 15.0, "redis_url": redis_server.url}
    async with running(settings(services, issuer, **changes), issuer) as center:
        answers = [await center.post(QUERY, person=SHOPPER.id) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert answers[-1].json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED"}
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 15
        assert center.calls == []
        assert (await center.post(QUERY, person=TROUBLED.id)).status_code == 200
        assert (await center.post("{ __typename }", person=None)).status_code == 200
        await asyncio.sleep(0.6)
    async with running(settings(services, issuer, **changes), issuer) as another:
        first = await another.post(QUERY, person=SHOPPER.id)
        await asyncio.sleep(0.6)
        assert (first.status_code, (await another.post(QUERY, person=SHOPPER.id)).status_code) == (200, 429)


async def test_all_who_use_one_program_share_its_rate(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with running(settings(services, issuer, rate_per_client=3.0, rate_burst_seconds=10.0), issuer) as center:

        async def ask(person: str, header: str, client: str) -> int:
            headers = {"Authorization": f"Bearer {center.token(person)}", header: client}
            return (await center.http.post("/graphql", json={"query": QUERY}, headers=headers)).status_code

        assert await ask(SHOPPER.id, "GraphQL-Client-Name", "shop app") == 200
        assert await ask(SHOPPER.id, "apollographql-client-name", "shop app") == 200
        assert await ask(TROUBLED.id, "GraphQL-Client-Name", "shop app") == 429
        assert await ask(SHOPPER.id, "GraphQL-Client-Name", "another app") == 200


async def test_who_is_refused_because_of_their_program_keeps_what_is_their_own(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    changes = {"rate_per_person": 4.0, "rate_per_client": 0.1, "rate_burst_seconds": 10.0}
    async with running(settings(services, issuer, **changes), issuer) as center:

        async def ask(client: str) -> int:
            headers = {"Authorization": f"Bearer {center.token(SHOPPER.id)}", "GraphQL-Client-Name": client}
            query = {"query": "{ viewer { id } }"}
            return (await center.http.post("/graphql", json=query, headers=headers)).status_code

        assert [await ask("busy") for _ in range(80)] == [200] + [429] * 79
        assert [await ask(f"app {number}") for number in range(20)] == [200] * 20


async def test_strangers_are_one_program_whatever_they_call_themselves(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    async with running(settings(services, issuer, rate_per_client=0.1, rate_burst_seconds=30.0), issuer) as center:

        async def ask(headers: dict[str, str]) -> int:
            return (await center.http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)).status_code

        names = [{"GraphQL-Client-Name": f"app {number}"} for number in range(4)]
        assert [await ask(one) for one in [*names, {}]] == [200, 200, 200, 429, 429]
        # Who is signed in has the rate of their own program.
        person = {"Authorization": f"Bearer {center.token(SHOPPER.id)}"}
        assert [await ask(person | one) for one in [*names, {}]] == [200] * 5
