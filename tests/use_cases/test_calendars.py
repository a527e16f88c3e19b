"""Calendars as events: versions that are never edited, and promises that stay on theirs."""

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from adapters.reference_data.calendar import national_table
from api.sheets import Sheets
from domain.model.calendar import (
    FEW_OFF,
    NO_EFFECT,
    ON_SUNDAY,
    DateTwice,
    DayOf,
    Doubt,
    UnknownDayKind,
    YearLeftOut,
    doubts,
)
from domain.model.errors import AlreadyExists, NotAllowed, NotFound, Refusal
from domain.model.instants import iso, parse_instant
from domain.model.office import DayExceptedAlready, HoursOverlap
from domain.model.office_hours import (
    BadCalendar,
    OutOfCalendar,
    ShiftCrossesDay,
    ShiftOverlap,
    date_of,
)
from domain.use_cases.maintain_calendars import DayException
from domain.use_cases.maintain_reference import OfficeDefinition

STORM = DayException(date="2026-03-10", kind="off", reason="bao")
AFTERNOON_OFF = DayException(
    date="2026-03-12", kind="hours", shifts=[["07:30", "11:30"]], reason="bao"
)


def shipped(centre: Any) -> list[DayOf]:
    return list(centre.house.calendars.tables()[-1].days)


def publish(centre: Any, days: list[DayOf]) -> str:
    version: str = centre.write(lambda: centre.calendars.publish(days, actor=centre.admin))
    return version


def except_day(centre: Any, given: DayException, office: str = "TTHC") -> str:
    version: str = centre.write(
        lambda: centre.calendars.except_day(office, given, actor=centre.admin)
    )
    return version


def due(centre: Any) -> str:
    return iso(centre.register().due_us)[:16]


def test_the_shipped_table_is_the_first_version_and_recorded_once(centre: Any) -> None:
    [first] = centre.house.calendars.tables()
    assert first.version == national_table().version
    assert len(first.days) == len(national_table().rows)
    assert first.table().kinds == national_table().kinds
    centre.house.close()
    centre.open()
    with closing(centre.house):
        assert centre.house.calendars.tables() == [first]


def test_a_published_day_off_counts_from_then_on_and_names_a_new_version(centre: Any) -> None:
    before = centre.register()
    assert iso(before.due_us)[:16] == "2026-03-12T17:00"
    version = publish(centre, [*shipped(centre), DayOf("2026-03-10", "off", "swap", "QĐ 1/2026")])
    after = centre.register()
    assert iso(after.due_us)[:16] == "2026-03-13T17:00"
    assert before.calendar_version == f"TTHC.1.{national_table().version}"
    assert after.calendar_version == f"TTHC.1.{version}"


def test_the_same_table_again_is_no_new_version_whatever_the_order_of_its_lines(
    centre: Any,
) -> None:
    with pytest.raises(AlreadyExists):
        publish(centre, shipped(centre)[::-1])


DAY = DayOf("2026-03-10", "off", "swap", "QĐ 1/2026")


@pytest.mark.parametrize(
    ("added", "refusal"),
    [
        ([DAY, DAY], DateTwice),
        ([DAY._replace(kind="holiday")], UnknownDayKind),
        ([DAY._replace(date="2199-01-01")], OutOfCalendar),
        ([DAY._replace(source="")], BadCalendar),
        ([DAY._replace(reason="a\nb")], BadCalendar),
        ([DAY._replace(reason="a" * 501)], BadCalendar),
        ([DAY] * 5_001, BadCalendar),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_whole(
    centre: Any, added: list[DayOf], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        publish(centre, shipped(centre) + added)
    assert len(centre.house.calendars.tables()) == 1


def test_a_table_of_next_year_alone_is_refused_because_it_would_forget_the_others(
    centre: Any,
) -> None:
    with pytest.raises(YearLeftOut) as refused:
        publish(centre, [day for day in shipped(centre) if day.date >= "2027"])
    assert refused.value.values == {"year": "2018"}


def test_only_an_administrator_publishes_or_changes_hours(centre: Any) -> None:
    for actor in (None, centre.clerk, centre.supervisor):
        with pytest.raises(NotAllowed):
            centre.calendars.publish([DAY], actor=actor)
        with pytest.raises(NotAllowed):
            centre.calendars.except_day("TTHC", STORM, actor=actor)
        with pytest.raises(NotAllowed):
            centre.calendars.restore_day("TTHC", date="2026-03-10", reason="x", actor=actor)
        with pytest.raises(NotAllowed):
            centre.calendars.set_hours(
                "TTHC", effective_from="2026-03-10", hours=[], reason="x", actor=actor
            )


def test_a_storm_closure_moves_the_due_and_lifting_it_moves_it_back(centre: Any) -> None:
    assert except_day(centre, STORM).startswith("TTHC.2.")
    assert due(centre) == "2026-03-13T17:00"
    lifted = centre.write(
        lambda: centre.calendars.restore_day(
            "TTHC", date="2026-03-10", reason="bao-doi-huong", actor=centre.admin
        )
    )
    assert lifted.startswith("TTHC.3.")
    assert due(centre) == "2026-03-12T17:00"


def test_half_a_day_closed_ends_a_term_at_noon_and_no_earlier_date(centre: Any) -> None:
    except_day(centre, AFTERNOON_OFF)
    assert due(centre) == "2026-03-12T11:30"


def test_a_worked_saturday_counts_as_a_day_with_hours_of_its_own(centre: Any) -> None:
    saturday = DayException(
        date="2026-03-07", kind="work", shifts=[["08:00", "11:00"]], reason="bu-viec"
    )
    except_day(centre, saturday)
    assert due(centre) == "2026-03-11T17:00"


def test_another_offices_closure_moves_nothing_here(centre: Any) -> None:
    except_day(centre, STORM, office="STC")
    assert due(centre) == "2026-03-12T17:00"


def test_a_date_has_one_exception_until_it_is_lifted(centre: Any) -> None:
    except_day(centre, STORM)
    with pytest.raises(DayExceptedAlready):
        except_day(centre, DayException(date=STORM.date, kind="work", reason="x"))
    with pytest.raises(NotFound):
        centre.write(
            lambda: centre.calendars.restore_day(
                "TTHC", date="2026-03-11", reason="x", actor=centre.admin
            )
        )


@pytest.mark.parametrize(
    ("kind", "shifts", "refusal"),
    [
        ("closed", None, BadCalendar),
        ("hours", None, BadCalendar),
        ("off", [["07:30", "11:30"]], BadCalendar),
        ("hours", [["11:30", "07:30"]], ShiftCrossesDay),
        ("hours", [["07:30", "24:00"]], ShiftCrossesDay),
        ("hours", [["07:30", "11:30"], ["11:00", "12:00"]], ShiftOverlap),
    ],
)
def test_an_exception_that_no_day_can_have_is_refused(
    centre: Any, kind: str, shifts: list[list[str]] | None, refusal: type[Refusal]
) -> None:
    given = DayException(date="2026-03-10", kind=kind, shifts=shifts, reason="x")
    with pytest.raises(refusal):
        except_day(centre, given)
    assert len(centre.reference.offices()["TTHC"].calendars) == 1


def test_an_office_that_nobody_defined_has_no_exceptions(centre: Any) -> None:
    with pytest.raises(NotFound):
        except_day(centre, STORM, office="KHONG")


def set_hours(centre: Any, effective_from: str, hours: object) -> None:
    centre.write(
        lambda: centre.calendars.set_hours(
            "TTHC", effective_from=effective_from, hours=hours, reason="mua-he", actor=centre.admin
        )
    )


def test_summer_hours_hold_from_their_date_and_not_a_day_before(centre: Any) -> None:
    set_hours(centre, "2026-03-13", [["07:00", "11:30"], ["13:30", "17:30"]])
    assert due(centre) == "2026-03-12T17:00"
    centre.at("2026-03-06T10:00")
    assert due(centre) == "2026-03-13T17:30"


def test_hours_follow_each_other_in_the_order_of_their_dates(centre: Any) -> None:
    set_hours(centre, "2026-04-16", [["07:00", "11:30"]])
    for date in ("2026-04-16", "2026-04-15"):
        with pytest.raises(HoursOverlap):
            set_hours(centre, date, [["07:30", "11:30"]])
    set_hours(centre, "2026-10-16", [["07:30", "11:30"]])
    assert len(centre.reference.offices()["TTHC"].calendars) == 3


def set_saturday(centre: Any, effective_from: str, saturday: str) -> None:
    centre.write(
        lambda: centre.calendars.set_saturday(
            "TTHC",
            effective_from=effective_from,
            saturday=saturday,
            reason="qd-12",
            actor=centre.admin,
        )
    )


def test_saturdays_are_worked_from_their_date_and_no_printed_promise_moves(
    centre: Any, terms: Any
) -> None:
    hours = replace(
        terms, term_unit="working_hour", term_value=16, legs_minutes=(), title_vi="Mười sáu giờ"
    )
    centre.write(lambda: centre.reference.define_procedure("H16", hours, actor=centre.admin))
    promised = centre.register("H16")
    assert iso(promised.due_us)[:16] == "2026-03-09T10:00"
    set_saturday(centre, "2026-03-14", "working")
    assert iso(centre.row(promised.label).due_us)[:16] == "2026-03-09T10:00"
    centre.at("2026-03-12T10:00")
    later = centre.register("H16")
    assert iso(later.due_us)[:16] == "2026-03-14T10:00"  # the morning shift of that Saturday
    set_saturday(centre, "2026-03-15", "none")
    assert iso(centre.row(later.label).due_us)[:16] == "2026-03-14T10:00"
    with pytest.raises(HoursOverlap):
        set_saturday(centre, "2026-03-15", "working")
    with pytest.raises(BadCalendar):
        set_saturday(centre, "2026-03-22", "sometimes")
    centre.house.close()
    centre.open()
    with closing(centre.house):
        assert iso(centre.row(later.label).due_us)[:16] == "2026-03-14T10:00"


def test_reloading_the_offices_lifts_no_exception(centre: Any) -> None:
    except_day(centre, STORM)
    office = centre.reference.offices()["TTHC"]
    again = OfficeDefinition(
        code="TTHC", issuer=office.issuer, name_vi="x", name_en="x", calendar=office.given
    )
    centre.write(lambda: centre.reference.define_office(again, actor=centre.admin))
    assert due(centre) == "2026-03-13T17:00"


def test_every_version_ever_promised_is_built_again_from_the_events(centre: Any) -> None:
    """L8: the calendar behind a promise counts the same after a restart and any later change."""
    received = parse_instant("2026-03-05T10:00:00+07:00")
    rule = centre.reference.procedures()["P5"].versions[0].rule
    promised = [centre.register()]
    for change in (
        lambda: except_day(centre, STORM),
        lambda: publish(centre, [*shipped(centre), DAY._replace(date="2026-03-11")]),
        lambda: set_hours(centre, "2026-03-06", [["08:00", "12:00"]]),
        lambda: except_day(centre, AFTERNOON_OFF),
    ):
        change()
        promised.append(centre.register())
    versions = {each.calendar_version: each.due_us for each in promised}
    assert len(versions) == 5
    centre.house.close()
    centre.open()
    with closing(centre.house):
        for version, due_us in versions.items():
            calendar = centre.house.calendars.version(version)
            assert rule.due(calendar, received // 60_000_000).due_minute == due_us // 60_000_000


def test_a_re_dating_that_a_stop_has_interrupted_goes_on_at_the_next_start(
    centre: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = centre.register().label
    with monkeypatch.context() as patched:
        patched.setattr(Sheets, "go_on_redating", lambda _sheets: None)
        centre.house.write(
            lambda: centre.calendars.except_day("TTHC", STORM, actor=centre.admin)
        ).result(60)
    assert centre.views.appointments_to_confirm().redating
    assert centre.row(label).promised_us == centre.row(label).due_us
    centre.house.close()
    centre.open()
    with closing(centre.house):
        centre.write(lambda: None)
        assert centre.row(label).promised_us < centre.row(label).due_us


@pytest.mark.parametrize("version", ["", "TTHC", "TTHC.1", "TTHC.0.{t}", "TTHC.x.{t}", "X.1.{t}"])
def test_a_version_that_nobody_set_has_no_calendar(centre: Any, version: str) -> None:
    asked = version.format(t=national_table().version)
    assert centre.house.calendars.version(asked) is None
    assert centre.house.calendars.at("KHONG", None) is None
    assert centre.house.calendars.version(f"TTHC.1.{national_table().version}") is not None


def test_rows_that_look_like_slips_are_named_and_the_table_in_use_has_no_such_year() -> None:
    shipped = [
        DayOf(date_of(row.day).isoformat(), *row[1:]) for row in national_table().rows.values()
    ]
    assert [each for each in doubts(shipped, new=shipped) if each.why == FEW_OFF] == []
    given = [
        DayOf("2031-01-05", "off", "x", "y"),  # a Sunday
        DayOf("2031-01-06", "work", "x", "y"),  # a Monday
        DayOf("2031-01-12", "work", "x", "y"),  # a Sunday
        DayOf("2031-01-01", "off", "x", "y"),  # a Wednesday
    ]
    assert doubts([*shipped, *given], new=given) == [
        Doubt("2031-01-05", NO_EFFECT),
        Doubt("2031-01-06", NO_EFFECT),
        Doubt("2031-01-12", ON_SUNDAY),
        Doubt("2031", FEW_OFF, 1),
    ]
    assert doubts(shipped, new=[]) == []
