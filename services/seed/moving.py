"""The demo people's past moves on with the calendar, so that what is under way today is under way on any day.

The world stands still at `NOW`; a copy that is used months later would be full of things that are long over: parcels
that never came, returns whose time is up. So all that the demo people have is moved on by whole days, as if nobody had
looked since yesterday, and never beyond now: what they did last has its time in a journal. Other people's things stay:
they are there for numbers, not to be looked at.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from services.people import PEOPLE
from services.seed.clock import DAY, NOW

_THEIRS: Final = "customer_id IN (SELECT value FROM json_each(?))"
_OF_ORDERS: Final = """order_id IN (
    SELECT id FROM orders WHERE customer_id IN (SELECT value FROM json_each(?))
)"""
_OF_SHIPMENTS: Final = """shipment_id IN (
    SELECT id FROM shipments WHERE customer_id IN (SELECT value FROM json_each(?))
)"""
# Tables that name no customer, by what they belong to.
_OF: Final[Mapping[str, str]] = {
    "invoices": _OF_ORDERS,
    "timeline_events": _OF_ORDERS,
    "tracking_events": _OF_SHIPMENTS,
}
_MOVED: Final = "CREATE TABLE IF NOT EXISTS moved (seconds INTEGER NOT NULL)"
_HAS_JOURNAL: Final = "SELECT 1 FROM sqlite_schema WHERE name = 'journal'"
_LATEST: Final = "SELECT max(changed_at) FROM journal WHERE customer_id IN (SELECT value FROM json_each(?))"


def move_on(directory: Path, now: int) -> int:
    """Move all times of the demo people in a copy on, and return by how many days.

    Args:
        directory: Holds the databases; no service may have them open.
        now: Unix seconds, beyond which nothing is moved.
    """
    paths = [directory / f"{name}.sqlite" for name in ("order", "payment", "recs")]
    days = max(0, (now - max(map(_until, paths))) // DAY)
    if days:
        for path in paths:
            _move(path, days * DAY)
    return days


def _until(path: Path) -> int:
    """Return the last moment at which anything happened in a database."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_MOVED)
        ((moved,),) = connection.execute("SELECT coalesce(sum(seconds), 0) FROM moved")
        latest: int | None = None
        if connection.execute(_HAS_JOURNAL).fetchone():
            ((latest,),) = connection.execute(_LATEST, (_people(),))
        until: int = max(NOW + moved, latest or 0)
        return until


def _move(path: Path, seconds: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        for table, column, theirs in times(connection):
            sql = f"UPDATE {table} SET {column} = {column} + ? WHERE {theirs}"  # noqa: S608  names of our own
            connection.execute(sql, (seconds, _people()))
        connection.execute("INSERT INTO moved (seconds) VALUES (?)", (seconds,))


def _people() -> str:
    return json.dumps([person.id for person in PEOPLE])


def times(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """Yield the columns that hold times of people: table, column, and the condition for the demo people's rows."""
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
        theirs = _THEIRS if "customer_id" in columns else _OF.get(table)
        for column in columns:
            if column.endswith("_at") and theirs is not None:
                yield table, column, theirs
