"""The one connection of the event log, and its errors told as refusals."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from eventsourcing.persistence import PersistenceError  # noqa: TID251 - this is the room for it
from eventsourcing.sqlite import (  # noqa: TID251 - this is the room for it
    SQLiteConnection,
    SQLiteCursor,
    SQLiteDatastore,
)

from domain.ports.stores import (
    DirectoryLocked,
    DiskFull,
    StoreFailed,
    StoreReadOnly,
    StreamConflict,
)

_BUSY_S = 5  # a reader of another process may hold the file for a checkpoint


class OneConnection(SQLiteDatastore):
    """The library's datastore on a single connection, which threads take in turns.

    The library's pool costs a scan 60 µs, and its connections forget every prepared statement but
    the last one (`cached_statements=True` is taken for 1), which costs as much again.
    """

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.failed: str | None = None
        self._turn = RLock()
        try:
            self._driver = sqlite3.connect(
                uri, uri=True, check_same_thread=False, isolation_level=None, timeout=_BUSY_S
            )
        except sqlite3.Error as error:
            raise self._told(error) from error
        self._connection = SQLiteConnection(self._driver, max_age=None)

    def close(self) -> None:
        """Close the connection, in its turn."""
        if hasattr(self, "_connection"):
            with self._turn:
                self._connection.close()
        super().close()

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction of the library's on it; without `commit` it is rolled back."""
        with self._turn, self._connection.transaction(commit=commit) as cursor:
            yield cursor

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The answer to one SELECT or PRAGMA."""
        with self._turn:
            return self._driver.execute(statement, parameters).fetchall()

    def write(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """The statement for each of the rows, all of them or none, on disk when it returns."""
        with self._turn, self._driver:
            self._driver.execute("BEGIN")
            self._driver.executemany(statement, rows)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Tell the driver's errors as refusals, and leave no transaction open behind one."""
        try:
            yield
        except (sqlite3.Error, PersistenceError) as error:
            with self._turn:
                self._connection.rollback()
            raise self._told(error) from error

    def _told(self, error: Exception) -> Exception:
        """The refusal for a driver's error; the error itself where it is our own mistake."""
        cause = error if isinstance(error, sqlite3.Error) else error.__cause__
        match getattr(cause, "sqlite_errorcode", 0) & 0xFF:  # the extended code's family
            case sqlite3.SQLITE_FULL:
                return DiskFull()
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
                return StoreReadOnly()
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return DirectoryLocked()
            case sqlite3.SQLITE_CONSTRAINT:
                return StreamConflict()
            case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                # What the disk holds now is unknown until the file is opened anew.
                self.failed = str(getattr(cause, "sqlite_errorname", cause))
                return StoreFailed(why=self.failed)
            case _:
                return error
