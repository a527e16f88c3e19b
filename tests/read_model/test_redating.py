"""Re-dating after a calendar change: in chunks, restartable, and the same as a rebuild (L4)."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from adapters.read_model.deadlines import Question, ReferenceDeadlines
from adapters.read_model.redating import Redating
from adapters.read_model.tables import LIVE
from adapters.reference_data.calendar import national_table
from domain.model.appointment import Appointment
from domain.model.calendar import NATIONAL, DayOf, NationalCalendar, record_table
from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import Refusal
from domain.model.instants import DAY_US, MINUTE_US, Micros, iso
from domain.model.labels import Kind, Label
from domain.model.office import Office, define_office, office_id
from domain.model.procedure import Terms, introduce_procedure
from domain.ports.views import Standing
from domain.use_cases.office_calendars import Calendars

HOURS = {"hours": [["07:30", "11:30"], ["13:00", "17:00"]], "saturday": "none"}
START = "2026-03-01T08:00:00+07:00"
TERMS = Terms(
    effective_from_us=0,
    title_vi="x",
    title_en="x",
    field="f",
    department="B",
    term_unit="working_day",
    term_value=5,
    cutoff=None,
    supplement="pause",
    pieces=(),
    fee_vnd=0,
    legs_minutes=(),
    steps_minutes=(),
)
KINDS = {
    "days": TERMS,
    "cutoff": replace(TERMS, cutoff="15:00", term_value=3),
    "hours": replace(TERMS, term_unit="working_hour", term_value=12),
    "anew": replace(TERMS, supplement="restart"),
    "dates": replace(TERMS, term_unit="calendar_day", term_value=9),
}


class Town:
    """The scene's log with two offices, procedures and the shipped table, and a real `DueOf`."""

    def __init__(self, scene: Any) -> None:
        self.scene, self.log = scene, scene.log
        began = moment(scene.at("00:00", day=1))
        offices = [
            define_office(
                code=code,
                label=str(Label(Kind.PLACE, 90_001, 26, serial)),
                name_vi=code,
                name_en=code,
                calendar=HOURS,
                timestamp=began,
            )
            for serial, code in enumerate("AB", start=1)
        ]
        procedures = [
            introduce_procedure(code=code, terms=terms, timestamp=began)
            for code, terms in KINDS.items()
        ]
        self.log.save(record_table(national_table(), timestamp=began), *offices, *procedures)
        self.calendars = Calendars(log=self.log, offices=self._offices, shipped=national_table())
        known = {each.code: each for each in procedures}
        self.deadlines = ReferenceDeadlines(procedures=lambda: known, calendars=self.calendars)
        scene.due_of = self.due_of
        scene.projection = scene.runner()
        scene.projection.catch_up()

    def due_of(self, question: Question) -> Any:
        """What the log holds at this moment, as the house has it after each save."""
        self.calendars.forget_newest()
        return self.deadlines(question)

    def _offices(self) -> dict[str, Office]:
        return {each.code: each for each in self.log.load_all(Office).values()}

    def close(self, date: str, at_us: Micros, office: str = "A") -> None:
        """The office is closed on a date, which is published at that instant."""
        found = self.log.load(Office, [office_id(office)])[office_id(office)]
        found.except_day(date=date, kind="off", shifts=None, reason="bao", timestamp=moment(at_us))
        self.log.save(found)

    def publish(self, date: str, at_us: Micros) -> None:
        """One more day off for everybody."""
        table = self.log.load(NationalCalendar, [NATIONAL])[NATIONAL]
        days = [*table.newest.days, DayOf(date, "off", "x", "y")]
        table.publish(days=days, timestamp=moment(at_us))
        self.log.save(table)

    def publish_again(self, place: int, at_us: Micros) -> None:
        """A table that was in use before."""
        table = self.log.load(NationalCalendar, [NATIONAL])[NATIONAL]
        table.publish(days=table.versions[place].days, timestamp=moment(at_us))
        self.log.save(table)

    def decide(self, label: str, decide: Callable[[Dossier], None]) -> None:
        """A decision on a dossier; one that is refused changes nothing."""
        case = self.log.load(Dossier, [dossier_id(label)])[dossier_id(label)]
        try:
            decide(case)
        except Refusal:
            return
        self.log.save(case)

    def take_in(self, number: int, clock: str | Micros, procedure: str = "days") -> str:
        label: str = self.scene.take_in(number, clock, procedure=procedure)
        return label

    def redate(self, *, chunk: int = 3) -> Iterator[None]:
        """The job, a chunk at a time."""
        job = Redating(LIVE, self.due_of)
        while job.step(self.scene.engine, chunk=chunk):
            yield

    def line(self, label: str, now_us: Micros | None = None) -> Any:
        return self.scene.views.dossier(label, now_us=now_us or self.scene.at("09:00")).row


@pytest.fixture
def town(scene: Any) -> Town:
    return Town(scene)


def due(town: Town, label: str) -> str:
    return iso(town.line(label).due_us)[:16]


def test_open_dossiers_of_the_office_that_changed_are_dated_anew_and_no_others(
    town: Town,
) -> None:
    labels = [town.take_in(number, "08:00") for number in range(1, 8)]
    town.scene.projection.catch_up()
    assert {due(town, label) for label in labels} == {"2026-03-09T17:00"}
    town.close("2026-03-04", town.scene.at("10:00"), office="B")
    town.scene.projection.catch_up()
    assert len(list(town.redate())) == 2
    assert {due(town, label) for label in labels} == {"2026-03-09T17:00"}
    town.close("2026-03-04", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    assert {due(town, label) for label in labels} == {"2026-03-09T17:00"}
    assert town.scene.views.appointments_to_confirm().redating
    for _ in town.redate():
        pass
    assert {due(town, label) for label in labels} == {"2026-03-10T17:00"}
    assert not town.scene.views.appointments_to_confirm().redating


def test_a_dossier_finished_before_the_change_keeps_its_due_and_its_class(town: Town) -> None:
    before, after = town.take_in(1, "08:00"), town.take_in(2, "08:00")
    finished_us = town.scene.at("17:30", day=10)
    town.scene.say("ResultArrived", before, finished_us)
    town.close("2026-03-04", finished_us + 1)
    town.scene.say("ResultArrived", after, finished_us + 2)
    for _ in town.redate():
        pass
    assert (due(town, before), due(town, after)) == ("2026-03-09T17:00", "2026-03-10T17:00")
    standings = [town.line(label).standing for label in (before, after)]
    assert standings == [Standing.LATE, Standing.ON_TIME]
    assert town.scene.dump() == town.scene.rebuilt()


def test_a_result_scanned_ahead_of_the_servers_clock_counts_the_change(town: Town) -> None:
    """A station's clock runs ahead: by its time the calendar was published before."""
    label = town.take_in(1, "08:00")
    town.scene.say("ResultArrived", label, town.scene.at("12:00"))
    assert due(town, label) == "2026-03-09T17:00"
    town.close("2026-03-04", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    for _ in town.redate():
        pass
    assert due(town, label) == "2026-03-10T17:00"
    assert town.scene.dump() == town.scene.rebuilt()


def test_a_result_that_comes_in_late_is_dated_by_when_it_was_ready(town: Town) -> None:
    label = town.take_in(1, "08:00")
    town.close("2026-03-04", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    for _ in town.redate():
        pass
    assert due(town, label) == "2026-03-10T17:00"
    town.scene.say("ResultArrived", label, town.scene.at("10:00"))
    assert due(town, label) == "2026-03-09T17:00"
    assert town.scene.dump() == town.scene.rebuilt()


def test_the_job_goes_on_where_a_crash_has_left_it(town: Town) -> None:
    labels = [town.take_in(number, "08:00") for number in range(1, 10)]
    town.scene.projection.catch_up()
    town.close("2026-03-04", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    next(town.redate())
    moved = [due(town, label) == "2026-03-10T17:00" for label in labels]
    assert moved == [True] * 3 + [False] * 6
    again = town.scene.runner()
    assert not again.redating
    again.resume_redating()
    assert again.redating
    while again.redate():
        pass
    assert {due(town, label) for label in labels} == {"2026-03-10T17:00"}
    again.resume_redating()
    assert not again.redating
    assert town.scene.dump() == town.scene.rebuilt()


def test_a_second_change_begins_the_job_anew(town: Town) -> None:
    labels = [town.take_in(number, "08:00") for number in range(1, 10)]
    town.scene.projection.catch_up()
    town.close("2026-03-04", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    next(town.redate())
    town.close("2026-03-05", town.scene.at("11:01"))
    town.scene.projection.catch_up()
    for _ in town.redate():
        pass
    assert {due(town, label) for label in labels} == {"2026-03-11T17:00"}


def test_a_scan_between_two_chunks_is_dated_on_the_newest_calendar_at_once(town: Town) -> None:
    labels = [town.take_in(number, "08:00") for number in range(1, 10)]
    town.scene.projection.catch_up()
    town.close("2026-03-04", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    next(town.redate())
    town.scene.say("Digitised", labels[8], "11:30")
    assert [due(town, labels[n])[8:10] for n in (0, 7, 8)] == ["10", "09", "10"]


def test_a_line_dated_by_the_job_still_follows_its_scans(town: Town) -> None:
    """Its stamp is gone with the job: the next scan writes it whole."""
    label = town.take_in(1, "08:00")
    town.close("2026-03-04", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    for _ in town.redate():
        pass
    town.scene.say("Received", label, "11:30", office="B")
    assert town.line(label).holder == "B"
    assert town.scene.dump() == town.scene.rebuilt()


def test_a_line_that_is_to_be_again_what_it_was_is_written_again(town: Town) -> None:
    """A table is withdrawn by publishing the one before it: the versions meet again."""
    town.publish("2027-12-24", town.scene.at("07:00"))
    label = town.take_in(1, "08:00")
    town.scene.projection.catch_up()
    town.publish("2026-03-04", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    for _ in town.redate():
        pass
    assert due(town, label) == "2026-03-10T17:00"
    town.publish_again(1, town.scene.at("11:01"))
    town.scene.say("Rated", label, "11:30")
    assert due(town, label) == "2026-03-09T17:00"


def test_a_chunk_that_fails_stops_the_job_loudly_until_the_next_start(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = town.take_in(1, "08:00")
    runner = town.scene.projection
    runner.catch_up()
    town.close("2026-03-04", town.scene.at("11:00"))
    runner.catch_up()

    def fails(_question: Question) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(runner._redating, "_due_of", fails)
    with pytest.raises(ZeroDivisionError):
        runner.redate()
    assert not runner.redating
    assert "ZeroDivisionError" in town.scene.views.status().fault
    assert not runner.redate()
    assert due(town, label) == "2026-03-09T17:00"
    again = town.scene.runner()
    again.resume_redating()
    assert town.scene.views.status().fault is None
    assert not again.redate()
    assert due(town, label) == "2026-03-10T17:00"


def test_a_full_disk_stops_nothing_for_good(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    label = town.take_in(1, "08:00")
    runner = town.scene.projection
    runner.catch_up()
    town.close("2026-03-04", town.scene.at("11:00"))
    runner.catch_up()
    full = sqlite3.OperationalError("disk full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    def fails(*_: Any, **__: Any) -> None:
        raise OperationalError("x", None, full)

    with monkeypatch.context() as patched:
        patched.setattr(runner._redating, "step", fails)
        with pytest.raises(OperationalError):
            runner.redate()
    assert runner.redating
    assert town.scene.views.status().fault is None
    assert not runner.redate()
    assert due(town, label) == "2026-03-10T17:00"


def test_appointments_to_confirm_come_by_due_and_by_page_and_by_office(town: Town) -> None:
    kinds = ("days", "anew", "dates")
    labels = [town.take_in(n, "08:00", kind) for n, kind in enumerate(kinds, start=1)]
    town.scene.projection.catch_up()
    for _ in town.redate():
        pass
    with town.scene.engine.begin() as connection:  # as if each had been printed with its due
        board = LIVE.board.c
        connection.execute(update(LIVE.board).values(promised_us=board.due_us))
    read = town.scene.views.appointments_to_confirm
    assert read().total == 0
    town.publish("2026-03-06", town.scene.at("11:00"))
    town.scene.projection.catch_up()
    for _ in town.redate():
        pass
    assert [row.label for row in read().rows] == labels[:2]  # nine dates on it is still the 11th
    assert [row.label for row in read(limit=1, offset=1).rows] == labels[1:2]
    assert read(limit=1, offset=1).total == read(office="A").total == 2
    assert read(office="B") == replace(read(office="B"), rows=(), total=0)
    town.scene.say("Withdrawn", labels[0], "12:00")
    assert [row.label for row in read().rows] == labels[1:2]


@pytest.mark.sqlite_only  # a small table is read whole on PostgreSQL, whatever its indexes
@pytest.mark.parametrize("office", [None, "A"])
def test_a_page_of_appointments_reads_its_own_index(town: Town, office: str | None) -> None:
    asked: list[tuple[str, Any]] = []
    engine = town.scene.views._engine
    hear = lambda *told: asked.append((told[2], told[3]))  # noqa: E731
    event.listen(engine, "before_cursor_execute", hear)
    town.scene.views.appointments_to_confirm(office=office)
    event.remove(engine, "before_cursor_execute", hear)
    count, page = (each for each in asked if "promised_us !=" in each[0])
    with town.scene.engine.connect() as connection:
        for statement, given in (count, page):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
            assert "read_board_to_confirm" in str(plan)
            assert "TEMP B-TREE" not in str(plan)
            assert statement is page[0] or "COVERING INDEX" in str(plan)


def _story(dice: random.Random, town: Town) -> Iterator[None]:
    """Weeks of a centre in any order of arrival, calendars changed in the middle."""
    began = town.scene.at("08:00", day=2)
    labels: list[str] = []
    closed = iter(dice.sample([f"2026-03-{day:02d}" for day in range(3, 28)], k=25))
    for step in range(45):
        now_us = began + step * 8 * 60 * MINUTE_US
        draw = dice.random()
        if draw < 0.3 or not labels:
            kind = dice.choice(list(KINDS))
            labels.append(town.take_in(len(labels) + 1, now_us, kind))
        elif draw < 0.5:
            name = dice.choice(
                "ResultArrived ResultArrived Returned Withdrawn Stopped RefusedAtIntake".split()
            )
            at_us = now_us + dice.randint(-5, 2) * DAY_US
            town.scene.store(
                town.scene.fact(name, dice.choice(labels), at_us, station=f"S{dice.randint(1, 9)}")
            )
        elif draw < 0.75:
            town.decide(dice.choice(labels), _decision(dice, now_us))
        elif draw < 0.9:
            town.close(next(closed), now_us, office=dice.choice("AAB"))
        else:
            town.publish(next(closed), now_us)
        yield


def _decision(dice: random.Random, now_us: Micros) -> Callable[[Dossier], None]:
    at = moment(now_us)
    to = Appointment(
        due_us=now_us + DAY_US, late_after_us=now_us, calendar_version="A.1.x", provisional=False
    )
    return dice.choice(
        [
            lambda case: case.request_supplement(cause="x", text=None, timestamp=at),
            lambda case: case.supply(timestamp=at),
            lambda case: case.request_fee(amount_vnd=1, timestamp=at),
            lambda case: case.pay_fee(timestamp=at),
            lambda case: case.ask_agency(agency="CATP", timestamp=at),
            lambda case: case.agency_answered(timestamp=at),
            lambda case: case.reappoint(
                to=to, due_us=to.due_us, cause="x", apology="v", limit=1, timestamp=at
            ),
            lambda case: case.confirm_appointment(
                due_us=to.due_us, calendar_version="A.1.x", cause="x", timestamp=at
            ),
            lambda case: case.apologise(cause="x", apology="v", timestamp=at),
            lambda case: case.bind_code(official_code=f"H{case.label}", timestamp=at),
        ]
    )


@pytest.mark.parametrize("seed", range(10))
def test_the_rebuilt_model_equals_the_one_that_lived_through_changes_of_calendar(
    scene: Any, seed: int
) -> None:
    """L4, whenever the projection and the chunks of the job happen to run."""
    dice = random.Random(seed)
    town = Town(scene)
    job = town.redate(chunk=dice.randint(1, 4))
    for _ in _story(dice, town):
        if dice.random() < 0.5:
            scene.projection.catch_up()
        if dice.random() < 0.4:
            job = job if next(job, 0) is None else town.redate(chunk=dice.randint(1, 4))
    scene.projection.catch_up()
    for _ in town.redate():
        pass
    lived = scene.dump()
    assert lived == scene.rebuilt()
    board = [orjson.loads(line) for line in lived if line.startswith(b'["board"')]
    assert len(board) > 5


def test_the_stories_hold_what_they_are_told_for(scene: Any) -> None:
    """Among them: paused, finished on an older calendar, and dated on the newest."""
    town = Town(scene)
    for _ in _story(random.Random(1), town):
        scene.projection.catch_up()
    for _ in town.redate():
        pass
    board = LIVE.board.c
    with scene.engine.connect() as connection:
        rows = connection.execute(
            select(board.paused, board.settled_us, board.calendar_version)
        ).all()
    assert any(row.paused for row in rows)
    assert len({row.calendar_version for row in rows if row.settled_us is None}) == 1
    assert len({row.calendar_version for row in rows if row.settled_us is not None}) > 1
