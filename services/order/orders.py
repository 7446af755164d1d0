"""Searching a person's orders."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.common.paging import Selection, Sort
from services.common.search import Listing, Query, SearchText
from services.common.shared import FinancialStatus
from services.common.times import Time, seconds_up
from services.order.actions import OrderStatus
from services.order.order import FulfillmentStatus, orders_by_id


class OrderFilter(Struct, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Null restricts nothing; a list means any of its values."""

    status: list[OrderStatus] | None = None
    financial_status: Annotated[
        list[FinancialStatus] | None, Meta(description="The order service's own copy; it may lag.")
    ] = None
    fulfillment_status: list[FulfillmentStatus] | None = None
    placed_from: Annotated[Time | None, Meta(description="Inclusive.")] = None
    placed_before: Annotated[Time | None, Meta(description="Exclusive.")] = None
    shop_ids: list[str] | None = None
    archived: bool | None = None


class OrderQuery(Query, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks for a page of a person's orders."""

    filter: OrderFilter | None = None
    search: Annotated[
        SearchText | None,
        Meta(description="Found case-insensitively in the number, a line item's title or the shop's name."),
    ] = None
    sort: Literal["PLACED_AT", "UPDATED_AT", "TOTAL"] = "PLACED_AT"


def _selected(query: OrderQuery) -> Selection:
    chosen = query.filter or OrderFilter()
    selection = (
        Selection("orders", ("customer_id = ?",), (query.customer_id,))
        .where_any("status", chosen.status)
        .where_any("financial_status", chosen.financial_status)
        .where_any("fulfillment_status", chosen.fulfillment_status)
        .where_any("shop_id", chosen.shop_ids)
        .where_flag("archived", value=chosen.archived)
    )
    if chosen.placed_from is not None:
        selection = selection.where("placed_at >= ?", seconds_up(chosen.placed_from))
    if chosen.placed_before is not None:
        selection = selection.where("placed_at < ?", seconds_up(chosen.placed_before))
    if query.search is None:
        return selection
    if "\n" in query.search:
        # search_text holds one text per line: across two of them nothing may be found.
        return selection.where("0")
    return selection.where_found("instr(search_text, ?)", query.search.casefold())


ORDERS = Listing(
    sorts={
        "PLACED_AT": Sort("orders.PLACED_AT", ("placed_at", "id")),
        "UPDATED_AT": Sort("orders.UPDATED_AT", ("updated_at", "id")),
        "TOTAL": Sort("orders.TOTAL", ("total_thousandths", "currency", "id")),
    },
    select=_selected,
    get=orders_by_id,
)
