"""Writes many rows into one database file, fast."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from services.common.migrations import migrate, open_database

# Held in memory before they are written.
_BATCH = 20_000

# Nobody reads the file before it is whole: no journal and no syncing. Constraints are not checked row by row, which
# would take half of the time; the tests of the seed check them all at once.
_IN_A_HURRY = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "foreign_keys = OFF",
    "ignore_check_constraints = ON",
    "cache_size = -262144",
)

Row = tuple[str | int | float | None, ...]


class Loader:
    """A new database with the migrations of `migrations`, filled in one transaction.

    Args:
        path: The file to make.
        migrations: The folder with the service's migrations.
        tables: The columns to write, separated by spaces, by table; parents before children.
    """

    def __init__(self, path: Path, migrations: Path, tables: Mapping[str, str]) -> None:
        self._connection = open_database(path)
        migrate(self._connection, migrations)
        for pragma in _IN_A_HURRY:
            self._connection.execute(f"PRAGMA {pragma}")
        self._inserts = {table: _insert(table, columns.split()) for table, columns in tables.items()}
        self._rows: dict[str, list[Row]] = {table: [] for table in tables}
        self._connection.execute("BEGIN")
        # An index is built faster in one go. Their definitions stay those of the migrations.
        self._indices = _indices(self._connection)
        for name, _ in self._indices:
            self._connection.execute(f"DROP INDEX {name}")

    def add(self, table: str, row: Row) -> None:
        """Write a row, its values in the order of the columns."""
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= _BATCH:
            self._write(table)

    def add_all(self, table: str, rows: list[Row]) -> None:
        """Write many rows."""
        self._rows[table] += rows
        if len(self._rows[table]) >= _BATCH:
            self._write(table)

    def finish(self) -> None:
        """Write what is left, build the indices and close the file."""
        for table in self._rows:
            self._write(table)
        for _, definition in self._indices:
            self._connection.execute(definition)
        self._connection.execute("ANALYZE")
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.close()

    def _write(self, table: str) -> None:
        self._connection.executemany(self._inserts[table], self._rows[table])
        self._rows[table].clear()


def _insert(table: str, columns: list[str]) -> str:
    # Names of our own, see tables.py.
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


def _indices(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid"
    return [(name, sql) for name, sql in connection.execute(query)]
