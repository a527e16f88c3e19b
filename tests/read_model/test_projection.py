"""The runner: every event once, none skipped, the whole pouch right after one step."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from adapters.read_model import refold
from adapters.read_model.projection import Projection, ProjectionStopped
from domain.model.fact import fact_to_json
from domain.model.journal import FactStated, label_stream_id
from domain.ports.views import BoardFilter


def test_fifty_dossiers_follow_their_pouch_in_one_step(
    scene: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.packed_and_sent(range(1, 51))
    scene.store(scene.fact("Accepted", scene.pouch(1), "09:12", office="courier:c1"))
    start = perf_counter()
    scene.projection.catch_up()
    took_ms = (perf_counter() - start) * 1_000
    with capsys.disabled():
        sys.stdout.write(f"\n  pouch of 50 accepted: all 50 on the board after {took_ms:.0f} ms\n")
    rows = scene.views.board(BoardFilter(limit=100), now_us=scene.at("09:30")).rows
    assert len(rows) == 50
    assert {(row.holder, row.basis, row.pouch, row.since_us) for row in rows} == {
        ("courier:c1", "inferred", scene.pouch(1), scene.at("09:12"))
    }


def test_a_late_arrival_changes_what_was_so_before_it(scene: Any) -> None:
    scene.packed_and_sent(range(1, 3))
    scene.say("Accepted", scene.pouch(1), "10:00", office="B", seal="S1")
    assert [link.holder for link in scene.views.chains([scene.dossier(1)])[scene.dossier(1)]] == [
        "A",
        "B",
    ]
    late = scene.fact("Accepted", scene.pouch(1), "09:12", office="courier:c1")
    scene.store(late, recorded_at_us=scene.at("11:00"))
    scene.projection.catch_up()
    chain = scene.views.chains([scene.dossier(1)])[scene.dossier(1)]
    assert [link.holder for link in chain] == ["A", "courier:c1", "B"]
    assert scene.dump() == scene.rebuilt()


def test_a_handoff_nobody_accepts_is_told_from_its_instant_on(scene: Any) -> None:
    scene.packed_and_sent(range(1, 2))
    bag = scene.pouch(1)
    assert scene.views.open_codes([bag], now_us=scene.at("09:39")) == {}
    assert scene.views.open_codes([bag], now_us=scene.at("09:40")) == {bag: ["NOT_ACCEPTED"]}
    found = scene.views.discrepancies(now_us=scene.at("09:40"))
    assert [(each.code, each.subject, each.holder) for each in found] == [
        ("NOT_ACCEPTED", bag, "A")
    ]
    scene.say("Accepted", bag, "09:50", office="courier:c1")
    assert scene.views.open_codes([bag], now_us=scene.at("09:45")) == {bag: ["NOT_ACCEPTED"]}
    assert scene.views.open_codes([bag], now_us=scene.at("09:50")) == {}
    assert scene.views.discrepancies(now_us=scene.at("10:00")) == ()
    assert len(scene.views.discrepancies(now_us=scene.at("10:00"), open_only=False)) == 1


def test_an_undo_from_another_batch_takes_the_scan_back(scene: Any) -> None:
    scene.packed_and_sent(range(1, 3))
    taken = scene.say("Accepted", scene.pouch(1), scene.at("09:12"), office="courier:c1")
    assert (
        scene.views.dossier(scene.dossier(2), now_us=scene.at("09:20")).row.holder == "courier:c1"
    )
    moment_us = scene.at("09:12") + 40_000_000
    scene.say("Undone", scene.pouch(1), moment_us, office="courier:c1", target=taken.key)
    assert scene.views.dossier(scene.dossier(2), now_us=scene.at("09:20")).row.holder == "A"


def test_a_scan_put_to_another_dossier_is_counted_there(scene: Any) -> None:
    wrong, right = scene.dossier(1), scene.dossier(2)
    for label in (wrong, right):
        scene.say("Registered", label, "08:00")
    scan = scene.say("Received", wrong, "10:00", office="B")
    scene.say(
        "Corrected",
        wrong,
        "11:00",
        target=scan.key,
        kind="was_wrong",
        reason="misread",
        set={"subject": right},
    )
    assert scene.views.dossier(wrong, now_us=scene.at("12:00")).row.holder == "A"
    assert scene.views.dossier(right, now_us=scene.at("12:00")).row.holder == "B"
    assert scene.dump() == scene.rebuilt()


def test_a_successor_bears_on_every_dossier(scene: Any) -> None:
    scene.say("Registered", scene.dossier(1), "08:00", office="B")
    scene.say("Received", scene.dossier(1), "09:00", office="A")
    assert (
        "NOT_RELEASED"
        in scene.views.open_codes([scene.dossier(1)], now_us=scene.at("12:00"))[scene.dossier(1)]
    )
    scene.say("OfficeSucceeded", "B", "07:00", office="ADMIN", successor="A")
    scene.say("Registered", scene.dossier(2), "10:00", office="B")
    scene.say("Received", scene.dossier(2), "11:00", office="A")
    both = [scene.dossier(1), scene.dossier(2)]
    assert scene.views.open_codes(both, now_us=scene.at("12:00")) == {}
    assert scene.dump() == scene.rebuilt()


def test_two_runners_apply_each_event_once(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[str] = []
    apply = Projection._apply

    def told(self: Any, connection: Any, told: Any) -> None:
        applied.extend(fact.key for fact in told.facts)
        apply(self, connection, told)

    monkeypatch.setattr(Projection, "_apply", told)
    scene.take_in(1, "08:00")
    first, second = scene.runner(), scene.runner()
    read = scene.log.notifications
    overtaken: list[int] = []

    def while_the_other_is_faster(**asked: int) -> Any:
        found = read(**asked)
        if not overtaken:
            overtaken.append(len(found))
            scene.take_in(2, "08:10")  # only the other one sees this in its first batch
            assert second.catch_up() > len(found) > 0
        return found

    scene.log.notifications = while_the_other_is_faster
    first.catch_up()
    assert overtaken
    scene.log.notifications = read
    assert scene.views.status().lag == 0
    scene.take_in(3, "08:20")
    assert first.catch_up() > 0
    assert scene.views.status().lag == 0
    assert applied == ["S-A#1", "S-A#2", "S-A#3"]


def test_what_a_faster_runner_had_not_seen_yet_is_not_left_lying(scene: Any) -> None:
    scene.take_in(1, "08:00")
    first, second = scene.runner(), scene.runner()
    read = scene.log.notifications

    def while_the_other_had_seen_the_first(**asked: int) -> Any:
        found = read(**asked)
        scene.log.notifications = lambda **_: found[:1]
        assert second.catch_up() == 1 < len(found)
        scene.log.notifications = read
        return found

    scene.log.notifications = while_the_other_had_seen_the_first
    first.catch_up()
    assert scene.views.status().lag == 0


def test_a_crash_before_the_commit_leaves_nothing_and_loses_nothing(scene: Any) -> None:
    scene.packed_and_sent(range(1, 3))
    scene.store(scene.fact("Accepted", scene.pouch(1), "09:12", office="courier:c1"))
    before, position = scene.dump(), scene.views.status().position

    @event.listens_for(scene.engine, "commit")
    def _crash(_connection: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scene.projection.catch_up()
    event.remove(scene.engine, "commit", _crash)
    assert (scene.dump(), scene.views.status().position) == (before, position)
    scene.runner().catch_up()
    assert scene.views.status().lag == 0
    assert scene.dump() == scene.rebuilt()


def test_a_poison_event_stops_the_runner_and_is_never_skipped(scene: Any, listed_log: Any) -> None:
    good = [_stated(scene.fact("Registered", scene.dossier(n), "08:00")) for n in (1, 2, 3)]
    poison = FactStated(
        originator_id=label_stream_id("x"),
        originator_version=1,
        fact={"station": "S", "seq": 1, "fact": "NoSuchFact"},
        digest="d",
    )
    log = listed_log([*good[:2], poison, good[2]])
    runner = Projection(log=log, engine=scene.engine, due_of=scene.due_of)
    with pytest.raises(ProjectionStopped) as stopped:
        runner.catch_up()
    assert stopped.value.event == 3
    status = scene.views.status()
    assert (status.position, status.fault_event) == (2, 3)
    assert "subject" in (status.fault or "")
    assert len(scene.views.board(BoardFilter(), now_us=scene.at("09:00")).rows) == 2
    with pytest.raises(ProjectionStopped):
        runner.catch_up()
    log.events[2] = good[2]  # as a release that understands the event would see it
    Projection(log=log, engine=scene.engine, due_of=scene.due_of).catch_up()
    assert scene.views.status().fault is None
    assert len(scene.views.board(BoardFilter(), now_us=scene.at("09:00")).rows) == 3
    assert runner.catch_up() == 0  # the stopped one goes on too


@pytest.mark.sqlite_only
def test_a_locked_file_delays_the_runner_and_stops_nothing(scene: Any) -> None:
    scene.store(scene.fact("Registered", scene.dossier(1), "08:00"))
    with scene.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
        connection.rollback()
    other = sqlite3.connect(scene.source, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError):
        scene.projection.catch_up()
    other.close()
    assert scene.projection.catch_up() > 0
    assert scene.views.status().fault is None


def test_a_batch_costs_the_same_number_of_statements_however_many_it_touches(scene: Any) -> None:
    counts = []
    scene.packed_and_sent(range(200, 201), bag=9)
    for bag, numbers in enumerate((range(1, 6), range(100, 180)), start=3):
        with _counted(scene.engine) as statements:
            scene.packed_and_sent(numbers, bag=bag, day=bag)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 36


def test_nothing_is_written_for_a_label_that_stays_as_it_was(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.packed_and_sent(range(1, 6))
    written: list[str] = []
    write = refold.Refold._write

    def told(self: Any, connection: Any, changed: Any, *rest: Any) -> None:
        written.extend(changed)
        write(self, connection, changed, *rest)

    monkeypatch.setattr(refold.Refold, "_write", told)
    scene.say("Digitised", scene.dossier(1), "09:20")
    assert sorted(written) == [scene.dossier(1), scene.pouch(1)]


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def told(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", told)
    yield statements
    event.remove(engine, "before_cursor_execute", told)


def _stated(fact: Any) -> FactStated:
    return FactStated(
        originator_id=label_stream_id(fact.subject),
        originator_version=1,
        fact=fact_to_json(fact),
        digest=f"{fact.key}",
    )
