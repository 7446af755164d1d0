"""Orders with all that belongs to them."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from downstream import order as records
from downstream.payment import FinancialStatus
from engine import batch_field, loads
from resolvers import ids
from resolvers import order as orders
from resolvers import returns as order_returns
from resolvers import shop as shops
from resolvers import timeline as timelines
from resolvers.context import Context
from resolvers.many import Level
from resolvers.paging import Connection, PageArguments
from resolvers.payment import (
    financial_statuses,
    outstanding_totals,
    payments_of_orders,
    refunded_totals,
    refunds_of_orders,
)
from resolvers.user import User
from schema.access import SIGNED_IN, SUPPORT
from schema.address import Address
from schema.arguments import limited, text, values
from schema.connection import After, Before, Descending, First, Last
from schema.enums import public_enum
from schema.line_item import LineItem
from schema.lists import about
from schema.money import Money
from schema.node import Node
from schema.payment import Payment, Refund
from schema.records import reads
from schema.returns import Return
from schema.scalars import DateTime, Url
from schema.shipment import Shipment
from schema.shop import Shop
from schema.timeline import TimelineEvent

public_enum(
    records.OrderStatus,
    "Where an order is in its life.",
    UNPAID="It waits for its payment.",
    ON_HOLD="The shop looks into it before it goes on.",
    AWAITING_SHIPMENT="It is paid and not shipped yet.",
    PARTIALLY_SHIPPED="A part of it is on its way.",
    AWAITING_COLLECTION="It waits to be collected.",
    IN_TRANSIT="All of it is on its way.",
    DELIVERED="It has arrived.",
    COMPLETED="It has arrived and is settled.",
    CANCELLED="It was cancelled.",
)
public_enum(
    records.FulfillmentStatus,
    "How much of an order has been shipped.",
    UNFULFILLED="Nothing.",
    PARTIALLY_FULFILLED="A part.",
    FULFILLED="All.",
)
public_enum(
    records.CancelReason,
    "Why an order was cancelled.",
    CUSTOMER="The customer wanted it.",
    INVENTORY="The shop had it no more.",
    PAYMENT="It was not paid.",
    FRAUD="It looked like fraud.",
    OTHER="Another reason.",
)
public_enum(
    records.OrderAction,
    "What the customer can do with an order now.",
    PAY="Pay it.",
    CANCEL="Cancel it.",
    REQUEST_RETURN="Ask to send something back.",
    CANCEL_RETURN="Withdraw a return.",
    CONFIRM_RECEIPT="Confirm that it has arrived.",
    REORDER="Order the same again.",
    ARCHIVE="Put it away.",
    UNARCHIVE="Bring it back.",
)
public_enum(
    records.OrderSort,
    "What a list of orders is ordered by.",
    PLACED_AT="When they were placed.",
    UPDATED_AT="When they last changed.",
    TOTAL="Their total.",
)


@strawberry.type(description="A document that the shop issued.")
@reads(records.Invoice)
class Invoice:
    """A document that the shop issued."""

    id: strawberry.ID = strawberry.field(description="Unique and stable.")
    number: str = strawberry.field(description="The shop's number for it.")
    issued_at: DateTime = strawberry.field(description="When.")
    url: Url = strawberry.field(description="Where to get it.")


@strawberry.type(description="An order. All its money has one currency.", directives=SIGNED_IN)
@reads(records.Order)
class Order(Node):
    """An order."""

    number: str = strawberry.field(description="The number that customers and shops call it by.")
    confirmation_number: str = strawberry.field(description="The short code of the confirmation page.")
    status: records.OrderStatus = strawberry.field(description="Where it is in its life.")
    financial_status: FinancialStatus | None = batch_field(
        financial_statuses, description="How much of it is paid; null while that is not known."
    )
    fulfillment_status: records.FulfillmentStatus = strawberry.field(description="How much of it has been shipped.")
    placed_at: DateTime = strawberry.field(description="When it was placed.")
    updated_at: DateTime = strawberry.field(description="When it last changed.")
    cancelled_at: DateTime | None = strawberry.field(description="When it was cancelled.")
    cancel_reason: records.CancelReason | None = strawberry.field(description="Why it was cancelled.")
    archived: bool = strawberry.field(description="Whether the customer has put it away.")
    note: str | None = strawberry.field(description="What the customer wrote to the shop.")
    customer: Annotated["User", strawberry.lazy("schema.user")] | None = batch_field(
        orders.customers_of_orders, description="Who bought it, for support staff.", directives=SUPPORT
    )
    shop: Shop | None = batch_field(shops.shops_of, description="Who sold it.")
    line_items: list[LineItem] = strawberry.field(description="What was bought.", directives=about(10))
    subtotal: Money = strawberry.field(description="All line items before discounts.")
    total_discount: Money = strawberry.field(description="All discounts.")
    total_shipping: Money = strawberry.field(description="Shipping.")
    total_tax: Money = strawberry.field(description="Taxes.")
    total_tip: Money = strawberry.field(description="What was tipped.")
    total: Money = strawberry.field(description="What all of it came to.")
    total_refunded: Money | None = batch_field(
        refunded_totals, description="What was given back; null while that is not known."
    )
    outstanding: Money | None = batch_field(
        outstanding_totals, description="What is still to be paid; null while that is not known."
    )
    shipping_address: Address | None = strawberry.field(description="Where it goes.")
    billing_address: Address | None = strawberry.field(description="Who pays it.")
    shipments: list[Shipment] = strawberry.field(description="Its parcels.", directives=about(3))
    payments: list[Payment] | None = batch_field(
        payments_of_orders, description="What was paid, tried and given back, oldest first.", directives=about(5)
    )
    refunds: list[Refund] | None = batch_field(
        refunds_of_orders, description="What was given back, oldest first.", directives=about(5)
    )
    returns: list[Return] | None = batch_field(
        order_returns.returns_of_orders, description="What was sent back, oldest first.", directives=about(5)
    )
    timeline: list[TimelineEvent] | None = batch_field(
        timelines.timelines_of_orders, description="Who did what and when, oldest first.", directives=about(30)
    )
    invoices: list[Invoice] = strawberry.field(description="The shop's documents.", directives=about(3))
    available_actions: list[records.OrderAction] = strawberry.field(
        description="What the customer can do with it now.", directives=about(8)
    )


@strawberry.input(description="Which orders; what is left out does not restrict.")
class OrderFilter:
    """Which orders."""

    status: list[records.OrderStatus] | None = strawberry.field(default=None, description="In any of these states.")
    financial_status: list[FinancialStatus] | None = strawberry.field(
        default=None, description="Paid as any of these say; may lag a moment behind the payments."
    )
    fulfillment_status: list[records.FulfillmentStatus] | None = strawberry.field(
        default=None, description="Shipped as any of these say."
    )
    placed_from: DateTime | None = strawberry.field(default=None, description="Placed at this time or later.")
    placed_before: DateTime | None = strawberry.field(default=None, description="Placed before this time.")
    shop_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="From any of these shops.")
    archived: bool | None = strawberry.field(default=None, description="Whether the customer has put it away.")

    def to_record(self) -> records.OrderFilter:
        """Return what the service is asked for."""
        for shop_id in self.shop_ids or ():
            ids.check(shop_id, "shop", "filter.shopIds")
        return records.OrderFilter(
            status=values("filter.status", self.status),
            financial_status=values("filter.financialStatus", self.financial_status),
            fulfillment_status=values("filter.fulfillmentStatus", self.fulfillment_status),
            placed_from=self.placed_from,
            placed_before=self.placed_before,
            shop_ids=limited("filter.shopIds", self.shop_ids),
            archived=self.archived,
        )


@loads(orders.orders_of_users)
def orders_of_users(
    users: Sequence[User],
    context: Context,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    *,
    filter: Annotated[OrderFilter | None, strawberry.argument(description="Which ones; all unless given.")] = None,  # noqa: A002  public name
    search: Annotated[
        str | None, strawberry.argument(description="Text in the number, a product's title or the shop's name.")
    ] = None,
    sort: Annotated[
        records.OrderSort, strawberry.argument(description="What to order by.")
    ] = records.OrderSort.PLACED_AT,
    descending: Descending = True,
) -> Level[Connection[records.Order]]:
    """Answer ``User.orders``."""
    return orders.orders_of_users(
        users,
        context,
        PageArguments(first, after, last, before),
        where=filter.to_record() if filter else None,
        search=text("search", search),
        sort=sort,
        descending=descending,
    )
