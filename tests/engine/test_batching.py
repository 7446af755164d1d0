"""Batch fields on a schema that knows nothing of orders."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import strawberry

from engine import Batches, batch_field


@dataclass
class Context:
    calls: list[tuple[list[int], int]] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)


@dataclass
class Number:
    value: int


async def _times(numbers: Sequence[Number], context: Context, factor: int = 2) -> list[int | Exception]:
    context.calls.append(([number.value for number in numbers], factor))
    if factor == 0:
        raise ZeroDivisionError
    return [ValueError("three") if number.value == 3 else number.value * factor for number in numbers]


async def _nexts(numbers: Sequence[Number], context: Context) -> list[Number]:  # noqa: ARG001  the resolvers' signature
    return [Number(number.value + 10) for number in numbers]


@strawberry.type(name="Number")
class NumberType:
    value: int
    times: int | None = batch_field(_times, description="The value so many times.")
    next: "NumberType | None" = batch_field(_nexts, description="Ten more.")


@strawberry.type
class Query:
    @strawberry.field
    def numbers(self, count: int) -> list[NumberType]:
        return [Number(value) for value in range(count)]  # type: ignore[misc]


SCHEMA = strawberry.Schema(Query)


async def _run(query: str) -> tuple[object, list[object], Context]:
    context = Context()
    result = await SCHEMA.execute(query, context_value=context)
    return result.data, [error.path for error in result.errors or []], context


async def test_all_parents_of_a_level_are_one_call() -> None:
    data, _, context = await _run("{ numbers(count: 3) { value times } }")
    assert data == {"numbers": [{"value": value, "times": value * 2} for value in range(3)]}
    assert context.calls == [([0, 1, 2], 2)]


async def test_fields_with_other_arguments_are_other_calls() -> None:
    data, _, context = await _run("{ numbers(count: 2) { a: times(factor: 3) b: times(factor: 4) } }")
    assert data == {"numbers": [{"a": 0, "b": 0}, {"a": 3, "b": 4}]}
    assert sorted(context.calls) == [([0, 1], 3), ([0, 1], 4)]


async def test_levels_below_are_batched_across_branches() -> None:
    query = "{ numbers(count: 2) { ...F next { ...F } } } fragment F on Number { next { times } }"
    _, _, context = await _run(query)
    assert sorted(parent for parents, _ in context.calls for parent in parents) == [10, 11, 20, 21]
    assert len(context.calls) <= 2


async def test_an_exception_is_that_parents_error_alone() -> None:
    data, paths, _ = await _run("{ numbers(count: 5) { times } }")
    assert data == {"numbers": [{"times": None if value == 3 else value * 2} for value in range(5)]}
    assert paths == [["numbers", 3, "times"]]


async def test_a_resolver_that_raises_fails_every_parent_and_nothing_else() -> None:
    data, paths, _ = await _run("{ numbers(count: 2) { value times(factor: 0) } }")
    assert data == {"numbers": [{"value": 0, "times": None}, {"value": 1, "times": None}]}
    assert paths == [["numbers", 0, "times"], ["numbers", 1, "times"]]


def test_arguments_are_the_resolvers_from_its_third_parameter_on() -> None:
    assert "times(factor: Int! = 2): Int" in SCHEMA.as_str()
