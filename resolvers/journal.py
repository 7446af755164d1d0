"""What has changed since a cursor: the services' journals, merged, so that a phone catches up by one small query."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import merge
from typing import Any, NamedTuple, TypeAlias

import msgspec

from downstream.errors import KeyRefusedError
from downstream.journal import Entry, JournalQuery
from downstream.record import Page
from downstream.user import Badges
from engine import loads
from loaders import Loaders
from resolvers import node as nodes
from resolvers.context import Context
from resolvers.cursor import Cursors
from resolvers.errors import BadUserInputError
from resolvers.many import Level, Results, then, together
from resolvers.paging import PageArguments, PageInfo, window

# How far the order, the payment and the recs service's journal was read; None: from its beginning.
Places: TypeAlias = tuple[str | None, str | None, str | None]
JournalPage: TypeAlias = Page[Entry] | BaseException | None

_places = msgspec.json.Decoder(Places)


class Changes(NamedTuple):
    """What has changed since a cursor, in the shape that the schema reads.

    Attributes:
        nodes: Changes, oldest first, and why services could not be asked: what these know comes another time.
        page_info: Whether there is more, and the cursor to ask with the next time.
    """

    nodes: Sequence[Entry | BaseException]
    page_info: PageInfo


@loads(Loaders.order_journal_by_customer, Loaders.payment_journal_by_customer, Loaders.recs_journal_by_customer)
def changes_of_centers(
    centers: Sequence[Badges], context: Context, since: str | None, first: int | None
) -> Level[Changes]:
    """What has changed of each person's things; without a cursor, nothing but the cursor of this moment.

    Raises:
        BadUserInputError: The cursor is not this person's, or there cannot be so many.
    """
    limit = window(PageArguments(first), context.cursors, "", context.max_page_size).limit
    asked = [_asked(center.customer_id, context.cursors, since, limit) for center in centers]
    loaders = context.loaders
    pages = [
        loaders.order_journal_by_customer.load_level([one.query(0) for one in asked]),
        loaders.payment_journal_by_customer.load_level([one.query(1) for one in asked]),
        loaders.recs_journal_by_customer.load_level([one.query(2) for one in asked]),
    ]
    return then(together(pages), partial(_all_changes, asked))


@loads(nodes.node)
def subjects_of(entries: Sequence[Entry], context: Context) -> Level[Any]:
    """What has changed, as it is now; nothing where it is gone."""
    there = [entry.id for entry in entries if not entry.removed]
    return then(nodes.if_there(context, there), partial(_spread, entries))


@dataclass(frozen=True)
class _Asked:
    """What one person's reader asks for.

    Attributes:
        customer_id: Whose journals.
        cursors: Makes cursors.
        read: How far the reader has come; None: it begins now.
        limit: How many changes at most.
    """

    customer_id: str
    cursors: Cursors
    read: Places | None
    limit: int

    def query(self, service: int) -> JournalQuery:
        """Return the window of a service's journal: what comes next, or for who begins now the last entry."""
        if self.read is None:
            return JournalQuery(customer_id=self.customer_id, limit=1, backward=True)
        return JournalQuery(customer_id=self.customer_id, limit=self.limit, after=self.read[service])

    def changes(self, pages: Sequence[JournalPage]) -> Changes | BaseException:
        """Merge the services' pages. Who could not be asked is where it was, so that nothing is lost."""
        failures = [page for page in pages if isinstance(page, BaseException)]
        if any(isinstance(one, KeyRefusedError) and one.code == "INVALID_POSITION" for one in failures):
            return _not_a_cursor()
        places = list(self.read or (None, None, None))
        if self.read is None:
            for service, page in enumerate(pages):
                places[service] = page.positions[-1] if isinstance(page, Page) and page.positions else None
            return self._found([], failures, places, has_more=False)
        coming = merge(*(_entries(service, page) for service, page in enumerate(pages)), key=_when)
        found: dict[str, Entry] = {}
        for service, position, entry in coming:
            if len(found) == self.limit and entry.id not in found:
                return self._found(found.values(), failures, places, has_more=True)
            found[entry.id] = entry
            places[service] = position
        has_more = any(isinstance(page, Page) and page.has_next for page in pages)
        return self._found(found.values(), failures, places, has_more=has_more)

    def _found(
        self, found: Iterable[Entry], failures: Sequence[BaseException], places: Sequence[str | None], *, has_more: bool
    ) -> Changes:
        end = self.cursors.encode(_scope(self.customer_id), msgspec.json.encode(places).decode())
        return Changes([*found, *failures], PageInfo(has_more, self.read is not None, None, end))


def _all_changes(asked: Sequence[_Asked], found: Results[Results[Page[Entry]]]) -> Results[Changes]:
    return [one.changes(pages) if isinstance(pages, list) else pages for one, pages in zip(asked, found, strict=True)]


def _asked(customer_id: str, cursors: Cursors, since: str | None, limit: int) -> _Asked:
    if since is None:
        return _Asked(customer_id, cursors, None, limit)
    try:
        read = _places.decode(cursors.decode(_scope(customer_id), since, "since"))
    except msgspec.DecodeError:
        raise _not_a_cursor() from None
    return _Asked(customer_id, cursors, read, limit)


def _scope(customer_id: str) -> str:
    return f"changes:{customer_id}"


def _entries(service: int, page: JournalPage) -> Iterator[tuple[int, str, Entry]]:
    """Yield a service's entries with their positions, in its own order, whatever its clock says."""
    if isinstance(page, Page):
        for position, entry in zip(page.positions, page.items, strict=True):
            yield service, position, entry


def _when(coming: tuple[int, str, Entry]) -> str:
    return coming[2].changed_at


def _not_a_cursor() -> BadUserInputError:
    return BadUserInputError("since", "is not a cursor of these changes; begin anew without one")


def _spread(entries: Sequence[Entry], subjects: Results[Any]) -> Results[Any]:
    there = iter(subjects)
    return [None if entry.removed else next(there) for entry in entries]
