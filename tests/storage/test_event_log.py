import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.event_store.lock import WriterLock
from adapters.event_store.sqlite_log import MOST_ATTEMPTS, SqliteEventLog
from domain.model.decision import moment
from domain.model.errors import Refusal
from domain.model.journal import EntryStored, FactStated
from domain.model.number_block import NumberBlock
from domain.model.office import Office
from domain.ports.stores import (
    DirectoryLocked,
    DiskFull,
    StoreFailed,
    StoreReadOnly,
    StreamConflict,
    Tombstone,
)


def count(log: SqliteEventLog) -> int:
    return len(log.notifications(after=0, limit=10_000))


def reserve(block: NumberBlock, many: int = 1) -> NumberBlock:
    block.reserve(count=many, holder="Q1", timestamp=moment(0))
    return block


def test_the_log_writes_through_to_the_disk_in_wal_mode_with_one_checkpointer(
    log: SqliteEventLog, tmp_path: Path
) -> None:
    def setting(of: SqliteEventLog, name: str) -> Any:
        return of._store.rows(f"PRAGMA {name}")[0][0]

    assert setting(log, "journal_mode") == "wal"
    assert setting(log, "synchronous") == 2
    assert setting(log, "wal_autocheckpoint") == 1000
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
    log: SqliteEventLog, tmp_path: Path, block: NumberBlock, statement: str
) -> None:
    log.save(block)
    with (
        closing(sqlite3.connect(tmp_path / "giaonhan.db")) as stranger,
        pytest.raises(sqlite3.IntegrityError, match="never changed"),
    ):
        stranger.execute(statement)
    assert count(log) == 1


def test_one_directory_has_one_writer_and_any_readers(
    log: SqliteEventLog, tmp_path: Path, block: NumberBlock
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
    log.save(block)
    with closing(SqliteEventLog(tmp_path / "giaonhan.db", writer=False)) as reader:
        assert count(reader) == 1
        with pytest.raises(StoreReadOnly):
            reader.save(reserve(block))
        assert count(reader) == 1


def test_a_directory_that_may_not_be_written_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly):
        WriterLock(tmp_path / "absent" / "writer.lock")


def test_a_file_that_became_read_only_refuses_and_serves_again(
    log: SqliteEventLog, block: NumberBlock
) -> None:
    log._store.rows("PRAGMA query_only=ON")
    with pytest.raises(StoreReadOnly):
        log.save(block)
    log._store.rows("PRAGMA query_only=OFF")
    assert count(log) == 0
    block = NumberBlock(id=block.id, timestamp=moment(0), kind=1, issuer=27001, year=26)
    log.save(block)
    assert count(log) == 1


def test_a_full_disk_refuses_the_whole_save_and_later_ones_succeed(
    log: SqliteEventLog, recorded: Any, block: NumberBlock
) -> None:
    log.save(entries=[recorded(1)])
    pages = log._store.rows("PRAGMA page_count")[0][0]
    log._store.rows(f"PRAGMA max_page_count={pages + 2}")
    accepted = 1

    def fill() -> None:
        nonlocal accepted
        for seq in range(2, 200):
            log.save(reserve(block), entries=[recorded(seq)])
            accepted = seq

    with pytest.raises(DiskFull):
        fill()
    assert 1 < accepted < 199
    events = [each.event for each in log.notifications(after=0, limit=10_000)]
    stored = [event for event in events if isinstance(event, EntryStored)]
    stated = [event for event in events if isinstance(event, FactStated)]
    assert len(stored) == len(stated) == log.contiguous_seq("Q1", 1) == accepted
    assert log.load(NumberBlock, [block.id])[block.id].next_serial == accepted
    log._store.rows("PRAGMA max_page_count=100000")
    block = log.load(NumberBlock, [block.id])[block.id]
    log.save(reserve(block), entries=[recorded(accepted + 1)])
    assert log.contiguous_seq("Q1", 1) == accepted + 1


def test_after_a_failed_write_nothing_is_written_until_the_log_is_opened_anew(
    log: SqliteEventLog, tmp_path: Path, block: NumberBlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
        raise error

    monkeypatch.setattr(log._recorder, "insert_events", failing)
    with pytest.raises(StoreFailed):
        log.save(block)
    monkeypatch.undo()
    with pytest.raises(StoreFailed) as refused:
        log.save(reserve(block))
    assert refused.value.values == {"why": "SQLITE_IOERR_FSYNC"}
    log.close()
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
    log: SqliteEventLog, tmp_path: Path, block: NumberBlock
) -> None:
    log._store.rows("PRAGMA busy_timeout=20")
    with closing(sqlite3.connect(tmp_path / "giaonhan.db", isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(DirectoryLocked):
            log.save(block)
    assert count(log) == 0


def test_two_who_decided_on_the_same_state_are_not_both_saved(
    log: SqliteEventLog, block: NumberBlock, recorded: Any
) -> None:
    log.save(block)
    [one], [other] = (list(log.load(NumberBlock, [block.id]).values()) for _ in range(2))
    log.save(reserve(one))
    before = count(log)
    with pytest.raises(StreamConflict):
        log.save(reserve(other), entries=[recorded(1)])
    assert count(log) == before
    assert log.contiguous_seq("Q1", 1) == 0


def test_a_journal_key_is_taken_once(log: SqliteEventLog, recorded: Any) -> None:
    log.save(entries=[recorded(1)])
    with pytest.raises(StreamConflict):
        log.save(entries=[recorded(1)])


@pytest.mark.parametrize("behind", [MOST_ATTEMPTS - 1, MOST_ATTEMPTS])
def test_a_fact_takes_the_next_version_when_another_took_its_own_meanwhile(
    log: SqliteEventLog, recorded: Any, monkeypatch: pytest.MonkeyPatch, behind: int
) -> None:
    log.save(entries=[recorded(1), recorded(2), recorded(3)])
    highest = log._highest
    answers = iter(range(2 * behind))

    def stale(batch: Any) -> dict[str, int]:
        late = behind - (next(answers, 99) + 1) // 2
        return {stream: version - max(0, late) for stream, version in highest(batch).items()}

    monkeypatch.setattr(log, "_highest", stale)
    if behind == MOST_ATTEMPTS:
        with pytest.raises(StreamConflict):
            log.save(entries=[recorded(4)])
        assert count(log) == 6
    else:
        log.save(entries=[recorded(4)])
        facts = [each.event for each in log.notifications(after=0, limit=99)]
        versions = [fact.originator_version for fact in facts if isinstance(fact, FactStated)]
        assert versions == [1, 2, 3, 4]


def test_an_empty_save_is_nothing(log: SqliteEventLog) -> None:
    log.save()
    assert count(log) == 0


def test_many_decisions_are_loaded_at_once_and_of_one_kind_only(
    log: SqliteEventLog, block: NumberBlock
) -> None:
    log.save(block)
    assert log.load(Office, []) == {}
    assert log.load_all(Office) == {}
    with pytest.raises(TypeError, match="no Office"):
        log.load(Office, [block.id])


def test_a_journal_tells_its_newest_digest_also_of_a_tombstone(
    log: SqliteEventLog, recorded: Any
) -> None:
    assert log.last_digest("Q1", 1) is None
    first = recorded(1)
    log.save(entries=[first])
    assert log.last_digest("Q1", 1) == (1, first.entry.digest)
    stone = Tombstone("Q1", 1, 2, "d" * 64, "BAD_SIGNATURE", 5)
    log.save(tombstones=[stone])
    assert log.last_digest("Q1", 1) == (2, "d" * 64)
    assert log.standing("Q1", 1, [1, 2, 3]).keys() == {1, 2}
    assert log.standing("Q1", 1, [2])[2].tombstone == stone


def test_what_another_process_adds_is_seen_by_a_reader(
    log: SqliteEventLog, tmp_path: Path, recorded: Any
) -> None:
    with closing(SqliteEventLog(tmp_path / "giaonhan.db", writer=False)) as reader:
        for seq in (1, 2):
            log.save(entries=[recorded(seq)])
            assert reader.contiguous_seq("Q1", 1) == seq
            assert reader.standing("Q1", 1, [seq]).keys() == {seq}


def test_events_come_in_the_order_of_the_log_and_in_portions(
    log: SqliteEventLog, recorded: Any
) -> None:
    log.save(entries=[recorded(seq) for seq in range(1, 6)])
    everything = log.notifications(after=0, limit=100)
    assert [each.id for each in everything] == list(range(1, 11))
    assert log.notifications(after=4, limit=3) == everything[4:7]


def test_a_refusal_names_itself() -> None:
    for refusal in (DirectoryLocked, DiskFull, StoreReadOnly, StoreFailed, StreamConflict):
        assert issubclass(refusal, Refusal)
        assert refusal.code != Refusal.code


def test_a_reader_of_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly):
        SqliteEventLog(tmp_path / "absent.db", writer=False)


def test_a_mistake_of_ours_is_no_refusal(log: SqliteEventLog) -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        log._select("SELEC", [])


def test_a_commit_that_failed_is_taken_back_and_the_next_save_stands_alone(
    log: SqliteEventLog, recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error

    monkeypatch.setattr(type(log._store._connection), "commit", failing)
    with pytest.raises(DirectoryLocked):
        log.save(entries=[recorded(1)])
    monkeypatch.undo()
    log.save(entries=[recorded(2)])
    assert log.standing("Q1", 1, [1, 2]).keys() == {2}
    assert log.contiguous_seq("Q1", 1) == 0
