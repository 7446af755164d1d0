"""The demo people's orders travel, and money and parcels keep the services' own rules while they do."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.common.command import KEPT
from services.common.database import Database
from services.people import SHOPPER
from services.simulator.life import Life
from tests.conftest import NAMES
from tests.support.services import copied


class Clock:
    """A minute passes whenever somebody looks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def data(small_seed: Path, tmp_path: Path) -> Path:
    folder = copied(small_seed, tmp_path / "live")
    for name in NAMES:
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as connection:
            connection.executescript(KEPT.read_text())
    return folder


@pytest.fixture
async def life(data: Path) -> AsyncIterator[Life]:
    orders, payments, recs = (Database(data / f"{name}.sqlite", threads=1) for name in NAMES)
    yield Life(orders, payments, recs, [SHOPPER.id], Clock())
    for database in (orders, payments, recs):
        database.close()


def rows(data: Path, name: str, sql: str, *parameters: str) -> list[Any]:
    with closing(sqlite3.connect(data / f"{name}.sqlite")) as connection:
        return connection.execute(sql, parameters).fetchall()


async def test_a_cancelled_order_is_paid_back_and_all_others_arrive(life: Life, data: Path) -> None:
    paid = "SELECT id FROM orders WHERE customer_id = ? AND status = 'ON_HOLD' AND financial_status = 'PAID'"
    ((cancelled,),) = rows(data, "order", paid, SHOPPER.id)
    with closing(sqlite3.connect(data / "order.sqlite")) as connection, connection:
        change = "status = 'CANCELLED', cancel_reason = 'CUSTOMER', cancelled_at = 1795521600, updated_at = 1795521600"
        connection.execute(f"UPDATE orders SET {change} WHERE id = ?", (cancelled,))  # noqa: S608  a test's own
    moving = "SELECT id FROM orders WHERE customer_id = ? AND status IN ('UNPAID', 'ON_HOLD', 'AWAITING_SHIPMENT')"
    waiting = [order for (order,) in rows(data, "order", moving, SHOPPER.id)]
    said: list[str] = []
    while not said or said[-1] != "somebody orders the same again":
        said.append(await life.step())
        assert len(said) < 400
    # The order that was just begun is placed, paid, packed, shipped, scanned and delivered.
    begun: list[str] = []
    while not begun or not begun[-1].endswith(": delivered"):
        begun.append(await life.step())
        assert len(begun) < 30
    number = begun[-1].split(":")[0]
    course = [words.split(": ", 1)[1] for words in begun if words.startswith(f"{number}:")]
    assert re.fullmatch(r"[0-9.]+ [A-Z]{3} paid", course.pop(1))
    assert course == [
        "placed",
        "packed",
        "shipped",
        "Left the sorting centre",
        "Arrived at the delivery depot",
        "Out for delivery",
        "delivered",
    ]
    columns = "id, status, financial_status, fulfillment_status, unread_updates"
    ((order, *state),) = rows(data, "order", f"SELECT {columns} FROM orders WHERE number = ?", number)  # noqa: S608  the same
    assert state == ["DELIVERED", "PAID", "FULFILLED", 7]
    timeline = "SELECT kind FROM timeline_events WHERE order_id = ? ORDER BY position"
    kinds = [kind for (kind,) in rows(data, "order", timeline, order)]
    assert kinds == ["PLACED", "PAID", "PACKED", "SHIPPED", "DELIVERED"]
    statuses = dict(rows(data, "order", "SELECT id, status FROM orders WHERE customer_id = ?", SHOPPER.id))
    assert {statuses[one] for one in waiting} == {"DELIVERED"}
    money = "SELECT order_id, financial_status, captured, refunded, outstanding FROM ledgers"
    ledgers = {key: rest for key, *rest in rows(data, "payment", money)}
    assert ledgers[cancelled][0] == "REFUNDED"
    assert ledgers[cancelled][1] == ledgers[cancelled][2] > 0
    assert {ledgers[one][0] for one in [*waiting, order]} == {"PAID"}
    assert {ledgers[one][3] for one in [*waiting, order, cancelled]} == {0}


async def test_every_step_leaves_an_event_and_no_line_in_two_parcels(life: Life, data: Path) -> None:
    for _ in range(60):
        await life.step()
    kinds = {kind for name in NAMES for (kind,) in rows(data, name, "SELECT kind FROM outbox")}
    assert kinds >= {"order.updated", "payment.updated", "product.updated", "tag.updated"}
    assert rows(data, "order", """
        SELECT i.id FROM line_items i JOIN shipment_items s ON s.line_item_id = i.id
        JOIN shipments p ON p.id = s.shipment_id JOIN orders o ON o.id = i.order_id
        WHERE p.status <> 'FAILURE' AND o.customer_id = ? GROUP BY i.id HAVING sum(s.quantity) > i.quantity
    """, SHOPPER.id) == []  # fmt: skip
    for name in NAMES:
        assert rows(data, name, "PRAGMA foreign_key_check") == []
        assert rows(data, name, "PRAGMA integrity_check") == [("ok",)]
