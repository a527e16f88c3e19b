"""The sixteen conventions of the design's page on deadlines, and its examples."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest

from adapters.reference_data.calendar import national_table
from domain.model.deadline import (
    Due,
    Pause,
    Supplement,
    Term,
    due,
    elapsed,
    leg_due,
)
from domain.model.instants import HO_CHI_MINH, iso, micros
from domain.model.office_hours import OutOfCalendar, parse_day, parse_shifts, parse_time
from domain.model.working_time import Calendar, EndBeforeStart, to_minute, to_us

H = [["07:30", "11:30"], ["13:00", "17:00"]]
WINTER = {"04-01..10-31": H, "11-01..03-31": [["07:30", "12:00"], ["13:30", "17:00"]]}


def calendar(hours: Any = H, saturday: Any = "none", **overrides: Any) -> Calendar:
    """Overrides are dates as text; `day_hours` maps them to shifts as text."""
    day_hours = overrides.pop("day_hours", {})
    return Calendar(
        national_table(),
        hours=hours,
        saturday=saturday,
        day_hours={parse_day(day): parse_shifts(shifts) for day, shifts in day_hours.items()},
        **{name: list(map(parse_day, dates)) for name, dates in overrides.items()},  # type: ignore[arg-type]
    )


def minute(text: str) -> int:
    return to_minute(micros(datetime.fromisoformat(text).replace(tzinfo=HO_CHI_MINH)))


def text(at: int | None) -> str | None:
    return None if at is None else iso(to_us(at)).removesuffix(":00+07:00").replace("T", " ")


def ask(
    received: str,
    unit: str,
    value: float | None = None,
    *,
    on: Calendar | None = None,
    cutoff: str | None = None,
    supplement: Supplement = "pause",
    pauses: Iterable[tuple[str, str | None]] = (),
) -> Due:
    return due(
        on or calendar(),
        minute(received),
        Term(unit, value),
        cutoff=cutoff and parse_time(cutoff),  # type: ignore[arg-type]
        supplement=supplement,
        pauses=[Pause(minute(a), None if b is None else minute(b)) for a, b in pauses],
    )


def due_of(*args: Any, **kwargs: Any) -> str | None:
    return text(ask(*args, **kwargs).due_minute)


@pytest.mark.parametrize(
    ("received", "value", "unit", "pauses", "expected"),
    [
        ("2026-03-05T10:00", 5, "working_day", [], "2026-03-12 17:00"),
        ("2026-03-05T17:00", 1, "working_day", [], "2026-03-09 17:00"),
        ("2026-08-20T09:00", 2, "working_day", [], "2026-08-22 17:00"),
        ("2026-11-23T09:00", 1, "working_day", [], "2026-11-25 17:00"),
        ("2026-03-06T16:30", 2, "working_hour", [], "2026-03-09 09:00"),
        ("2026-03-02T08:00", 4, "working_hour", [], "2026-03-02 13:30"),
        (
            "2026-03-02T09:00",
            3,
            "working_day",
            [("2026-03-03T10:00", "2026-03-05T09:00")],
            "2026-03-09 17:00",
        ),
        ("2026-03-06T11:40", 0.5, "working_day", [], "2026-03-06 17:00"),
        ("2026-03-06T09:00", 3, "calendar_day", [], "2026-03-09 17:00"),
    ],
)
def test_every_example_of_the_page_is_due_when_the_page_says(
    received: str, value: float, unit: str, pauses: list[tuple[str, str]], expected: str
) -> None:
    assert due_of(received, unit, value, pauses=pauses) == expected


# 1


def test_an_instant_is_truncated_to_the_minute_and_read_on_vietnamese_clocks() -> None:
    last_second = micros(datetime.fromisoformat("2026-03-05T09:59:59.999+00:00"))  # 16:59:59.999
    assert text(to_minute(last_second)) == "2026-03-05 16:59"
    answer = due(calendar(), to_minute(last_second), Term("working_day", 1))
    assert text(answer.due_minute) == "2026-03-06 17:00"


# 2


def test_a_national_day_off_neither_counts_nor_runs_minutes() -> None:
    assert due_of("2026-04-29T09:00", "working_day", 1) == "2026-05-04 17:00"
    assert elapsed(calendar(), minute("2026-04-30T00:00"), minute("2026-05-04T00:00")) == 0


def test_a_make_up_saturday_counts_and_runs_full_shifts() -> None:
    assert due_of("2026-08-21T09:00", "working_day", 1) == "2026-08-22 17:00"
    assert elapsed(calendar(), minute("2026-08-22T00:00"), minute("2026-08-23T00:00")) == 480


def test_the_unit_s_override_outranks_the_national_table_and_the_week() -> None:
    ours = calendar(extra_off=["2026-08-22"], extra_work=["2026-04-30", "2026-03-08"])
    assert due_of("2026-08-21T09:00", "working_day", 1, on=ours) == "2026-08-24 17:00"
    assert due_of("2026-04-29T09:00", "working_day", 1, on=ours) == "2026-04-30 17:00"
    assert due_of("2026-03-07T09:00", "working_hour", 1, on=ours) == "2026-03-08 08:30"


def test_hours_of_one_day_replace_its_shifts_and_nothing_else() -> None:
    ours = calendar(
        day_hours={"2026-03-06": [["08:00", "10:00"]], "2026-03-08": [["08:00", "09:00"]]}
    )
    assert due_of("2026-03-05T09:00", "working_day", 1, on=ours) == "2026-03-06 10:00"
    assert due_of("2026-03-06T09:00", "working_hour", 3, on=ours) == "2026-03-09 08:30"
    assert (
        due_of("2026-03-06T10:00", "working_day", 1, on=ours) == "2026-03-10 17:00"
    )  # Sun 8 no day


def test_a_day_off_with_hours_of_its_own_runs_minutes_and_does_not_count() -> None:
    ours = calendar(extra_off=["2026-03-06"], day_hours={"2026-03-06": [["08:00", "09:00"]]})
    assert due_of("2026-03-05T09:00", "working_day", 1, on=ours) == "2026-03-09 17:00"
    assert elapsed(ours, minute("2026-03-06T00:00"), minute("2026-03-07T00:00")) == 60


# 3


def test_a_reception_saturday_takes_paper_in_and_stands_still() -> None:
    for received in ("2026-03-07T09:00", "2026-03-08T09:00"):
        assert due_of(received, "working_hour", 1, on=calendar(saturday="reception")) == (
            "2026-03-09 08:30"
        )


def test_a_working_saturday_runs_the_first_shift_and_is_never_counted() -> None:
    ours = calendar(saturday="working")
    assert due_of("2026-03-06T16:30", "working_hour", 2, on=ours) == "2026-03-07 09:00"
    assert elapsed(ours, minute("2026-03-07T00:00"), minute("2026-03-08T00:00")) == 240
    assert due_of("2026-03-06T09:00", "working_day", 1, on=ours) == "2026-03-09 17:00"
    assert due_of("2026-03-07T09:00", "same_day", on=ours) == "2026-03-09 17:00"


def test_a_saturday_inside_the_announced_holiday_has_no_session() -> None:
    ours = calendar(saturday="working")
    assert elapsed(ours, minute("2026-02-14T00:00"), minute("2026-02-15T00:00")) == 0


def test_a_make_up_saturday_is_full_where_saturdays_have_one_session() -> None:
    ours = calendar(saturday="working")
    assert elapsed(ours, minute("2026-08-22T00:00"), minute("2026-08-23T00:00")) == 480


# 4


@pytest.mark.parametrize(
    ("received", "zero"),
    [
        ("2026-03-05T05:00", "2026-03-05"),  # before opening
        ("2026-03-05T12:10", "2026-03-05"),  # at lunch
        ("2026-03-05T16:59", "2026-03-05"),
        ("2026-03-05T17:00", "2026-03-06"),  # exactly at close
        ("2026-03-06T23:59", "2026-03-09"),
        ("2026-03-07T09:00", "2026-03-09"),
    ],
)
def test_day_zero_is_the_date_of_receipt_before_its_last_close(received: str, zero: str) -> None:
    assert due_of(received, "same_day") == f"{zero} 17:00"


def test_with_a_cut_off_the_last_close_is_the_earlier_of_the_two() -> None:
    assert due_of("2026-03-05T14:59", "same_day", cutoff="15:00") == "2026-03-05 17:00"
    assert due_of("2026-03-05T15:00", "same_day", cutoff="15:00") == "2026-03-06 17:00"
    assert due_of("2026-03-05T17:00", "same_day", cutoff="20:00") == "2026-03-06 17:00"


# 5, 6, 7


def test_a_day_term_is_due_at_the_last_close_whatever_the_hour_of_receipt() -> None:
    for clock in ("00:00", "08:17", "16:59"):
        assert due_of(f"2026-03-05T{clock}", "working_day", 1) == "2026-03-06 17:00"


def test_calendar_days_run_over_days_off_and_roll_forward_from_one() -> None:
    assert due_of("2026-04-28T09:00", "calendar_day", 2) == "2026-05-04 17:00"  # 30/4
    assert due_of("2026-03-04T09:00", "calendar_day", 2) == "2026-03-06 17:00"
    assert due_of("2026-03-06T17:00", "calendar_day", 1) == "2026-03-10 17:00"  # D0 is Mon 9


def test_an_on_the_spot_procedure_is_due_at_the_last_close_of_day_zero() -> None:
    assert due_of("2026-03-05T10:00", "same_day") == "2026-03-05 17:00"


# 8


def test_the_minute_clock_starts_at_the_first_open_minute_without_any_cut_off() -> None:
    assert due_of("2026-03-05T16:00", "working_hour", 1, cutoff="15:00") == "2026-03-05 17:00"
    assert due_of("2026-03-05T17:00", "working_minute", 1) == "2026-03-06 07:31"


def test_exactly_filling_a_shift_is_due_at_its_close_and_not_at_the_next_opening() -> None:
    assert due_of("2026-03-05T07:30", "working_hour", 4) == "2026-03-05 11:30"
    assert due_of("2026-03-05T13:00", "working_minute", 240) == "2026-03-05 17:00"


def test_half_a_day_is_240_minutes_whatever_the_profile() -> None:
    short = calendar([["08:00", "10:00"]])
    assert due_of("2026-03-05T08:00", "working_day", 0.5, on=short) == "2026-03-06 10:00"
    assert Term("working_day", 1.1).amount == 528
    assert Term("working_hour", 0.001).amount == 1  # the first minute after which it has passed


# 9


def test_a_pause_before_receipt_does_nothing_and_one_across_it_is_clipped() -> None:
    before = [("2026-03-01T09:00", "2026-03-02T09:00")]
    across = [("2026-02-25T09:00", "2026-03-03T09:00")]
    clipped = [("2026-03-02T09:00", "2026-03-03T09:00")]
    assert due_of("2026-03-02T09:00", "working_day", 3, pauses=before) == "2026-03-05 17:00"
    assert due_of("2026-03-02T09:00", "working_day", 3, pauses=across) == due_of(
        "2026-03-02T09:00", "working_day", 3, pauses=clipped
    )


def test_overlapping_pauses_count_once_in_whatever_order_they_are_given() -> None:
    pauses = [
        ("2026-03-04T09:00", "2026-03-05T09:00"),
        ("2026-03-03T09:00", "2026-03-04T16:00"),
        ("2026-03-03T10:00", "2026-03-03T11:00"),
    ]
    assert due_of("2026-03-02T09:00", "working_day", 3, pauses=pauses) == "2026-03-09 17:00"
    assert due_of("2026-03-02T09:00", "working_hour", 9, pauses=pauses) == "2026-03-05 10:00"


@pytest.mark.parametrize("supplement", ["pause", "restart"])
def test_a_late_dossier_cannot_be_rescued_by_a_pause(supplement: Supplement) -> None:
    late = [("2026-03-05T17:00", "2026-03-12T09:00"), ("2026-03-13T09:00", None)]
    kept = {"pauses": late, "supplement": supplement}
    assert due_of("2026-03-02T09:00", "working_day", 3, **kept) == "2026-03-05 17:00"
    late = [("2026-03-02T10:00", None)]
    kept = {"pauses": late, "supplement": supplement}
    assert due_of("2026-03-02T09:00", "working_hour", 1, **kept) == "2026-03-02 10:00"


@pytest.mark.parametrize("supplement", ["pause", "restart"])
def test_an_open_pause_leaves_the_dossier_without_a_due_date(supplement: Supplement) -> None:
    for unit in ("working_day", "working_hour"):
        answer = ask(
            "2026-03-02T09:00",
            unit,
            3,
            supplement=supplement,
            pauses=[("2026-03-02T10:00", None)],
        )
        assert answer == Due(None, None, provisional=False)


def test_minutes_inside_a_pause_do_not_run() -> None:
    pauses = [("2026-03-02T10:00", "2026-03-02T11:00"), ("2026-03-02T14:00", "2026-03-03T08:00")]
    assert due_of("2026-03-02T09:00", "working_hour", 4, pauses=pauses) == "2026-03-03 09:30"


def test_pauses_within_one_date_add_nothing_to_a_day_term() -> None:
    pauses = [("2026-03-03T08:00", "2026-03-03T11:00"), ("2026-03-03T13:00", "2026-03-03T16:00")]
    assert due_of("2026-03-02T09:00", "working_day", 3, pauses=pauses) == "2026-03-05 17:00"


def test_a_pause_of_a_calendar_day_term_adds_its_days_before_rolling() -> None:
    pauses = [("2026-03-03T10:00", "2026-03-05T09:00")]
    assert due_of("2026-03-02T09:00", "calendar_day", 4, pauses=pauses) == "2026-03-09 17:00"
    assert due_of("2026-03-02T09:00", "calendar_day", 2, pauses=pauses) == "2026-03-06 17:00"


def test_a_pause_ends_by_the_day_zero_rule_without_the_cut_off() -> None:
    pauses = [("2026-03-03T10:00", "2026-03-04T16:00")]
    expected = "2026-03-06 17:00"
    assert due_of("2026-03-02T09:00", "working_day", 3, pauses=pauses, cutoff="15:00") == expected


def test_a_pause_before_day_zero_is_floored_at_it() -> None:
    pauses = [("2026-03-06T18:00", "2026-03-08T09:00")]
    assert due_of("2026-03-06T17:30", "working_day", 1, pauses=pauses) == "2026-03-10 17:00"


def test_a_pause_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(EndBeforeStart):
        ask("2026-03-02T09:00", "working_day", 1, pauses=[("2026-03-03T09:00", "2026-03-02T10:00")])


# 10


def test_with_restart_the_term_runs_anew_from_the_end_of_each_pause() -> None:
    pauses = [
        ("2026-03-03T10:00", "2026-03-05T15:30"),
        ("2026-03-06T10:00", "2026-03-09T10:00"),
        ("2026-03-30T10:00", "2026-03-31T10:00"),
    ]
    asked = {"pauses": pauses, "supplement": "restart"}
    assert due_of("2026-03-02T09:00", "working_day", 3, **asked) == "2026-03-12 17:00"
    assert due_of("2026-03-02T09:00", "working_hour", 16, **asked) == "2026-03-11 10:00"
    first = {"pauses": pauses[:1], "supplement": "restart", "cutoff": "15:00"}
    assert due_of("2026-03-02T09:00", "working_day", 3, **first) == "2026-03-11 17:00"


# 11


def test_elapsed_is_open_time_outside_the_pauses_and_nothing_out_of_hours() -> None:
    at = calendar()
    start, end = minute("2026-03-05T16:00"), minute("2026-03-06T08:30")
    assert elapsed(at, start, end) == 120
    paused = [Pause(minute("2026-03-05T16:30"), minute("2026-03-05T20:00"))]
    assert elapsed(at, start, end, paused) == 90
    assert elapsed(at, start, end, [Pause(minute("2026-03-06T08:00"), None)]) == 90
    assert elapsed(at, minute("2026-03-07T08:00"), minute("2026-03-08T20:00")) == 0


def test_elapsed_towards_the_past_is_refused() -> None:
    with pytest.raises(EndBeforeStart):
        elapsed(calendar(), minute("2026-03-06T08:30"), minute("2026-03-06T08:29"))


# 12


def test_late_after_is_midnight_for_day_terms_and_the_due_minute_for_hour_terms() -> None:
    answer = ask("2026-03-05T10:00", "working_day", 5)
    assert text(answer.late_after_minute) == "2026-03-13 00:00"
    answer = ask("2026-03-05T10:00", "working_hour", 1)
    assert text(answer.late_after_minute) == text(answer.due_minute) == "2026-03-05 11:00"


# 14


def test_a_calendar_s_version_names_everything_that_can_move_a_due_date() -> None:
    same = [calendar(extra_off=["2026-03-06", "2026-03-09"]) for _ in range(2)]
    assert same[0].version == same[1].version
    assert same[0].version.startswith(national_table().version)
    different = [
        calendar(),
        same[0],
        calendar(saturday="working"),
        calendar(WINTER),
        calendar(day_hours={"2026-03-06": [["08:00", "10:00"]]}),
    ]
    assert len({each.version for each in different}) == len(different)


# 15


def test_whatever_reaches_into_a_year_without_a_row_is_provisional() -> None:
    assert not ask("2027-12-30T09:00", "working_day", 1).provisional
    assert ask("2027-12-31T09:00", "working_day", 1).provisional
    assert ask("2017-12-29T09:00", "working_day", 3).provisional
    assert ask("2031-03-05T09:00", "working_hour", 1).provisional
    assert leg_due(
        calendar(), minute("2027-12-31T16:59"), budget_minutes=2, dossier_due=None
    ).provisional


def test_a_counted_date_with_a_closed_clock_ends_at_the_normal_close_and_takes_nothing_in() -> None:
    storm = calendar(day_hours={"2026-03-06": []})
    assert due_of("2026-03-05T09:00", "working_day", 1, on=storm) == "2026-03-06 17:00"
    assert due_of("2026-03-06T09:00", "working_day", 1, on=storm) == "2026-03-10 17:00"
    assert due_of("2026-03-05T16:00", "working_hour", 2, on=storm) == "2026-03-09 08:30"
    winter = calendar(WINTER, day_hours={"2026-12-04": []})
    assert due_of("2026-12-03T18:00", "same_day", on=winter) == "2026-12-04 17:00"


# 16


def test_hours_follow_the_season() -> None:
    seasons = calendar({"04-01..10-31": [["07:00", "16:00"]], "11-01..03-31": [["08:00", "17:00"]]})
    assert due_of("2026-03-30T18:00", "same_day", on=seasons) == "2026-03-31 17:00"
    assert due_of("2026-03-31T18:00", "same_day", on=seasons) == "2026-04-01 16:00"
    assert due_of("2026-10-30T15:00", "working_hour", 2, on=seasons) == "2026-11-02 09:00"


def test_hours_that_a_later_decision_replaces_hold_until_its_date() -> None:
    ours = Calendar(
        national_table(), hours=H, later_hours=[(parse_day("2026-03-09"), [["08:00", "12:00"]])]
    )
    assert due_of("2026-03-05T09:00", "working_day", 1, on=ours) == "2026-03-06 17:00"
    assert due_of("2026-03-06T09:00", "working_day", 1, on=ours) == "2026-03-09 12:00"
    assert due_of("2026-03-06T16:00", "working_hour", 2, on=ours) == "2026-03-09 09:00"


# Refusals


@pytest.mark.parametrize(
    ("received", "unit", "value"),
    [
        ("1999-12-31T23:59", "same_day", None),
        ("2100-01-01T00:00", "same_day", None),
        ("2026-03-05T10:00", "working_day", 90_000_000),
        ("2026-03-05T10:00", "calendar_day", 40_000),
        ("2026-03-05T10:00", "working_hour", 1_000_000),
        ("2099-12-31T18:00", "same_day", None),
    ],
)
def test_what_leads_out_of_the_calendar_is_refused(
    received: str, unit: str, value: float | None
) -> None:
    with pytest.raises(OutOfCalendar):
        ask(received, unit, value)
    with pytest.raises(OutOfCalendar):
        ask(received, unit, value, on=calendar(extra_off=["2026-03-06"]))
