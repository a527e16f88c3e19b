import pytest

from domain.model.commands import SEAL_BROKEN, UNDO, command
from domain.model.labels import Kind, Label
from domain.model.reasons import reasons_for
from scanner_station.directory import Directory, Person
from scanner_station.gestures import Act, Session
from scanner_station.settings import Purpose


def label(kind: Kind, serial: int) -> str:
    return str(Label(kind, 27001, 26, serial))


LAN, MINH, COURIER, CLERK = (label(Kind.BADGE, serial) for serial in range(4))
CENTRE, BUILDING, JUSTICE = (label(Kind.PLACE, serial) for serial in range(3))
D1, D2, D3 = (label(Kind.DOSSIER, serial) for serial in range(3))
P1, P2 = (label(Kind.POUCH, serial) for serial in range(2))
DIRECTORY = Directory(
    people={
        LAN: Person("lan", "TTHC"),
        MINH: Person("minh", "TTHC"),
        COURIER: Person("c1", "courier:C1"),
        CLERK: Person("hoa", "SXD"),
    },
    offices={CENTRE: "TTHC", BUILDING: "SXD", JUSTICE: "STP"},
)


def card(word: str) -> str:
    return command(word).label


class Desk:
    """A session whose acts are journaled at once; a second passes before each scan."""

    def __init__(self, purpose: Purpose, office: str, *signed_on: str) -> None:
        self.session = Session(office=office, purpose=purpose, directory=DIRECTORY)
        self.now_ms = 0
        self.seq = 0
        self.acts: list[Act] = []
        self.scan(*signed_on)

    def scan(self, *codes: str, after_ms: int = 1_000) -> list[object]:
        """Facts as (fact, subject, context), prompts as their code, None for a repeated scan."""
        told: list[object] = []
        for code in codes:
            self.now_ms += after_ms
            if held := self.session.overtaken_by(code):
                told.append(self.store(held))
            answer = self.session.read(code, now_ms=self.now_ms)
            told.append(self.store(answer) if isinstance(answer, Act) else answer and answer.code)
        return told

    def store(self, act: Act) -> tuple[str, str, dict[str, object]]:
        self.seq += 1
        self.session.journaled(act, f"T1#{self.seq}", now_ms=self.now_ms)
        self.acts.append(act)
        return act.fact, act.subject, dict(act.context)


@pytest.fixture
def counter() -> Desk:
    return Desk(Purpose.COUNTER, "TTHC", LAN)


@pytest.fixture
def department() -> Desk:
    return Desk(Purpose.DEPARTMENT, "SXD", CLERK)


@pytest.fixture
def courier() -> Desk:
    return Desk(Purpose.COURIER, "courier:C1", COURIER)


def test_a_counter_digitises_packs_seals_and_releases(counter: Desk) -> None:
    assert counter.scan(D1, P1, D1, D2) == [
        ("Digitised", D1, {}),
        ("Opened", P1, {}),
        ("Packed", D1, {"pouch": P1}),
        ("Packed", D2, {"pouch": P1}),
    ]
    assert counter.scan(BUILDING, card("Sealed"), P1, "480213") == [
        "DESTINATION_SET",
        "CARD_SET",
        "SCAN_SEAL",
        ("Sealed", P1, {"seal": "480213", "to": "SXD"}),
    ]
    assert counter.scan(card("Released"), COURIER, P1) == [
        "CARD_SET",
        "COUNTERPART_SET",
        ("Released", P1, {"counterpart": "courier:C1"}),
    ]


def test_a_department_accepts_unseals_receives_and_closes(department: Desk) -> None:
    assert department.scan(P1, card("Unsealed"), P1, "480213", D1, D2, card("Closed"), P1) == [
        ("Accepted", P1, {}),
        "CARD_SET",
        "SCAN_SEAL",
        ("Unsealed", P1, {"seal": "480213"}),
        ("Received", D1, {"pouch": P1}),
        ("Received", D2, {"pouch": P1}),
        "CARD_SET",
        ("Closed", P1, {}),
    ]
    assert department.scan(D3) == [("Received", D3, {})]


def test_a_department_packs_results_after_the_open_card(department: Desk) -> None:
    assert department.scan(card("ResultIssued"), D1, card("Opened"), P2, D1) == [
        "CARD_SET",
        ("ResultIssued", D1, {}),
        "CARD_SET",
        ("Opened", P2, {}),
        ("Packed", D1, {"pouch": P2}),
    ]


def test_a_courier_accepts_one_pouch_after_another_and_releases_them_at_a_door(
    courier: Desk,
) -> None:
    assert courier.scan(P1, P2, BUILDING, card("Released"), P1, P2) == [
        ("Accepted", P1, {}),
        ("Accepted", P2, {}),
        "COUNTERPART_SET",
        "CARD_SET",
        ("Released", P1, {"counterpart": "SXD"}),
        ("Released", P2, {"counterpart": "SXD"}),
    ]


def test_a_result_desk_notes_arrival_by_itself_and_return_only_by_card() -> None:
    desk = Desk(Purpose.RESULTS, "TTHC", LAN)
    assert desk.scan(D1, card("Returned"), D1) == [
        ("ResultArrived", D1, {}),
        "CARD_SET",
        ("Returned", D1, {}),
    ]


def test_a_seal_number_after_an_acceptance_is_a_further_acceptance_with_the_reading(
    department: Desk,
) -> None:
    assert department.scan(P1, "77001") == [
        ("Accepted", P1, {}),
        ("Accepted", P1, {"seal": "77001"}),
    ]


def test_a_seal_number_may_come_before_its_pouch(counter: Desk, department: Desk) -> None:
    assert counter.scan("S77001", card("Sealed"), P1)[-1] == ("Sealed", P1, {"seal": "77001"})
    assert department.scan(card("Unsealed"), "77001", P1)[-1] == (
        "Unsealed",
        P1,
        {"seal": "77001"},
    )


def test_an_announced_seal_does_not_stick_to_a_later_pouch(department: Desk) -> None:
    department.scan("S77001", P1)
    assert department.acts[-1].context == {"seal": "77001"}
    assert department.scan(P2) == [("Accepted", P2, {})]


def test_a_broken_seal_is_stated_by_its_card(department: Desk) -> None:
    assert department.scan(P1, SEAL_BROKEN.label)[-1] == ("Accepted", P1, {"broken": True})
    assert department.scan(card("Unsealed"), P1, SEAL_BROKEN.label)[-1] == (
        "Unsealed",
        P1,
        {"broken": True},
    )


def test_two_broken_seals_in_a_row_are_two_readings(department: Desk) -> None:
    broken = SEAL_BROKEN.label
    department.scan(card("Unsealed"), P1, broken, P2, broken, broken, after_ms=100)
    assert [(act.subject, act.context) for act in department.acts] == [
        (P1, {"broken": True}),
        (P2, {"broken": True}),
    ]


def test_a_pouch_without_a_seal_number_is_scanned_again(counter: Desk) -> None:
    counter.scan(card("Sealed"), P1)
    assert counter.scan(P1, after_ms=4_000) == [("Sealed", P1, {})]


def test_a_sealing_that_waits_is_stated_when_the_desk_moves_on(counter: Desk) -> None:
    counter.scan(P1, D1, card("Sealed"), P1)
    assert counter.scan(P2) == [("Sealed", P1, {}), "SCAN_SEAL"]
    assert counter.scan(D2) == [("Sealed", P2, {}), ("Digitised", D2, {})]


def test_a_sealing_that_waits_is_stated_at_the_end_of_the_session(counter: Desk) -> None:
    counter.scan(card("Sealed"), P1)
    held = counter.session.overtaken_by(None)
    assert held is not None
    assert (held.fact, held.subject, held.operator) == ("Sealed", P1, "lan")


def test_a_sealing_that_waits_belongs_to_the_operator_who_began_it(counter: Desk) -> None:
    counter.scan(card("Sealed"), P1, MINH)
    assert [(act.fact, act.operator) for act in counter.acts] == [("Sealed", "lan")]


def test_the_same_operator_signing_on_again_lets_a_sealing_wait(counter: Desk) -> None:
    assert counter.scan(card("Sealed"), P1, LAN, "4711", after_ms=4_000)[1:] == [
        "SCAN_SEAL",
        "SIGNED_ON",
        ("Sealed", P1, {"seal": "4711"}),
    ]


def test_a_destination_may_be_scanned_while_the_seal_number_is_awaited(counter: Desk) -> None:
    assert counter.scan(card("Sealed"), P1, JUSTICE, "4711")[-1] == (
        "Sealed",
        P1,
        {"seal": "4711", "to": "STP"},
    )


def test_a_destination_belongs_to_one_sealing(counter: Desk) -> None:
    counter.scan(BUILDING, card("Sealed"), P1, "4711", P2, "4712")
    assert [dict(act.context) for act in counter.acts] == [
        {"seal": "4711", "to": "SXD"},
        {"seal": "4712"},
    ]


def test_no_fact_is_stated_without_an_operator() -> None:
    nobody = Desk(Purpose.COUNTER, "TTHC")
    assert nobody.scan(D1, P1, card("Sealed"), P1, UNDO.label) == [
        "SCAN_BADGE_FIRST",
        "SCAN_BADGE_FIRST",
        "CARD_SET",
        "SCAN_BADGE_FIRST",
        "NOTHING_TO_UNDO",
    ]
    assert not nobody.acts
    assert nobody.scan(LAN, D1, after_ms=100)[-1] == ("Digitised", D1, {}), "not a repeated scan"


def test_each_act_carries_its_operator(counter: Desk) -> None:
    counter.scan(D1, MINH, D2)
    assert [act.operator for act in counter.acts] == ["lan", "minh"]


def test_undo_names_the_last_key_and_puts_the_desk_back(counter: Desk) -> None:
    counter.scan(P1, D1, card("Sealed"), P1, "4711")
    assert counter.scan(UNDO.label) == [("Undone", P1, {"target": "T1#3"})]
    assert counter.scan(card("Packed"), D2)[-1] == ("Packed", D2, {"pouch": P1})


def test_undo_goes_back_one_act_at_a_time(counter: Desk) -> None:
    counter.scan(D1, D2)
    assert counter.scan(UNDO.label) == [("Undone", D2, {"target": "T1#2"})]
    assert counter.scan(UNDO.label, after_ms=500) == [None], "one pull of the trigger too many"
    assert counter.scan(UNDO.label, after_ms=3_500) == [("Undone", D1, {"target": "T1#1"})]
    assert counter.scan(UNDO.label, after_ms=3_500) == ["NOTHING_TO_UNDO"]


def test_what_was_undone_can_be_scanned_again_at_once(counter: Desk) -> None:
    counter.scan(D1, UNDO.label, after_ms=100)
    assert counter.scan(D1, after_ms=100) == [("Digitised", D1, {})]


def test_undo_after_a_minute_is_a_matter_for_a_correction(counter: Desk) -> None:
    counter.scan(D1)
    assert counter.scan(UNDO.label, after_ms=60_001) == ["UNDO_TOO_LATE"]


def test_nobody_undoes_what_another_operator_scanned(counter: Desk) -> None:
    counter.scan(D1, MINH)
    assert counter.scan(UNDO.label) == ["NOTHING_TO_UNDO"]


def test_undo_drops_a_sealing_that_still_waits(counter: Desk) -> None:
    counter.scan(D1, card("Sealed"), P1)
    assert counter.scan(UNDO.label, D2) == ["DROPPED", ("Digitised", D2, {})]


def test_the_same_label_within_three_seconds_is_one_scan(counter: Desk) -> None:
    assert counter.scan(D1) == [("Digitised", D1, {})]
    assert counter.scan(D1, after_ms=3_000) == [None]
    assert counter.scan(D1, after_ms=3_000) == [None], "it never left the view"
    assert counter.scan(D1, after_ms=3_001) == [("Digitised", D1, {})]


def test_another_card_makes_the_same_label_another_scan(counter: Desk) -> None:
    counter.scan(P1, after_ms=10)
    assert counter.scan(card("Released"), P1, after_ms=10)[-1] == ("Released", P1, {})


def test_a_scanner_aimed_again_for_a_pouch_is_another_scan_but_a_camera_sees_what_lies_there(
    counter: Desk,
) -> None:
    counter.scan(D1, P1, after_ms=10)
    assert counter.session.read(D1, now_ms=counter.now_ms + 10, live=True) is None
    assert counter.scan(D1, after_ms=20) == [("Packed", D1, {"pouch": P1})]


def test_a_new_photograph_is_a_new_view(counter: Desk) -> None:
    counter.scan(D1)
    counter.session.new_view()
    assert counter.scan(D1, after_ms=1) == [("Digitised", D1, {})]


def test_an_act_that_could_not_be_journaled_leaves_the_desk_as_it_was(counter: Desk) -> None:
    counter.scan(P1)
    act = counter.session.read(D1, now_ms=counter.now_ms)
    assert isinstance(act, Act)
    assert counter.scan(D1, after_ms=1) == [("Packed", D1, {"pouch": P1})]


def test_packing_needs_a_pouch(counter: Desk) -> None:
    assert counter.scan(card("Packed"), D1, P1, D1) == [
        "CARD_SET",
        "SCAN_POUCH_FIRST",
        ("Opened", P1, {}),
        ("Packed", D1, {"pouch": P1}),
    ]


def test_a_pouch_that_leaves_is_no_longer_at_hand(department: Desk) -> None:
    department.scan(P1, card("Refused"), P1)
    assert department.scan(card("Received"), D1)[-1] == ("Received", D1, {})


def test_a_counterpart_does_not_outlive_its_card(counter: Desk) -> None:
    counter.scan(COURIER, card("Released"), P1, card("Opened"), P2, card("Released"))
    assert counter.scan(P1, after_ms=4_000) == [("Released", P1, {})]


def test_a_loose_dossier_is_released_to_an_office(counter: Desk) -> None:
    assert counter.scan(card("Released"), BUILDING, D1)[-1] == (
        "Released",
        D1,
        {"counterpart": "SXD"},
    )


def test_a_move_names_its_place(department: Desk) -> None:
    shelf = label(Kind.PLACE, 77)
    assert department.scan(card("Moved"), shelf, D1)[-1] == ("Moved", D1, {"place": shelf})


def test_a_run_label_without_a_card_means_nothing(courier: Desk) -> None:
    run = label(Kind.RUN, 1)
    assert courier.scan(run, card("RunDeparted"), run) == [
        "SCAN_CARD_FIRST",
        "CARD_SET",
        ("RunDeparted", run, {}),
    ]


RUN = label(Kind.RUN, 1)


def test_a_courier_names_the_stop_before_or_after_the_run(courier: Desk) -> None:
    before = courier.scan(card("StopReached"), BUILDING, RUN)
    assert before == ["CARD_SET", "STOP_SET", ("StopReached", RUN, {"place": "SXD"})]
    after = courier.scan(RUN, JUSTICE, after_ms=10_000)
    assert after == ["SCAN_STOP", ("StopReached", RUN, {"place": "STP"})]


def test_a_stop_without_a_label_is_stated_without_its_name(courier: Desk) -> None:
    assert courier.scan(card("StopReached"), RUN) == ["CARD_SET", "SCAN_STOP"]
    assert courier.scan(RUN, after_ms=4_000) == [("StopReached", RUN, {})]


def test_a_missed_stop_asks_for_stop_and_reason_in_either_order(courier: Desk) -> None:
    closed = next(one.label for one in reasons_for("StopMissed") if one.code == "office_closed")
    stated = ("StopMissed", RUN, {"place": "SXD", "reason": "office_closed"})
    assert courier.scan(card("StopMissed"), RUN, BUILDING, closed) == [
        "CARD_SET",
        "SCAN_STOP",
        "SCAN_REASON",
        stated,
    ]
    again = courier.scan(card("StopReached"), card("StopMissed"), RUN, closed, BUILDING)
    assert again[2:] == ["SCAN_STOP", "SCAN_STOP", stated]


def test_an_office_scans_a_run_at_its_own_door_and_names_the_courier(counter: Desk) -> None:
    assert counter.scan(card("StopReached"), RUN)[-1] == ("StopReached", RUN, {})
    named = counter.scan(card("RunDeparted"), COURIER, RUN)
    assert named[-1] == ("RunDeparted", RUN, {"counterpart": "courier:C1"})


def test_the_shelf_of_a_move_is_no_stop_of_a_run(department: Desk) -> None:
    department.scan(card("Moved"), label(Kind.PLACE, 77), D1)
    assert department.scan(card("RunCompleted"), RUN)[-1] == ("RunCompleted", RUN, {})


@pytest.mark.parametrize(
    ("code", "prompt"),
    [
        (label(Kind.BADGE, 99), "UNKNOWN_BADGE"),
        (label(Kind.PLACE, 99), "UNKNOWN_PLACE"),
        (label(Kind.COMMAND, 1), "UNKNOWN_CARD"),  # of another issuer
        (CENTRE, "OWN_OFFICE"),
        ("12345", "UNEXPECTED_NUMBER"),
        (D1[:-1] + str((int(D1[-1]) + 1) % 10), "BAD_CHECK"),
        ("1270012600000", "BAD_CHECK"),
        ("đ" + D1[1:], "TURN_OFF_IME"),
        ("a" + D1, "TURN_OFF_IME"),
        ("Hồ sơ", "TURN_OFF_IME"),
        ("https://example.org/x", "FOREIGN_CODE"),
        ("H10.14-250702-0001", "FOREIGN_CODE"),
    ],
)
def test_what_is_no_code_of_ours_is_answered_with_advice(
    counter: Desk, code: str, prompt: str
) -> None:
    assert counter.scan(code) == [prompt]
    assert not counter.acts
