"""The read model as canonical lines, to compare two of them byte for byte (L4).

No positions in the log, no jobs under way, no serial keys, no stamps (which say that a row was
written, not what it says); instants as integers; rows by code point of their keys.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, select

from adapters.read_model.engine import Source, read_engine
from adapters.read_model.tables import LIVE, Tables

_ROWS_AT_A_TIME = 1_000
_ENTRY = ("station", "epoch", "seq", "digest")


def canonical_dump(connection: Connection, tables: Tables = LIVE) -> Iterator[bytes]:
    """One JSON array a line, the name of the table first."""
    for name, table in tables.each():
        if table in {tables.progress, tables.redating}:
            continue
        for row in rows_of(connection, tables, name):
            yield orjson.dumps([name, *row])


def rows_of(connection: Connection, tables: Tables, name: str) -> Iterator[Row[Any]]:
    """The rows of one table as they are compared, in the order of their key."""
    rows = connection.execute(_ordered(tables, name), execution_options={"stream_results": True})
    for part in rows.partitions(_ROWS_AT_A_TIME):
        yield from part


def key_of(tables: Tables, name: str) -> tuple[str, ...]:
    """Which of their columns tell those rows apart."""
    if name == "fact":
        return _ENTRY
    table = getattr(tables, name)
    if "fact_id" in table.c:
        return tuple(column.name for column in _ordered(tables, name).selected_columns)
    return tuple(column.name for column in table.primary_key)


def digest(connection: Connection, tables: Tables = LIVE) -> str:
    """SHA-256 over the lines, in hex."""
    total = hashlib.sha256()
    for line in canonical_dump(connection, tables):
        total.update(line + b"\n")
    return total.hexdigest()


def digest_at(source: Source) -> str:
    """The `digest` of what whoever reads there is shown."""
    engine = read_engine(source)
    try:
        with engine.connect() as connection:
            return digest(connection)
    finally:
        engine.dispose()


def digest_of_each(connection: Connection, tables: Tables = LIVE) -> dict[str, tuple[int, str]]:
    """By table, how many lines it has and the SHA-256 over them."""
    found: dict[str, tuple[int, Any]] = {}
    for line in canonical_dump(connection, tables):
        name = line[2 : line.index(b'"', 2)].decode()
        lines, total = found.get(name) or (0, hashlib.sha256())
        total.update(line + b"\n")
        found[name] = lines + 1, total
    return {name: (lines, total.hexdigest()) for name, (lines, total) in found.items()}


def _ordered(tables: Tables, name: str) -> Select[Any]:
    fact = tables.fact.c
    entry = [fact[column] for column in _ENTRY]
    if name == "fact":
        return select(*(column for column in fact if column is not fact.id)).order_by(*entry)
    table = getattr(tables, name)
    if "fact_id" in table.c:
        named = next(column for column in table.c if column is not table.c.fact_id)
        joined = select(named, *entry).join(tables.fact, fact.id == table.c.fact_id)
        return joined.order_by(named, *entry)
    said = (column for column in table.c if column.name != "stamp")
    return select(*said).order_by(*table.primary_key)
