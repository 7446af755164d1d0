"""The journal: what has changed of a person's things, so that who was away can catch up.

Each thing stands in it once, at the place of its last change. Places are numbers that only grow, in the order of
commits: whoever has read up to one of them has missed nothing, however many changes one second has.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.common.batch import Batch, Endpoint, Rows
from services.common.database import ASKED, Reader
from services.common.paging import Selection, Sort
from services.common.search import Listing, Page, Query
from services.common.times import Time, time

_ENTRIES = "SELECT subject, customer_id, removed, changed_at FROM journal"
_BY_SUBJECT = f"{_ENTRIES} WHERE subject {ASKED}"


class Entry(Struct, rename="camel", frozen=True):
    """A thing that has changed, has come, or has gone."""

    id: Annotated[str, Meta(description="Of the thing.")]
    customer_id: str
    changed_at: Time
    removed: Annotated[bool, Meta(description="Whether it is gone.")]


class JournalQuery(Query, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks for a page of a person's journal."""

    sort: Literal["PLACE"] = "PLACE"


def _entries(reader: Reader, subjects: Sequence[str]) -> dict[str, Entry]:
    return {
        subject: Entry(subject, customer, time(changed_at), bool(removed))
        for subject, customer, removed, changed_at in reader.rows_of(_BY_SUBJECT, subjects)
    }


def _selected(query: JournalQuery) -> Selection:
    return Selection("journal", ("customer_id = ?",), (query.customer_id,), countable=False)


_JOURNAL = Listing(sorts={"PLACE": Sort("journal.PLACE", ("place", "subject"))}, select=_selected, get=_entries)
# Every service offers it.
JOURNAL = Endpoint(
    "/v1/journal:search", "Pages of what has changed", Batch[JournalQuery], Rows[Page[Entry]], _JOURNAL.search
)
