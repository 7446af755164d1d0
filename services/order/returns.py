from collections.abc import Iterable, Sequence
from typing import Any, Literal

from msgspec import Struct

from services.common.database import ASKED, Reader
from services.common.money import Money, money_or_none
from services.common.paging import Selection, Sort
from services.common.search import Listing, Query
from services.common.shared import Quantity, grouped
from services.common.times import Time, time, time_or_none

ReturnStatus = Literal["REQUESTED", "OPEN", "DECLINED", "CANCELED", "CLOSED"]
ReturnReason = Literal["DAMAGED", "DEFECTIVE", "WRONG_ITEM", "NOT_AS_DESCRIBED", "SIZE_OR_FIT", "CHANGED_MIND", "OTHER"]

_RETURNS = """
    SELECT id, order_id, customer_id, number, status, reason, note, requested_at, updated_at, closed_at, decline_reason,
        currency, refund_amount
    FROM returns
"""
_BY_ID = f"{_RETURNS} WHERE id {ASKED}"
_BY_ORDER = f"{_RETURNS} WHERE order_id {ASKED} ORDER BY order_id, requested_at, id"

_OWNERS = "SELECT id, customer_id FROM orders WHERE id IN (SELECT value FROM json_each(?))"

_ITEMS = """
    SELECT return_id, line_item_id, title, quantity FROM return_items
    WHERE return_id IN (SELECT value FROM json_each(?)) ORDER BY return_id, position
"""


class ReturnItem(Struct, rename="camel", frozen=True):
    """How much of a line goes back."""

    line_item_id: str
    title: str
    quantity: Quantity


class Return(Struct, rename="camel", frozen=True):
    """Goods that go back to the shop."""

    id: str
    order_id: str
    customer_id: str
    number: str
    status: ReturnStatus
    reason: ReturnReason
    note: str | None
    requested_at: Time
    updated_at: Time
    closed_at: Time | None
    decline_reason: str | None
    refund_amount: Money | None
    items: list[ReturnItem]


class OrderReturns(Struct, rename="camel", frozen=True):
    """The returns of an order, oldest first."""

    order_id: str
    customer_id: str
    returns: list[Return]


class ReturnFilter(Struct, frozen=True, forbid_unknown_fields=True):
    """Null restricts nothing; a list means any of its values."""

    status: list[ReturnStatus] | None = None


class ReturnQuery(Query, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks for a page of a person's returns."""

    filter: ReturnFilter | None = None
    sort: Literal["REQUESTED_AT"] = "REQUESTED_AT"


def returns_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Return]:
    """Read returns."""
    return {found.id: found for found in _completed(reader, reader.rows_of(_BY_ID, ids))}


def returns_by_order(reader: Reader, ids: Sequence[str]) -> dict[str, OrderReturns]:
    """Read the returns of orders; an order without returns has an empty list."""
    found = _completed(reader, reader.rows_of(_BY_ORDER, ids))
    returns = grouped((each.order_id, each) for each in found)
    return {
        order: OrderReturns(order, customer, returns.get(order, [])) for order, customer in reader.rows_of(_OWNERS, ids)
    }


def _selected(query: ReturnQuery) -> Selection:
    chosen = query.filter or ReturnFilter()
    return Selection("returns", ("customer_id = ?",), (query.customer_id,)).where_any("status", chosen.status)


RETURNS = Listing(
    sorts={"REQUESTED_AT": Sort("returns.REQUESTED_AT", ("requested_at", "id"))},
    select=_selected,
    get=returns_by_id,
)


def _completed(reader: Reader, rows: list[Any]) -> Iterable[Return]:
    items = grouped((row[0], ReturnItem(*row[1:])) for row in reader.rows_of(_ITEMS, [row[0] for row in rows]))
    for row in rows:
        key, order, customer, number, status, reason, note = row[:7]
        requested_at, updated_at, closed_at, decline_reason, currency, refund_amount = row[7:]
        yield Return(
            id=key,
            order_id=order,
            customer_id=customer,
            number=number,
            status=status,
            reason=reason,
            note=note,
            requested_at=time(requested_at),
            updated_at=time(updated_at),
            closed_at=time_or_none(closed_at),
            decline_reason=decline_reason,
            refund_amount=money_or_none(refund_amount, currency),
            items=items.get(key, []),
        )
