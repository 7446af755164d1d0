"""What a person may do with an order, and why not: the one place that decides it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta

from services.common.batch import Key
from services.common.changes import Body
from services.common.database import Reader, Writer
from services.common.problems import NotFound, RefusalCode, Refused
from services.common.times import time_or_none

OrderAction = Literal[
    "PAY",
    "CANCEL",
    "REQUEST_RETURN",
    "CANCEL_RETURN",
    "CONFIRM_RECEIPT",
    "REORDER",
    "ARCHIVE",
    "UNARCHIVE",
]
OrderStatus = Literal[
    "UNPAID",
    "ON_HOLD",
    "AWAITING_SHIPMENT",
    "PARTIALLY_SHIPPED",
    "AWAITING_COLLECTION",
    "IN_TRANSIT",
    "DELIVERED",
    "COMPLETED",
    "CANCELLED",
]

RETURN_WINDOW = timedelta(days=30)

_FINISHED = {"DELIVERED", "COMPLETED", "CANCELLED"}
_NOT_SHIPPED = {"UNPAID", "ON_HOLD", "AWAITING_SHIPMENT"}

_STATES = """
    SELECT id, customer_id, status, delivered_at, archived,
        EXISTS (SELECT 1 FROM line_items i WHERE i.order_id = orders.id AND i.refundable_quantity > 0),
        EXISTS (SELECT 1 FROM returns r WHERE r.order_id = orders.id AND r.status IN ('REQUESTED', 'OPEN')),
        EXISTS (
            SELECT 1 FROM line_items i JOIN products p ON p.id = i.product_id
            WHERE i.order_id = orders.id AND p.in_stock
        )
    FROM orders WHERE id IN (SELECT value FROM json_each(?))
"""


class OrderCommand(Body, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be done with which order."""

    order_id: Annotated[Key, Meta(description="Which order.")]


@dataclass(frozen=True, kw_only=True)
class OrderState:
    """What decides about an order's actions.

    Args:
        customer_id: Whose it is.
        status: Where the order is in its life.
        delivered_at: When everything had arrived, if it has.
        archived: Whether the person put the order away.
        refundable: Whether at least one unit can still go back.
        return_open: Whether a return is requested or under way.
        in_stock: Whether at least one of its products can be bought now.
    """

    customer_id: str
    status: OrderStatus
    delivered_at: datetime | None
    archived: bool
    refundable: bool
    return_open: bool
    in_stock: bool


def order_states(reader: Reader, ids: Sequence[str]) -> dict[str, OrderState]:
    """Read the states of orders."""
    return {
        key: OrderState(
            customer_id=customer,
            status=status,
            delivered_at=time_or_none(delivered_at),
            archived=bool(archived),
            refundable=bool(refundable),
            return_open=bool(return_open),
            in_stock=bool(in_stock),
        )
        for key, customer, status, delivered_at, archived, refundable, return_open, in_stock in reader.rows_of(
            _STATES, ids
        )
    }


def available_actions(order: OrderState, now: datetime) -> list[OrderAction]:
    """What the person can do with an order at `now`."""
    return [action for action in _RULES if refusal(action, order, now) is None]


def refusal(action: OrderAction, order: OrderState, now: datetime) -> RefusalCode | None:
    """Why the person cannot do this with an order at `now`; None when they can."""
    return _RULES[action](order, now)


def permit(writer: Writer, action: OrderAction, customer: str, order: str) -> OrderState:
    """Return an order's state, provided that its owner may do this with it.

    Raises:
        NotFound: There is no such order of the customer's.
        Refused: Its state does not allow it.
    """
    state = order_states(writer, [order]).get(order)
    if state is None or state.customer_id != customer:
        raise NotFound
    code = refusal(action, state, writer.now)
    if code is not None:
        raise Refused(code)
    return state


def _pay(order: OrderState, _: datetime) -> RefusalCode | None:
    return None if order.status == "UNPAID" else "ALREADY_PAID"


def _cancel(order: OrderState, _: datetime) -> RefusalCode | None:
    return None if order.status in _NOT_SHIPPED else "NOT_CANCELLABLE"


def _request_return(order: OrderState, now: datetime) -> RefusalCode | None:
    if order.delivered_at is None or order.delivered_at > now:
        return "NOT_DELIVERED"
    if now > order.delivered_at + RETURN_WINDOW:
        return "RETURN_WINDOW_CLOSED"
    if order.return_open:
        return "RETURN_UNDER_WAY"
    return None if order.refundable else "NOTHING_RETURNABLE"


def _cancel_return(order: OrderState, _: datetime) -> RefusalCode | None:
    return None if order.return_open else "RETURN_FINISHED"


def _confirm_receipt(order: OrderState, _: datetime) -> RefusalCode | None:
    if order.status == "COMPLETED":
        return "ALREADY_CONFIRMED"
    return None if order.status == "DELIVERED" else "NOT_DELIVERED"


def _reorder(order: OrderState, _: datetime) -> RefusalCode | None:
    if order.status == "UNPAID":
        return "NOT_REORDERABLE"
    return None if order.in_stock else "OUT_OF_STOCK"


def _archive(order: OrderState, _: datetime) -> RefusalCode | None:
    if order.archived:
        return "ALREADY_ARCHIVED"
    return None if order.status in _FINISHED else "NOT_ARCHIVABLE"


def _unarchive(order: OrderState, _: datetime) -> RefusalCode | None:
    return None if order.archived else "NOT_ARCHIVED"


_RULES: dict[OrderAction, Callable[[OrderState, datetime], RefusalCode | None]] = {
    "PAY": _pay,
    "CANCEL": _cancel,
    "REQUEST_RETURN": _request_return,
    "CANCEL_RETURN": _cancel_return,
    "CONFIRM_RECEIPT": _confirm_receipt,
    "REORDER": _reorder,
    "ARCHIVE": _archive,
    "UNARCHIVE": _unarchive,
}
