from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from services.common.database import Reader, Writer
from services.common.ids import new_id
from services.common.shared import grouped
from services.common.times import Time, time

TimelineActor = Literal["CUSTOMER", "SHOP", "CARRIER", "PAYMENT_PROVIDER", "SUPPORT", "SYSTEM"]
TimelineKind = Literal[
    "PLACED",
    "PAYMENT_AUTHORIZED",
    "PAID",
    "PAYMENT_FAILED",
    "ON_HOLD",
    "RELEASED",
    "PACKED",
    "SHIPPED",
    "READY_FOR_COLLECTION",
    "DELIVERED",
    "RECEIPT_CONFIRMED",
    "CANCELLED",
    "RETURN_REQUESTED",
    "RETURN_UPDATED",
    "REFUNDED",
    "NOTE",
]

_OWNERS = "SELECT id, customer_id FROM orders WHERE id IN (SELECT value FROM json_each(?))"

_EVENTS = """
    SELECT order_id, id, kind, happened_at, actor, actor_name, message FROM timeline_events
    WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY order_id, position
"""

_ADD = """
    INSERT INTO timeline_events (order_id, position, id, kind, happened_at, actor, actor_name, message)
    SELECT id, (SELECT coalesce(max(position), -1) + 1 FROM timeline_events WHERE order_id = orders.id),
        ?, ?, ?, ?, ?, ?
    FROM orders WHERE id = ?
"""
_CHANGED = "UPDATE orders SET updated_at = ?, unread_updates = unread_updates + ? WHERE id = ?"
_CUSTOMERS_NAME = "SELECT display_name FROM customers JOIN orders ON customer_id = customers.id WHERE orders.id = ?"


class TimelineEvent(Struct, rename="camel", frozen=True):
    """Who did what, when."""

    id: str
    kind: TimelineKind
    happened_at: Time
    actor: TimelineActor
    actor_name: str | None
    message: str


class Timeline(Struct, rename="camel", frozen=True):
    """What happened to an order, oldest first."""

    order_id: str
    customer_id: str
    events: list[TimelineEvent]


def timelines_by_order(reader: Reader, ids: Sequence[str]) -> dict[str, Timeline]:
    """Read the timelines of orders."""
    events = grouped(
        (order, TimelineEvent(key, kind, time(happened_at), actor, actor_name, message))
        for order, key, kind, happened_at, actor, actor_name, message in reader.rows_of(_EVENTS, ids)
    )
    return {order: Timeline(order, customer, events.get(order, [])) for order, customer in reader.rows_of(_OWNERS, ids)}


def tell(
    writer: Writer, order: str, kind: TimelineKind, message: str, *, actor: TimelineActor, name: str | None
) -> None:
    """Add what just happened to the end of an order's timeline, mark the order as changed, and announce it."""
    writer.change(_ADD, new_id("evt"), kind, writer.seconds, actor, name, message, order)
    mark_changed(writer, order, unread=int(actor != "CUSTOMER"))


def mark_changed(writer: Writer, order: str, *, unread: int) -> None:
    """Mark an order as changed just now, with so much for its owner to see, and announce it."""
    writer.change(_CHANGED, writer.seconds, unread, order)
    for (customer,) in writer.rows("SELECT customer_id FROM orders WHERE id = ?", (order,)):
        writer.announce("order.updated", order, customer)


def tell_customers_act(writer: Writer, order: str, kind: TimelineKind, message: str) -> None:
    """Add what the customer just did."""
    ((name,),) = writer.rows(_CUSTOMERS_NAME, (order,))
    tell(writer, order, kind, message, actor="CUSTOMER", name=name)
