"""Times kept up to date entry by entry are those that the whole history gives at once."""

import random
from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import select

from adapters.read_model.evidence import Evidence
from adapters.read_model.fact_rows import FactRows
from adapters.read_model.station_times import Void
from adapters.read_model.tables import LIVE
from domain.model import station_time
from domain.model.fact import Fact
from domain.model.instants import MINUTE_US
from domain.model.station_time import offline, settle

_STATIONS = ("S1", "S2", "S3")


def _told(dice: random.Random, scene: Any) -> list[Fact]:
    """What three stations say in a bad week: wrong clocks, two epochs, cross references, lies."""
    facts = []
    start = scene.at("08:00")
    for station in _STATIONS:
        for epoch in (1, 2)[: dice.randint(1, 2)]:
            for seq in range(1, dice.randint(2, 9)):
                copies = 2 if dice.random() < 0.1 else 1
                facts += [_fact(dice, station, epoch, seq, start) for _ in range(copies)]
    return facts


def _fact(dice: random.Random, station: str, epoch: int, seq: int, start: int) -> Fact:
    at_us = start + dice.randint(-30, 90) * MINUTE_US
    context = {}
    if dice.random() < 0.3:
        named = f"{dice.choice(_STATIONS)}#{dice.randint(1, 8)}"
        context = {"target": named, "kind": "did_not_occur", "reason": "slip"}
    return Fact(
        fact="Corrected" if context else "Moved",
        subject=f"label-{dice.randint(1, 4)}",
        at_us=at_us,
        not_before_us=_maybe(dice, at_us - dice.randint(-5, 30) * MINUTE_US),
        not_after_us=_maybe(dice, at_us + dice.randint(-5, 60) * MINUTE_US),
        recorded_at_us=at_us,
        station=station,
        epoch=epoch,
        seq=seq,
        operator="op",
        office="A",
        context=context,
        digest=f"{dice.getrandbits(64):x}",
    )


def _maybe(dice: random.Random, instant_us: int) -> int | None:
    return instant_us if dice.random() < 0.5 else None


# Beyond the first forty: bounds that contradict each other at the end of a station, two entries
# under a key that others name, and stations that name each other in a ring.
@pytest.mark.parametrize("seed", [*range(40), 1024, 1045, 1061, 1219])
def test_however_facts_arrive_their_times_are_those_of_the_whole(
    scene: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_time, "OFFLINE_US", 20 * MINUTE_US)  # so that many are late
    dice = random.Random(seed)
    facts = _told(dice, scene)
    stream = facts + dice.sample(facts, k=len(facts) // 4)
    if dice.random() < 0.7:
        dice.shuffle(stream)
    voids = [Void(station, 1, dice.randint(1, 8)) for station in _STATIONS]
    evidence, told, held = Evidence(LIVE), list[Fact](), defaultdict[str, set[tuple[int, int]]](set)
    with scene.engine.begin() as connection:
        while stream or voids:
            size = dice.randint(1, 9)
            part, stream = stream[:size], stream[size:]
            void = [voids.pop()] if voids else []
            evidence.take(connection, part, void)
            told += part
            for each in void:
                held[each.station].add((each.epoch, each.seq))
            whole = settle(told, accounted=held)
            kept = FactRows(LIVE).of_stations(connection, _STATIONS)
            flags = connection.execute(select(LIVE.station_flag)).all()
            assert sorted((each.timed for each in kept), key=lambda timed: timed.order) == (
                whole.timed
            )
            meant = sorted([*whole.discrepancies, *offline(whole.timed)])
            assert sorted((f.opened_us, f.code, f.station, f.key) for f in flags) == [
                (each.opened_us, each.code, each.subject, each.key) for each in meant
            ]


def test_a_filled_gap_moves_what_comes_after_it(scene: Any) -> None:
    # The third entry claims 08:00, before the second, which is still on its way, claims 08:20.
    first = scene.fact("Registered", scene.dossier(1), "07:50", seq=1)
    third = scene.fact("Moved", scene.dossier(1), "08:00", seq=3, place="D2")
    scene.store(first, third, recorded_at_us=scene.at("09:00"))
    scene.projection.catch_up()
    assert _codes(scene, "S-A") == ["SEQUENCE_GAP"]
    assert _moved_to(scene, "D2") == scene.at("08:00")
    scene.store(
        scene.fact("Moved", scene.dossier(1), "08:20", seq=2, place="D1"),
        recorded_at_us=scene.at("09:10"),
    )
    scene.projection.catch_up()
    assert _codes(scene, "S-A") == []
    assert _moved_to(scene, "D2") == scene.at("08:20")
    assert scene.dump() == scene.rebuilt()


def test_a_tombstone_in_a_gap_closes_it(scene: Any) -> None:
    scene.say("Registered", scene.dossier(1), "07:50", seq=1)
    scene.say("Moved", scene.dossier(1), "08:00", seq=3)
    assert _codes(scene, "S-A") == ["SEQUENCE_GAP"]
    scene.refuse("S-A", 2)
    scene.projection.catch_up()
    assert _codes(scene, "S-A") == []


def _codes(scene: Any, subject: str) -> list[str]:
    return list(scene.views.open_codes([subject], now_us=scene.at("12:00")).get(subject, []))


def _moved_to(scene: Any, place: str) -> int:
    chain = scene.views.chains([scene.dossier(1)])[scene.dossier(1)]
    return next(int(link.from_us) for link in chain if link.place == place)


def test_scans_that_lay_on_their_device_for_days_are_told_once_until_a_person_closes_it(
    scene: Any,
) -> None:
    for seq, clock in enumerate(("08:00", "09:00", "17:00"), 1):
        fact = scene.fact("Moved", scene.dossier(seq), clock, seq=seq)
        scene.store(fact, recorded_at_us=scene.at("07:30", day=5))
        scene.projection.catch_up()
    now_us = scene.at("08:00", day=5)
    [told] = scene.views.discrepancies(now_us=now_us, code="OFFLINE_TOO_LONG")
    assert (told.subject, told.key, told.closed_us) == ("S-A", "S-A#1", None)
    assert told.opened_us == scene.at("08:00", day=3)
    assert scene.dump() == scene.rebuilt()
