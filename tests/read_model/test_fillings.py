"""The sheets follow fillings of pouches; they equal those of whole histories, however it came."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, func, select

from adapters.read_model.closure import Closure
from adapters.read_model.dump import canonical_dump
from adapters.read_model.engine import write_engine
from adapters.read_model.evidence import Evidence
from adapters.read_model.projection import prepare
from adapters.read_model.refold import Refold
from adapters.read_model.tables import LIVE
from domain.model.custody import fold
from domain.model.custody_state import FoldSettings
from domain.model.discrepancy import CLOSED_BY_EVIDENCE
from domain.model.fact import Fact
from domain.model.station_time import settle
from tests.model.random_days import random_day

DAYS = int(os.environ.get("GIAONHAN_FILLINGS", "24"))
BATCHES = 4
Tell = Callable[[list[Fact]], None]


@contextmanager
def centre(path: Path) -> Iterator[tuple[Connection, Tell]]:
    """Tables of their own, never written to a disk; what is told is followed at once."""
    engine = write_engine(path)
    prepare(engine)
    evidence, refold = Evidence(LIVE), Refold(LIVE, lambda _question: None, FoldSettings())
    with engine.connect() as connection:

        def tell(facts: list[Fact]) -> None:
            refold.replace(connection, evidence.take(connection, facts, ()))

        yield connection, tell
        connection.rollback()
    engine.dispose()


def in_some_order(dice: Random, facts: list[Fact]) -> list[list[Fact]]:
    """Mostly as it happened, some of it late, in batches."""
    late = dice.choice([0.0, 0.02, 0.2, 1.0])
    told = sorted(facts, key=lambda fact: fact.at_us)
    waiting = [fact for fact in told if dice.random() < late]
    arrivals = [fact for fact in told if fact not in waiting]
    for fact in waiting:
        arrivals.insert(dice.randint(0, len(arrivals)), fact)
    batches = []
    while arrivals:
        size = dice.choice([1, 1, 2, 5, 20])
        batches.append(arrivals[:size])
        arrivals = arrivals[size:]
    return batches


def as_folded(facts: list[Fact]) -> tuple[set[Any], set[Any], set[Any]]:
    """Links, discrepancies and further causes by the fold of the whole."""
    folded = fold(settle(facts).timed)
    links = {
        (label, link.holder, link.place, link.from_us, link.to_us, link.basis, link.evidence)
        for states in (folded.dossiers, folded.pouches)
        for label, state in states.items()
        for link in state.chain
    }
    flags = {(d.subject, d.code, d.key, d.opened_us, d.closed_us) for d in folded.all_discrepancies}
    further = {
        (d.subject, d.code, d.key, d.opened_us, d.closed_us, d.behind)
        for d in folded.repeats
        if d.code not in CLOSED_BY_EVIDENCE
    }
    return links, flags, further


def as_stored(connection: Connection) -> tuple[set[Any], set[Any], set[Any]]:
    link = LIVE.custody_link.c
    named = (link.label, link.holder, link.place, link.from_us, link.to_us, link.basis)
    links = {
        (*rest, tuple(orjson.loads(evidence)))
        for *rest, evidence in connection.execute(select(*named, link.evidence))
    }
    flags = {
        (d.subject, d.code, d.key, d.opened_us, d.closed_us)
        for d in connection.execute(select(LIVE.discrepancy))
    }
    further = {
        (d.subject, d.code, d.key, d.opened_us, d.closed_us, d.behind)
        for d in connection.execute(select(LIVE.repeat))
    }
    return links, flags, further


@pytest.mark.parametrize("batch", range(BATCHES))
def test_what_follows_by_fillings_is_what_the_whole_comes_to(batch: int, tmp_path: Path) -> None:
    cuts = 0
    for seed in range(batch, DAYS, BATCHES):
        dice = Random(seed)
        facts = random_day(dice, dice.choice([60, 120, 200]))
        with centre(tmp_path / f"{seed}.db") as (connection, tell):
            for arrival in in_some_order(dice, facts):
                tell(arrival)
            running = list(canonical_dump(connection))
            assert as_stored(connection) == as_folded(facts), f"day {seed}"
            cuts += connection.execute(select(func.count()).select_from(LIVE.filling)).scalar_one()
        with centre(tmp_path / f"{seed}-at-once.db") as (connection, tell):
            tell(facts)
            assert list(canonical_dump(connection)) == running, f"day {seed}"
    assert cuts > DAYS / BATCHES / 4


def test_a_scan_of_one_dossier_refolds_none_that_lay_beside_it_in_a_filling_that_is_over(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag, first, second = scene.pouch(1), scene.dossier(1), scene.dossier(2)
    scene.packed_and_sent(range(1, 4))
    scene.say("Accepted", bag, "09:20", office="B", seal="S1")
    for number, minute in ((1, 21), (2, 22), (3, 23)):
        scene.say("Received", scene.dossier(number), f"09:{minute}", office="B", pouch=bag)
    folded: list[set[str]] = []
    whole = Closure.around

    def noted(closure: Closure, connection: Connection, names: set[str]) -> Any:
        folded.append({name for name in names if "@" not in name})
        return whole(closure, connection, names)

    monkeypatch.setattr(Closure, "around", noted)
    scene.say("StepStarted", first, "09:30", office="B")
    assert folded.pop() == {first, second, scene.dossier(3)}  # the receipt may still go on
    scene.say("Closed", bag, "09:40", office="B")
    scene.say("Registered", scene.dossier(4), "10:00", office="B")
    scene.say("Packed", scene.dossier(4), "10:10", office="B", pouch=bag)
    scene.say("StepFinished", first, "10:30", office="B")
    assert folded.pop() == {first}
    scene.say("Sealed", bag, "10:40", office="B", seal="S2", to="A")
    assert folded.pop() == {scene.dossier(4)}
