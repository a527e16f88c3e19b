"""The event log in PostgreSQL: many writers, one order, every save on disk before it returns.

The library's recorder makes the table. Saves take turns: ids are given in the order of the commits,
so whoever follows by id falls into no gap; and what is free is known for sure, so no save has to be
tried twice for a version that another took. The turn is an advisory lock and not the library's lock
of the table, which takes a right to alter it, and under which the server could not vacuum.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.postgres import (
    PostgresApplicationRecorder,
    PostgresDatastore,
)

from adapters.event_store.mapped_log import MappedEventLog
from adapters.event_store.mapping import NEXT_FREE, STATED_BESIDES, Batch, Row
from adapters.event_store.reach import unbroken
from adapters.event_store.topics import log_shape
from adapters.postgres import (
    CONNECT_S,
    check_shape,
    connect,
    demand_safe,
    parameters,
    pool,
    refusing,
)
from domain.model.journal import journal_id
from domain.ports.stores import Journal, Notification, StoreReadOnly, StreamConflict

MOST_CONNECTIONS = 8  # one process: its writer thread and readers, which wait for cores anyway
CHANNEL = "stored_events"  # the library notifies on the name of the table
# Whoever saves has it until the commit, of which the others are told then.
TURN = f"SELECT pg_advisory_xact_lock({0x6576656E}), pg_notify('{CHANNEL}', '')"
_LAYING_OUT = 0x6769616F  # key of the advisory lock under which tables are made, once
_MOST_JOURNALS_REMEMBERED = 4096
# Larger saves go out statement by statement: what the socket does not take at once the driver's
# pipeline never sends, and waits for ever.
_MOST_PIPELINED_BYTES = 50_000
ROOM_KB = 8_000  # more than the largest save, which is a batch of the largest entries, takes
# Each statement steps into an index for each thing that it is asked for, however large the log is:
# there is one good way, found once. To plan anew costs PostgreSQL more than to save a scan.
_PLANS = {"plan_cache_mode": "force_generic_plan", "jit": "off"} | dict.fromkeys(
    ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"), "off"
)
A_PORTION = 1000  # of a journal's sequences, looked through for a gap at a time

_INSERT = f"""
INSERT INTO stored_events (originator_id, originator_version, topic, state)
SELECT stream,
       CASE version WHEN {NEXT_FREE} THEN
         row_number() OVER (PARTITION BY stream, version ORDER BY n) + coalesce(
           (SELECT max(originator_version) FROM stored_events WHERE originator_id = stream), 0)
       ELSE version END,
       topic, convert_to(state, 'UTF8')
FROM ROWS FROM (
  json_to_recordset(%s::json) AS (stream uuid, version bigint, topic text, state text)
) WITH ORDINALITY AS given (stream, version, topic, state, n)
WHERE NOT EXISTS (
  SELECT FROM json_to_recordset(%s::json) AS must_be_free (stream uuid, version bigint)
  JOIN stored_events ON originator_id = must_be_free.stream
    AND originator_version = must_be_free.version)
ORDER BY n
"""  # noqa: S608 - a number of ours
_COLUMNS = "originator_id, originator_version, topic, state"
_STREAMS = f"""
SELECT {_COLUMNS} FROM stored_events
WHERE originator_id = ANY(%b) ORDER BY originator_id, originator_version
"""  # noqa: S608 - names of ours
_VERSIONS = f"""
SELECT {_COLUMNS} FROM stored_events
JOIN unnest(%b::uuid[], %b::bigint[]) AS wanted (stream, version)
  ON originator_id = stream AND originator_version = version
"""  # noqa: S608 - as above
_NEWEST = f"""
SELECT {_COLUMNS} FROM stored_events
WHERE originator_id = %s ORDER BY originator_version DESC LIMIT 1
"""  # noqa: S608 - as above
_AFTER = f"""
SELECT originator_version FROM stored_events
WHERE originator_id = %s AND originator_version > %s
ORDER BY originator_version LIMIT {A_PORTION}
"""  # noqa: S608 - as above
_AFTER_EACH = f"""
SELECT stream, found.originator_version
FROM unnest(%b::uuid[], %b::bigint[]) AS wanted (stream, version) CROSS JOIN LATERAL (
  SELECT originator_version FROM stored_events
  WHERE originator_id = stream AND originator_version > version
  ORDER BY originator_version LIMIT {A_PORTION}) AS found
ORDER BY stream, found.originator_version
"""  # noqa: S608 - as above
_NOTED = f"""
SELECT notification_id, {_COLUMNS} FROM stored_events
WHERE notification_id > %s ORDER BY notification_id LIMIT %s
"""  # noqa: S608 - as above
_STATED = f"""
SELECT notification_id, {_COLUMNS} FROM stored_events
WHERE notification_id > %s
  AND NOT (topic = %s AND substr(state, length(state) + 1 - length(%s::bytea)) = %s::bytea)
ORDER BY notification_id LIMIT %s
"""  # noqa: S608 - as above
_NEWEST_ID = "SELECT coalesce(max(notification_id), 0) FROM stored_events"
_NEWS = """
SELECT max(notification_id), array_agg(DISTINCT split_part(topic, '.', 1))
FROM stored_events WHERE notification_id > %s
"""
# What is sorted does not fit into so little memory: it goes into a file beside the tables, which is
# gone after the statement.
_LITTLE_MEMORY = "SET LOCAL work_mem = '64kB'"
_ROOM = f"""
SELECT max(length(filler)) FROM (
  SELECT n, repeat('-', 1000) AS filler FROM generate_series(1, {ROOM_KB}) AS n
  ORDER BY n DESC OFFSET 0) AS room
"""  # noqa: S608 - a number of ours
_NEVER_CHANGED = """
CREATE FUNCTION events_are_never_changed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are never changed'; END $$;
CREATE TRIGGER stored_events_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_events
FOR EACH STATEMENT EXECUTE FUNCTION events_are_never_changed();
"""


class PostgresEventLog(MappedEventLog):
    """`EventLog` in the database of a URL; `writer=False` opens it read-only."""

    def __init__(self, url: str, *, writer: bool = True) -> None:
        super().__init__()
        demand_safe(url)
        self._url = url
        self._contiguous: dict[UUID, int] = {}  # lower bounds: a journal only grows
        with ExitStack() as opened:
            with refusing():
                self._pool = pool(
                    url, most=MOST_CONNECTIONS, writer=writer, autocommit=True, settings=_PLANS
                )
                opened.callback(self._pool.close)
                self._lay_out(url, writer=writer)
            check_shape(url, "stored_events", what="event log", known=log_shape(), writer=writer)
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Release the connections."""
        self._opened.close()

    def contiguous_seqs(self, journals: Collection[Journal]) -> Mapping[Journal, int]:
        """See `EventLog`."""
        ids = {journal: journal_id(*journal) for journal in journals}
        reach = {each: self._contiguous.pop(each, 0) for each in ids.values()}
        asked = set(reach)
        while asked:  # one statement, unless a journal is met for the first time and is long
            rows = self._rows(_AFTER_EACH, [list(asked), [reach[each] for each in asked]])
            asked = set()
            for journal, found in groupby(rows, key=itemgetter(0)):
                seqs = [seq for _, seq in found]
                reach[journal] = unbroken(seqs, reach[journal])
                if reach[journal] == seqs[-1] and len(seqs) == A_PORTION:
                    asked.add(journal)
        self._contiguous |= reach
        for _ in range(len(self._contiguous) - _MOST_JOURNALS_REMEMBERED):
            self._contiguous.pop(next(iter(self._contiguous)), None)
        return {journal: reach[each] for journal, each in ids.items()}

    def notifications(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""
        return self._noted(_NOTED, [after, limit])

    def statements(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""
        topic, end = STATED_BESIDES
        return self._noted(_STATED, [after, topic, end, end, limit])

    def newest_id(self) -> int:
        """See `EventLog`."""
        newest: int = self._rows(_NEWEST_ID, [])[0][0]
        return newest

    def news(self, *, after: int) -> tuple[int, frozenset[str]]:
        """The id of the newest event, and of which kinds those after one are."""
        [(newest, kinds)] = self._rows(_NEWS, [after])
        return newest or after, frozenset(kinds or ())

    @contextmanager
    def listening(self, *, claim: str) -> Iterator[Callable[[float], bool]]:
        """Waits so many seconds for a save, by whomever; whether there was one.

        The `claim` is executed on the connection that listens, and holds as long as that does.
        """
        with connect(self._url) as connection:
            connection.execute(claim.encode())
            connection.execute(f"LISTEN {CHANNEL}")

            def notified(seconds: float) -> bool:
                with refusing():
                    return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))

            yield notified

    def try_writing(self) -> None:
        """See `MappedEventLog`: a save of nothing, and room for what is more than any save.

        A row that is taken back would cost an id and room, and might find both where a save cannot.
        """
        with (
            refusing(),
            self._pool.connection() as connection,
            connection.transaction(force_rollback=True),
            connection.cursor() as cursor,
        ):
            cursor.execute(_INSERT, [_json([]), _json([])])
            cursor.execute(_LITTLE_MEMORY)
            cursor.execute(_ROOM)

    def checkpoint(self) -> None:
        """Nothing: the server sees to its own write-ahead log."""

    def _noted(self, statement: str, values: Sequence[Any]) -> list[Notification]:
        event = self._mapper.event
        return [
            Notification(number, event(stream, version, topic, state))
            for number, stream, version, topic, state in self._rows(statement, values)
        ]

    def _lay_out(self, url: str, *, writer: bool) -> None:
        """The table, once, whoever comes first; nobody may change or delete in it."""
        if self._rows("SELECT to_regclass('stored_events')", [])[0][0] is not None:
            return
        if not writer:
            raise StoreReadOnly
        with connect(url) as alone, closing(_datastore(url)) as store:
            alone.execute("SELECT pg_advisory_lock(%s)", [_LAYING_OUT])
            if alone.execute("SELECT to_regclass('stored_events')").fetchone() == (None,):
                recorder = PostgresApplicationRecorder(store)
                # A function that inserts without the turn: followers would fall into its gaps.
                del recorder.sql_create_statements[recorder.create_insert_function_statement_index]
                recorder.create_table()
                alone.execute(_NEVER_CHANGED)

    def _insert(self, batch: Batch) -> None:
        """Turn and rows go out together and are one transaction: a save costs one round trip.

        The rows are one text, because the driver takes longer over lists than over all else.
        """
        rows = _json(
            {"stream": stream, "version": version, "topic": topic, "state": state.decode()}
            for stream, version, topic, state in (*batch.rows, *batch.appends)
        )
        free = _json({"stream": stream, "version": version} for stream, version in batch.free)
        small = len(rows) + len(free) <= _MOST_PIPELINED_BYTES
        with (
            refusing(),
            self._pool.connection() as connection,
            connection.pipeline() if small else connection.transaction(),
        ):
            connection.execute(TURN, prepare=True)
            stored = connection.execute(_INSERT, [rows, free], prepare=True)
        if not stored.rowcount:
            raise StreamConflict

    def _streams(self, ids: Collection[UUID]) -> list[Row]:
        return self._events(_STREAMS, [list(ids)])

    def _versions(self, places: Collection[tuple[UUID, int]]) -> list[Row]:
        streams, versions = zip(*places, strict=True)
        return self._events(_VERSIONS, [list(streams), list(versions)])

    def _newest(self, stream: UUID) -> Row | None:
        return next(iter(self._events(_NEWEST, [stream])), None)

    def _portion_after(self, stream: UUID, version: int) -> list[int]:
        return [row[0] for row in self._rows(_AFTER, [stream, version])]

    def _events(self, statement: str, values: Sequence[Any]) -> list[Row]:
        return [Row(*row) for row in self._rows(statement, values)]

    def _rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with (
            refusing(),
            self._pool.connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            return cursor.execute(statement, values, prepare=True).fetchall()


def _json(records: Iterable[Mapping[str, Any]]) -> str:
    return orjson.dumps(list(records)).decode()


def _datastore(url: str) -> PostgresDatastore:
    """The library's own connections, with whatever else the URL says of them."""
    given = parameters(url)
    named = {name: given.pop(name, "") for name in ("dbname", "host", "port", "user", "password")}
    store = PostgresDatastore(**named, connect_timeout=CONNECT_S)
    # The library's own, five minutes, is for how long its waits grow: so long nobody may wait.
    store.pool.reconnect_timeout = CONNECT_S
    kwargs: dict[str, Any] = dict(store.pool.kwargs)  # type: ignore[arg-type] # it was given a dict
    store.pool.kwargs = {name: value for name, value in kwargs.items() if value != ""} | given
    return store
