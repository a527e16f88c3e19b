"""Which runs a timetable plans: working days, versions, exceptions; their names and ids."""

from datetime import date

from domain.model.instants import local
from domain.model.office_hours import DAYS, parse_day
from domain.model.planned_runs import Excepted, Route, Stop, Trip, Version, planned_runs
from domain.model.working_time import Calendar, NationalTable, TableRow

MONDAY = parse_day("2026-03-02")
TUESDAY_OFF = TableRow(MONDAY + 1, "off", "nghỉ", "test")
CALENDAR = Calendar(NationalTable("t", [TUESDAY_OFF]), hours=[["07:30", "17:00"]], saturday="none")


def trip(slot: str, *hours: int) -> Trip:
    stops = tuple(Stop("A", hour * 60, hour * 60 - 15) for hour in hours)
    return Trip(slot, f"7{len(slot):015d}", None, stops)


def route(
    *later: Version, excepted: Excepted | None = None, slot: str = "1", day: int = 0
) -> Route:
    versions = (Version(MONDAY, (trip("1", 8, 11), trip("2", 14, 16))), *later)
    return Route("T", "A", versions, {(MONDAY + day, slot): excepted} if excepted else {})


def planned(given: Route, days: int = 1, *, cancelled: bool = False) -> list[str]:
    runs = planned_runs(given, CALENDAR, MONDAY, MONDAY + days - 1, cancelled=cancelled)
    told = [f"{run.name[10:]} {local(run.departs_us):%H:%M} {run.kind}" for run in runs]
    return [each.removesuffix(" regular") for each in told]


def test_runs_go_on_the_working_days_of_the_calendar() -> None:
    assert planned(route(), 8) == [
        f"{day}/{slot}" for day in ("02", "04", "05", "06", "09") for slot in ("1 08:00", "2 14:00")
    ]


def test_a_stop_has_its_time_and_its_cut_off() -> None:
    run = planned_runs(route(), CALENDAR, MONDAY, MONDAY)[0]
    shown = [(f"{local(s.at_us):%H:%M}", f"{local(s.cutoff_us):%H:%M}") for s in run.stops]
    assert shown == [("08:00", "07:45"), ("11:00", "10:45")]
    assert (run.departs_us, run.ends_us) == (run.stops[0].at_us, run.stops[1].at_us)


def test_a_version_holds_from_its_day_until_the_next() -> None:
    later = Version(MONDAY + 2, (trip("2", 15, 16),))
    ended = Version(MONDAY + 3, ())
    assert planned(route(later, ended), 8) == ["02/1 08:00", "02/2 14:00", "04/2 15:00"]


def test_a_cancelled_run_is_listed_only_where_it_is_asked_for() -> None:
    given = route(excepted=Excepted("cancelled", None, "bao"))
    assert planned(given) == ["02/2 14:00"]
    assert planned(given, cancelled=True) == ["02/1 08:00 cancelled", "02/2 14:00"]
    shown = planned_runs(given, CALENDAR, MONDAY, MONDAY, cancelled=True)
    assert [run.reason for run in shown] == ["bao", None]


def test_a_changed_run_takes_its_place_by_its_other_time() -> None:
    given = route(excepted=Excepted("changed", trip("1", 17, 18), "hop"))
    assert planned(given) == ["02/2 14:00", "02/1 17:00 changed"]


def test_an_extra_run_goes_on_any_day() -> None:
    extra = Excepted("extra", trip("tet", 9, 10), "tet")
    assert planned(route(excepted=extra, slot="tet", day=1), 2)[2:] == ["03/tet 09:00 extra"]
    before = route(excepted=extra, slot="tet", day=-2)
    runs = planned_runs(before, CALENDAR, MONDAY - 3, MONDAY - 1)
    assert [(run.day, run.kind) for run in runs] == [(MONDAY - 2, "extra")]


def test_no_cancellation_or_change_makes_a_run_on_a_day_off() -> None:
    for kind, other in (("cancelled", None), ("changed", trip("1", 9, 10))):
        given = route(excepted=Excepted(kind, other, "bao"), day=1)
        assert planned(given, 2, cancelled=True) == ["02/1 08:00", "02/2 14:00"]


def test_an_exception_of_a_run_that_is_planned_no_more_means_nothing() -> None:
    given = route(excepted=Excepted("changed", trip("9", 9, 10), "bao"), slot="9")
    assert planned(given) == ["02/1 08:00", "02/2 14:00"]


def test_the_id_of_a_run_follows_from_route_date_and_slot_alone() -> None:
    [morning, _] = planned_runs(route(), CALENDAR, MONDAY, MONDAY)
    other = Route(
        "T", "B", (Version(0, (Trip("1", f"7{9:015d}", "courier:c1", trip("1", 1, 2).stops),)),)
    )
    [same] = planned_runs(other, CALENDAR, MONDAY, MONDAY)
    assert (morning.name, morning.id) == (same.name, same.id)
    assert morning.name == "T/2026-03-02/1"
    assert str(morning.id) == "bdb311ca-ce6f-5141-9b63-af1752da1961"


def test_no_timetable_reaches_beyond_the_calendar() -> None:
    assert route().trips_on(MONDAY - 1) == ()
    assert planned_runs(route(), CALENDAR, -5, MONDAY - 1) == []
    assert len(planned_runs(route(), CALENDAR, DAYS - 5, DAYS + 5)) == 2 * 4  # a Thursday is last
    always = Route("T", "A", (Version(0, route().versions[0].trips),))
    assert [run.day for run in planned_runs(always, CALENDAR, -5, 3)] == [2, 2, 3, 3]


def test_days_are_counted_in_vietnam() -> None:
    assert (date(2026, 3, 2) - date(2000, 1, 1)).days == MONDAY
