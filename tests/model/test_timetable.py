"""A route's timetable: versions, cards, exceptions, and what is refused; rows of a file alike."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.reference_data.sample import sample_timetable
from adapters.reference_data.timetable_csv import read_timetables, write_timetables
from domain.model.decision import moment
from domain.model.errors import AlreadyExists, NotFound, Refusal
from domain.model.instants import local, parse_instant
from domain.model.labels import Kind, Label
from domain.model.office_hours import parse_day
from domain.model.planned_runs import BadTimetable, planned_runs
from domain.model.sheet import SheetRefused
from domain.model.timetable import (
    RunAlreadyDue,
    RunExceptedAlready,
    Timetable,
    TimetableOverlap,
    TimetableTooLate,
)
from domain.model.timetable_sheet import Change, StopRow, lay_timetables, rows_of
from domain.model.working_time import Calendar, NationalTable

FRIDAY = "2026-03-06"
CALENDAR = Calendar(NationalTable("t", []), hours=[["07:30", "17:00"]], saturday="none")
OFFICES = frozenset("TTHC STC STP SXD SNNMT CAT".split())


class Centre:
    """The timetables of one centre on a Thursday morning, changed by rows."""

    def __init__(self) -> None:
        self.timetables: dict[str, Timetable] = {}
        self.taken = 0
        self.at("2026-03-05T10:00")

    def at(self, text: str) -> None:
        self.timestamp = moment(parse_instant(f"{text}:00+07:00"))

    def card(self, _office: str) -> str:
        self.taken += 1
        return str(Label(Kind.RUN, 90_001, 26, self.taken))

    def publish(self, rows: list[StopRow]) -> list[Change]:
        return lay_timetables(
            rows,
            [],
            over=self.timetables,
            offices=OFFICES,
            card=self.card,
            timestamp=self.timestamp,
        )

    def refused(self, rows: list[StopRow]) -> tuple[int, str, type[Refusal]]:
        with pytest.raises(SheetRefused) as found:
            self.publish(rows)
        [problem] = found.value.problems
        return problem.line, problem.column, type(problem.refusal)

    def planned(self, date: str = FRIDAY, **more: Any) -> list[str]:
        day = parse_day(date)
        runs = [
            run
            for each in self.timetables.values()
            for run in planned_runs(each.route, CALENDAR, day, day, **more)
        ]
        return [f"{run.name} {local(run.departs_us):%H:%M} {run.kind}" for run in runs]

    @property
    def cards(self) -> dict[str, str]:
        return self.timetables["T1"].route.cards

    def except_run(self, date: str = FRIDAY, slot: str = "1", **given: Any) -> None:
        told: dict[str, Any] = {"kind": "cancelled", "run": None, "reason": "bao"} | given
        self.timetables["T1"].except_run(date=date, slot=slot, timestamp=self.timestamp, **told)

    def restore(self, date: str = FRIDAY) -> None:
        self.timetables["T1"].restore_run(
            date=date, slot="1", reason="het-bao", timestamp=self.timestamp
        )


@pytest.fixture
def centre() -> Centre:
    return Centre()


def rows(
    slot: str = "1", *stops: tuple[str, str], route: str = "T1", first: str = FRIDAY
) -> list[StopRow]:
    stops = stops or (("TTHC", "08:00"), ("STC", "08:30"), ("TTHC", "09:00"))
    return [
        StopRow(line=n, route=route, slot=slot, effective_from=first, office=office, at=at)
        for n, (office, at) in enumerate(stops, 2)
    ]


def another(slot: str = "1", *, serial: int = 1) -> dict[str, Any]:
    stops = [{"office": "TTHC", "at": "09:00"}, {"office": "STC", "at": "09:30"}]
    label = str(Label(Kind.RUN, 90_001, 26, serial))
    return {"slot": slot, "label": label, "courier": None, "stops": stops}


def test_a_run_keeps_its_card_through_every_version(centre: Centre) -> None:
    centre.publish(rows())
    [card] = centre.cards
    afternoon = ("TTHC", "14:00"), ("STC", "15:00")
    later = "2026-03-09"
    centre.publish([*rows(first=later), *rows("2", *afternoon, first=later)])
    assert sorted(centre.cards.values()) == ["1", "2"]
    assert centre.cards[card] == "1"
    stranger = str(Label(Kind.RUN, 90_001, 26, 77))
    other = [replace(row, label=stranger) for row in rows(first="2026-03-16")]
    assert centre.refused(other)[1:] == ("label", BadTimetable)
    swapped = [replace(row, label=card) for row in rows("2", *afternoon, first="2026-03-16")]
    assert centre.refused(swapped)[1:] == ("label", BadTimetable)


def test_what_is_so_already_changes_nothing(centre: Centre) -> None:
    centre.publish(rows())
    centre.except_run()
    centre.except_run("2026-03-09", kind="changed", run=another())
    written = write_timetables(rows_of(centre.timetables["T1"]))
    again, problems = read_timetables(written)
    assert (problems, centre.publish(again)) == ([], [])
    assert centre.publish(rows()) == []
    fresh = Centre()
    fresh.publish(again)
    assert fresh.timetables["T1"].route == centre.timetables["T1"].route
    centre.at("2027-03-05T10:00")  # also when all of it has long begun
    assert centre.publish(again) == []


def test_the_sample_fits_the_sample_offices(centre: Centre) -> None:
    given, problems = read_timetables(sample_timetable(effective_from=FRIDAY))
    assert problems == []
    assert centre.publish(given) == [Change("T1", FRIDAY), Change("T2", FRIDAY)]
    assert [run.split()[0][-2:] for run in centre.planned()] == ["/1", "/2", "/1", "/2"]
    assert centre.timetables["T1"].route.versions[0].trips[0].courier == "courier:C1"


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (rows("1", ("TTHC", "08:00"), ("STC", "08:00")), (3, "at", "STOPS_OUT_OF_ORDER")),
        (rows("1", ("TTHC", "08:00")), (2, "stops", "BAD_TIMETABLE")),
        (rows("1", ("TTHC", "08:00"), ("NOWHERE", "09:00")), (3, "office", "UNKNOWN_STOP")),
        (rows("a/b"), (2, "slot", "BAD_TIMETABLE")),
        (rows(route="a/b"), (2, "route", "BAD_TIMETABLE")),
        (rows(first="2026-03-04"), (2, "effective_from", "TIMETABLE_TOO_LATE")),
        (rows(first="tomorrow"), (2, "effective_from", "BAD_DATE")),
        (rows("1", ("TTHC", "8 giờ"), ("STC", "09:00")), (2, "at", "BAD_TIME")),
        (
            [replace(row, cutoff="08:31") if row.office == "STC" else row for row in rows()],
            (3, "cutoff", "CUTOFF_AFTER_STOP"),
        ),
        ([*rows(), *rows("2", ("STC", "08:59"), ("TTHC", "10:00"))], (2, "slot", "RUNS_OVERLAP")),
        ([replace(row, courier="C1") for row in rows()], (2, "courier", "BAD_TIMETABLE")),
        ([replace(row, label="1270012600000112") for row in rows()], (2, "label", "BAD_TIMETABLE")),
        ([replace(row, label="7") for row in rows()], (2, "label", "BAD_LABEL")),
        ([replace(row, name_vi="x" * 121) for row in rows()], (2, "name_vi", "BAD_TIMETABLE")),
        (
            [StopRow(line=2, route="T1", slot="", effective_from=FRIDAY, calendar_office="TTHC")],
            (2, "runs", "BAD_TIMETABLE"),
        ),
    ],
)
def test_a_row_that_cannot_be_driven_is_named_with_its_column(
    centre: Centre, given: list[StopRow], where: tuple[int, str, str]
) -> None:
    line, column, kind = centre.refused(given)
    assert (line, column, kind.code) == where


def test_a_new_route_may_begin_today_and_every_other_version_on_a_day_to_come(
    centre: Centre,
) -> None:
    centre.publish(rows(first="2026-03-05"))
    other = ("TTHC", "08:05"), ("STC", "08:30")
    assert centre.refused(rows("1", *other, first="2026-03-05"))[2] is TimetableOverlap
    centre.at("2026-03-09T09:00")
    assert centre.refused(rows("1", *other, first="2026-03-09"))[2] is TimetableTooLate
    assert centre.publish(rows("1", *other, first="2026-03-10"))
    assert centre.planned("2026-03-09") == ["T1/2026-03-09/1 08:00 regular"]
    assert centre.planned("2026-03-10") == ["T1/2026-03-10/1 08:05 regular"]


def test_a_route_can_end(centre: Centre) -> None:
    centre.publish(rows())
    ended = StopRow(line=2, route="T1", slot="", effective_from="2026-03-09")
    assert centre.publish([ended]) == [Change("T1", "2026-03-09")]
    assert centre.planned() == [f"T1/{FRIDAY}/1 08:00 regular"]
    assert centre.planned("2026-03-09") == []
    again, _ = read_timetables(write_timetables(rows_of(centre.timetables["T1"])))
    assert centre.publish(again) == []
    assert [row.slot for row in again] == ["1", "1", "1", ""]


def test_an_exception_comes_through_a_file_as_well(centre: Centre) -> None:
    centre.publish(rows())
    off = StopRow(line=2, route="T1", slot="1", date=FRIDAY, kind="cancelled", reason="bao")
    assert centre.publish([off]) == [Change("T1", FRIDAY, "1", "cancelled")]
    assert centre.planned() == []
    assert centre.refused([replace(off, route="T9")])[1:] == ("route", NotFound)
    assert centre.refused([replace(off, slot="7")])[1:] == ("route", NotFound)
    assert centre.refused([replace(off, reason="lut")])[1:] == ("date", RunExceptedAlready)
    extra = [
        replace(row, effective_from="", date="2026-03-07", slot="them", kind="extra", reason="bu")
        for row in rows()
    ]
    assert centre.publish(extra) == [Change("T1", "2026-03-07", "them", "extra")]
    assert centre.planned("2026-03-07") == ["T1/2026-03-07/them 08:00 extra"]
    assert sorted(centre.cards.values()) == ["1", "them"]


def test_a_run_that_is_due_can_no_longer_be_cancelled_or_restored(centre: Centre) -> None:
    centre.publish(rows())
    centre.at(f"{FRIDAY}T08:00")
    with pytest.raises(RunAlreadyDue) as found:
        centre.except_run()
    assert found.value.values["departs"] == f"{FRIDAY}T08:00:00+07:00"
    centre.except_run("2026-03-09")
    centre.at("2026-03-09T07:59")
    centre.restore("2026-03-09")
    centre.except_run("2026-03-09")
    centre.at("2026-03-09T08:00")
    with pytest.raises(RunAlreadyDue):
        centre.restore("2026-03-09")


def test_a_run_cannot_be_put_to_a_time_that_has_passed(centre: Centre) -> None:
    centre.publish(rows("1", ("TTHC", "14:00"), ("STC", "15:00")))
    centre.at(f"{FRIDAY}T09:00")
    with pytest.raises(RunAlreadyDue):
        centre.except_run(kind="changed", run=another())
    with pytest.raises(RunAlreadyDue):
        centre.except_run(slot="them", kind="extra", run=another("them", serial=9))


def test_an_exception_is_lifted_before_another_is_made(centre: Centre) -> None:
    centre.publish(rows())
    centre.except_run()
    with pytest.raises(RunExceptedAlready):
        centre.except_run(kind="changed", run=another())
    centre.restore()
    centre.except_run(kind="changed", run=another())
    assert centre.planned() == [f"T1/{FRIDAY}/1 09:00 changed"]
    with pytest.raises(NotFound):
        centre.restore("2026-03-10")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"slot": "9"}, NotFound),
        ({"kind": "extra", "run": another()}, AlreadyExists),
        ({"kind": "changed"}, BadTimetable),
        ({"run": another()}, BadTimetable),
        ({"kind": "sometimes"}, BadTimetable),
        ({"kind": "changed", "run": another("2", serial=2)}, BadTimetable),
        ({"kind": "changed", "run": another(serial=2)}, BadTimetable),
    ],
)
def test_an_exception_that_means_nothing_is_refused(
    centre: Centre, given: dict[str, Any], refusal: type[Refusal]
) -> None:
    centre.publish(rows())
    with pytest.raises(refusal):
        centre.except_run(**given)
    assert centre.planned() == [f"T1/{FRIDAY}/1 08:00 regular"]


def test_a_day_has_at_most_twelve_runs_of_a_route(centre: Centre) -> None:
    hours = range(6, 18)
    day = [rows(str(n), ("TTHC", f"{n:02d}:00"), ("STC", f"{n:02d}:30")) for n in hours]
    twelve = [row for run in day for row in run]
    evening = rows("18", ("TTHC", "18:00"), ("STC", "18:30"))
    assert centre.refused([*twelve, *evening])[1:] == ("runs", BadTimetable)
    assert centre.publish(twelve)


def test_a_file_says_what_is_missing_or_unreadable_line_by_line() -> None:
    head = "mã tuyến;hiệu lực từ;ngày ngoại lệ;ngoại lệ;mã lý do;chuyến;điểm dừng;giờ"
    lines = [
        ";2026-03-06;;;;1;TTHC;08:00",
        "T1;;;;;1;TTHC;08:00",
        "T1;;2026-03-06;hoãn;x;1;;",
        "T1;;2026-03-06;hủy;;1;;",
    ]
    _, problems = read_timetables("\n".join([head, *lines]).encode())
    assert [(each.line, each.column) for each in problems] == [
        (2, "route"),
        (3, "effective_from"),
        (4, "kind"),
        (5, "reason"),
    ]


def test_times_as_excel_writes_them_are_read(centre: Centre) -> None:
    head = "mã tuyến;hiệu lực từ;chuyến;điểm dừng;giờ;chốt nhận"
    lines = ["T1;06/03/2026;1;TTHC;8:00;7:45:00", "T1;06/03/2026;1;STC;08:30:00;"]
    given, problems = read_timetables("\n".join([head, *lines]).encode())
    assert problems == []
    centre.publish(given)
    [trip] = centre.timetables["T1"].route.versions[0].trips
    assert [(stop.at, stop.cutoff) for stop in trip.stops] == [(480, 465), (510, 510)]
