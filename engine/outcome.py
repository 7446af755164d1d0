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


class Locations:
    """Makes located errors; where a field stands in the document is looked up once, not for every error."""

    def __init__(self) -> None:
        self._known: dict[Field, GraphQLError] = {}

    def locate(self, field: Field, error: BaseException, path: list[str | int]) -> GraphQLError:
        """Return what graphql-core's ``located_error`` returns."""
        if not isinstance(error, Exception):
            error = RuntimeError(f"{type(error).__name__} in the place of a value")
        # An error that knows its own place is graphql-core's to locate.
        if isinstance(error, GraphQLError) or hasattr(error, "nodes"):
            return located_error(error, field.nodes, path)
        template = self._known.get(field)
        if template is None:
            template = self._known[field] = GraphQLError("", field.nodes)
        message = str(getattr(error, "message", error))
        located = GraphQLError(message, path=path, original_error=error)
        located.nodes = template.nodes
        located.source = template.source
        located.positions = template.positions
        located.locations = template.locations
        return located
