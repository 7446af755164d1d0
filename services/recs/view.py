from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from services.common.database import Reader
from services.common.paging import Selection, Sort
from services.common.search import Listing, Query
from services.common.shared import Source, source
from services.common.times import Time, time

_VIEWS = """
    SELECT id, customer_id, product_id, viewed_at, source_channel, source_creator_handle
    FROM views WHERE id IN (SELECT value FROM json_each(?))
"""


class View(Struct, rename="camel", frozen=True):
    """A recently viewed product; there is one per product."""

    id: str
    customer_id: str
    product_id: str
    viewed_at: Time
    source: Source | None


class ViewQuery(Query, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks for a page of what a person viewed."""

    sort: Literal["VIEWED_AT"] = "VIEWED_AT"


def _views_by_id(reader: Reader, ids: Sequence[str]) -> dict[str, View]:
    return {
        key: View(key, customer, product, time(viewed_at), source(channel, creator_handle))
        for key, customer, product, viewed_at, channel, creator_handle in reader.rows_of(_VIEWS, ids)
    }


def _selected(query: ViewQuery) -> Selection:
    return Selection("views", ("customer_id = ?",), (query.customer_id,))


VIEWS = Listing(
    sorts={"VIEWED_AT": Sort("views.VIEWED_AT", ("viewed_at", "id"))},
    select=_selected,
    get=_views_by_id,
)
