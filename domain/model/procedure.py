"""What can be applied for (thủ tục hành chính): versions with effective dates; used at intake.

A version is never edited: a change is a new version from a date, and each dossier keeps its own.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import event

from domain.model.deadline import Term
from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import NotFound, Refusal
from domain.model.identifiers import checked_code
from domain.model.instants import Micros
from domain.model.office_hours import parse_time

MINUTES_OF_A_DAY = 480  # a working day as the hour terms count it, whatever the office's hours
_SUPPLEMENT_RULES = frozenset({"pause", "restart"})
_MOST_TEXT = 500


class BadProcedure(Refusal):
    """A definition outside its grammar; values: field, why."""

    code = "BAD_PROCEDURE"


class BudgetsExceedTerm(Refusal):
    """The legs' or steps' minutes add up to more than the term; values: minutes, term_minutes."""

    code = "BUDGETS_EXCEED_TERM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of a procedure.

    `term_unit` is working_day, calendar_day, same_day, working_hour or working_minute (value None
    for same_day); `cutoff` HH:MM or None; pieces are (code, title) as asked for; budgets are
    working minutes by leg or step; `example` marks what the centre still has to replace by its own
    decision. `effective_from_us` is when the version comes into force.
    """

    effective_from_us: Micros
    title_vi: str
    title_en: str
    field: str
    department: str
    term_unit: str
    term_value: float | None
    cutoff: str | None
    supplement: str
    pieces: tuple[tuple[str, str], ...]
    fee_vnd: int
    legs_minutes: tuple[tuple[str, int], ...]
    steps_minutes: tuple[tuple[str, int], ...]
    example: bool = False

    @property
    def term(self) -> Term:
        """What the deadline engine counts; raises `UnknownUnit` or `BadTerm`."""
        return Term(self.term_unit, self.term_value)

    @property
    def term_minutes(self) -> int:
        """The most working minutes the term can hold (a day is 480, as for hour terms)."""
        term = self.term
        return max(1, term.amount) * MINUTES_OF_A_DAY if term.day_like else term.amount


def procedure_id(code: str) -> UUID:
    """The id of the procedure with that code."""
    return decision_id("procedure", code)


class Procedure(Decision):
    """`versions` oldest first; a version's number is its place, from 1."""

    TOPIC = "procedure"
    LISTED: ClassVar[bool] = True

    class Introduced(FirstEvent):
        """The procedure exists, with its first version."""

        TOPIC = "procedure.Introduced"
        code: str
        terms: dict[str, Any]

    class Revised(Decision.Event):
        """A new version, in force from its own date."""

        TOPIC = "procedure.Revised"
        terms: dict[str, Any]

    @event(Introduced)
    def __init__(self, *, id: UUID, timestamp: datetime, code: str, terms: dict[str, Any]) -> None:
        self.code = code
        self.versions = [_terms(terms)]

    def version_at(self, instant_us: Micros) -> tuple[int, Terms]:
        """Number and terms in force; raises `NotFound` before the first came into force."""
        for number in range(len(self.versions), 0, -1):
            terms = self.versions[number - 1]
            if terms.effective_from_us <= instant_us:
                return number, terms
        raise NotFound(what="procedure in force", code=self.code)

    def revise(self, *, terms: Terms, timestamp: datetime) -> None:
        """Add a version; raises as `introduce_procedure`."""
        check_terms(terms)
        if terms.effective_from_us < self.versions[-1].effective_from_us:
            raise BadProcedure(field="effective_from", why="before the version it replaces")
        self._revise(terms=asdict(terms), timestamp=timestamp)

    @event(Revised)
    def _revise(self, *, terms: dict[str, Any], timestamp: datetime) -> None:
        self.versions.append(_terms(terms))


def introduce_procedure(*, code: str, terms: Terms, timestamp: datetime) -> Procedure:
    """A new procedure.

    Raises `BadCode`, `BadProcedure`, `BadTerm`, `UnknownUnit`, `BadTime` or `BudgetsExceedTerm`.
    """
    check_terms(terms)
    return Procedure(
        id=procedure_id(checked_code("procedure", code)),
        timestamp=timestamp,
        code=code,
        terms=asdict(terms),
    )


def check_terms(terms: Terms) -> None:
    """Demand what a deadline can be computed from; raises as `introduce_procedure`."""
    checked_code("field", terms.field)
    checked_code("department", terms.department)
    for name in ("title_vi", "title_en"):
        if not 0 < len(getattr(terms, name)) <= _MOST_TEXT:
            raise BadProcedure(field=name, why="empty or too long")
    if terms.cutoff is not None:
        parse_time(terms.cutoff)
    if terms.supplement not in _SUPPLEMENT_RULES:
        raise BadProcedure(field="supplement", why="neither pause nor restart")
    if terms.fee_vnd < 0:
        raise BadProcedure(field="fee_vnd", why="negative")
    for code, _title in terms.pieces:
        checked_code("piece", code)
    for budgets in (terms.legs_minutes, terms.steps_minutes):
        _check_budgets(budgets, terms.term_minutes)


def _check_budgets(budgets: tuple[tuple[str, int], ...], term_minutes: int) -> None:
    for name, minutes in budgets:
        checked_code("budget", name)
        if minutes <= 0:
            raise BadProcedure(field=name, why="not a positive number of minutes")
    total = sum(minutes for _, minutes in budgets)
    if total > term_minutes:
        raise BudgetsExceedTerm(minutes=total, term_minutes=term_minutes)


def _terms(stored: dict[str, Any]) -> Terms:
    """Terms from their stored JSON form, in which tuples are lists."""
    pairs = {
        name: tuple((str(key), value) for key, value in stored[name])
        for name in ("pieces", "legs_minutes", "steps_minutes")
    }
    return Terms(**(stored | pairs))
