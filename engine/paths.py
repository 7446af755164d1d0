"""Where in a response an object stands: looked up when a resolver is about to be told, never kept."""

from typing import Any

from graphql.pyutils import Path

from engine.outcome import Failed
from engine.plan import Kind, Plan, Position, Selection
from engine.settle import selection_of


class Paths:
    """Paths of the objects of a response that is being built.

    Args:
        plan: What is executed.
        data: The response so far.
        types: Which selection an object of an abstract type was built from, by the object's id.
    """

    def __init__(self, plan: Plan, data: dict[str, Any], types: dict[int, Selection]) -> None:
        self._plan = plan
        self._data = data
        self._types = types
        self._known: dict[int, Path | None] = {}

    def of(self, target: dict[str, Any]) -> Path | None:
        """Return an object's path; None for the root."""
        if not self._known:
            self._selection(self._plan.root, self._data, None)
        return self._known[id(target)]

    def _selection(self, selection: Selection, data: dict[str, Any], path: Path | None) -> None:
        self._known[id(data)] = path
        for field in selection.fields:
            if field.selections and field.position is not None:
                self._value(field.position, data[field.key], Path(path, field.key, selection.type.name))

    def _value(self, position: Position, value: Any, path: Path) -> None:  # noqa: ANN401  part of a response
        if type(value) is Failed:
            value = value.before
        if type(value) is list and position.item is not None:
            for index, item in enumerate(value):
                self._value(position.item, item, Path(path, index, None))
        elif type(value) is dict and position.kind in (Kind.OBJECT, Kind.ABSTRACT):
            self._selection(selection_of(position, value, self._types), value, path)
