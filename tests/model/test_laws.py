"""The laws see what breaks them: each function is shown a violation it must name."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from domain.model.custody import Folded, Link, fold_facts
from domain.model.entry import FIRST_PREVIOUS
from domain.model.fact import Fact
from domain.model.laws import (
    ChainPlace,
    chain_unbroken,
    nothing_inferred_is_verified,
    one_custodian,
    same_answer,
)

Stated = Callable[[str], list[Fact]]
D1 = f"1{1:015d}"
P1 = f"2{1:015d}"
DAY = (
    "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05; Released A 09:10; Accepted c1 09:12;"
    "Released c1 09:50; Accepted B 10:00; Received B 10:10; Returned B 11:00"
)


def with_chain(folded: Folded, chain: list[Link]) -> Folded:
    return replace(folded, dossiers={D1: replace(folded.dossiers[D1], chain=chain)}, pouches={})


def test_a_day_that_keeps_the_laws_is_told_nothing(stated: Stated) -> None:
    facts = stated(DAY)
    folded = fold_facts(facts)
    assert one_custodian(folded) == []
    assert nothing_inferred_is_verified(folded, facts) == []
    assert same_answer(facts, [facts * 2, facts[::-1]], fold=fold_facts) == []


def test_l2_a_window_without_a_custodian_is_told(stated: Stated) -> None:
    folded = fold_facts(stated(DAY))
    first, second, *rest = folded.dossiers[D1].chain
    assert len(one_custodian(with_chain(folded, [first, *rest]))) == 1
    assert len(one_custodian(with_chain(folded, [second, *rest]))) == 1
    assert len(one_custodian(with_chain(folded, [first, second]))) == 1
    assert len(one_custodian(with_chain(folded, []))) == 1
    still_open = fold_facts(stated(DAY.replace("; Returned B 11:00", "")))
    last = still_open.dossiers[D1].chain[-1]
    ended = [*still_open.dossiers[D1].chain[:-1], replace(last, to_us=last.from_us + 1)]
    assert len(one_custodian(with_chain(still_open, ended))) == 1


def test_l2_two_custodians_at_once_are_told(stated: Stated) -> None:
    folded = fold_facts(stated(DAY))
    first, second, *rest = folded.dossiers[D1].chain
    for over in (replace(first, to_us=None), replace(first, to_us=second.from_us + 1)):
        assert "two custodians" in one_custodian(with_chain(folded, [over, second, *rest]))[0]
    empty = replace(second, to_us=second.from_us)
    assert any("no length" in one for one in one_custodian(with_chain(folded, [first, empty])))
    pouch = folded.pouches[P1]
    doubled = replace(folded, pouches={P1: replace(pouch, chain=[pouch.chain[-1], *pouch.chain])})
    assert len(one_custodian(doubled)) == 1


def test_l5_an_answer_that_depends_on_arrival_is_told(stated: Stated) -> None:
    facts = stated(DAY)

    def first_come(arrived: Iterable[Fact]) -> Folded:
        return fold_facts(list(arrived)[:3])

    told = same_answer(facts, [facts, facts[::-1]], fold=first_come)
    assert told == ["L5: arrival 2 of the same facts gives another answer"]


def test_l6_a_verified_link_without_a_scan_of_its_own_is_told(stated: Stated) -> None:
    facts = stated(DAY)
    folded = fold_facts(facts)
    first, inferred, *rest = folded.dossiers[D1].chain
    lies: list[Any] = [
        replace(inferred, basis="verified"),
        replace(first, evidence=()),
        replace(first, evidence=("A#9",)),
        replace(first, holder="B"),
    ]
    for lie in lies:
        told = nothing_inferred_is_verified(with_chain(folded, [lie, *rest]), facts)
        assert len(told) == max(1, len(lie.evidence))
    unseen = [fact for fact in facts if fact.subject != P1]
    assert len(nothing_inferred_is_verified(folded, unseen)) == 3


def test_l9_an_entry_that_does_not_follow_is_told_and_a_gap_is_not() -> None:
    first = ChainPlace("s", 1, 1, "d1", FIRST_PREVIOUS)
    second = ChainPlace("s", 1, 2, "d2", "d1")
    refused = ChainPlace("s", 1, 3, "d3", None)
    fourth = ChainPlace("s", 1, 4, "d4", "d3")
    after_gap = ChainPlace("s", 1, 7, "d7", "d6")
    other_epoch = ChainPlace("s", 2, 1, "e1", FIRST_PREVIOUS)
    twin = ChainPlace("s", 1, 2, "twin", "d1")
    assert chain_unbroken([fourth, refused, second, first, after_gap, other_epoch, twin]) == []
    assert chain_unbroken([first, replace(second, prev="x")]) == [
        "L9: s epoch 1: entry 2 does not follow from entry 1"
    ]
    assert len(chain_unbroken([replace(first, prev="d0")])) == 1
    assert len(chain_unbroken([refused, replace(fourth, prev="d2")])) == 1
