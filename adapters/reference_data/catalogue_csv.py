"""A catalogue of procedures as a CSV file, the form in which a centre brings its own 1,490.

One line is one version of one procedure; used by the sample, by import and by export.
"""

import re
from collections.abc import Iterable, Iterator

from adapters.reference_data.csv_sheet import (
    DELIMITERS,
    Column,
    Line,
    flag,
    instant,
    one_of,
    read_lines,
    write_lines,
    written_instant,
)
from domain.model.catalogue import Row, Sheet
from domain.model.instants import Micros
from domain.model.procedure import Procedure, Terms

UNITS = {
    "working_day": "ngày làm việc",
    "calendar_day": "ngày lịch",
    "same_day": "trong ngày",
    "working_hour": "giờ làm việc",
    "working_minute": "phút làm việc",
}
SUPPLEMENTS = {"pause": "tạm dừng", "restart": "tính lại từ đầu"}
FREE = "miễn phí"
ONE_REAPPOINTMENT = 1  # what the rules allow unless the centre's own decision says otherwise
COLUMNS = {
    "code": Column("mã thủ tục", "1.001612", needed=True),
    "title_vi": Column("tên thủ tục", "Đăng ký khai sinh", needed=True),
    "title_en": Column("tên tiếng Anh", "Registration of a birth"),
    "field": Column("mã lĩnh vực", "ho-tich", needed=True),
    "field_title": Column("tên lĩnh vực", "Hộ tịch"),
    "department": Column("mã cơ quan giải quyết", "STP", needed=True),
    "term_value": Column("thời hạn", "5 (hoặc/or 0,5)"),
    "term_unit": Column("đơn vị thời hạn", " / ".join(UNITS.values()), needed=True),
    "cutoff": Column("giờ chốt nhận trong ngày", "15:00"),
    "supplement": Column("khi bổ sung hồ sơ", " / ".join(SUPPLEMENTS.values())),
    "fee_vnd": Column("phí, lệ phí (đồng)", "100000", needed=True),
    "on_the_spot": Column("giải quyết ngay", "x"),
    "pieces": Column("thành phần hồ sơ", "to-khai:Tờ khai|cccd:Bản sao căn cước"),
    "legs_minutes": Column("định mức các chặng (phút)", "centre:240|department:600"),
    "steps_minutes": Column("định mức các bước (phút)", "tham-dinh:360|ky:240"),
    "reappointments": Column("số lần được hẹn lại", "1"),
    "effective_from": Column("hiệu lực từ ngày", "2026-12-01"),
    "effective_until": Column("bãi bỏ từ ngày", "2027-01-01"),
    "example": Column("ví dụ", "x"),
}

_MOST_DIGITS = 9
_BETWEEN = re.compile(r"[|\n]")
_PIECE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._/-]*):(?! )(.+)")  # “CCCD: bản sao” is a title
_NUMBER = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,6})?")
_MONEY = re.compile(r"[0-9]{1,13}|[0-9]{1,3}(?:[., ][0-9]{3})+")
_TIME = re.compile(r"([0-9]{1,2})[:hH]([0-9]{2})?(?::00)?")


def read_catalogue(content: bytes, *, effective_from_us: Micros | None = None) -> Sheet:
    """Rows and problems of a file; `effective_from_us` is for lines without a date.

    Raises what `read_lines` raises: the file as a whole cannot be read.
    """
    lines = read_lines(content, COLUMNS)
    rows = [_row(line, effective_from_us) for line in lines]
    return Sheet(rows, [problem for line in lines for problem in line.problems])


def _row(line: Line, effective_from_us: Micros | None) -> Row:
    """The row as far as it can be read."""
    if effective_from_us is None:
        line.needed("effective_from")
    title = line.needed("title_vi") or "–"  # the English one, which it stands for, is not at fault
    line.needed("fee_vnd")
    terms = Terms(
        effective_from_us=line.read("effective_from", instant, effective_from_us or 0),
        title_vi=title,
        title_en=line.text("title_en") or title,
        field=line.needed("field"),
        field_title=line.text("field_title"),
        department=line.needed("department"),
        term_unit=line.read("term_unit", one_of(UNITS), "") or line.needed("term_unit"),
        term_value=line.read("term_value", _number, None),
        cutoff=line.read("cutoff", _time, None),
        supplement=line.read("supplement", one_of(SUPPLEMENTS), "pause"),
        fee_vnd=line.read("fee_vnd", _money, 0),
        on_the_spot=line.read("on_the_spot", flag, empty=False),
        pieces=line.read("pieces", _pieces, ()),
        legs_minutes=line.read("legs_minutes", _budgets, ()),
        steps_minutes=line.read("steps_minutes", _budgets, ()),
        reappointments=line.read("reappointments", _whole, ONE_REAPPOINTMENT),
        example=line.read("example", flag, empty=False),
    )
    code = line.needed("code")
    until_us = line.read("effective_until", instant, None)
    return Row(line.number, code, terms, until_us)


def _number(text: str) -> float | None:
    """`5`, `0.5` or, as Vietnamese is written, `0,5`."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _money(text: str) -> int | None:
    """Đồng, with or without marks between the thousands."""
    if text.casefold() == FREE:
        return 0
    return int(re.sub(r"[., ]", "", text)) if _MONEY.fullmatch(text) else None


def _time(text: str) -> str | None:
    """`15:00`, `15h00` or `15h`."""
    found = _TIME.fullmatch(text)
    return f"{int(found[1]):02d}:{found[2] or '00'}" if found else None


def _pieces(text: str) -> tuple[tuple[str, str], ...]:
    """`code:title`, or the title alone, which is then numbered by its place."""
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    found = [(_PIECE.fullmatch(part), part) for part in parts]
    return tuple(
        (match[1], match[2].strip()) if match else (f"tp{number}", part)
        for number, (match, part) in enumerate(found, 1)
    )


def _budgets(text: str) -> tuple[tuple[str, int], ...] | None:
    """`name:minutes`."""
    budgets = []
    for part in filter(None, (part.strip() for part in _BETWEEN.split(text))):
        name, _, minutes = part.partition(":")
        found = _whole(minutes.strip())
        if found is None:
            return None
        budgets.append((name.strip(), found))
    return tuple(budgets)


def write_catalogue(procedures: Iterable[Procedure], *, delimiter: str = DELIMITERS[0]) -> bytes:
    """Every version of each, the oldest first: what `read_catalogue` reads back as no change."""
    return write_lines(COLUMNS, _lines(procedures), delimiter=delimiter)


def _lines(procedures: Iterable[Procedure]) -> Iterator[dict[str, str]]:
    for procedure in procedures:
        for number, terms in enumerate(procedure.versions, 1):
            end_us = procedure.end_of(number)
            ended = "" if end_us is None else written_instant(end_us)
            yield {"code": procedure.code} | _cells(terms) | {"effective_until": ended}


def _cells(terms: Terms) -> dict[str, str]:
    texts = ("title_vi", "title_en", "field", "field_title", "department")
    return {name: str(getattr(terms, name)) for name in texts} | {
        "term_value": "" if terms.term_value is None else str(terms.term_value).removesuffix(".0"),
        "term_unit": UNITS[terms.term_unit],
        "cutoff": terms.cutoff or "",
        "supplement": SUPPLEMENTS[terms.supplement],
        "fee_vnd": str(terms.fee_vnd),
        "on_the_spot": "x" if terms.on_the_spot else "",
        "pieces": "|".join(f"{code}:{title}" for code, title in terms.pieces),
        "legs_minutes": _joined(terms.legs_minutes),
        "steps_minutes": _joined(terms.steps_minutes),
        "reappointments": str(terms.reappointments),
        "effective_from": written_instant(terms.effective_from_us),
        "example": "x" if terms.example else "",
    }


def _joined(budgets: tuple[tuple[str, int], ...]) -> str:
    return "|".join(f"{name}:{minutes}" for name, minutes in budgets)
