from typing import Any

import pytest

from domain.model.entry import Algorithm
from domain.model.errors import (
    AlreadyExists,
    BadCode,
    NotAllowed,
    NotFound,
    Refusal,
    UnknownStation,
)
from domain.model.instants import DAY_US
from domain.model.person import MOST_FAILURES, Person, SignInLocked, SignInRefused
from domain.model.policy import Role
from domain.model.procedure import Terms
from domain.model.station import InviteRefused
from domain.use_cases.enrol_station import BadKey
from domain.use_cases.maintain_reference import OfficeDefinition, PersonDefinition
from domain.use_cases.record_scans import DESK

KEY = b"\x01" * 32


def define(world: Any, **values: Any) -> Any:
    given: dict[str, Any] = {
        "code": "nv07",
        "party": "TTHC",
        "roles": frozenset({Role.COUNTER}),
        "issuer": 90001,
    }
    return world.reference.define_person(PersonDefinition(**(given | values)), actor=world.admin)


def _by_pin(world: Any, *, badge: str, pin: str) -> Any:
    return world.sign_in.by_pin(world.sign_in.try_pin(badge=badge, pin=pin))


def test_all_stations_are_loaded_once_until_one_changes(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    load_all = world.log.load_all

    def counted(kind: Any) -> Any:
        asked.append(kind)
        return load_all(kind)

    monkeypatch.setattr(world.log, "load_all", counted)
    before = {station.code for station in world.trust.every()}
    world.trust.every()
    assert len(asked) == 1
    world.enrol_station.invite(
        station="Q77", office="courier:C7", purpose="counter", actor=world.admin
    )
    assert {station.code for station in world.trust.every()} == before | {"Q77"}
    assert len(asked) == 2


def test_a_person_is_named_in_the_vault_and_nowhere_else(world: Any) -> None:
    clerk = define(world, name="Lê Thị Hồng Gấm", pin="246810")
    assert world.vault.text(clerk.named) == "Lê Thị Hồng Gấm"
    assert world.vault.unsettled() == []
    assert "Gấm" not in repr(world.events())
    assert world.reference.people()["nv07"].badge.startswith("390001")


def test_defining_someone_again_changes_party_and_roles_and_sets_a_new_pin(world: Any) -> None:
    define(world, pin="135790")
    define(world, party="courier:C1", roles=frozenset({Role.COURIER}), pin="246802")
    [clerk] = world.reference.people().values()
    assert (clerk.party, clerk.roles) == ("courier:C1", ["courier"])
    assert _by_pin(world, badge=clerk.badge, pin="246802") == clerk.as_actor()
    with pytest.raises(SignInRefused):
        _by_pin(world, badge=clerk.badge, pin="135790")


def test_defining_someone_again_as_they_are_is_no_event(world: Any) -> None:
    define(world)
    before = len(world.events())
    define(world)
    assert len(world.events()) == before


def test_only_an_administrator_defines_reference_data(world: Any, terms: Terms) -> None:
    office = OfficeDefinition(code="STC", issuer=90002, name_vi="Sở", name_en="Department")
    person = PersonDefinition(code="x", party="STC", roles=frozenset({Role.COUNTER}), issuer=90001)
    for actor in (None, world.clerk):
        with pytest.raises(NotAllowed):
            world.reference.define_office(office, actor=actor)
        with pytest.raises(NotAllowed):
            world.reference.define_procedure("VD-1", terms, actor=actor)
        with pytest.raises(NotAllowed):
            world.reference.define_person(person, actor=actor)
    assert world.events() == []


def test_defining_the_same_again_is_no_event_and_a_change_is_a_version(
    world: Any, terms: Terms
) -> None:
    from dataclasses import replace

    world.office("STC", 90002)
    world.reference.define_procedure("VD-1", terms, actor=world.admin)
    before = len(world.events())
    world.office("STC", 90002)
    world.reference.define_procedure("VD-1", terms, actor=world.admin)
    assert len(world.events()) == before
    dearer = replace(terms, fee_vnd=1, effective_from_us=terms.effective_from_us + 1)
    world.reference.define_procedure("VD-1", dearer, actor=world.admin)
    assert len(world.reference.procedures()["VD-1"].versions) == 2
    saturday = OfficeDefinition(
        code="STC",
        issuer=90002,
        name_vi="x",
        name_en="x",
        calendar={"hours": [["07:00", "11:30"]], "saturday": "working"},
    )
    world.reference.define_office(saturday, actor=world.admin)
    assert len(world.reference.offices()["STC"].calendars) == 2


def test_an_illegal_calendar_is_refused(world: Any) -> None:
    broken = OfficeDefinition(
        code="STC", issuer=90002, name_vi="x", name_en="x", calendar={"hours": [["9", "8"]]}
    )
    with pytest.raises(Refusal):
        world.reference.define_office(broken, actor=world.admin)
    assert world.events() == []


def test_a_one_time_code_signs_in_once_and_lapses(world: Any) -> None:
    clerk = define(world)
    code = world.sign_in.issue_code(person="nv07", actor=world.admin)
    assert code not in repr(world.events())
    assert world.sign_in.by_code(code=code) == clerk.as_actor()
    with pytest.raises(SignInRefused):
        world.sign_in.by_code(code=code)
    late = world.sign_in.issue_code(person="nv07", actor=world.admin)
    world.clock.us += DAY_US // 2
    with pytest.raises(SignInRefused):
        world.sign_in.by_code(code=late)


@pytest.mark.parametrize("code", ["", ".", "nv07", "nv07.", "nv08.abc", "x" * 9999, "nv07.\x00"])
def test_what_is_no_code_signs_nobody_in(world: Any, code: str) -> None:
    define(world)
    with pytest.raises(SignInRefused):
        world.sign_in.by_code(code=code)


def test_codes_are_issued_by_administrators_to_people_who_exist(world: Any) -> None:
    define(world)
    with pytest.raises(NotAllowed):
        world.sign_in.issue_code(person="nv07", actor=world.clerk)
    with pytest.raises(NotFound):
        world.sign_in.issue_code(person="nv99", actor=world.admin)
    world.sign_in.issue_code(person="nv07", actor=world.admin)
    issued = [one for one in world.events() if isinstance(one, Person.CodeIssued)]
    assert [one.by for one in issued] == [world.admin.person]


def test_wrong_pins_are_counted_across_restarts_and_lock(world: Any) -> None:
    clerk = define(world, pin="246810")
    for _ in range(MOST_FAILURES):
        with pytest.raises(SignInRefused):
            _by_pin(world, badge=clerk.badge, pin="000000")
    world.log.close()
    world.open()
    with pytest.raises(SignInLocked):
        _by_pin(world, badge=clerk.badge, pin="246810")
    world.clock.us += DAY_US
    assert _by_pin(world, badge=clerk.badge, pin="246810") == clerk.as_actor()
    with pytest.raises(SignInRefused):
        _by_pin(world, badge="3900012600000999", pin="246810")


def test_argon2_tells_the_right_pin_from_a_wrong_one() -> None:
    from adapters.pins import Argon2Pins

    pins = Argon2Pins()
    kept = pins.hash("246810")
    assert kept.startswith("$argon2id$")
    assert "246810" not in kept
    assert pins.fits("246810", kept)
    assert not pins.fits("246811", kept)
    assert not pins.fits("246810", "no hash")


def invite(world: Any, **values: Any) -> str:
    given = {"station": "Q1", "office": "TTHC", "purpose": "counter", "actor": world.admin}
    code: str = world.enrol_station.invite(**(given | values))
    return code


def enrol(world: Any, code: str, key: bytes = KEY) -> Any:
    return world.enrol_station.enrol(code=code, public_key=key, algorithm=Algorithm.ED25519)


def test_a_device_enrols_once_with_its_code_and_learns_its_place(world: Any) -> None:
    world.office("TTHC", 90001)
    code = invite(world)
    assert code not in repr(world.events())
    with pytest.raises(UnknownStation):
        world.trust.station("Q1")
    enrolled = enrol(world, code)
    assert (enrolled.station, enrolled.office, enrolled.purpose) == ("Q1", "TTHC", "counter")
    assert (enrolled.epoch, enrolled.server_public_key) == (1, world.server.public_key)
    assert world.trust.station("Q1").keys[1].public_key == KEY
    with pytest.raises(InviteRefused):
        enrol(world, code, b"\x02" * 32)


@pytest.mark.parametrize("code", ["", "Q1", "Q1.", "Q2.abc", "Q1.abc", "Q1.\x00"])
def test_a_wrong_invitation_enrols_nothing(world: Any, code: str) -> None:
    world.office("TTHC", 90001)
    invite(world)
    with pytest.raises(InviteRefused):
        enrol(world, code)


def test_an_invitation_lapses_and_a_new_one_replaces_it(world: Any) -> None:
    world.office("TTHC", 90001)
    old, new = invite(world), invite(world)
    with pytest.raises(InviteRefused):
        enrol(world, old)
    world.clock.us += DAY_US
    with pytest.raises(InviteRefused):
        enrol(world, new)


def test_invitations_are_for_offices_that_exist_and_couriers(world: Any) -> None:
    with pytest.raises(NotFound):
        invite(world)
    assert invite(world, office="courier:C1")
    with pytest.raises(NotAllowed):
        invite(world, office="courier:C1", actor=world.clerk)
    with pytest.raises(BadCode):
        invite(world, office="courier:C1", station="trạm 1")
    with pytest.raises(AlreadyExists):
        invite(world, office="courier:C1", station=DESK)


@pytest.mark.parametrize("key", [b"", b"\x01" * 31, b"\x04" * 65])
def test_a_key_of_the_wrong_length_is_refused_and_the_code_not_spent(
    world: Any, key: bytes
) -> None:
    code = invite(world, office="courier:C1")
    with pytest.raises(BadKey):
        enrol(world, code, key)
    assert enrol(world, code).epoch == 1


def test_the_servers_own_station_and_unknown_ones_are_not_revoked(world: Any) -> None:
    for station in (DESK, "Q9"):
        with pytest.raises(UnknownStation):
            world.enrol_station.revoke(station=station, actor=world.admin)
    with pytest.raises(NotAllowed):
        world.enrol_station.revoke(station="Q1", actor=None)


def test_a_revoked_device_may_still_hand_over_and_nothing_else(world: Any) -> None:
    world.station("Q1")
    assert world.trust.actor("Q1", epoch=1).roles == {Role.STATION}
    world.enrol_station.revoke(station="Q1", actor=world.admin)
    world.enrol_station.revoke(station="Q1", actor=world.admin)
    assert world.trust.actor("Q1", epoch=1).roles == {Role.REVOKED_STATION}


def test_a_stolen_key_stays_revoked_when_the_device_is_replaced(world: Any) -> None:
    world.station("Q1")
    world.enrol_station.revoke(station="Q1", actor=world.admin)
    world.station("Q1", key=b"\x02")
    assert world.trust.actor("Q1", epoch=2).roles == {Role.STATION}
    assert world.trust.actor("Q1", epoch=1).roles == {Role.REVOKED_STATION}
    assert world.trust.station("Q1").distrusts(1)
    assert not world.trust.station("Q1").revoked


def test_a_revocation_is_not_undone_by_who_was_loading_the_station_meanwhile(world: Any) -> None:
    world.station("Q1")
    world.trust.forget("Q1")
    load = world.log.load

    class SlowLog:
        @staticmethod
        def load(kind: Any, ids: Any) -> Any:
            found = load(kind, ids)
            world.enrol_station.revoke(station="Q1", actor=world.admin)
            return found

    trusting = world.trust
    trusting._log = SlowLog()
    trusting.station("Q1")  # read before the revocation, remembered after it
    trusting._log = world.log
    assert trusting.station("Q1").revoked


def test_one_badge_is_not_given_to_two_people(world: Any) -> None:
    clerk = define(world)
    with pytest.raises(AlreadyExists):
        define(world, code="nv08", badge=clerk.badge)


def test_a_device_whose_answer_was_lost_enrols_again_with_the_same_code_and_key(world: Any) -> None:
    code = invite(world, office="courier:C1")
    assert enrol(world, code) == enrol(world, code)
    with pytest.raises(InviteRefused):
        enrol(world, code, b"\x07" * 32)
    world.enrol_station.revoke(station="Q1", actor=world.admin)
    assert world.trust.station("Q1").revoked


def test_a_restored_server_hands_out_no_epoch_a_station_has_used_and_takes_its_keys(
    world: Any,
) -> None:
    enrol(world, invite(world, office="courier:C1"))
    told = {"public_key": b"\x02" * 32, "algorithm": Algorithm.ED25519}
    past = {1: b"\x03" * 32, 2: b"\x04" * 32}
    code = invite(world, office="courier:C1")
    with pytest.raises(BadKey):
        world.enrol_station.enrol(code=code, **told, after=4, past={2: b"\x04" * 31})
    for _ in "the answer was lost, and asked for again":
        agreed = world.enrol_station.enrol(code=code, **told, after=4, past=past)
        assert agreed.epoch == 5
    keys = {epoch: key.public_key for epoch, key in world.trust.station("Q1").keys.items()}
    assert keys == {1: KEY, 2: past[2], 5: told["public_key"]}, "a known key stands"
