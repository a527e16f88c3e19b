"""What the log in a file does as a file: one writer, a full disk, a file that is read-only."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.event_store.lock import WriterLock
from adapters.event_store.sqlite_log import SqliteEventLog
from domain.model.decision import moment
from domain.model.journal import EntryStored, FactStated
from domain.model.number_block import NumberBlock
from domain.ports.stores import (
    DirectoryLocked,
    DiskFull,
    StoreFailed,
    StoreReadOnly,
    StreamConflict,
)
from tests.storage.reservations import count, reserve


def test_the_log_writes_through_to_the_disk_in_wal_mode_with_one_checkpointer(
    sqlite_log: SqliteEventLog, tmp_path: Path
) -> None:
    def setting(of: SqliteEventLog, name: str) -> Any:
        return of._store.rows(f"PRAGMA {name}")[0][0]

    assert setting(sqlite_log, "journal_mode") == "wal"
    assert setting(sqlite_log, "synchronous") == 2
    assert setting(sqlite_log, "wal_autocheckpoint") == 1000
    with closing(SqliteEventLog(tmp_path / "giaonhan.db", writer=False)) as reader:
        assert setting(reader, "wal_autocheckpoint") == 0


def test_a_log_that_does_not_write_through_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.event_store.connection import OneConnection

    rows = OneConnection.rows

    def lazily(store: OneConnection, statement: str, parameters: Any = ()) -> list[Any]:
        return rows(store, statement.replace("synchronous=FULL", "synchronous=NORMAL"), parameters)

    monkeypatch.setattr(OneConnection, "rows", lazily)
    with pytest.raises(RuntimeError, match="synchronous=1"):
        SqliteEventLog(tmp_path / "giaonhan.db")
    monkeypatch.undo()
    SqliteEventLog(tmp_path / "giaonhan.db").close()  # the lock was released


@pytest.mark.parametrize(
    "statement", ["UPDATE stored_events SET state = x'00'", "DELETE FROM stored_events"]
)
def test_an_event_is_never_changed_or_deleted(
    sqlite_log: SqliteEventLog, tmp_path: Path, block: NumberBlock, statement: str
) -> None:
    sqlite_log.save(block)
    with (
        closing(sqlite3.connect(tmp_path / "giaonhan.db")) as stranger,
        pytest.raises(sqlite3.IntegrityError, match="never changed"),
    ):
        stranger.execute(statement)
    assert count(sqlite_log) == 1


def test_one_directory_has_one_writer_and_any_readers(
    sqlite_log: SqliteEventLog, tmp_path: Path, block: NumberBlock
) -> None:
    with pytest.raises(DirectoryLocked):
        SqliteEventLog(tmp_path / "giaonhan.db")
    program = (
        "import sys, pathlib; from adapters.event_store.sqlite_log import SqliteEventLog\n"
        "SqliteEventLog(pathlib.Path(sys.argv[1]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "giaonhan.db"],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert b"DIRECTORY_LOCKED" in other.stderr
    sqlite_log.save(block)
    with closing(SqliteEventLog(tmp_path / "giaonhan.db", writer=False)) as reader:
        assert count(reader) == 1
        with pytest.raises(StoreReadOnly):
            reader.save(reserve(block))
        assert count(reader) == 1


def test_a_directory_that_may_not_be_written_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly):
        WriterLock(tmp_path / "absent" / "writer.lock")


def test_a_file_that_became_read_only_refuses_and_serves_again(
    sqlite_log: SqliteEventLog, block: NumberBlock
) -> None:
    sqlite_log._store.rows("PRAGMA query_only=ON")
    with pytest.raises(StoreReadOnly):
        sqlite_log.save(block)
    sqlite_log._store.rows("PRAGMA query_only=OFF")
    assert count(sqlite_log) == 0
    block = NumberBlock(id=block.id, timestamp=moment(0), kind=1, issuer=27001, year=26)
    sqlite_log.save(block)
    assert count(sqlite_log) == 1


def test_a_full_disk_refuses_the_whole_save_and_later_ones_succeed(
    sqlite_log: SqliteEventLog, recorded: Any, block: NumberBlock
) -> None:
    sqlite_log.save(entries=[recorded(1)])
    pages = sqlite_log._store.rows("PRAGMA page_count")[0][0]
    sqlite_log._store.rows(f"PRAGMA max_page_count={pages + 2}")
    accepted = 1

    def fill() -> None:
        nonlocal accepted
        for seq in range(2, 200):
            sqlite_log.save(reserve(block), entries=[recorded(seq)])
            accepted = seq

    with pytest.raises(DiskFull):
        fill()
    assert 1 < accepted < 199
    events = [each.event for each in sqlite_log.notifications(after=0, limit=10_000)]
    stored = [event for event in events if isinstance(event, EntryStored)]
    stated = [event for event in events if isinstance(event, FactStated)]
    assert len(stored) == len(stated) == sqlite_log.contiguous_seq("Q1", 1) == accepted
    assert sqlite_log.load(NumberBlock, [block.id])[block.id].next_serial == accepted
    sqlite_log._store.rows("PRAGMA max_page_count=100000")
    block = sqlite_log.load(NumberBlock, [block.id])[block.id]
    sqlite_log.save(reserve(block), entries=[recorded(accepted + 1)])
    assert sqlite_log.contiguous_seq("Q1", 1) == accepted + 1


def test_after_a_failed_write_nothing_is_written_until_the_log_is_opened_anew(
    sqlite_log: SqliteEventLog, tmp_path: Path, block: NumberBlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
        raise error

    monkeypatch.setattr(sqlite_log._store, "write", failing)
    with pytest.raises(StoreFailed):
        sqlite_log.save(block)
    monkeypatch.undo()
    with pytest.raises(StoreFailed) as refused:
        sqlite_log.save(reserve(block))
    assert refused.value.values == {"why": "SQLITE_IOERR_FSYNC"}
    sqlite_log.close()
    with closing(SqliteEventLog(tmp_path / "giaonhan.db")) as again:
        fresh = NumberBlock(id=block.id, timestamp=moment(0), kind=1, issuer=27001, year=26)
        again.save(fresh)
        assert count(again) == 1


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "giaonhan.db").write_bytes("không phải cơ sở dữ liệu ".encode() * 100)
    with pytest.raises(StoreFailed) as refused:
        SqliteEventLog(tmp_path / "giaonhan.db")
    assert refused.value.values == {"why": "SQLITE_NOTADB"}


def test_a_file_locked_by_a_stranger_is_told_as_such(
    sqlite_log: SqliteEventLog, tmp_path: Path, block: NumberBlock
) -> None:
    sqlite_log._store.rows("PRAGMA busy_timeout=20")
    with closing(sqlite3.connect(tmp_path / "giaonhan.db", isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(DirectoryLocked):
            sqlite_log.save(block)
    assert count(sqlite_log) == 0


def test_a_reader_of_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly):
        SqliteEventLog(tmp_path / "absent.db", writer=False)


def test_a_mistake_of_ours_is_no_refusal(sqlite_log: SqliteEventLog) -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        sqlite_log._select("SELEC", [])


def test_a_commit_that_failed_is_taken_back_and_the_next_save_stands_alone(
    sqlite_log: SqliteEventLog, recorded: Any
) -> None:
    """It fails for a promise that only the commit looks at, which nothing of ours has."""
    for statement in (
        "PRAGMA foreign_keys=ON",
        "CREATE TABLE promised (id INTEGER PRIMARY KEY)",
        "CREATE TABLE promise (id REFERENCES promised DEFERRABLE INITIALLY DEFERRED)",
        """CREATE TRIGGER promising AFTER INSERT ON stored_events
        BEGIN INSERT INTO promise VALUES (1); END""",
    ):
        sqlite_log._store.rows(statement)
    with pytest.raises(StreamConflict):
        sqlite_log.save(entries=[recorded(1)])
    sqlite_log._store.rows("DROP TRIGGER promising")
    sqlite_log.save(entries=[recorded(2)])
    assert sqlite_log.standing({("Q1", 1, 1), ("Q1", 1, 2)}).keys() == {("Q1", 1, 2)}
    assert sqlite_log.contiguous_seq("Q1", 1) == 0
