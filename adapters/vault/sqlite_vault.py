"""The vault in one SQLite file beside the log's."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from adapters.vault.sql_vault import SHAPE, SqlVault, Write
from domain.ports.clock import Entropy
from domain.ports.stores import DiskFull, StoreFailed, StoreReadOnly, demand_known

_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    opaque TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT, settled INTEGER NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_unsettled ON record (opaque) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS token (
    token BLOB NOT NULL, opaque TEXT NOT NULL, PRIMARY KEY (token, opaque)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS token_of_record ON token (opaque);
"""


class SqliteVault(SqlVault):
    """`Vault` on a file; `writer=False` opens it read-only."""

    def __init__(self, path: Path, *, key: bytes, entropy: Entropy, writer: bool = True) -> None:
        super().__init__(key=key, entropy=entropy)
        self._lock = Lock()
        uri = path.absolute().as_uri() + ("" if writer else "?mode=ro")
        self._connection = sqlite3.connect(
            uri, uri=True, check_same_thread=False, isolation_level=None
        )
        try:
            with self._told():
                _prepare(self._connection, writer=writer)
            self._check_key(writer=writer)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _write(self, *writes: Write) -> None:
        with self._lock, self._told():
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for statement, rows in writes:
                    self._connection.executemany(statement, rows)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    def _select(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        with self._lock, self._told():
            return self._connection.execute(statement, parameters).fetchall()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the driver's errors as refusals."""
        try:
            yield
        except sqlite3.Error as error:
            match getattr(error, "sqlite_errorcode", 0) & 0xFF:
                case sqlite3.SQLITE_FULL:
                    raise DiskFull from error
                case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
                    raise StoreReadOnly from error
                case _:
                    raise StoreFailed(why=str(error)) from error


def lay_out(path: Path) -> None:
    """A file with the tables and nothing in them."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _prepare(connection, writer=True)


def _prepare(connection: sqlite3.Connection, *, writer: bool) -> None:
    [[shape]] = connection.execute("PRAGMA user_version")
    demand_known("vault", found=shape, known=SHAPE)
    connection.execute("PRAGMA synchronous=FULL")
    if writer:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.executescript(_TABLES)
        if shape < SHAPE:
            connection.execute(f"PRAGMA user_version={SHAPE}")
