"""What the engine defers is what graphql-core defers: the same places, and the same answer when all has come."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import strawberry
from graphql import ExperimentalIncrementalExecutionResults, SubsequentIncrementalExecutionResult, parse, print_ast
from graphql.execution import experimental_execute_incrementally
from strawberry.schema.config import StrawberryConfig

from engine import Batches, EngineSchema, Parts, batch_field
from engine.deferral import deferrals
from engine.incremental import IncrementalExecutor

Json = dict[str, Any]


@dataclass
class Context:
    """One request."""

    batches: Batches = field(default_factory=Batches)
    calls: list[str] = field(default_factory=list)


def _name(parents: Sequence[Any], context: Context) -> list[str]:
    context.calls.append("name")
    return [f"{type(parent).__name__} {parent.id}" for parent in parents]


async def _broken(parents: Sequence[Any], context: Context) -> list[str | Exception | None]:
    context.calls.append("broken")
    return [ValueError("broken") if parent.id % 2 else "whole" for parent in parents]


async def _parts(parents: Sequence[Any], _context: Context) -> list[list[Any]]:
    return [
        [Screw(id=parent.id * 10 + place) if place else Wheel(id=parent.id * 10) for place in (0, 1)]
        for parent in parents
    ]


async def _required(parents: Sequence[Any], _context: Context) -> list[str | Exception]:
    return [ValueError("required") if parent.id == 10 else "there" for parent in parents]


async def _spare(parents: Sequence[Any], _context: Context) -> list[Any]:
    return [Wheel(id=parent.id + 1) for parent in parents]


async def _spares(parents: Sequence[Any], _context: Context) -> list[Any]:
    return [[Wheel(id=9), Wheel(id=parent.id + 2)] for parent in parents]


@strawberry.interface
class Thing:
    id: int
    name: str = batch_field(_name, description="Its name.")
    broken: str | None = batch_field(_broken, description="May fail.")


@strawberry.type
class Screw(Thing):
    turns: int = 7


@strawberry.type
class Wheel(Thing):
    required: str = batch_field(_required, description="Must not fail, and does.")
    parts: list[Thing] = batch_field(_parts, description="What it is made of.")
    spare: "Wheel | None" = batch_field(_spare, description="Another one.")
    spares: "list[Wheel] | None" = batch_field(_spares, description="Others.")


@strawberry.type
class Query:
    @strawberry.field
    def wheel(self) -> Wheel | None:
        return Wheel(id=1)

    @strawberry.field
    async def things(self) -> list[Thing]:
        return [Wheel(id=2), Screw(id=3)]

    @strawberry.field
    def spare(self) -> Wheel | None:
        return Wheel(id=8)

    @strawberry.field
    def missing(self) -> Wheel | None:
        return None


SCHEMA = EngineSchema(
    Query, types=[Screw, Wheel], config=StrawberryConfig(enable_experimental_incremental_execution=True)
)
# Each "%" is a place where something may be deferred.
DOCUMENTS = [
    """{ wheel { id ... %{ name ... %{ broken } } ... on Wheel %{ parts { id ... %{ name } } } }
    missing { ... %{ id } } }""",
    """{ things { ...T % id ... on Wheel %{ parts { ...T % } } } ... %{ wheel { ...T } } }
    fragment T on Thing { name ... on Screw %{ turns } }""",
    """{ a: wheel { parts { id ... %{ broken } } } a: wheel { ... %{ parts { name id } } ...W % } }
    fragment W on Wheel { parts { broken } id }""",
    """query ($no: Boolean = false) {
    wheel { ... @include(if: $no) %{ id } ... @skip(if: $no) %{ name } ...X } }
    fragment X on Wheel { ...Y % ...Y } fragment Y on Wheel { broken parts { ... %{ id } } }""",
    "{ wheel { id ... %{ required name } parts { id ... on Wheel %{ name required } } } }",
    # What fails is in objects that were told before: nobody can take them back.
    "{ spare { id spare { id } ... %{ name spare { required } } ... %{ also: name } } }",
    "{ spare { id spares { id } ... %{ name spares { id also: name required } } } }",
    "{ spare { spares { spare { id } } ... %{ spares { spare { required } } ... %{ spares { name } } } } }",
]


def _variants() -> Iterator[str]:
    """Every document with things deferred in many combinations of its places."""
    dice = Random(25)  # noqa: S311  the same ones every time
    for document in DOCUMENTS:
        first, *others = document.split("%")
        combinations = list(itertools.product((False, True), repeat=len(others)))
        for which in dice.sample(combinations, min(len(combinations), 16)):
            made = [f'@defer(label: "{place}")' if one else "" for place, one in enumerate(which)]
            if any(which):
                yield first + "".join(map("".join, zip(made, others, strict=True)))


@dataclass
class Told:
    """An answer put together from its parts, what was announced on the way, and what of that has brought something."""

    data: Any
    errors: set[tuple[str, str]]
    pending: set[tuple[str, str | None]]
    kept: set[tuple[str, str | None]]


async def _told(result: Any, later: AsyncIterator[SubsequentIncrementalExecutionResult] | None) -> Told:  # noqa: ANN401  either engine's
    # It grows as more is read.
    told = Told(deepcopy(result.data), _errors(result.errors), set(), set())
    if later is None:
        return told
    paths: dict[str, list[str | int]] = {}
    announced: dict[str, tuple[str, str | None]] = {}

    def announce(pending: Any) -> None:  # noqa: ANN401  graphql-core's
        for one in pending or ():
            paths[one.id] = one.path
            announced[one.id] = (str(one.path), one.label)
            told.pending.add(announced[one.id])

    announce(result.pending)
    part: Any
    async for part in later:
        announce(part.pending)
        for one in part.incremental or ():
            told.kept.add(announced[one.id])
            place = told.data
            for key in [*paths[one.id], *(one.sub_path or ())]:
                place = place[key]
            assert not set(place) & set(one.data)
            place.update(deepcopy(one.data))
            told.errors |= _errors(one.errors)
        for one in part.completed or ():
            told.errors |= _errors(one.errors)
            if one.errors:
                told.kept.add(announced[one.id])
            del paths[one.id]
    assert not paths
    return told


def _errors(errors: Any) -> set[tuple[str, str]]:  # noqa: ANN401  a list, or none
    return {(str(error.path), error.message) for error in errors or ()}


@pytest.mark.parametrize("document", list(_variants()))
async def test_the_same_is_deferred_and_told_as_by_graphql_core(document: str) -> None:
    ours = await SCHEMA.execute(document, context_value=Context(), in_parts=True)
    assert "in parts" not in SCHEMA.plans.fallbacks
    found = await _told(ours, aiter(ours) if isinstance(ours, Parts) else None)
    if isinstance(ours, Parts):
        await ours.aclose()

    core: Any = experimental_execute_incrementally(
        SCHEMA._schema,  # noqa: SLF001  graphql-core's view of it
        parse(document),
        None,
        Context(),
        executor_class=IncrementalExecutor,
    )
    core = await core if isinstance(core, Awaitable) else core
    is_in_parts = isinstance(core, ExperimentalIncrementalExecutionResults)
    expected = await _told(
        core.initial_result if is_in_parts else core, core.subsequent_results if is_in_parts else None
    )
    assert found.data == expected.data
    assert found.errors == expected.errors
    # graphql-core knows beforehand of fragments that bring nothing new, and does not announce them.
    assert found.pending >= expected.pending
    assert found.pending - expected.pending <= found.pending - found.kept


async def test_a_condition_decides_what_is_deferred() -> None:
    document = """query ($later: Boolean = true) {
        wheel { id ... @defer(if: $later) { name } ... @defer(if: false) { broken } } }"""
    cases: list[tuple[Json, set[str]]] = [({}, set()), ({"later": True}, set()), ({"later": False}, {"name"})]
    for variables, more in cases:
        result = await SCHEMA.execute(document, variables, Context(), in_parts=True)
        assert result.data is not None
        assert set(result.data["wheel"]) == {"id", "broken"} | more
        assert isinstance(result, Parts) is not bool(more)
        if isinstance(result, Parts):
            await result.aclose()


async def test_resolvers_are_asked_once_for_all_objects_of_a_part() -> None:
    context = Context()
    result = await SCHEMA.execute(
        "{ things { ... @defer { name } } wheel { parts { ... @defer { id } } } }", context_value=context, in_parts=True
    )
    assert isinstance(result, Parts)
    assert context.calls == []
    assert len([part async for part in result]) > 0
    await result.aclose()
    # One call for each type.
    assert context.calls == ["name", "name"]


async def test_what_the_engine_leaves_to_graphql_core_is_counted() -> None:
    many = " ".join("... @defer { name }" for _ in range(11))
    for document in (f"{{ wheel {{ {many} }} }}", "{ things @stream { id } }"):
        before = SCHEMA.plans.fallbacks["in parts"]
        result = await SCHEMA.execute(document, context_value=Context(), in_parts=True)
        assert isinstance(result, Parts)
        await result.aclose()
        assert SCHEMA.plans.fallbacks.pop("in parts") == before + 1


def test_chained_fragments_are_looked_at_once() -> None:
    chain = " ".join(f"fragment F{n} on Wheel {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    document = (
        f"{{ wheel {{ ...F0 ... @defer {{ id }} }} }} {chain} fragment F40 on Wheel {{ id ... @defer {{ name }} }}"
    )
    known = SCHEMA.documents.get(document)
    assert SCHEMA.documents.validate(known) == []
    split = known.split(None, {})
    assert split is not None
    texts = [print_ast(split.part(one).node) for one in split.deferrals.values()]
    assert len(texts) == len(deferrals(known.operations[""], known.definitions)) == 2
    assert max(map(len, texts)) < 10_000
