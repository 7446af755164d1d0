"""Executing one operation by graphql-core and by the engine, and comparing all that can be seen of it."""

import asyncio
import gc
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    execute,
    print_ast,
    subscribe,
)
from graphql.execution import Executor

from engine import CompiledExecutor
from engine.executor import plans_of
from tests.engine.differential.census import drain, known, take_census
from tests.engine.differential.pool import Pool
from tests.engine.differential.schemas import Context
from tests.engine.differential.world import World

ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}


@dataclass(frozen=True)
class Case:
    """One operation with all that decides its outcome."""

    schema: GraphQLSchema
    document: DocumentNode
    operation_name: str | None
    kind: str
    variables: dict[str, Any]
    pool: Pool

    def __str__(self) -> str:
        """Describe the case."""
        document = print_ast(self.document)
        return f"{self.pool.shape}\n\n{document}\n\nvariables: {self.variables}\n\n{self.pool}"


@dataclass
class Outcome:
    """What can be seen of an execution.

    Attributes:
        results: One, or one for each event.
        raised: The exception that came out of it instead.
        at_once: Whether there was nothing to be awaited.
        world: The objects that it met.
    """

    results: list[ExecutionResult]
    raised: str
    at_once: bool
    world: World


def compare(loop: asyncio.AbstractEventLoop, case: Case) -> None:
    """Execute a case by both; raises AssertionError where they differ.

    Data and calls must be equal. Errors must be equal, in their order too, where nothing is awaited. Where something
    is, time decides which of several errors comes first and which of them makes the same place null: see ``Census``.
    """
    fallbacks = plans_of(case.schema).fallbacks
    before = fallbacks.total()
    ours = _run_quietly(loop, case)
    left = asyncio.all_tasks(loop)
    # Where the engine leaves an operation to graphql-core, that may leave a task.
    assert not left or fallbacks.total() > before, f"a task is left: {left}"
    drain(loop)
    theirs = loop.run_until_complete(_outcome(case, None))
    drain(loop)
    assert ours.raised == theirs.raised
    assert len(ours.results) == len(theirs.results)
    has_errors = any(result.errors for result in theirs.results)
    # It answers at once when a required place fails at once, though its siblings are awaited.
    assert ours.at_once == theirs.at_once or (theirs.at_once and has_errors)
    for mine, other in zip(ours.results, theirs.results, strict=True):
        assert repr(mine.data) == repr(other.data)
        is_refused = any(error.path is None for error in other.errors or ())
        if is_refused or (ours.at_once and case.kind != "subscription"):
            assert list(map(known, mine.errors or ())) == list(map(known, other.errors or ()))
        elif mine.errors or other.errors:
            _compare_errors(loop, case, mine, other)
    if not has_errors:
        assert Counter(ours.world.calls) == Counter(theirs.world.calls)
    if case.kind == "mutation":
        assert _root_calls(ours.world) == _root_calls(theirs.world)


def _run_quietly(loop: asyncio.AbstractEventLoop, case: Case) -> Outcome:
    """Execute a case by the engine; raises AssertionError where it lets an awaitable go without awaiting it."""
    # What graphql-core has left behind may only be found out now: not while the engine is looked at.
    gc.disable()
    complaints: list[str] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            outcome = loop.run_until_complete(_outcome(case, CompiledExecutor))
    finally:
        loop.set_exception_handler(_ignore)
        gc.enable()
    assert not complaints
    assert not [str(one.message) for one in caught if "Executor." not in str(one.message)]
    return outcome


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Take no notice of what graphql-core does not look at any more."""


async def _outcome(case: Case, executor_class: type[Executor[Any]] | None) -> Outcome:
    world = World(case.pool, ROOTS[case.kind])
    function: Callable[..., Any] = subscribe if case.kind == "subscription" else execute
    at_once = True
    try:
        result = function(
            case.schema,
            case.document,
            world.root,
            Context(world),
            case.variables,
            case.operation_name,
            executor_class=executor_class,
        )
        if hasattr(result, "__await__"):
            at_once = False
            result = await result
        results = [result] if isinstance(result, ExecutionResult) else [one async for one in result]
    except Exception as error:  # noqa: BLE001  an exception is an outcome like any other
        return Outcome([], repr(error), at_once, world)
    return Outcome(results, "", at_once, world)


def _compare_errors(loop: asyncio.AbstractEventLoop, case: Case, mine: ExecutionResult, other: ExecutionResult) -> None:
    world = World(case.pool, ROOTS[case.kind])
    census = take_census(
        loop, case.schema, case.document, world.root, Context(world), case.variables, case.operation_name
    )
    for result in (other, mine):
        census.check(result)


def _root_calls(world: World) -> list[Any]:
    return [call for call in world.calls if call[1] == "Mutation"]
