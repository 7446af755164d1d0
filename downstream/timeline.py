"""Who did what with an order, and when, from the order service."""

from collections.abc import Sequence

from downstream.endpoint import BatchGet, Entity
from downstream.record import OpenEnum, Owned, Record


class TimelineKind(OpenEnum):
    """What happened."""

    PLACED = "PLACED"
    PAYMENT_AUTHORIZED = "PAYMENT_AUTHORIZED"
    PAID = "PAID"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    ON_HOLD = "ON_HOLD"
    RELEASED = "RELEASED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    READY_FOR_COLLECTION = "READY_FOR_COLLECTION"
    DELIVERED = "DELIVERED"
    RECEIPT_CONFIRMED = "RECEIPT_CONFIRMED"
    CANCELLED = "CANCELLED"
    RETURN_REQUESTED = "RETURN_REQUESTED"
    RETURN_UPDATED = "RETURN_UPDATED"
    REFUNDED = "REFUNDED"
    NOTE = "NOTE"
    UNKNOWN = "UNKNOWN"


class TimelineActor(OpenEnum):
    """Who did it."""

    CUSTOMER = "CUSTOMER"
    SHOP = "SHOP"
    CARRIER = "CARRIER"
    PAYMENT_PROVIDER = "PAYMENT_PROVIDER"
    SUPPORT = "SUPPORT"
    SYSTEM = "SYSTEM"
    UNKNOWN = "UNKNOWN"


class TimelineEvent(Record, frozen=True):
    """One entry of an order's history."""

    id: str
    kind: TimelineKind
    happened_at: str
    actor: TimelineActor
    actor_name: str | None
    message: str


class Timeline(Record, frozen=True):
    """An order's history, oldest first."""

    order_id: str
    customer_id: str
    events: Sequence[TimelineEvent]


TIMELINE_BY_ORDER: Entity[Owned, Timeline] = BatchGet("order", "/v1/timelines:batchGet", Timeline, identity="order_id")
