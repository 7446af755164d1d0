"""Federation's access directives, held alike by the compiled engine and by graphql-core, before a resolver is asked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NewType

import pytest
import strawberry
from strawberry.federation.schema_directives import Authenticated, RequiresScopes
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from engine import Batches, EngineFederationSchema, EngineSchema, batch_field
from engine.access import Access
from engine.explain import demands

SIGNED_IN = [Authenticated()]


@dataclass
class Context:
    """Who asks, and what was resolved for them."""

    scopes: frozenset[str] | None
    calls: list[str] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)

    def denial(self, access: Access) -> Exception | None:
        if self.scopes is None:
            return PermissionError("nobody")
        return None if access.allows(self.scopes) else PermissionError(f"needs {access}")


def _nodes(_roots: Sequence[object], context: Context) -> Sequence[object]:
    context.calls.append("nodes")
    return [[Secret(id="1"), Fact(id="2")]]


def _secret(parents: Sequence[object], context: Context) -> Sequence[object]:
    context.calls.append("secret")
    return [Secret(id="s")] * len(parents)


def _facts(_roots: Sequence[object], context: Context) -> Sequence[object]:
    context.calls.append("facts")
    return [[Fact(id="1"), Fact(id="2")]]


def _change(info: strawberry.Info[Context, None]) -> str:
    info.context.calls.append("change")
    return "changed"


async def _ticks(info: strawberry.Info[Context, None]) -> AsyncIterator[int]:
    info.context.calls.append("ticks")
    for number in range(2):
        await asyncio.sleep(0)
        yield number


@strawberry.interface
class Node:
    id: str


@strawberry.type(directives=SIGNED_IN)
class Secret(Node):
    word: str = "psst"
    secret: "Secret | None" = batch_field(_secret, description="")


Classified = NewType("Classified", str)


@strawberry.enum(directives=SIGNED_IN)
class Grade(Enum):
    GOOD = "good"


@strawberry.type
class Fact(Node):
    word: str = "2 + 2"
    source: str | None = strawberry.field(default="me", directives=SIGNED_IN)
    grade: Grade | None = Grade.GOOD
    file: Classified | None = Classified("f")
    proof: str = strawberry.field(default="by hand", directives=SIGNED_IN)
    draft: str | None = strawberry.field(
        default="2 + 3", directives=[RequiresScopes(scopes=[["read", "draft"], ["admin"]])]
    )


@strawberry.interface(directives=SIGNED_IN)
class Sealed:
    seal: str = "red"


@strawberry.type
class Letter(Sealed):
    text: str | None = "dear"


@strawberry.type
class Query:
    letter: Letter = strawberry.field(resolver=Letter)
    secret: Secret | None = batch_field(_secret, description="")
    facts: list[Fact] = batch_field(_facts, description="")
    nodes: list[Node | None] = batch_field(_nodes, description="")


@strawberry.type
class Mutation:
    change: str | None = strawberry.field(resolver=_change)
    change_more: str | None = strawberry.field(resolver=_change, directives=SIGNED_IN)


@strawberry.type
class Subscription:
    ticks = strawberry.subscription(resolver=_ticks, directives=SIGNED_IN)


CLASSIFIED = strawberry.scalar(name="Classified", serialize=str, parse_value=str, directives=SIGNED_IN)
OPTIONS: dict[str, Any] = {
    "config": StrawberryConfig(scalar_map={Classified: CLASSIFIED}),
    "query": Query,
    "mutation": Mutation,
    "subscription": Subscription,
    "types": [Secret, Fact],
}
COMPILED = EngineSchema(**OPTIONS)
CORE = EngineSchema(**OPTIONS, execution_context_class=StrawberryGraphQLCoreExecutionContext)
NOBODY, SOMEBODY = None, frozenset[str]()


@pytest.fixture(params=["compiled", "interpreted", "graphql-core", "federation"])
def schema(request: pytest.FixtureRequest) -> EngineSchema | EngineFederationSchema:
    if request.param == "interpreted":
        return EngineSchema(**OPTIONS)
    if request.param == "federation":
        return EngineFederationSchema(**OPTIONS)
    return CORE if request.param == "graphql-core" else COMPILED


async def _ask(
    schema: EngineSchema | EngineFederationSchema, query: str, scopes: frozenset[str] | None
) -> tuple[Any, list[Any], list[str]]:
    """Return data, errors and calls of the third time: by then a plan is compiled."""
    for _ in range(3 if schema is COMPILED else 1):
        context = Context(scopes)
        result = await schema.execute(query, context_value=context)
    assert schema is CORE or schema.plans.fallbacks == {}
    errors = [(error.message, error.path) for error in result.errors or ()]
    return result.data, errors, context.calls


async def test_a_type_is_denied_wherever_a_field_returns_it_and_nothing_is_resolved(schema: EngineSchema) -> None:
    query = "{ secret { id secret { word } } facts { word } }"
    facts = [{"word": "2 + 2"}] * 2
    denied = await _ask(schema, query, NOBODY)
    assert denied == ({"secret": None, "facts": facts}, [("nobody", ["secret"])], ["facts"])
    data, errors, calls = await _ask(schema, query, SOMEBODY)
    assert (data, errors) == ({"secret": {"id": "s", "secret": {"word": "psst"}}, "facts": facts}, [])
    assert sorted(calls) == ["facts", "secret", "secret"]


async def test_a_field_that_is_only_read_is_denied_for_each_object(schema: EngineSchema) -> None:
    # By its own directive, by that of its enum and by that of its scalar.
    for name, value in (("source", "me"), ("grade", "GOOD"), ("file", "f")):
        query = f"{{ facts {{ id {name} }} }}"
        data, errors, _ = await _ask(schema, query, NOBODY)
        assert data == {"facts": [{"id": "1", name: None}, {"id": "2", name: None}]}
        assert errors == [("nobody", ["facts", 0, name]), ("nobody", ["facts", 1, name])]
        data, errors, _ = await _ask(schema, query, SOMEBODY)
        assert (data, errors) == ({"facts": [{"id": "1", name: value}, {"id": "2", name: value}]}, [])


async def test_the_null_of_a_denied_field_goes_as_far_as_any_null(schema: EngineSchema) -> None:
    assert await _ask(schema, "{ facts { id proof } }", NOBODY) == (
        None,
        [("nobody", ["facts", 0, "proof"])],
        ["facts"],
    )


async def test_an_object_behind_an_interface_is_denied_and_its_neighbours_are_served(schema: EngineSchema) -> None:
    data, errors, _ = await _ask(schema, "{ nodes { id ... on Secret { word } } }", NOBODY)
    assert (data, errors) == ({"nodes": [None, {"id": "2"}]}, [("nobody", ["nodes", 0, "id"])])
    data, errors, _ = await _ask(schema, "{ nodes { id ... on Secret { word } } }", SOMEBODY)
    assert (data, errors) == ({"nodes": [{"id": "1", "word": "psst"}, {"id": "2"}]}, [])


async def test_what_an_interface_needs_every_field_of_its_types_needs(schema: EngineSchema) -> None:
    data, errors, _ = await _ask(schema, "{ letter { text } }", NOBODY)
    assert (data, errors) == ({"letter": {"text": None}}, [("nobody", ["letter", "text"])])
    data, errors, _ = await _ask(schema, "{ letter { text seal } }", SOMEBODY)
    assert (data, errors) == ({"letter": {"text": "dear", "seal": "red"}}, [])


@pytest.mark.parametrize(
    ("scopes", "is_allowed"),
    [
        (None, False),
        ("", False),
        ("read", False),
        ("draft", False),
        ("read draft", True),
        ("read draft more", True),
        ("admin", True),
    ],
)
async def test_scopes_are_one_set_or_another(schema: EngineSchema, scopes: str | None, is_allowed: bool) -> None:  # noqa: FBT001  a table's column
    given = None if scopes is None else frozenset(scopes.split())
    data, errors, _ = await _ask(schema, "{ facts { draft } }", given)
    why = "nobody" if scopes is None else "needs admin or draft and read"
    assert data == {"facts": [{"draft": "2 + 3" if is_allowed else None}] * 2}
    assert errors == ([] if is_allowed else [(why, ["facts", place, "draft"]) for place in (0, 1)])


async def test_callers_with_different_scopes_share_a_document_and_each_gets_their_own(schema: EngineSchema) -> None:
    query = "query ($no: Boolean = false) { facts { source @skip(if: $no) draft } }"
    seen = []
    for scopes in (NOBODY, SOMEBODY, frozenset({"admin"}), SOMEBODY, NOBODY) * 3:
        data, _, _ = await _ask(schema, query, scopes)
        seen.append((data["facts"][0]["source"], data["facts"][0]["draft"]))
    assert seen == [(None, None), ("me", None), ("me", "2 + 3"), ("me", None), (None, None)] * 3


async def test_a_denied_mutation_does_nothing_and_the_others_go_on(schema: EngineSchema) -> None:
    query = "mutation { changeMore change }"
    data, errors, calls = await _ask(schema, query, NOBODY)
    assert (data, errors, calls) == (
        {"changeMore": None, "change": "changed"},
        [("nobody", ["changeMore"])],
        ["change"],
    )
    data, errors, calls = await _ask(schema, query, SOMEBODY)
    assert (data, errors, calls) == ({"changeMore": "changed", "change": "changed"}, [], ["change", "change"])


async def test_a_denied_subscription_does_not_begin(schema: EngineSchema) -> None:
    denied = Context(NOBODY)
    results = await schema.subscribe("subscription { ticks }", context_value=denied)
    refused = [one async for one in results]
    assert [error.message for one in refused for error in one.errors or ()] == ["nobody"]
    assert denied.calls == []
    allowed = Context(SOMEBODY)
    results = await schema.subscribe("subscription { ticks }", context_value=allowed)
    assert [one.data async for one in results] == [{"ticks": 0}, {"ticks": 1}]


async def test_a_context_that_cannot_tell_is_denied(schema: EngineSchema) -> None:
    result = await schema.execute("{ secret { id } }", context_value=object())
    assert result.errors
    assert not (result.data or {}).get("secret")


def test_what_an_operation_needs_is_told_before_it_runs() -> None:
    plan, _ = COMPILED.plan("{ facts { word draft proof } s: secret { id secret { word } } }", None, None)
    assert [(path, str(access)) for path, access in demands(plan)] == [
        ("facts.draft", "admin or draft and read"),
        ("facts.proof", "anybody signed in"),
        ("s", "anybody signed in"),
    ]


def test_both_of_two_demands_have_to_be_met() -> None:
    one = Access(frozenset({frozenset("a"), frozenset("b")}))
    other = Access(frozenset({frozenset("c"), frozenset()}))
    assert (one & other).alternatives == {frozenset("ac"), frozenset("bc"), frozenset("a"), frozenset("b")}
    assert [(one & other).allows(frozenset(given)) for given in ("c", "a", "bc", "")] == [False, True, True, False]
