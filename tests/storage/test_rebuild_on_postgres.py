"""A read model that is built anew while other processes go on reading and writing it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import select, text

from adapters import postgres
from adapters.event_store.postgres_log import PostgresEventLog
from adapters.read_model.dump import digest
from adapters.read_model.engine import read_engine, write_engine
from adapters.read_model.projection import Projection
from adapters.read_model.queries import Queries
from adapters.read_model.rebuild import rebuild
from adapters.read_model.tables import LIVE
from domain.ports.views import BoardFilter

ENTRIES, BATCH, REBUILDS, PATIENCE_S = 30, 3, 2, 60


def undated(_question: object) -> None:
    """No procedure is known, so nothing is due."""


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Any]:
    made = write_engine(postgres_url)
    yield made
    made.dispose()


def test_readers_and_writers_go_on_while_the_sheets_are_built_anew(
    postgres_url: str, engine: Any, recorded: Any
) -> None:
    done = Event()

    def write() -> None:
        """Another process: it saves, and projects as it goes."""
        own = write_engine(postgres_url)
        with closing(PostgresEventLog(postgres_url)) as log:
            projection = Projection(log=log, engine=own, due_of=undated)
            for first in range(1, ENTRIES, BATCH):
                log.save(entries=[recorded(seq) for seq in range(first, first + BATCH)])
                projection.catch_up()
        own.dispose()

    def read() -> int:
        looks = 0
        readers = read_engine(postgres_url)
        views = Queries(readers)
        while not done.wait(0.01):
            views.status()
            views.board(BoardFilter(), now_us=0)
            looks += 1
        readers.dispose()
        return looks

    with (
        closing(PostgresEventLog(postgres_url)) as log,
        ThreadPoolExecutor(3) as others,
    ):
        writing, *reading = others.submit(write), *(others.submit(read) for _ in range(2))
        try:
            for _ in range(REBUILDS):
                rebuild(log=log, engine=engine, due_of=undated)
            writing.result(PATIENCE_S)
        finally:
            done.set()
        assert all(looks.result(PATIENCE_S) > REBUILDS for looks in reading)
        Projection(log=log, engine=engine, due_of=undated).catch_up()
        assert log.contiguous_seq("Q1", 1) == ENTRIES
        with engine.connect() as connection:
            lived = digest(connection)
        rebuild(log=log, engine=engine, due_of=undated)
        with engine.connect() as connection:
            assert digest(connection) == lived


def test_a_reader_that_is_in_the_way_of_a_swap_keeps_no_other_reader_waiting(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The swap gives up soon: else whoever comes later would stand behind it in the line."""
    monkeypatch.setattr(postgres, "LOCK_S", PATIENCE_S)  # what it would wait without its own limit
    first, later = read_engine(postgres_url), write_engine(postgres_url)
    waits = text(
        "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with (
        closing(PostgresEventLog(postgres_url)) as log,
        ThreadPoolExecutor(1) as other,
        closing(first.connect()) as reader,
    ):
        reader.execute(select(LIVE.board)).all()  # and it takes its time
        own = write_engine(postgres_url)
        swapping = other.submit(rebuild, log=log, engine=own, due_of=undated)
        try:
            with later.connect() as looking:
                deadline = monotonic() + PATIENCE_S
                while looking.execute(waits).first() is None:
                    assert monotonic() < deadline
                    looking.rollback()
                looking.execute(text("SET LOCAL lock_timeout = '20s'"))
                looking.execute(select(LIVE.board)).all()  # is answered, whoever waits
                assert not swapping.done()
        finally:
            reader.rollback()
        swapping.result(PATIENCE_S)
    for each in (first, later, own):
        each.dispose()


def test_many_projections_at_once_apply_each_event_once(
    postgres_url: str, engine: Any, recorded: Any
) -> None:
    with closing(PostgresEventLog(postgres_url)) as log:

        def project(_number: int) -> None:
            own = write_engine(postgres_url)
            runner = Projection(log=log, engine=own, due_of=undated)
            while runner.position() < newest:
                runner.catch_up()
            own.dispose()

        for seq in range(1, ENTRIES + 1):
            log.save(entries=[recorded(seq)])
        newest = log.newest_id()
        with ThreadPoolExecutor(4) as nodes:
            list(nodes.map(project, range(4), timeout=PATIENCE_S))
        with engine.connect() as connection:
            lived = digest(connection)
        rebuild(log=log, engine=engine, due_of=undated)
        with engine.connect() as connection:
            assert digest(connection) == lived
