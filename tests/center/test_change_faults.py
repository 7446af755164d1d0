"""Whatever dies during a change: what was acknowledged is never lost, nothing is done twice, nobody is told a lie."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from services.people import SHOPPER
from tests.conftest import NAMES
from tests.support.center import Json, OrderCenter, running, settings, talking
from tests.support.changes import change, mutation, order_with
from tests.support.gateway import GatewayProcess
from tests.support.interposed import Interposed, relay
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess, copied

# Each test cancels an order of its own.
CANCELLABLE = """
    UPDATE orders SET status = 'AWAITING_SHIPMENT', delivered_at = NULL WHERE id IN (
        SELECT id FROM orders WHERE customer_id = ? AND status = 'COMPLETED' ORDER BY placed_at DESC LIMIT 20)
"""
MEMORY_BYTES = 1_000_000
ORDER = "query ($id: ID!) { order(id: $id) { status timeline { kind } } }"


class Shop(NamedTuple):
    """Services that may be killed, and where their data lies."""

    services: Mapping[str, ServiceProcess]
    data: Path


class Rig(NamedTuple):
    """A gateway over them, what stands between it and the order service, and an order to cancel."""

    center: OrderCenter
    between: Interposed
    shop: Shop
    order: str

    async def cancel(self, key: str) -> Json:
        """Ask to cancel the order, as often as one likes."""
        return await change(self.center, "cancelOrder", person=SHOPPER.id, orderId=self.order, idempotencyKey=key)

    async def cancelled(self) -> tuple[str, int]:
        """The order's status as the next query shows it, and how many times it was cancelled."""
        order = (await self.center.data(ORDER, {"id": self.order}, person=SHOPPER.id))["order"]
        return order["status"], [event["kind"] for event in order["timeline"]].count("CANCELLED")


@pytest.fixture(scope="module")
def shop(small_seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    data = copied(small_seed, tmp_path_factory.mktemp("frail") / "data")
    with closing(sqlite3.connect(data / "order.sqlite", isolation_level=None)) as connection:
        connection.execute(CANCELLABLE, (SHOPPER.id,))
    processes = {name: ServiceProcess(name, data) for name in NAMES}
    yield Shop({name: process.start() for name, process in processes.items()}, data)
    for process in processes.values():
        process.kill()


@asynccontextmanager
async def _rig(shop: Shop, issuer: ServiceProcess, **changes: object) -> AsyncIterator[Rig]:
    placed: list[Interposed] = []

    def around(inner: httpx.AsyncBaseTransport) -> Interposed:
        placed.append(Interposed(inner))
        return placed[-1]

    given = settings(shop.services, issuer, memory_bytes=MEMORY_BYTES, **changes)
    async with running(given, issuer, {"order": around}) as center:
        order = await order_with(center, "CANCEL", SHOPPER.id)
        rig = Rig(center, placed[0], shop, order["id"])
        await rig.cancelled()
        yield rig


@pytest.fixture
async def rig(shop: Shop, issuer: ServiceProcess, redis_server: RedisProcess) -> AsyncIterator[Rig]:
    async with _rig(shop, issuer, redis_url=redis_server.url, request_timeout=2.0) as one:
        yield one


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await condition():  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.02)


def _unknown(key: str) -> Json:
    message = "We do not know whether this was done. Ask again with the same idempotency key."
    error = {"code": "OUTCOME_UNKNOWN", "field": None, "message": message}
    return {"order": None, "userErrors": [error], "idempotencyKey": key}


async def test_a_service_that_is_dead_before_has_done_nothing_and_that_is_said(rig: Rig) -> None:
    service = rig.shop.services["order"]
    service.kill()
    given = {"input": {"orderId": rig.order, "idempotencyKey": "dead"}}
    answer = await rig.center.ask(mutation("cancelOrder"), given, person=SHOPPER.id)
    service.start()
    assert answer["data"] == {"cancelOrder": None}
    extensions = {"code": "DOWNSTREAM_UNAVAILABLE", "service": "order"}
    assert [error["extensions"] for error in answer["errors"]] == [extensions]
    assert await rig.cancelled() != ("CANCELLED", 1)
    assert (await rig.cancel("dead"))["userErrors"] == []
    assert await rig.cancelled() == ("CANCELLED", 1)


async def test_a_service_that_dies_before_its_commit_has_done_nothing(rig: Rig) -> None:
    service = rig.shop.services["order"]
    with closing(sqlite3.connect(rig.shop.data / "order.sqlite", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        asking = asyncio.create_task(rig.cancel("during"))
        await asyncio.sleep(0.3)
        assert not asking.done()
        service.kill()
        assert await asking == _unknown("during")
        lock.execute("ROLLBACK")
    service.start()
    assert (await rig.cancelled())[1] == 0
    assert (await rig.cancel("during"))["order"]["status"] == "CANCELLED"
    assert await rig.cancelled() == ("CANCELLED", 1)


async def test_a_service_that_dies_after_its_commit_has_done_it_once(rig: Rig) -> None:
    service = rig.shop.services["order"]

    async def die() -> None:
        service.kill()
        raise httpx.ReadError("the answer was lost")

    rig.between.after("orders:cancel", die)
    assert await rig.cancel("after") == _unknown("after")
    service.start()
    assert await rig.cancelled() == ("CANCELLED", 1)
    again = await rig.cancel("after")
    assert (again["order"]["status"], again["userErrors"]) == ("CANCELLED", [])
    assert await rig.cancelled() == ("CANCELLED", 1)
    assert (await rig.cancel("another"))["userErrors"][0]["code"] == "NOT_CANCELLABLE"


async def test_a_service_that_hangs_is_not_waited_for_and_acts_once(rig: Rig) -> None:
    service = rig.shop.services["order"]
    os.kill(service.pid, signal.SIGSTOP)
    try:
        assert await rig.cancel("hang") == _unknown("hang")
    finally:
        os.kill(service.pid, signal.SIGCONT)
    assert (await rig.cancel("hang"))["order"]["status"] == "CANCELLED"
    assert await rig.cancelled() == ("CANCELLED", 1)


async def test_a_client_who_leaves_does_not_undo_it_and_sees_it_later(rig: Rig) -> None:
    going, answered = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        going.set()
        await answered.wait()

    rig.between.after("orders:cancel", wait)
    asking = asyncio.create_task(rig.cancel("left"))
    await going.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    answered.set()

    async def done() -> bool:
        return await rig.cancelled() == ("CANCELLED", 1)

    await _until(done)
    assert (await rig.cancel("left"))["userErrors"] == []
    assert await rig.cancelled() == ("CANCELLED", 1)


async def test_what_was_read_before_a_change_is_not_kept_after_it(
    shop: Shop, issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    """A query that is under way while the order changes: its own answer may be old, nobody else's is."""
    async with _rig(shop, issuer, redis_url=redis_server.url, request_timeout=20.0) as rig:
        await _read_while_it_changes(rig)


async def _read_while_it_changes(rig: Rig) -> None:
    query, read, changed = "{ viewer { orders(first: 97) { nodes { id status } } } }", asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        read.set()
        await changed.wait()

    rig.between.after("orders:search", hold)
    asking = asyncio.create_task(rig.center.data(query, person=SHOPPER.id))
    await read.wait()
    assert (await rig.cancel("meanwhile"))["userErrors"] == []
    changed.set()
    old = {node["id"]: node["status"] for node in (await asking)["viewer"]["orders"]["nodes"]}
    assert old[rig.order] != "CANCELLED"
    for _ in range(3):
        await asyncio.sleep(0.05)
        nodes = (await rig.center.data(query, person=SHOPPER.id))["viewer"]["orders"]["nodes"]
        assert {node["id"]: node["status"] for node in nodes}[rig.order] == "CANCELLED"


async def test_what_was_read_before_a_change_is_not_shared_after_it_while_redis_is_dead(
    shop: Shop, issuer: ServiceProcess, own_redis: RedisProcess
) -> None:
    query, read, ended = "{ viewer { orders(first: 96) { nodes { id status } } } }", asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        read.set()
        await ended.wait()

    async with _rig(shop, issuer, redis_url=own_redis.url, request_timeout=10.0) as rig:
        own_redis.kill()
        rig.between.after("orders:search", hold)
        asking = asyncio.create_task(rig.center.data(query, person=SHOPPER.id))
        await read.wait()
        assert (await rig.cancel("nobody-is-told"))["order"]["status"] == "CANCELLED"
        nodes = (await rig.center.data(query, person=SHOPPER.id))["viewer"]["orders"]["nodes"]
        assert not ended.is_set()
        assert {node["id"]: node["status"] for node in nodes}[rig.order] == "CANCELLED"
        ended.set()
        await asking


async def test_redis_dies_between_the_change_and_its_invalidation(
    shop: Shop, issuer: ServiceProcess, own_redis: RedisProcess
) -> None:
    async with _rig(shop, issuer, redis_url=own_redis.url) as rig:

        async def die() -> None:
            own_redis.kill()

        rig.between.after("orders:cancel", die)
        assert (await rig.cancel("redis-dies"))["order"]["status"] == "CANCELLED"
        assert await rig.cancelled() == ("CANCELLED", 1)
        own_redis.start()
        assert await rig.cancelled() == ("CANCELLED", 1)


async def test_redis_is_dead_before_the_change(shop: Shop, issuer: ServiceProcess, own_redis: RedisProcess) -> None:
    async with _rig(shop, issuer, redis_url=own_redis.url) as rig:
        own_redis.kill()
        assert (await rig.cancel("redis-dead"))["order"]["status"] == "CANCELLED"
        assert await rig.cancelled() == ("CANCELLED", 1)


async def test_redis_stands_still_between_the_change_and_its_invalidation(
    shop: Shop, issuer: ServiceProcess, own_redis: RedisProcess
) -> None:
    slow = {"redis_url": own_redis.url, "redis_timeout": 0.2}
    given = settings(shop.services, issuer, memory_bytes=MEMORY_BYTES, **slow)
    async with _rig(shop, issuer, **slow) as rig, running(given, issuer) as other:
        replica = rig._replace(center=other)
        await replica.cancelled()

        def kept() -> list[str]:
            return [key for key in own_redis.kept() if rig.order in key]

        async def is_kept() -> bool:
            return len(kept()) > 0

        async def is_gone() -> bool:
            return kept() == []

        async def is_shown() -> bool:
            return await replica.cancelled() == ("CANCELLED", 1)

        await _until(is_kept)
        # Nothing but an invalidation takes it away.
        assert all(own_redis.client.persist(key) for key in kept())

        async def stand_still() -> None:
            os.kill(own_redis.pid, signal.SIGSTOP)

        rig.between.after("orders:cancel", stand_still)
        try:
            assert (await rig.cancel("redis-hangs"))["order"]["status"] == "CANCELLED"
            assert await rig.cancelled() == ("CANCELLED", 1)
            # Nobody can tell the other one; it empties its memory as soon as it notices that it is cut off.
            await _until(is_shown)
        finally:
            os.kill(own_redis.pid, signal.SIGCONT)
        # The invalidation is tried until Redis confirms it; then what it kept of the order is gone.
        await _until(is_gone)
        assert await replica.cancelled() == ("CANCELLED", 1)


async def test_a_gateway_that_is_killed_before_it_answers_has_done_it_once(
    shop: Shop, issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    given = settings(shop.services, issuer, redis_url=redis_server.url)
    async with running(given, issuer) as other:
        order = await order_with(other, "CANCEL", SHOPPER.id)
        key = {"orderId": order["id"], "idempotencyKey": "gateway-dies"}

        def kill() -> None:
            gateway.kill()

        async with relay(shop.services["order"].url, kill) as url:
            relayed = {"REDIS_URL": redis_server.url, "ORDER_SERVICE_URL": url}
            with GatewayProcess(shop.services, issuer, **relayed) as gateway:
                async with talking(gateway.url, issuer) as dying:
                    with pytest.raises(httpx.TransportError):
                        await change(dying, "cancelOrder", person=SHOPPER.id, **key)
        # Nobody was told that it was done, so nobody may rely on seeing it; who asks again does.
        payload = await change(other, "cancelOrder", person=SHOPPER.id, **key)
        assert (payload["order"]["status"], payload["userErrors"]) == ("CANCELLED", [])
        found = (await other.data(ORDER, {"id": order["id"]}, person=SHOPPER.id))["order"]
        assert [event["kind"] for event in found["timeline"]].count("CANCELLED") == 1


async def test_the_same_change_through_two_replicas_at_once_is_made_once(
    shop: Shop, issuer: ServiceProcess, redis_server: RedisProcess
) -> None:
    given = settings(shop.services, issuer, redis_url=redis_server.url)
    async with running(given, issuer) as one, running(given, issuer) as other:
        order = await order_with(one, "REORDER", SHOPPER.id)
        key = {"orderId": order["id"], "idempotencyKey": "both"}
        asked = [change(center, "reorder", person=SHOPPER.id, **key) for center in (one, other) * 4]
        payloads = await asyncio.gather(*asked)
        assert len({payload["checkout"]["id"] for payload in payloads}) == 1
        query = "{ viewer { checkouts(first: 50) { nodes { id } } } }"
        nodes = (await other.data(query, person=SHOPPER.id))["viewer"]["checkouts"]["nodes"]
        assert [node["id"] for node in nodes].count(payloads[0]["checkout"]["id"]) == 1
        made = [node["id"] for node in nodes if len(node["id"]) == len("chk_") + 16]
        assert made == [payloads[0]["checkout"]["id"]]
