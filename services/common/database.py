import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.common.ids import new_id
from services.common.migrations import open_database
from services.common.problems import Unavailable

T = TypeVar("T")
W = TypeVar("W")

Scalar = str | int | float | None

# Matches a column with the values that `asked` wrote. One statement text for any number of values stays prepared.
ASKED = "IN (SELECT value FROM json_each(?))"

# SQLite asks after this many steps of its virtual machine whether to go on: often enough to stop within about a
# millisecond, seldom enough to cost nothing.
_STEPS_BETWEEN_CHECKS = 5_000


class Stopped(Exception):  # noqa: N818 - no error: nobody waits for the answer any more
    """Raised inside a read that was stopped."""


class Reader:
    """One consistent, read-only look at the database for one request, at the time `now`."""

    def __init__(self, connection: sqlite3.Connection, stop: threading.Event, now: datetime) -> None:
        self.now = now
        self._connection = connection
        self._stop = stop

    def rows(self, sql: str, parameters: Sequence[Scalar] = ()) -> list[Any]:
        """Run one statement and return its rows as tuples.

        Raises:
            Stopped: The request ended (deadline or disconnect) before or during the statement.
        """
        if self._stop.is_set():
            raise Stopped
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if self._stop.is_set():
                raise Stopped from error
            raise

    def rows_of(self, sql: str, ids: Iterable[str]) -> list[Any]:
        """Run a statement whose one parameter is the ids that `ASKED` compares with."""
        return self.rows(sql, (asked(ids),))


class Writer(Reader):
    """The database for one command: all that it reads and changes is one transaction."""

    @property
    def seconds(self) -> int:
        """Now, as unix seconds."""
        return int(self.now.timestamp())

    def change(self, sql: str, *parameters: Scalar | bytes) -> int:
        """Run one statement and return how many rows it changed.

        Raises:
            Stopped: The request ended before or during the statement.
        """
        if self._stop.is_set():
            raise Stopped
        try:
            return self._connection.execute(sql, parameters).rowcount
        except sqlite3.OperationalError as error:
            if self._stop.is_set():
                raise Stopped from error
            raise

    def announce(self, kind: str, subject: str, customer: str | None, *, removed: bool = False) -> None:
        """Leave an event to be published: it becomes visible with the change, or not at all."""
        if customer is not None and customer != subject:
            self.enter(subject, customer, removed=removed)
        sql = "INSERT INTO outbox (id, kind, subject, customer_id, happened_at) VALUES (?, ?, ?, ?, ?)"
        self.change(sql, new_id("evt"), kind, subject, customer, self.seconds)

    def enter(self, subject: str, customer: str, *, removed: bool = False) -> None:
        """Enter a change of a thing in the journal, in the place of its earlier ones."""
        sql = "INSERT OR REPLACE INTO journal (subject, customer_id, removed, changed_at) VALUES (?, ?, ?, ?)"
        self.change(sql, subject, customer, removed, self.seconds)


class Database:
    """A SQLite file, read in worker threads that each own a read-only connection, and written in one thread.

    Args:
        path: The file; it must exist.
        threads: How many reads run at a time.
        waiting: How many more may wait before requests are turned away.

    Attributes:
        written: Set after each transaction that may have changed something.
    """

    def __init__(self, path: Path, *, threads: int = 4, waiting: int = 256) -> None:
        self._path = path
        self._limit = threads + waiting
        self.written = asyncio.Event()
        self._under_way = 0
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="read", initializer=self._connect)
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="write", initializer=self._connect_to_write)

    async def read(self, work: Callable[[Reader], T], now: datetime) -> T:
        """Do `work` in a worker thread and in one transaction; cancelling the caller stops its SQL.

        Raises:
            Unavailable: Too many requests wait already.
        """
        return await self._await(self._threads, self._read, work, now)

    async def write(self, work: Callable[[Writer], T], now: datetime) -> T:
        """Do `work` in the thread that writes and in one transaction, which lasts once this returns.

        Cancelling the caller undoes the transaction, unless it is just being committed.

        Raises:
            Unavailable: Too many requests wait already, or another process keeps the file locked.
        """
        done = await self._await(self._writing, self._write, work, now)
        self.written.set()
        return done

    async def _await(
        self, threads: ThreadPoolExecutor, run: Callable[[W, threading.Event, datetime], T], work: W, now: datetime
    ) -> T:
        if self._under_way >= self._limit:
            raise Unavailable
        stop = threading.Event()
        self._under_way += 1
        try:
            return await asyncio.wrap_future(threads.submit(run, work, stop, now))
        except asyncio.CancelledError:
            stop.set()
            raise
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Wait for what is under way and close all connections."""
        for threads in (self._threads, self._writing):
            threads.shutdown(cancel_futures=True)
        for connection in self._connections:
            connection.close()

    def _connect(self) -> None:
        self._own.connection = open_read_only(self._path)
        self._connections.append(self._own.connection)

    def _connect_to_write(self) -> None:
        self._own.connection = open_database(self._path)
        # What was answered must survive a power cut.
        self._own.connection.execute("PRAGMA synchronous = FULL")
        self._connections.append(self._own.connection)

    def _write(self, work: Callable[[Writer], T], stop: threading.Event, now: datetime) -> T:
        connection: sqlite3.Connection = self._own.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise Unavailable from error
        connection.set_progress_handler(stop.is_set, _STEPS_BETWEEN_CHECKS)
        try:
            done = work(Writer(connection, stop, now))
        except BaseException:
            connection.set_progress_handler(None, 0)
            connection.execute("ROLLBACK")
            raise
        connection.set_progress_handler(None, 0)
        connection.execute("ROLLBACK" if stop.is_set() else "COMMIT")
        return done

    def _read(self, work: Callable[[Reader], T], stop: threading.Event, now: datetime) -> T:
        connection: sqlite3.Connection = self._own.connection
        # Not connection.interrupt(): coming late, it would hit the next request on this connection, and between two
        # statements it would be lost.
        connection.set_progress_handler(stop.is_set, _STEPS_BETWEEN_CHECKS)
        connection.execute("BEGIN")
        try:
            return work(Reader(connection, stop, now))
        finally:
            connection.set_progress_handler(None, 0)
            connection.execute("ROLLBACK")


def asked(values: Iterable[str]) -> str:
    """Write values as the parameter of `ASKED`."""
    # SQLite's JSON ends a string at U+0000 and would find another value than the one asked.
    return msgspec.json.encode([value for value in values if "\0" not in value]).decode()


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open the file for reading; SQL gets `folded(text)`, Unicode case folding for searches.

    Raises:
        sqlite3.OperationalError: The file is missing or cannot be opened.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA mmap_size = 268435456")
    connection.create_function("folded", 1, _folded, deterministic=True)
    return connection


def _folded(text: str | None) -> str | None:
    # SQLite's own LIKE and lower() know the cases of ASCII only.
    return None if text is None else text.casefold()
