"""The engine's hooks: limits asked once for each document, and admission between planning and execution."""

import strawberry
from graphql import DocumentNode, GraphQLError, parse

from engine import EngineSchema, ListSize
from engine.documents import Document
from engine.executor import StrawberryCompiledExecutor
from engine.plan import Plan

CALLS: list[str] = []


@strawberry.type
class Thing:
    name: str = "a"


def _things(first: int = 2) -> list[Thing]:
    CALLS.append("things")
    return [Thing()] * first


@strawberry.type
class Query:
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


async def test_suggestions_can_be_hidden() -> None:
    for hidden in (False, True):
        schema = EngineSchema(Query, hide_suggestions=hidden)
        for text in ("{ thing { name } }", "{ things { nam } }", "query ($n: It) { things(first: $n) { name } }"):
            (message, *_) = await _messages(schema, text)
            assert ("Did you mean" in message) is not hidden
