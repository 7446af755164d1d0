"""What compiled operations answer: as graphql-core does, the first time interpreted and compiled from then on."""

import asyncio
import math
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLError,
    build_schema,
    execute,
    experimental_execute_incrementally,
    parse,
)

from engine import CompiledExecutor
from engine.executor import plans_of

SCHEMA = build_schema("""
    type Query { shelf: Shelf, strict: Shelf!, things: [Thing!], matrix: [[Float]], one: Int!, color: Color }
    type Mutation { first: Int, second: Int!, third: Int }
    type Shelf { name: String!, books: [Book!], owner: Person, strictOwner: Person! }
    type Book { title: String!, pages: Int, rating: Float, sold: Boolean, author: Person! }
    type Person { name: String!, shelf: Shelf }
    union Thing = Book | Person
    enum Color { RED BLUE }
""")

ANN = {"__typename": "Person", "name": "Ann"}
BOOK = {"__typename": "Book", "title": "Dune", "pages": 412, "rating": 4.5, "sold": True, "author": ANN}
PAGE = "{ shelf { name books { title pages rating sold author { name } } owner { name } } }"


async def _soon(value: object) -> object:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


async def _outcome(query: str, root: Any, variables: dict[str, Any] | None, **options: Any) -> ExecutionResult:  # noqa: ANN401  any root
    result = execute(SCHEMA, parse(query), root() if callable(root) else root, variable_values=variables, **options)
    return result if isinstance(result, ExecutionResult) else await result


async def same(query: str, root: Any, variables: dict[str, Any] | None = None) -> ExecutionResult:  # noqa: ANN401  any root
    """Return the answer, once interpreted and twice compiled, after comparing it with graphql-core's."""
    expected = await _outcome(query, root, variables)
    document = parse(query)
    for _ in range(3):
        value = root() if callable(root) else root
        result = execute(SCHEMA, document, value, variable_values=variables, executor_class=CompiledExecutor)
        answer = result if isinstance(result, ExecutionResult) else await result
        assert answer.formatted == expected.formatted
        assert str(answer.data) == str(expected.data)
    return answer


async def test_plain_values_need_no_event_loop() -> None:
    result = execute(SCHEMA, parse(PAGE), {"shelf": {"name": "A", "books": [BOOK]}}, executor_class=CompiledExecutor)
    assert isinstance(result, ExecutionResult)
    assert result.formatted == {
        "data": {
            "shelf": {
                "name": "A",
                "books": [
                    {"title": "Dune", "pages": 412, "rating": 4.5, "sold": True, "author": {"name": "Ann"}},
                ],
                "owner": None,
            }
        }
    }


@pytest.mark.parametrize(
    "pages", [3.0, "7", True, 2**31, 3.5, math.nan, "x", [], ValueError("torn"), GraphQLError("torn")]
)
async def test_leaf_values_are_coerced_or_refused_like_graphql_core_does(pages: object) -> None:
    await same(PAGE, {"shelf": {"name": "A", "books": [BOOK, {**BOOK, "pages": pages}, BOOK]}})


async def test_a_null_in_a_required_place_takes_the_nearest_place_that_may_be_null() -> None:
    books = [BOOK, {**BOOK, "author": {"name": None}}, {**BOOK, "title": None}]
    answer = await same(PAGE, {"shelf": {"name": "A", "books": books, "owner": ANN}})
    assert answer.data == {"shelf": {"name": "A", "books": None, "owner": {"name": "Ann"}}}
    assert [error.path for error in answer.errors or ()] == [["shelf", "books", 1, "author", "name"]]


async def test_null_that_comes_up_to_the_root_leaves_no_data() -> None:
    answer = await same("{ one strict { name strictOwner { name } } }", {"one": 1, "strict": {"name": "A"}})
    assert answer.data is None


async def test_errors_of_one_object_among_many_name_it_and_leave_the_others() -> None:
    books = [{**BOOK, "rating": ValueError(f"no {number}") if number % 3 else 1.0} for number in range(7)]
    answer = await same("{ shelf { books { title r: rating } } }", {"shelf": {"books": books}})
    assert [error.path for error in answer.errors or ()] == [["shelf", "books", at, "r"] for at in (1, 2, 4, 5)]


async def test_awaitables_are_awaited_wherever_they_stand() -> None:
    def root() -> dict[str, Any]:
        return {
            "shelf": _soon({"name": _soon("A"), "books": [BOOK, _soon({**BOOK, "author": _soon(ANN)})]}),
            "things": _soon([_soon(BOOK), ANN]),
        }

    query = "{ shelf { name books { title author { name } } } things { ... on Book { title } ... on Person { name } } }"
    answer = await same(query, root)
    assert answer.errors is None


async def test_errors_after_an_await_follow_those_before_it() -> None:
    def root() -> dict[str, Any]:
        return {
            "shelf": _soon({"name": "A", "books": [{**BOOK, "rating": ValueError("late")}]}),
            "color": ValueError("early"),
            "one": _soon(1),
        }

    answer = await same("{ shelf { books { rating } } one color }", root)
    assert [error.message for error in answer.errors or ()] == ["early", "late"]


async def test_an_abstract_value_is_what_it_says_it_is() -> None:
    query = "{ things { __typename ... on Book { title } ... on Person { name } } }"
    answer = await same(query, {"things": [BOOK, ANN]})
    assert answer.data == {
        "things": [{"__typename": "Book", "title": "Dune"}, {"__typename": "Person", "name": "Ann"}],
    }
    for wrong in ({"__typename": "Shelf"}, {"__typename": "Nothing"}, {}, {"__typename": 3}):
        await same(query, {"things": [BOOK, wrong]})


async def test_merged_fields_aliases_and_shared_fragments_keep_the_order_of_the_document() -> None:
    query = """{
        shelf { ...a books { title } ...b }
        again: shelf { ...b ...a }
    }
    fragment a on Shelf { name books { pages author { ...who } } }
    fragment b on Shelf { books { author { again: name } } owner { ...who } name }
    fragment who on Person { name }"""
    answer = await same(query, {"shelf": {"name": "A", "books": [BOOK], "owner": ANN}})
    data: Any = answer.data
    assert list(data["shelf"]["books"][0]) == ["pages", "author", "title"]
    assert list(data["again"]["books"][0]) == ["author", "pages"]


@pytest.mark.parametrize("yes", [True, False])
async def test_conditions_decide_what_is_included_for_each_request(*, yes: bool) -> None:
    query = """query ($yes: Boolean!) {
        shelf @include(if: $yes) { name @skip(if: true) books { title } }
        one @skip(if: $yes)
        ... @include(if: $yes) { color }
    }"""
    answer = await same(query, {"shelf": {"books": [BOOK]}, "one": 1, "color": "RED"}, {"yes": yes})
    assert set(answer.data or ()) == ({"shelf", "color"} if yes else {"one"})


async def test_mutations_run_one_after_the_other_and_stop_where_null_has_reached_the_root() -> None:
    calls: list[str] = []

    def root(second: object) -> dict[str, Any]:
        async def begin(name: str, value: object) -> object:
            calls.append(f"{name} begins")
            await asyncio.sleep(0.001)
            calls.append(f"{name} ends")
            return value

        return {
            "first": lambda _info: begin("first", 1),
            "second": lambda _info: begin("second", second),
            "third": lambda _info: begin("third", 3),
        }

    good = await _outcome("mutation { first second third }", root(2), None, executor_class=CompiledExecutor)
    assert good.data == {"first": 1, "second": 2, "third": 3}
    assert calls == [f"{name} {what}" for name in ("first", "second", "third") for what in ("begins", "ends")]
    calls.clear()
    bad = await _outcome("mutation { first second third }", root(None), None, executor_class=CompiledExecutor)
    assert bad.data is None
    assert calls == [f"{name} {what}" for name in ("first", "second") for what in ("begins", "ends")]


def test_fragments_that_spread_themselves_are_left_to_graphql_core() -> None:
    schema = build_schema("type Query { node: Node } type Node { name: String, node: Node }")
    document = parse("{ node { ...F } } fragment F on Node { name node { ...F } }")
    root = {"node": {"name": "a", "node": {"name": ValueError("broken"), "node": None}}}
    expected = execute(schema, document, root)
    for _ in range(3):
        assert execute(schema, document, root, executor_class=CompiledExecutor) == expected
    assert plans_of(schema).fallbacks == {"a fragment spreads itself": 3}


async def test_objects_deeper_than_python_nests_blocks_are_built_too() -> None:
    query = "{ shelf " + "{ owner { shelf " * 30 + "{ name }" + " } }" * 30 + " }"
    root: dict[str, Any] = {"name": "A"}
    root["owner"] = {"shelf": root}
    await same(query, {"shelf": root})


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{ __schema { queryType { name } } one }", "introspection"),
        ('{ one a: __type(name: "Book") { name } }', "introspection"),
        ("{ one ...a } fragment a on Query { one @mine }", "@mine"),
    ],
)
async def test_what_the_engine_does_not_compile_goes_to_graphql_core_and_is_counted(query: str, reason: str) -> None:
    schema = build_schema("directive @mine on FIELD type Query { one: Int! } type Book { title: String }")
    result = execute(schema, parse(query), {"one": 1}, executor_class=CompiledExecutor)
    assert isinstance(result, ExecutionResult)
    assert result.data is not None
    assert plans_of(schema).fallbacks == {reason: 1}


async def test_deferred_parts_are_delivered_by_graphql_core() -> None:
    schema = build_schema("type Query { one: Int! two: Int }")
    document = parse("{ one ... @defer { two } }")
    root = {"one": 1, "two": 2}
    results = experimental_execute_incrementally(schema, document, root, executor_class=CompiledExecutor)
    assert isinstance(results, ExperimentalIncrementalExecutionResults)
    assert results.initial_result.data == {"one": 1}
    parts = [dict(one.formatted) async for part in results.subsequent_results for one in part.incremental or ()]
    assert [part["data"] for part in parts] == [{"two": 2}]
    assert plans_of(schema).fallbacks == {"@defer": 1}
