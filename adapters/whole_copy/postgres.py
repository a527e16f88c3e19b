"""Log and vault in a PostgreSQL: read as they are at one moment, or filled from another's rows.

By COPY over the connection that the program has anyway: a snapshot of the server's own, and no
program whose version must fit the server's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from adapters.event_store.postgres_log import PostgresEventLog
from adapters.event_store.topics import log_shape
from adapters.postgres import check_shape, connect, refusing
from adapters.postgres_house import founding, is_founded
from adapters.vault import postgres_vault
from adapters.vault.sql_vault import SHAPE
from adapters.whole_copy.rows import (
    EVENTS,
    RECORDS,
    TABLES,
    TOKENS,
    Digest,
    Row,
    Rows,
    Told,
    counted,
    digests,
)

# By table: columns and types, and by which of them its rows are ordered.
_COLUMNS = {
    EVENTS: (
        "notification_id originator_id originator_version topic state",
        "int8 uuid int8 text bytea",
        "notification_id",
    ),
    RECORDS: ("opaque kind owner settled sealed", "text text text int4 bytea", "opaque"),
    TOKENS: ("token opaque", "bytea text", "token, opaque"),
}
# In a copy no record waits for the save of another process: the next start settles it at once.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_GO_ON = """
SELECT setval(pg_get_serial_sequence('stored_events', 'notification_id'), max(notification_id))
FROM stored_events HAVING count(*) > 0
"""


class PostgresRows:
    """`Rows` of a database as a transaction sees it."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def count(self, table: str) -> int:
        """See `Rows`."""
        counted = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        [count] = self._connection.execute(counted).fetchone() or [0]
        return int(count)

    def of(self, table: str) -> Iterator[Row]:
        """See `Rows`."""
        names, types, order = _COLUMNS[table]
        statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT BINARY)")
        columns = sql.SQL(", ".join(names.split()))
        asked = statement.format(columns, sql.Identifier(table), sql.SQL(order))
        with refusing(), self._connection.cursor() as cursor, cursor.copy(asked) as copy:
            copy.set_types(types.split())
            for row in copy.rows():
                yield (row[0], row[1].hex, *row[2:]) if table == EVENTS else row


@contextmanager
def snapshot(url: str) -> Iterator[PostgresRows]:
    """The rows of one moment, while others go on writing; raises `MadeByNewer` and its like."""
    check_shape(url, EVENTS, what="event log", known=log_shape(), writer=False)
    check_shape(url, RECORDS, what="vault", known=SHAPE, writer=False)
    with refusing(), connect(url, read_only=True) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield PostgresRows(connection)


def fill(url: str, rows: Rows, told: Told) -> None:
    """Put all rows into an empty database, in one transaction, and see that they are there.

    A fill that is killed leaves nothing that counts. Raises `StoreNotEmpty`, `NeedsOwner`.
    """
    with founding(url):
        fill_founded(url, rows, told)


def fill_founded(url: str, rows: Rows, told: Told) -> None:
    """The same within a `founding`, to which more belongs than the rows."""
    PostgresEventLog(url).close()
    postgres_vault.lay_out(url)
    with refusing(), connect(url) as connection:
        with connection.transaction():
            given = {table: _copy_in(connection, table, rows, told) for table in TABLES}
            _set_going(connection)
            if digests(PostgresRows(connection)) != given:
                raise AssertionError("the database gives back other rows than it was given")
        connection.execute("ANALYZE stored_events, record, token")


def is_filled(url: str, rows: Rows) -> bool:
    """Whether a house stands there with exactly these rows."""
    if not is_founded(url):
        return False
    with snapshot(url) as there:
        return digests(there) == digests(rows)


def _copy_in(connection: Connection[Any], table: str, rows: Rows, told: Told) -> str:
    """The digest of what was given."""
    names, types, _ = _COLUMNS[table]
    fixed: Row = ()
    if table == RECORDS:
        names, types, fixed = f"{names} put_at", f"{types} timestamptz", (_LONG_AGO,)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)")
    columns = sql.SQL(", ".join(names.split()))
    digest, of = Digest(), rows.count(table)
    with (
        connection.cursor() as cursor,
        cursor.copy(statement.format(sql.Identifier(table), columns)) as copy,
    ):
        copy.set_types(types.split())
        for row in counted(digest.through(rows.of(table)), table, of, told):
            given = (row[0], UUID(row[1]), *row[2:]) if table == EVENTS else row
            copy.write_row((*given, *fixed))
    return digest.hex


def _set_going(connection: Connection[Any]) -> None:
    """New events come after those that were brought."""
    connection.execute(_GO_ON)
