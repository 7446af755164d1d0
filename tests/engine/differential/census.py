"""All errors that an operation has when nothing is given up, and which of them an answer may leave out."""

import asyncio
from collections import Counter, defaultdict
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    located_error,
)
from graphql.execution import Executor

# A callback that is due may start a task, whose end calls back.
_TURNS = 4
Place = tuple[str | int, ...]
Known = tuple[Any, ...]


def known(error: GraphQLError) -> Known:
    """Return all that can be seen of an error."""
    path, locations = tuple(error.path or ()), tuple(error.locations or ())
    return (error.message, path, locations, repr(error.extensions), type(error.original_error))


class Census:
    """All errors of an operation, each with the place that it makes null.

    Args:
        errors: Each error and where it happened.
        types: The type of each field that was executed, by its path.
    """

    def __init__(self, errors: list[tuple[Place, GraphQLError]], types: dict[Place, GraphQLOutputType]) -> None:
        self._types = types
        self._nulled = {known(error): self._null_place(place) for place, error in errors}
        self._is_ambiguous = len(self._nulled) < len(errors)

    def check(self, result: ExecutionResult) -> None:
        """Check an answer; raises AssertionError where its errors are not a choice that the specification allows.

        Of the errors that make the same place null, exactly one is told. Errors below a place that is null because of
        another one may be told or not: it depends on which came first. All others are told.
        """
        told = list(map(known, result.errors or ()))
        assert set(told) <= self._nulled.keys(), "an error that graphql-core does not have"
        if self._is_ambiguous:
            return
        assert len(set(told)) == len(told), "an error is told twice"
        makers: dict[Place, set[Known]] = defaultdict(set)
        for error, place in self._nulled.items():
            if place == _outermost_null(result.data, place):
                makers[place].add(error)
        counts = Counter(place for place, errors in makers.items() for error in told if error in errors)
        assert counts == dict.fromkeys(makers, 1), "not one error for each place that is null"

    def _null_place(self, place: Place) -> Place:
        while place and isinstance(self._type(place), GraphQLNonNull):
            place = place[:-1]
        return place

    def _type(self, place: Place) -> GraphQLOutputType:
        length = len(place)
        while length and isinstance(place[length - 1], int):
            length -= 1
        type_ = self._types[place[:length]]
        for _ in place[length:]:
            nullable = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
            assert isinstance(nullable, GraphQLList)
            type_ = nullable.of_type
        return type_


class _CensusExecutor(Executor[Any]):
    """graphql-core's executor; it goes on where null would take a parent with it, and notes all that it meets."""

    def begin(self) -> None:
        self.error_propagation = False
        self.met: list[tuple[Place, GraphQLError]] = []
        self.types: dict[Place, GraphQLOutputType] = {}

    def execute_field(self, parent_type: Any, source: Any, field_details_list: Any, path: Any, context: Any) -> Any:
        definition = self.schema.get_field(parent_type, field_details_list[0].node.name.value)
        if definition is not None:
            self.types[tuple(path.as_list())] = definition.type
        return super().execute_field(parent_type, source, field_details_list, path, context)

    def handle_field_error(self, raw_error: Exception, _type: Any, field_details_list: Any, path: Any) -> None:
        nodes = [details.node for details in field_details_list]
        self.met.append((tuple(path.as_list()), located_error(raw_error, nodes, path.as_list())))


def drain(loop: asyncio.AbstractEventLoop) -> None:
    """Let graphql-core finish what it has given up, and the loop close what was not iterated to its end."""
    loop.run_until_complete(_drained())


async def _drained() -> None:
    own = {asyncio.current_task()}
    for _ in range(_TURNS):
        await asyncio.sleep(0)
        while left := asyncio.all_tasks() - own:
            await asyncio.wait(left)


def take_census(
    loop: asyncio.AbstractEventLoop,
    schema: GraphQLSchema,
    document: DocumentNode,
    root: object,
    context: object,
    variables: dict[str, Any],
    operation_name: str | None,
) -> Census:
    """Execute an operation in full and return all its errors."""
    executor = _CensusExecutor.build(schema, document, root, context, variables, operation_name)
    if isinstance(executor, list):
        return Census([((), error) for error in executor], {})
    assert isinstance(executor, _CensusExecutor)
    executor.begin()
    result = loop.run_until_complete(_executed(executor))
    # What it has given up tells of errors too.
    drain(loop)
    return Census([*executor.met, *(((), error) for error in result.errors or ())], executor.types)


async def _executed(executor: Executor[Any]) -> Any:
    result: Any = executor.execute_operation()
    return await result if hasattr(result, "__await__") else result


def _outermost_null(data: Any, place: Place) -> Place:
    for length, key in enumerate(place):
        if data is None:
            return place[:length]
        data = data[key]
    return place
