"""What a plan says before it runs: levels, loads, sizes and cost."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import strawberry

from engine import Cost, EngineSchema, ListSize, batch_field, loads
from engine.explain import Load, describe, loads_of, steps
from engine.plan import Plan

PAGED = [ListSize(assumed_size=20, slicing_arguments=["first"], sized_fields=["nodes"])]


@loads("authors")
async def _authors(books: Sequence[Any], context: object) -> list[Any]:  # noqa: ARG001  the resolvers' signature
    return [None] * len(books)


@loads("shelves", "books")
async def _pages(shelves: Sequence[Any], context: object, first: int | None = None) -> list[Any]:  # noqa: ARG001  the same
    return [None] * len(shelves)


@strawberry.type(directives=[Cost(weight=3)])
class Author:
    name: str


@strawberry.type
class Book:
    title: str
    author: Author | None = batch_field(_authors, description="Who wrote it.")
    editor: Author | None = batch_field(_authors, description="Who edited it.")
    words: int = strawberry.field(directives=[Cost(weight=5)])
    tags: list[Author] = strawberry.field(directives=[ListSize(assumed_size=4)])


@strawberry.type
class Page:
    nodes: list[Book]
    total: int


@strawberry.type
class Shelf:
    books: Page | None = batch_field(_pages, description="A page.", directives=PAGED)


def _shelves(ids: list[int]) -> list[Shelf]:
    return [Shelf() for _ in ids]


@strawberry.type
class Query:
    shelf: Shelf

    shelves: list[Shelf] = strawberry.field(resolver=_shelves, directives=[ListSize(slicing_arguments=["ids"])])


SCHEMA = EngineSchema(Query)


def _cost(query: str, variables: Mapping[str, Any] | None = None) -> int:
    return SCHEMA.plan(query, dict(variables or {}), None)[1].cost


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ __typename }", 0),
        ("{ shelf { __typename } }", 1),
        # The shelf, its page and twenty books.
        ("{ shelf { books { total nodes { title } } } }", 1 + 1 + 20),
        ("{ shelf { books(first: 3) { nodes { title } } } }", 1 + 1 + 3),
        ("{ shelf { books(first: -3) { nodes { title } } } }", 1 + 1),
        # Each book with words for 5, an author and four tags for 3 each.
        ("{ shelf { books(first: 3) { nodes { words author { name } tags { name } } } } }", 2 + 3 * (1 + 5 + 3 + 12)),
        ("{ shelves(ids: [1, 2]) { books(first: 10) { nodes { title } } } }", 2 * (1 + 1 + 10)),
        ("{ a: shelf { __typename } b: shelf { __typename } }", 2),
    ],
)
def test_cost_is_the_weight_of_all_objects_and_fields(query: str, cost: int) -> None:
    assert _cost(query) == cost


def test_variables_say_how_long_lists_are() -> None:
    query = "query ($n: Int, $ids: [Int!]!) { shelves(ids: $ids) { books(first: $n) { nodes { title } } } }"
    assert _cost(query, {"n": 7, "ids": [1, 2, 3]}) == 3 * (1 + 1 + 7)
    assert _cost(query, {"ids": [1]}) == 1 + 1 + 20


def test_cost_is_counted_in_linear_time_however_fragments_are_chained() -> None:
    count = 40
    chain = "".join(
        f"fragment f{number} on Book {{ author {{ name }} a{number}: tags {{ name }}"
        f" ...f{number + 1} ...f{number + 1} }}"
        for number in range(count)
    )
    query = f"{{ shelf {{ books {{ nodes {{ ...f0 }} }} }} }} {chain} fragment f{count} on Book {{ title }}"
    assert _cost(query) == 1 + 1 + 20 * (1 + 3 + count * 4 * 3)


def test_the_steps_of_a_plan_are_its_resolvers_level_by_level() -> None:
    query = "{ shelf { books(first: 3) { nodes { title author { name } editor { name } } } } }"
    plan, estimate = SCHEMA.plan(query, {}, None)
    found = steps(plan, estimate)
    assert [(step.level, step.path, step.parents, step.loads.loaders) for step in found] == [
        (1, "shelf", 1, ()),
        (2, "shelf.books", 1, ("shelves", "books")),
        (3, "shelf.books.nodes.author", 3, ("authors",)),
        (3, "shelf.books.nodes.editor", 3, ("authors",)),
    ]
    # Author and editor of one book are asked of one loader, each book once.
    assert loads_of(found) == [Load("shelves", 1), Load("books", 1), Load("authors", 3)]
    assert describe(plan, estimate, str).splitlines() == [
        "level 1",
        "  shelf                          1 x  read   -",
        "level 2",
        "  shelf.books                    1 x  batch  shelves, books",
        "level 3",
        "  shelf.books.nodes.author       3 x  batch  authors",
        "  shelf.books.nodes.editor       3 x  batch  authors",
    ]


def test_a_fragment_that_is_spread_in_many_places_is_planned_once() -> None:
    plan, _ = SCHEMA.plan(
        "{ a: shelf { ...s } b: shelf { ...s } } fragment s on Shelf { books { nodes { title } } }", {}, None
    )
    assert isinstance(plan, Plan)
    assert [selection.type.name for selection in plan.selections] == ["Query", "Shelf", "Page", "Book"]
