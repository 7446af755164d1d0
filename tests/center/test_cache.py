"""The read-through cache: one MGET per batch, a TTL and an owner on everything, and no harm when Redis is away."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping

from services.people import SHOPPER, TROUBLED
from tests.support.center import OrderCenter, running, settings
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

PAGE = """{ viewer { displayName orders(first: 20) { nodes { number financialStatus shop { name }
    lineItems { product { title } } } } tags(first: 5) { nodes { note product { title } } } } }"""


async def _written(redis_server: RedisProcess, count: int) -> list[str]:
    """Return the keys, once the writes, which happen after the answer, have landed."""
    async with asyncio.timeout(5):
        while redis_server.client.dbsize() < count:  # noqa: ASYNC110  Redis tells nobody
            await asyncio.sleep(0.01)
    return redis_server.keys()


async def test_the_second_time_nothing_is_asked_downstream(
    cached_center: OrderCenter, redis_server: RedisProcess
) -> None:
    first = await cached_center.data(PAGE, person=SHOPPER.id)
    asked = sum(call.keys for call in cached_center.calls)
    assert len(await _written(redis_server, asked)) == asked
    assert await cached_center.data(PAGE, person=SHOPPER.id) == first
    assert cached_center.calls == []


async def test_each_batch_is_one_mget(cached_center: OrderCenter, redis_server: RedisProcess) -> None:
    before = redis_server.client.info("commandstats").get("cmdstat_mget", {"calls": 0})["calls"]
    await cached_center.data(PAGE, person=SHOPPER.id)
    batches = len(cached_center.calls)
    after = redis_server.client.info("commandstats")["cmdstat_mget"]["calls"]
    assert after - before == batches == 6


async def test_every_key_expires_and_private_ones_name_their_owner_in_key_and_value(
    cached_center: OrderCenter, redis_server: RedisProcess
) -> None:
    await cached_center.data(PAGE, person=SHOPPER.id)
    keys = await _written(redis_server, sum(call.keys for call in cached_center.calls))
    for key in keys:
        assert 0 < redis_server.client.pttl(key) <= 300_000
        _, owner, loader, _ = key.split(":", 3)
        value = redis_server.value(key)
        if loader in {"product_by_id", "shop_by_id"}:
            assert value.startswith(b"\n")
        else:
            assert owner == f"{{{SHOPPER.id}}}"
            assert value.startswith(f"{SHOPPER.id}\n".encode())


async def test_a_foreign_value_under_ones_key_is_a_miss_and_is_deleted(
    cached_center: OrderCenter, redis_server: RedisProcess
) -> None:
    query = "{ viewer { displayName } }"
    for person in (SHOPPER, TROUBLED):
        await cached_center.data(query, person=person.id)
    mine, theirs = (f"oc1:{{{one.id}}}:customer_by_id:{one.id}" for one in (SHOPPER, TROUBLED))
    await _written(redis_server, 2)
    body = redis_server.value(theirs).split(b"\n", 2)[2]
    for foreign in (
        redis_server.value(theirs),
        f"{SHOPPER.id}\n{SHOPPER.id}\n".encode() + body,
        b"\x00\xff not even text",
        f"{SHOPPER.id}\n{SHOPPER.id}\n{{".encode(),
    ):
        redis_server.client.set(mine, foreign)
        answer = await cached_center.data(query, person=SHOPPER.id)
        assert answer == {"viewer": {"displayName": SHOPPER.name}}
        assert [call.path for call in cached_center.calls] == ["customers:batchGet"]


async def test_errors_and_missing_things_are_not_cached(cached_center: OrderCenter, redis_server: RedisProcess) -> None:
    answer = await cached_center.ask('{ order(id: "ord_NEVERMADE0") { id } }', person=SHOPPER.id)
    assert answer["data"] == {"order": None}
    assert redis_server.keys() == []


async def test_staff_reads_are_not_cached(cached_center: OrderCenter, redis_server: RedisProcess) -> None:
    listed = await cached_center.data("{ viewer { orders(first: 1) { nodes { id } } } }", person=TROUBLED.id)
    await _written(redis_server, 1)
    redis_server.client.flushall()
    order = listed["viewer"]["orders"]["nodes"][0]["id"]
    query = "query ($id: ID!) { order(id: $id) { id } }"
    await cached_center.ask(query, {"id": order}, person=SHOPPER.id, scope="orders:read:any")
    assert redis_server.keys() == []


async def test_redis_absent_at_start_and_killed_later_does_no_harm(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, own_redis: RedisProcess
) -> None:
    own_redis.kill()
    async with running(settings(services, issuer, redis_url=own_redis.url), issuer) as center:
        first = await center.data(PAGE, person=SHOPPER.id)
        assert (await center.http.get("/health/ready")).json()["cache"] == "down"
        own_redis.start()
        assert await center.data(PAGE, person=SHOPPER.id) == first
        own_redis.kill()
        assert await center.data(PAGE, person=SHOPPER.id) == first


async def test_a_stopped_redis_costs_its_time_out_once(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess, own_redis: RedisProcess
) -> None:
    timeout = 0.2
    given = settings(services, issuer, redis_url=own_redis.url, redis_timeout=timeout)
    async with running(given, issuer) as center:
        await center.data(PAGE, person=SHOPPER.id)
        os.kill(own_redis.pid, signal.SIGSTOP)
        query = "{ viewer { displayName } }"
        began = time.monotonic()
        assert await center.data(query, person=TROUBLED.id) == {"viewer": {"displayName": TROUBLED.name}}
        assert time.monotonic() - began >= timeout
        assert len(center.calls) == 1
        began = time.monotonic()
        await center.data(query, person=TROUBLED.id)
        assert time.monotonic() - began < timeout
