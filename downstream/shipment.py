"""Parcels and where they are, from the order service."""

from collections.abc import Sequence

from downstream.endpoint import BatchGet, Entity
from downstream.record import OpenEnum, Owned, Record


class TrackingStatus(OpenEnum):
    """How far a parcel has come."""

    CONFIRMED = "CONFIRMED"
    LABEL_PURCHASED = "LABEL_PURCHASED"
    CARRIER_PICKED_UP = "CARRIER_PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    ATTEMPTED_DELIVERY = "ATTEMPTED_DELIVERY"
    DELAYED = "DELAYED"
    DELIVERED = "DELIVERED"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    PICKED_UP = "PICKED_UP"
    FAILURE = "FAILURE"
    UNKNOWN = "UNKNOWN"


class TrackingEvent(Record, frozen=True):
    """One scan of a parcel."""

    status: TrackingStatus
    happened_at: str
    message: str
    place: str | None


class ShipmentItem(Record, frozen=True):
    """How many of a line item are in a parcel."""

    line_item_id: str
    quantity: int


class Shipment(Record, frozen=True):
    """A parcel of an order."""

    id: str
    order_id: str
    customer_id: str
    carrier: str
    tracking_number: str | None
    tracking_url: str | None
    status: TrackingStatus
    estimated_delivery_at: str | None
    shipped_at: str | None
    delivered_at: str | None
    items: Sequence[ShipmentItem]
    events: Sequence[TrackingEvent]


SHIPMENT_BY_ID: Entity[Owned, Shipment] = BatchGet("order", "/v1/shipments:batchGet", Shipment)
