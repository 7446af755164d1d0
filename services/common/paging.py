"""Seek pagination: pages are bounded by the values and id of an item, never by an offset."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.common.database import ASKED, Reader, Scalar, asked
from services.common.position import read_position, write_position


@dataclass(frozen=True)
class Sort:
    """An order of a list.

    Args:
        name: Unique among all sorts of a service; it is part of the positions.
        columns: SQL expressions; the last one is the id, so that no two items tie.
    """

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """What a list holds: a FROM clause and the conditions that all items meet; `countable` where counting is cheap."""

    source: str
    conditions: tuple[str, ...]
    parameters: tuple[Scalar, ...]
    countable: bool = True

    def where(self, condition: str, *parameters: Scalar) -> "Selection":
        """Add a condition."""
        return replace(self, conditions=(*self.conditions, condition), parameters=(*self.parameters, *parameters))

    def where_found(self, condition: str, *parameters: Scalar) -> "Selection":
        """Add a condition that looks into texts, which makes counting slow."""
        return replace(self.where(condition, *parameters), countable=False)

    def where_any(self, column: str, values: Sequence[str] | None) -> "Selection":
        """Keep items whose `column` is any of `values`; None keeps all, an empty list none."""
        if values is None:
            return self
        return self.where(f"{column} {ASKED}", asked(values))

    def where_flag(self, expression: str, *, value: bool | None) -> "Selection":
        """Keep items whose 0/1 `expression` is `value`; None keeps all."""
        return self if value is None else self.where(f"{expression} = ?", int(value))

    def statement(self, columns: str, *rest: str) -> str:
        """The SELECT of these columns, with more clauses."""
        return " ".join(("SELECT", columns, "FROM", self.source, "WHERE", " AND ".join(self.conditions), *rest))


@dataclass(frozen=True)
class Window:
    """Which part of a list to read: up to `limit` items between two positions, both exclusive."""

    limit: int
    backward: bool
    descending: bool
    after: str | None
    before: str | None


@dataclass(frozen=True)
class Slice:
    """The ids and positions of one page, in forward order."""

    ids: list[str]
    positions: list[str]
    has_next: bool
    has_previous: bool


def read_slice(reader: Reader, selection: Selection, sort: Sort, window: Window) -> Slice:
    """Read one page's ids.

    Raises:
        InvalidPosition: An end of the window is not a position of this sort.
    """
    after = None if window.after is None else read_position(sort.name, window.after)
    before = None if window.before is None else read_position(sort.name, window.before)
    later, earlier = ("<", ">") if window.descending else (">", "<")
    within = selection
    if after is not None:
        within = within.where(_compared(sort, later), *after)
    if before is not None:
        within = within.where(_compared(sort, earlier), *before)
    # One row more than asked tells whether the window goes on.
    direction = "DESC" if window.descending != window.backward else "ASC"
    ordering = ", ".join(f"{column} {direction}" for column in sort.columns)
    sql = within.statement(", ".join(sort.columns), "ORDER BY", ordering, "LIMIT ?")
    rows = reader.rows(sql, (*within.parameters, window.limit + 1))
    more = len(rows) > window.limit
    del rows[window.limit :]
    if window.backward:
        rows.reverse()
    return Slice(
        ids=[row[-1] for row in rows],
        positions=[write_position(sort.name, row) for row in rows],
        has_next=(more and not window.backward) or _any(reader, selection, sort, f"{later}=", before),
        has_previous=(more and window.backward) or _any(reader, selection, sort, f"{earlier}=", after),
    )


def count(reader: Reader, selection: Selection) -> int:
    """How many items the list holds."""
    rows = reader.rows(selection.statement("count(*)"), selection.parameters)
    return int(rows[0][0])


def _any(reader: Reader, selection: Selection, sort: Sort, operator: str, end: tuple[Scalar, ...] | None) -> bool:
    """Whether the list goes on at or beyond an end of the window; without an end there is no beyond."""
    if end is None:
        return False
    beyond = selection.where(_compared(sort, operator), *end)
    return bool(reader.rows(beyond.statement("1", "LIMIT 1"), beyond.parameters))


def _compared(sort: Sort, operator: str) -> str:
    return f"({', '.join(sort.columns)}) {operator} ({', '.join('?' * len(sort.columns))})"
