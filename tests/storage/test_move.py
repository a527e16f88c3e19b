"""A house of files is brought into a PostgreSQL by one command, and nothing of it is lost."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.postgres import connect
from adapters.postmaster import Postmaster
from adapters.read_model.dump import digest_at
from adapters.vault import postgres_vault
from api import moving
from api.auth import read_session, session_token
from api.composition import House, open_house
from api.data_dir import SESSION_KEY
from api.databases import DATABASE, DATABASE_URL, KEYS, VAULT, HouseMoved
from api.doors import digest_of
from api.moving import MoveDiffers, move
from domain.model.instants import DAY_US
from domain.model.policy import Actor, Role
from domain.ports.stores import DirectoryLocked, StoreNotEmpty
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import Registration

CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))


@pytest.fixture
def url(postmaster: Postmaster) -> str:
    return postmaster.new_database(f"new_home{next(_numbers)}")


_numbers = iter(range(1_000))


def moved(data: Path, url: str) -> moving.Moved:
    return move(data, url, told=lambda *_: None, built=lambda _: None)


def registered(house: House, name: str) -> str:
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=ApplicantData(name=name))
    label: str = house.write(lambda: house.register_dossier(given, actor=CLERK)).result(60).label
    return label


def events(house: House) -> list[tuple[int, object]]:
    return [(each.id, each.event) for each in house.log.notifications(after=0, limit=9_999)]


def test_a_moved_house_says_what_its_files_say_and_goes_on_from_there(
    data: Path, url: str, recorded: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_house(data)) as house:
        label = registered(house, "Nguyễn Thị Hạnh")
        house.write(lambda: house.log.save(entries=[recorded(1), recorded(2)])).result(60)
        before = events(house)
    files = {name: (data / name).read_bytes() for name in (DATABASE, VAULT)}
    told = moved(data, url)
    assert (told.events, told.journals) == (len(before), 1)
    assert files == {name: (data / name).read_bytes() for name in files}, "the files stay"
    with pytest.raises(HouseMoved):
        open_house(data)
    monkeypatch.setenv(DATABASE_URL, url)
    with closing(open_house(data)) as house:
        assert events(house) == before
        assert digest_at(url) == told.digest
        [opaque] = house.vault.search("hanh")
        assert house.vault.applicant(opaque).name == "Nguyễn Thị Hạnh"
        assert label != registered(house, "Trần Văn Tám")
        later = events(house)[len(before) :]
        assert later[0][0] > before[-1][0], "what comes now comes after"


def test_who_signed_out_before_a_move_is_not_signed_in_after_it(
    data: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_house(data)) as house:
        now_us = house.clock.now_us()
        token = session_token(CLERK, key=house.session_key, now_us=now_us)
        house.doors.end(digest_of(token), until_us=now_us + DAY_US, now_us=now_us)
    moved(data, url)
    monkeypatch.setenv(DATABASE_URL, url)
    with closing(open_house(data)) as house:
        assert read_session(token, key=house.session_key, now_us=now_us) is None
    assert (data / KEYS / SESSION_KEY).stat().st_mode & 0o077 == 0


def test_a_house_is_not_moved_while_it_is_served(data: Path, url: str) -> None:
    with closing(open_house(data)), pytest.raises(DirectoryLocked):
        moved(data, url)


def test_a_move_that_was_broken_off_is_finished_by_the_same_command(
    data: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(moving, "_ends", lambda _house: 1 / 0)  # the power fails
        with pytest.raises(ZeroDivisionError):
            moved(data, url)
    open_house(data).close()  # and it may serve from its files meanwhile
    assert moved(data, url) == moved(data, url)


def test_a_database_with_other_events_is_not_moved_into(data: Path, url: str) -> None:
    moved(data, url)
    with closing(open_house(data, source=data / DATABASE)) as house:
        registered(house, "Nguyễn Thị Hạnh")
    with pytest.raises(StoreNotEmpty):
        moved(data, url)


def test_a_sheet_that_the_events_do_not_bear_out_is_no_move(data: Path, url: str) -> None:
    with closing(open_house(data)) as house:
        registered(house, "Nguyễn Thị Hạnh")
    with closing(sqlite3.connect(data / DATABASE)) as file, file:
        file.execute("UPDATE board SET office = 'STC'")
    with pytest.raises(MoveDiffers, match="read model"):
        moved(data, url)
    open_house(data).close()  # it serves from its files as before


def test_a_journal_that_ends_elsewhere_is_no_move(
    data: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_ends", lambda house: {str(house.source): 1})
    with pytest.raises(MoveDiffers, match="journals"):
        moved(data, url)


def test_a_database_that_keeps_other_rows_than_it_is_given_is_left_empty(
    data: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out = postgres_vault.lay_out

    def laid_out(url: str) -> None:
        lay_out(url)
        with connect(url) as connection:
            connection.execute(_GARBLING)

    monkeypatch.setattr(postgres_vault, "lay_out", laid_out)
    with pytest.raises(AssertionError, match="other rows"):
        moved(data, url)
    with connect(url) as connection:
        assert connection.execute("SELECT to_regclass('stored_events')").fetchone() == (None,)


_GARBLING = """
CREATE FUNCTION garble() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.kind := NEW.kind || '.'; RETURN NEW; END $$;
CREATE TRIGGER garbling BEFORE INSERT ON record FOR EACH ROW EXECUTE FUNCTION garble();
"""
