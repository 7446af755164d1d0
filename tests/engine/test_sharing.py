"""Fields that show attributes of one thing: it is looked for once in each level, and graphql-core says the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry

from engine import Batches, EngineSchema, attribute_of, batch_field


@dataclass
class Context:
    """One request, with the parents that each resolver was asked for."""

    asked: list[tuple[str, list[int]]] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)


@dataclass
class Profile:
    name: str
    handle: str | None
    friends: "list[Person]"


def _found(people: "Sequence[Person]") -> list[Profile | Exception | None]:
    return [_profile(one.number) for one in people]


def _profile(number: int) -> Profile | Exception | None:
    if number % 5 == 4:
        return ValueError(f"no profile of {number}")
    return None if number % 5 == 3 else Profile(f"n{number}", None if number else "h0", [Person(number=number + 1)])


async def _profiles(people: "Sequence[Person]", context: Context) -> list[Profile | Exception | None]:
    context.asked.append(("profiles", [one.number for one in people]))
    await asyncio.sleep(0)
    return _found(people)


def _ready(people: "Sequence[Person]", context: Context) -> list[Profile | Exception | None]:
    context.asked.append(("ready", [one.number for one in people]))
    return _found(people)


async def _broken(people: "Sequence[Person]", context: Context) -> list[Profile]:
    context.asked.append(("broken", [one.number for one in people]))
    raise ValueError("nothing is known of anybody")


def _too_few(people: "Sequence[Person]", context: Context) -> list[Profile]:
    context.asked.append(("too few", [one.number for one in people]))
    return []


def _shown(resolver: Any) -> Any:  # noqa: ANN401  any batch resolver
    return batch_field(resolver, description="An attribute.")


@strawberry.type
class Person:
    number: int
    name: str | None = _shown(attribute_of(_profiles, "name"))
    handle: str | None = _shown(attribute_of(_profiles, "handle"))
    friends: "list[Person] | None" = _shown(attribute_of(_profiles, "friends"))
    ready_name: str | None = _shown(attribute_of(_ready, "name"))
    ready_handle: str | None = _shown(attribute_of(_ready, "handle"))
    broken_name: str | None = _shown(attribute_of(_broken, "name"))
    broken_handle: str | None = _shown(attribute_of(_broken, "handle"))
    few_name: str | None = _shown(attribute_of(_too_few, "name"))
    few_handle: str | None = _shown(attribute_of(_too_few, "handle"))


@strawberry.type
class Query:
    @strawberry.field
    def people(self, first: int = 5) -> list[Person]:
        return [Person(number=number) for number in range(first)]


CORE = strawberry.Schema(Query)
ENGINE = EngineSchema(Query)


async def _answer(query: str) -> tuple[Any, list[tuple[str, list[int]]]]:
    """Return what the engine answers, compared with graphql-core, and what was asked for it."""
    expected = await CORE.execute(query, context_value=Context())
    for _ in range(3):
        context = Context()
        answer = await ENGINE.execute(query, context_value=context)
        assert repr(answer.data) == repr(expected.data)
        assert sorted(map(str, answer.errors or ())) == sorted(map(str, expected.errors or ()))
    return answer, context.asked


async def test_a_thing_is_looked_for_once_for_all_that_is_shown_of_it() -> None:
    answer, asked = await _answer("{ people(first: 3) { name handle again: name } }")
    assert answer.data["people"][0] == {"name": "n0", "handle": "h0", "again": "n0"}
    assert asked == [("profiles", [0, 1, 2])]


async def test_each_level_looks_for_its_own() -> None:
    _, asked = await _answer("{ people(first: 2) { name friends { name handle } } }")
    assert asked == [("profiles", [0, 1]), ("profiles", [1, 2])]


async def test_what_is_there_at_once_is_asked_for_once_too() -> None:
    _, asked = await _answer("{ people(first: 2) { readyName readyHandle name handle } }")
    assert asked == [("ready", [0, 1]), ("profiles", [0, 1])]


@pytest.mark.parametrize("which", ["name handle", "readyName readyHandle"])
async def test_what_fails_for_one_parent_fails_in_each_of_its_fields_alone(which: str) -> None:
    answer, _ = await _answer(f"{{ people {{ {which} }} }}")
    name, handle = which.split()
    assert [one[name] for one in answer.data["people"]] == ["n0", "n1", "n2", None, None]
    paths = sorted(str(error.path) for error in answer.errors)
    assert paths == sorted(str(["people", 4, key]) for key in (name, handle))


async def test_what_fails_as_a_whole_fails_in_each_of_its_fields() -> None:
    answer, asked = await _answer("{ people(first: 2) { number brokenName brokenHandle } }")
    assert [one["number"] for one in answer.data["people"]] == [0, 1]
    assert len(answer.errors) == 4
    assert asked == [("broken", [0, 1])]


async def test_too_few_things_are_an_error_of_each_field() -> None:
    context = Context()
    answer = await ENGINE.execute("{ people(first: 2) { fewName fewHandle } }", context_value=context)
    assert answer.data == {"people": [{"fewName": None, "fewHandle": None}] * 2}
    assert "Person.fewHandle returned 0 values for 2 parents" in str(answer.errors)
    assert context.asked == [("too few", [0, 1])]


async def test_other_parents_are_asked_for_by_themselves() -> None:
    query = "{ people(first: 2) { name } others: people(first: 1) { handle } }"
    _, asked = await _answer(query)
    assert sorted(asked) == [("profiles", [0]), ("profiles", [0, 1])]
