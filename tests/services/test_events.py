"""Events: each change is published, once it is made, at least once and in order, whatever dies."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.common.events import STREAM
from tests.services.conftest import Caller
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess

Fields = dict[str, Any]


def published(redis: RedisProcess) -> list[Fields]:
    entries: Any = redis.client.xrange(STREAM)
    events = [json.loads(fields[b"event"]) for _, fields in entries]
    assert all(event.pop("specversion") == "1.0" and event.pop("source") == "/services/order" for event in events)
    return events


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def order(own_data: Path, redis_server: RedisProcess) -> Iterator[Caller]:
    options = ["--now", "2026-11-24T12:00:00Z", "--events", redis_server.url]
    with ServiceProcess("order", own_data, options) as process, closing(Caller(process)) as caller:
        yield caller


def waiting(own_data: Path) -> int:
    with closing(sqlite3.connect(own_data / "order.sqlite")) as connection:
        number: int = connection.execute("SELECT count(*) FROM outbox").fetchone()[0]
        return number


def test_changes_are_published_in_order_and_refusals_are_not(order: Caller, redis_server: RedisProcess) -> None:
    order.command("/v1/orders:cancel", "a", orderId="ord_yen")
    order.command("/v1/orders:cancel", "a", orderId="ord_yen")
    order.command("/v1/orders:cancel", "b", orderId="ord_yen")
    order.command("/v1/orders:confirmReceipt", "c", orderId="ord_full")
    checkout = order.command("/v1/orders:reorder", "d", orderId="ord_full").json()["checkout"]["id"]
    until(lambda: len(published(redis_server)) == 3)
    events = published(redis_server)
    keys = [event.pop("id") for event in events]
    assert len(set(keys)) == 3
    assert all(key.startswith("evt_") for key in keys)
    ada, now = {"customerId": "cus_ada"}, "2026-11-24T12:00:00Z"
    assert events == [
        {"type": "order.updated", "time": now, "data": {"orderId": "ord_yen"} | ada},
        {"type": "order.updated", "time": now, "data": {"orderId": "ord_full"} | ada},
        {"type": "checkout.updated", "time": now, "data": {"checkoutId": checkout} | ada},
    ]


def test_events_that_could_not_be_published_are_published_later(own_data: Path) -> None:
    redis = RedisProcess()
    options = ["--now", "2026-11-24T12:00:00Z", "--events", redis.url]
    with ServiceProcess("order", own_data, options) as process, closing(Caller(process)) as caller:
        for key, path in (("a", "archive"), ("b", "unarchive")):
            assert caller.command(f"/v1/orders:{path}", key, orderId="ord_full").status_code == 200
        process.kill()
        assert waiting(own_data) == 2
        redis.start()
        try:
            process.start()
            until(lambda: len(published(redis)) == 2)
            until(lambda: waiting(own_data) == 0)
            assert [event["data"]["orderId"] for event in published(redis)] == ["ord_full"] * 2
        finally:
            redis.kill()


def test_an_event_that_was_published_just_before_a_crash_comes_again_with_the_same_id(
    own_data: Path, redis_server: RedisProcess
) -> None:
    options = ["--now", "2026-11-24T12:00:00Z", "--events", redis_server.url]
    with ServiceProcess("order", own_data, options) as process, closing(Caller(process)) as caller:
        caller.command("/v1/orders:archive", "a", orderId="ord_full")
        until(lambda: waiting(own_data) == 0)
        (first,) = published(redis_server)
        process.kill()
        # As if it had died between publishing and forgetting.
        with closing(sqlite3.connect(own_data / "order.sqlite")) as connection, connection:
            row = (first["id"], first["type"], "ord_full", "cus_ada", 1795521600)
            sql = "INSERT INTO outbox (id, kind, subject, customer_id, happened_at) VALUES (?, ?, ?, ?, ?)"
            connection.execute(sql, row)
        process.start()
        until(lambda: len(published(redis_server)) == 2)
        assert published(redis_server) == [first, first]


def test_a_database_that_fails_for_a_while_stops_no_events(
    order: Caller, own_data: Path, redis_server: RedisProcess
) -> None:
    with closing(sqlite3.connect(own_data / "order.sqlite", isolation_level=None)) as connection:
        connection.execute("ALTER TABLE outbox RENAME TO away")
        until(lambda: "events wait: OperationalError" in order.process.output)
        connection.execute("ALTER TABLE away RENAME TO outbox")
    order.command("/v1/orders:archive", "a", orderId="ord_full")
    until(lambda: len(published(redis_server)) == 1)
