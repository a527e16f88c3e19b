import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import select

from adapters.read_model.projection import Projection
from adapters.read_model.tables import LIVE
from adapters.reference_data.calendar import national_table
from api import founding
from api.composition import MOST_WAITING, House, open_house
from api.data_dir import DemoDirectory, NotADemo, NotAHouse, PlaceTaken
from api.databases import DATABASE
from api.founding import create_house
from api.lane import Busy
from domain.model.dossier import dossier_id
from domain.model.errors import NotAllowed, NotFound, Refusal
from domain.model.instants import parse_instant
from domain.model.labels import Kind
from domain.model.number_block import number_block_id
from domain.model.policy import Role
from domain.ports.stores import DirectoryLocked, StoreReadOnly, StoreUnreachable
from domain.ports.vault import VaultKeyWrong
from domain.ports.views import BoardFilter
from domain.use_cases.register_dossier import ApplicantData, PieceGiven, Registration

TUYET = ApplicantData(
    name="Đặng Thị Ánh Tuyết", phone="0912345678", id_number="079185001234", email="t@vidu.vn"
)
PATIENCE_S = 60


class SetClock:
    def __init__(self, iso: str = "2026-03-05T10:00:00+07:00") -> None:
        self.us = parse_instant(iso)

    def now_us(self) -> int:
        return self.us


def register(house: House, **values: Any) -> Any:
    given: dict[str, Any] = {"procedure": "VD-HKD", "office": "TTHC", "applicant": TUYET}
    clerk = house.reference.people()["cb01"].as_actor()
    return house.write(
        lambda: house.register_dossier(Registration(**(given | values)), actor=clerk)
    ).result(PATIENCE_S)


def test_a_house_is_made_whole_with_keys_for_its_owner_only(data: Path) -> None:
    assert sorted(file.name for file in data.iterdir()) == [
        "giaonhan.db",
        "keys",
        "vault.db",
        "writer.lock",
    ]
    keys = sorted((data / "keys").iterdir())
    assert [key.name for key in keys] == ["server.ed25519", "session.key", "vault.key"]
    assert {key.stat().st_size for key in keys} == {32}
    assert len({key.read_bytes() for key in keys}) == 3
    if os.name == "posix":
        assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert [file.name for file in data.parent.iterdir()] == ["data"]


def test_the_first_administrator_signs_in_once_and_hands_out_the_next_codes(
    tmp_path: Path,
) -> None:
    first = create_house(tmp_path / "data", with_sample=True)
    with closing(open_house(tmp_path / "data")) as house:
        admin = house.write(lambda: house.sign_in.by_code(code=first.code)).result(PATIENCE_S)
        assert (admin.person, admin.roles) == (first.person, frozenset({Role.ADMIN}))
        code = house.sign_in.issue_code(person="cb01", actor=admin)
        clerk = house.sign_in.by_code(code=code)
        with pytest.raises(NotAllowed):
            house.sign_in.issue_code(person="cb01", actor=clerk)


def test_the_sample_centre_is_marked_as_an_example_and_its_budgets_fit(house: House) -> None:
    offices, procedures = house.reference.offices(), house.reference.procedures()
    assert next(iter(offices)) == "TTHC"
    assert len(procedures) >= 12
    for procedure in procedures.values():
        [terms] = procedure.versions
        assert terms.example
        assert terms.title_vi.endswith("(ví dụ)")
        assert terms.title_en.endswith("(example)")
        assert terms.department in offices
        assert terms.pieces
        assert 0 < sum(minutes for _, minutes in terms.legs_minutes) <= terms.term_minutes
    assert all("(ví dụ)" in office.name_vi for office in offices.values())
    people = house.reference.people().values()
    assert {role for person in people for role in person.roles} == {
        role for role in Role if "station" not in role
    }
    assert all(person.pin_hash is None for person in people)
    labels = [office.label for office in offices.values()] + [each.badge for each in people]
    assert len(set(labels)) == len(labels)


def test_an_existing_directory_is_left_alone(data: Path, tmp_path: Path) -> None:
    with pytest.raises(PlaceTaken):
        create_house(data)
    (tmp_path / "empty").mkdir()
    create_house(tmp_path / "empty")
    open_house(tmp_path / "empty").close()


def test_a_house_that_could_not_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> list[Any]:
        raise OSError("no space left on device")

    monkeypatch.setattr(founding, "sample_people", failing)
    with pytest.raises(StoreReadOnly):
        create_house(tmp_path / "data", with_sample=True)
    assert list(tmp_path.iterdir()) == []


def test_no_house_stands_where_none_was_made(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(NotAHouse):
            open_house(place)


def test_one_process_writes_and_others_may_read(house: House, data: Path) -> None:
    told = register(house)
    with pytest.raises(DirectoryLocked):
        open_house(data)
    with closing(open_house(data, writer=False)) as reader:
        [row] = reader.views.board(BoardFilter(), now_us=reader.clock.now_us()).rows
        assert row.label == told.label
        assert reader.trace(told.label).chain
        with pytest.raises(StoreReadOnly):
            register(reader)
    assert house.vault.unsettled() == []


def test_scripted_time_runs_in_a_demo_directory_and_nowhere_else(
    data: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotADemo):
        open_house(data, clock=SetClock())
    create_house(tmp_path / "demo", demo=True, with_sample=True, clock=SetClock())
    with pytest.raises(DemoDirectory):
        open_house(tmp_path / "demo")
    with closing(open_house(tmp_path / "demo", clock=SetClock())) as rehearsal:
        assert rehearsal.demo
        told = register(rehearsal)
        assert told.due_us == parse_instant("2026-03-10T17:00:00+07:00")
        [row] = rehearsal.views.board(BoardFilter(), now_us=told.received_us).rows
        assert (row.due_us, row.late_after_us) == (told.due_us, told.late_after_us)


def test_every_sample_procedures_board_date_is_the_promised_one(house: House) -> None:
    told = {register(house, procedure=code).label: code for code in house.reference.procedures()}
    rows = house.views.board(BoardFilter(limit=100), now_us=house.clock.now_us()).rows
    assert {row.label: row.procedure for row in rows} == told
    for row in rows:
        case = house.views.dossier(row.label, now_us=house.clock.now_us())
        assert case.calendar_version is not None
        assert case.calendar_version.startswith("TTHC.1.")
        assert row.due_us is not None
        assert row.due_us > house.clock.now_us() - 1


def test_no_personal_data_outside_the_vault(house: House, data: Path) -> None:
    """L7: neither the events nor the read model hold a word of the applicant or of the text."""
    told = register(house, request_text="Xin cấp lại cho con gái", pieces=(PieceGiven("don", 1),))
    register(house, label=None)
    assert house.vault.search("Tuyết")
    house.close()
    files = [file for file in data.rglob("*") if file.is_file() and file.parent.name != "keys"]
    events = b"".join(file.read_bytes() for file in files if file.name.startswith("giaonhan.db"))
    everything = b"".join(file.read_bytes() for file in files)
    assert told.label.encode() in events
    for word in ("Tuyết", "Đặng", "Ánh", "0912345678", "079185001234", "vidu.vn", "con gái"):
        for form in (word, word.casefold(), ascii(word)[1:-1]):
            assert form.encode() not in everything
    assert "Cán bộ một cửa".encode() not in everything
    assert told.lookup_token.encode() not in everything


def crash_between_vault_and_log(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerFails(BaseException):
        pass

    def fails(*_: Any, **__: Any) -> None:
        raise PowerFails

    register(house)  # takes a stock of labels, so that the next save is the registration's
    monkeypatch.setattr(house.log, "save", fails)
    with pytest.raises(PowerFails):
        register(house)
    monkeypatch.undo()


def test_an_applicant_whose_registration_was_never_saved_is_forgotten_at_the_next_start(
    house: House, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_between_vault_and_log(house, monkeypatch)
    assert len(house.vault.search("Tuyết")) == 2
    house.close()
    with closing(open_house(data)) as again:
        assert len(again.vault.search("Tuyết")) == 1
        assert again.vault.unsettled() == []


def test_an_applicant_whose_registration_was_saved_stays_at_the_next_start(
    house: House, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.vault, "settle", lambda _opaque: None)
    told = register(house, request_text="x")
    monkeypatch.undo()
    left = house.vault.unsettled()
    assert [owner for _, owner in left] == [dossier_id(told.label)] * 2
    house.close()
    with closing(open_house(data)) as again:
        assert again.vault.unsettled() == []
        assert {opaque for opaque, _ in left} >= set(again.vault.search("Tuyết")) != set()


def test_a_name_whose_person_was_saved_stays_and_one_of_a_number_block_goes(
    house: House, data: Path
) -> None:
    named = house.vault.put_text("Không ai", owner=number_block_id(Kind.PLACE, 90001, 26))
    clerk = house.reference.people()["cb01"]
    assert clerk.named is not None
    house.vault._write(("UPDATE record SET settled = 0 WHERE opaque = ?", [(clerk.named,)]))
    assert {opaque for opaque, _ in house.vault.unsettled()} == {named, clerk.named}
    house.close()
    with closing(open_house(data)) as again:
        assert again.vault.unsettled() == []
        assert again.vault.text(clerk.named) == "Cán bộ một cửa (ví dụ)"
        with pytest.raises(NotFound):
            again.vault.text(named)


def test_a_calendar_version_that_nobody_set_is_unknown(house: House) -> None:
    table = national_table().version
    assert house.calendars.version(f"TTHC.1.{table}") is not None
    for version in (f"TTHC.2.{table}", f"KHONG.1.{table}"):
        assert house.calendars.version(version) is None


def test_a_foreign_vault_key_is_told(data: Path) -> None:
    (data / "keys" / "vault.key").write_bytes(b"x" * 32)
    with pytest.raises(VaultKeyWrong):
        open_house(data)
    with pytest.raises(VaultKeyWrong):  # and not that the directory is locked by the first try
        open_house(data)


def test_too_many_waiting_writes_are_refused_and_those_in_line_are_done(house: House) -> None:
    held, started = threading.Event(), threading.Event()

    def slow() -> bool:
        started.set()
        return held.wait(PATIENCE_S)

    done = [house.write(slow)]
    assert started.wait(PATIENCE_S)
    done += [house.write(lambda: True) for _ in range(MOST_WAITING - 1)]
    with pytest.raises(Busy):
        house.write(lambda: True)
    held.set()
    assert all(future.result(PATIENCE_S) for future in done)
    assert house.write(lambda: True).result(PATIENCE_S)


def test_a_fault_of_the_read_model_never_denies_a_write(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(_self: Projection) -> int:
        raise RuntimeError("poison")

    monkeypatch.setattr(Projection, "catch_up", faulty)
    told = register(house)
    assert house.projection_fault == "RuntimeError: poison"
    assert house.views.status().lag > 0
    monkeypatch.undo()
    register(house)
    assert house.projection_fault is None
    assert house.views.dossier(told.label, now_us=house.clock.now_us())


def test_what_was_saved_though_the_answer_was_lost_is_on_the_board_without_another_write(
    house: House,
) -> None:
    actor = house.reference.people()["cb01"].as_actor()
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=TUYET)
    labels = []

    def cut_off() -> None:
        labels.append(house.register_dossier(given, actor=actor).label)
        raise StoreUnreachable(why="at the commit")

    with pytest.raises(StoreUnreachable):
        house.write(cut_off).result(PATIENCE_S)
    deadline = monotonic() + PATIENCE_S
    while house.views.status().lag:
        assert monotonic() < deadline
        sleep(0.05)
    assert house.views.dossier(labels[0], now_us=house.clock.now_us()).row.holder == "TTHC"
    assert house.write_fault is None


def test_a_read_model_of_another_shape_is_built_anew_at_the_start(house: House, data: Path) -> None:
    told = register(house)
    house.close()
    with closing(sqlite3.connect(data / DATABASE)) as file, file:
        file.execute("UPDATE progress SET version = version - 1")
    with closing(open_house(data)) as again:
        with again._engine.connect() as connection:
            assert connection.execute(select(LIVE.progress.c.generation)).scalar() == 1
        assert again.views.dossier(told.label, now_us=again.clock.now_us())
        assert again.views.status().lag == 0


def test_a_calendar_change_moves_what_is_due_and_leaves_what_was_promised(house: House) -> None:
    from domain.model.policy import Actor
    from domain.use_cases.maintain_reference import OfficeDefinition

    first = register(house)
    [issuer] = {house.reference.offices()["TTHC"].issuer}
    shorter = OfficeDefinition(
        code="TTHC",
        issuer=issuer,
        name_vi="x",
        name_en="x",
        calendar={"hours": [["07:30", "11:00"]], "saturday": "none"},
    )
    admin = Actor("quantri", "TTHC", frozenset({Role.ADMIN}))
    house.write(lambda: house.reference.define_office(shorter, actor=admin)).result(PATIENCE_S)
    second = register(house)
    assert (first.calendar_version[:6], second.calendar_version[:6]) == ("TTHC.1", "TTHC.2")
    house.write(house.rebuild).result(PATIENCE_S)
    for told in (first, second):
        sheet = house.views.dossier(told.label, now_us=told.received_us)
        assert sheet.row.promised_us == told.due_us
        assert sheet.promise_calendar_version == told.calendar_version
        assert sheet.calendar_version == second.calendar_version
    assert first.due_us != second.due_us == sheet.row.due_us


def test_refusals_of_the_house_have_codes_of_their_own() -> None:
    kinds: list[type[Refusal]] = [Busy, NotAHouse, DemoDirectory, NotADemo]
    assert len({kind.code for kind in kinds}) == len(kinds)
