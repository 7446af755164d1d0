"""Parcels and where they are."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from downstream import shipment
from engine import batch_field
from resolvers import order as orders
from schema.access import SIGNED_IN
from schema.enums import public_enum
from schema.lists import about
from schema.node import Node
from schema.records import reads
from schema.scalars import DateTime, Url

if TYPE_CHECKING:
    from schema.order import Order

public_enum(
    shipment.TrackingStatus,
    "How far a parcel has come.",
    CONFIRMED="The shop has confirmed it.",
    LABEL_PURCHASED="It has a label.",
    CARRIER_PICKED_UP="The carrier has it.",
    IN_TRANSIT="It is on its way.",
    OUT_FOR_DELIVERY="It arrives today.",
    ATTEMPTED_DELIVERY="Nobody was there to take it.",
    DELAYED="It comes later than promised.",
    DELIVERED="It was delivered.",
    READY_FOR_PICKUP="It waits to be collected.",
    PICKED_UP="It was collected.",
    FAILURE="It could not be delivered.",
)


@strawberry.type(description="One scan of a parcel.")
@reads(shipment.TrackingEvent)
class TrackingEvent:
    """One scan of a parcel."""

    status: shipment.TrackingStatus = strawberry.field(description="What it says about the parcel.")
    happened_at: DateTime = strawberry.field(description="When.")
    message: str = strawberry.field(description="The carrier's words.")
    place: str | None = strawberry.field(description="Where.")


@strawberry.type(description="How many of a line item are in a parcel.")
@reads(shipment.ShipmentItem)
class ShipmentItem:
    """How many of a line item are in a parcel."""

    line_item_id: strawberry.ID = strawberry.field(description="Id of the order's line item.")
    quantity: int = strawberry.field(description="How many of it.")


@strawberry.type(description="A parcel of an order.", directives=SIGNED_IN)
@reads(shipment.Shipment)
class Shipment(Node):
    """A parcel of an order."""

    carrier: str = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number for it.")
    tracking_url: Url | None = strawberry.field(description="The carrier's page for it.")
    status: shipment.TrackingStatus = strawberry.field(description="How far it has come.")
    estimated_delivery_at: DateTime | None = strawberry.field(description="When it should arrive.")
    shipped_at: DateTime | None = strawberry.field(description="When the carrier got it.")
    delivered_at: DateTime | None = strawberry.field(description="When it arrived.")
    items: list[ShipmentItem] = strawberry.field(description="What is in it.", directives=about(10))
    events: list[TrackingEvent] = strawberry.field(description="Its scans, oldest first.", directives=about(20))
    order: Annotated["Order", strawberry.lazy("schema.order")] | None = batch_field(
        orders.orders_of, description="The order it belongs to."
    )
