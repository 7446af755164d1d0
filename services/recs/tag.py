from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.common.database import Reader, asked
from services.common.money import Money, money
from services.common.paging import Selection, Sort
from services.common.search import Listing, Query, SearchText
from services.common.shared import Source, grouped, source
from services.common.times import Time, time

_PRICE_DROPPED = "p.price < t.price_when_tagged"
_BACK_IN_STOCK = "(p.in_stock AND NOT t.in_stock_when_tagged)"
# In millionths of the price when tagged, so that equal drops are equal numbers.
_PRICE_DROP = "max(0, t.price_when_tagged - p.price) * 1000000 / t.price_when_tagged"

_LABELLED = "EXISTS (SELECT 1 FROM tag_labels WHERE tag_id = t.id AND label IN (SELECT value FROM json_each(?)))"

_TAGS = """
    SELECT t.id, t.customer_id, t.product_id, t.note, p.currency, t.price_when_tagged, p.price < t.price_when_tagged,
        p.in_stock AND NOT t.in_stock_when_tagged, t.tagged_at,
        coalesce(j.changed_at, t.tagged_at), t.source_channel, t.source_creator_handle
    FROM tags t JOIN products p ON p.id = t.product_id LEFT JOIN journal j ON j.subject = t.id
    WHERE t.id IN (SELECT value FROM json_each(?))
"""

_LABELS = """
    SELECT tag_id, label FROM tag_labels
    WHERE tag_id IN (SELECT value FROM json_each(?)) ORDER BY tag_id, position
"""


class Tag(Struct, rename="camel", frozen=True):
    """A product that a person marked."""

    id: str
    customer_id: str
    product_id: str
    note: str | None
    labels: list[str]
    price_when_tagged: Money
    price_dropped: Annotated[bool, Meta(description="The product costs less now.")]
    back_in_stock: Annotated[bool, Meta(description="It was sold out when tagged and is not now.")]
    tagged_at: Time
    updated_at: Annotated[Time, Meta(description="When it, or whether it is dearer or sold out, last changed.")]
    source: Source | None


class TagFilter(Struct, rename="camel", frozen=True, forbid_unknown_fields=True):
    """Null restricts nothing; a list means any of its values."""

    labels: list[str] | None = None
    price_dropped: bool | None = None
    back_in_stock: bool | None = None


class TagQuery(Query, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks for a page of a person's tags."""

    filter: TagFilter | None = None
    search: Annotated[
        SearchText | None, Meta(description="Found case-insensitively in the note or the product's title.")
    ] = None
    sort: Annotated[
        Literal["TAGGED_AT", "PRICE_DROP"],
        Meta(description="PRICE_DROP: by how much it dropped, as a share of the price when tagged."),
    ] = "TAGGED_AT"


def tags_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, Tag]:
    """Read tags."""
    labels = grouped(reader.rows_of(_LABELS, ids))
    tags: dict[str, Tag] = {}
    for row in reader.rows_of(_TAGS, ids):
        key, customer, product, note, currency, price, dropped, back, *times, channel, creator_handle = row
        tagged_at, updated_at = times
        tags[key] = Tag(
            id=key,
            customer_id=customer,
            product_id=product,
            note=note,
            labels=labels.get(key, []),
            price_when_tagged=money(price, currency),
            price_dropped=bool(dropped),
            back_in_stock=bool(back),
            tagged_at=time(tagged_at),
            updated_at=time(updated_at),
            source=source(channel, creator_handle),
        )
    return tags


def _selected(query: TagQuery) -> Selection:
    chosen = query.filter or TagFilter()
    selection = (
        Selection("tags t JOIN products p ON p.id = t.product_id", ("t.customer_id = ?",), (query.customer_id,))
        .where_flag(_PRICE_DROPPED, value=chosen.price_dropped)
        .where_flag(_BACK_IN_STOCK, value=chosen.back_in_stock)
    )
    if chosen.labels is not None:
        selection = selection.where(_LABELLED, asked(chosen.labels))
    if query.search is None:
        return selection
    needle = query.search.casefold()
    return selection.where_found("(instr(folded(t.note), ?) OR instr(p.search_text, ?))", needle, needle)


TAGS = Listing(
    sorts={
        "TAGGED_AT": Sort("tags.TAGGED_AT", ("t.tagged_at", "t.id")),
        "PRICE_DROP": Sort("tags.PRICE_DROP", (_PRICE_DROP, "t.id")),
    },
    select=_selected,
    get=tags_by_id,
)
