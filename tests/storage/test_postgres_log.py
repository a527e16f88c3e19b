"""What the log in PostgreSQL does with many writers, and what it demands of the server."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from time import monotonic
from typing import Any

import psycopg
import pytest

from adapters import postgres
from adapters.event_store import postgres_log
from adapters.event_store.postgres_log import PostgresEventLog
from adapters.postmaster import Postmaster
from api.rehearsal.bars.pen import Pen, enrol, use_case
from domain.model.journal import EntryStored, FactStated
from domain.ports.stores import (
    StoreReadOnly,
    StoreUnreachable,
    StreamConflict,
    UnsafeStore,
)

WRITERS, SAVES, PATIENCE_S = 8, 12, 60
LARGE = 2_000  # entries: some 2 MB


@pytest.fixture
def log(postgres_url: str) -> Any:
    with closing(PostgresEventLog(postgres_url)) as opened:
        yield opened


@pytest.mark.parametrize(
    "statement",
    ["UPDATE stored_events SET state = ''", "DELETE FROM stored_events", "TRUNCATE stored_events"],
)
def test_an_event_is_never_changed_or_deleted(
    log: PostgresEventLog, postgres_url: str, recorded: Any, statement: str
) -> None:
    log.save(entries=[recorded(1)])
    with (
        psycopg.connect(postgres_url) as stranger,
        pytest.raises(psycopg.errors.RaiseException, match="never changed"),
    ):
        stranger.execute(statement)
    assert len(log.notifications(after=0, limit=10)) == 2


def test_a_save_larger_than_the_socket_takes_at_once_is_stored(
    log: PostgresEventLog, recorded: Any
) -> None:
    entries = [recorded(1 + number) for number in range(LARGE)]
    saving = threading.Thread(target=lambda: log.save(entries=entries), daemon=True)
    saving.start()
    saving.join(PATIENCE_S)
    assert not saving.is_alive()
    assert log.last_digest("Q1", 1) == (LARGE, entries[-1].entry.digest)


def test_a_save_is_tried_where_there_is_room_for_more_than_a_small_one(
    log: PostgresEventLog, postgres_url: str, recorded: Any
) -> None:
    with psycopg.connect(postgres_url) as owner:
        owner.execute(
            psycopg.sql.SQL("ALTER DATABASE {} SET temp_file_limit = '4MB'").format(
                psycopg.sql.Identifier(owner.info.dbname)
            )
        )
    with closing(PostgresEventLog(postgres_url)) as short_of_room:
        short_of_room.save(entries=[recorded(1)])
        with pytest.raises(StoreUnreachable):
            short_of_room.try_writing()
    log.try_writing()  # on a connection from before


def test_a_follower_falls_into_no_gap_while_many_write(
    log: PostgresEventLog, postgres_url: str, recorded: Any
) -> None:
    """Every writer states facts of the same two labels: nobody loses a version, none is skipped."""
    written = threading.Event()

    def write(number: int) -> None:
        with closing(PostgresEventLog(postgres_url)) as own:
            for save in range(SAVES):
                own.save(entries=[recorded(1 + number * SAVES + save)])

    def follow() -> list[int]:
        seen: list[int] = []
        with closing(PostgresEventLog(postgres_url, writer=False)) as own:
            while True:
                last_look = written.is_set()
                new = own.notifications(after=seen[-1] if seen else 0, limit=7)
                seen += [each.id for each in new]
                if not new and last_look:
                    return seen

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        followed = threads.submit(follow)
        writing = [threads.submit(write, number) for number in range(WRITERS)]
        wait(writing, PATIENCE_S)
        written.set()
        seen = followed.result(PATIENCE_S)
    assert [done.exception() for done in writing] == [None] * WRITERS
    everything = log.notifications(after=0, limit=10_000)
    assert seen == [each.id for each in everything]
    facts = [each.event for each in everything if isinstance(each.event, FactStated)]
    assert [fact.originator_version for fact in facts] == list(range(1, WRITERS * SAVES + 1))
    entries = [each.event for each in everything if isinstance(each.event, EntryStored)]
    assert len(entries) == log.contiguous_seq("Q1", 1) == WRITERS * SAVES


def test_of_two_who_send_the_same_entry_one_is_told_that_it_stands(
    log: PostgresEventLog, postgres_url: str, recorded: Any
) -> None:
    with closing(PostgresEventLog(postgres_url)) as other:
        other.save(entries=[recorded(1)])
        with pytest.raises(StreamConflict):
            log.save(entries=[recorded(2), recorded(1)])
    log.save(entries=[recorded(3)])
    stored = [each.event for each in log.notifications(after=0, limit=99)]
    assert [each.originator_version for each in stored if isinstance(each, EntryStored)] == [1, 3]
    assert log.standing([("Q1", 1, seq) for seq in (1, 2, 3)]).keys() == {
        ("Q1", 1, 1),
        ("Q1", 1, 3),
    }


def test_a_server_that_did_not_see_what_another_stored_looks_and_stores_beside_it(
    log: PostgresEventLog, postgres_url: str
) -> None:
    """It goes on after the newest it knows; what came from elsewhere meanwhile it finds out."""
    pen = Pen("Q1")
    enrol(log, pen)
    first, second, third, fourth = (pen.receive(number) for number in range(4))
    with closing(PostgresEventLog(postgres_url)) as other:
        here, there = use_case(log), use_case(other)
        assert here("Q1", [first]).checkpoint.seq == 1
        assert there("Q1", [third]).checkpoint.seq == 1
        answer = here("Q1", [second])
        assert ([each.code for each in answer.answers], answer.checkpoint.seq) == ([None], 3)
        assert there("Q1", [fourth]).checkpoint.seq == 4
        answer = here("Q1", [fourth])
        assert [each.outcome for each in answer.answers] == ["duplicate"]
        assert answer.checkpoint.seq == 4


def test_a_save_that_hangs_holds_up_the_others_for_a_limited_time(
    postgres_url: str, recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOCK_S", 0.05)
    with closing(PostgresEventLog(postgres_url)) as log, psycopg.connect(postgres_url) as hanging:
        hanging.execute(postgres_log.TURN)
        with pytest.raises(StoreUnreachable):
            log.save(entries=[recorded(1)])
        assert log.notifications(after=0, limit=9) == []  # whoever reads is not held up
        hanging.rollback()
        log.save(entries=[recorded(1)])


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="a process is asked for as POSIX does it")
def test_a_connection_that_the_server_has_ended_meanwhile_is_not_lent(
    log: PostgresEventLog, postgres_url: str, recorded: Any
) -> None:
    """As after a restart of the server: nobody is told of it who comes when it serves again."""
    log._pool.timeout = PATIENCE_S
    log.save(entries=[recorded(1)])
    with psycopg.connect(postgres_url, autocommit=True) as server:
        pids = server.execute(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    deadline = monotonic() + PATIENCE_S
    while not all(gone(pid) for pid, _ in pids):
        assert monotonic() < deadline
    assert pids
    log.save(entries=[recorded(2)])
    assert log.contiguous_seq("Q1", 1) == 2


def test_a_reader_writes_nothing_and_finds_a_log_only_where_one_was_made(
    log: PostgresEventLog, postgres_url: str, postmaster: Postmaster, recorded: Any
) -> None:
    log.save(entries=[recorded(1)])
    with closing(PostgresEventLog(postgres_url, writer=False)) as reader:
        assert reader.contiguous_seq("Q1", 1) == 1
        with pytest.raises(StoreReadOnly):
            reader.save(entries=[recorded(2)])
    with pytest.raises(StoreReadOnly):
        PostgresEventLog(postmaster.new_database("bare"), writer=False)


def test_many_who_open_an_empty_database_at_once_lay_out_one_log(postmaster: Postmaster) -> None:
    url = postmaster.new_database("empty")
    with ThreadPoolExecutor(WRITERS) as threads:
        for log in list(threads.map(lambda _: PostgresEventLog(url), range(WRITERS))):
            log.close()
    with psycopg.connect(url) as stranger:
        [(triggers,)] = stranger.execute("SELECT count(*) FROM pg_trigger").fetchall()
        unsafe = stranger.execute("SELECT 1 FROM pg_proc WHERE proname ~ '^es_insert'").fetchall()
    assert (triggers, unsafe) == (1, [])


@pytest.mark.parametrize("unsafe", ["synchronous_commit=off", "synchronous_commit=on"])
def test_a_server_that_may_lose_what_it_acknowledged_is_not_worked_on(
    postgres_url: str, unsafe: str
) -> None:
    url = f"{postgres_url}&options=-c%20{unsafe.replace('=', '%3D')}"
    if unsafe.endswith("on"):
        PostgresEventLog(url).close()
    else:
        with pytest.raises(UnsafeStore) as refused:
            PostgresEventLog(url)
        assert refused.value.values == {"what": "synchronous_commit", "found": "off"}


@pytest.mark.parametrize("value", ["y", "true", "1"])
def test_the_librarys_unsafe_switch_is_refused(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", value)
    with pytest.raises(UnsafeStore):
        PostgresEventLog(postgres_url)


def test_a_server_that_is_not_there_is_told_as_such() -> None:
    with pytest.raises(StoreUnreachable):
        PostgresEventLog("postgresql://x@/x?host=/nowhere")
    with pytest.raises(UnsafeStore):
        PostgresEventLog("not a url")
