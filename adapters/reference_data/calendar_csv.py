"""The national table and an office's working time as CSV files; used by import and export."""

from collections.abc import Iterable, Mapping
from typing import Any

from adapters.reference_data.csv_sheet import (
    DELIMITERS,
    Column,
    Line,
    iso_date,
    one_of,
    read_lines,
    write_lines,
)
from domain.model.calendar import DayOf
from domain.model.calendar_sheet import BASE, FROM, HOURS, OFF, RESTORE, WORK, DayRow, HoursRow
from domain.model.sheet import RowProblem

NATIONAL_COLUMNS = {
    "date": Column("ngày", "2026-09-02", needed=True),
    "kind": Column("loại", "nghỉ / làm bù", needed=True),
    "reason": Column("lý do", "Quốc khánh", needed=True),
    "source": Column("căn cứ", "Thông báo 5034/TB-BLĐTBXH", needed=True),
}
NATIONAL_KINDS = {"off": "nghỉ", "work": "làm bù"}
OFFICE_KINDS = {
    BASE: "giờ ban đầu",
    FROM: "giờ từ ngày",
    OFF: "nghỉ",
    WORK: "làm việc",
    HOURS: "giờ của ngày",
    RESTORE: "bỏ ngoại lệ",
}
SATURDAYS = {"none": "không", "reception": "tiếp nhận", "working": "làm việc"}
OFFICE_COLUMNS = {
    "kind": Column("loại", " / ".join(OFFICE_KINDS.values()), needed=True),
    "date": Column("ngày", "2026-09-02", needed=True),
    "shifts": Column("ca làm việc", "07:30-11:30,13:00-17:00", needed=True),
    "saturday": Column("thứ Bảy", " / ".join(SATURDAYS.values())),
    "reason": Column("mã lý do", "bao-so-3"),
}
CLOSED = "đóng"  # no shift at all: the clock stands still on that date
_WITH_SHIFTS = frozenset({BASE, HOURS})


def read_national(content: bytes) -> tuple[list[DayRow], list[RowProblem]]:
    """Rows and problems of a whole national table; raises what `read_lines` raises."""
    lines = read_lines(content, NATIONAL_COLUMNS)
    rows = [_day(line) for line in lines]
    return [row for row in rows if row], _problems(lines)


def _day(line: Line) -> DayRow | None:
    line.needed("kind")
    kind = line.read("kind", one_of(NATIONAL_KINDS), "")
    date, reason, source = (line.needed(name) for name in ("date", "reason", "source"))
    return (
        None if line.problems else DayRow(line.number, DayOf(iso_date(date), kind, reason, source))
    )


def write_national(days: Iterable[DayOf], *, delimiter: str = DELIMITERS[0]) -> bytes:
    """As `read_national` reads it."""
    rows = (day._asdict() | {"kind": NATIONAL_KINDS[day.kind]} for day in days)
    return write_lines(NATIONAL_COLUMNS, rows, delimiter=delimiter)


def read_office(content: bytes) -> tuple[list[HoursRow], list[RowProblem]]:
    """Rows and problems of an office's working time; raises what `read_lines` raises."""
    lines = read_lines(content, OFFICE_COLUMNS)
    rows = [_hours(line) for line in lines]
    return [row for row in rows if row], _problems(lines)


def _hours(line: Line) -> HoursRow | None:
    line.needed("kind")
    kind = line.read("kind", one_of(OFFICE_KINDS), "")
    date = "" if kind == BASE else line.needed("date")
    if kind in _WITH_SHIFTS or (kind == FROM and not line.text("saturday")):
        line.needed("shifts")
    shifts = line.read("shifts", _profile, None)
    saturday = line.read("saturday", one_of(SATURDAYS), "")
    if line.problems:
        return None
    return HoursRow(line.number, kind, iso_date(date), shifts, saturday, line.text("reason"))


def write_office(rows: Iterable[HoursRow], *, delimiter: str = DELIMITERS[0]) -> bytes:
    """As `read_office` reads it."""
    return write_lines(OFFICE_COLUMNS, map(_cells, rows), delimiter=delimiter)


def _cells(row: HoursRow) -> dict[str, str]:
    return {
        "kind": OFFICE_KINDS[row.kind],
        "date": row.date,
        "shifts": written(row.shifts),
        "saturday": SATURDAYS[row.saturday] if row.saturday else "",
        "reason": row.reason,
    }


def written(profile: Any) -> str:
    """`07:30-11:30, 13:00-17:00`, or seasons: `04-01..10-31=SHIFTS; 11-01..03-31=SHIFTS`."""
    if profile is None:
        return ""
    if isinstance(profile, Mapping):
        return "; ".join(f"{span}={written(shifts)}" for span, shifts in sorted(profile.items()))
    return ", ".join(f"{opens}-{closes}" for opens, closes in profile) or CLOSED


def _profile(text: str) -> Any:
    if "=" in text:
        seasons = (season.partition("=") for season in text.split(";"))
        return {span.strip(): _profile(shifts.strip()) for span, _, shifts in seasons}
    if text == CLOSED:
        return []
    return [[each.strip() for each in shift.split("-")] for shift in text.split(",")]


def _problems(lines: Iterable[Line]) -> list[RowProblem]:
    return [problem for line in lines for problem in line.problems]
