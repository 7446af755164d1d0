"""What stands in a response while it is built, in the place of a value that is not there yet or never will be."""

from collections.abc import Coroutine
from typing import Any

from graphql import GraphQLError, located_error

from engine.plan import Field, Position


class Failed:
    """A place without a value; ``settle`` turns it into an error, and into null where the schema allows it.

    Attributes:
        position: The place.
        error: Why.
        stage: How many awaited results led there: errors are reported in this order.
        before: Items of a list that came before it failed.
    """

    __slots__ = ("before", "error", "position", "stage")

    def __init__(self, position: Position, error: BaseException, stage: int) -> None:
        self.before: list[Any] | None = None
        self.position = position
        self.error = error
        self.stage = stage


class Later:
    """A place whose value is awaited: an awaitable where a plain value was to be expected.

    Attributes:
        position: The place.
        work: Returns the completed value.
    """

    __slots__ = ("position", "work")

    def __init__(self, position: Position, work: Coroutine[Any, Any, Any]) -> None:
        self.position = position
        self.work = work


def located(field: Field, error: BaseException, path: list[str | int]) -> GraphQLError:
    """Return what graphql-core's ``located_error`` returns, looking a field's place in its document up only once."""
    if not isinstance(error, Exception):
        error = RuntimeError(f"{type(error).__name__} in the place of a value")
    try:
        return _located(field, error, path)
    except Exception as second:  # noqa: BLE001  what does not say what it is must not end the request
        return _located(field, RuntimeError(f"{type(error).__name__} whose text raises {type(second).__name__}"), path)


def _located(field: Field, error: Exception, path: list[str | int]) -> GraphQLError:
    # An error that knows its own place is graphql-core's to locate.
    if isinstance(error, GraphQLError) or any(hasattr(error, name) for name in ("nodes", "positions", "source")):
        return located_error(error, field.nodes, path)
    if field.place is None:
        field.place = GraphQLError("", field.nodes)
    place = field.place
    message = str(getattr(error, "message", error))
    # Its constructor would look the place up in the text again: that is most of what an outage would cost.
    made = GraphQLError.__new__(GraphQLError, message)
    made.message = message
    made.path = path
    made.nodes = place.nodes
    made.source = place.source
    made.positions = place.positions
    made.locations = place.locations
    made.original_error = made.cause = error
    made.__traceback__ = error.__traceback__
    made.__cause__ = error.__cause__
    made.__context__ = None if error.__cause__ else error.__context__
    extensions = getattr(error, "extensions", None)
    made.extensions = extensions if isinstance(extensions, dict) else {}
    return made
