"""What a station says of a run's card without the network: the server's own verdict."""

import os
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from domain.model.fact import Fact
from domain.model.instants import DAY_US, MINUTE_US, parse_instant
from domain.model.labels import Kind, Label
from domain.model.planned_runs import PlannedRun, PlannedStop
from tests.knowledge.conftest import DAY, Centre, Desk, Stations, entry_of

SEEDS = range(int(os.environ.get("GIAONHAN_DAYS", "3")))  # the long form: GIAONHAN_DAYS=300
COURIER, OTHER = "courier:c1", "courier:c2"
EIGHT = parse_instant("2026-03-02T08:00:00+07:00")
CARD, UNPLANNED = (str(Label(Kind.RUN, 27_001, 26, serial)) for serial in (1, 2))
STOPS = tuple(
    PlannedStop(office, EIGHT + hours * 60 * MINUTE_US, EIGHT + hours * 60 * MINUTE_US)
    for hours, office in enumerate(["A", "B", "C", "A"])
)
RUN = PlannedRun("T", DAY, "1", CARD, COURIER, STOPS)


class Scans(Stations):
    """Of cards, mostly of the one."""

    def fact(self, name: str, party: str, *, card: str = CARD, **more: Any) -> Fact:
        return self.state(name, card, party, **more)


@pytest.fixture
def scans() -> Scans:
    return Scans(EIGHT)


def offline(desk: Desk, fact: Fact) -> Any:
    return desk.knowledge.verdict(entry_of(fact))


def test_a_courier_without_the_network_is_told_of_his_run_stop_by_stop(
    new_centre: Callable[..., Centre], scans: Scans
) -> None:
    centre = new_centre(RUN)
    centre.take(scans.fact("RunDeparted", OTHER, card=UNPLANNED))  # the log has begun
    desk = centre.desk(COURIER)
    desk.refresh()
    departed = offline(desk, scans.fact("RunDeparted", COURIER))
    assert (departed.code, departed.next_en) == ("OK", "Next stop: B 09:00.")
    late = offline(desk, scans.fact("StopReached", COURIER, after=70 * MINUTE_US, place="B"))
    assert late.en == "Run T/1: B, 12 minutes late."
    again = offline(desk, scans.fact("StopReached", COURIER, place="B"))
    assert again.code == "ALREADY_SCANNED"
    assert offline(desk, scans.fact("StopReached", COURIER, place="X")).code == "STOP_UNPLANNED"
    left = offline(desk, scans.fact("RunCompleted", COURIER, place="A"))
    assert (left.code, left.severity) == ("RUN_PARTIAL", "ask")
    assert "1 stops" in left.en


def test_a_card_of_which_a_station_was_not_told_is_not_called_unplanned(
    new_centre: Callable[..., Centre], scans: Scans
) -> None:
    centre = new_centre(RUN)
    centre.take(scans.fact("RunDeparted", OTHER, card=UNPLANNED))
    for party in ("D", OTHER):  # no stop there; another courier's
        desk = centre.desk(party)
        desk.refresh()
        assert desk.cache.runs() == []
        said = offline(desk, scans.fact("StopReached", party, place="B"))
        assert (said.code, said.reason) == ("UNKNOWN", "unheard")
    own = centre.desk(COURIER)
    own.refresh()
    tomorrow = offline(own, scans.fact("RunDeparted", COURIER, after=DAY_US))
    assert tomorrow.reason == "unheard"


def test_who_takes_over_a_run_is_told_of_it_as_well(
    new_centre: Callable[..., Centre], scans: Scans
) -> None:
    centre = new_centre(RUN)
    centre.take(scans.fact("RunDeparted", COURIER), scans.fact("StopReached", OTHER, place="B"))
    desk = centre.desk(OTHER)
    desk.refresh()
    assert offline(desk, scans.fact("StopReached", OTHER, place="B")).code == "ALREADY_SCANNED"


def test_with_a_fresh_copy_a_station_says_of_a_run_what_the_server_will_say(
    new_centre: Callable[..., Centre],
) -> None:
    said: Counter[str] = Counter()
    for seed in SEEDS:
        rng = Random(seed)
        centre, scans = new_centre(RUN), Scans(EIGHT)
        centre.take(scans.fact("RunDeparted", OTHER, card=UNPLANNED))
        desks = {party: centre.desk(party) for party in (COURIER, "A", "B")}
        told: list[Fact] = []
        for _ in range(14):
            party = rng.choice([COURIER, COURIER, "A", "B"])
            fact = drawn(rng, scans, party, told)
            desks[party].refresh()
            offline_said = offline(desks[party], fact)
            centre.take(fact)
            told.append(fact)
            assert offline_said == centre.verdict(fact), (seed, fact)
            said[offline_said.code] += 1
    assert len(said) >= 4, said


def drawn(rng: Random, scans: Scans, party: str, told: list[Fact]) -> Fact:
    """Some scan of the card; now and then one before is undone, or corrected to another stop."""
    after = rng.choice([0, 1, 1, 20, 40]) * MINUTE_US
    mine = [fact for fact in told if fact.office == party]
    if mine and rng.random() < 0.2:
        target = {"target": rng.choice(mine).key}
        if rng.random() < 0.5:
            return scans.fact("Undone", party, after=0, **target)
        put: dict[str, Any] = {"kind": "was_wrong", "reason": "wrong_stop"}
        put["set"] = {"place": rng.choice("ABC")}
        return scans.fact("Corrected", party, after=after, **target, **put)
    name = rng.choice(["RunDeparted", *["StopReached"] * 4, "StopMissed", "RunCompleted"])
    place = rng.choice([{}, *({"place": office} for office in "ABCX")])
    return scans.fact(name, party, after=after, **place)
