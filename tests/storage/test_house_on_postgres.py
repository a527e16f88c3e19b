"""A house whose events, sheets and vault are in PostgreSQL, and several that share one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest

from api.composition import CONSOLE, House, open_house
from api.data_dir import NotAHouse
from api.founding import create_house
from api.report_sheet import days
from domain.model.instants import local
from domain.ports.stores import StoreNotEmpty
from domain.ports.vault import ApplicantData
from domain.ports.views import BoardFilter
from domain.use_cases.maintain_reference import OfficeDefinition
from domain.use_cases.register_dossier import Registration
from domain.use_cases.work_list import WorkFilter

PATIENCE_S = 60
ONE_SHIFT = {"hours": [["07:30", "11:00"]], "saturday": "none"}
BINH = ApplicantData(name="Nguyễn Văn Bình", phone="0912345678")


@pytest.fixture
def data(on_postgres: Path) -> Path:
    return on_postgres


@pytest.fixture
def houses(data: Path) -> Iterator[list[House]]:
    """Two processes' houses on one database, each with the directory of its keys."""
    with closing(open_house(data)) as one, closing(open_house(data)) as other:
        yield [one, other]


def register(house: House) -> str:
    clerk = house.reference.people()["cb01"].as_actor()
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=BINH)
    label: str = (
        house.write(lambda: house.register_dossier(given, actor=clerk)).result(PATIENCE_S).label
    )
    return label


def test_the_directory_of_a_house_on_postgres_holds_its_keys_alone(data: Path) -> None:
    assert {file.name for file in data.iterdir()} <= {"keys", "ended-sessions"}
    with closing(open_house(data)) as house:
        label = register(house)
    with closing(open_house(data)) as house:
        sheet = house.views.dossier(label, now_us=house.clock.now_us())
        assert (sheet.row.holder, sheet.row.procedure) == ("TTHC", "VD-HKD")
        assert house.vault.search("Bình")


@pytest.mark.usefixtures("data")
def test_a_house_is_not_made_twice_on_one_database(tmp_path: Path) -> None:
    with pytest.raises(StoreNotEmpty):
        create_house(tmp_path / "another")
    assert not (tmp_path / "another").exists()
    with pytest.raises(NotAHouse):
        open_house(tmp_path / "another")


def test_what_one_process_records_stands_on_the_board_of_every_other(houses: list[House]) -> None:
    told = [register(house) for _ in range(3) for house in houses]
    assert len(set(told)) == len(told)
    for house in houses:
        page = house.views.board(BoardFilter(), now_us=house.clock.now_us())
        assert {row.label for row in page.rows} == set(told)
        assert house.views.status().lag == 0
        assert house.projection_fault is None


def test_desk_acts_of_many_at_once_all_stand_though_they_share_one_journal(
    houses: list[House],
) -> None:
    with ThreadPoolExecutor(8) as clerks:
        told = list(clerks.map(register, houses * 8, timeout=PATIENCE_S))
    assert len(set(told)) == 16
    one, other = houses
    assert one.log.last_digest("SERVER", 1) == other.log.last_digest("SERVER", 1)
    stood = one.log.contiguous_seq("SERVER", 1)
    assert stood == (one.log.last_digest("SERVER", 1) or (0,))[0]
    page = other.views.board(BoardFilter(limit=50), now_us=other.clock.now_us())
    assert {row.label for row in page.rows} == set(told)


def test_what_another_process_decided_is_known_without_a_restart(houses: list[House]) -> None:
    one, other = houses
    assert "VL" not in other.reference.offices()
    version = other.calendars.of(other.reference.offices()["TTHC"])[1]
    office = OfficeDefinition(
        code="VL", issuer=86_000, name_vi="Vĩnh Long", name_en="Vĩnh Long", calendar=ONE_SHIFT
    )
    one.write(lambda: one.reference.define_office(office, actor=CONSOLE)).result(PATIENCE_S)
    until(lambda: "VL" in other.reference.offices())
    shorter = replace(office, code="TTHC", calendar=ONE_SHIFT)
    one.write(lambda: one.reference.define_office(shorter, actor=CONSOLE)).result(PATIENCE_S)
    until(lambda: other.calendars.of(other.reference.offices()["TTHC"])[1] != version)


def test_what_a_process_saved_before_it_died_is_put_on_the_board_by_another(
    houses: list[House],
) -> None:
    one, other = houses
    clerk = one.reference.people()["cb01"].as_actor()
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=BINH)
    label = one.register_dossier(given, actor=clerk).label  # and nobody projects it

    def on_the_board() -> bool:
        page = other.views.board(BoardFilter(), now_us=other.clock.now_us())
        return [row.label for row in page.rows] == [label]

    until(on_the_board)


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread brings about, within limits."""
    deadline = monotonic() + PATIENCE_S
    while not holds():
        assert monotonic() < deadline
        sleep(0.02)


def test_the_boards_are_read_from_postgresql_too(houses: list[House]) -> None:
    house, other = houses
    label = register(house)
    until(lambda: offices(other) == {label: "TTHC"})
    desk = house.desk
    house.write(
        lambda: house.log.save(
            entries=[desk.state("Accepted", label, {}, operator="op", office="STC")]
        )
    ).result(PATIENCE_S)
    until(lambda: offices(other) == {label: "STC"})  # nothing kept hides the event
    [age] = other.boards.ages(now_us=other.clock.now_us())
    assert (age.code, age.owner, age.age, age.number) == ("NOT_RELEASED", "STC", 0, 1)
    assert other.watch_devices(actor=CONSOLE) == []
    [desk_heard] = other.boards.heard(now_us=other.clock.now_us())
    assert (desk_heard.seq, desk_heard.uncounted) == (2, 0)
    day = local(other.clock.now_us()).date().isoformat()
    assert other.report_parties.legs(days(day, day)).dossiers in {0, 1}


def offices(house: House) -> dict[str, str]:
    """Who has to see to which open dossier."""
    rows = house.work_list(WorkFilter(), actor=CONSOLE).rows
    return {row.dossier.label: row.at.office for row in rows}
