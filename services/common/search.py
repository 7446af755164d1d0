from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from services.common.batch import Key, Refusal
from services.common.database import Reader
from services.common.paging import Selection, Slice, Sort, Window, count, read_slice
from services.common.position import InvalidPosition

Position = Annotated[str, Meta(description="A position from a page of the same sort.")]
SearchText = Annotated[str, Meta(min_length=1, max_length=200)]


class Query(Struct, rename="camel", frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all queries have; each names its own sorts."""

    ref: Annotated[str, Meta(min_length=1, max_length=64, description="Names the query within the call.")]
    customer_id: Annotated[Key, Meta(description="Whose list.")]
    limit: Annotated[int, Meta(ge=1, le=1000, description="Page size.")]
    backward: Annotated[bool, Meta(description="Take the last `limit` items of the window.")] = False
    after: Annotated[Position | None, Meta(description="Start of the window, exclusive.")] = None
    before: Annotated[Position | None, Meta(description="End of the window, exclusive.")] = None
    sort: str
    descending: bool = True


Q = TypeVar("Q", bound=Query)
V = TypeVar("V")


class Page(Struct, Generic[V], rename="camel", frozen=True):
    """Part of a person's list. Items are in forward order."""

    customer_id: str
    items: list[V]
    positions: Annotated[
        list[Annotated[str, Meta(max_length=200)]],
        Meta(description="positions[i] names the place of items[i]."),
    ]
    has_next: Annotated[bool, Meta(description="Items exist after the last one, or after the window's end.")]
    has_previous: Annotated[bool, Meta(description="Items exist before the first one, or before the window's start.")]
    total_count: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="Items under the filter regardless of the window, or null where that is not cheap."),
    ]


@dataclass(frozen=True)
class Listing(Generic[Q, V]):
    """How a person's list is searched.

    Args:
        sorts: By the name that queries use.
        select: What a query's list holds, before its window.
        get: Reads items by id; called once for all pages of a batch.
    """

    sorts: Mapping[str, Sort]
    select: Callable[[Q], Selection]
    get: Callable[[Reader, Sequence[str]], Mapping[str, V]]

    def search(self, reader: Reader, queries: Sequence[Q]) -> dict[str, Page[V] | Refusal]:
        """Answer a batch of queries by their `ref`."""
        asked: dict[str, Q] = {}
        answers: dict[str, Page[V] | Refusal] = {}
        for query in queries:
            if asked.setdefault(query.ref, query) != query:
                answers[query.ref] = Refusal("INVALID_ARGUMENT", "Two different queries have this ref.")
        slices: dict[str, tuple[Slice, int | None]] = {}
        for ref in asked.keys() - answers.keys():
            try:
                slices[ref] = self._slice(reader, asked[ref])
            except InvalidPosition:
                answers[ref] = Refusal("INVALID_POSITION", "Not a position of this list in this sort.")
        ids = list(dict.fromkeys(item for part, _ in slices.values() for item in part.ids))
        items = self.get(reader, ids) if ids else {}
        for ref, (part, total) in slices.items():
            answers[ref] = Page(
                customer_id=asked[ref].customer_id,
                items=[items[item] for item in part.ids],
                positions=part.positions,
                has_next=part.has_next,
                has_previous=part.has_previous,
                total_count=total,
            )
        return answers

    def _slice(self, reader: Reader, query: Q) -> tuple[Slice, int | None]:
        selection = self.select(query)
        window = Window(query.limit, query.backward, query.descending, query.after, query.before)
        part = read_slice(reader, selection, self.sorts[query.sort], window)
        return part, count(reader, selection) if selection.countable else None
