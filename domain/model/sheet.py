"""What is wrong with a file that people fill in: every row of it, or the file is not loaded.

Used by whatever takes in a table: the catalogue, the calendars.
"""

from collections.abc import Collection
from dataclasses import dataclass

from domain.model.errors import Refusal

_LINES_NAMED = 10


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be loaded, and the file's column that it is about."""

    line: int
    column: str
    refusal: Refusal


class SheetRefused(Refusal):
    """Nothing was loaded because of `problems`, by line; values: count, lines."""

    code = "SHEET_REFUSED"

    def __init__(self, problems: Collection[RowProblem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.column))
        lines = sorted({problem.line for problem in problems})
        named = ", ".join(map(str, lines[:_LINES_NAMED]))
        more = ", …" if len(lines) > _LINES_NAMED else ""
        super().__init__(count=len(problems), lines=named + more)
