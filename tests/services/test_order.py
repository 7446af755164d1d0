from contextlib import closing
from typing import Any

import pytest

from tests.services.conftest import Caller, Json
from tests.services.rows import MARCH, Value, insert, writing
from tests.support.services import ServiceProcess


def euro(amount: str) -> Json:
    return {"amount": amount, "currencyCode": "EUR"}


FULL_ORDER = {
    "id": "ord_full",
    "customerId": "cus_ada",
    "number": "#1001",
    "confirmationNumber": "C1",
    "status": "DELIVERED",
    "fulfillmentStatus": "FULFILLED",
    "placedAt": "2026-03-01T09:30:00Z",
    "updatedAt": "2026-03-10T09:30:00Z",
    "cancelledAt": None,
    "cancelReason": None,
    "archived": False,
    "shopId": "shop_1",
    "note": "Ring twice",
    "subtotal": euro("25.80"),
    "totalDiscount": euro("1.00"),
    "totalShipping": euro("4.90"),
    "totalTax": euro("0.50"),
    "totalTip": euro("0.10"),
    "total": euro("30.30"),
    "lineItems": [
        {
            "id": "itm_1",
            "productId": "prd_lamp",
            "title": "Lamp",
            "variantTitle": "Red",
            "imageUrl": None,
            "sku": "L-1",
            "quantity": 2,
            "fulfilledQuantity": 2,
            "refundableQuantity": 2,
            "unitPrice": euro("12.90"),
            "totalDiscount": euro("1.00"),
            "total": euro("24.80"),
            "discounts": [{"title": "Spring", "amount": euro("1.00")}],
            "source": {"channel": "VIDEO", "creatorHandle": "lia"},
        }
    ],
    "shippingAddress": {
        "name": "Ada",
        "lines": ["Hof 1", "Haus B"],
        "city": "Berlin",
        "region": None,
        "postalCode": "10115",
        "countryCode": "DE",
    },
    "billingAddress": None,
    "shipments": [
        {
            "id": "shm_1",
            "orderId": "ord_full",
            "customerId": "cus_ada",
            "carrier": "DHL",
            "trackingNumber": None,
            "trackingUrl": None,
            "status": "DELIVERED",
            "estimatedDeliveryAt": None,
            "shippedAt": "2026-03-02T09:30:00Z",
            "deliveredAt": "2026-03-06T09:30:00Z",
            "items": [{"lineItemId": "itm_1", "quantity": 2}],
            "events": [
                {"status": "IN_TRANSIT", "happenedAt": "2026-03-02T09:30:00Z", "message": "Moved", "place": None},
                {"status": "DELIVERED", "happenedAt": "2026-03-06T09:30:00Z", "message": "Moved", "place": None},
            ],
        }
    ],
    "invoices": [{"id": "inv_1", "number": "I-1", "issuedAt": "2026-03-01T09:30:00Z", "url": "https://x.example/i"}],
    "availableActions": ["CANCEL_RETURN", "CONFIRM_RECEIPT", "REORDER", "ARCHIVE"],
}

CLOSED_RETURN = {
    "id": "ret_1",
    "orderId": "ord_full",
    "customerId": "cus_ada",
    "number": "R1",
    "status": "CLOSED",
    "reason": "DAMAGED",
    "note": None,
    "requestedAt": "2026-03-07T09:30:00Z",
    "updatedAt": "2026-03-01T09:30:00Z",
    "closedAt": "2026-03-08T09:30:00Z",
    "declineReason": None,
    "refundAmount": euro("12.40"),
    "items": [{"lineItemId": "itm_1", "title": "Lamp", "quantity": 1}],
}


def test_an_order_has_all_its_parts(order: Caller) -> None:
    assert order.ask("/v1/orders:batchGet", "ord_full") == {"ord_full": FULL_ORDER}


def test_an_order_is_found_by_its_number(order: Caller) -> None:
    assert order.ask("/v1/orders:batchGetByNumber", "#1001", "#9") == {"#1001": FULL_ORDER}


def test_orders_of_one_batch_keep_their_own_parts_and_owners(order: Caller) -> None:
    found = order.ask("/v1/orders:batchGet", "ord_bo", "ord_full", "ord_gone", "ord_nobody", "ord_full")
    assert found.keys() == {"ord_bo", "ord_full", "ord_gone"}
    assert found["ord_full"] == FULL_ORDER
    bo: Any = found["ord_bo"]
    assert (bo["customerId"], bo["lineItems"], bo["shipments"], bo["invoices"]) == ("cus_bo", [], [], [])
    gone: Any = found["ord_gone"]
    assert (gone["cancelledAt"], gone["cancelReason"]) == ("2026-03-02T09:30:00Z", "INVENTORY")


def test_a_return_can_be_requested_within_thirty_days_of_the_services_clock(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    data = tmp_path_factory.mktemp("clock")
    with writing(data, "order") as connection:
        insert(connection, "customers", id="cus_ada", handle="ada")
        insert(connection, "shops", id="shop_1", handle="lampen")
        insert(connection, "products", id="prd_lamp")
        delivered: dict[str, Value] = {"status": "COMPLETED", "delivered_at": MARCH}
        insert(connection, "orders", id="ord_1", number="1", **delivered)
        insert(connection, "line_items", id="itm_1", order_id="ord_1", refundable_quantity=1)
        insert(connection, "orders", id="ord_2", number="2", **delivered)
        insert(connection, "line_items", id="itm_2", order_id="ord_2", refundable_quantity=1)
        insert(connection, "returns", id="ret_1", number="R1", order_id="ord_2", status="OPEN")
    for now, expected in (
        ("2026-03-31T09:30:00Z", ["REQUEST_RETURN", "REORDER", "ARCHIVE"]),
        ("2026-03-31T09:30:01Z", ["REORDER", "ARCHIVE"]),
    ):
        with ServiceProcess("order", data, ["--now", now]) as process, closing(Caller(process)) as caller:
            found: Any = caller.ask("/v1/orders:batchGet", "ord_1", "ord_2")
        assert found["ord_1"]["availableActions"] == expected
        assert found["ord_2"]["availableActions"] == ["CANCEL_RETURN", "REORDER", "ARCHIVE"]


def test_customers(order: Caller) -> None:
    ada = {
        "id": "cus_ada",
        "displayName": "Ada",
        "handle": "ada",
        "avatarUrl": None,
        "memberSince": "2026-03-01T09:30:00Z",
        "region": "DE",
    }
    assert order.ask("/v1/customers:batchGet", "cus_ada", "cus_nobody") == {"cus_ada": ada}


def test_badges_leave_archived_orders_out(order: Caller) -> None:
    nothing = dict.fromkeys(("toPay", "toShip", "toReceive", "toReview", "returns", "cancelled", "unreadUpdates"), 0)
    ada = nothing | {"customerId": "cus_ada", "toPay": 1, "toReview": 1, "returns": 1, "unreadUpdates": 2}
    bo = nothing | {"customerId": "cus_bo", "toShip": 1}
    assert order.ask("/v1/badges:batchGet", "cus_bo", "cus_ada", "cus_nobody") == {"cus_ada": ada, "cus_bo": bo}


def test_shops_and_products(order: Caller) -> None:
    tea_house = {
        "id": "shop_2",
        "name": "Teehaus",
        "handle": "tee",
        "logoUrl": None,
        "url": "https://shop.example/lampen",
        "rating": None,
        "verified": False,
    }
    assert order.ask("/v1/shops:batchGet", "shop_2") == {"shop_2": tea_house}
    products: Any = order.ask("/v1/products:batchGet", "prd_lamp", "prd_tea")
    lamp = products["prd_lamp"]
    assert (lamp["price"], lamp["compareAtPrice"]) == (euro("12.90"), euro("15.90"))
    assert (lamp["rating"], lamp["ratingCount"], lamp["inStock"], lamp["shopId"]) == (4.25, 8, True, "shop_1")
    tea = products["prd_tea"]
    assert (tea["price"], tea["compareAtPrice"]) == ({"amount": "1290", "currencyCode": "JPY"}, None)
    assert (tea["rating"], tea["inStock"]) == (None, False)


def test_a_timeline_without_events_is_empty(order: Caller) -> None:
    event = {
        "id": "evt_1",
        "kind": "PLACED",
        "happenedAt": "2026-03-01T09:30:00Z",
        "actor": "CUSTOMER",
        "actorName": None,
        "message": "Placed",
    }
    assert order.ask("/v1/timelines:batchGet", "ord_full", "ord_bo", "ord_nobody") == {
        "ord_full": {"orderId": "ord_full", "customerId": "cus_ada", "events": [event]},
        "ord_bo": {"orderId": "ord_bo", "customerId": "cus_bo", "events": []},
    }


def test_shipments_by_id_are_those_of_the_order(order: Caller) -> None:
    assert order.ask("/v1/shipments:batchGet", "shm_1", "shm_0") == {"shm_1": FULL_ORDER["shipments"][0]}  # type: ignore[index]


def test_returns(order: Caller) -> None:
    assert order.ask("/v1/returns:batchGet", "ret_1") == {"ret_1": CLOSED_RETURN}
    by_order: Any = order.ask("/v1/returns:batchGetByOrder", "ord_full", "ord_bo", "ord_nobody")
    assert by_order.keys() == {"ord_full", "ord_bo"}
    assert by_order["ord_bo"] == {"orderId": "ord_bo", "customerId": "cus_bo", "returns": []}
    assert [each["id"] for each in by_order["ord_full"]["returns"]] == ["ret_1", "ret_2"]
    assert by_order["ord_full"]["returns"][0] == CLOSED_RETURN
    assert order.ids("/v1/returns:search") == ["ret_2", "ret_1"]
    assert order.ids("/v1/returns:search", filter={"status": ["CLOSED"]}) == ["ret_1"]


def test_checkouts(order: Caller) -> None:
    checkout = {
        "id": "chk_1",
        "customerId": "cus_ada",
        "shopId": "shop_1",
        "state": "OPEN",
        "url": "https://shop.example/checkout",
        "createdAt": "2026-03-01T09:30:00Z",
        "updatedAt": "2026-03-01T09:30:00Z",
        "total": euro("12.90"),
        "items": [
            {"productId": "prd_lamp", "title": "Lamp", "quantity": 1, "unitPrice": euro("12.90"), "imageUrl": None}
        ],
    }
    assert order.ask("/v1/checkouts:batchGet", "chk_1") == {"chk_1": checkout}
    found = order.page("/v1/checkouts:search")
    assert [item["id"] for item in found["items"]] == ["chk_2", "chk_1"]
    assert found["items"][0]["total"] == {"amount": "12.900", "currencyCode": "KWD"}
    assert order.ids("/v1/checkouts:search", filter={"state": ["OPEN"]}) == ["chk_1"]
