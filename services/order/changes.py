"""What a customer does with an order."""

from typing import Annotated

from msgspec import Meta

from services.common.batch import MAX_KEYS, Key
from services.common.changes import Body
from services.common.database import Writer, asked
from services.common.problems import NotFound
from services.order.actions import OrderCommand, permit
from services.order.customer import Badges, badges_by_customer
from services.order.order import Order, orders_by_id
from services.order.timeline import tell_customers_act

_CANCEL = "UPDATE orders SET status = 'CANCELLED', cancel_reason = 'CUSTOMER', cancelled_at = ? WHERE id = ?"
_RECEIVE = "UPDATE orders SET status = 'COMPLETED', received_at = ? WHERE id = ?"
_ARCHIVE = "UPDATE orders SET archived = ? WHERE id = ?"
_UNREAD = "SELECT id FROM orders WHERE customer_id = ? AND unread_updates > 0"
_OWN = "SELECT count(*) FROM orders WHERE customer_id = ? AND id IN (SELECT value FROM json_each(?))"
_READ = "UPDATE orders SET unread_updates = 0 WHERE id = ?"


class MarkUpdatesRead(Body, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of which orders the customer has seen what is new."""

    order_ids: Annotated[
        Annotated[list[Key], Meta(min_length=1, max_length=MAX_KEYS)] | None, Meta(description="Null: of all.")
    ]


def cancel(writer: Writer, body: OrderCommand) -> Order:
    """Cancel an order that has not been shipped; nothing of it can go back any more."""
    permit(writer, "CANCEL", body.customer_id, body.order_id)
    writer.change(_CANCEL, writer.seconds, body.order_id)
    writer.change("UPDATE line_items SET refundable_quantity = 0 WHERE order_id = ?", body.order_id)
    tell_customers_act(writer, body.order_id, "CANCELLED", "You cancelled the order")
    return _order(writer, body.order_id)


def confirm_receipt(writer: Writer, body: OrderCommand) -> Order:
    """Complete an order that has arrived."""
    permit(writer, "CONFIRM_RECEIPT", body.customer_id, body.order_id)
    writer.change(_RECEIVE, writer.seconds, body.order_id)
    tell_customers_act(writer, body.order_id, "RECEIPT_CONFIRMED", "You confirmed that everything arrived")
    return _order(writer, body.order_id)


def archive(writer: Writer, body: OrderCommand) -> Order:
    """Put a finished order away."""
    permit(writer, "ARCHIVE", body.customer_id, body.order_id)
    return _archived(writer, body, archived=True)


def unarchive(writer: Writer, body: OrderCommand) -> Order:
    """Bring an order back."""
    permit(writer, "UNARCHIVE", body.customer_id, body.order_id)
    return _archived(writer, body, archived=False)


def mark_updates_read(writer: Writer, body: MarkUpdatesRead) -> Badges:
    """Count the updates of orders as seen, and return what is left to be seen."""
    chosen = body.order_ids
    if chosen is not None and writer.rows(_OWN, (body.customer_id, asked(chosen)))[0][0] < len(set(chosen)):
        raise NotFound
    for (order,) in writer.rows(_UNREAD, (body.customer_id,)):
        if chosen is None or order in chosen:
            writer.change(_READ, order)
            writer.announce("order.updated", order, body.customer_id)
    badges = badges_by_customer(writer, [body.customer_id])
    if not badges:
        raise NotFound
    return badges[body.customer_id]


def _archived(writer: Writer, body: OrderCommand, *, archived: bool) -> Order:
    writer.change(_ARCHIVE, archived, body.order_id)
    writer.announce("order.updated", body.order_id, body.customer_id)
    return _order(writer, body.order_id)


def _order(writer: Writer, order: str) -> Order:
    return orders_by_id(writer, [order])[order]
