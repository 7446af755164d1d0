from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

OrderAction = Literal["PAY", "CANCEL", "REQUEST_RETURN", "CONFIRM_RECEIPT", "REORDER", "ARCHIVE", "UNARCHIVE"]
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


@dataclass(frozen=True)
class OrderState:
    """What decides about an order's actions.

    Args:
        status: Where the order is in its life.
        delivered_at: When everything had arrived, if it has.
        refundable: Whether at least one unit can still go back.
        return_open: Whether a return is requested or under way.
        archived: Whether the person put the order away.
    """

    status: OrderStatus
    delivered_at: datetime | None
    refundable: bool
    return_open: bool
    archived: bool


def available_actions(order: OrderState, now: datetime) -> list[OrderAction]:
    """What the person can do with an order at `now`."""
    return [action for action, allowed in _RULES.items() if allowed(order, now)]


def _returnable(order: OrderState, now: datetime) -> bool:
    return (
        order.delivered_at is not None
        and order.delivered_at <= now <= order.delivered_at + RETURN_WINDOW
        and order.refundable
        and not order.return_open
    )


_RULES: dict[OrderAction, Callable[[OrderState, datetime], bool]] = {
    "PAY": lambda order, _: order.status == "UNPAID",
    "CANCEL": lambda order, _: order.status in {"UNPAID", "ON_HOLD", "AWAITING_SHIPMENT"},
    "REQUEST_RETURN": _returnable,
    "CONFIRM_RECEIPT": lambda order, _: order.status == "DELIVERED",
    "REORDER": lambda order, _: order.status != "UNPAID",
    "ARCHIVE": lambda order, _: order.status in _FINISHED and not order.archived,
    "UNARCHIVE": lambda order, _: order.archived,
}
