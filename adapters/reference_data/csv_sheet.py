"""Tables as people keep them in Excel: CSV read forgivingly and written safely; used by imports.

Read: UTF-8 with or without the mark Excel puts first, `;`, `,` or tab as its header shows, columns
by their English or Vietnamese name. Written: a cell that Excel would run as a formula is quoted.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import NamedTuple, TypeVar

from domain.model.errors import Refusal
from domain.model.folding import folded
from domain.model.instants import Micros, iso, local, parse_instant
from domain.model.office_hours import day_start_us
from domain.model.sheet import RowProblem

T = TypeVar("T")

MOST_BYTES = 8 << 20  # some ten times a province's catalogue of 1,490 procedures
MOST_ROWS = 20_000
DELIMITERS = (";", ",", "\t")
_LONGEST_ECHO = 60
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_RUN_BY_EXCEL = frozenset("=+-@\t\r＝＋－＠")
_QUOTE = "'"
_EXCEL_HINT = "sep="  # a first line that only tells Excel the delimiter
_LOCAL_DATE = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})")
_YES, _NO = frozenset({"x", "1", "yes", "true", "co"}), frozenset({"", "0", "no", "false", "khong"})


class CsvNotUtf8(Refusal):
    """Bytes of another encoding; values: line."""

    code = "CSV_NOT_UTF8"


class CsvBroken(Refusal):
    """Quotation marks that do not close, or a cell without end; values: line, why."""

    code = "CSV_BROKEN"


class CsvTooLarge(Refusal):
    """More than one file may hold; values: most, unit (bytes, rows)."""

    code = "CSV_TOO_LARGE"


class CsvColumns(Refusal):
    """A header without columns that are needed, or with unknown ones; values: missing, unknown."""

    code = "CSV_COLUMNS"


class CellEmpty(Refusal):
    """Nothing where something is needed; values: hint."""

    code = "CELL_EMPTY"


class BadCell(Refusal):
    """A text that says nothing in its column; values: text, hint."""

    code = "BAD_CELL"


class Column(NamedTuple):
    """A column's Vietnamese heading, an example of a cell, and whether every file has it."""

    vi: str
    hint: str
    needed: bool = False


Columns = Mapping[str, Column]  # by their English name


@dataclass(slots=True)
class Line:
    """One line of the file; what cannot be read is kept in `problems`, and the rest read on."""

    number: int
    cells: dict[str, str]
    columns: Columns
    problems: list[RowProblem] = field(default_factory=list)

    def text(self, column: str) -> str:
        """The cell, empty where the file has no such column."""
        return self.cells.get(column, "")

    def needed(self, column: str) -> str:
        """The cell, which must not be empty."""
        if not self.text(column):
            self._refused(column, CellEmpty(hint=self.columns[column].hint))
        return self.text(column)

    def read(self, column: str, meaning: Callable[[str], T | None], empty: T) -> T:
        """What the cell means, `empty` for an empty cell; a meaning of None is a problem."""
        text = self.text(column)
        if not text:
            return empty
        try:
            found = meaning(text)
        except Refusal as refusal:
            self._refused(column, refusal)
            return empty
        if found is None:
            hint = self.columns[column].hint
            self._refused(column, BadCell(text=text[:_LONGEST_ECHO], hint=hint))
            return empty
        return found

    def _refused(self, column: str, refusal: Refusal) -> None:
        self.problems.append(RowProblem(self.number, column, refusal))


def read_lines(content: bytes, columns: Columns) -> list[Line]:
    """The lines below the header, empty ones left out.

    Raises `CsvTooLarge`, `CsvNotUtf8`, `CsvBroken` or `CsvColumns`: what concerns the whole file.
    """
    if len(content) > MOST_BYTES:
        raise CsvTooLarge(most=MOST_BYTES, unit="bytes")
    text = _decoded(content)
    skipped = 0
    if text[: len(_EXCEL_HINT)].lower() == _EXCEL_HINT:
        text, skipped = text.partition("\n")[2], 1
    header = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=lambda each: len(_known(header.split(each), columns)))
    names: list[str] | None = None
    lines: list[Line] = []
    for number, cells in _split(text, delimiter, skipped):
        if not any(cells):
            continue
        if names is None:
            names = _headed(cells, columns)
            continue
        named = {name: cell for name, cell in zip(names, cells, strict=False) if name}
        lines.append(Line(number, named, columns))
        if len(lines) > MOST_ROWS:
            raise CsvTooLarge(most=MOST_ROWS, unit="rows")
    if names is None:
        _headed([], columns)
    return lines


def _decoded(content: bytes) -> str:
    content = content.removeprefix(_BYTE_ORDER_MARK)
    try:
        return unicodedata.normalize("NFC", content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CsvNotUtf8(line=content.count(b"\n", 0, error.start) + 1) from None


def _split(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Cells with the number of the line on which their row begins."""
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for row in rows:
            yield begins + skipped, [_unquoted(cell.strip()) for cell in row]
            begins = rows.line_num + 1
    except csv.Error as error:
        raise CsvBroken(line=begins + skipped, why=str(error)) from None


def _known(headings: Iterable[str], columns: Columns) -> list[str]:
    names = _names(columns)
    return [names[heading] for heading in map(_plain, headings) if heading in names]


def _names(columns: Columns) -> dict[str, str]:
    return {_plain(each): name for name, column in columns.items() for each in (name, column.vi)}


def _plain(heading: str) -> str:
    return folded(heading.strip().strip('"'))


def _headed(cells: list[str], columns: Columns) -> list[str]:
    """The column of each cell, empty for one without heading; raises `CsvColumns`."""
    names = _names(columns)
    found = [names.get(_plain(cell), "") for cell in cells]
    unknown = [cell for cell, name in zip(cells, found, strict=True) if cell and not name]
    unknown += [name for name in columns if found.count(name) > 1]
    missing = [name for name, column in columns.items() if column.needed and name not in found]
    if missing or unknown:
        raise CsvColumns(
            missing=", ".join(f"{columns[name].vi} ({name})" for name in missing) or "–",
            unknown=", ".join(unknown)[: _LONGEST_ECHO * 4] or "–",
        )
    return found


def write_lines(
    columns: Columns, rows: Iterable[Mapping[str, str]], *, delimiter: str = DELIMITERS[0]
) -> bytes:
    """The table as Excel opens it: UTF-8 with its mark, Vietnamese headings."""
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(column.vi for column in columns.values())
    for row in rows:
        writer.writerow(quoted(row.get(name, "")) for name in columns)
    return _BYTE_ORDER_MARK + out.getvalue().encode("utf-8")


def quoted(cell: str) -> str:
    """A cell that Excel shows and never runs; what is quoted already is quoted again."""
    return _QUOTE + cell if cell[:1] in _RUN_BY_EXCEL or cell.startswith(_QUOTE) else cell


def _unquoted(cell: str) -> str:
    shielded = cell[1:2] and cell[1] in _RUN_BY_EXCEL | {_QUOTE}
    return cell[1:] if cell.startswith(_QUOTE) and shielded else cell


# -- what a cell can mean


def flag(text: str) -> bool | None:
    """`x` or nothing."""
    plain = folded(text)
    return plain in _YES if plain in _YES | _NO else None


def one_of(words: Mapping[str, str]) -> Callable[[str], str | None]:
    """A code of `words`, or the Vietnamese that the table has for it."""
    codes = {folded(each): code for code, vi in words.items() for each in (code, vi)}
    return lambda text: codes.get(folded(" ".join(text.split())))


def instant(text: str) -> Micros:
    """`2026-12-01` or `01/12/2026`, the beginning of that day in Vietnam, or a whole instant.

    Raises `BadDate`, `OutOfCalendar`, `BadInstant`.
    """
    if "T" in text:
        return parse_instant(text)
    return day_start_us(iso_date(text))


def iso_date(text: str) -> str:
    """`01/12/2026` as Excel shows it, written `2026-12-01`; anything else as it is."""
    found = _LOCAL_DATE.fullmatch(text)
    return f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}" if found else text


def written_instant(instant_us: Micros) -> str:
    """As `instant` reads it; the day alone where it is the beginning of one."""
    moment = local(instant_us)
    begins = not (moment.hour or moment.minute or moment.second or moment.microsecond)
    return moment.date().isoformat() if begins else iso(instant_us)
