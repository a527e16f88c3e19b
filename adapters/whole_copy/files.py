"""Log and vault in SQLite files: read as they are at one moment, or made from another's rows."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from adapters.durable import sync, write
from adapters.event_store.sqlite_log import LOCK_FILE, SqliteEventLog
from adapters.vault import sqlite_vault
from adapters.whole_copy.rows import EVENTS, RECORDS, TOKENS, Row, Rows, Told, counted

_CACHE_KIB = 524_288  # of the index of a province's log, or each row would cost a read
_SELECT = {
    EVENTS: "SELECT rowid, originator_id, originator_version, topic, state"
    " FROM stored_events ORDER BY rowid",
    RECORDS: "SELECT opaque, kind, owner, settled, sealed FROM record ORDER BY opaque",
    TOKENS: "SELECT token, opaque FROM token ORDER BY token, opaque",
}
_INSERT = {
    EVENTS: "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state)"
    " VALUES (?,?,?,?,?)",
    RECORDS: "INSERT INTO record VALUES (?,?,?,?,?)",
    TOKENS: "INSERT INTO token VALUES (?,?)",
}


class FileRows:
    """`Rows` of two files that nobody writes meanwhile; close it."""

    def __init__(self, database: Path, vault: Path) -> None:
        with ExitStack() as opened:
            log = opened.enter_context(closing(_read_only(database)))
            personal = opened.enter_context(closing(_read_only(vault)))
            self._where = {EVENTS: log, RECORDS: personal, TOKENS: personal}
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Release the files."""
        self._opened.close()

    def count(self, table: str) -> int:
        """See `Rows`."""
        count: int = self._where[table].execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a name of ours
        return count

    def of(self, table: str) -> Iterator[Row]:
        """See `Rows`."""
        yield from self._where[table].execute(_SELECT[table])


def make_files(rows: Rows, database: Path, vault: Path, told: Told) -> None:
    """Make both files, for their owner only and on disk; a failure leaves halves to be removed."""
    for file in (database, vault):
        write(file, b"")  # for its owner only, before anything is in it
    SqliteEventLog(database).close()
    sqlite_vault.lay_out(vault)
    (database.parent / LOCK_FILE).unlink()  # it is of a house, which this is not
    _fill(database, rows, (EVENTS,), told)
    _fill(vault, rows, (RECORDS, TOKENS), told)


def _fill(file: Path, rows: Rows, tables: tuple[str, ...], told: Told) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        # What is interrupted here is thrown away, so nothing needs to be undone or synced before.
        for setting in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}"):
            connection.execute(f"PRAGMA {setting}").fetchall()
        connection.execute("BEGIN")
        for table in tables:
            coming = counted(rows.of(table), table, rows.count(table), told)
            connection.executemany(_INSERT[table], coming)
        connection.execute("COMMIT")
    sync(file)


def _read_only(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
    )
    connection.execute("BEGIN")
    return connection
