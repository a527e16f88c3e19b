"""L4: the read model rebuilt from events equals the running one, byte for byte."""

import random
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, text, update

from adapters.read_model.dump import digest
from adapters.read_model.projection import Projection, ReadModelOutdated, prepare
from adapters.read_model.rebuild import Progress, Verified, rebuild, verify
from adapters.read_model.tables import LIVE
from domain.model.fact import Fact, fact_to_json
from domain.model.instants import MINUTE_US, SECOND_US
from domain.model.journal import FactStated, label_stream_id
from domain.ports.views import BoardFilter
from tests.read_model.conftest import Scene, dossier, pouch

_PARTIES = ("A", "B", "C", "courier:c1")
_OF_DOSSIERS = (
    "Registered Digitised Packed Packed Packed Unpacked Received Received Moved Accepted Released"
    " StepStarted ResultIssued ResultArrived Returned Refused Withdrawn Found DeclaredLost Attested"
).split()
_OF_POUCHES = "Opened Sealed Sealed Released Accepted Accepted Unsealed Closed Refused".split()


def _day(dice: random.Random, scene: Any, length: int) -> list[Fact]:
    """Anybody does anything with six dossiers and three pouches; clocks and memories are bad."""
    told: list[Fact] = []
    for minute in range(length):
        office = dice.choice(_PARTIES)
        at_us = scene.at("08:00") + (3 * minute + dice.randint(-9, 9)) * MINUTE_US
        bag = scene.pouch(dice.randint(1, 3))
        context: dict[str, Any] = {}
        name, subject = dice.choice(_OF_DOSSIERS), scene.dossier(dice.randint(1, 6))
        if told and dice.random() < 0.1:
            target = dice.choice(told)
            name, subject = _amended(dice, scene, target, context)
        elif dice.random() < 0.5:
            name, subject = dice.choice(_OF_POUCHES), bag
            context = _of_pouch(dice, name)
        elif name in {"Packed", "Unpacked"} or dice.random() < 0.5:
            context = {"pouch": bag}
        if name == "Attested":
            context |= {"holder": dice.choice(_PARTIES), "when": "2026-03-02T08:30:00+07:00"}
        told.append(scene.fact(name, subject, at_us, office=office, **context))
    return told


def _of_pouch(dice: random.Random, name: str) -> dict[str, Any]:
    if name == "Sealed":
        return {"seal": f"S{dice.randint(1, 2)}", "to": dice.choice("ABC")}
    if name in {"Accepted", "Unsealed"} and dice.random() < 0.6:
        return {"seal": f"S{dice.randint(1, 2)}"}
    return {}


def _amended(
    dice: random.Random, scene: Any, target: Fact, context: dict[str, Any]
) -> tuple[str, str]:
    context["target"] = target.key
    if dice.random() < 0.3:
        return "Undone", target.subject
    context |= {"reason": "slip", "kind": dice.choice(("did_not_occur", "was_wrong"))}
    if context["kind"] == "was_wrong":
        context["set"] = dice.choice(
            (
                {"subject": scene.dossier(dice.randint(1, 6))},
                {"pouch": scene.pouch(dice.randint(1, 3))},
                {"at": "2026-03-02T08:10:00+07:00"},
                {"office": dice.choice(_PARTIES)},
            )
        )
    return "Corrected", dice.choice((target.subject, scene.dossier(dice.randint(1, 6))))


def _stated(fact: Fact, received_us: int) -> FactStated:
    line = fact_to_json(fact) | {"recorded_at": "2026-03-03T00:00:00+07:00"}
    if received_us:
        line["not_after"] = f"2026-03-02T{10 + received_us:02d}:00:00+07:00"
    return FactStated(
        originator_id=label_stream_id(fact.subject),
        originator_version=1,
        fact=line,
        digest=fact.key,
    )


@pytest.mark.parametrize("seed", range(25))
def test_the_rebuilt_model_equals_the_running_one(scene: Any, listed_log: Any, seed: int) -> None:
    """Whatever comes late, twice, with other evidence, or fills a gap; in batches of any size."""
    dice = random.Random(seed)
    facts = _day(dice, scene, 60)
    events = [_stated(fact, dice.randint(0, 9)) for fact in facts]
    events += [_stated(fact, dice.randint(0, 9)) for fact in dice.sample(facts, k=12)]
    if seed % 5:
        held_back = dice.sample(events, k=len(events) // 4)
        events = [each for each in events if each not in held_back] + held_back
    else:
        dice.shuffle(events)
    log = listed_log([])
    running = Projection(log=log, engine=scene.engine, due_of=scene.due_of)
    while events:
        size = dice.randint(1, 12)
        log.events += events[:size]
        events = events[size:]
        running.catch_up()
    lived = scene.dump()
    dice.shuffle(log.events)
    rebuild(log=log, engine=scene.engine, due_of=scene.due_of)
    assert lived == scene.dump()
    assert len(lived) > 60


def test_the_running_model_goes_on_from_where_a_rebuild_has_come(scene: Any) -> None:
    scene.packed_and_sent(range(1, 4))
    told: list[Progress] = []
    assert scene.rebuilt(told.append) == scene.rebuilt()
    assert told[0].now == ("sự kiện / events", told[0].events, told[0].events)
    assert told[0].events == scene.views.status().position
    assert told[-2].now[1:] == (told[-2].of_facts, told[-2].of_facts)
    assert told[-1].labels == 4
    scene.say("Accepted", scene.pouch(1), "09:12", office="courier:c1")
    rows = scene.views.board(BoardFilter(), now_us=scene.at("09:30")).rows
    assert {row.holder for row in rows} == {"courier:c1"}


def test_an_interrupted_rebuild_leaves_the_sheets_as_they_were(scene: Any) -> None:
    scene.packed_and_sent(range(1, 4))
    before = scene.dump()

    def interrupt(progress: Progress) -> None:
        if progress.labels:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scene.rebuilt(interrupt)
    assert scene.dump() == before
    scene.say("Accepted", scene.pouch(1), "09:12", office="courier:c1")
    assert scene.dump() == scene.rebuilt()


def test_tables_of_another_version_are_refused_until_they_are_rebuilt(scene: Any) -> None:
    scene.packed_and_sent(range(1, 2))
    with scene.engine.begin() as connection:
        connection.execute(update(LIVE.progress).values(version=0))
    with pytest.raises(ReadModelOutdated):
        prepare(scene.engine)
    scene.rebuilt()
    prepare(scene.engine)


def test_a_dump_has_every_row_and_nothing_that_depends_on_the_order_of_arrival(
    scene: Any,
) -> None:
    scene.packed_and_sent(range(1, 12))
    lines = [orjson.loads(line) for line in scene.dump()]
    counts = Counter(line[0] for line in lines)
    with scene.engine.connect() as connection:
        for name, table in LIVE.each():
            rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
            assert counts[name] == (0 if name == "progress" else rows)
    labels = [line[1] for line in lines if line[0] == "fact_label"]
    assert labels == sorted(labels)
    assert all(not isinstance(cell, float) for line in lines for cell in line)


def test_the_digest_changes_with_any_row(scene: Any) -> None:
    scene.packed_and_sent(range(1, 2))
    with scene.engine.connect() as connection:
        first = digest(connection)
    scene.say("Digitised", scene.dossier(1), "08:30")
    with scene.engine.connect() as connection:
        assert digest(connection) != first


def test_a_corrupted_cell_is_found_and_repaired(scene: Any) -> None:
    scene.packed_and_sent(range(1, 4))
    whole = scene.dump()

    def look(*, repair: bool = False) -> Verified:
        return verify(log=scene.log, engine=scene.engine, due_of=scene.due_of, repair=repair)

    right = look()
    assert right.differing == ()
    gone = {"label": dossier(1)}
    with scene.engine.connect() as connection:
        chains = connection.scalars(
            select(LIVE.custody_link.c.label).where(LIVE.custody_link.c.n == 0)
        ).all()
    with scene.engine.begin() as connection:
        connection.execute(text("UPDATE board SET place = 'D9' WHERE place IS NULL"))
        connection.execute(text("DELETE FROM custody_link WHERE n = 0"))
        connection.execute(text("UPDATE board SET label = '0' WHERE label = :label"), gone)
    found = look()
    assert found.differing == look(repair=True).differing == ("board", "custody_link")
    assert {str(cell) for cell in found.cells} == {
        "board[0]: +",
        f"board[{dossier(1)}]: -",
        *(f"board[{dossier(number)}].place: 'D9' ≠ None" for number in (2, 3)),
        *(f"custody_link[{label}, 0]: -" for label in chains),
    }
    assert found.differences == len(found.cells)
    assert scene.dump() == whole
    assert look() == right


def test_both_engines_come_to_the_same_bytes(tmp_path: Path, postgres_url: str) -> None:
    dumps = []
    for place in (tmp_path, postgres_url):
        with closing(Scene(place)) as scene:
            scene.packed_and_sent(range(1, 30))
            scene.say("Accepted", pouch(1), "09:12", office="courier:c1")
            scene.say("Unsealed", pouch(1), "10:01", office="B", seal="S9")
            for number in range(1, 25):
                scene.say("Received", dossier(number), "10:03", office="B", pouch=pouch(1))
            scene.say("Closed", pouch(1), "10:05", office="B")
            scene.take_in(77, "11:00", code="H41.23-261123-0001")
            scene.projection.catch_up()
            dumps.append(scene.dump())
            assert scene.rebuilt() == dumps[-1]
    assert dumps[0] == dumps[1]
    assert len(dumps[0]) > 300


def test_a_correction_that_aims_an_undo_at_another_scan_bears_on_that_one_too(scene: Any) -> None:
    first, second, at_us = scene.dossier(1), scene.dossier(2), scene.at("09:00")
    for label in (first, second):
        scene.say("Registered", label, "08:00")
    undone = scene.say("Received", first, at_us, office="B")
    other = scene.say("Received", second, at_us + 5 * SECOND_US, office="B")
    undo = scene.say("Undone", first, at_us + 20 * SECOND_US, office="B", target=undone.key)
    aimed = {"target": other.key}
    scene.say(
        "Corrected", first, "10:00", target=undo.key, kind="was_wrong", reason="slip", set=aimed
    )
    assert scene.dump() == scene.rebuilt()


def test_a_succession_that_counts_again_bears_on_every_label(scene: Any) -> None:
    said = scene.say("OfficeSucceeded", "A", "07:00", office="K", successor="B")
    wrong = {"kind": "did_not_occur", "reason": "slip"}
    gone = scene.say("Corrected", scene.dossier(9), "07:10", target=said.key, **wrong)
    scene.say("Corrected", scene.dossier(9), "07:20", target=gone.key, **wrong)
    scene.say("Registered", scene.dossier(1), "08:00")
    scene.say("Received", scene.dossier(1), "09:00", office="B")
    assert scene.dump() == scene.rebuilt()
    amended = {"fact": "OfficeSucceeded", "subject": "B", "successor": "C"}
    rated = scene.say("Moved", scene.dossier(2), "07:30", office="B")
    scene.say(
        "Corrected",
        scene.dossier(2),
        "09:30",
        target=rated.key,
        kind="was_wrong",
        reason="slip",
        set=amended,
    )
    scene.say("Received", scene.dossier(1), "10:00", office="C")
    assert scene.dump() == scene.rebuilt()
