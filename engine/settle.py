"""Null propagation: failed places become errors and nulls, once the whole response has been built.

No path is kept while a response is built; where something failed, one walk over the failed branches finds the paths.
"""

from typing import Any, TypeAlias

from graphql import GraphQLError

from engine.outcome import Failed, Later, located
from engine.plan import Field, Kind, Plan, Position, Selection


class _Bubble(Exception):  # noqa: N818  it is null on its way up, not a fault
    """A null in a place that must not be null."""

    def __init__(self, error: GraphQLError) -> None:
        super().__init__()
        self.error = error


class Settling:
    """Settles one response.

    Args:
        plan: What was executed.
        failed: All places that failed.
        types: Which selection an object of an abstract type was built from, by the object's id.
        propagates: Whether a null in a required place makes its parent null.
    """

    def __init__(
        self, plan: Plan, failed: list[Failed], types: dict[int, Selection], *, propagates: bool = True
    ) -> None:
        self._plan = plan
        self._failed = failed
        self._types = types
        self._propagates = propagates
        self._branches: set[Field] = set()
        self._stage = 0
        self.errors: list[GraphQLError] = []

    def settle(self, data: dict[str, Any]) -> bool:
        """Replace all failed places; returns whether anything is left: not where null has come up to the root."""
        # One pass per stage: graphql-core, too, reports what failed at once before what failed after an await, and
        # drops what fails below a place that is null already.
        for stage in sorted({one.stage for one in self._failed}):
            self._stage = stage
            self._branches = self._plan.reaching({one.position.field for one in self._failed if one.stage == stage})
            try:
                self._selection(self._plan.root, data, [])
            except _Bubble as bubble:
                self.errors.append(bubble.error)
                return False
        return True

    def _selection(self, selection: Selection, data: dict[str, Any], path: list[str | int]) -> None:
        for field in selection.fields:
            if field in self._branches and field.position is not None:
                data[field.key] = self._value(field.position, data[field.key], [*path, field.key])

    def _value(self, position: Position, value: Any, path: list[str | int]) -> Any:  # noqa: ANN401  part of a response
        try:
            if type(value) is Failed:
                if value.before is not None and position.item is not None:
                    self._items(position.item, value.before, path)
                if value.stage != self._stage:
                    return value
                raise _Bubble(located(position.field, value.error, path))  # noqa: TRY301  null goes one way
            if type(value) is list and position.item is not None:
                self._items(position.item, value, path)
            elif type(value) is dict and position.kind in (Kind.OBJECT, Kind.ABSTRACT):
                self._selection(selection_of(position, value, self._types), value, path)
        except _Bubble as bubble:
            if position.required and self._propagates:
                raise
            self.errors.append(bubble.error)
            return None
        return value

    def _items(self, position: Position, items: list[Any], path: list[str | int]) -> None:
        for index, item in enumerate(items):
            items[index] = self._value(position, item, [*path, index])


def selection_of(position: Position, value: dict[str, Any], types: dict[int, Selection]) -> Selection:
    """Return what an object in a response was built from."""
    if position.kind is Kind.OBJECT:
        return position.field.selections[position.type.name]
    return types[id(value)]


# What holds an awaited place, under which key or index, and the place.
Places: TypeAlias = list[tuple[dict[str, Any] | list[Any], Any, Later]]


def awaited(selection: Selection, data: dict[str, Any], types: dict[int, Selection]) -> Places:
    """Return every awaited place of a response."""
    found: Places = []
    _look_into(selection, data, types, found)
    return found


def _look_into(selection: Selection, data: dict[str, Any], types: dict[int, Selection], found: Places) -> None:
    for field in selection.fields:
        if field.position is not None:
            _look(field.position, data, field.key, types, found)


def _look(position: Position, holder: Any, key: Any, types: dict[int, Selection], found: Places) -> None:  # noqa: ANN401  part of a response
    value = holder[key]
    if type(value) is Failed:
        value = value.before
    if type(value) is Later:
        found.append((holder, key, value))
    elif type(value) is list and position.item is not None:
        for index in range(len(value)):
            _look(position.item, value, index, types, found)
    elif type(value) is dict and position.kind in (Kind.OBJECT, Kind.ABSTRACT):
        _look_into(selection_of(position, value, types), value, types, found)
