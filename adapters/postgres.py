"""How a PostgreSQL is reached and what its errors mean; used by log, read model and vault on it.

Every connection is opened from one libpq URL and checked: a server that may lose what it has
acknowledged is not worked on.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from domain.model.errors import Refusal
from domain.ports.stores import (
    DiskFull,
    StoreReadOnly,
    StoreUnreachable,
    StreamConflict,
    UnsafeStore,
    demand_known,
)

CONNECT_S = 5
LOCK_S = 5  # a save waits for those before it; longer means that one of them hangs
_NOTING = 0x73686170  # key of the advisory lock under which shapes are noted
LEAST_VERSION = 150_000  # PostgreSQL 15, as the server tells it
# Switches of the event library under which followers lose events (its database functions), refused
# although nothing here reads them: whoever has set one expects something that is not so.
UNSAFE_SWITCHES = ("POSTGRES_ENABLE_DB_FUNCTIONS",)
_NO_SETTINGS: Mapping[str, str] = {}
_OFF = {"", "0", "f", "false", "n", "no", "off"}
_SAFE = {"fsync": {"on"}, "full_page_writes": {"on"}, "server_encoding": {"UTF8"}} | {
    "synchronous_commit": {"on", "local", "remote_write", "remote_apply"}
}


class NeedsOwner(Refusal):
    """A table is to be made or brought to a new shape, by whoever owns the others; values: what."""

    code = "NEEDS_OWNER"


def parameters(
    url: str, *, read_only: bool = False, settings: Mapping[str, str] = _NO_SETTINGS
) -> dict[str, Any]:
    """A URL as keyword arguments of psycopg; raises `UnsafeStore` for what is no URL of one.

    `settings`: further ones of the server, for each connection.
    """
    try:
        given: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise UnsafeStore(what="GIAONHAN_DATABASE_URL", found="?") from error
    given.setdefault("connect_timeout", CONNECT_S)
    given.setdefault("application_name", "giaonhan")
    # Literals without a time zone and numbers must read the same whoever set up the server.
    options = [given.get("options", ""), "-c TimeZone=UTC", f"-c lock_timeout={LOCK_S}s"]
    options += [f"-c {name}={value}" for name, value in settings.items()]
    if read_only:
        options.append("-c default_transaction_read_only=on")
    return given | {"options": " ".join(filter(None, options))}


def connect(url: str, *, read_only: bool = False) -> psycopg.Connection[Any]:
    """A connection of one's own in autocommit; raises `StoreUnreachable`."""
    with refusing():
        return psycopg.connect(**parameters(url, read_only=read_only), autocommit=True)


def pool(
    url: str,
    *,
    most: int,
    writer: bool,
    autocommit: bool = False,
    settings: Mapping[str, str] = _NO_SETTINGS,
) -> ConnectionPool:
    """Up to `most` connections, each looked at before it is lent; `writer=False`: read-only."""
    return ConnectionPool(
        kwargs=parameters(url, read_only=not writer, settings=settings)
        | {"autocommit": autocommit},
        min_size=1,
        max_size=most,
        timeout=CONNECT_S,
        reconnect_timeout=CONNECT_S,
        check=_still_open,
        open=True,
    )


def _still_open(connection: psycopg.Connection[Any]) -> None:
    """Raise for a connection that its server has ended, without a question to the server.

    What ended while nobody used it has its end in our socket: the server's last words, if it had
    any, and then nothing more for ever. Asking would cost as much as what is going to be asked.
    """
    for _ in ("last words", "end"):
        connection.pgconn.consume_input()


def make_once(
    url: str, table: str, by: LiteralString, *, what: str, key: int, writer: bool
) -> None:
    """Execute `by`, which makes `table`, unless it stands; `key` is an advisory lock's.

    Raises `StoreReadOnly` where only a writer may, `NeedsOwner`.
    """
    with refusing(), connect(url) as alone:
        if alone.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
            if not writer:
                raise StoreReadOnly
            alone.execute("SELECT pg_advisory_lock(%s)", [key])
            with as_owner(what):
                alone.execute(by)


def demand_safe(url: str) -> None:
    """Raise `UnsafeStore` for a server, or a switch, with which acknowledged events may be lost."""
    for name in UNSAFE_SWITCHES:
        if os.environ.get(name, "").strip().lower() not in _OFF:
            raise UnsafeStore(what=name, found=os.environ[name])
    with refusing(), connect(url) as connection:
        if connection.info.server_version < LEAST_VERSION:
            raise UnsafeStore(what="server_version", found=str(connection.info.server_version))
        for name, safe in _SAFE.items():
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            if row is None or row[0] not in safe:
                raise UnsafeStore(what=name, found=str(row and row[0]))


def check_shape(url: str, table: str, *, what: str, known: int, writer: bool) -> None:
    """Refuse a table whose comment names a shape unknown to us; else note ours on it.

    Raises `MadeByNewer`.
    """
    with refusing(), connect(url) as alone:
        alone.execute("SELECT pg_advisory_lock(%s)", [_NOTING])
        asked = "SELECT coalesce(obj_description(to_regclass(%s), 'pg_class'), '0')"
        row = alone.execute(asked, [table]).fetchone()
        found = int(row[0]) if row is not None and row[0].isdecimal() else 0
        demand_known(what, found=found, known=known)
        if writer and found < known:
            noting = sql.SQL("COMMENT ON TABLE {} IS {}")
            with as_owner(what):
                alone.execute(noting.format(sql.Identifier(table), sql.Literal(str(known))))


@contextmanager
def as_owner(what: str) -> Iterator[None]:
    """Where only the owner of the tables may go on, tell so; raises `NeedsOwner`."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise NeedsOwner(what=what) from error


@contextmanager
def refusing() -> Iterator[None]:
    """Tell the driver's errors, also as a library wraps them, as refusals."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        if (refusal := refusal_for(error)) is None:
            raise
        raise refusal from error


def refusal_for(error: BaseException | None) -> Refusal | None:
    """What an error means to whoever waits; None for our own mistakes."""
    while error is not None and not isinstance(error, psycopg.Error):
        error = getattr(error, "orig", None) or error.__cause__
    match error:
        case errors.UniqueViolation():
            return StreamConflict()
        case errors.DiskFull():
            return DiskFull()
        case errors.ReadOnlySqlTransaction() | errors.InsufficientPrivilege():
            return StoreReadOnly()
        case errors.UndefinedTable() | errors.UndefinedColumn() | errors.UndefinedFunction():
            return None
        case psycopg.OperationalError() | psycopg.InterfaceError():
            # Also locks waited for in vain and deadlocks: nothing was written, or nobody knows.
            waited = isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected)
            return StoreUnreachable(why="others are at work" if waited else "no connection")
    return None
