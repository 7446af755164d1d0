"""Rows for the services' databases: every column has a sensible value unless a test gives its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import services
from services.common.command import KEPT
from services.common.migrations import migrate, open_database, run_script

# 2026-03-01T09:30:00Z
MARCH = 1772357400
DAY = 86_400

Value = str | int | float | None

_DEFAULTS: dict[str, dict[str, Value]] = {
    "customers": {"display_name": "Ada", "avatar_url": None, "member_since": MARCH, "region": "DE"},
    "shops": {
        "name": "Lampenladen",
        "logo_url": None,
        "url": "https://shop.example/lampen",
        "rating": 4.5,
        "verified": 1,
        "currency": "EUR",
    },
    "products": {
        "shop_id": "shop_1",
        "title": "Lamp",
        "description": "Gives light",
        "category": "home",
        "image_url": None,
        "url": "https://shop.example/lamp",
        "currency": "EUR",
        "price": 1290,
        "compare_at_price": None,
        "rating": None,
        "rating_count": 0,
        "in_stock": 1,
    },
    "orders": {
        "customer_id": "cus_ada",
        "shop_id": "shop_1",
        "confirmation_number": "C1",
        "status": "AWAITING_SHIPMENT",
        "financial_status": "PAID",
        "fulfillment_status": "UNFULFILLED",
        "placed_at": MARCH,
        "updated_at": MARCH,
        "currency": "EUR",
        "subtotal": 1000,
        "total_discount": 0,
        "total_shipping": 0,
        "total_tax": 0,
        "total_tip": 0,
        "total": 1000,
        "total_thousandths": 10_000,
        "search_text": "",
    },
    "line_items": {
        "position": 0,
        "product_id": "prd_lamp",
        "title": "Lamp",
        "quantity": 1,
        "fulfilled_quantity": 0,
        "refundable_quantity": 0,
        "unit_price": 1000,
        "total_discount": 0,
        "total": 1000,
    },
    "shipments": {"customer_id": "cus_ada", "position": 0, "carrier": "DHL", "status": "IN_TRANSIT"},
    "returns": {
        "customer_id": "cus_ada",
        "status": "REQUESTED",
        "reason": "DAMAGED",
        "requested_at": MARCH,
        "updated_at": MARCH,
        "currency": "EUR",
    },
    "checkouts": {
        "customer_id": "cus_ada",
        "shop_id": "shop_1",
        "state": "OPEN",
        "url": "https://shop.example/checkout",
        "created_at": MARCH,
        "updated_at": MARCH,
        "currency": "EUR",
        "total": 1290,
    },
    "ledgers": {
        "customer_id": "cus_ada",
        "financial_status": "PAID",
        "currency": "EUR",
        "total": 1000,
        "authorized": 0,
        "captured": 1000,
        "refunded": 0,
        "outstanding": 0,
    },
    "transactions": {
        "order_id": "ord_1",
        "customer_id": "cus_ada",
        "kind": "CHARGE",
        "status": "SUCCESS",
        "currency": "EUR",
        "amount": 1000,
        "method": "CARD",
        "brand": "Visa",
        "last4": "4242",
        "created_at": MARCH,
    },
    "refunds": {
        "order_id": "ord_1",
        "customer_id": "cus_ada",
        "currency": "EUR",
        "amount": 500,
        "created_at": MARCH,
    },
    "payment_methods": {"customer_id": "cus_ada", "method": "CARD", "is_default": 0, "created_at": MARCH},
    "tags": {
        "customer_id": "cus_ada",
        "price_when_tagged": 1000,
        "in_stock_when_tagged": 1,
        "tagged_at": MARCH,
    },
    "suggestions": {"customer_id": "cus_ada", "reason": "SIMILAR", "score": 0.5, "placement": "HOME"},
    "views": {"customer_id": "cus_ada", "viewed_at": MARCH},
}


def insert(connection: sqlite3.Connection, table: str, **values: Value) -> None:
    # Both order and recs have products, with different columns.
    columns = {column for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}
    row = {name: value for name, value in _DEFAULTS.get(table, {}).items() if name in columns} | values
    marks = ", ".join("?" * len(row))
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608 - names are the tests' own
    connection.execute(statement, list(row.values()))


@contextmanager
def writing(data: Path, service: str) -> Iterator[sqlite3.Connection]:
    """Open a service's database for writing, making it where it is missing, and commit at the end."""
    with closing(open_database(data / f"{service}.sqlite")) as connection:
        migrate(connection, Path(services.__path__[0]) / service / "migrations")
        run_script(connection, KEPT.read_text())
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
