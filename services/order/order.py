from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from services.common.database import ASKED, Reader
from services.common.money import Money, money
from services.common.shared import grouped
from services.common.times import Time, time, time_or_none
from services.order.actions import OrderAction, OrderState, OrderStatus, available_actions, order_states
from services.order.customer import Region
from services.order.lines import LineItem, line_items_by_order
from services.order.shipment import Shipment, shipments_by_order

FulfillmentStatus = Literal["UNFULFILLED", "PARTIALLY_FULFILLED", "FULFILLED"]
CancelReason = Literal["CUSTOMER", "INVENTORY", "PAYMENT", "FRAUD", "OTHER"]

_ORDERS = """
    SELECT id, customer_id, number, confirmation_number, status, fulfillment_status, placed_at, updated_at,
        cancelled_at, cancel_reason, archived, shop_id, note, currency, subtotal, total_discount, total_shipping,
        total_tax, total_tip, total, shipping_address_id, billing_address_id
    FROM orders
"""
_BY_ID = f"{_ORDERS} WHERE id {ASKED}"
_BY_NUMBER = f"{_ORDERS} WHERE number {ASKED}"

_ADDRESSES = """
    WITH asked AS (
        SELECT shipping_address_id, billing_address_id FROM orders WHERE id IN (SELECT value FROM json_each(?))
    )
    SELECT id, name, line1, line2, line3, city, region, postal_code, country_code FROM addresses
    WHERE id IN (SELECT shipping_address_id FROM asked UNION SELECT billing_address_id FROM asked)
"""

_INVOICES = """
    SELECT order_id, id, number, issued_at, url FROM invoices
    WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY order_id, issued_at, id
"""


class Address(Struct, rename="camel", frozen=True):
    """A postal address."""

    name: str
    lines: Annotated[list[str], Meta(min_length=1, max_length=3)]
    city: str
    region: str | None
    postal_code: str | None
    country_code: Region


class Invoice(Struct, rename="camel", frozen=True):
    """A document about an order."""

    id: str
    number: str
    issued_at: Time
    url: str


class Order(Struct, rename="camel", frozen=True, kw_only=True):
    """A purchase; all its money is in one currency.

    `total` is `subtotal` less `totalDiscount` plus `totalShipping`, `totalTax` and `totalTip`.
    """

    id: str
    customer_id: str
    number: str
    confirmation_number: str
    status: OrderStatus
    fulfillment_status: FulfillmentStatus
    placed_at: Time
    updated_at: Time
    cancelled_at: Time | None
    cancel_reason: CancelReason | None
    archived: bool
    shop_id: str
    note: str | None
    subtotal: Money
    total_discount: Money
    total_shipping: Money
    total_tax: Money
    total_tip: Money
    total: Money
    line_items: list[LineItem]
    shipping_address: Address | None
    billing_address: Address | None
    shipments: list[Shipment]
    invoices: list[Invoice]
    available_actions: list[OrderAction]


class Parts(Struct, frozen=True):
    """What other tables hold of the orders of one batch."""

    line_items: Mapping[str, list[LineItem]]
    addresses: Mapping[int, Address]
    shipments: Mapping[str, list[Shipment]]
    invoices: Mapping[str, list[Invoice]]
    states: Mapping[str, OrderState]


def orders_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Order]:
    """Read orders."""
    return {order.id: order for order in _completed(reader, reader.rows_of(_BY_ID, ids))}


def orders_by_number(reader: Reader, numbers: Sequence[str]) -> dict[str, Order]:
    """Read orders by the number that people know."""
    return {order.number: order for order in _completed(reader, reader.rows_of(_BY_NUMBER, numbers))}


def _completed(reader: Reader, rows: list[Any]) -> list[Order]:
    ids = [row[0] for row in rows]
    parts = Parts(
        line_items=line_items_by_order(reader, ids),
        addresses=_addresses(reader, ids),
        shipments=shipments_by_order(reader, ids),
        invoices=grouped(
            (order, Invoice(key, number, time(issued_at), url))
            for order, key, number, issued_at, url in reader.rows_of(_INVOICES, ids)
        ),
        states=order_states(reader, ids),
    )
    return [_order(reader, row, parts) for row in rows]


def _addresses(reader: Reader, orders: Sequence[str]) -> dict[int, Address]:
    return {
        key: Address(name, [line for line in lines if line is not None], city, region, postal_code, country_code)
        for key, name, *lines, city, region, postal_code, country_code in reader.rows_of(_ADDRESSES, orders)
    }


def _order(reader: Reader, row: tuple[Any, ...], parts: Parts) -> Order:
    key, customer_id, number, confirmation_number, status, fulfillment_status, placed_at, updated_at = row[:8]
    cancelled_at, cancel_reason, archived, shop_id, note, currency, *amounts = row[8:20]
    shipping_address_id, billing_address_id = row[20:]
    subtotal, total_discount, total_shipping, total_tax, total_tip, total = (money(each, currency) for each in amounts)
    return Order(
        id=key,
        customer_id=customer_id,
        number=number,
        confirmation_number=confirmation_number,
        status=status,
        fulfillment_status=fulfillment_status,
        placed_at=time(placed_at),
        updated_at=time(updated_at),
        cancelled_at=time_or_none(cancelled_at),
        cancel_reason=cancel_reason,
        archived=bool(archived),
        shop_id=shop_id,
        note=note,
        subtotal=subtotal,
        total_discount=total_discount,
        total_shipping=total_shipping,
        total_tax=total_tax,
        total_tip=total_tip,
        total=total,
        line_items=parts.line_items.get(key, []),
        shipping_address=parts.addresses.get(shipping_address_id),
        billing_address=parts.addresses.get(billing_address_id),
        shipments=parts.shipments.get(key, []),
        invoices=parts.invoices.get(key, []),
        available_actions=available_actions(parts.states[key], reader.now),
    )
