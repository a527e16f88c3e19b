"""A catalogue laid over the procedures that stand: all its rows or none; used to maintain them.

A row that says what is in force on its date already makes no version, so that the same file can be
loaded again, and a whole catalogue after an edit of three rows makes three versions.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from domain.model.deadline import UnknownUnit
from domain.model.errors import BadCode, Refusal
from domain.model.instants import Micros
from domain.model.office_hours import BadTime, ShiftCrossesDay
from domain.model.procedure import (
    BadProcedure,
    BudgetsExceedTerm,
    Procedure,
    ProcedureAbolished,
    Terms,
    VersionNotAfter,
    introduce_procedure,
    mistakes,
)
from domain.model.sheet import RowProblem, SheetRefused


class UnknownDepartment(Refusal):
    """No office has this code; values: department."""

    code = "UNKNOWN_DEPARTMENT"


class RowRepeated(Refusal):
    """One procedure twice for one date; values: code, first (line)."""

    code = "ROW_REPEATED"


@dataclass(frozen=True, slots=True)
class Row:
    """One version of one procedure, as written on that line.

    `until_us`: when it is abolished; None says nothing about that, and brings nothing back.
    """

    line: int
    code: str
    terms: Terms
    until_us: Micros | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a file, and what could not be read of them: such a row is never laid."""

    rows: list[Row]
    problems: list[RowProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """A version that a row makes; `before` is what was the newest, None for a new procedure.

    `abolished_us`: the row says when it ends. It may say that alone: then `before` is `terms`.
    """

    code: str
    number: int
    terms: Terms
    before: Terms | None
    abolished_us: Micros | None = None

    @property
    def fields(self) -> list[str]:
        """Names of what differs from the version before; none for a new procedure."""
        if self.before is None:
            return []
        before = asdict(self.before)
        return [name for name, value in asdict(self.terms).items() if value != before[name]]


@dataclass(frozen=True, slots=True)
class Laid:
    """The outcome: versions made, in the order of their dates, and rows that changed nothing."""

    changes: list[Change]
    unchanged: int


def lay(
    sheet: Sheet,
    over: dict[str, Procedure],
    *,
    departments: Collection[str],
    timestamp: datetime,
    told: Callable[[int], None] = lambda _rows_done: None,
) -> Laid:
    """Bring the procedures `over` (by code, fresh from the log) up to the sheet.

    They are changed in place, and new ones put among them. Raises `SheetRefused` with every
    problem of every row; the procedures are then to be thrown away.
    """
    problems = [*sheet.problems, *_mistaken(sheet, departments)]
    passed_over = {problem.line for problem in problems}
    problems += _repeated([row for row in sheet.rows if row.line not in passed_over])
    passed_over = {problem.line for problem in problems}
    rows = [row for row in sheet.rows if row.line not in passed_over]
    changes = []
    # The sort is stable: within one date the order of the file.
    for done, row in enumerate(sorted(rows, key=lambda row: row.terms.effective_from_us)):
        try:
            change = _lay_row(row, over, timestamp=timestamp)
            change = _abolish(row, over[row.code], change, timestamp=timestamp)
        except Refusal as refusal:
            problems.append(RowProblem(row.line, _column(refusal), refusal))
        else:
            changes += [change] if change else []
        told(done + 1)
    if problems:
        raise SheetRefused(problems)
    return Laid(changes, len(rows) - len(changes))


def _mistaken(sheet: Sheet, departments: Collection[str]) -> Iterator[RowProblem]:
    """What is wrong with each row by itself, once for each column that could be read."""
    unread: dict[int, set[str]] = defaultdict(set)
    for problem in sheet.problems:
        unread[problem.line].add(problem.column)
    for row in sheet.rows:
        found: dict[str, Refusal] = {}
        for refusal in mistakes(row.code, row.terms):
            found.setdefault(_column(refusal), refusal)
        if row.terms.department not in departments:
            unknown = UnknownDepartment(department=row.terms.department)
            found.setdefault("department", unknown)
        for column in found.keys() - unread[row.line]:
            yield RowProblem(row.line, column, found[column])


def _lay_row(row: Row, over: dict[str, Procedure], *, timestamp: datetime) -> Change | None:
    """The version this row makes, if any."""
    standing = over.get(row.code)
    if standing is None:
        over[row.code] = introduce_procedure(code=row.code, terms=row.terms, timestamp=timestamp)
        return Change(row.code, 1, row.terms, None)
    if standing.says(row.terms):
        return None
    before = standing.versions[-1]
    standing.revise(terms=row.terms, timestamp=timestamp)
    return Change(row.code, len(standing.versions), row.terms, before)


def _abolish(
    row: Row, standing: Procedure, change: Change | None, *, timestamp: datetime
) -> Change | None:
    """The change, with the end that the row says if it was not decided before."""
    if row.until_us is None:
        return change
    number, terms = len(standing.versions), standing.versions[-1]
    if row.until_us in standing.ends_us:
        return change
    standing.abolish(effective_us=row.until_us, timestamp=timestamp)
    made = change or Change(row.code, number, terms, terms)
    return replace(made, abolished_us=row.until_us)


def _repeated(rows: Collection[Row]) -> Iterator[RowProblem]:
    """Rows that name a procedure and a date that an earlier row named."""
    seen: dict[tuple[str, int], int] = {}
    for row in rows:
        first = seen.setdefault((row.code, row.terms.effective_from_us), row.line)
        if first != row.line:
            yield RowProblem(row.line, "code", RowRepeated(code=row.code, first=first))


# Which column a refusal of the model is about, where its values do not say so.
_COLUMNS: Mapping[type[Refusal], str] = {
    BadTime: "cutoff",
    ShiftCrossesDay: "cutoff",
    UnknownDepartment: "department",
    VersionNotAfter: "effective_from",
    ProcedureAbolished: "effective_until",
    UnknownUnit: "term_unit",
}


def _column(refusal: Refusal) -> str:
    match refusal:
        case BadProcedure() | BadCode():
            named = str(refusal.values["field"])
            return "code" if named == "procedure" else named
        case BudgetsExceedTerm():
            return f"{refusal.values['what']}_minutes"
        case _:
            return _COLUMNS.get(type(refusal), "term_value")
