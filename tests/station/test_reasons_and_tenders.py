"""At the station: reasons from cards, a tender with the receiver's code; told as a desk's day."""

import base64

import pytest

from domain.model.commands import TENDER_CODE, UNDO, command
from domain.model.fact import FACT_NAMES
from domain.model.identifiers import checked_code
from domain.model.instants import MINUTE_US, parse_instant
from domain.model.labels import Kind, Label, parse_label
from domain.model.reasons import (
    ASKED_AT_STATIONS,
    ASKED_ON_PAGES,
    LONGEST_CODE,
    REASONS,
    photo_of,
    read_reason,
    reason_of,
    reasons_for,
    with_photo,
)
from domain.model.tender_code import (
    TOLERANCE_MINUTES,
    code_at,
    code_holds,
    code_of,
    tender_key,
    with_code,
)
from scanner_station.directory import Directory, Person
from scanner_station.gestures import Act, Session
from scanner_station.settings import Purpose


def label(kind: Kind, serial: int) -> str:
    return str(Label(kind, 27001, 26, serial))


RIDER, CLERK, BUILDING = label(Kind.BADGE, 1), label(Kind.BADGE, 2), label(Kind.PLACE, 1)
D1, D2, P1, RUN = (
    label(Kind.DOSSIER, 1),
    label(Kind.DOSSIER, 2),
    label(Kind.POUCH, 1),
    label(Kind.RUN, 1),
)
TORN, WET, CLOSED, ROAD = (
    next(one.label for one in REASONS if one.code == code)
    for code in ("torn", "wet", "office_closed", "road_blocked")
)
DIRECTORY = Directory(
    people={RIDER: Person("c1", "courier:C1"), CLERK: Person("hoa", "SXD")},
    offices={BUILDING: "SXD"},
)


class Desk:
    """A signed-on session; four seconds pass before each scan: no repetition is meant."""

    def __init__(self, purpose: Purpose = Purpose.DEPARTMENT) -> None:
        rides = purpose is Purpose.COURIER
        self.session = Session(
            office="courier:C1" if rides else "SXD",
            purpose=purpose,
            directory=DIRECTORY,
            own_code=lambda: "00012345",
        )
        self.now_ms = self.seq = 0
        self.scan(RIDER if rides else CLERK)

    def scan(self, *codes: str) -> list[object]:
        """Acts as (fact, subject, context), prompts as their code."""
        told: list[object] = []
        for code in codes:
            self.now_ms += 4_000
            if held := self.session.overtaken_by(code):
                told.append(self._store(held))
            answer = self.session.read(code, now_ms=self.now_ms)
            told.append(self._store(answer) if isinstance(answer, Act) else answer and answer.code)
        return told

    def _store(self, act: Act) -> tuple[str, str, dict[str, object]]:
        self.seq += 1
        self.session.journaled(act, f"T1#{self.seq}", now_ms=self.now_ms)
        return act.fact, act.subject, dict(act.context)


def test_a_pouch_is_refused_with_the_reason_on_a_card() -> None:
    desk = Desk()
    assert desk.scan(command("Refused").label, P1, TORN) == [
        "CARD_SET",
        "SCAN_REASON",
        ("Refused", P1, {"reason": "torn"}),
    ]


def test_one_reason_serves_all_that_is_refused_under_the_same_card() -> None:
    desk = Desk()
    assert desk.scan(command("Refused").label, TORN, D1, D2) == [
        "CARD_SET",
        "REASON_SET",
        ("Refused", D1, {"reason": "torn"}),
        ("Refused", D2, {"reason": "torn"}),
    ]
    assert desk.scan(command("Damaged").label, D1) == ["CARD_SET", "SCAN_REASON"]


def test_a_refusal_without_a_reason_card_at_hand_is_never_forgotten() -> None:
    desk = Desk()
    desk.scan(command("Refused").label)
    assert desk.scan(D1, D1) == ["SCAN_REASON", ("Refused", D1, {})]
    assert desk.scan(D2, command("Accepted").label) == [
        "SCAN_REASON",
        ("Refused", D2, {}),
        "CARD_SET",
    ]
    desk.scan(command("Refused").label, D1)
    assert desk.scan(UNDO.label) == ["DROPPED"]


def test_a_reason_that_does_not_fit_the_act_is_said_and_leaves_the_act_waiting() -> None:
    desk = Desk()
    assert desk.scan(TORN) == ["REASON_NOT_FOR_THIS"]
    assert desk.scan(command("Refused").label, P1, ROAD, WET) == [
        "CARD_SET",
        "SCAN_REASON",
        "REASON_NOT_FOR_THIS",
        ("Refused", P1, {"reason": "wet"}),
    ]


def test_a_seal_number_is_not_taken_for_the_reason_of_a_refusal() -> None:
    desk = Desk()
    desk.scan(command("Refused").label, P1)
    assert desk.scan("S4711") == ["SEAL_READ"]
    assert desk.scan(WET) == [("Refused", P1, {"reason": "wet"})]


def test_a_missed_stop_says_why() -> None:
    rider = Desk(Purpose.COURIER)
    assert rider.scan(command("StopMissed").label, BUILDING, RUN, CLOSED) == [
        "CARD_SET",
        "STOP_SET",
        "SCAN_REASON",
        ("StopMissed", RUN, {"place": "SXD", "reason": "office_closed"}),
    ]


def test_a_deliverer_tenders_with_the_code_on_the_receivers_screen() -> None:
    rider = Desk(Purpose.COURIER)
    rider.scan(command("Tendered").label, BUILDING)
    assert rider.scan(P1, "12345678") == [
        "TYPE_CODE",
        ("Tendered", P1, {"counterpart": "SXD", "reason": "will_not_scan/12345678"}),
    ]
    rider.scan(P1)
    assert rider.scan("1234567") == ["UNEXPECTED_NUMBER"]
    assert rider.scan(P1) == [("Tendered", P1, {"counterpart": "SXD"})]


def test_the_receiving_station_shows_its_code_and_says_so_when_it_has_none() -> None:
    desk = Desk()
    assert desk.scan(TENDER_CODE.label) == ["OWN_CODE"]
    desk.session = Session(office="SXD", purpose=Purpose.DEPARTMENT, directory=DIRECTORY)
    assert desk.scan(TENDER_CODE.label) == ["NO_OWN_CODE"]


def test_a_code_holds_for_its_station_and_its_minutes_alone() -> None:
    at_us = parse_instant("2026-03-02T10:00:30+07:00")
    key, other = tender_key(b"s", "Q1", 1), tender_key(b"s", "Q1", 2)
    code = code_at(key, at_us)
    assert code_holds(key, code, at_us=at_us + TOLERANCE_MINUTES * MINUTE_US)
    assert code_holds(key, code, at_us=at_us - TOLERANCE_MINUTES * MINUTE_US)
    assert not code_holds(key, code, at_us=at_us + (TOLERANCE_MINUTES + 1) * MINUTE_US)
    assert not code_holds(other, code, at_us=at_us)
    assert code_of(with_code(None, code)) == code_of(with_code("device_failed", code)) == code
    assert code_of("will_not_scan") is None


def test_the_key_of_the_codes_comes_with_the_directory_and_an_older_server_gives_none() -> None:
    told: dict[str, object] = {"offices": [], "people": []}
    assert Directory.from_json(told).tender_key is None
    key = base64.b64encode(b"k" * 32).decode()
    assert Directory.from_json(told | {"tender_key": key}).tender_key == b"k" * 32
    assert "kkk" not in repr(Directory.from_json(told | {"tender_key": key}))
    with pytest.raises(ValueError, match="padding"):
        Directory.from_json(told | {"tender_key": "no"})


@pytest.mark.parametrize("fact", sorted(ASKED_AT_STATIONS | ASKED_ON_PAGES | {"Tendered"}))
def test_every_fact_that_asks_for_a_reason_has_some(fact: str) -> None:
    offered = reasons_for(fact)
    assert len(offered) >= 2
    if fact in ASKED_AT_STATIONS:
        assert any(one.serial for one in offered)


def test_the_table_of_reasons_is_closed_and_fits_an_entry() -> None:
    assert len({one.code for one in REASONS}) == len(REASONS)
    cards = [one for one in REASONS if one.serial]
    assert len({one.serial for one in cards}) == len(cards)
    for one in REASONS:
        assert one.facts <= FACT_NAMES
        assert len(one.code) <= LONGEST_CODE
        checked_code("reason", with_photo(one.code, "ff" * 32))
    for one in cards:
        assert one.serial >= 200
        assert reason_of(parse_label(one.label)) == one
    assert reason_of(parse_label(UNDO.label)) is None
    assert reason_of(parse_label(D1)) is None


def test_a_reason_leads_to_its_photo_and_to_nothing_else() -> None:
    digest = "0f" * 32
    told = with_photo("torn", digest)
    found, _ = read_reason(told)
    assert found is not None
    assert (found.code, photo_of(told)) == ("torn", digest)
    assert photo_of("torn") is photo_of("torn/12345678") is photo_of("torn/" + "=" * 43) is None
    assert read_reason("a_later_one")[0] is None
