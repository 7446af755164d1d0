"""In every state that an order can be in, what it says can be done with it is what can be done with it."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import get_args

import msgspec
import pytest

from services.common.changes import carry_out
from services.common.command import KEPT
from services.common.database import Writer
from services.common.migrations import open_database
from services.order.actions import OrderAction, OrderStatus
from services.order.order import orders_by_id
from services.order.returns import ReturnStatus
from services.order.service import ORDER
from tests.services.conftest import Json
from tests.services.rows import DAY, insert, writing

NOW = 1795521600
STATUSES: tuple[OrderStatus, ...] = get_args(OrderStatus)
ACTIONS: tuple[OrderAction, ...] = get_args(OrderAction)
RETURNS: tuple[ReturnStatus | None, ...] = (None, *get_args(ReturnStatus))


def states() -> Iterator[Json]:
    """Every combination of what may decide, each at the edges."""
    choices = itertools.product(
        STATUSES, (None, NOW + 1, NOW, NOW - 30 * DAY, NOW - 30 * DAY - 1), (0, 1), (0, 2), RETURNS, (0, 1)
    )
    for status, delivered_at, archived, refundable, returned, in_stock in choices:
        yield {
            "status": status,
            "delivered_at": delivered_at,
            "archived": archived,
            "refundable": refundable,
            "returned": returned,
            "in_stock": in_stock,
        }


STATES = list(states())


def write(connection: sqlite3.Connection, number: int, state: Json) -> None:
    order, cancelled = f"ord_s{number}", state["status"] == "CANCELLED"
    insert(
        connection,
        "orders",
        id=order,
        number=f"S{number}",
        customer_id="cus_s",
        status=state["status"],
        delivered_at=state["delivered_at"],
        archived=state["archived"],
        cancelled_at=NOW if cancelled else None,
        cancel_reason="OTHER" if cancelled else None,
    )
    product = "prd_in" if state["in_stock"] else "prd_out"
    line = {"quantity": 2, "total": 2000, "refundable_quantity": state["refundable"]}
    insert(connection, "line_items", id=f"itm_s{number}", order_id=order, product_id=product, **line)
    if state["returned"]:
        key = f"ret_s{number}"
        insert(connection, "returns", id=key, number=key, order_id=order, customer_id="cus_s", status=state["returned"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("states")
    with writing(folder, "order") as connection:
        insert(connection, "customers", id="cus_s", handle="s")
        insert(connection, "shops", id="shop_1", handle="lampen")
        insert(connection, "products", id="prd_in", in_stock=1)
        insert(connection, "products", id="prd_out", in_stock=0)
        for number, state in enumerate(STATES):
            write(connection, number, state)
    return folder


@pytest.fixture(scope="module")
def writer(data: Path) -> Iterator[Writer]:
    with closing(open_database(data / "order.sqlite")) as connection:
        connection.executescript(KEPT.read_text())
        connection.execute("BEGIN")
        yield Writer(connection, Event(), datetime.fromtimestamp(NOW, UTC))


def body(path: str, number: int) -> Json:
    order: Json = {"orderId": f"ord_s{number}"}
    items = [{"lineItemId": f"itm_s{number}", "quantity": 1}]
    more: dict[str, Json] = {
        "/v1/returns:request": order | {"reason": "OTHER", "note": None, "items": items},
        "/v1/returns:cancel": {"returnId": f"ret_s{number}"},
    }
    return {"customerId": "cus_s"} | more.get(path, order)


# Not PAY: it leads to the shop's own page.
PATHS: dict[OrderAction, str] = {
    "CANCEL": "/v1/orders:cancel",
    "REQUEST_RETURN": "/v1/returns:request",
    "CANCEL_RETURN": "/v1/returns:cancel",
    "CONFIRM_RECEIPT": "/v1/orders:confirmReceipt",
    "REORDER": "/v1/orders:reorder",
    "ARCHIVE": "/v1/orders:archive",
    "UNARCHIVE": "/v1/orders:unarchive",
}


def works(writer: Writer, path: str, number: int) -> bool:
    """Whether a command is carried out; whatever it did is undone."""
    command = next(command for command in ORDER.commands if command.path == path)
    writer.change("SAVEPOINT before")
    answer = carry_out(command, writer, "key", msgspec.convert(body(path, number), command.request))
    writer.change("ROLLBACK TO before")
    # Otherwise it stays, and what is written is kept for each of those that stay.
    writer.change("RELEASE before")
    assert answer.status in {200, 404, 409}
    return answer.status == 200


@pytest.mark.parametrize("action", PATHS)
def test_an_action_works_in_exactly_the_states_that_offer_it(writer: Writer, action: OrderAction) -> None:
    assert {*PATHS, "PAY"} == set(ACTIONS)
    orders = orders_by_id(writer, [f"ord_s{number}" for number in range(len(STATES))])
    offered = [action in orders[f"ord_s{number}"].available_actions for number in range(len(STATES))]
    wrong = [
        state for number, state in enumerate(STATES) if works(writer, PATHS[action], number) is not offered[number]
    ]
    assert wrong == []
    assert 0 < sum(offered) < len(STATES) == 2160
