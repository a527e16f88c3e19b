"""The end of a shift: what is in hand, confirmed by scans, closed as a statement, taken over."""

from typing import Any

import pytest

from domain.model.errors import BadCode, NotAllowed, NotFound
from domain.model.instants import DAY_US, MINUTE_US
from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role
from domain.use_cases.end_shift import MOST_LABELS, EndShift, TooManyCodes
from domain.use_cases.maintain_reference import OfficeDefinition, PersonDefinition

CB02 = Actor("cb02", "TTHC", frozenset({Role.COUNTER}))
BAG = str(Label(Kind.POUCH, 90_001, 26, 1))


@pytest.fixture
def shift(centre: Any) -> EndShift:
    for code, party in (("cb01", "TTHC"), ("cb02", "TTHC"), ("nv01", "STC")):
        given = PersonDefinition(
            code=code, party=party, roles=frozenset({Role.COUNTER}), issuer=90_001
        )
        centre.write(lambda given=given: centre.reference.define_person(given, actor=centre.admin))
    found: EndShift = centre.house.end_shift
    return found


def registered(centre: Any, many: int) -> list[str]:
    return [centre.register().label for _ in range(many)]


def scan(centre: Any, fact: str, label: str, operator: str = "cb01", **context: object) -> None:
    centre.clock.us += MINUTE_US
    desk, log = centre.house.desk, centre.house.log
    centre.write(
        lambda: log.save(
            entries=[desk.state(fact, label, context, operator=operator, office="TTHC")]
        )
    )


def confirm(centre: Any, *codes: str, actor: Actor | None = None, place: str | None = None) -> Any:
    centre.clock.us += MINUTE_US
    return centre.write(
        lambda: centre.house.end_shift.confirm(codes, place=place, actor=actor or centre.clerk)
    )


def end(centre: Any, since_us: int, *, next_: str | None = None, place: str | None = None) -> Any:
    centre.clock.us += MINUTE_US
    return centre.write(
        lambda: centre.house.end_shift.end(
            place=place, since_us=since_us, next_=next_, actor=centre.clerk
        )
    )


def lists(centre: Any, since_us: int, **more: Any) -> tuple[list[str], list[str]]:
    stands = centre.house.end_shift.in_hands(
        place=more.get("place"), since_us=since_us, actor=more.get("actor", centre.clerk)
    )
    return [row.label for row in stands.confirmed], [row.label for row in stands.left]


def test_what_a_person_scanned_last_is_in_that_persons_hands(centre: Any, shift: EndShift) -> None:
    one, two, three = registered(centre, 3)
    scan(centre, "Moved", two, "cb02")
    scan(centre, "Packed", three, pouch=BAG)
    scan(centre, "Sealed", BAG, seal="S1", to="STC")
    since_us = centre.clock.us + 1
    assert lists(centre, since_us) == ([], [one, BAG])  # what is in the bag goes with the bag
    assert lists(centre, since_us, actor=CB02) == ([], [two])
    scan(centre, "Accepted", BAG, "c1")
    assert shift.in_hands(place=None, since_us=since_us, actor=centre.clerk).left != ()


def test_scanning_moves_it_from_the_list_and_changes_place_not_holder(
    centre: Any, shift: EndShift
) -> None:
    one, two = registered(centre, 2)
    scan(centre, "Packed", two, pouch=BAG)
    scan(centre, "Sealed", BAG, seal="S1", to="STC")
    since_us = centre.clock.us + 1
    [answer] = confirm(centre, f" {one[0]} {one[1:6]} {one[6:8]} {one[8:14]} {one[14:]}")
    assert (answer.label, answer.outcome) == (one, "confirmed")
    assert lists(centre, since_us) == ([one], [BAG])
    confirm(centre, BAG, place="K2")
    assert lists(centre, since_us) == ([one, BAG], [])
    facts = centre.facts(one)
    assert [(fact.fact, fact.operator) for fact in facts[-1:]] == [("Moved", "cb01")]
    assert centre.row(one).holder == "TTHC"
    assert centre.views.pouch(BAG, now_us=centre.clock.us).state == "sealed"
    assert centre.views.discrepancies(now_us=centre.clock.us + 60 * MINUTE_US) == ()
    assert shift.in_hands(place="K2", since_us=since_us, actor=CB02).left[0].label == BAG


def test_each_thing_in_hand_says_how_that_is_known(centre: Any, shift: EndShift) -> None:
    scanned, declared = registered(centre, 2)
    scan(centre, "Attested", declared, holder="TTHC", reason="other")
    stands = shift.in_hands(place=None, since_us=centre.clock.us + 1, actor=centre.clerk)
    assert {row.label: row.basis for row in stands.left} == {
        scanned: "verified",
        declared: "attested",
    }


@pytest.mark.usefixtures("shift")
def test_a_pouch_whose_confirmation_was_undone_is_left_again(centre: Any) -> None:
    [one] = registered(centre, 1)
    scan(centre, "Packed", one, pouch=BAG)
    since_us = centre.clock.us + 1
    confirm(centre, BAG)
    assert lists(centre, since_us) == ([BAG], [])
    key = centre.facts(BAG)[-1].key
    centre.clock.us -= MINUTE_US
    scan(centre, "Undone", BAG, target=key)
    assert lists(centre, since_us) == ([], [BAG])


def test_what_is_confirmed_stays_at_its_place_unless_another_is_given(
    centre: Any,
) -> None:
    [one] = registered(centre, 1)
    scan(centre, "Moved", one, place="K7")
    since_us = centre.clock.us + 1
    confirm(centre, one)
    assert centre.row(one).place == "K7"
    confirm(centre, one, place="K8")
    assert centre.row(one).place == "K8"
    assert lists(centre, since_us, place="K7") == ([], [])
    assert lists(centre, since_us, place="K8") == ([one], [])
    assert lists(centre, since_us, place="K8", actor=CB02) == ([], [one])  # not by this one's scan


@pytest.mark.usefixtures("shift")
def test_nothing_is_stated_of_what_another_holds_or_of_what_is_no_label(
    centre: Any,
) -> None:
    [one] = registered(centre, 1)
    centre.scan("Accepted", one, office="STC")
    before = len(centre.facts(one))
    unknown = str(Label(Kind.DOSSIER, 90_001, 26, 999))
    answers = confirm(centre, one, unknown, "hello", one)
    assert [(each.label, each.outcome) for each in answers] == [
        (one, "not_held"),
        (unknown, "not_held"),
        ("hello", "no_label"),
    ]
    assert len(centre.facts(one)) == before
    assert centre.facts(unknown) == []


def test_a_closed_shift_states_what_was_seen_what_was_not_and_who_takes_over(
    centre: Any, shift: EndShift
) -> None:
    one, two = registered(centre, 2)
    since_us = centre.clock.us + 1
    confirm(centre, one)
    closed = end(centre, since_us, next_="cb02")
    assert (closed.confirmed, closed.unseen, closed.next) == ((one,), (two,), "cb02")
    assert end(centre, since_us, next_="cb02") == closed  # the same form sent twice is one act
    assert [offer.by for offer in shift.recent(actor=CB02)[1]] == ["cb01"]
    assert shift.recent(actor=centre.clerk)[0] == [closed]

    def stands() -> tuple[tuple[str, ...], ...]:
        found = shift.hand_over("cb01", ended_us=closed.ended_us, actor=CB02)
        return found.taken, found.waiting, found.gone

    assert stands() == ((), (one, two), ())
    assert centre.row(one).holder == "TTHC"
    confirm(centre, one, actor=CB02)  # the other side of it: the next one's own scan
    assert stands() == ((one,), (two,), ())
    assert lists(centre, closed.ended_us, actor=CB02) == ([one], [])
    centre.scan("Accepted", two, office="STC")
    assert stands() == ((one,), (), (two,))


def test_a_form_sent_twice_is_one_round_however_old_it_is_and_past_midnight(
    centre: Any, shift: EndShift
) -> None:
    registered(centre, 1)
    centre.at("2026-03-05T23:58")
    for since_us in (centre.clock.us - 3 * DAY_US, centre.clock.us - MINUTE_US):
        closed = end(centre, since_us, next_="cb02")
        centre.at("2026-03-06T00:01")
        assert end(centre, since_us, next_="cb02") == closed
        assert closed in shift.recent(actor=centre.clerk)[0]
        centre.at("2026-03-05T23:58")
    assert len(shift.recent(actor=centre.clerk)[0]) == 2
    assert end(centre, since_us, place="K1").place == "K1"


def test_a_shift_is_handed_to_somebody_of_the_same_office(centre: Any, shift: EndShift) -> None:
    assert shift.colleagues(actor=centre.clerk) == ["cb02"]
    for nobody in ("nv01", "cb01", "ghost"):
        with pytest.raises(NotFound):
            end(centre, centre.clock.us, next_=nobody)
    assert shift.recent(actor=centre.clerk) == ([], [])


def test_others_shifts_are_seen_by_the_office_and_by_whoever_sees_the_board(
    centre: Any, shift: EndShift
) -> None:
    closed = end(centre, centre.clock.us)
    courier = Actor("bt", "courier:C1", frozenset({Role.COURIER}))
    with pytest.raises(NotAllowed):
        shift.hand_over("cb01", ended_us=closed.ended_us, actor=courier)
    assert (
        shift.hand_over("cb01", ended_us=closed.ended_us, actor=centre.supervisor).ended == closed
    )
    with pytest.raises(NotFound):
        shift.hand_over("cb01", ended_us=closed.ended_us + 1, actor=centre.supervisor)
    for nobody in (None, centre.supervisor):
        with pytest.raises(NotAllowed):
            shift.in_hands(place=None, since_us=0, actor=nobody)


def test_a_form_takes_so_many_codes_and_a_place_is_a_code(centre: Any, shift: EndShift) -> None:
    with pytest.raises(TooManyCodes):
        confirm(centre, *map(str, range(MOST_LABELS + 1)))
    with pytest.raises(BadCode):
        confirm(centre, place="bàn của Lan")
    with pytest.raises(BadCode):
        shift.in_hands(place="bàn của Lan", since_us=0, actor=centre.clerk)


@pytest.mark.usefixtures("shift")
def test_after_a_merger_the_new_office_takes_stock_of_what_the_old_one_had(
    centre: Any,
) -> None:
    one, packed = registered(centre, 2)
    scan(centre, "Packed", packed, pouch=BAG)
    confirm(centre, BAG, place="K3")
    given = OfficeDefinition(code="VL", issuer=86_000, name_vi="VL", name_en="VL")
    centre.write(lambda: centre.reference.add_office(given, actor=centre.admin))
    centre.write(
        lambda: centre.house.succeed_office("TTHC", "VL", effective_us=None, actor=centre.admin)
    )
    centre.write(lambda: centre.house.succeed_office.move_people("TTHC", actor=centre.admin))
    moved = Actor("cb01", "VL", frozenset({Role.COUNTER}))
    assert lists(centre, centre.clock.us + 1, actor=moved) == ([], [one, BAG])
    assert lists(centre, centre.clock.us + 1, actor=moved, place="K3") == ([], [BAG])
    confirm(centre, one, actor=moved)
    assert [link.holder for link in centre.views.chains([one])[one]] == ["TTHC", "VL"]
    assert centre.views.discrepancies(now_us=centre.clock.us) == ()
