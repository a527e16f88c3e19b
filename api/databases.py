"""Where a house keeps its events, sheets and vault: files beside its keys, or one PostgreSQL.

One setting chooses, for every command alike; the keys stay in the data directory.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from adapters.event_store.mapped_log import MappedEventLog
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.read_model.engine import Source
from adapters.vault.sql_vault import SqlVault
from adapters.vault.sqlite_vault import SqliteVault
from domain.model.errors import Refusal
from domain.ports.clock import Entropy
from domain.ports.stores import StoreUnreachable

DATABASE, VAULT, KEYS = "giaonhan.db", "vault.db", "keys"
DATABASE_URL = "GIAONHAN_DATABASE_URL"
MOVED = "moved-to-postgresql"  # a file that says when


class HouseMoved(Refusal):
    """Its files are left behind: what they would take in now nobody would find; values: file."""

    code = "HOUSE_MOVED"


class NotOnPostgres(Refusal):
    """What only a house on PostgreSQL can do; values: setting."""

    code = "NOT_ON_POSTGRES"


def source_of(data_dir: Path) -> Source:
    """The URL of the setting, else the file in the directory.

    Raises `StoreUnreachable`, `HouseMoved`.
    """
    url = os.environ.get(DATABASE_URL, "").strip()
    if url and find_spec("psycopg") is None:
        raise StoreUnreachable(why="pip install 'giaonhan[postgres]'")
    if not url and (data_dir / MOVED).exists():
        raise HouseMoved(file=str(data_dir / MOVED))
    return url or data_dir / DATABASE


def is_house(data_dir: Path, source: Source | None = None) -> bool:
    """Whether it was made, to the end.

    Raises what `source_of` does, `StoreUnreachable`, `UnsafeStore`, and `NeedsOwner` where a
    making was killed just before its end.
    """
    source = source or source_of(data_dir)
    if isinstance(source, Path):
        return source.is_file()
    from adapters.postgres_house import is_founded

    return (data_dir / KEYS).is_dir() and is_founded(source, keys=partial(hash_of_keys, data_dir))


def hash_of_keys(data_dir: Path) -> str:
    """Of all keys there together: by it a database's making knows the directory that it is of."""
    keys = sorted((data_dir / KEYS).iterdir())
    return sha256(b"".join(key.read_bytes() for key in keys)).hexdigest()


def founding_in(source: Source) -> AbstractContextManager[Callable[[str], None]]:
    """A database keeps what is made in it meanwhile if that ends well; raises `StoreNotEmpty`.

    What it gives is to be told the `hash_of_keys` before the directory takes its place. A file goes
    with its directory.
    """
    if isinstance(source, Path):
        return nullcontext(lambda _keys: None)
    from adapters.postgres_house import founding

    return founding(source)


def serve_as(source: Source, role: str) -> None:
    """Give a role of the database the rights of a server; raises `NotOnPostgres`, `Role…`."""
    if isinstance(source, Path):
        raise NotOnPostgres(setting=DATABASE_URL)
    from adapters.postgres_house import give_rights

    give_rights(source, role)


def open_stores(
    source: Source, *, key: bytes, entropy: Entropy, writer: bool
) -> tuple[MappedEventLog, SqlVault]:
    """Log and vault, to be closed by the caller; the latter belongs to the key."""
    if isinstance(source, str):
        from adapters.event_store.postgres_log import PostgresEventLog
        from adapters.vault.postgres_vault import PostgresVault

        log: MappedEventLog = PostgresEventLog(source, writer=writer)
        open_vault: Callable[..., SqlVault] = partial(PostgresVault, source)
    else:
        log = SqliteEventLog(source, writer=writer)
        open_vault = partial(SqliteVault, source.with_name(VAULT))
    try:
        return log, open_vault(key=key, entropy=entropy, writer=writer)
    except BaseException:
        log.close()
        raise
