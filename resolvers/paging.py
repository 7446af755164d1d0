"""Relay connections over the services' seek pagination."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, NamedTuple, Protocol, TypeVar

from downstream.errors import KeyRefusedError
from downstream.record import Page, Private, Query
from loaders.loader import Loader
from resolvers.cursor import Cursors
from resolvers.errors import BadUserInputError
from resolvers.many import Level, Results, then

V = TypeVar("V", bound=Private)
Q = TypeVar("Q", bound=Query)

DEFAULT_PAGE_SIZE = 20


class Owner(Protocol):
    """Whoever has the list."""

    @property
    def id(self) -> str:
        """Id of the customer."""


class Pager(Protocol):
    """What paging needs of a request's context."""

    @property
    def cursors(self) -> Cursors:
        """Makes and checks cursors."""

    @property
    def max_page_size(self) -> int:
        """Greatest page."""


class PageArguments(NamedTuple):
    """The four arguments of a connection, as the client gave them."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


class Window(NamedTuple):
    """The four arguments checked: how many, from which end, between which positions."""

    limit: int
    backward: bool
    after: str | None
    before: str | None


class PageInfo(NamedTuple):
    """Where a page lies in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Edge(NamedTuple, Generic[V]):
    """An item and its place in the list."""

    node: V
    cursor: str


@dataclass(frozen=True)
class Connection(Generic[V]):
    """One page of a list, in the shape that the schema's connections read."""

    page: Page[V]
    cursors: Cursors
    scope: str

    @property
    def nodes(self) -> Sequence[V]:
        """The page's items."""
        return self.page.items

    @property
    def edges(self) -> list[Edge[V]]:
        """The page's items with their cursors."""
        return [Edge(item, self._cursor(place)) for place, item in enumerate(self.page.items)]

    @property
    def total_count(self) -> int | None:
        """Number of items on all pages, where the service knows it."""
        return self.page.total_count

    @property
    def page_info(self) -> PageInfo:
        """Whether there is more, and the cursors of both ends."""
        page = self.page
        ends = (self._cursor(0), self._cursor(-1)) if page.items else (None, None)
        return PageInfo(page.has_next, page.has_previous, *ends)

    def _cursor(self, place: int) -> str:
        return self.cursors.encode(self.scope, self.page.positions[place])


def connections(
    owners: Sequence[Owner],
    context: Pager,
    arguments: PageArguments,
    loader: Loader[Q, Page[V]],
    query: Callable[..., Q],
    *,
    scope: str,
) -> Level[Connection[V]]:
    """Return a page of each owner's list.

    Args:
        owners: People whose lists are asked for.
        context: Knows the cursors and the greatest page size.
        arguments: The connection's arguments, the same for all owners.
        loader: Loads the pages.
        query: Makes the loader's key from ``customer_id`` and the checked window.
        scope: Names the list and its sort order; a cursor is good for one scope and owner.

    Raises:
        BadUserInputError: An argument cannot be used.
    """
    scopes = [f"{scope}:{owner.id}" for owner in owners]
    queries = [
        query(customer_id=owner.id, **window(arguments, context.cursors, name, context.max_page_size)._asdict())
        for owner, name in zip(owners, scopes, strict=True)
    ]
    return then(loader.load_level(queries), partial(_connections, queries, scopes, context.cursors))


def window(arguments: PageArguments, cursors: Cursors, scope: str, max_size: int) -> Window:
    """Check a connection's arguments; raises ``BadUserInputError`` naming the one that cannot be used."""
    first, after, last, before = arguments
    if first is not None and last is not None:
        raise BadUserInputError("last", "cannot be given together with 'first'")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= max_size:
            raise BadUserInputError(name, f"must be between 1 and {max_size}")
    return Window(
        limit=first or last or DEFAULT_PAGE_SIZE,
        backward=last is not None,
        after=None if after is None else cursors.decode(scope, after, "after"),
        before=None if before is None else cursors.decode(scope, before, "before"),
    )


def _connections(
    queries: Sequence[Query], scopes: Sequence[str], cursors: Cursors, pages: Results[Page[V]]
) -> Results[Connection[V]]:
    return [_connection(page, query, cursors, scope) for page, query, scope in zip(pages, queries, scopes, strict=True)]


def _connection(
    page: Page[V] | BaseException | None, query: Query, cursors: Cursors, scope: str
) -> Connection[V] | BaseException | None:
    """Return a loaded page as a connection."""
    if isinstance(page, KeyRefusedError) and page.code == "INVALID_POSITION":
        return BadUserInputError("after" if query.after else "before", "is not a cursor of this list")
    if page is None or isinstance(page, BaseException):
        return page
    return Connection(page, cursors, scope)
