"""Timetables of courier routes as a CSV file, a line a stop; used by import and export."""

from collections.abc import Iterable

from adapters.reference_data.csv_sheet import (
    DELIMITERS,
    Column,
    Line,
    iso_date,
    one_of,
    read_lines,
    write_lines,
)
from domain.model.identifiers import COURIER
from domain.model.labels import grouped
from domain.model.planned_runs import CANCELLED, CHANGED, EXTRA
from domain.model.sheet import RowProblem
from domain.model.timetable_sheet import StopRow

EXCEPTION_KINDS = {CANCELLED: "hủy", CHANGED: "đổi giờ", EXTRA: "tăng cường"}
COLUMNS = {
    "route": Column("mã tuyến", "T1", needed=True),
    "name_vi": Column("tên tuyến", "Tuyến nội thành"),
    "name_en": Column("tên tiếng Anh", "City route"),
    "calendar_office": Column("theo lịch của đơn vị", "TTHC"),
    "effective_from": Column("hiệu lực từ", "2026-12-01", needed=True),
    "date": Column("ngày ngoại lệ", "2026-12-24"),
    "kind": Column("ngoại lệ", " / ".join(EXCEPTION_KINDS.values())),
    "reason": Column("mã lý do", "bao-so-3"),
    "slot": Column("chuyến", "1", needed=True),
    "courier": Column("bưu tá", "C1"),
    "office": Column("điểm dừng", "SXD", needed=True),
    "at": Column("giờ", "08:30", needed=True),
    "cutoff": Column("chốt nhận", "08:15"),
    "label": Column("thẻ chuyến", "7 90001 26 000001 58"),
}
_AS_WRITTEN = ("route", "name_vi", "name_en", "calendar_office", "reason", "slot", "office")


def read_timetables(content: bytes) -> tuple[list[StopRow], list[RowProblem]]:
    """Rows and problems; raises what `read_lines` raises."""
    lines = read_lines(content, COLUMNS)
    rows = [_row(line) for line in lines]
    return [row for row in rows if row], [each for line in lines for each in line.problems]


def _row(line: Line) -> StopRow | None:
    line.needed("route")
    date = line.text("date")
    kind = line.read("kind", one_of(EXCEPTION_KINDS), "")
    if date or line.text("kind"):
        for name in ("date", "kind", "reason", "slot"):
            line.needed(name)
    else:
        line.needed("effective_from")
    # A cancelled run has no stops, and a version without any run has no slot either.
    stops = bool(date or line.text("slot")) if not line.text("kind") else kind in {CHANGED, EXTRA}
    if stops:
        for name in ("office", "at"):
            line.needed(name)
    if line.problems:
        return None
    courier = line.text("courier").removeprefix(COURIER)
    return StopRow(
        line=line.number,
        effective_from="" if date else iso_date(line.text("effective_from")),
        date=iso_date(date),
        kind=kind,
        courier=COURIER + courier if courier else "",
        at=_clock(line.text("at")),
        cutoff=_clock(line.text("cutoff")),
        label="".join(line.text("label").split()),
        **{name: line.text(name) for name in _AS_WRITTEN},
    )


def _clock(text: str) -> str:
    """Excel takes the first zero away, and adds seconds: `8:30`, `08:30:00`."""
    hours, colon, minutes = text.partition(":")
    return f"{hours:0>2}:{minutes.removesuffix(':00')}" if colon else text


def write_timetables(rows: Iterable[StopRow], *, delimiter: str = DELIMITERS[0]) -> bytes:
    """As `read_timetables` reads it."""
    return write_lines(COLUMNS, map(_cells, rows), delimiter=delimiter)


def _cells(row: StopRow) -> dict[str, str]:
    cells = {name: str(getattr(row, name)) for name in COLUMNS}
    return cells | {
        "kind": EXCEPTION_KINDS.get(row.kind, ""),
        "courier": row.courier.removeprefix(COURIER),
        "label": grouped(row.label) if row.label else "",  # Excel rounds a number of 16 digits
    }
