"""Checkouts that were begun and not finished, from the order service."""

from collections.abc import Sequence

from msgspec import Struct

from downstream.endpoint import BatchGet, Entity, Search
from downstream.record import Money, OpenEnum, Owned, Page, Query, Record


class CheckoutState(OpenEnum):
    """Whether the person may still come back to it."""

    OPEN = "OPEN"
    ABANDONED = "ABANDONED"
    UNKNOWN = "UNKNOWN"


class CheckoutItem(Record, frozen=True):
    """A product in a checkout."""

    product_id: str
    title: str
    quantity: int
    unit_price: Money
    image_url: str | None


class Checkout(Record, frozen=True):
    """A checkout that was begun."""

    id: str
    customer_id: str
    shop_id: str
    state: CheckoutState
    url: str
    created_at: str
    updated_at: str
    total: Money
    items: Sequence[CheckoutItem]


class CheckoutFilter(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which checkouts; None: no restriction."""

    state: tuple[CheckoutState, ...] | None = None


class CheckoutQuery(Query, frozen=True, kw_only=True):
    """A window of a customer's checkouts, last touched first."""

    filter: CheckoutFilter | None = None


CHECKOUT_BY_ID: Entity[Owned, Checkout] = BatchGet("order", "/v1/checkouts:batchGet", Checkout)
CHECKOUTS_BY_CUSTOMER: Entity[CheckoutQuery, Page[Checkout]] = Search("order", "/v1/checkouts:search", Page[Checkout])
