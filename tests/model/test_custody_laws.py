"""The laws on days nobody planned: any facts, in any order, however often."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.model.custody import fold_facts
from domain.model.fact import DOSSIER_SIGHTINGS, Fact
from domain.model.instants import MINUTE_US, Micros
from domain.model.laws import nothing_inferred_is_verified, one_custodian, same_answer

START_US: Micros = 1_772_400_000_000_000
DOSSIERS = [f"1{n:015d}" for n in (1, 2, 3)]
POUCHES = [f"2{n:015d}" for n in (1, 2)]
PARTIES = ["A", "B", "C", "courier:c1", "courier:c2"]
ROUND = "Packed Sealed Released Accepted Unsealed Received Closed".split()
ON_DOSSIERS = sorted(DOSSIER_SIGHTINGS) + (
    "Released Tendered Refused Disputed Withdrawn Stopped RefusedAtIntake DeclaredLost Damaged"
    " Attested Rated".split()
)
ON_POUCHES = (
    "Opened Sealed Accepted Unsealed Closed Released Refused Packed DeclaredLost Attested".split()
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def days(draw: st.DrawFn, longest: int = 40) -> list[Fact]:
    """Facts of a few stations: mostly rounds of a pouch with slips, some of anything."""
    seqs: dict[str, int] = {}
    keys: list[str] = []
    facts: list[Fact] = []
    at_us = START_US
    for _ in range(draw(st.integers(1, longest))):
        at_us += (
            draw(st.sampled_from([0, 1, 1, 5, 31])) * MINUTE_US // draw(st.sampled_from([1, 60]))
        )
        office = draw(st.sampled_from(PARTIES))
        station = draw(st.sampled_from(["s1", "s2", office]))
        pouch = draw(st.sampled_from(POUCHES))
        name = draw(
            st.sampled_from(ROUND * 6 + ON_DOSSIERS + ON_POUCHES + ["Undone", "Corrected"] * 2)
        )
        on_pouch = name in ON_POUCHES and (name not in ON_DOSSIERS or draw(st.booleans()))
        context: dict[str, Any] = {
            "pouch": pouch if name == "Packed" else draw(maybe(st.just(pouch))),
            "seal": draw(st.sampled_from([None, "S1", "S1", "S2"])),
            "broken": draw(st.sampled_from([None] * 5 + [True])),
            "counterpart": draw(maybe(st.sampled_from(PARTIES))),
            "to": draw(maybe(st.sampled_from(PARTIES))),
            "place": draw(st.sampled_from([None, None, "desk"])),
            "pieces": draw(st.sampled_from([None, 2, 3, ["a", "b"], ["b", "c"]])),
            "paper": draw(st.sampled_from([None, None, "none"])),
            "reason": draw(st.sampled_from([None, "slip", "slip"])),
            "holder": draw(maybe(st.sampled_from(PARTIES))),
        }
        if name in {"Undone", "Corrected"}:
            context["target"] = draw(st.sampled_from([*keys, "s1#1"]))
            context["kind"] = draw(st.sampled_from(["did_not_occur", "was_wrong", None]))
            context["set"] = draw(
                st.sampled_from(
                    [{"office": "B"}, {"at": "2026-03-02T08:00:00+07:00"}, {"fact": "Moved"}]
                    + [{"target": key, "kind": "did_not_occur"} for key in keys[-3:]]
                )
            )
        skipped = draw(st.sampled_from([0] * 9 + [1]))
        seqs[station] = seq = max(
            1, seqs.get(station, 0) + 1 + skipped - draw(st.sampled_from([0] * 19 + [1]))
        )
        fact = Fact(
            fact=name,
            subject=pouch if on_pouch else draw(st.sampled_from(DOSSIERS)),
            at_us=at_us + draw(st.sampled_from([0] * 8 + [-10, 10])) * MINUTE_US,
            not_after_us=draw(maybe(st.just(at_us + MINUTE_US))),
            not_before_us=draw(maybe(st.just(at_us - 5 * MINUTE_US))),
            station=station,
            seq=seq,
            operator=office,
            office=office,
            context={key: value for key, value in context.items() if value is not None},
            digest=str(len(facts)),
        )
        facts.append(fact)
        keys.append(fact.key)
    if draw(st.sampled_from([False] * 4 + [True])):
        facts.append(
            Fact(
                fact="OfficeSucceeded",
                subject="A",
                at_us=draw(st.sampled_from(facts)).at_us,
                station="law",
                seq=1,
                operator="law",
                office="A",
                context={"successor": "C"},
                digest="law",
            )
        )
    return facts


pytestmark = pytest.mark.no_cover  # the fold over and over: every rule has a test of its own
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(days())
def test_each_open_dossier_has_exactly_one_custodian_at_every_instant(facts: list[Fact]) -> None:
    folded = fold_facts(facts)
    assert one_custodian(folded) == []
    assert nothing_inferred_is_verified(folded, facts) == []
    identities = [(one.code, one.subject, one.key) for one in folded.discrepancies]
    assert len(identities) == len(set(identities))


@SLOW
@given(days(), st.data())
def test_order_and_repetition_of_arrival_change_nothing(facts: list[Fact], data: Any) -> None:
    shuffled = data.draw(st.permutations(facts))
    again = data.draw(st.permutations([*facts, *data.draw(st.lists(st.sampled_from(facts)))]))
    assert same_answer(facts, [shuffled, again, reversed(facts)], fold=fold_facts) == []
