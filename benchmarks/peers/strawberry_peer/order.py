"""Orders, from the order service. What only some queries ask for is made of the row when asked."""

from __future__ import annotations

import strawberry

from .enums import FinancialStatus, FulfillmentStatus, OrderStatus, TrackingStatus
from .payment import Payment, Refund
from .scalars import DateTime, Url
from .services import Row
from .types import Info, Money, Product, Shop


@strawberry.type
class LineItem:
    """A product in an order, as it was bought."""

    id: strawberry.ID
    title: str
    variant_title: str | None
    image_url: Url | None
    quantity: int
    unit_price: Money
    total: Money
    product_id: strawberry.Private[str]

    @classmethod
    def from_row(cls, row: Row) -> LineItem:
        """Make one."""
        return cls(
            id=row["id"],
            title=row["title"],
            variant_title=row["variantTitle"],
            image_url=row["imageUrl"],
            quantity=row["quantity"],
            unit_price=Money.from_row(row["unitPrice"]),
            total=Money.from_row(row["total"]),
            product_id=row["productId"],
        )

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        """The product as it is now."""
        return await info.context["loaders"].product.load(self.product_id)


@strawberry.type
class TrackingEvent:
    """One scan of a parcel."""

    status: TrackingStatus
    happened_at: DateTime
    message: str
    place: str | None

    @classmethod
    def from_row(cls, row: Row) -> TrackingEvent:
        """Make one."""
        return cls(status=row["status"], happened_at=row["happenedAt"], message=row["message"], place=row["place"])


@strawberry.type
class Shipment:
    """A parcel."""

    id: strawberry.ID
    carrier: str
    tracking_number: str | None
    status: TrackingStatus
    estimated_delivery_at: DateTime | None
    events: list[TrackingEvent]

    @classmethod
    def from_row(cls, row: Row) -> Shipment:
        """Make one."""
        return cls(
            id=row["id"],
            carrier=row["carrier"],
            tracking_number=row["trackingNumber"],
            status=row["status"],
            estimated_delivery_at=row["estimatedDeliveryAt"],
            events=[TrackingEvent.from_row(event) for event in row["events"]],
        )


@strawberry.type
class Order:
    """An order."""

    id: strawberry.ID
    number: str
    status: OrderStatus
    fulfillment_status: FulfillmentStatus
    placed_at: DateTime
    row: strawberry.Private[Row]

    @classmethod
    def from_row(cls, row: Row) -> Order:
        """Make one."""
        return cls(
            id=row["id"],
            number=row["number"],
            status=row["status"],
            fulfillment_status=row["fulfillmentStatus"],
            placed_at=row["placedAt"],
            row=row,
        )

    @strawberry.field
    def subtotal(self) -> Money:
        """All line items before discounts."""
        return Money.from_row(self.row["subtotal"])

    @strawberry.field
    def total_discount(self) -> Money:
        """All discounts."""
        return Money.from_row(self.row["totalDiscount"])

    @strawberry.field
    def total_shipping(self) -> Money:
        """Shipping."""
        return Money.from_row(self.row["totalShipping"])

    @strawberry.field
    def total_tax(self) -> Money:
        """Taxes."""
        return Money.from_row(self.row["totalTax"])

    @strawberry.field
    def total(self) -> Money:
        """What all of it came to."""
        return Money.from_row(self.row["total"])

    @strawberry.field
    def line_items(self) -> list[LineItem]:
        """What was bought."""
        return [LineItem.from_row(item) for item in self.row["lineItems"]]

    @strawberry.field
    def shipments(self) -> list[Shipment]:
        """Its parcels."""
        return [Shipment.from_row(shipment) for shipment in self.row["shipments"]]

    @strawberry.field
    async def shop(self, info: Info) -> Shop | None:
        """Who sold it."""
        return await info.context["loaders"].shop.load(self.row["shopId"])

    @strawberry.field
    async def financial_status(self, info: Info) -> FinancialStatus | None:
        """How much of it is paid."""
        ledger = await info.context["loaders"].ledger.load(self.id)
        return None if ledger is None else ledger.financial_status

    @strawberry.field
    async def payments(self, info: Info) -> list[Payment] | None:
        """What was paid, tried and given back."""
        ledger = await info.context["loaders"].ledger.load(self.id)
        return None if ledger is None else ledger.payments

    @strawberry.field
    async def refunds(self, info: Info) -> list[Refund] | None:
        """What was given back."""
        ledger = await info.context["loaders"].ledger.load(self.id)
        return None if ledger is None else ledger.refunds
