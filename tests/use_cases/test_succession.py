"""The merger of 1 July 2025: Bến Tre and Trà Vinh become Vĩnh Long while pouches are on their way.

One story, told to a whole house on a scripted clock: what is past keeps its name, what is open goes
on under the new one, and nothing is flagged that nobody did wrong.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from adapters.signatures import Ed25519Signer
from api.composition import open_house
from api.founding import create_house
from domain.model.entry import FIRST_PREVIOUS, Algorithm, entry_digest, unsigned_entry
from domain.model.errors import NotAllowed, NotFound
from domain.model.fact import Fact
from domain.model.instants import MINUTE_US, iso, parse_instant
from domain.model.labels import Kind, Label
from domain.model.office import OfficeNotOpen, OfficeSucceeded
from domain.model.policy import Act, Actor, Role
from domain.model.procedure import Terms
from domain.model.succession import Succession, SuccessionCycle, SuccessionDate
from domain.ports.vault import ApplicantData
from domain.ports.views import BoardFilter, Selection, Standing
from domain.use_cases.look_up_dossier import Stage, look_up
from domain.use_cases.maintain_reference import OfficeDefinition, PersonDefinition
from domain.use_cases.record_scans import SentEntry
from domain.use_cases.register_dossier import Registration

ADMIN = Actor("quantri", "BT", frozenset({Role.ADMIN}))
OLD_CLERK = Actor("cb-bt", "BT", frozenset({Role.COUNTER}))
NEW_CLERK = Actor("cb-vl", "VL", frozenset({Role.COUNTER}))
STRANGER = Actor("cb-tv", "TV", frozenset({Role.COUNTER}))
BAG = str(Label(Kind.POUCH, 83_000, 25, 1))
COURIER = "courier:C1"


def instant(text: str | None) -> int | None:
    return None if text is None else parse_instant(f"{text}:00+07:00")


class SetClock:
    def __init__(self, text: str) -> None:
        self.at(text)

    def at(self, text: str) -> None:
        self.us = parse_instant(f"{text}:00+07:00")

    def now_us(self) -> int:
        return self.us


class Provinces:
    """Two centres, a department of Bến Tre, and the centre that is to carry on the work of both."""

    def __init__(self, data: Path, terms: Terms) -> None:
        self.clock = SetClock("2025-06-27T08:00")
        create_house(data, demo=True, clock=self.clock)
        self.house = open_house(data, clock=self.clock)
        for code, issuer in (("BT", 83_000), ("TV", 84_000), ("STC", 83_001)):
            self.add(code, issuer)
        self.write(lambda: self.house.reference.define_procedure("P5", terms, actor=ADMIN))
        for person, party in (("cb-bt", "BT"), ("cb-tv", "TV"), ("bt-1", COURIER)):
            definition = PersonDefinition(
                code=person, party=party, roles=frozenset({Role.COUNTER}), issuer=83_000
            )
            self.write(
                lambda given=definition: self.house.reference.define_person(given, actor=ADMIN)
            )

    def write(self, work: Any) -> Any:
        return self.house.write(work).result(60)

    def add(self, code: str, issuer: int, since: str | None = None) -> None:
        given = OfficeDefinition(
            code=code,
            issuer=issuer,
            name_vi=f"Trung tâm {code}",
            name_en=f"Centre {code}",
            valid_from_us=instant(since),
        )
        self.write(lambda: self.house.reference.add_office(given, actor=ADMIN))

    def merge(self, old: str, new: str = "VL", since: str | None = "2025-07-01T00:00") -> None:
        effective_us = instant(since)
        self.write(
            lambda: self.house.succeed_office(old, new, effective_us=effective_us, actor=ADMIN)
        )

    def register(self, actor: Actor = OLD_CLERK) -> Any:
        given = Registration(
            procedure="P5", office=actor.office, applicant=ApplicantData(name="Lê Thị Bé")
        )
        return self.write(lambda: self.house.register_dossier(given, actor=actor))

    def scan(self, fact: str, label: str, office: str, **context: object) -> None:
        """By the server's own station, under that office's name, a minute after the last."""
        self.clock.us += MINUTE_US
        desk, log = self.house.desk, self.house.log
        self.write(
            lambda: log.save(
                entries=[desk.state(fact, label, context, operator="x", office=office)]
            )
        )

    def send_off(self, label: str, *, to: str = "STC", office: str = "BT") -> None:
        """Packed, sealed, released, and taken by the courier."""
        self.scan("Packed", label, office, pouch=BAG)
        self.scan("Sealed", BAG, office, seal="S1", to=to)
        self.scan("Released", BAG, office, counterpart=COURIER)
        self.scan("Accepted", BAG, COURIER)

    def unpack(self, label: str, *, office: str, fact: str = "Received") -> None:
        """The courier hands the bag over, and the office receives what is in it."""
        self.scan("Released", BAG, COURIER)
        self.scan("Accepted", BAG, office, seal="S1")
        self.scan("Unsealed", BAG, office)
        self.scan(fact, label, office)
        self.scan("Closed", BAG, office)

    def flags(self) -> list[str]:
        """Every discrepancy there ever was, a day later."""
        later = self.clock.us + 24 * 60 * MINUTE_US
        found = self.house.views.discrepancies(now_us=later, open_only=False)
        return [row.code for row in found]

    def holders(self, label: str) -> list[str]:
        chain = self.house.views.chains([label])[label]
        return [holder for holder, _ in groupby(link.holder for link in chain)]

    def row(self, label: str) -> Any:
        return self.house.views.dossier(label, now_us=self.clock.us).row


class Device:
    """A station that keeps its scans and sends them later."""

    def __init__(self, provinces: Provinces, code: str, office: str) -> None:
        self.provinces, self.code, self.office = provinces, code, office
        self.signer, self.prev, self.seq = Ed25519Signer(b"\x05" * 32), FIRST_PREVIOUS, 0
        enrol = provinces.house.enrol_station
        invited = provinces.write(
            lambda: enrol.invite(station=code, office=office, purpose="counter", actor=ADMIN)
        )
        provinces.write(
            lambda: enrol.enrol(
                code=invited, public_key=self.signer.public_key, algorithm=Algorithm.ED25519
            )
        )

    def entry(self, fact: str, label: str, at: str, pouch: str = "") -> SentEntry:
        self.seq += 1
        stated = Fact(
            fact=fact,
            subject=label,
            at_us=parse_instant(f"{at}:00+07:00"),
            station=self.code,
            seq=self.seq,
            operator="x",
            office=self.office,
            context={"pouch": pouch} if pouch else {},
        )
        unsigned = unsigned_entry(
            stated, prev=self.prev, boot="b", mono_ms=self.seq, offset_ms=0, checkpoint=None
        )
        raw = unsigned + self.signer.sign(unsigned)
        self.prev = entry_digest(raw)
        return SentEntry(1, self.seq, raw)

    def send(self, *scans: tuple[str, ...]) -> list[tuple[str, int | None]]:
        """The code of each verdict, and how many of the bag it says are seen."""
        house, batch = self.provinces.house, [self.entry(*scan) for scan in scans]
        answer = self.provinces.write(lambda: house.record_scans(self.code, batch))
        return [(said.code, said.seen) for said in house.judge_scan(batch, answer.answers) if said]


@pytest.fixture
def provinces(tmp_path: Path, terms: Terms) -> Iterator[Provinces]:
    made = Provinces(
        tmp_path / "data",
        replace(terms, effective_from_us=parse_instant("2025-01-01T00:00:00+07:00")),
    )
    with closing(made.house):
        yield made


@pytest.fixture
def merged(provinces: Provinces) -> Provinces:
    """On 1 July at eight the administrator enters what holds since midnight."""
    provinces.clock.at("2025-07-01T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    provinces.merge("BT")
    provinces.merge("TV")
    return provinces


def test_a_pouch_under_way_to_the_old_centre_is_received_by_the_new_without_a_flag(
    provinces: Provinces,
) -> None:
    label = provinces.register().label
    provinces.send_off(label)
    provinces.unpack(label, office="STC")
    provinces.clock.at("2025-06-30T16:00")
    provinces.send_off(label, to="BT", office="STC")

    provinces.clock.at("2025-07-01T07:35")
    provinces.unpack(label, office="VL", fact="ResultArrived")
    assert "MISROUTED" in provinces.flags()  # nobody has told the house of the merger yet

    provinces.clock.at("2025-07-01T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    provinces.merge("BT")

    assert provinces.flags() == []
    assert provinces.holders(label) == ["BT", COURIER, "STC", COURIER, "VL"]
    assert provinces.row(label).standing is Standing.EARLY  # the result is where it was applied for


def test_a_merger_from_now_on_leaves_what_was_before_it_as_it_was(provinces: Provinces) -> None:
    label = provinces.register().label
    provinces.send_off(label, to="TV")
    provinces.add("VL", 86_000)
    provinces.unpack(label, office="VL")
    provinces.merge("TV", since=None)
    assert provinces.flags() == ["MISROUTED"]
    assert provinces.holders(label) == ["BT", COURIER, "VL"]


def test_open_work_stands_under_the_successor_and_its_link_under_the_old_name(
    provinces: Provinces,
) -> None:
    label, other = provinces.register().label, provinces.register(STRANGER).label
    provinces.scan("Packed", label, "BT", pouch=BAG)
    provinces.clock.at("2025-07-01T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    provinces.merge("BT")
    views, now_us = provinces.house.views, provinces.clock.us

    board = views.board(BoardFilter(selection=Selection.HERE, holder="VL"), now_us=now_us)
    assert [(row.label, row.holder) for row in board.rows] == [(label, "BT")]
    assert views.summary(now_us=now_us).holders == {"TV": 1, "VL": 1}
    assert [bag.label for bag in views.pouches(holder="VL", now_us=now_us)] == [BAG]
    provinces.merge("TV")
    assert views.summary(now_us=now_us).holders == {"VL": 2}

    provinces.scan("Moved", label, "VL", place="K2")
    assert provinces.holders(label) == ["BT", "VL"]
    assert provinces.holders(other) == ["TV"]
    assert provinces.flags() == []


def test_late_scans_of_the_old_centres_station_count_under_its_name(provinces: Provinces) -> None:
    label = provinces.register().label
    device = Device(provinces, "quay-bt", "BT")
    provinces.clock.at("2025-07-01T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    provinces.merge("BT")
    provinces.scan("Moved", label, "VL")
    provinces.clock.at("2025-07-01T10:00")
    device.send(("Moved", label, "2025-06-30T17:00"), ("Moved", label, "2025-07-01T09:30"))
    links = provinces.house.views.chains([label])[label]
    chain = [(link.holder, iso(link.from_us)[:16]) for link in links]
    assert chain == [
        ("BT", "2025-06-27T08:00"),
        ("VL", "2025-07-01T08:01"),
        ("BT", "2025-07-01T09:30"),
    ]
    assert provinces.flags() == []


def test_the_new_centre_goes_on_with_a_receipt_that_the_old_one_began(
    provinces: Provinces,
) -> None:
    first, other = provinces.register().label, provinces.register().label
    provinces.send_off(first, to="TV")
    provinces.clock.at("2025-06-30T16:00")
    provinces.scan("Released", BAG, COURIER)
    provinces.scan("Accepted", BAG, "TV", seal="S1")
    provinces.clock.at("2025-07-01T07:30")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    device = Device(provinces, "quay-vl", "VL")
    device.send(("Received", first, "2025-07-01T07:29"))
    assert "WRONG_POUCH" in provinces.flags()  # seen elsewhere, as long as TV is not VL
    provinces.clock.at("2025-07-01T08:00")
    provinces.merge("TV")
    provinces.clock.at("2025-07-01T08:30")
    told = device.send(
        ("Unsealed", BAG, "2025-07-01T08:20"),
        ("Received", first, "2025-07-01T08:21", BAG),
        ("Moved", other, "2025-07-01T08:22"),
    )
    assert told[1] == ("OK", 1)
    assert "WRONG_POUCH" not in provinces.flags()


def test_the_successor_decides_on_the_old_centres_dossiers(provinces: Provinces) -> None:
    label = provinces.register().label
    decide, intake = provinces.house.decide_dossier, provinces.house.intake

    def ask(actor: Actor) -> None:
        provinces.write(
            lambda: decide.request_supplement(label, cause="missing-paper", text=None, actor=actor)
        )

    provinces.clock.at("2025-07-01T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    with pytest.raises(NotAllowed):
        ask(NEW_CLERK)
    provinces.merge("BT")
    due = provinces.row(label).due_us, provinces.row(label).promised_us
    with pytest.raises(NotAllowed):
        ask(STRANGER)
    ask(NEW_CLERK)
    provinces.write(lambda: decide.supplement_supplied(label, actor=OLD_CLERK))  # not moved yet
    assert intake.receipt(label, actor=NEW_CLERK, lookup_at="").applicant.name == "Lê Thị Bé"
    assert intake.label(label, actor=NEW_CLERK).office == "Trung tâm BT"  # the name of then
    with pytest.raises(NotAllowed):
        intake.label(label, actor=STRANGER)
    assert (provinces.row(label).due_us, provinces.row(label).promised_us) == due
    version = provinces.house.views.dossier(label, now_us=provinces.clock.us).calendar_version
    assert version is not None
    assert version.startswith("BT.")  # its own calendar, not the successor's


def test_a_citizen_is_told_where_to_go_now(provinces: Provinces) -> None:
    registered = provinces.register()
    provinces.clock.at("2025-07-01T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    provinces.merge("BT")
    reference = provinces.house.reference
    found = look_up(
        registered.lookup_token,
        provinces.house.views,
        reference.procedures(),
        Succession(reference.offices()),
        now_us=provinces.clock.us,
    )
    assert found is not None
    assert (found.stage, found.office, found.place) == (Stage.RECEIVED, "VL", "VL")


def test_people_and_stations_move_by_decisions_of_their_own(merged: Provinces) -> None:
    house = merged.house
    invited = merged.write(
        lambda: house.enrol_station.invitation(
            station="quay-vl", office="VL", purpose="counter", actor=ADMIN
        )
    )
    assert invited.office == "VL"
    assert house.succeed_office.left("BT", actor=ADMIN)["BT"].people == ("cb-bt",)
    moved = merged.write(lambda: house.succeed_office.move_people("BT", actor=ADMIN))
    assert moved == ("cb-bt",)
    person = house.reference.people()["cb-bt"]
    assert (person.party, person.roles) == ("VL", ["counter"])
    assert house.succeed_office.left("BT", actor=ADMIN)["BT"].people == ()
    with pytest.raises(NotFound):
        merged.write(lambda: house.succeed_office.move_people("VL", actor=ADMIN))


def test_a_station_of_the_old_centre_enrols_anew_as_the_successors(provinces: Provinces) -> None:
    Device(provinces, "quay-bt", "BT")
    provinces.clock.at("2025-07-01T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    provinces.merge("BT")
    house = provinces.house
    assert house.succeed_office.left("BT", actor=ADMIN)["BT"].stations == ("quay-bt",)
    [given] = provinces.write(lambda: house.succeed_office.move_stations("BT", actor=ADMIN))
    assert (given.station, given.office, given.purpose) == ("quay-bt", "VL", "counter")
    assert house.succeed_office.left("BT", actor=ADMIN)["BT"].stations == ()


def test_the_old_centre_takes_nothing_in_and_the_new_one_not_before_its_day(
    provinces: Provinces,
) -> None:
    provinces.clock.at("2025-06-30T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    with pytest.raises(OfficeNotOpen):
        provinces.register(NEW_CLERK)
    provinces.clock.at("2025-07-01T08:00")
    provinces.merge("BT")
    with pytest.raises(OfficeSucceeded) as refused:
        provinces.register(OLD_CLERK)
    assert refused.value.values["successor"] == "VL"
    with pytest.raises(OfficeSucceeded):
        provinces.house.intake.offer("P5", actor=OLD_CLERK)
    with pytest.raises(OfficeSucceeded):
        provinces.write(
            lambda: provinces.house.enrol_station.invite(
                station="q9", office="BT", purpose="counter", actor=ADMIN
            )
        )
    assert provinces.register(NEW_CLERK).label


def test_a_merger_that_cannot_be_is_refused(merged: Provinces) -> None:
    before = dict(merged.house.views.summary(now_us=merged.clock.us).holders)
    for old, new, since, refusal in (
        ("XX", "VL", None, NotFound),
        ("STC", "XX", None, NotFound),
        ("STC", "BT", None, OfficeSucceeded),  # its work went to VL: name that
        ("BT", "STC", None, OfficeSucceeded),  # twice
        ("VL", "VL", None, SuccessionCycle),
        ("VL", "BT", None, SuccessionCycle),
        ("STC", "VL", "2025-07-02T00:00", SuccessionDate),  # that day has not come
        ("STC", "VL", "2025-06-30T00:00", SuccessionDate),  # VL was not there yet
        ("VL", "STC", "2025-06-30T00:00", SuccessionDate),  # nor could it end then
    ):
        with pytest.raises(refusal):
            merged.merge(old, new, since)
    assert merged.house.views.summary(now_us=merged.clock.us).holders == before
    assert merged.house.reference.offices()["STC"].successor is None


def test_only_an_administrator_merges_offices(merged: Provinces) -> None:
    for act in (
        lambda: merged.house.succeed_office("STC", "VL", effective_us=None, actor=NEW_CLERK),
        lambda: merged.house.succeed_office("STC", "VL", effective_us=None, actor=None),
        lambda: merged.house.succeed_office.move_people("BT", actor=NEW_CLERK),
        lambda: merged.house.succeed_office.left("BT", actor=None),
    ):
        with pytest.raises(NotAllowed) as refused:
            merged.write(act)
        assert refused.value.values["act"] in {Act.SUCCEED_OFFICE, Act.DEFINE_REFERENCE}


def test_the_successor_of_a_successor_carries_on_the_work_of_both(merged: Provinces) -> None:
    merged.clock.at("2025-08-01T08:00")
    merged.add("CL", 87_000, "2025-08-01T00:00")
    merged.merge("VL", "CL", "2025-08-01T00:00")
    succession = Succession(merged.house.reference.offices())
    assert succession.carried_on_by("CL") == {"CL", "VL", "BT", "TV"}
    assert succession.heir("TV") == "CL"
    assert succession.heir(COURIER) == COURIER


def test_after_a_restart_and_a_rebuild_everything_stands_as_before(provinces: Provinces) -> None:
    label = provinces.register().label
    provinces.send_off(label, to="TV")
    provinces.clock.at("2025-07-01T07:35")
    provinces.unpack(label, office="VL")
    provinces.clock.at("2025-07-01T08:00")
    provinces.add("VL", 86_000, "2025-07-01T00:00")
    provinces.merge("TV")
    told = provinces.flags(), provinces.holders(label)
    provinces.write(provinces.house.rebuild)
    assert (provinces.flags(), provinces.holders(label)) == told == ([], ["BT", COURIER, "VL"])
