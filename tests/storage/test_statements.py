"""What a batch asks of the database does not grow with the batch, on either engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from adapters.event_store.sqlite_log import SqliteEventLog
from domain.model.number_block import NumberBlock
from tests.storage.crash_writer import STATION, entry, intake

SIZES = (2, 20, 90)


@contextmanager
def counted(log: Any, patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements sent meanwhile; rows of one INSERT that follow each other are one."""
    asked: list[str] = []
    if isinstance(log, SqliteEventLog):
        connection = log._store._connection._sqlite_conn
        connection.set_trace_callback(asked.append)
        yield asked
        connection.set_trace_callback(None)
        inserts = [each for each in asked if each.lstrip().startswith("INSERT")]
        asked[:] = [each for each in asked if each not in inserts] + inserts[:1]
        return
    execute = psycopg.Cursor.execute

    def heard(cursor: Any, query: Any, *given: Any, **more: Any) -> Any:
        asked.append(str(query))
        return execute(cursor, query, *given, **more)

    with patch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", heard)
        yield asked


def test_a_batch_of_scans_costs_as_many_statements_as_a_few(
    log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = intake(log)
    record(STATION, [entry(1)])
    counts, first = [], 2
    for size in SIZES:
        batch = [entry(seq) for seq in range(first, first + size)]
        first += size
        with counted(log, monkeypatch) as asked:
            assert {each.outcome for each in record(STATION, batch).answers} == {"recorded"}
        with counted(log, monkeypatch) as again:
            assert {each.outcome for each in record(STATION, batch).answers} == {"duplicate"}
        counts.append((len(asked), len(again)))
    assert counts[0] == counts[1] == counts[2]
    stored, known = counts[0]
    assert (0 < stored <= 3, 0 < known <= 2) == (True, True), "begin, rows, commit; both looks"


def test_many_decisions_are_loaded_by_one_statement(
    log: Any, block: NumberBlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.save(block)
    with counted(log, monkeypatch) as asked:
        assert log.load(NumberBlock, [block.id]).keys() == {block.id}
    assert len([each for each in asked if "SELECT" in each]) == 1
