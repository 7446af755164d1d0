"""What a customer does with orders and returns."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Caller, Json
from tests.services.rows import Value, insert, writing

NOW = "2026-11-24T12:00:00Z"


@pytest.fixture
def order(changing: Callable[[str], Caller]) -> Caller:
    return changing("order")


def read(order: Caller, key: str) -> Json:
    found = order.ask("/v1/orders:batchGet", key)[key]
    assert isinstance(found, dict)
    return found


def told(order: Caller, key: str) -> list[tuple[str, str]]:
    timeline: Any = order.ask("/v1/timelines:batchGet", key)[key]
    return [(event["kind"], event["actor"]) for event in timeline["events"]]


def test_an_order_is_cancelled(order: Caller) -> None:
    before = read(order, "ord_yen")
    answer = order.command("/v1/orders:cancel", "k", orderId="ord_yen")
    changed = {
        "status": "CANCELLED",
        "cancelReason": "CUSTOMER",
        "cancelledAt": NOW,
        "updatedAt": NOW,
        "availableActions": ["ARCHIVE"],
    }
    assert answer.json() == before | changed == read(order, "ord_yen")
    assert told(order, "ord_yen") == [("CANCELLED", "CUSTOMER")]
    assert order.refusal("/v1/orders:cancel", "k2", orderId="ord_yen") == "NOT_CANCELLABLE"
    assert told(order, "ord_yen") == [("CANCELLED", "CUSTOMER")]


def test_a_receipt_is_confirmed(order: Caller) -> None:
    assert order.command("/v1/orders:confirmReceipt", "k", orderId="ord_full").json()["status"] == "COMPLETED"
    assert read(order, "ord_full")["availableActions"] == ["CANCEL_RETURN", "REORDER", "ARCHIVE"]
    assert told(order, "ord_full") == [("PLACED", "CUSTOMER"), ("RECEIPT_CONFIRMED", "CUSTOMER")]
    assert order.refusal("/v1/orders:confirmReceipt", "k2", orderId="ord_full") == "ALREADY_CONFIRMED"
    assert order.refusal("/v1/orders:confirmReceipt", "k3", orderId="ord_yen") == "NOT_DELIVERED"


def test_an_order_is_put_away_and_brought_back(order: Caller) -> None:
    before = read(order, "ord_full")
    assert order.command("/v1/orders:archive", "k1", orderId="ord_full").json()["archived"] is True
    assert order.refusal("/v1/orders:archive", "k2", orderId="ord_full") == "ALREADY_ARCHIVED"
    assert order.command("/v1/orders:unarchive", "k3", orderId="ord_full").json() == before
    assert order.refusal("/v1/orders:unarchive", "k4", orderId="ord_full") == "NOT_ARCHIVED"
    assert order.refusal("/v1/orders:archive", "k5", orderId="ord_yen") == "NOT_ARCHIVABLE"


def test_the_same_goods_are_put_into_a_new_checkout_at_what_they_cost_now(order: Caller) -> None:
    made = order.command("/v1/orders:reorder", "k", orderId="ord_full").json()
    checkout = made["checkout"]
    assert (made["customerId"], made["leftOut"]) == ("cus_ada", [])
    assert (checkout["shopId"], checkout["state"], checkout["createdAt"]) == ("shop_1", "OPEN", NOW)
    assert checkout["url"] == f"https://shop.example/lampen/checkout/{checkout['id']}"
    assert checkout["total"] == {"amount": "25.80", "currencyCode": "EUR"}
    assert [(item["productId"], item["quantity"]) for item in checkout["items"]] == [("prd_lamp", 2)]
    assert order.ids("/v1/checkouts:search")[0] == checkout["id"]
    assert order.refusal("/v1/orders:reorder", "k2", orderId="ord_yen") == "NOT_REORDERABLE"
    assert order.refusal("/v1/orders:reorder", "k3", orderId="ord_gone") == "OUT_OF_STOCK"


def test_updates_are_seen_of_some_orders_or_of_all(order: Caller) -> None:
    path = "/v1/orders:markUpdatesRead"
    assert order.command(path, "k1", orderIds=["ord_yen"]).json()["unreadUpdates"] == 2
    assert order.refusal(path, "k2", orderIds=["ord_full", "ord_bo"]) == "NOT_FOUND"
    badges: Any = order.ask("/v1/badges:batchGet", "cus_ada")["cus_ada"]
    assert badges["unreadUpdates"] == 2
    assert order.command(path, "k3", orderIds=None).json() == badges | {"unreadUpdates": 0}
    assert order.ask("/v1/badges:batchGet", "cus_ada")["cus_ada"] == badges | {"unreadUpdates": 0}


def test_a_return_is_withdrawn(order: Caller) -> None:
    answer = order.command("/v1/returns:cancel", "k", returnId="ret_2").json()
    assert (answer["status"], answer["closedAt"], answer["updatedAt"]) == ("CANCELED", NOW, NOW)
    assert told(order, "ord_full")[-1] == ("RETURN_UPDATED", "CUSTOMER")
    for key, returned in (("k2", "ret_2"), ("k3", "ret_1")):
        assert order.refusal("/v1/returns:cancel", key, returnId=returned) == "RETURN_FINISHED"
    assert "CANCEL_RETURN" not in read(order, "ord_full")["availableActions"]


# ord_new of the rows below was delivered a day ago, with three lamps that can go back.
RETURN: Json = {
    "orderId": "ord_new",
    "reason": "DAMAGED",
    "note": "Broken",
    "items": [{"lineItemId": "itm_n", "quantity": 2}],
}


@pytest.fixture
def returnable(changing: Callable[[str], Caller], own_data: Path) -> Caller:
    with writing(own_data, "order") as connection:
        line: dict[str, Value] = {"quantity": 3, "total": 3000, "refundable_quantity": 3}
        insert(connection, "orders", id="ord_new", number="#7", status="COMPLETED", delivered_at=1795435200)
        insert(connection, "line_items", id="itm_n", order_id="ord_new", **line)
    return changing("order")


def test_a_return_is_requested(returnable: Caller) -> None:
    assert "REQUEST_RETURN" in read(returnable, "ord_new")["availableActions"]
    answer = returnable.command("/v1/returns:request", "k", **RETURN).json()
    assert re.fullmatch("ret_[0-9A-Z]{16}", answer.pop("id"))
    assert re.fullmatch("RT-[0-9A-Z]{10}", answer.pop("number"))
    assert answer == {
        "orderId": "ord_new",
        "customerId": "cus_ada",
        "status": "REQUESTED",
        "reason": "DAMAGED",
        "note": "Broken",
        "requestedAt": NOW,
        "updatedAt": NOW,
        "closedAt": None,
        "declineReason": None,
        "refundAmount": None,
        "items": [{"lineItemId": "itm_n", "title": "Lamp", "quantity": 2}],
    }
    assert told(returnable, "ord_new") == [("RETURN_REQUESTED", "CUSTOMER")]
    assert returnable.refusal("/v1/returns:request", "k2", **RETURN) == "RETURN_UNDER_WAY"
    assert len(returnable.ids("/v1/returns:search")) == 3


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([{"lineItemId": "itm_n", "quantity": 4}], "QUANTITY_TOO_LARGE"),
        ([{"lineItemId": "itm_n", "quantity": 2}] * 2, "QUANTITY_TOO_LARGE"),
        ([{"lineItemId": "itm_1", "quantity": 1}], "UNKNOWN_LINE_ITEM"),
    ],
)
def test_more_than_was_bought_cannot_go_back(returnable: Caller, items: list[Json], code: str) -> None:
    assert returnable.refusal("/v1/returns:request", "k", **RETURN | {"items": items}) == code
    assert told(returnable, "ord_new") == []


COMMANDS: dict[str, Json] = {
    "/v1/orders:cancel": {"orderId": "ord_yen"},
    "/v1/orders:confirmReceipt": {"orderId": "ord_full"},
    "/v1/orders:archive": {"orderId": "ord_full"},
    "/v1/orders:unarchive": {"orderId": "ord_gone"},
    "/v1/orders:reorder": {"orderId": "ord_full"},
    "/v1/orders:markUpdatesRead": {"orderIds": ["ord_full"]},
    "/v1/returns:request": RETURN | {"orderId": "ord_full"},
    "/v1/returns:cancel": {"returnId": "ret_2"},
}


def test_what_is_somebody_elses_is_not_there_and_stays_as_it_is(order: Caller) -> None:
    before = read(order, "ord_full"), read(order, "ord_yen"), read(order, "ord_gone")
    for number, (path, body) in enumerate(COMMANDS.items()):
        theirs = order.command(path, f"k{number}", customer="cus_bo", **body)
        missing = {name: "ord_0" if name == "orderId" else value for name, value in body.items()}
        assert (theirs.status_code, theirs.json()["code"]) == (404, "NOT_FOUND"), path
        if missing != body:
            assert order.command(path, f"m{number}", customer="cus_bo", **missing).content == theirs.content
    assert (read(order, "ord_full"), read(order, "ord_yen"), read(order, "ord_gone")) == before
