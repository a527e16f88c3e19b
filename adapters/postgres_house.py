"""A house's database as a whole: made or not, and whose rights reach how far; used to make houses.

The role that owns the tables makes them and brings them to a new shape. The server may run as
another, which adds events and reads them, and which PostgreSQL itself keeps from altering one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from adapters.postgres import as_owner, connect, refusing
from adapters.postgres_doors import TABLES as DOORS
from domain.model.errors import Refusal
from domain.ports.stores import StoreNotEmpty

_FOUNDING = 0x666F756E  # key of the advisory lock of whoever makes a house
_EVENTS = "public.stored_events"
_CHANGED_AT_WILL = ("record", "token", *DOORS)  # of the vault, and who is kept out
_MADE = (
    "DROP TABLE IF EXISTS public.stored_events",
    *(f"DROP TABLE IF EXISTS public.{name}" for name in _CHANGED_AT_WILL),
    "DROP FUNCTION IF EXISTS public.events_are_never_changed",
    "DROP TYPE IF EXISTS public.stored_event_uuid",
)
_MADE_OF = (
    "SELECT obj_description(to_regclass('public.founding'), 'pg_class'), pg_try_advisory_lock(%s)"
)
_SHEETS = (
    "SELECT nspname, nspowner::regrole::text FROM pg_namespace WHERE nspname ~ '^read_[0-9]+$'"
)
_MAY_ALTER = """
SELECT has_table_privilege(role.oid, log.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
    OR pg_has_role(role.oid, log.relowner, 'MEMBER')
    OR pg_has_role(role.oid, place.nspowner, 'MEMBER')  -- whose schema it is may drop all in it
    OR pg_has_role(role.oid, whole.datdba, 'MEMBER')
FROM pg_roles role, pg_class log, pg_namespace place, pg_database whole
WHERE role.rolname = coalesce(%s, current_user) AND log.oid = %s::regclass
  AND place.oid = log.relnamespace AND whole.datname = current_database()
"""
_GUARDED = """
SELECT count(*) FROM pg_trigger
WHERE tgrelid = %s::regclass AND tgname = 'stored_events_never_changed' AND tgenabled IN ('O', 'A')
"""


class RoleAbsent(Refusal):
    """The database has no such role; values: role."""

    code = "ROLE_ABSENT"


class RoleTooMighty(Refusal):
    """The role could alter events whatever it is granted; values: role."""

    code = "ROLE_TOO_MIGHTY"


@contextmanager
def founding(url: str) -> Iterator[Callable[[str], None]]:
    """What is made in the database meanwhile stays if this ends well, and else goes again.

    Where a process was killed in the midst of it, the next one clears away what was left. What is
    yielded is told, when all is made and only has to take its place, of whose keys it is. Raises
    `StoreNotEmpty` for a database that holds a house, or in which one is being made; `NeedsOwner`.
    """
    with refusing(), connect(url) as alone:
        [(free,)] = alone.execute("SELECT pg_try_advisory_lock(%s)", [_FOUNDING]).fetchall()
        if not free or is_founded(url):
            raise StoreNotEmpty
        with as_owner("database"):
            _clear(alone)
            if _holds_something(alone):
                raise StoreNotEmpty
            alone.execute("CREATE TABLE IF NOT EXISTS public.founding ()")

        def made(keys: str) -> None:
            noting = sql.SQL("COMMENT ON TABLE public.founding IS {}")
            alone.execute(noting.format(sql.Literal(keys)))

        try:
            yield made
        except BaseException:
            _clear(alone)
            raise
        finally:
            alone.execute("DROP TABLE public.founding")


def is_founded(url: str, *, keys: Callable[[], str] | None = None) -> bool:
    """Whether a house was made in that database, to the end; what opens it has keys of that hash.

    One that was killed with nothing left to do but to say so has come to its end: so it is said.
    Raises `NeedsOwner` where only the owner of the tables can say it.
    """
    with refusing(), connect(url) as connection:
        if not _has(connection, "public.founding"):
            return _has(connection, _EVENTS)
        made = connection.execute(_MADE_OF, [_FOUNDING]).fetchone()
        if keys is None or made != (keys(), True):
            return False
        with as_owner("database"):
            connection.execute("DROP TABLE public.founding")
        return True


def give_rights(url: str, role: str) -> None:
    """Let a server run as that role; to be called as the owner.

    It may read and add events, change what is in the vault, and make sheets of its own, for which
    those of others make room. Raises `RoleAbsent`, `RoleTooMighty`.
    """
    with refusing(), connect(url) as owner, owner.transaction():
        name = sql.Identifier(role)
        if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchall():
            raise RoleAbsent(role=role)
        for statement in (
            "REVOKE ALL ON {log} FROM PUBLIC, {role}",
            "GRANT SELECT, INSERT ON {log} TO {role}",
            "GRANT USAGE ON SEQUENCE public.stored_events_notification_id_seq TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON {kept} TO {role}",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT CONNECT, CREATE ON DATABASE {database} TO {role}",
        ):
            owner.execute(
                sql.SQL(statement).format(
                    role=name,
                    log=sql.Identifier("public", "stored_events"),
                    kept=_tables(_CHANGED_AT_WILL),
                    database=sql.Identifier(owner.info.dbname),
                )
            )
        if may_alter_events(owner, role=role):
            raise RoleTooMighty(role=role)
        for schema, whose in owner.execute(_SHEETS).fetchall():
            if whose != role:
                owner.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


def may_alter_events(connection: psycopg.Connection[Any], *, role: str | None = None) -> bool:
    """Whether the role, or who is connected, could change or delete an event, or have it so."""
    row = connection.execute(_MAY_ALTER, [role, _EVENTS]).fetchone()
    return row is None or bool(row[0])


def is_guarded(connection: psycopg.Connection[Any]) -> bool:
    """Whether the trigger stands that keeps even the owner from changing an event by mistake."""
    return connection.execute(_GUARDED, [_EVENTS]).fetchone() == (1,)


def _clear(owner: psycopg.Connection[Any]) -> None:
    """What a making has left that came to nothing; nothing where it is not so marked."""
    if not _has(owner, "public.founding"):
        return
    with owner.transaction():
        for statement in _MADE:
            owner.execute(statement)
        for schema, _ in owner.execute(_SHEETS).fetchall():
            owner.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


def _holds_something(connection: psycopg.Connection[Any]) -> bool:
    """Whether there is any of what a making makes, or would clear away again: it is somebody's."""
    names = ("stored_events", *_CHANGED_AT_WILL)
    there = any(_has(connection, f"public.{name}") for name in names)
    return there or connection.execute(_SHEETS).fetchone() is not None


def _has(connection: psycopg.Connection[Any], table: str) -> bool:
    return connection.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)


def _tables(names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier("public", name) for name in names)
