"""Relay connections: edges, nodes, page info, and the arguments that choose a page."""

from typing import Annotated, Generic, TypeAlias, TypeVar

import strawberry
import strawberry.federation

from engine import ListSize
from resolvers.paging import DEFAULT_PAGE_SIZE

T = TypeVar("T")

First: TypeAlias = Annotated[
    int | None, strawberry.argument(description="At most this many items from the window's start.")
]
After: TypeAlias = Annotated[str | None, strawberry.argument(description="Only items after this cursor.")]
Last: TypeAlias = Annotated[
    int | None, strawberry.argument(description="At most this many items from the window's end; not with `first`.")
]
Before: TypeAlias = Annotated[str | None, strawberry.argument(description="Only items before this cursor.")]
# A connection's lists are as long as its page.
PAGED = [
    ListSize(
        assumed_size=DEFAULT_PAGE_SIZE,
        slicing_arguments=["first", "last"],
        sized_fields=["edges", "nodes"],
        require_one_slicing_argument=False,
    )
]

Descending: TypeAlias = Annotated[bool, strawberry.argument(description="Greatest, newest or best first.")]


@strawberry.federation.type(description="Where a page lies in its list.", shareable=True)
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items precede this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item; null on an empty page.")


@strawberry.type(description="An item and its place in the list.")
class Edge(Generic[T]):
    """An item and its place in the list."""

    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Names the item's place, even when others are added before it.")


@strawberry.type(description="One page of a list. 20 items unless `first` or `last` say otherwise.")
class Connection(Generic[T]):
    """One page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    nodes: list[T] = strawberry.field(description="The items.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    total_count: int | None = strawberry.field(
        description="Number of items on all pages under this filter; null where that is not known cheaply."
    )
