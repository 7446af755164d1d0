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
        while len(redis_server.kept()) < count:  # noqa: ASYNC110  Redis tells nobody
            await asyncio.sleep(0.01)
    return redis_server.kept()


async def test_the_second_time_nothing_is_asked_downstream(
    cached_center: OrderCenter, redis_server: RedisProcess
) -> None:
    first = await cached_center.data(PAGE, person=SHOPPER.id)
    asked = sum(call.keys for call in cached_center.calls)
    assert len(await _written(redis_server, asked)) == asked
    assert await cached_center.data(PAGE, person=SHOPPER.id) == first
    assert cached_center.calls == []


async def test_every_key_expires_and_private_ones_name_their_owner_in_key_and_value(
    cached_center: OrderCenter, redis_server: RedisProcess
) -> None:
    await cached_center.data(PAGE, person=SHOPPER.id)
    kept = await _written(redis_server, sum(call.keys for call in cached_center.calls))
    ours = [key for key in redis_server.keys() if key.startswith("oc3:")]  # noqa: SIM118  no mapping
    assert [key for key in ours if redis_server.client.pttl(key) == -1] == []
    for key in kept:
        _, _, owner, loader, _ = key.split(":", 4)
        assert (owner == f"{{{SHOPPER.id}}}") == (loader not in {"product_by_id", "shop_by_id"})
        assert redis_server.value(key).startswith(f"{key}\n".encode())


async def test_a_foreign_value_under_ones_key_is_a_miss_and_is_deleted(
    cached_center: OrderCenter, redis_server: RedisProcess
) -> None:
    query = "{ viewer { displayName } }"
    for person in (SHOPPER, TROUBLED):
        await cached_center.data(query, person=person.id)
    mine, theirs = (f"oc3:v:{{{one.id}}}:customer_by_id:{one.id}" for one in (SHOPPER, TROUBLED))
    await _written(redis_server, 2)
    own, foreign = redis_server.value(mine), redis_server.value(theirs)
    head = len(f"{mine}\n") + 29
    assert own[head:].startswith(b"{")
    for spoilt in (
        foreign,
        own[:head] + foreign[foreign.index(b"{", 40) :],
        own[:head] + b"{",
        own[: head - 1],
        b"\x00\xff not even text",
        own.replace(b"oc3:", b"oc1:", 1),
    ):
        redis_server.client.set(mine, spoilt)
        answer = await cached_center.data(query, person=SHOPPER.id)
        assert answer == {"viewer": {"displayName": SHOPPER.name}}
        assert [call.path for call in cached_center.calls] == ["customers:batchGet"]
        async with asyncio.timeout(5):
            while redis_server.client.get(mine) in (None, spoilt):  # noqa: ASYNC110  Redis tells nobody
                await asyncio.sleep(0.01)


async def test_what_does_not_exist_is_remembered_for_a_moment_and_errors_are_not(
    cached_center: OrderCenter, redis_server: RedisProcess
) -> None:
    query = '{ order(id: "ord_NEVERMADE0") { id } }'
    answer = await cached_center.ask(query, person=SHOPPER.id)
    assert answer["data"] == {"order": None}
    (key,) = await _written(redis_server, 1)
    assert 0 < redis_server.client.pttl(key) <= 1000
    assert await cached_center.ask(query, person=SHOPPER.id) == answer
    assert cached_center.calls == []
    assert await cached_center.ask(query, person=TROUBLED.id) == answer
    assert len(cached_center.calls) == 1


async def test_staff_reads_are_not_cached(cached_center: OrderCenter, redis_server: RedisProcess) -> None:
    listed = await cached_center.data("{ viewer { orders(first: 1) { nodes { id } } } }", person=TROUBLED.id)
    kept = await _written(redis_server, 1)
    order = listed["viewer"]["orders"]["nodes"][0]["id"]
    query = "query ($id: ID!) { order(id: $id) { id } }"
    for _ in range(2):
        await cached_center.ask(query, {"id": order}, person=SHOPPER.id, scope="orders:read:any")
        assert [call.path for call in cached_center.calls] == ["orders:batchGet"]
    assert redis_server.kept() == kept


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


async def test_a_cluster_that_is_absent_at_start_does_no_harm(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    given = settings(services, issuer, redis_url="redis://127.0.0.1:1", redis_cluster=True, redis_timeout=0.05)
    async with running(given, issuer) as center:
        assert await center.data("{ viewer { id } }", person=SHOPPER.id) == {"viewer": {"id": SHOPPER.id}}
        ready = await center.http.get("/health/ready")
        assert (ready.status_code, ready.json()["cache"]) == (200, "down")


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
