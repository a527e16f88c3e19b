"""The nine worked examples of facts.md §6, told to the slow fold that judges the fast one."""

from datetime import datetime
from itertools import count, pairwise
from random import Random
from typing import Any

import pytest

from domain.model.fact import Fact, check_grammar, fact_from_json
from domain.model.instants import Micros, iso, parse_instant
from domain.model.labels import Kind, Label
from tests.model.random_days import random_day
from tests.model.slow_fold import slow_fold

DOSSIER = str(Label(Kind.DOSSIER, 27001, 26, 1))
P1 = str(Label(Kind.POUCH, 27001, 26, 1))
COURIER = "courier:c1"
PARTIES = {"A": "A", "B": "B", "C": "C", "c1": COURIER}


def at(clock: str) -> Micros:
    return parse_instant(f"2026-03-02T{clock}{':00' if clock.count(':') == 1 else ''}+07:00")


Row = tuple[str, str, str, dict[str, Any]]  # fact, party, clock, context


def told(*rows: Row) -> list[Fact]:
    """Facts from (fact, party, clock, context); each party scans at a station of its own, in the
    order of the rows. Pouch facts name P1, all others the dossier."""
    numbers = {party: count(1) for party in PARTIES}
    facts = []
    for name, party, clock, context in rows:
        said = dict(context)
        subject = said.pop("subject", P1 if name in OF_THE_POUCH else DOSSIER)
        facts.append(
            fact_from_json(
                {
                    "fact": name,
                    "subject": subject,
                    "at": iso(at(clock)),
                    "station": f"S-{party}",
                    "seq": next(numbers[party]),
                    "operator": f"op-{party}",
                    "office": PARTIES[party],
                    "context": said,
                }
            )
        )
    return facts


OF_THE_POUCH = {"Sealed", "Released", "Accepted", "Unsealed", "Closed", "Undone"}

SENT: tuple[Row, ...] = (
    ("Registered", "A", "08:00", {}),
    ("Packed", "A", "09:00", {"pouch": P1}),
    ("Sealed", "A", "09:05", {"seal": "S1", "to": "B"}),
)
RELEASED = ("Released", "A", "09:10", {"counterpart": COURIER})
TAKEN: Row = ("Accepted", "c1", "09:12", {})
HANDED_OVER = ("Released", "c1", "09:58", {"counterpart": "B"})
ARRIVED = ("Accepted", "B", "10:00", {"seal": "S1"})
OPENED: Row = ("Unsealed", "B", "10:01", {})
SEEN = ("Received", "B", "10:03", {"pouch": P1})
CLOSED: Row = ("Closed", "B", "10:05", {})

VERIFIED, INFERRED = "verified", "inferred"
WHOLE = [
    ("A", "08:00", "09:12", VERIFIED),
    (COURIER, "09:12", "10:00", INFERRED),
    ("B", "10:00", "10:03", INFERRED),
    ("B", "10:03", None, VERIFIED),
]


def clock(text: str | None) -> str | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")


def chain(folded: dict[str, Any], label: str = DOSSIER) -> list[tuple[str, Any, Any, str]]:
    things = folded["dossiers"] | folded["pouches"]
    return [
        (link["holder"], clock(link["from"]), clock(link["to"]), link["basis"])
        for link in things[label]["chain"]
    ]


def discrepancies(folded: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    return [
        (row["code"], row["subject"], clock(row["opened"]), clock(row["closed"]))
        for row in folded["discrepancies"]
    ]


def test_1_a_whole_round_is_verified_inferred_and_verified_again() -> None:
    folded = slow_fold(told(*SENT, RELEASED, TAKEN, HANDED_OVER, ARRIVED, OPENED, SEEN, CLOSED))
    assert chain(folded) == WHOLE
    assert discrepancies(folded) == []
    assert folded["dossiers"][DOSSIER]["status"] == "open"
    assert folded["pouches"][P1]["state"] == "closed"
    assert folded["pouches"][P1]["seal"] is None


NOT_SEEN = (*SENT, RELEASED, TAKEN, HANDED_OVER, ARRIVED, OPENED, CLOSED)


def test_2_a_dossier_not_in_an_intact_pouch_never_left_the_sealer() -> None:
    folded = slow_fold(told(*NOT_SEEN))
    assert chain(folded) == [("A", "08:00", None, VERIFIED)]
    assert discrepancies(folded) == [("MISSING", DOSSIER, "10:05", None)]
    assert folded["dossiers"][DOSSIER]["pouch"] is None


def test_2_what_was_known_at_half_past_nine_says_it_is_with_the_courier() -> None:
    then = at("09:30")
    folded = slow_fold(told(*NOT_SEEN), as_of_us=then, known_at_us=then)
    assert chain(folded)[-1] == (COURIER, "09:12", None, INFERRED)
    assert folded["dossiers"][DOSSIER]["pouch"] == P1
    assert discrepancies(folded) == []


def test_2_what_was_so_at_half_past_nine_is_that_it_lay_at_the_sealer() -> None:
    folded = slow_fold(told(*NOT_SEEN), as_of_us=at("09:30"))
    assert chain(folded) == [("A", "08:00", None, VERIFIED)]
    assert discrepancies(folded) == []


def test_3_behind_a_bad_seal_the_carrier_before_the_finder_keeps_it() -> None:
    bad = ("Accepted", "B", "10:00", {"seal": "S9"})
    folded = slow_fold(told(*SENT, RELEASED, TAKEN, HANDED_OVER, bad, OPENED, CLOSED))
    assert chain(folded) == [("A", "08:00", "09:12", VERIFIED), (COURIER, "09:12", None, INFERRED)]
    assert discrepancies(folded) == [
        ("SEAL_MISMATCH", P1, "10:00", None),
        ("MISSING", DOSSIER, "10:05", None),
    ]


def test_4_who_did_not_look_at_the_seal_keeps_it() -> None:
    unread: Row = ("Accepted", "B", "10:00", {})
    folded = slow_fold(told(*SENT, RELEASED, TAKEN, HANDED_OVER, unread, OPENED, CLOSED))
    assert chain(folded) == [
        ("A", "08:00", "09:12", VERIFIED),
        (COURIER, "09:12", "10:00", INFERRED),
        ("B", "10:00", None, INFERRED),
    ]
    assert discrepancies(folded) == [("MISSING", DOSSIER, "10:05", None)]


def test_5_a_release_that_stands_after_the_acceptance_pairs_with_it() -> None:
    late = ("Released", "A", "09:13", {"counterpart": COURIER})
    folded = slow_fold(told(*SENT, late, TAKEN, HANDED_OVER, ARRIVED, OPENED, SEEN, CLOSED))
    assert chain(folded) == WHOLE
    assert discrepancies(folded) == [("NOT_RELEASED", P1, "09:12", "09:13")]


def test_6_seen_elsewhere_it_never_was_with_the_courier() -> None:
    elsewhere: Row = ("Received", "C", "09:40", {})
    folded = slow_fold(told(*NOT_SEEN, elsewhere))
    assert chain(folded) == [("A", "08:00", "09:40", VERIFIED), ("C", "09:40", None, VERIFIED)]
    assert discrepancies(folded) == [
        ("MISROUTED", DOSSIER, "09:40", None),
        ("WRONG_POUCH", DOSSIER, "09:40", None),
    ]


def test_7_found_after_the_close_it_holds_from_its_own_time() -> None:
    folded = slow_fold(told(*NOT_SEEN, ("Received", "B", "14:00", {"pouch": P1})))
    assert chain(folded) == [("A", "08:00", "14:00", VERIFIED), ("B", "14:00", None, VERIFIED)]
    assert discrepancies(folded) == [("MISSING", DOSSIER, "10:05", "14:00")]


def test_8_what_the_courier_did_not_release_he_owes() -> None:
    folded = slow_fold(told(*SENT, RELEASED, TAKEN, ARRIVED, OPENED, SEEN, CLOSED))
    assert chain(folded) == WHOLE
    assert discrepancies(folded) == [("NOT_RELEASED", P1, "10:00", None)]


@pytest.mark.parametrize(("clock_of_undo", "counts"), [("10:00:40", True), ("10:01:01", False)])
def test_9_an_undo_counts_within_a_minute(clock_of_undo: str, *, counts: bool) -> None:
    undone = ("Undone", "B", clock_of_undo, {"target": "S-B#1"})
    folded = slow_fold(told(*SENT, RELEASED, TAKEN, HANDED_OVER, ARRIVED, undone))
    assert folded["pouches"][P1]["holder"] == (COURIER if counts else "B")
    expected = [{"key": "S-B#1", "by": "S-B#2"}] if counts else []
    assert folded["set_aside"] == expected


@pytest.mark.parametrize("seed", range(60))
def test_a_random_day_folds_the_same_in_any_order_and_multiplicity(seed: int) -> None:
    rng = Random(seed)
    facts = random_day(rng, 60)
    for fact in facts:
        check_grammar(fact)
    folded = slow_fold(facts)
    again = [*facts, *rng.sample(facts, 10)]
    rng.shuffle(again)
    assert slow_fold(again) == folded


@pytest.mark.parametrize("seed", range(60))
def test_a_registered_open_dossier_has_one_custodian_at_every_instant(seed: int) -> None:
    facts = random_day(Random(seed), 60)
    folded = slow_fold(facts)
    for dossier in folded["dossiers"].values():
        links = dossier["chain"]
        for one, following in pairwise(links):
            assert one["to"] is not None
            assert parse_instant(one["to"]) <= parse_instant(following["from"])
        for start, end in dossier["windows"]:
            assert _held_without_a_break(links, start, end)


def _held_without_a_break(links: list[dict[str, Any]], start: str, end: str | None) -> bool:
    here, goal = parse_instant(start), FOREVER if end is None else parse_instant(end)
    for link in links:
        until = FOREVER if link["to"] is None else parse_instant(link["to"])
        if parse_instant(link["from"]) <= here < until:
            here = until
    return here >= goal


FOREVER = parse_instant("2099-01-01T00:00:00+07:00")
