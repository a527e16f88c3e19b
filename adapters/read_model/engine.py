"""Connections to the database of events and read model; used by the projection and the queries.

A path is a SQLite file: one connection writes, on the one writer thread; every other is opened
read-only, and transactions are begun by us, because the driver would begin them late and not at all
before a change of tables. A text is the URL of a PostgreSQL, where any number of processes write;
there each version of the tables has a schema of its own, so that two versions of this program serve
side by side.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Delete,
    Engine,
    FromClause,
    Insert,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import PoolProxiedConnection, QueuePool, StaticPool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.read_model.tables import VERSION
from domain.ports.stores import StoreUnreachable

Source = Path | str  # a SQLite file, or a PostgreSQL's URL

MOST_READERS = 8  # more would wait for the two cores anyway
_MOST_WRITERS = 4  # of one process: the writer thread, its follower, a rebuild with its lock
_BUSY_MS = 5_000  # a checkpoint may hold the file for so long
_KINDS: dict[type[Any], str] = {Text: "text", Boolean: "bool"} | dict.fromkeys(
    (BigInteger, Integer), "int8"
)
_ALONE = 0x726D6F64  # advisory locks, one a version: under it tables are made and swapped,
_IN_USE = 0x72647573  # and under this one, shared by whoever serves from them, they are not dropped
_SCHEMA = "read_"  # and the version
_STAND = f"SELECT substr(nspname, 6) FROM pg_namespace WHERE nspname ~ '^{_SCHEMA}[0-9]{{1,9}}$'"  # noqa: S608
_SWEEP_WAITS_MS = 200  # a reader that would be in the way goes first
_PASSING_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }
)
# Connection, rollback, resources, locks, administrator; and a standby that may only be read.
_PASSING_STATES = ("08", "40", "53", "55", "57", "25006")


def write_engine(source: Source) -> Engine:
    """For the writer thread: every commit on disk before it returns."""
    if isinstance(source, str):
        return _postgres(source, pool_size=_MOST_WRITERS)
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(f"{source.absolute().as_uri()}"),
        poolclass=StaticPool,
        hide_parameters=True,  # an error's text ends up in the log: no label, no code
    )
    _begin_with(engine, "BEGIN IMMEDIATE")
    return engine


def read_engine(source: Source) -> Engine:
    """Read-only connections, each answer from one snapshot."""
    if isinstance(source, str):
        engine = _postgres(
            source, pool_size=MOST_READERS, read_only=True, isolation_level="REPEATABLE READ"
        )
        _refuse_while_away(engine)
        return engine
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(f"{source.absolute().as_uri()}?mode=ro"),
        poolclass=QueuePool,
        pool_size=MOST_READERS,
        max_overflow=0,
        hide_parameters=True,
    )
    _begin_with(engine, "BEGIN")
    return engine


def on_postgres(of: Engine | Connection) -> bool:
    """Whether it is a PostgreSQL."""
    return of.dialect.name == "postgresql"


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Let no other process make or swap tables meanwhile; a file has but one writer anyway."""
    if not on_postgres(engine):
        yield
        return
    with engine.connect() as connection:
        key = {"key": _ALONE, "version": _version(engine)}
        connection.execute(text("SELECT pg_advisory_lock(:key, :version)"), key)
        connection.commit()  # the lock stays, and no old snapshot holds up the server's cleaning
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key, :version)"), key)
            connection.commit()


def lay_out(engine: Engine, metadata: MetaData) -> None:
    """Make those of the tables that are not there; `alone`."""
    if on_postgres(engine):
        with engine.begin() as connection:
            # Asked first: "if not exists" wants the right to make one even where it exists.
            if connection.execute(text("SELECT current_schema()")).scalar() is None:
                connection.execute(text(f"CREATE SCHEMA {_SCHEMA}{_version(engine)}"))
    metadata.create_all(engine)


def claim(engine: Engine) -> str:
    """What keeps this version's tables while the connection stands on which it is executed."""
    return f"SELECT pg_advisory_lock_shared({_IN_USE}, {_version(engine)})"


def sweep(engine: Engine, unused: Collection[int]) -> frozenset[int]:
    """The older versions on a PostgreSQL whose tables nobody uses now.

    Those that were `unused` at an earlier look already are dropped: a process that has only lost
    its connection claims its tables again in a moment.
    """
    with engine.connect() as connection:
        stand = connection.exec_driver_sql(_STAND).scalars()
        older = [int(version) for version in stand if int(version) < _version(engine)]
    return frozenset(
        version for version in older if _swept(engine, version, drop=version in unused)
    )


def sheets_in(connection: Any) -> frozenset[int]:
    """The versions of which there are tables, by a connection of the driver's own."""
    return frozenset(int(version) for (version,) in connection.execute(_STAND).fetchall())


def _swept(engine: Engine, version: int, *, drop: bool) -> bool:
    """Whether nobody uses that version."""
    with engine.begin() as connection:
        for key in (_IN_USE, _ALONE):
            free = text("SELECT pg_try_advisory_xact_lock(:key, :version)")
            if not connection.execute(free, {"key": key, "version": version}).scalar():
                return False
        if drop:
            connection.execute(text(f"SET LOCAL lock_timeout = '{_SWEEP_WAITS_MS}ms'"))
            connection.execute(text(f"DROP SCHEMA {_SCHEMA}{version} CASCADE"))
        return True


def _version(engine: Engine) -> int:
    version: int = engine.get_execution_options()["version"]
    return version


def passes(error: Exception) -> bool:
    """Whether an error is nobody's mistake and over when the disk, or the server, is well again."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_PASSING_STATES)
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # the extended code's family
    return code in _PASSING_CODES or error.connection_invalidated


class _Among(FunctionElement[bool]):
    """Compiled below, for each engine in the words that find an index."""

    type = Boolean()
    name = "among"
    inherit_cache = True

    def self_group(self, against: object = None) -> Self:  # noqa: ARG002 - as the library calls it
        """Itself: SQLAlchemy would add `= 1` for SQLite, which then looks into no index."""
        return self


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, wanted = (compiler.process(each, **kw) for each in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({wanted})))"  # noqa: S608 - no value in it


@compiles(_Among, "postgresql")
def _among_postgres(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, wanted = (compiler.process(each, **kw) for each in element.clauses)
    whole = isinstance(next(iter(element.clauses)).type, Integer | BigInteger)
    found = f"json_array_elements_text(CAST({wanted} AS json)){'::bigint' if whole else ''}"
    return f"({column} = ANY (ARRAY(SELECT {found})))"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column is in the list given as parameter `name`, made by `listed`.

    One parameter however long the list is, so the statement is prepared once and has no limit.
    """
    return _Among(column, bindparam(name, type_=postgresql.TEXT()))


def listed(values: Any) -> str:
    """A collection of words or whole numbers as the parameter of `among`."""
    return orjson.dumps(list(values)).decode()


def in_one(deletes: Sequence[Delete]) -> Callable[[Connection, Mapping[str, Any]], None]:
    """Executes them with the same parameters: on PostgreSQL in one statement."""
    first, *others = deletes
    as_one = first.add_cte(*(each.cte(f"gone_{n}") for n, each in enumerate(others)))

    def execute(connection: Connection, told: Mapping[str, Any]) -> None:
        for statement in [as_one] if on_postgres(connection) else deletes:
            connection.execute(statement, told)

    return execute


def upsert(table: Table) -> postgresql.Insert:
    """An insert with `on_conflict_do_update`, which both engines write alike."""
    return postgresql.insert(table)


def unless_there(table: Table) -> postgresql.Insert:
    """An insert that leaves a row with the same key as it is."""
    return upsert(table).on_conflict_do_nothing()


def add_rows(connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; thousands of them without a step for each.

    On PostgreSQL they go by COPY, which costs a tenth of lists as parameters even for three rows.
    On SQLite they go to the driver as they are: the library would look at every value, and no type
    of ours is another there.
    """
    columns = list(rows[0])
    values = itemgetter(*columns)
    _add(connection, statement.table, columns, [values(row) for row in rows])


def add_tuples(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert thousands of rows, the columns as they are declared."""
    _add(connection, table, [column.name for column in table.columns], rows)


def _add(
    connection: Connection,
    table: FromClause,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    if not on_postgres(connection):
        _insert(connection, table, columns, rows)
        return
    into = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    with _driver(connection).cursor() as cursor, cursor.copy(into) as copy:
        copy.set_types(_kinds(table, columns))
        for row in rows:
            copy.write_row(row)


def add_missing(connection: Connection, table: Table, rows: Collection[tuple[Any, ...]]) -> None:
    """Insert what is not there under the same key, the columns as they are declared."""
    columns = [column.name for column in table.columns]
    if not on_postgres(connection):
        _insert(connection, table, columns, rows, "OR IGNORE ")
        return
    lists = _lists(table, columns)
    told = f"INSERT INTO {table} SELECT * FROM unnest({lists}) ON CONFLICT DO NOTHING"  # noqa: S608
    with _driver(connection).cursor() as cursor:
        cursor.execute(told, [list(column) for column in zip(*rows, strict=True)])


def _insert(
    connection: Connection,
    table: FromClause,
    columns: Sequence[str],
    rows: Collection[tuple[Any, ...]],
    how: str = "",
) -> None:
    marks = ", ".join("?" * len(columns))
    told = f"INSERT {how}INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names
    connection.exec_driver_sql(told, list(rows))


def _lists(table: FromClause, columns: Iterable[str]) -> str:
    """Markers of a list for each column; in binary form, as the text of one is looked through."""
    return ", ".join(f"%b::{kind}[]" for kind in _kinds(table, columns))


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _kinds(table: FromClause, columns: Iterable[str]) -> list[str]:
    return [_KINDS[type(table.c[name].type)] for name in columns]


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=0")  # the event store's connection checkpoints
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def _postgres(url: str, *, pool_size: int, read_only: bool = False, **more: Any) -> Engine:
    import psycopg

    from adapters.postgres import CONNECT_S, parameters

    given = parameters(url, read_only=read_only)
    given["options"] += " -c jit=off"  # it would cost our short statements more than it saves
    given["options"] += f" -c search_path={_SCHEMA}{VERSION}"
    return create_engine(
        "postgresql+psycopg://",
        execution_options={"version": VERSION},
        creator=lambda: psycopg.connect(**given),
        poolclass=_Patient,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        **more,
    )


def _refuse_while_away(engine: Engine) -> None:
    """Whoever reads is told that the database is away, or busy, as whoever writes is."""
    from adapters.postgres import refusal_for

    @event.listens_for(engine, "handle_error")
    def _refuse(context: ExceptionContext) -> None:
        if (refusal := refusal_for(context.original_exception)) is not None:
            raise refusal from context.original_exception


class _Patient(QueuePool):
    """The library's pool; one that stays empty is a refusal too."""

    def connect(self) -> PoolProxiedConnection:
        """See `Pool`."""
        try:
            return super().connect()
        except NoneFree as error:
            raise StoreUnreachable(why="readers") from error


def _begin_with(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(statement)
