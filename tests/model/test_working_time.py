"""Calendars as people write them, what is refused of them, and what the shipped table says."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays
import pytest

import adapters.reference_data
from adapters.reference_data.calendar import national_table, read_table
from domain.model.errors import Refusal
from domain.model.office_hours import (
    BadCalendar,
    BadDate,
    BadTime,
    OutOfCalendar,
    SeasonsUnfit,
    ShiftCrossesDay,
    ShiftOverlap,
    date_of,
    parse_day,
    parse_shifts,
    parse_time,
)
from domain.model.working_time import (
    Calendar,
    NationalTable,
    TableRow,
    calendar_from_json,
    minute_at,
)

H = [["07:30", "11:30"], ["13:00", "17:00"]]


def cal(**fields: Any) -> dict[str, Any]:
    return {"hours": H, "saturday": "none", **fields}


@pytest.mark.parametrize(
    ("refusal", "given"),
    [
        (BadCalendar, None),
        (BadCalendar, []),
        (BadCalendar, {"hours": H}),
        (BadCalendar, {"saturday": "none"}),
        (BadCalendar, cal(extra_of=["2026-03-06"])),
        (BadCalendar, cal(saturday="sometimes")),
        (BadCalendar, cal(saturday=["none"])),
        (BadCalendar, cal(hours=5)),
        (BadCalendar, cal(hours=[])),
        (BadCalendar, cal(hours={})),
        (BadCalendar, cal(hours=[5])),
        (BadCalendar, cal(hours=[[["07:30"], ["08:00"]], [[1], {}]])),
        (BadCalendar, cal(hours=[["07:30", "11:30", "12:00"]])),
        (BadCalendar, cal(hours=[[f"{h:02d}:00", f"{h:02d}:30"] for h in range(9)])),
        (BadCalendar, cal(hours={f"{m:02d}-01..{m:02d}-02": H for m in range(1, 14)})),
        (BadCalendar, cal(hours={"01-01..06-30": H, "07-01..12-31": []})),
        (BadTime, cal(hours=[["7:30", "11:30"]])),
        (BadTime, cal(hours=[["07:60", "11:30"]])),
        (BadTime, cal(hours=[[None, "11:30"]])),
        (ShiftCrossesDay, cal(hours=[["22:00", "06:00"]])),
        (ShiftCrossesDay, cal(hours=[["07:30", "07:30"]])),
        (ShiftCrossesDay, cal(hours=[["07:30", "24:00"]])),
        (ShiftOverlap, cal(hours=[["07:30", "11:30"], ["11:29", "17:00"]])),
        (ShiftOverlap, cal(day_hours={"2026-03-06": [["08:00", "17:00"], ["07:00", "09:00"]]})),
        (SeasonsUnfit, cal(hours={"01-01..06-30": H})),
        (SeasonsUnfit, cal(hours={"01-01..06-30": H, "06-30..12-31": H})),
        (BadDate, cal(hours={"summer": H})),
        (BadDate, cal(hours={"02-30..12-31": H})),
        (BadDate, cal(extra_off=["2026-02-30"])),
        (BadDate, cal(extra_off=["20260306"])),
        (BadDate, cal(extra_off=["2026-W10-5"])),
        (BadDate, cal(extra_off=[20260306])),
        (BadDate, cal(extra_work=[["2026-03-06"]])),
        (BadDate, cal(day_hours={"tomorrow": []})),
        (BadCalendar, cal(extra_off="2026-03-06")),
        (BadCalendar, cal(day_hours=["2026-03-06"])),
        (BadCalendar, cal(day_hours={"2026-03-06": "closed"})),
        (BadCalendar, cal(extra_off=["2026-03-06"] * 2001)),
        (BadCalendar, cal(extra_off=["2026-03-06"], extra_work=["2026-03-06"])),
        (OutOfCalendar, cal(extra_off=["1999-12-31"])),
        (OutOfCalendar, cal(extra_work=["2100-01-01"])),
    ],
)
def test_a_calendar_that_contradicts_itself_or_is_none_is_refused(
    refusal: type[Refusal], given: object
) -> None:
    with pytest.raises(refusal) as refused:
        calendar_from_json(national_table(), given)
    assert type(refused.value) is refusal


def test_shifts_may_touch_and_come_in_any_order() -> None:
    assert parse_shifts([["11:30", "17:00"], ["07:30", "11:30"]]) == ((450, 690), (690, 1020))


def test_the_29th_of_february_belongs_to_the_season_of_the_28th_unless_one_names_it() -> None:
    short, long = [["08:00", "09:00"]], [["08:00", "16:00"]]
    left_out = calendar_from_json(
        national_table(), cal(hours={"11-01..02-28": short, "03-01..10-31": long})
    )
    named = calendar_from_json(
        national_table(), cal(hours={"11-01..02-28": short, "02-29..10-31": long})
    )
    leap_day = parse_day("2024-02-29")
    assert left_out.shape(leap_day).minutes == 60
    assert named.shape(leap_day).minutes == 480
    for calendar in (left_out, named):
        assert calendar.shape(parse_day("2023-02-28")).minutes == 60
        assert calendar.shape(parse_day("2023-03-01")).minutes == 480
        assert calendar.shape(parse_day("2025-10-31")).minutes == 480
        assert calendar.shape(parse_day("2025-11-03")).minutes == 60


def test_calendars_with_the_same_hours_share_their_arrays_whatever_lies_over_them() -> None:
    one, other = (
        calendar_from_json(national_table(), cal(extra_off=[day]))
        for day in ("2026-03-06", "2026-03-09")
    )
    assert one.profile is other.profile


def test_later_hours_come_in_the_order_of_their_dates() -> None:
    day = parse_day("2026-03-09")
    with pytest.raises(BadCalendar):
        Calendar(national_table(), hours=H, later_hours=[(day, H), (day, H)])


def test_later_saturdays_come_in_the_order_of_their_dates_and_are_one_of_three() -> None:
    day = parse_day("2026-03-09")
    with pytest.raises(BadCalendar):
        Calendar(national_table(), hours=H, later_saturday=[(day, "working"), (day, "none")])
    for rules in ({"2026-07-01": 5}, {"2026-07-01": "always"}, {"01/07/2026": "none"}, ["none"]):
        with pytest.raises((BadCalendar, BadDate)):
            calendar_from_json(national_table(), cal(later_saturday=rules))


def test_hours_and_saturdays_change_each_on_its_own_date() -> None:
    calendar = calendar_from_json(
        national_table(),
        cal(
            later_hours={"2026-03-16": [["08:00", "12:00"]]},
            later_saturday={"2026-03-09": "working", "2026-03-23": "none"},
        ),
    )
    sessions = {
        date: calendar.shape(parse_day(date)).shifts
        for date in ("2026-03-07", "2026-03-14", "2026-03-21", "2026-03-28")
    }
    assert list(sessions.values()) == [(), ((450, 690),), ((480, 720),), ()]
    assert calendar.shape(parse_day("2026-03-24")).shifts == ((480, 720),)
    assert calendar.version != calendar_from_json(national_table(), cal()).version


def test_more_seasons_than_a_byte_can_name_are_refused() -> None:
    later = [(day, H) for day in range(1, 90)]
    with pytest.raises(BadCalendar):
        Calendar(national_table(), hours=H, later_hours=later)


def test_counts_walk_over_overridden_dates_as_over_any_other() -> None:
    calendar = calendar_from_json(
        national_table(),
        cal(
            extra_off=["2026-03-06", "2026-03-08", "2026-03-09", "2026-03-13"],
            extra_work=["2026-03-07", "2026-03-10", "2026-03-15"],
            day_hours={"2026-03-11": [], "2026-03-14": [["08:00", "09:00"]]},
        ),
    )
    counted = [
        day
        for day in range(parse_day("2026-03-05"), parse_day("2026-04-01"))
        if calendar.shape(day).counted
    ]
    start = parse_day("2026-03-04")
    assert [calendar.counted_after(start, n + 1) for n in range(len(counted))] == counted
    assert [str(date_of(day)) for day in counted[:6]] == [
        "2026-03-05", "2026-03-07", "2026-03-10", "2026-03-11", "2026-03-12", "2026-03-15"
    ]  # fmt: skip
    minutes = range(1, 3000)
    base = calendar.open_before(minute_at(start, 0))
    reached = [calendar.reached(base + n) for n in minutes]
    assert reached == sorted(set(reached))
    assert [calendar.open_before(at) - base for at in reached] == list(minutes)


def test_nothing_is_reached_before_the_calendar_begins() -> None:
    calendar = calendar_from_json(national_table(), cal())
    assert calendar.reached(1) == minute_at(parse_day("2000-01-03"), 451)
    assert calendar.reached(0) == calendar.reached(-5) == minute_at(0, 0)


# The shipped table


def test_the_shipped_table_is_the_designs_with_an_authority_on_every_row() -> None:
    table = national_table()
    assert table is national_table()
    assert len(table.rows) == 162
    assert all(row.reason and row.source for row in table.rows.values())
    assert len(table.version) == 12


def test_a_make_up_saturday_names_a_day_off_that_it_makes_up_for() -> None:
    rows = national_table().rows
    made_up = [row for row in rows.values() if row.kind == "work"]
    assert len(made_up) == 6
    for row in made_up:
        day_off = rows[parse_day(row.reason.removeprefix("makeup: for "))]
        assert (day_off.kind, date_of(row.day).weekday()) == ("off", 5)


@pytest.mark.parametrize("line", ["2026-03-06,off,again,x", "2026-03-09,closed,what,x"])
def test_a_table_that_names_a_date_twice_or_an_unknown_kind_is_refused(line: str) -> None:
    text = f"date,kind,reason,source\n2026-03-06,off,storm,x\n{line}\n"
    with pytest.raises(BadCalendar):
        read_table(text.encode())


def test_a_changed_table_has_another_version() -> None:
    shipped = Path(adapters.reference_data.__path__[0]) / "vn-public-sector-calendar.csv"
    content = shipped.read_bytes()
    assert read_table(content).version == national_table().version
    assert read_table(content + b"2027-12-24,off,a,b\n").version != national_table().version


def test_a_table_without_rows_is_provisional_throughout() -> None:
    table = NationalTable("none", [])
    assert table.provisional(parse_day("2026-03-06"), parse_day("2026-03-06"))
    certain = NationalTable("one", [TableRow(parse_day("2026-01-01"), "off", "a", "b")])
    assert not certain.provisional(parse_day("2026-01-01"), parse_day("2026-12-31"))
    assert certain.provisional(parse_day("2026-12-31"), parse_day("2027-01-01"))


def test_the_library_of_holidays_disagrees_with_the_table_only_where_known() -> None:
    """Every date of the table's years; `holidays` is a check, never a source."""
    known = {  # the swap that was announced eight days ahead
        "2026-01-02": "off",
        "2026-01-10": "worked",
    }
    theirs = holidays.country_holidays("VN", years=range(2018, 2028))
    table = national_table()
    calendar = Calendar(table, hours=H)
    day, different = date(2018, 1, 1), {}
    while day.year < 2028:
        ours = calendar.shape(parse_day(day.isoformat())).counted
        library = theirs.is_working_day(day)
        if ours != library:
            different[day.isoformat()] = "worked" if ours else "off"
        day += timedelta(days=1)
    assert different == known


@pytest.mark.parametrize("text", ["24:00", "25:10"])
def test_a_time_beyond_the_day_is_refused(text: str) -> None:
    with pytest.raises(ShiftCrossesDay):
        parse_time(text)
