"""One walk asked scan after scan, instead of a fold for each: the answers are the same."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest

from domain.model.custody import fold
from domain.model.custody_along import Along, Alongs, Bearing, bearings_of, joined
from domain.model.custody_state import DossierState, Filling, Folded, FoldSettings
from domain.model.station_time import Discrepancy, Timed, settle
from tests.model.random_days import random_day

DAYS = int(os.environ.get("GIAONHAN_DAYS", "12"))
TURN_BY_TIME = {"NOT_ACCEPTED", "RECEIPT_NOT_CLOSED", "UNCLAIMED"}
SETTINGS = FoldSettings()


def lasting(found: Sequence[Discrepancy]) -> list[Discrepancy]:
    return [one for one in found if one.code not in TURN_BY_TIME]


def untendered(states: Mapping[str, DossierState]) -> dict[str, DossierState]:
    return {label: replace(state, tendered=()) for label, state in states.items()}


def same_as_folded_anew(
    along: Along, around: list[Timed], scan: Timed, begun: list[Filling]
) -> None:
    known, then = along.after(scan)
    assert known == [one for one in around if one.order <= scan.order]
    resumed = [one for one in begun if one.from_us <= scan.effective_us]
    anew = fold(known, now_us=scan.effective_us, settings=SETTINGS, resumed=resumed)
    assert untendered(then.dossiers) == untendered(anew.dossiers)
    assert dict(then.pouches) == anew.pouches
    assert lasting(then.discrepancies) == lasting(anew.discrepancies)
    assert lasting(then.noted) == lasting(anew.noted)
    assert lasting(then.repeats) == lasting(anew.repeats)


@pytest.mark.parametrize("seed", range(DAYS))
def test_what_stood_after_each_scan_of_a_day_is_what_a_fold_of_its_own_would_say(seed: int) -> None:
    dice = Random(f"along/{seed}")
    around = settle(random_day(dice, 40)).timed
    cuts = list(fold(around, find_cuts=True).fillings)
    for begun in ([], cuts):
        along = Along(Bearing(around, begun), SETTINGS)
        for scan in around:
            same_as_folded_anew(along, around, scan, begun)


def test_the_scans_may_be_asked_for_in_any_order() -> None:
    dice = Random("along/any")
    around = settle(random_day(dice, 40)).timed
    along = Along(Bearing(around), SETTINGS)
    for scan in dice.sample(around, len(around)):
        same_as_folded_anew(along, around, scan, [])


def test_days_without_and_with_amended_facts_are_among_those_tried() -> None:
    """Or one of the two ways along the facts would not have been gone."""
    days = [settle(random_day(Random(f"along/{seed}"), 40)).timed for seed in range(DAYS)]
    ways = {Along(Bearing(day), SETTINGS).amended for day in days}
    assert ways == {False, True}


def with_cuts_in_order(folded: Folded) -> Folded:
    in_order = sorted(folded.fillings, key=lambda cut: (cut.pouch, cut.from_us))
    return replace(folded, fillings=in_order)


@pytest.mark.parametrize("seed", range(DAYS))
def test_walks_that_go_on_as_facts_come_in_say_what_a_fold_of_all_would_say(seed: int) -> None:
    """In parts, each by itself; mostly in the order of time, and some of it late."""
    dice = Random(f"alongs/{seed}")
    stated = sorted(random_day(dice, 60), key=lambda fact: fact.at_us + dice.choice([0, 0, 10**9]))
    alongs = Alongs(SETTINGS, most=dice.choice([1, 3, 100]), find_cuts=True)
    for many in sorted(dice.sample(range(1, len(stated) + 1), min(12, len(stated)))):
        around = settle(stated[:many]).timed
        parts = bearings_of(around)
        assert {one.fact.digest for one in around} == {
            one.fact.digest for part in parts for one in part.facts
        }
        whole = fold(around, settings=SETTINGS, find_cuts=True)
        answer = joined((part, alongs.of(part).whole()) for part in parts)
        assert with_cuts_in_order(answer) == with_cuts_in_order(whole)
