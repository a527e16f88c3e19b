"""A PostgreSQL event log that saves by COPY: for filling a house, where one save is thousands."""

from uuid import UUID  # noqa: TC003 - told of an attribute

from adapters.event_store.mapping import Batch
from adapters.event_store.postgres_log import TURN, PostgresEventLog
from adapters.postgres import connect, refusing
from domain.ports.stores import StreamConflict

_COPY = """
COPY stored_events (originator_id, originator_version, topic, state) FROM STDIN (FORMAT binary)
"""
_HIGHEST = """
SELECT originator_id, max(originator_version) FROM stored_events
WHERE originator_id = ANY(%s) GROUP BY originator_id
"""


class BulkPostgresLog(PostgresEventLog):
    """Remembers how far each stream has come (some 200 bytes each), for nobody else writes.

    Whoever writes all the same has the save refused as a conflict.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._taken: dict[UUID, int] = {}

    def _insert(self, batch: Batch) -> None:
        if batch.free and self._versions(batch.free):
            raise StreamConflict
        taken, self._taken = self._taken, {}  # after a failure nobody knows
        streams = {row.stream for row in batch.appends}
        unknown = list(streams - taken.keys())
        with refusing(), connect(self._url) as connection, connection.transaction():
            connection.execute(TURN)
            taken |= dict.fromkeys(unknown, 0)
            taken |= connection.execute(_HIGHEST, [unknown]).fetchall()
            with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                copy.set_types(["uuid", "int8", "text", "bytea"])
                for row in batch.rows:
                    copy.write_row(row)
                for row in batch.appends:
                    taken[row.stream] += 1
                    copy.write_row(row._replace(version=taken[row.stream]))
        self._taken = taken
