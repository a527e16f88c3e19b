"""A program that is older than what it finds leaves it alone, and says so in plain words."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.event_store.postgres_log import PostgresEventLog
from adapters.event_store.topics import log_shape
from adapters.postgres import connect
from adapters.read_model.tables import VERSION
from adapters.vault import sql_vault
from api.composition import open_house
from api.errors import told
from api.founding import create_house
from domain.ports.stores import MadeByNewer

NEWER = {
    "event log": ("giaonhan.db", f"PRAGMA user_version={log_shape() + 1}"),
    "vault": ("vault.db", f"PRAGMA user_version={sql_vault.SHAPE + 1}"),
    "read model": ("giaonhan.db", f"UPDATE progress SET version={VERSION + 1}"),  # noqa: S608 - ours
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = Path(tmp_path_factory.mktemp("newer")) / "data"
    create_house(data)
    return data


@pytest.fixture
def stores(data: Path) -> Iterator[Path]:
    """The files, put back as they were."""
    kept = {file: file.read_bytes() for file in data.glob("*.db")}
    yield data
    for file in data.glob("*.db*"):
        file.unlink()
    for file, content in kept.items():
        file.write_bytes(content)


def asked(file: Path, statement: str) -> object:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        row = connection.execute(statement).fetchone()
        return row and row[0]


@pytest.mark.parametrize("what", NEWER)
def test_what_a_newer_program_wrote_is_not_opened_and_not_touched(stores: Path, what: str) -> None:
    name, statement = NEWER[what]
    asked(stores / name, statement)
    events = asked(stores / "giaonhan.db", "SELECT count(*) FROM stored_events")
    with pytest.raises(MadeByNewer) as refused:
        open_house(stores)
    assert refused.value.values["what"] == what
    assert f"the {what} (shape" in told(refused.value).en
    assert asked(stores / "giaonhan.db", "SELECT count(*) FROM stored_events") == events
    if what != "read model":  # which a command that only looks never makes nor changes
        with pytest.raises(MadeByNewer):
            open_house(stores, writer=False)


def test_what_an_older_program_wrote_is_opened_and_noted_as_ours(stores: Path) -> None:
    for name in ("giaonhan.db", "vault.db"):
        asked(stores / name, "PRAGMA user_version=0")
    open_house(stores).close()
    assert asked(stores / "giaonhan.db", "PRAGMA user_version") == log_shape()
    assert asked(stores / "vault.db", "PRAGMA user_version") == sql_vault.SHAPE


def test_a_newer_log_in_postgresql_is_not_opened_either(postgres_url: str) -> None:
    PostgresEventLog(postgres_url).close()
    with connect(postgres_url) as connection:
        noted = "SELECT obj_description('stored_events'::regclass, 'pg_class')"
        assert connection.execute(noted).fetchone() == (str(log_shape()),)
        connection.execute("COMMENT ON TABLE stored_events IS '9999'")
    for writer in (True, False):
        with pytest.raises(MadeByNewer):
            PostgresEventLog(postgres_url, writer=writer)
