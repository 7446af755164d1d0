"""Completing values one by one, as graphql-core does: for all that compiled code does not expect, and without it."""

from collections.abc import AsyncIterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLObjectType, Undefined
from graphql.pyutils import inspect, is_iterable

from engine.outcome import Failed
from engine.plan import Field, Kind, Position, Selection, Way
from engine.types import InstancesOf

if TYPE_CHECKING:
    from engine.run import Run


def complete_field(field: Field, run: "Run", values: Sequence[Any], targets: Sequence[dict[str, Any]]) -> None:
    """Complete one field for all its parents."""
    position = _position(field)
    for value, target in zip(values, targets, strict=True):
        target[field.key] = complete(run, position, value)


def build(selection: Selection, run: "Run", source: Any) -> dict[str, Any]:  # noqa: ANN401  any object of the type
    """Build one object's response; what resolvers are asked for is filled in afterwards."""
    response: dict[str, Any] = {}
    for field in selection.fields:
        if field.way is Way.TYPENAME:
            response[field.key] = selection.type.name
        elif field.way is Way.READ:
            try:
                value = getattr(source, field.attribute)
            except Exception as error:  # noqa: BLE001  it becomes the field's error
                value = error
            response[field.key] = complete(run, _position(field), value)
        else:
            response[field.key] = None
            run.enqueue(field, source, response)
    return response


def complete(run: "Run", position: Position, value: Any) -> Any:  # noqa: ANN401, PLR0911  values are of any type; one case each
    """Return a value as it stands in the response, or what stands in its place."""
    if isinstance(value, BaseException):
        return run.fail(position, value)
    if run.is_awaitable(value):
        return run.later(position, value, _completed(run, position, value))
    if value is None or value is Undefined:
        return run.null(position)
    if position.kind is Kind.LEAF:
        return leaf(run, position, value)
    if position.item is not None:
        found = items(run, position, value)
        return [complete(run, position.item, item) for item in found] if type(found) is list else found
    if position.kind is Kind.ABSTRACT:
        return _abstract(run, position, value)
    if is_object(run, position, value):
        return _selection(position, position.type.name).build(run, value)
    return run.instead


def abstract(run: "Run", position: Position, value: Any) -> Any:  # noqa: ANN401  the same
    """Return an object as it stands in the response, or what stands in its place; most are of a class that is known."""
    type_ = run.trust.types.get((position.type, type(value)))
    return complete(run, position, value) if type_ is None else _built(run, position, type_, value)


def leaf(run: "Run", position: Position, value: Any) -> Any:  # noqa: ANN401  the same
    """Return a scalar or enum value as it stands in the response, whatever the resolver has given."""
    if isinstance(value, BaseException) or value is None or value is Undefined or run.is_awaitable(value):
        return complete(run, position, value)
    try:
        return run.executor.complete_leaf_value(position.type, value)
    except Exception as error:  # noqa: BLE001  it becomes the field's error
        return run.fail(position, error)


def items(run: "Run", position: Position, value: Any) -> Any:  # noqa: ANN401  the same
    """Return what a list holds as a Python list, its items not completed; or what stands in its place."""
    if isinstance(value, BaseException) or value is None or value is Undefined or run.is_awaitable(value):
        return complete(run, position, value)
    if run.executor.is_async_iterable(value):
        return run.later(position, value, _collected(run, position, value))
    if not is_iterable(value):
        message = f"Expected Iterable, but did not find one for field '{position.field}'."
        return run.fail(position, GraphQLError(message))
    found: list[Any] = []
    iterator: Iterator[Any] = iter(())
    try:
        iterator = iter(value)
        found.extend(iterator)
    except Exception as error:  # noqa: BLE001  it becomes the field's error
        # graphql-core, too, goes on to look for awaitables, so that none is dropped.
        rest: list[Any] = []
        with suppress(Exception):
            rest.extend(iterator)
        run.executor.track_async_work(rest)
        return _broken_off(run, position, error, found)
    return found


def is_object(run: "Run", position: Position, value: Any) -> bool:  # noqa: ANN401  the same
    """Tell whether a value is an object of the place's type; if not, ``run.instead`` stands in its place."""
    if isinstance(value, BaseException) or value is None or value is Undefined or run.is_awaitable(value):
        run.instead = complete(run, position, value)
        return False
    return _is_of(run, position, position.type, value)


def _is_of(run: "Run", position: Position, type_: GraphQLObjectType, value: Any) -> bool:  # noqa: ANN401  the same
    """Tell whether a value is of an object type, as far as the type can tell."""
    if type_.is_type_of is None:
        run.trust.add(type_, value)
        return True
    try:
        answer = type_.is_type_of(value, run.info(position.field))
    except Exception as error:  # noqa: BLE001  it becomes the field's error
        run.instead = run.fail(position, error)
        return False
    if run.is_awaitable(answer):
        run.instead = run.later(position, answer, _checked(run, position, type_, value, answer))
        return False
    if not answer:
        run.instead = run.fail(position, _wrong_type(position.field, type_, value))
        return False
    # What only looks at the class gives the same answer for every object of the class.
    if isinstance(type_.is_type_of, InstancesOf):
        run.trust.add(type_, value)
    return True


def _abstract(run: "Run", position: Position, value: Any) -> Any:  # noqa: ANN401  the same
    field = position.field
    info = run.info(field)
    resolve = position.type.resolve_type or run.executor.type_resolver
    try:
        name = resolve(value, info, position.type)
    except Exception as error:  # noqa: BLE001  it becomes the field's error
        return run.fail(position, error)
    if run.is_awaitable(name):
        return run.later(position, name, _resolved(run, position, value, name))
    return _concrete(run, position, value, name)


def _concrete(run: "Run", position: Position, value: Any, name: Any) -> Any:  # noqa: ANN401  the same
    field = position.field
    try:
        type_ = run.executor.ensure_valid_runtime_type(
            name,
            position.type,
            field.details,
            run.info(field),
            value,
        )
    except GraphQLError as error:
        return run.fail(position, error)
    if not _is_of(run, position, type_, value):
        return run.instead
    resolver = position.type.resolve_type or run.executor.type_resolver
    run.trust.add_concrete(run.executor.schema, position.type, type_, value, resolver)
    return _built(run, position, type_, value)


def _built(run: "Run", position: Position, type_: GraphQLObjectType, value: Any) -> dict[str, Any]:  # noqa: ANN401  the same
    selection = _selection(position, type_.name)
    response = selection.build(run, value)
    if position.kind is Kind.ABSTRACT:
        run.types[id(response)] = selection
    return response


async def _completed(run: "Run", position: Position, value: Any) -> Any:  # noqa: ANN401  the same
    return complete(run, position, await value)


async def _collected(run: "Run", position: Position, value: AsyncIterable[Any]) -> Any:  # noqa: ANN401  the same
    iterator = value.__aiter__()
    found: list[Any] = []
    try:
        async for item in iterator:
            found.append(item)  # noqa: PERF401  what was found before an error must be closed with it
    except Exception as error:  # noqa: BLE001  it becomes the field's error
        close = getattr(iterator, "aclose", None)
        if close is not None:
            # graphql-core, too, tells of the first error only.
            with suppress(Exception):
                await close()
        return _broken_off(run, position, error, found)
    return complete(run, position, found)


def _broken_off(run: "Run", position: Position, error: Exception, found: list[Any]) -> Failed:
    """Return what stands in the place of a list that has failed after some items, whose errors come before its own."""
    failed = run.fail(position, error)
    if position.item is not None:
        failed.before = [complete(run, position.item, item) for item in found]
    return failed


async def _checked(run: "Run", position: Position, type_: GraphQLObjectType, value: Any, answer: Any) -> Any:  # noqa: ANN401  the same
    if not await answer:
        raise _wrong_type(position.field, type_, value)
    return _built(run, position, type_, value)


async def _resolved(run: "Run", position: Position, value: Any, name: Any) -> Any:  # noqa: ANN401  the same
    return _concrete(run, position, value, await name)


def _wrong_type(field: Field, type_: GraphQLObjectType, value: Any) -> GraphQLError:  # noqa: ANN401  the same
    return GraphQLError(f"Expected value of type '{type_}' but got: {inspect(value)}.", field.nodes)


def _position(field: Field) -> Position:
    if field.position is None:
        raise TypeError(f"{field} has no value to complete")
    return field.position


def _selection(position: Position, type_name: str) -> Selection:
    return position.field.selections[type_name]
