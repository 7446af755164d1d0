"""Resolvers that return something wrong, and errors that do not say what is wrong: the field fails, nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry

from engine import Batches, EngineSchema, attribute_of, batch_field


@dataclass
class Context:
    """One request."""

    batches: Batches = field(default_factory=Batches)


@strawberry.input
class Range:
    least: int

    def __post_init__(self) -> None:
        if self.least < 0:
            raise ValueError("no such range")


class Half:
    """A thing one of whose attributes raises for one of them."""

    whole = 1

    def __init__(self, number: int) -> None:
        self._number = number

    @property
    def half(self) -> int:
        if self._number == 1:
            raise ValueError("one has no half")
        return self._number // 2


class MuteError(Exception):
    """An error whose text cannot be had."""

    def __str__(self) -> str:
        raise TypeError("no text")


def _halves(things: "Sequence[Thing]", _context: Context) -> list[Half]:
    return [Half(one.number) for one in things]


async def _halves_later(things: "Sequence[Thing]", context: Context) -> list[Half]:
    return _halves(things, context)


def _within(things: "Sequence[Thing]", _context: Context, bounds: Range) -> list[int]:
    return [bounds.least for _ in things]


async def _none_later(_things: "Sequence[Thing]", _context: Context) -> None:
    return None


def _given(resolver: Callable[..., Any]) -> Any:  # noqa: ANN401  any type's field
    return batch_field(resolver, description="A number.")


@strawberry.type
class Thing:
    number: int
    none: int | None = _given(lambda _things, _context: None)
    none_later: int | None = _given(_none_later)
    generated: int | None = _given(lambda things, _context: (one.number for one in things))
    mapped: int | None = _given(lambda things, _context: map(int, [one.number for one in things]))
    numbered: int | None = _given(lambda _things, _context: 17)
    half: int | None = _given(attribute_of(_halves, "half"))
    whole: int | None = _given(attribute_of(_halves, "whole"))
    later_half: int | None = _given(attribute_of(_halves_later, "half"))
    missing: int | None = _given(attribute_of(_halves, "missing"))
    within: int | None = batch_field(_within, description="The least number.")

    @strawberry.field
    def mute(self) -> int | None:
        if self.number == 1:
            raise MuteError
        return self.number


@strawberry.type
class Query:
    @strawberry.field
    def things(self) -> list[Thing]:
        return [Thing(number=number) for number in range(3)]


ENGINE = EngineSchema(Query)
CORE = strawberry.Schema(Query)


@pytest.mark.parametrize(
    "fields",
    [
        "none",
        "noneLater",
        "generated",
        "mapped",
        "numbered",
        "half whole",
        "laterHalf whole",
        "missing whole",
        "within(bounds: {least: -1})",
        "within(bounds: {least: 1})",
    ],
)
async def test_the_field_says_what_graphql_core_says_and_the_others_are_served(fields: str) -> None:
    query = f"{{ things {{ number {fields} }} }}"
    expected = await CORE.execute(query, context_value=Context())
    for _ in range(3):
        found = await ENGINE.execute(query, context_value=Context())
        assert found.data is not None
        assert [one["number"] for one in found.data["things"]] == [0, 1, 2]
        assert found.data == expected.data
        assert sorted(map(str, found.errors or ())) == sorted(map(str, expected.errors or ()))


@pytest.mark.parametrize("which", ["half", "laterHalf"])
async def test_an_attribute_that_raises_is_that_things_error_alone(which: str) -> None:
    found = await ENGINE.execute(f"{{ things {{ {which} }} }}", context_value=Context())
    assert found.data == {"things": [{which: 0}, {which: None}, {which: 1}]}
    assert [(error.message, error.path) for error in found.errors or ()] == [("one has no half", ["things", 1, which])]


async def test_an_error_that_has_no_text_is_still_the_error_of_its_field() -> None:
    for _ in range(3):
        found = await ENGINE.execute("{ things { mute } }", context_value=Context())
        assert found.data == {"things": [{"mute": 0}, {"mute": None}, {"mute": 2}]}
        assert found.errors is not None
        (error,) = found.errors
        assert (error.message, error.path) == ("MuteError whose text raises TypeError", ["things", 1, "mute"])
