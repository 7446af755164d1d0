"""Numbered SQL files become a database's schema, each once, each in a transaction of its own."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

BUSY_TIMEOUT_SECONDS = 5.0


class MigrationError(Exception):
    """A migrations folder has gaps, or the database is newer than the folder."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open `path` with WAL and foreign keys, creating it when missing.

    The connection is in autocommit mode: whoever wants a transaction says BEGIN. It may be used from any thread, one at
    a time.
    """
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL cannot corrupt the file; a power cut may lose the last commits.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def migrate(connection: sqlite3.Connection, folder: Path) -> int:
    """Apply what is missing of `folder/0001_*.sql`, `0002_*.sql`, …; `PRAGMA user_version` is the last number applied.

    Several processes may do this at once: each file runs under the write lock, after another look at the version.

    Returns:
        The version that the database has now.

    Raises:
        MigrationError: the numbers do not run 1, 2, 3, …, or the database's version is beyond them.
        sqlite3.Error: a statement failed; its file left no trace.
    """
    files = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    if [int(file.name[:4]) for file in files] != list(range(1, len(files) + 1)):
        message = "migrations must be numbered 0001, 0002, … without gaps"
        raise MigrationError(message)
    for number, file in enumerate(files, start=1):
        if _version(connection) < number:
            _apply(connection, number, file.read_text(encoding="utf-8"))
    version = _version(connection)
    if version > len(files):
        message = f"the database has version {version}, the newest migration is {len(files)}"
        raise MigrationError(message)
    return version


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run several statements in the transaction that is open, or each in its own."""
    for statement in _statements(script):
        connection.execute(statement)


def _apply(connection: sqlite3.Connection, number: int, script: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) < number:
            run_script(connection, script)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """Cut at the ends of statements, because `executescript` would commit the transaction it is in."""
    lines: list[str] = []
    for line in script.splitlines():
        lines.append(line)
        statement = "\n".join(lines)
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            yield statement
            lines = []
    if "".join(lines).strip():
        yield "\n".join(lines)


def _version(connection: sqlite3.Connection) -> int:
    row: tuple[int] = connection.execute("PRAGMA user_version").fetchone()
    return row[0]
