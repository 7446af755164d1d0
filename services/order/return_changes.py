"""What a customer does with a return."""

from typing import Annotated

from msgspec import Meta, Struct

from services.common.batch import Key
from services.common.changes import Body
from services.common.database import Writer
from services.common.ids import new_id
from services.common.problems import NotFound, Refused
from services.common.shared import Quantity
from services.order.actions import OrderCommand, permit
from services.order.returns import Return, ReturnReason, returns_by_id
from services.order.timeline import tell_customers_act

MAX_ITEMS = 100

_LINES = "SELECT id, refundable_quantity, title FROM line_items WHERE order_id = ?"
_REQUEST = """
    INSERT INTO returns (id, order_id, customer_id, number, status, reason, note, requested_at, updated_at, currency)
    SELECT ?, id, customer_id, ?, 'REQUESTED', ?, ?, ?, ?, currency FROM orders WHERE id = ?
"""
_ITEM = "INSERT INTO return_items (return_id, position, line_item_id, title, quantity) VALUES (?, ?, ?, ?, ?)"
_CANCEL = "UPDATE returns SET status = 'CANCELED', updated_at = ?, closed_at = ? WHERE id = ?"


class ReturnedItem(Struct, rename="camel", frozen=True, forbid_unknown_fields=True):
    """How many of a line item shall go back."""

    line_item_id: Key
    quantity: Annotated[Quantity, Meta(le=1_000_000)]


class RequestReturn(OrderCommand, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of which order shall go back, and why."""

    reason: ReturnReason
    note: Annotated[str, Meta(min_length=1, max_length=500)] | None
    items: Annotated[list[ReturnedItem], Meta(min_length=1, max_length=MAX_ITEMS)]


class ReturnCommand(Body, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be done with which return."""

    return_id: Annotated[Key, Meta(description="Which return.")]


def request_return(writer: Writer, body: RequestReturn) -> Return:
    """Ask the shop to take goods back."""
    permit(writer, "REQUEST_RETURN", body.customer_id, body.order_id)
    wanted: dict[str, int] = {}
    for item in body.items:
        wanted[item.line_item_id] = wanted.get(item.line_item_id, 0) + item.quantity
    lines = {line: (refundable, title) for line, refundable, title in writer.rows(_LINES, (body.order_id,))}
    if not wanted.keys() <= lines.keys():
        raise Refused("UNKNOWN_LINE_ITEM")
    if any(quantity > lines[line][0] for line, quantity in wanted.items()):
        raise Refused("QUANTITY_TOO_LARGE")
    key, now = new_id("ret"), writer.seconds
    number = f"RT-{key.removeprefix('ret_')[:10]}"
    writer.change(_REQUEST, key, number, body.reason, body.note, now, now, body.order_id)
    for place, (line, quantity) in enumerate(wanted.items()):
        writer.change(_ITEM, key, place, line, lines[line][1], quantity)
    tell_customers_act(writer, body.order_id, "RETURN_REQUESTED", "You asked for a return")
    writer.enter(key, body.customer_id)
    return returns_by_id(writer, [key])[key]


def cancel_return(writer: Writer, body: ReturnCommand) -> Return:
    """Withdraw a return that is not finished; the customer keeps the goods."""
    found = returns_by_id(writer, [body.return_id]).get(body.return_id)
    if found is None or found.customer_id != body.customer_id:
        raise NotFound
    if found.status not in {"REQUESTED", "OPEN"}:
        raise Refused("RETURN_FINISHED")
    writer.change(_CANCEL, writer.seconds, writer.seconds, found.id)
    tell_customers_act(writer, found.order_id, "RETURN_UPDATED", "You withdrew the return")
    writer.enter(found.id, found.customer_id)
    return returns_by_id(writer, [found.id])[found.id]
