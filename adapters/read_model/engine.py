"""Connections to the file that holds events and read model; used by the projection and the queries.

One connection writes, on the one writer thread; every other is opened read-only. Transactions are
begun by us, because the driver would begin them late and not at all before a change of tables.
"""

import sqlite3
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Engine, bindparam, create_engine, event, func, select
from sqlalchemy.pool import QueuePool, StaticPool

MOST_READERS = 8  # more would wait for the two cores anyway
_BUSY_MS = 5_000  # a checkpoint may hold the file for so long


def write_engine(path: Path) -> Engine:
    """The one writing connection: WAL, every commit on disk before it returns."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(f"{path.absolute().as_uri()}"),
        poolclass=StaticPool,
        hide_parameters=True,  # an error's text ends up in the log: no label, no code
    )
    _begin_with(engine, "BEGIN IMMEDIATE")
    return engine


def read_engine(path: Path) -> Engine:
    """Read-only connections, each answer from one snapshot."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(f"{path.absolute().as_uri()}?mode=ro"),
        poolclass=QueuePool,
        pool_size=MOST_READERS,
        max_overflow=0,
        hide_parameters=True,
    )
    _begin_with(engine, "BEGIN")
    return engine


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column is in the list given as parameter `name`, made by `listed`.

    One parameter however long the list is, so the statement is prepared once and has no limit.
    """
    values = func.json_each(bindparam(name)).table_valued("value")
    return column.in_(select(values.c.value))


def listed(values: Any) -> str:
    """A collection of words or whole numbers as the parameter of `among`."""
    return orjson.dumps(list(values)).decode()


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=0")  # the event store's connection checkpoints
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def _begin_with(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(statement)
