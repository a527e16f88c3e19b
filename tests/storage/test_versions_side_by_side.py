"""Two versions of the program on one PostgreSQL: each has its own sheets, and neither waits."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import psycopg
import pytest

from adapters.read_model import engine as engines
from adapters.read_model.dump import digest
from adapters.read_model.engine import sweep
from adapters.read_model.tables import VERSION
from api import follower
from api.composition import House, open_house
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import Registration

PATIENCE_S = 60
BINH = ApplicantData(name="Nguyễn Văn Bình", phone="0912345678")


@pytest.fixture
def data(on_postgres: Path) -> Path:
    """The sample centre, made and served by the older version."""
    return on_postgres


@pytest.fixture
def older(data: Path) -> Iterator[House]:
    with closing(open_house(data)) as house:
        yield house


@pytest.fixture
def newer(data: Path, older: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """From now on a house is opened by the newer version; the directory of its keys."""
    assert older.views.status().lag == 0
    monkeypatch.setattr(engines, "VERSION", VERSION + 1)
    return Path(shutil.copytree(data, data.with_name("newer")))


def register(house: House) -> str:
    clerk = house.reference.people()["cb01"].as_actor()
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=BINH)
    done = house.write(lambda: house.register_dossier(given, actor=clerk))
    return done.result(PATIENCE_S).label


def sheets(house: House) -> str:
    house.write(lambda: None).result(PATIENCE_S)  # brought up to the log first
    with house._engine.connect() as connection:
        return digest(connection)


def versions(url: str) -> set[int]:
    """The versions that have sheets."""
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^read_'")
        return {int(name.removeprefix("read_")) for (name,) in names}


def test_no_act_is_refused_while_the_next_version_builds_its_sheets_and_both_go_on_serving(
    older: House, newer: Path, url: str
) -> None:
    opened = Event()

    def serve() -> list[str]:
        told = [register(older)]
        while not opened.is_set():
            told.append(register(older))
        return told

    with ThreadPoolExecutor(1) as clerk:
        serving = clerk.submit(serve)
        with closing(open_house(newer)) as house:
            opened.set()
            told = serving.result(PATIENCE_S)
            told += [register(one) for one in (older, house, older, house)]
            assert versions(url) == {VERSION, VERSION + 1}
            assert sheets(older) == sheets(house)
            for one in (older, house):
                assert one.projection_fault is None
                status = one.views.status()
                assert (status.lag, status.fault) == (0, None)
                around = one.views.facts_around(told)
                assert {timed.fact.subject for timed in around} == set(told)


def test_two_processes_of_the_next_version_build_its_sheets_once(newer: Path) -> None:
    with ThreadPoolExecutor(2) as both:
        houses = list(both.map(open_house, [newer, newer], timeout=PATIENCE_S))
    try:
        with houses[0]._engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT generation FROM progress").scalar() == 1
        assert sheets(houses[0]) == sheets(houses[1])
    finally:
        for house in houses:
            house.close()


def test_old_sheets_are_dropped_when_nobody_has_used_them_for_two_looks(
    data: Path, older: House, newer: Path, url: str
) -> None:
    with closing(open_house(newer)) as house:
        engine = house._engine
        used = sweep(engine, sweep(engine, ()))
        assert not used
        assert versions(url) == {VERSION, VERSION + 1}
        older.close()
        deadline = monotonic() + PATIENCE_S
        while not (unused := sweep(engine, ())):  # its claim ends with its connection's process
            assert monotonic() < deadline
            sleep(0.05)
        assert unused == {VERSION}
        assert versions(url) == {VERSION, VERSION + 1}
        assert sweep(engine, unused) == {VERSION}
        assert sweep(engine, unused) == frozenset()
        assert versions(url) == {VERSION + 1}
        with pytest.MonkeyPatch.context() as back:
            back.setattr(engines, "VERSION", VERSION)
            with closing(open_house(data)) as again:  # the way back: it builds its own anew
                assert sheets(again) == sheets(house)
                assert sweep(again._engine, {VERSION + 1}) == frozenset()
                assert versions(url) == {VERSION, VERSION + 1}


def test_a_process_that_serves_looks_for_old_sheets_by_itself(
    older: House, newer: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "SWEEP_S", 0.0)
    with closing(open_house(newer)):
        register(older)  # it serves, and is not swept
        older.close()
        deadline = monotonic() + PATIENCE_S
        while versions(url) != {VERSION + 1}:
            assert monotonic() < deadline
            sleep(0.02)


def test_a_process_whose_sheets_were_dropped_while_it_slept_makes_them_again(
    older: House, newer: Path, url: str
) -> None:
    with closing(open_house(newer)) as house:
        with psycopg.connect(url, autocommit=True) as stranger:
            stranger.execute(f"DROP SCHEMA read_{VERSION} CASCADE")
        label = register(older)  # nothing is refused for it
        mended = older._writer.run(older._mend)
        mended.result(PATIENCE_S)
        assert older.projection_fault is None
        assert older.views.facts_around([label])
        assert sheets(older) == sheets(house)
