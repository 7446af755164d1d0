from collections.abc import Iterable, Sequence
from typing import Any, Literal

from msgspec import Struct

from services.common.database import ASKED, Reader
from services.common.shared import Quantity, grouped
from services.common.times import Time, time, time_or_none

TrackingStatus = Literal[
    "CONFIRMED",
    "LABEL_PURCHASED",
    "CARRIER_PICKED_UP",
    "IN_TRANSIT",
    "OUT_FOR_DELIVERY",
    "ATTEMPTED_DELIVERY",
    "DELAYED",
    "DELIVERED",
    "READY_FOR_PICKUP",
    "PICKED_UP",
    "FAILURE",
]

_SHIPMENTS = """
    SELECT id, order_id, customer_id, carrier, tracking_number, tracking_url, status, estimated_delivery_at, shipped_at,
        delivered_at
    FROM shipments
"""
_BY_ID = f"{_SHIPMENTS} WHERE id {ASKED}"
_BY_ORDER = f"{_SHIPMENTS} WHERE order_id {ASKED} ORDER BY order_id, position"

_ITEMS = """
    SELECT shipment_id, line_item_id, quantity FROM shipment_items
    WHERE shipment_id IN (SELECT value FROM json_each(?)) ORDER BY shipment_id, position
"""

_EVENTS = """
    SELECT shipment_id, status, happened_at, message, place FROM tracking_events
    WHERE shipment_id IN (SELECT value FROM json_each(?)) ORDER BY shipment_id, position
"""


class ShipmentItem(Struct, rename="camel", frozen=True):
    """How much of a line a parcel holds."""

    line_item_id: str
    quantity: Quantity


class TrackingEvent(Struct, rename="camel", frozen=True):
    """What the carrier reported."""

    status: TrackingStatus
    happened_at: Time
    message: str
    place: str | None


class Shipment(Struct, rename="camel", frozen=True):
    """A parcel; its events run oldest first."""

    id: str
    order_id: str
    customer_id: str
    carrier: str
    tracking_number: str | None
    tracking_url: str | None
    status: TrackingStatus
    estimated_delivery_at: Time | None
    shipped_at: Time | None
    delivered_at: Time | None
    items: list[ShipmentItem]
    events: list[TrackingEvent]


def shipments_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Shipment]:
    """Read shipments."""
    return {shipment.id: shipment for shipment in _completed(reader, reader.rows_of(_BY_ID, ids))}


def shipments_by_order(reader: Reader, ids: Sequence[str]) -> dict[str, list[Shipment]]:
    """Read the shipments of orders; an order without shipments is left out."""
    shipments = _completed(reader, reader.rows_of(_BY_ORDER, ids))
    return grouped((shipment.order_id, shipment) for shipment in shipments)


def _completed(reader: Reader, rows: list[Any]) -> Iterable[Shipment]:
    ids = [row[0] for row in rows]
    items = grouped((row[0], ShipmentItem(*row[1:])) for row in reader.rows_of(_ITEMS, ids))
    events = grouped(
        (shipment, TrackingEvent(status, time(happened_at), message, place))
        for shipment, status, happened_at, message, place in reader.rows_of(_EVENTS, ids)
    )
    for row in rows:
        key, order, customer, carrier, tracking_number, tracking_url, status, estimated, shipped, delivered = row
        yield Shipment(
            id=key,
            order_id=order,
            customer_id=customer,
            carrier=carrier,
            tracking_number=tracking_number,
            tracking_url=tracking_url,
            status=status,
            estimated_delivery_at=time_or_none(estimated),
            shipped_at=time_or_none(shipped),
            delivered_at=time_or_none(delivered),
            items=items.get(key, []),
            events=events.get(key, []),
        )
