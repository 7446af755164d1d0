from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from services.common.database import Reader
from services.common.money import Money, money
from services.common.paging import Selection, Sort
from services.common.search import Listing, Query
from services.common.shared import Quantity, grouped
from services.common.times import Time, time

CheckoutState = Literal["OPEN", "ABANDONED"]

_CHECKOUTS = """
    SELECT id, customer_id, shop_id, state, url, created_at, updated_at, currency, total
    FROM checkouts WHERE id IN (SELECT value FROM json_each(?))
"""

_ITEMS = """
    SELECT checkout_id, product_id, title, quantity, unit_price, currency, image_url
    FROM checkout_items JOIN checkouts ON checkouts.id = checkout_id
    WHERE checkout_id IN (SELECT value FROM json_each(?)) ORDER BY checkout_id, position
"""


class CheckoutItem(Struct, rename="camel", frozen=True):
    """A product in a checkout."""

    product_id: str
    title: str
    quantity: Quantity
    unit_price: Money
    image_url: str | None


class Checkout(Struct, rename="camel", frozen=True):
    """A purchase that was begun."""

    id: str
    customer_id: str
    shop_id: str
    state: CheckoutState
    url: str
    created_at: Time
    updated_at: Time
    total: Money
    items: list[CheckoutItem]


class CheckoutFilter(Struct, frozen=True, forbid_unknown_fields=True):
    """Null restricts nothing; a list means any of its values."""

    state: list[CheckoutState] | None = None


class CheckoutQuery(Query, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks for a page of a person's checkouts."""

    filter: CheckoutFilter | None = None
    sort: Literal["UPDATED_AT"] = "UPDATED_AT"


def checkouts_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Checkout]:
    """Read checkouts."""
    items = grouped(
        (checkout, CheckoutItem(product, title, quantity, money(unit_price, currency), image_url))
        for checkout, product, title, quantity, unit_price, currency, image_url in reader.rows_of(_ITEMS, ids)
    )
    return {
        key: Checkout(
            id=key,
            customer_id=customer,
            shop_id=shop,
            state=state,
            url=url,
            created_at=time(created_at),
            updated_at=time(updated_at),
            total=money(total, currency),
            items=items.get(key, []),
        )
        for key, customer, shop, state, url, created_at, updated_at, currency, total in reader.rows_of(_CHECKOUTS, ids)
    }


def _selected(query: CheckoutQuery) -> Selection:
    chosen = query.filter or CheckoutFilter()
    return Selection("checkouts", ("customer_id = ?",), (query.customer_id,)).where_any("state", chosen.state)


CHECKOUTS = Listing(
    sorts={"UPDATED_AT": Sort("checkouts.UPDATED_AT", ("updated_at", "id"))},
    select=_selected,
    get=checkouts_by_id,
)
