"""A read model that is built anew while other processes go on reading and writing it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import Any

import pytest

from adapters.event_store.postgres_log import PostgresEventLog
from adapters.read_model.dump import digest
from adapters.read_model.engine import read_engine, write_engine
from adapters.read_model.projection import Projection
from adapters.read_model.queries import Queries
from adapters.read_model.rebuild import rebuild
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
