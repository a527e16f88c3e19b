"""The count day by day, as a clerk shows it to a citizen."""

import re
from datetime import datetime
from typing import Any

from adapters.reference_data.calendar import national_table
from domain.model.deadline import Pause, Term
from domain.model.explanation import RULES, Step, explain, vietnamese_reason
from domain.model.instants import HO_CHI_MINH, micros
from domain.model.office_hours import parse_day, parse_shifts
from domain.model.working_time import Calendar, to_minute

H = [["07:30", "11:30"], ["13:00", "17:00"]]


def minute(text: str) -> int:
    return to_minute(micros(datetime.fromisoformat(text).replace(tzinfo=HO_CHI_MINH)))


def steps(received: str, unit: str, value: float | None = None, **asked: Any) -> list[Step]:
    calendar = asked.pop("on", None) or Calendar(national_table(), hours=H)
    asked["pauses"] = [
        Pause(minute(a), None if b is None else minute(b), *reason)
        for a, b, *reason in asked.get("pauses", [])
    ]
    return explain(calendar, minute(received), Term(unit, value), **asked)


def told(*args: Any, **asked: Any) -> list[tuple[str, str]]:
    return [(f"{step.date:%d/%m}", step.en) for step in steps(*args, **asked)]


def test_every_date_is_named_with_its_number_or_why_it_does_not_count() -> None:
    assert told("2026-08-20T17:00", "working_day", 7) == [
        ("20/08", "Received Thu 2026-08-20 17:00"),
        ("20/08", "after the last close"),
        ("21/08", "day zero (D0), not counted"),
        ("22/08", "makeup: for 2026-08-31; working day 1"),
        ("23/08", "weekly rest"),
        ("24/08", "working day 2"),
        ("25/08", "working day 3"),
        ("26/08", "working day 4"),
        ("27/08", "working day 5"),
        ("28/08", "working day 6"),
        ("29/08", "weekly rest"),
        ("30/08", "weekly rest"),
        ("31/08", "swap: made up on 2026-08-22"),
        ("01/09", "holiday: National Day second day"),
        ("02/09", "holiday: National Day 2/9"),
        ("03/09", "working day 7"),
        ("03/09", "Due Thu 2026-09-03 17:00"),
        ("03/09", "Late from 24:00 of this date"),
    ]


def test_a_day_off_stands_with_the_notice_or_law_behind_it() -> None:
    culture_day = next(
        step for step in steps("2026-11-23T09:00", "working_day", 1) if step.date.day == 24
    )
    assert culture_day.vi == "nghỉ lễ: Ngày Văn hóa Việt Nam 24/11"
    assert culture_day.source.startswith("Resolution 28/2026/QH16")


def test_the_count_is_told_in_vietnamese() -> None:
    assert [step.vi for step in steps("2026-03-05T15:00", "working_day", 1, cutoff=900)] == [
        "Nhận hồ sơ lúc 15:00 thứ Năm 05/03/2026",
        "sau giờ chốt 15:00",
        "ngày tiếp nhận (D0), chưa tính",
        "nghỉ hằng tuần",
        "nghỉ hằng tuần",
        "ngày làm việc thứ 1",
        "Hạn trả kết quả: 17:00 thứ Hai 09/03/2026",
        "Trễ hạn từ 24:00 ngày này",
    ]


def test_every_reason_of_the_shipped_table_has_vietnamese_words() -> None:
    english = re.compile(
        r"holiday|made up|makeup|compensat|weekend|Day|Kings|lunar|New Year|\bfor\b"
    )
    for row in national_table().rows.values():
        words = vietnamese_reason(row.reason)
        assert not english.search(words), words
    assert vietnamese_reason("compensatory: for 2022-01-01 (New Year (Tết Dương lịch))") == (
        "nghỉ bù cho ngày 01/01/2022 (Tết Dương lịch)"
    )


def test_every_rule_a_step_names_is_told_in_both_languages() -> None:
    everything = [
        *steps("2026-03-07T10:00", "working_day", 3, pauses=[("2026-03-10T10:00", None)]),
        *steps("2026-03-05T10:00", "working_hour", 9),
        *steps("2026-03-05T10:00", "calendar_day", 9),
        *steps("2031-03-05T10:00", "same_day"),
        *steps(
            "2026-03-05T10:00",
            "same_day",
            supplement="restart",
            pauses=[("2026-03-05T11:00", "2026-03-06T11:00")],
        ),
    ]
    assert {step.rule for step in everything} == set(RULES)


def test_receipt_on_a_day_off_waits_for_the_next_working_day() -> None:
    assert told("2026-03-07T10:00", "same_day")[:4] == [
        ("07/03", "Received Sat 2026-03-07 10:00"),
        ("07/03", "weekly rest"),
        ("08/03", "weekly rest"),
        ("09/03", "day zero (D0), not counted"),
    ]


def test_a_pause_stands_with_its_reason_where_it_prolongs_the_count() -> None:
    pauses = [
        ("2026-03-03T10:00", "2026-03-04T09:00", "financial_obligation"),
        ("2026-03-04T08:00", "2026-03-05T09:00", "other_agency"),
    ]
    counted = told("2026-03-02T09:00", "working_day", 3, pauses=pauses)
    tuesday, thursday = "Tue 2026-03-03 10:00", "Thu 2026-03-05 09:00"
    assert counted[5] == (
        "03/03",
        f"Pause (financial obligation, other agency) from {tuesday} to {thursday}: dates added: 2",
    )
    assert counted[6] == ("06/03", "working day 4")
    assert counted[-2] == ("09/03", "Due Mon 2026-03-09 17:00")


def test_a_pause_after_due_is_told_as_ignored_and_an_open_one_as_holding_the_term() -> None:
    late = told("2026-03-02T09:00", "working_day", 1, pauses=[("2026-03-09T09:00", None)])
    assert late[-3][1].endswith("from Mon 2026-03-09 09:00 to now: after due: ignored")
    for unit in ("working_day", "working_hour"):
        held = told("2026-03-02T09:00", unit, 1, pauses=[("2026-03-02T09:30", None)])
        assert held[-1][1].endswith("from Mon 2026-03-02 09:30 to now: open: no due yet")


def test_calendar_days_are_numbered_through_and_rolled_forward() -> None:
    assert told("2026-03-05T09:00", "calendar_day", 2)[2:-1] == [
        ("06/03", "day 1"),
        ("07/03", "weekly rest; day 2"),
        ("08/03", "weekly rest"),
        ("09/03", "rolled forward to here"),
        ("09/03", "Due Mon 2026-03-09 17:00"),
    ]


def test_minutes_are_counted_down_date_by_date_outside_the_pauses() -> None:
    counted = told(
        "2026-03-06T16:30",
        "working_hour",
        3,
        pauses=[("2026-03-09T08:00", "2026-03-09T10:30"), ("2026-03-20T08:00", "2026-03-20T10:30")],
    )
    monday, friday = "Mon 2026-03-09", "Fri 2026-03-20"
    assert counted[1:] == [
        ("06/03", "30 minutes, 150 left"),
        ("07/03", "weekly rest; 0 minutes, 150 left"),
        ("08/03", "weekly rest; 0 minutes, 150 left"),
        ("09/03", "30 minutes, 120 left"),
        (
            "09/03",
            f"Pause (supplement) from {monday} 08:00 to {monday} 10:30: this time does not run",
        ),
        ("09/03", "120 minutes, 0 left"),
        (
            "20/03",
            f"Pause (supplement) from {friday} 08:00 to {friday} 10:30: after due: ignored",
        ),
        ("09/03", "Due Mon 2026-03-09 14:00"),
        ("09/03", "Late after this minute"),
    ]


def test_a_restart_counts_again_from_the_end_of_the_pause() -> None:
    pauses = [("2026-03-03T10:00", "2026-03-05T09:00"), ("2026-03-10T10:00", "2026-03-11T09:00")]
    asked: dict[str, Any] = {"supplement": "restart", "pauses": pauses}
    counted = [words for _, words in told("2026-03-02T09:00", "working_day", 2, **asked)]
    assert counted[1].endswith("the term starts anew")
    assert counted[2] == "Received Thu 2026-03-05 09:00"
    assert counted[-3].endswith("after due: ignored")
    assert counted[-2] == "Due Mon 2026-03-09 17:00"
    asked["pauses"] = [("2026-03-03T10:00", None)]
    held = [words for _, words in told("2026-03-02T09:00", "working_day", 2, **asked)]
    assert held[-1].endswith("to now: the term starts anew")
    asked["pauses"] = pauses[:1]
    again = [words for _, words in told("2026-03-02T09:00", "working_day", 2, **asked)]
    assert again[-2] == "Due Mon 2026-03-09 17:00"


def test_what_a_unit_decided_for_itself_is_told_as_its_own_decision() -> None:
    ours = Calendar(
        national_table(),
        hours=H,
        saturday="working",
        extra_off=[parse_day("2026-03-06")],
        day_hours={parse_day("2026-03-09"): parse_shifts([["08:00", "09:00"]])},
    )
    dates = steps("2026-03-05T16:30", "working_hour", 6, on=ours)
    assert [(step.en, step.source[:9]) for step in dates[1:6]] == [
        ("30 minutes, 330 left", ""),
        ("closed by the unit; 0 minutes, 330 left", "quyết địn"),
        ("Saturday session, not a counted date; 240 minutes, 90 left", ""),
        ("weekly rest; 0 minutes, 90 left", ""),
        ("hours set by the unit; 60 minutes, 30 left", "quyết địn"),
    ]


def test_a_count_into_an_unpublished_year_says_that_it_is_provisional() -> None:
    assert steps("2027-12-31T09:00", "working_day", 1)[-1].rule == 15
    assert steps("2027-12-30T09:00", "working_day", 1)[-1].rule == 12
