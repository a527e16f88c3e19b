"""A database that holds a house: made whole or not at all, served by a role that alters nothing."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from adapters.clock import SystemClock
from adapters.event_store.postgres_log import PostgresEventLog
from adapters.postgres import NeedsOwner, check_shape
from adapters.postgres_house import (
    RoleAbsent,
    RoleTooMighty,
    give_rights,
    is_founded,
    is_guarded,
)
from adapters.postmaster import USER, Postmaster
from adapters.read_model.tables import VERSION
from adapters.whole_copy.postgres import fill, is_filled, snapshot
from api import founding
from api.backup import back_up, lay_out
from api.cli import grant
from api.cli.doctor_stores import Level, stores
from api.composition import House, open_house
from api.data_dir import NotAHouse
from api.databases import DATABASE_URL, NotOnPostgres
from api.founding import bring_up_to_date, create_house
from api.moving import move
from domain.ports.stores import StoreNotEmpty
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import Registration

PATIENCE_S = 60
KILLED = """
import os, sys
from pathlib import Path
from api import founding
founding._desk_station = lambda house: os._exit(9)
founding.create_house(Path(sys.argv[1]))
"""
PASSPHRASE = "một con đường dài"  # noqa: S105 - of a test
KILLED_IN_ITS_RESTORE = f"""
import os, sys
from pathlib import Path
from api import backup
Path.rename = lambda *_: os._exit(9)
copy, new = map(Path, sys.argv[1:])
backup.lay_out(copy, new, passphrase={PASSPHRASE!r}, now_us=1, told=lambda *_: None)
"""


@pytest.fixture
def empty(postmaster: Postmaster, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database without any house."""
    _databases.append(name := f"bare{len(_databases)}")
    monkeypatch.setenv(DATABASE_URL, made := postmaster.new_database(name))
    return made


_databases: list[str] = []  # names given out; they go with the server


@pytest.fixture
def role(postmaster: Postmaster) -> str:
    """A role that may sign in and nothing else; it goes with the server."""
    _roles.append(name := f"server{len(_roles)}")
    with psycopg.connect(postmaster.url(), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {name} LOGIN")
    return name


_roles: list[str] = []


@pytest.fixture
def served(url: str, role: str, on_postgres: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The sample centre, as a server sees it that runs as the role."""
    give_rights(url, role)
    monkeypatch.setenv(DATABASE_URL, as_role(url, role))
    return open_house(on_postgres)


def as_role(url: str, role: str) -> str:
    return url.replace(f"//{USER}@", f"//{role}@")


def objects(url: str) -> set[str]:
    """What stands in the database besides what every one has."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"
            " UNION SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_|public)'"
        )
        return {name for (name,) in found}


def register(house: House) -> str:
    clerk = house.reference.people()["cb01"].as_actor()
    binh = ApplicantData(name="Nguyễn Văn Bình", phone="0912345678")
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=binh)
    done = house.write(lambda: house.register_dossier(given, actor=clerk))
    return done.result(PATIENCE_S).label


def test_a_house_that_could_not_be_made_leaves_the_database_as_it_was(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(founding, "_desk_station", lambda _house: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            create_house(tmp_path / "data")
    assert objects(empty) == set()
    assert not (tmp_path / "data").exists()


def test_what_another_has_put_into_a_database_is_not_built_upon_nor_cleared_away(
    empty: str, tmp_path: Path
) -> None:
    with psycopg.connect(empty, autocommit=True) as other:
        other.execute("CREATE TABLE public.token (said text)")
        theirs = objects(empty)
        with pytest.raises(StoreNotEmpty):
            create_house(tmp_path / "data")
        assert objects(empty) == theirs


def test_what_a_killed_making_has_left_is_no_house_and_the_next_one_clears_it_away(
    empty: str, tmp_path: Path
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "data")], check=False, timeout=PATIENCE_S
    )
    assert killed.returncode == 9
    assert "stored_events" in objects(empty)
    (tmp_path / "data" / "keys").mkdir(parents=True)
    with pytest.raises(NotAHouse):
        open_house(tmp_path / "data")
    create_house(tmp_path / "centre")
    assert "founding" not in objects(empty)
    with pytest.raises(StoreNotEmpty):
        create_house(tmp_path / "another")
    with closing(open_house(tmp_path / "centre")) as house:
        assert list(house.reference.people()) == [founding.FIRST_ADMIN]


def test_a_copy_put_where_a_making_was_killed_is_a_house_and_is_not_cleared_away(
    url: str, empty: str
) -> None:
    PostgresEventLog(empty).close()
    with psycopg.connect(empty, autocommit=True) as owner:
        owner.execute("CREATE TABLE founding ()")
    assert not is_founded(empty)
    with snapshot(url) as rows:
        fill(empty, rows, lambda *_: None)
        assert is_filled(empty, rows)
    assert is_founded(empty)


@pytest.fixture
def copy(on_postgres: Path, tmp_path: Path) -> Path:
    """A backup of the sample centre, as whoever the setting names takes it."""
    now_us = SystemClock().now_us()
    back_up(on_postgres, tmp_path / "copy", passphrase=PASSPHRASE, now_us=now_us, told=untold)
    return tmp_path / "copy"


def untold(*_: object) -> None:
    pass


def test_what_a_killed_restore_has_filled_is_cleared_away_by_the_next(
    copy: Path, empty: str, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", KILLED_IN_ITS_RESTORE, str(copy), str(tmp_path / "new")]
    assert subprocess.run(words, check=False, timeout=PATIENCE_S).returncode == 9
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT count(*) FROM stored_events").fetchone() != (0,)
    assert not is_founded(empty)
    now_us = SystemClock().now_us()
    lay_out(copy, tmp_path / "new", passphrase=PASSPHRASE, now_us=now_us, told=untold)
    with closing(open_house(tmp_path / "new")) as house:
        assert "TTHC" in house.reference.offices()
    with pytest.raises(StoreNotEmpty):
        lay_out(copy, tmp_path / "newer", passphrase=PASSPHRASE, now_us=now_us, told=untold)


KILLED_AT_THE_END = """
import os, sys
from pathlib import Path
rename = Path.rename
Path.rename = lambda *paths: (rename(*paths), os._exit(9))
"""
INIT = "from api.founding import create_house; create_house(Path(sys.argv[2]), with_sample=True)"
RESTORE = f"""
from api.backup import lay_out
copy, new = map(Path, sys.argv[1:])
lay_out(copy, new, passphrase={PASSPHRASE!r}, now_us=1, told=lambda *_: None)
"""


@pytest.mark.parametrize("making", [INIT, RESTORE])
def test_a_making_that_was_killed_at_its_very_end_is_finished_when_the_house_is_opened(
    copy: Path, empty: str, tmp_path: Path, role: str, making: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, killed = tmp_path / "new", KILLED_AT_THE_END + making
    words = [sys.executable, "-c", killed, str(copy), str(new)]
    assert subprocess.run(words, check=False, timeout=PATIENCE_S).returncode == 9
    assert "founding" in objects(empty)
    assert not is_founded(empty)
    (tmp_path / "stranger" / "keys").mkdir(parents=True)
    (tmp_path / "stranger" / "keys" / "session.key").write_bytes(bytes(32))
    with pytest.raises(NotAHouse):
        open_house(tmp_path / "stranger")
    with monkeypatch.context() as served:
        served.setenv(DATABASE_URL, as_role(empty, role))
        with pytest.raises(NeedsOwner):
            open_house(new)
    with closing(open_house(new)) as house:
        assert "TTHC" in house.reference.offices()
    assert is_founded(empty)


def test_the_serving_role_takes_a_backup_and_only_an_owner_restores_or_moves(
    served: House, url: str, empty: str, role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(served):
        label = register(served)
    monkeypatch.setenv(DATABASE_URL, as_role(url, role))
    now_us = SystemClock().now_us()
    copy, new = tmp_path / "copy", tmp_path / "new"
    back_up(tmp_path / "data", copy, passphrase=PASSPHRASE, now_us=now_us, told=untold)

    monkeypatch.setenv(DATABASE_URL, as_role(empty, role))
    with pytest.raises(NeedsOwner):
        lay_out(copy, new, passphrase=PASSPHRASE, now_us=now_us, told=untold)
    assert not new.exists()
    monkeypatch.delenv(DATABASE_URL)
    create_house(tmp_path / "files")
    with pytest.raises(NeedsOwner):
        move(tmp_path / "files", as_role(empty, role), told=untold, built=untold)
    assert objects(empty) == set()
    open_house(tmp_path / "files").close()

    monkeypatch.setenv(DATABASE_URL, empty)
    lay_out(copy, new, passphrase=PASSPHRASE, now_us=now_us, told=untold)
    granted = CliRunner().invoke(grant.app, [role, "--data", str(new)])
    assert granted.exit_code == 0, granted.output
    monkeypatch.setenv(DATABASE_URL, as_role(empty, role))
    with closing(open_house(new)) as house:
        assert house.views.dossier(label, now_us=now_us).row.holder == "TTHC"
        register(house)


def test_postgresql_itself_keeps_the_serving_role_from_altering_an_event(
    served: House, url: str, role: str
) -> None:
    with closing(served) as house:
        label = register(house)
        assert house.views.dossier(label, now_us=house.clock.now_us()).row.holder == "TTHC"
        assert house.vault.search("Bình")
        before = house.log.newest_id()
        with psycopg.connect(as_role(url, role), autocommit=True) as thief:
            for statement in ALTERING:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    thief.execute(statement)
        assert house.log.newest_id() == before


ALTERING = [
    "UPDATE public.stored_events SET state = ''",
    "DELETE FROM public.stored_events",
    "TRUNCATE public.stored_events",
    "DO 'BEGIN LOCK TABLE public.stored_events IN EXCLUSIVE MODE; END'",
    "ALTER TABLE public.stored_events ALTER state SET DEFAULT ''",
    "ALTER TABLE public.stored_events DISABLE TRIGGER ALL",
    "DROP TRIGGER stored_events_never_changed ON public.stored_events",
    "CREATE RULE quietly AS ON INSERT TO public.stored_events DO INSTEAD NOTHING",
    "DROP TABLE public.stored_events",
    "SET session_replication_role = replica",
    f"SET ROLE {USER}",
]


def test_a_role_that_could_alter_events_all_the_same_is_not_made_the_servers(
    url: str, role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RoleAbsent):
        give_rights(url, "nobody_here")
    with pytest.raises(RoleTooMighty):
        give_rights(url, USER)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"GRANT {USER} TO {role}")
        with pytest.raises(RoleTooMighty):
            give_rights(url, role)
        owner.execute(f"REVOKE {USER} FROM {role}")
        database = sql.Identifier(owner.info.dbname)
        for whose in ("DATABASE {database}", "SCHEMA public"):
            named = sql.SQL(whose).format(database=database)
            owner.execute(sql.SQL("ALTER {} OWNER TO {}").format(named, sql.Identifier(role)))
            with pytest.raises(RoleTooMighty):
                give_rights(url, role)
            owner.execute(sql.SQL("ALTER {} OWNER TO {}").format(named, sql.Identifier(USER)))
    monkeypatch.delenv(DATABASE_URL)
    with pytest.raises(NotOnPostgres):
        create_house(tmp_path / "files", role=role)
    assert not (tmp_path / "files").exists()


def test_a_house_is_made_for_a_role_or_not_at_all(empty: str, role: str, tmp_path: Path) -> None:
    with pytest.raises(RoleAbsent):
        create_house(tmp_path / "data", role="nobody_here")
    assert objects(empty) == set()
    create_house(tmp_path / "data", role=role)
    assert f"read_{VERSION}" not in objects(empty)  # whoever serves makes sheets of its own
    with psycopg.connect(as_role(empty, role)) as server:
        assert server.execute("SELECT count(*) FROM stored_events").fetchone() != (0,)


def test_what_only_the_owner_can_bring_to_a_new_shape_is_told_to_the_server(
    served: House, url: str, role: str, on_postgres: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.close()
    with pytest.raises(NeedsOwner):
        check_shape(as_role(url, role), "stored_events", what="event log", known=99, writer=True)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("COMMENT ON TABLE stored_events IS '0'")
    with pytest.raises(NeedsOwner):
        open_house(on_postgres)
    with monkeypatch.context() as as_owner:
        as_owner.setenv(DATABASE_URL, url)
        bring_up_to_date(on_postgres)
    open_house(on_postgres).close()


def test_the_doctor_tells_whether_the_server_could_alter_events(
    served: House, url: str, on_postgres: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.close()
    assert findings(on_postgres, "alter events") == [Level.GOOD]
    assert findings(on_postgres, "read model: shape") == [Level.GOOD]
    monkeypatch.setenv(DATABASE_URL, url)
    assert findings(on_postgres, "alter events") == [Level.NOTE]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"DROP SCHEMA read_{VERSION} CASCADE")
        assert findings(on_postgres, "read model: shape") == [Level.NOTE]
        assert is_guarded(owner)
        owner.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")
        assert findings(on_postgres, "alter events") == [Level.BAD]


def findings(data: Path, words: str) -> list[Level]:
    """How the doctor finds what its English line names so."""
    return [each.level for each in stores(data) if words in each.en]
