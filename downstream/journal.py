"""What has changed of a person's things, from each service's own journal."""

from downstream.endpoint import Entity, Search
from downstream.record import OpenEnum, Page, Query, Record


class JournalSort(OpenEnum):
    """What a journal is ordered by."""

    PLACE = "PLACE"


class Entry(Record, frozen=True):
    """A thing that has changed, has come, or is gone, in the place of its last change."""

    id: str
    customer_id: str
    changed_at: str
    removed: bool


class JournalQuery(Query, frozen=True, kw_only=True):
    """A window of a customer's journal, in the order in which things changed."""

    sort: JournalSort = JournalSort.PLACE
    descending: bool = False


ORDER_JOURNAL: Entity[JournalQuery, Page[Entry]] = Search("order", "/v1/journal:search", Page[Entry])
PAYMENT_JOURNAL: Entity[JournalQuery, Page[Entry]] = Search("payment", "/v1/journal:search", Page[Entry])
RECS_JOURNAL: Entity[JournalQuery, Page[Entry]] = Search("recs", "/v1/journal:search", Page[Entry])
