"""Courier runs in the read model: planned ahead, followed by scans, the same when built anew."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from adapters.read_model.dump import canonical_dump
from adapters.read_model.projection import Projection
from adapters.read_model.rebuild import rebuild
from adapters.read_model.runs import DAYS_AHEAD
from domain.model.decision import moment
from domain.model.instants import DAY_US, Micros, local
from domain.model.labels import Kind, Label
from domain.model.office import Office, define_office, office_id
from domain.model.office_hours import parse_day
from domain.model.runs import RunState, follow_runs
from domain.model.station_time import settle
from domain.model.timetable import Timetable, introduce_timetable, timetable_id
from domain.model.working_time import NationalTable
from domain.use_cases.office_calendars import Calendars
from domain.use_cases.run_plans import RunPlans
from domain.use_cases.runs_ahead import RunsAhead

MORNING, AFTERNOON = (str(Label(Kind.RUN, 27_001, 26, number)) for number in (1, 2))
MONDAY = parse_day("2026-03-02")
WEEK = {"hours": [["07:30", "11:30"], ["13:00", "17:00"]], "saturday": "none"}


def run(slot: str, label: str, *stops: tuple[str, str]) -> dict[str, Any]:
    told = [{"office": office, "at": at, "cutoff": None} for office, at in stops]
    return {"slot": slot, "label": label, "courier": None, "stops": told}


TWO_A_DAY = [
    run("1", MORNING, ("A", "08:00"), ("B", "09:00"), ("A", "10:00")),
    run("2", AFTERNOON, ("A", "14:00"), ("B", "15:00"), ("A", "16:00")),
]


class Post:
    """A centre with one route, two runs a day, on top of a scene of the read model."""

    def __init__(self, scene: Any) -> None:
        self.scene = scene
        label = str(Label(Kind.PLACE, 27_001, 26, 1))
        began = moment(scene.at("06:00"))
        self.office = define_office(
            code="A", label=label, name_vi="A", name_en="A", calendar=WEEK, timestamp=began
        )
        self.offices = {"A": self.office}
        self.plans = RunPlans(
            log=scene.log,
            calendars=Calendars(
                log=scene.log, offices=lambda: self.offices, shipped=NationalTable("t", [])
            ),
        )
        scene.log.save(self.office)
        scene.projection = self.runner()

    def runner(self) -> Projection:
        scene = self.scene
        return Projection(
            log=scene.log, engine=scene.engine, due_of=scene.due_of, planner=self.plans
        )

    def introduce(self, clock: str = "06:30") -> None:
        self.save(
            introduce_timetable(
                code="T",
                name_vi="Tuyến",
                name_en="Route",
                office="A",
                effective_from="2026-03-02",
                runs=TWO_A_DAY,
                timestamp=moment(self.scene.at(clock)),
            )
        )

    def change(self, act: Callable[[Timetable], None]) -> None:
        [timetable] = self.scene.log.load(Timetable, [timetable_id("T")]).values()
        act(timetable)
        self.save(timetable)

    def change_office(self, act: Callable[[Office], None]) -> None:
        [office] = self.scene.log.load(Office, [office_id("A")]).values()
        act(office)
        self.offices = {"A": office}
        self.save(office)

    def save(self, *decisions: Any) -> None:
        self.scene.log.save(*decisions)
        self.plans.forget_newest()
        self.scene.projection.catch_up()

    def say(self, name: str, clock: str | Micros, card: str = MORNING, **more: Any) -> Any:
        context = {"office": "courier:c1"} | more
        return self.scene.say(name, card, clock, **context)

    def flags(self, clock: str, day: int = 2) -> list[str]:
        now_us = self.scene.at(clock, day)
        rows = self.scene.views.discrepancies(now_us=now_us)
        return [f"{r.code} {r.subject[2:]} {local(r.opened_us):%H:%M}" for r in rows]

    def states(self, days: int = 1) -> dict[str, RunState]:
        found = self.scene.views.runs(MONDAY, MONDAY + days - 1)
        return {state.name.removeprefix("T/2026-03-"): state for state in found}

    def rebuilt(self) -> list[bytes]:
        scene = self.scene
        rebuild(log=scene.log, engine=scene.engine, due_of=scene.due_of, planner=self.plans)
        with scene.engine.connect() as connection:
            return list(canonical_dump(connection))


@pytest.fixture
def post(scene: Any) -> Post:
    return Post(scene)


def test_a_run_that_nobody_drives_is_missed_though_nothing_was_scanned(post: Post) -> None:
    post.introduce()
    assert post.flags("08:14") == []
    assert post.flags("08:15") == ["RUN_LATE 2026-03-02/1 08:15"]
    assert post.flags("09:00") == ["RUN_MISSED 2026-03-02/1 09:00"]
    assert post.flags("20:00", day=3) == [
        f"RUN_MISSED 2026-03-{day}/{slot} {at}"
        for day in ("02", "03")
        for slot, at in (("1", "09:00"), ("2", "15:00"))
    ]


def test_runs_are_planned_weeks_ahead_of_the_newest_event_and_no_further(post: Post) -> None:
    post.introduce()
    last = MONDAY + DAYS_AHEAD
    found = post.scene.views.runs(0, MONDAY + 1000)
    assert {state.day for state in found} <= set(range(MONDAY, last + 1))
    assert max(state.day for state in found) >= last - 2
    post.say("RunDeparted", post.scene.at("08:00") + 7 * DAY_US)
    assert max(each.day for each in post.scene.views.runs(0, MONDAY + 1000)) >= last + 5


def test_the_runs_of_some_offices_are_those_that_stop_there(post: Post) -> None:
    post.introduce()
    for route, stop in (("N1", "C_1"), ("N2", "CX1")):
        card = str(Label(Kind.RUN, 27_001, 26, 2 + int(route[1])))
        post.save(
            introduce_timetable(
                code=route,
                name_vi=route,
                name_en=route,
                office="A",
                effective_from="2026-03-02",
                runs=[run("1", card, (stop, "08:00"), ("D", "09:00"))],
                timestamp=moment(post.scene.at("06:40")),
            )
        )
    ahead = RunsAhead(views=post.scene.views, plans=post.plans)
    first, last = MONDAY, MONDAY + DAYS_AHEAD + 20  # beyond what is laid out
    every = ahead(first, last)
    for offices in ({"A"}, {"C_1"}, {"C_1", "B"}, {"CX1", "D"}, {"D", "B"}, {"E"}):
        expected = [each for each in every if offices & {stop.office for stop in each.stops}]
        assert ahead(first, last, offices=offices) == expected
    assert {each.route for each in ahead(first, last, offices={"C_1"})} == {"N1"}


def test_what_was_scanned_of_a_run_is_told_with_its_stops_and_courier(post: Post) -> None:
    post.introduce()
    post.say("RunDeparted", "08:20")
    post.say("StopMissed", "09:05", place="B", reason="office_closed")
    assert post.flags("09:06") == [
        "OFFICE_CLOSED 2026-03-02/1 09:05",
        "RUN_PARTIAL 2026-03-02/1 09:05",
    ]
    state = post.states()["02/1"]
    assert [d.courier for d in state.couriers] == ["courier:c1"]
    assert state.stops[1].reason == "office_closed"
    told = [(one.code, f"{local(one.opened_us):%H:%M}") for one in state.discrepancies]
    assert told == [
        ("RUN_LATE", "08:15"),
        ("OFFICE_CLOSED", "09:05"),
        ("RUN_PARTIAL", "09:05"),
        ("RUN_LATE", "10:15"),
    ]


def test_a_late_upload_takes_the_missed_run_off_the_board(post: Post) -> None:
    post.introduce()
    assert post.flags("12:00") == ["RUN_MISSED 2026-03-02/1 09:00"]
    scene = post.scene
    told = [
        scene.fact("RunDeparted", MORNING, "08:01", office="courier:c1"),
        scene.fact("StopReached", MORNING, "09:02", office="courier:c1", place="B"),
        scene.fact("RunCompleted", MORNING, "10:00", office="courier:c1"),
    ]
    scene.store(*told, recorded_at_us=scene.at("18:00"))
    scene.projection.catch_up()
    assert post.flags("12:00") == []


def test_a_cancelled_run_leaves_the_board_and_a_restored_one_comes_back(post: Post) -> None:
    post.introduce()
    when = moment(post.scene.at("07:00"))
    told: Any = {"date": "2026-03-02", "slot": "1", "reason": "bao", "timestamp": when}
    post.change(lambda one: one.except_run(kind="cancelled", run=None, **told))
    assert set(post.states()) == {"02/2"}
    assert post.flags("12:00") == []
    post.change(lambda one: one.restore_run(**told))
    assert post.flags("12:00") == ["RUN_MISSED 2026-03-02/1 09:00"]


def test_a_closed_office_waits_for_no_courier(post: Post) -> None:
    post.introduce()
    closed: Any = {"date": "2026-03-03", "kind": "off", "shifts": None, "reason": "bao"}
    when = moment(post.scene.at("07:00"))
    post.change_office(lambda office: office.except_day(timestamp=when, **closed))
    assert set(post.states(days=3)) == {"02/1", "02/2", "04/1", "04/2"}


def test_a_corrected_scan_moves_to_the_run_and_day_where_it_belongs(post: Post) -> None:
    post.introduce()
    wrong = post.say("RunDeparted", post.scene.at("08:00", 3), AFTERNOON)
    assert post.states(days=2)["03/2"].started_us == post.scene.at("08:00", 3)
    given = {"target": wrong.key, "kind": "was_wrong", "reason": "wrong_label"}
    put = {"subject": MORNING, "at": "2026-03-02T08:05:00+07:00"}
    post.say("Corrected", post.scene.at("08:30", 3), AFTERNOON, set=put, **given)
    states = post.states(days=2)
    assert states["03/2"].started_us is None
    assert states["03/1"].started_us is None
    assert states["02/1"].started_us == post.scene.at("08:05")
    assert canonical(post) == post.rebuilt()


def test_an_undone_scan_is_a_run_that_nobody_drove(post: Post) -> None:
    post.introduce()
    wrong = post.say("RunDeparted", "08:00")
    post.say("Undone", post.scene.at("08:00") + 30_000_000, target=wrong.key)
    assert post.flags("09:00") == ["RUN_MISSED 2026-03-02/1 09:00"]


def test_a_scan_corrected_to_a_day_off_is_a_run_outside_the_timetable(post: Post) -> None:
    post.introduce()
    wrong = post.say("RunDeparted", post.scene.at("08:00", 9))
    given = {"target": wrong.key, "kind": "was_wrong", "reason": "wrong_time"}
    put = {"at": "2026-03-08T08:00:00+07:00"}
    post.say("Corrected", post.scene.at("08:30", 9), set=put, **given)
    assert post.states(days=7)["08/1"].planned is None
    assert canonical(post) == post.rebuilt()


def test_a_scan_before_the_first_timetable_counts_once_there_is_one(post: Post) -> None:
    post.say("RunDeparted", "08:00")
    assert post.states() == {}
    post.introduce("08:10")
    assert post.states()["02/1"].started_us == post.scene.at("08:00")
    assert canonical(post) == post.rebuilt()


def test_a_gap_that_is_filled_moves_a_run_to_its_true_day(post: Post) -> None:
    """The station's clock is a day behind; an entry before it, recorded later, proves it."""
    post.introduce()
    scene = post.scene
    scene.store(
        scene.fact("StopReached", MORNING, "09:00", office="courier:c1", seq=2, place="B"),
        recorded_at_us=scene.at("09:30", 3),
    )
    scene.projection.catch_up()
    assert post.states(days=2)["02/1"].started_us is not None
    scene.store(
        scene.fact("RunDeparted", MORNING, scene.at("08:00", 3), office="courier:c1", seq=1)
    )
    scene.projection.catch_up()
    states = post.states(days=2)
    assert (states["02/1"].started_us, states["03/1"].started_us) == (None, scene.at("08:00", 3))
    assert canonical(post) == post.rebuilt()


def canonical(post: Post) -> list[bytes]:
    with post.scene.engine.connect() as connection:
        return list(canonical_dump(connection))


@pytest.mark.parametrize("seed", range(4))
def test_the_sheet_of_runs_built_anew_is_the_same_to_the_byte(post: Post, seed: int) -> None:
    chance = random.Random(seed)
    told: list[Any] = []
    post.introduce()
    now_us = post.scene.at("07:00")
    acts = ("RunDeparted", "StopReached", "StopReached", "StopMissed", "RunCompleted")
    for step in range(40):
        now_us += chance.randrange(DAY_US // 2)
        match chance.randrange(12):
            case 0:
                act = _exception(chance, now_us)
                post.change(act)
            case 1 if step < 30:
                post.change_office(_closure(chance, now_us))
            case 2 | 3 if told:
                target = chance.choice(told)
                card = chance.choice((MORNING, AFTERNOON))
                given = {"target": target.key, "kind": "was_wrong", "reason": "wrong_label"}
                told.append(
                    post.say("Corrected", now_us, target.subject, set={"subject": card}, **given)
                )
            case _:
                place = {"place": chance.choice("ABC")} if chance.random() < 0.8 else {}
                card = chance.choice((MORNING, AFTERNOON))
                told.append(post.say(chance.choice(acts), now_us, card, **place))
    dump = canonical(post)
    assert sum(line.startswith(b'["run"') for line in dump) > 40
    assert post.rebuilt() == dump
    _check_as_folded(post, told)


def _exception(chance: random.Random, now_us: Micros) -> Callable[[Timetable], None]:
    """A run of one of the next days is cancelled, driven at another time, or restored."""
    date = local(now_us + chance.randrange(1, 9) * DAY_US).date().isoformat()
    slot, label = chance.choice((("1", MORNING), ("2", AFTERNOON)))
    kind = chance.choice(("cancelled", "changed"))
    other = None if kind == "cancelled" else run(slot, label, ("A", "11:00"), ("C", "12:00"))
    told: dict[str, Any] = {"date": date, "slot": slot, "timestamp": moment(now_us), "reason": "x"}

    def act(timetable: Timetable) -> None:
        if (parse_day(date), slot) in timetable.exceptions:
            timetable.restore_run(**told)
        else:
            timetable.except_run(kind=kind, run=other, **told)

    return act


def _closure(chance: random.Random, now_us: Micros) -> Callable[[Office], None]:
    """The office closes on one of the next days, or is open on it after all."""
    date = local(now_us + chance.randrange(1, 9) * DAY_US).date().isoformat()
    told: Any = {"date": date, "reason": "x", "timestamp": moment(now_us)}

    def act(office: Office) -> None:
        if date in (office.calendar.get("extra_off") or ()):
            office.restore_day(**told)
        else:
            office.except_day(kind="off", shifts=None, **told)

    return act


def _check_as_folded(post: Post, told: list[Any]) -> None:
    """What the sheet says is what the fold of all the scans says."""
    found = {state.name: state for state in post.scene.views.runs(0, MONDAY + 1000)}
    last = max(state.day for state in found.values())
    planned = post.plans.planned(0, last)
    timed = settle(_recorded(told)).timed
    for state in follow_runs(planned, timed, cards=post.plans.cards()):
        assert found[state.name] == state


def _recorded(told: list[Any]) -> list[Any]:
    return [replace(one, recorded_at_us=one.at_us, not_after_us=one.at_us) for one in told]
