"""Orders with all that belongs to them as bought, from the order service."""

from collections.abc import Sequence

from msgspec import Struct

from downstream.checkout import Checkout
from downstream.command import Body, Command
from downstream.endpoint import BatchGet, Entity, Search
from downstream.payment import FinancialStatus
from downstream.record import Money, OpenEnum, Owned, Page, Query, Record, Source
from downstream.shipment import Shipment
from downstream.user import Badges


class OrderStatus(OpenEnum):
    """Where an order is in its life."""

    UNPAID = "UNPAID"
    ON_HOLD = "ON_HOLD"
    AWAITING_SHIPMENT = "AWAITING_SHIPMENT"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    AWAITING_COLLECTION = "AWAITING_COLLECTION"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class FulfillmentStatus(OpenEnum):
    """How much of an order has been shipped."""

    UNFULFILLED = "UNFULFILLED"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    UNKNOWN = "UNKNOWN"


class CancelReason(OpenEnum):
    """Why an order was cancelled."""

    CUSTOMER = "CUSTOMER"
    INVENTORY = "INVENTORY"
    PAYMENT = "PAYMENT"
    FRAUD = "FRAUD"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class OrderAction(OpenEnum):
    """What the customer can do with an order now."""

    PAY = "PAY"
    CANCEL = "CANCEL"
    REQUEST_RETURN = "REQUEST_RETURN"
    CANCEL_RETURN = "CANCEL_RETURN"
    CONFIRM_RECEIPT = "CONFIRM_RECEIPT"
    REORDER = "REORDER"
    ARCHIVE = "ARCHIVE"
    UNARCHIVE = "UNARCHIVE"
    UNKNOWN = "UNKNOWN"


class OrderSort(OpenEnum):
    """What a list of orders is ordered by."""

    PLACED_AT = "PLACED_AT"
    UPDATED_AT = "UPDATED_AT"
    TOTAL = "TOTAL"


class Discount(Record, frozen=True):
    """A reduction of a line item's price."""

    title: str
    amount: Money


class LineItem(Record, frozen=True):
    """A product in an order, as it was bought."""

    id: str
    product_id: str
    title: str
    variant_title: str | None
    image_url: str | None
    sku: str | None
    quantity: int
    fulfilled_quantity: int
    refundable_quantity: int
    unit_price: Money
    total_discount: Money
    total: Money
    discounts: Sequence[Discount]
    source: Source | None


class Address(Record, frozen=True):
    """A postal address."""

    name: str
    lines: Sequence[str]
    city: str
    region: str | None
    postal_code: str | None
    country_code: str


class Invoice(Record, frozen=True):
    """A document that the shop issued."""

    id: str
    number: str
    issued_at: str
    url: str


class Order(Record, frozen=True):
    """An order; all its money has one currency."""

    id: str
    customer_id: str
    number: str
    confirmation_number: str
    status: OrderStatus
    fulfillment_status: FulfillmentStatus
    placed_at: str
    updated_at: str
    cancelled_at: str | None
    cancel_reason: CancelReason | None
    archived: bool
    shop_id: str
    note: str | None
    subtotal: Money
    total_discount: Money
    total_shipping: Money
    total_tax: Money
    total_tip: Money
    total: Money
    line_items: Sequence[LineItem]
    shipping_address: Address | None
    billing_address: Address | None
    shipments: Sequence[Shipment]
    invoices: Sequence[Invoice]
    available_actions: Sequence[OrderAction]


class OrderFilter(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which orders; None: no restriction. Sequences are tuples, so that a query can be a key."""

    status: tuple[OrderStatus, ...] | None = None
    financial_status: tuple[FinancialStatus, ...] | None = None
    fulfillment_status: tuple[FulfillmentStatus, ...] | None = None
    placed_from: str | None = None
    placed_before: str | None = None
    shop_ids: tuple[str, ...] | None = None
    archived: bool | None = None


class OrderQuery(Query, frozen=True, kw_only=True):
    """A window of a customer's orders."""

    filter: OrderFilter | None = None
    search: str | None = None
    sort: OrderSort = OrderSort.PLACED_AT


ORDER_BY_ID: Entity[Owned, Order] = BatchGet("order", "/v1/orders:batchGet", Order)
ORDER_BY_NUMBER: Entity[Owned, Order] = BatchGet("order", "/v1/orders:batchGetByNumber", Order, identity="number")
ORDERS_BY_CUSTOMER: Entity[OrderQuery, Page[Order]] = Search("order", "/v1/orders:search", Page[Order])


class Reorder(Record, frozen=True):
    """A new checkout with the goods of an order, and the ids of line items that cannot be bought now."""

    customer_id: str
    checkout: Checkout
    left_out: Sequence[str]


class OrderCommand(Body, frozen=True, kw_only=True):
    """Names the order to change."""

    order_id: str


class MarkUpdatesRead(Body, frozen=True, kw_only=True):
    """Names the orders whose updates were seen; None: all."""

    order_ids: Sequence[str] | None


CANCEL_ORDER: Command[Order] = Command("order", "/v1/orders:cancel", Order)
CONFIRM_RECEIPT: Command[Order] = Command("order", "/v1/orders:confirmReceipt", Order)
ARCHIVE_ORDER: Command[Order] = Command("order", "/v1/orders:archive", Order)
UNARCHIVE_ORDER: Command[Order] = Command("order", "/v1/orders:unarchive", Order)
REORDER: Command[Reorder] = Command("order", "/v1/orders:reorder", Reorder)
MARK_UPDATES_READ: Command[Badges] = Command("order", "/v1/orders:markUpdatesRead", Badges)
