"""Ada's and Bo's data: one example of everything, with all values known to the tests."""

import sqlite3

from tests.services.rows import DAY, MARCH, Value, insert


def write_order(connection: sqlite3.Connection) -> None:
    insert(connection, "customers", id="cus_ada", handle="ada")
    insert(connection, "customers", id="cus_bo", handle="bo", display_name="Bo", region="JP")
    insert(connection, "shops", id="shop_1", handle="lampen")
    insert(connection, "shops", id="shop_2", handle="tee", name="Teehaus", rating=None, verified=0)
    insert(connection, "products", id="prd_lamp", compare_at_price=1590, rating=4.25, rating_count=8)
    insert(connection, "products", id="prd_tea", shop_id="shop_2", title="Tea", currency="JPY", price=1290, in_stock=0)
    _write_full_order(connection)
    _write_other_orders(connection)
    insert(connection, "checkouts", id="chk_1")
    insert(connection, "checkouts", id="chk_2", state="ABANDONED", updated_at=MARCH + 60, currency="KWD", total=12900)
    insert(
        connection,
        "checkout_items",
        checkout_id="chk_1",
        position=0,
        product_id="prd_lamp",
        title="Lamp",
        quantity=1,
        unit_price=1290,
    )


def _write_full_order(connection: sqlite3.Connection) -> None:
    address = {"customer_id": "cus_ada", "name": "Ada", "city": "Berlin", "country_code": "DE"}
    insert(connection, "addresses", id=1, line1="Hof 1", line2="Haus B", postal_code="10115", **address)
    insert(
        connection,
        "orders",
        id="ord_full",
        number="#1001",
        status="DELIVERED",
        fulfillment_status="FULFILLED",
        delivered_at=MARCH + 5 * DAY,
        updated_at=MARCH + 9 * DAY,
        unread_updates=2,
        note="Ring twice",
        subtotal=2580,
        total_discount=100,
        total_shipping=490,
        total_tax=50,
        total_tip=10,
        total=3030,
        total_thousandths=30_300,
        shipping_address_id=1,
        search_text="#1001\nlampenladen\nlamp\ngrosse kanne",
    )
    insert(
        connection,
        "line_items",
        id="itm_1",
        order_id="ord_full",
        variant_title="Red",
        sku="L-1",
        quantity=2,
        fulfilled_quantity=2,
        refundable_quantity=2,
        unit_price=1290,
        total_discount=100,
        total=2480,
        source_channel="VIDEO",
        source_creator_handle="lia",
    )
    insert(connection, "discounts", line_item_id="itm_1", position=0, title="Spring", amount=100)
    insert(
        connection,
        "shipments",
        id="shm_1",
        order_id="ord_full",
        status="DELIVERED",
        shipped_at=MARCH + DAY,
        delivered_at=MARCH + 5 * DAY,
    )
    insert(connection, "shipment_items", shipment_id="shm_1", position=0, line_item_id="itm_1", quantity=2)
    event = {"shipment_id": "shm_1", "message": "Moved"}
    insert(connection, "tracking_events", position=0, status="IN_TRANSIT", happened_at=MARCH + DAY, **event)
    insert(connection, "tracking_events", position=1, status="DELIVERED", happened_at=MARCH + 5 * DAY, **event)
    insert(
        connection,
        "invoices",
        id="inv_1",
        order_id="ord_full",
        number="I-1",
        issued_at=MARCH,
        url="https://x.example/i",
    )
    insert(
        connection,
        "timeline_events",
        order_id="ord_full",
        position=0,
        id="evt_1",
        kind="PLACED",
        happened_at=MARCH,
        actor="CUSTOMER",
        message="Placed",
    )
    insert(connection, "returns", id="ret_2", order_id="ord_full", number="R2", requested_at=MARCH + 8 * DAY)
    insert(
        connection,
        "returns",
        id="ret_1",
        order_id="ord_full",
        number="R1",
        requested_at=MARCH + 6 * DAY,
        status="CLOSED",
        closed_at=MARCH + 7 * DAY,
        refund_amount=1240,
    )
    insert(connection, "return_items", return_id="ret_1", position=0, line_item_id="itm_1", title="Lamp", quantity=1)


def _write_other_orders(connection: sqlite3.Connection) -> None:
    insert(
        connection,
        "orders",
        id="ord_yen",
        number="#1002",
        shop_id="shop_2",
        status="UNPAID",
        financial_status="PENDING",
        placed_at=MARCH + 1,
        currency="JPY",
        total_thousandths=1_000_000,
        search_text="#1002\nteehaus",
    )
    insert(
        connection,
        "orders",
        id="ord_gone",
        number="#1003",
        status="CANCELLED",
        cancelled_at=MARCH + DAY,
        cancel_reason="INVENTORY",
        placed_at=MARCH + 2,
        archived=1,
        search_text="#1003\nlampenladen",
    )
    insert(connection, "orders", id="ord_bo", number="#1004", customer_id="cus_bo", search_text="#1004\nlampenladen")


def write_payment(connection: sqlite3.Connection) -> None:
    insert(
        connection,
        "ledgers",
        order_id="ord_1",
        financial_status="PARTIALLY_REFUNDED",
        authorized=1000,
        refunded=500,
    )
    insert(connection, "ledgers", order_id="ord_2", financial_status="PENDING", captured=0, outstanding=1000)
    insert(connection, "transactions", id="pay_2", created_at=MARCH + 60)
    insert(connection, "transactions", id="pay_1", kind="AUTHORIZATION")
    insert(
        connection,
        "transactions",
        id="pay_3",
        order_id="ord_2",
        status="FAILURE",
        created_at=MARCH + 120,
        failure_reason="Your bank said no",
        brand=None,
        last4=None,
        method="BANK_TRANSFER",
    )
    insert(connection, "refunds", id="rfd_1", transaction_id="pay_2", reason="Damaged")
    insert(connection, "refund_items", refund_id="rfd_1", position=0, line_item_id="itm_1", quantity=1, amount=500)
    insert(
        connection,
        "payment_methods",
        id="pm_1",
        brand="Visa",
        last4="4242",
        expiry_month=4,
        expiry_year=2028,
        is_default=1,
    )
    insert(connection, "payment_methods", id="pm_2", method="GIFT_CARD", created_at=MARCH + 1)


def write_recs(connection: sqlite3.Connection) -> None:
    product: dict[str, Value] = {"currency": "EUR", "in_stock": 1}
    insert(connection, "products", id="prd_a", title="Lamp", search_text="lamp", price=900, **product)
    insert(connection, "products", id="prd_b", title="Straße", search_text="strasse", price=500, **product)
    insert(connection, "products", id="prd_c", title="Tea", search_text="tea", price=1000, **product)
    insert(
        connection,
        "tags",
        id="tag_a",
        product_id="prd_a",
        note="For Äpfel",
        source_channel="LIVE",
        source_creator_handle="lia",
    )
    insert(connection, "tags", id="tag_b", product_id="prd_b", tagged_at=MARCH + 1, in_stock_when_tagged=0)
    insert(connection, "tags", id="tag_c", product_id="prd_c", tagged_at=MARCH + 2)
    for position, label in enumerate(("gift", "home")):
        insert(connection, "tag_labels", tag_id="tag_a", position=position, label=label)
    insert(connection, "tag_labels", tag_id="tag_c", position=0, label="gift")
    insert(connection, "suggestions", id="sug_a", product_id="prd_a", score=0.25, because_product_id="prd_b")
    insert(connection, "suggestions", id="sug_b", product_id="prd_b", score=0.75, placement="CHECKOUT")
    insert(connection, "suggestions", id="sug_c", product_id="prd_c", score=1.0, dismissed_at=MARCH)
    insert(connection, "views", id="view_a", product_id="prd_a")
    insert(connection, "views", id="view_b", product_id="prd_b", viewed_at=MARCH + 1, source_channel="SHOP")
