from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.common.database import Reader
from services.common.paging import Selection, Sort
from services.common.search import Listing, Query
from services.common.shared import Source, source

SuggestionReason = Literal["BOUGHT_TOGETHER", "SIMILAR", "TAGGED_BEFORE", "TRENDING", "VIEWED"]
Placement = Literal["ORDER_CENTER", "ORDER_DETAIL", "CHECKOUT", "HOME"]

_SUGGESTIONS = """
    SELECT id, customer_id, product_id, reason, because_product_id, because_order_id, score, placement, source_channel,
        source_creator_handle
    FROM suggestions
    WHERE id IN (SELECT value FROM json_each(?)) AND dismissed_at IS NULL
"""


class Suggestion(Struct, rename="camel", frozen=True):
    """A product that the person may like."""

    id: str
    customer_id: str
    product_id: str
    reason: SuggestionReason
    because_product_id: str | None
    because_order_id: str | None
    score: Annotated[float, Meta(ge=0, le=1)]
    placement: Placement
    source: Source | None


class SuggestionFilter(Struct, frozen=True, forbid_unknown_fields=True):
    """Null restricts nothing; a list means any of its values."""

    reason: list[SuggestionReason] | None = None
    placement: list[Placement] | None = None


class SuggestionQuery(Query, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks for a page of a person's suggestions."""

    filter: SuggestionFilter | None = None
    sort: Literal["SCORE"] = "SCORE"


def suggestions_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Suggestion]:
    """Read suggestions; a dismissed one does not exist any more."""
    suggestions: dict[str, Suggestion] = {}
    for row in reader.rows_of(_SUGGESTIONS, ids):
        key, customer, product, reason, because_product, because_order, score, placement, channel, creator_handle = row
        suggestions[key] = Suggestion(
            id=key,
            customer_id=customer,
            product_id=product,
            reason=reason,
            because_product_id=because_product,
            because_order_id=because_order,
            score=score,
            placement=placement,
            source=source(channel, creator_handle),
        )
    return suggestions


def _selected(query: SuggestionQuery) -> Selection:
    chosen = query.filter or SuggestionFilter()
    selection = Selection("suggestions", ("customer_id = ?", "dismissed_at IS NULL"), (query.customer_id,))
    return selection.where_any("reason", chosen.reason).where_any("placement", chosen.placement)


SUGGESTIONS = Listing(
    sorts={"SCORE": Sort("suggestions.SCORE", ("score", "id"))},
    select=_selected,
    get=suggestions_by_id,
)
