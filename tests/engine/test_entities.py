"""Entities of a federated schema: by any key that Federation allows, in batches, none made from what was sent."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import strawberry
import strawberry.federation
from graphql import parse
from strawberry.federation.schema_directives import External

from engine import EngineFederationSchema, RepresentationError, batch_key
from engine.entities import Entities
from engine.groups import fill

Keys = Sequence[Mapping[str, Any]]


class Asked:
    """A request's context that notes what was asked for."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, list[Mapping[str, Any]]]] = []


@strawberry.type
class Variation:
    id: strawberry.ID


def _things(how: str) -> Any:  # noqa: ANN401  a resolver
    async def find(keys: Keys, context: Asked) -> list[Any]:
        context.keys.append((how, list(keys)))
        return [
            None if key.get("sku") == "none" else Thing(id=strawberry.ID(how), sku="x", variation=None) for key in keys
        ]

    return find


@strawberry.federation.type(
    keys=[
        batch_key("id", _things("by id")),
        batch_key("sku variation { id }", _things("by variation")),
        batch_key("sku", _things("by sku")),
    ]
)
class Thing:
    id: strawberry.ID
    sku: str
    variation: Variation | None


def _people(keys: Keys, _context: Asked) -> list[Any]:
    return [Person(email=key["email"], years=key.get("years")) for key in keys]


@strawberry.federation.type(keys=[batch_key("email", _people)])
class Person:
    email: strawberry.ID
    years: int | None = strawberry.field(default=None, directives=[External()])


def _broken(_keys: Keys, _context: Asked) -> list[Any]:
    raise ZeroDivisionError


@strawberry.federation.type(keys=[batch_key("id", _broken)])
class Broken:
    id: strawberry.ID


@strawberry.type
class Query:
    thing: Thing | None
    person: Person | None
    broken: Broken | None


SCHEMA = EngineFederationSchema(Query)
QUERY = """query ($of: [_Any!]!) { _entities(representations: $of) {
    __typename ... on Thing { id sku } ... on Person { email years } ... on Broken { id } } }"""


async def _answer(representations: list[Any]) -> tuple[Any, list[tuple[Any, str]], Asked]:
    context = Asked()
    result = await SCHEMA.execute(QUERY, {"of": representations}, context)
    assert result.data is not None
    errors = [(error.path, type(error.original_error).__name__) for error in result.errors or ()]
    return result.data["_entities"], errors, context


async def test_each_key_of_a_type_is_one_batch_and_holds_nothing_but_itself() -> None:
    given = [
        {"__typename": "Thing", "id": "1", "sku": "s", "extra": 1},
        {"__typename": "Thing", "sku": "s", "variation": {"id": "v", "extra": 1}},
        {"__typename": "Thing", "id": 2},
        {"__typename": "Thing", "sku": "t", "variation": None},
        {"__typename": "Thing", "sku": "t", "variation": {"other": 1}},
        {"__typename": "Thing", "sku": "none"},
    ]
    found, errors, context = await _answer(given)
    assert context.keys == [
        ("by id", [{"id": "1"}, {"id": "2"}]),
        ("by variation", [{"sku": "s", "variation": {"id": "v"}}]),
        ("by sku", [{"sku": "t"}, {"sku": "t"}, {"sku": "none"}]),
    ]
    assert [one and one["id"] for one in found] == ["by id", "by variation", "by id", "by sku", "by sku", None]
    assert errors == []


async def test_external_fields_are_passed_on_as_their_types_check_them() -> None:
    person = {"__typename": "Person", "email": "m"}
    found, errors, _ = await _answer([person | {"years": 7}, person, person | {"years": None}, person | {"years": "7"}])
    assert [one and one["years"] for one in found] == [7, None, None, None]
    assert [one is None for one in found] == [False, False, False, True]
    assert errors == [(["_entities", 3], "RepresentationError")]


async def test_a_resolver_that_raises_fails_its_own_entities_alone() -> None:
    person = {"__typename": "Person", "email": "m"}
    found, errors, _ = await _answer(
        [{"__typename": "Broken", "id": "1"}, person, {"__typename": "Variation", "id": "1"}]
    )
    assert [one is None for one in found] == [True, False, True]
    assert errors == [(["_entities", 0], "ZeroDivisionError"), (["_entities", 2], "RepresentationError")]


@pytest.mark.parametrize(
    "bad", [None, 1, "Thing", [], {}, {"__typename": 1}, {"__typename": "Thing"}, {"__typename": "_Any"}]
)
def test_what_is_no_representation_is_told_from_one_that_finds_nothing(bad: object) -> None:
    (answer,) = Entities(SCHEMA._schema).resolve([bad], Asked())  # type: ignore[misc]  # noqa: SLF001  at once, nothing is awaited
    assert isinstance(answer, RepresentationError)


async def test_it_is_compiled() -> None:
    for _ in range(2):
        await _answer([{"__typename": "Thing", "id": "1"}])
    assert SCHEMA.plans.fallbacks == {}
    (plan,) = SCHEMA.plans.of(next(iter(SCHEMA.documents.get(QUERY).operations.values())))
    assert plan.code_size > 0


def test_its_sdl_has_the_keys_as_they_were_declared() -> None:
    sdl = SCHEMA.as_str()
    assert 'type Thing @key(fields: "id") @key(fields: "sku variation { id }") @key(fields: "sku") {' in sdl
    assert parse(sdl)


async def test_groups_are_all_asked_before_any_is_waited_for() -> None:
    order: list[str] = []

    async def later(name: str) -> list[str]:
        order.append(f"{name} waits")
        return [name]

    def ask(name: str) -> Any:  # noqa: ANN401  awaitable or not
        order.append(f"{name} asked")
        return later(name) if name != "now" else [name]

    level = fill([None] * 3, [([2], lambda: ask("a")), ([0], lambda: ask("now")), ([1], lambda: ask("b"))])
    assert order == ["a asked", "now asked", "b asked"]
    assert not isinstance(level, list)
    assert await level == ["now", "b", "a"]
