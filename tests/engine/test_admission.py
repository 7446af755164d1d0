"""The engine's hooks: limits asked once for each document, and admission between planning and execution."""

from collections.abc import Callable

import strawberry
from graphql import DocumentNode, GraphQLError, parse

from engine import EngineSchema, ListSize
from engine.cost import UNKNOWN_COST
from engine.documents import Document
from engine.executor import StrawberryCompiledExecutor
from engine.plan import Plan
from engine.planner import MAX_FIELDS

CALLS: list[str] = []


@strawberry.type
class Thing:
    name: str = "a"


def _things(first: int | None = 2, word: str = "a") -> list[Thing]:  # noqa: ARG001  only asked for
    CALLS.append("things")
    return [Thing()] * (first or 0)


@strawberry.type
class Box:
    name: str
    things: list[Thing] = strawberry.field(resolver=_things, directives=[ListSize(slicing_arguments=["first"])])


@strawberry.type
class Query:
    @strawberry.field
    def none(self) -> Box | None:
        return None

    things: list[Thing] = strawberry.field(resolver=_things, directives=[ListSize(slicing_arguments=["first"])])


class OnlyShort:
    """Refuses long documents, and those that mention a name, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def parse(self, text: str) -> DocumentNode:
        self.asked.append("parse")
        if len(text) > 100:
            raise GraphQLError("too long")
        return parse(text)

    def check(self, document: Document) -> list[GraphQLError]:
        self.asked.append("check")
        return [GraphQLError("not this one")] if "refused" in document.operations else []


async def _messages(schema: EngineSchema, text: str) -> list[str]:
    result = await schema.execute(text)
    return [error.message for error in result.errors or ()]


async def test_limits_are_asked_once_for_each_document_and_before_validation() -> None:
    limits = OnlyShort()
    schema = EngineSchema(Query, limits=limits)
    for _ in range(3):
        assert await _messages(schema, "query refused { nothing }") == ["not this one"]
        assert await _messages(schema, "{ things " + "{ name } " * 20) == ["too long"]
        assert await _messages(schema, "{ things { name } }") == []
    assert limits.asked == ["parse", "check", "parse", "parse", "check"]


async def test_an_operation_that_is_not_admitted_calls_nothing_and_what_was_raised_is_raised() -> None:
    schema = EngineSchema(Query)
    costs: list[tuple[int, bool]] = []

    def admit(executor: StrawberryCompiledExecutor, plan: Plan | None) -> None:
        costs.append((executor.cost(plan), plan is not None))
        if costs[-1][0] > 5:
            raise LookupError

    CALLS.clear()
    query = "query ($first: Int = 3) { things(first: $first) { name } }"
    assert (await schema.execute(query, {"first": 5}, admit=admit)).errors is None
    assert (await schema.execute(query, admit=admit)).errors is None
    try:
        await schema.execute(query, {"first": 6}, admit=admit)
    except LookupError:
        CALLS.append("refused")
    await schema.execute("{ __schema { queryType { name } } a: things(first: 1) { name } }", admit=admit)
    assert CALLS == ["things", "things", "refused", "things"]
    assert [is_planned for _, is_planned in costs] == [True, True, True, False]
    assert [cost for cost, _ in costs[:3]] == [5, 3, 6]


def _admitting(costs: list[tuple[int, bool]]) -> Callable[[StrawberryCompiledExecutor, Plan | None], None]:
    return lambda executor, plan: costs.append((executor.cost(plan), plan is not None))


async def test_what_graphql_core_executes_costs_all_that_it_can_ask_for() -> None:
    schema = EngineSchema(Query)
    costs: list[tuple[int, bool]] = []
    query = """query ($yes: Boolean = true) {
        things(first: 5) { name } none { name ... @include(if: $yes) { things(first: 7) { name } } } }"""
    for variables in ({"yes": True}, {"yes": None}, {"yes": False}):
        result = await schema.execute(query, variables, admit=_admitting(costs))
        # The condition without a value is below something that is null, so nothing fails for want of it.
        assert (result.data, result.errors) == ({"things": [{"name": "a"}] * 5, "none": None}, None)
    assert costs == [(13, True), (13, False), (6, True)]


async def test_a_cost_that_nobody_can_tell_is_more_than_anybody_may_ask_for() -> None:
    schema = EngineSchema(Query)
    costs: list[tuple[int, bool]] = []
    fields = " ".join(f"a{number}: things {{ name }}" for number in range(MAX_FIELDS))
    await schema.execute(f"{{ {fields} }}", admit=_admitting(costs))
    assert costs == [(UNKNOWN_COST, False)]


async def test_a_remembered_cost_is_that_of_the_same_sizes() -> None:
    query = "query ($first: Int, $word: String) { things(first: $first, word: $word) { name } }"
    cases: list[tuple[dict[str, object], int]] = [
        ({"first": 9, "word": None}, 9), ({"first": 9}, 9), ({"first": None}, 1), ({}, 2), ({"first": 3}, 3)
    ]  # fmt: skip
    for given in (cases, cases[::-1]):
        schema = EngineSchema(Query)
        for variables, cost in given:
            costs: list[tuple[int, bool]] = []
            await schema.execute(query, variables, admit=_admitting(costs))
            assert costs == [(cost, True)]


async def test_suggestions_can_be_hidden() -> None:
    for hidden in (False, True):
        schema = EngineSchema(Query, hide_suggestions=hidden)
        for text in ("{ thing { name } }", "{ things { nam } }", "query ($n: It) { things(first: $n) { name } }"):
            (message, *_) = await _messages(schema, text)
            assert ("Did you mean" in message) is not hidden
