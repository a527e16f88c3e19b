"""What can be applied for (thủ tục hành chính): versions with effective dates; used at intake.

A version is never edited: a change is a new version from a date, and each dossier keeps its own.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from eventsourcing.domain import event

from domain.model.deadline import Rule, Supplement, Term
from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import NotFound, Refusal
from domain.model.identifiers import checked_code
from domain.model.instants import Micros, iso
from domain.model.office_hours import parse_time

MINUTES_OF_A_DAY = 480  # a working day as the hour terms count it, whatever the office's hours
MOST_PIECES = 100  # kinds of paper; the longest lists in force ask for some thirty
MOST_BUDGETS = 40  # legs, or steps, of one procedure
MOST_FEE_VND = 10**12
MOST_REAPPOINTMENTS = 9  # a dossier put off ten times is no longer on a term
_SUPPLEMENT_RULES = frozenset({"pause", "restart"})
_MOST_TEXT = 500
_BETWEEN_PIECES = "|"  # in a catalogue's file


class BadProcedure(Refusal):
    """A definition outside its grammar; values: field, why."""

    code = "BAD_PROCEDURE"


class BudgetsExceedTerm(Refusal):
    """Budgets add up to more than the term; values: what (legs, steps), minutes, term_minutes."""

    code = "BUDGETS_EXCEED_TERM"


class VersionNotAfter(Refusal):
    """A version that would change one already there; values: code, effective_from, last."""

    code = "VERSION_NOT_AFTER"


class ProcedureAbolished(NotFound):
    """Nobody can apply for it any more; values: code, since."""

    code = "PROCEDURE_ABOLISHED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of a procedure.

    `term_unit` is working_day, calendar_day, same_day, working_hour or working_minute (value None
    for same_day); `cutoff` HH:MM or None; pieces are (code, title) as asked for; budgets are
    working minutes by leg or step; `example` marks what the centre still has to replace by its own
    decision. `effective_from_us` is when the version comes into force. `field_title` is the field's
    name in words, empty for none. `on_the_spot`: decided while the citizen waits (giải quyết ngay).
    `reappointments`: how often the printed appointment of one dossier may be moved.
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
    field_title: str = ""
    on_the_spot: bool = False
    reappointments: int = 1

    @property
    def term(self) -> Term:
        """What the deadline engine counts; raises `UnknownUnit` or `BadTerm`."""
        return Term(self.term_unit, self.term_value)

    @property
    def rule(self) -> Rule:
        """How the version counts, with pauses; raises as `term`, and `BadTime`."""
        cutoff = None if self.cutoff is None else parse_time(self.cutoff)
        return Rule(self.term, cutoff, cast("Supplement", self.supplement))

    @property
    def term_minutes(self) -> int:
        """The most working minutes the term can hold (a day is 480, as for hour terms)."""
        term = self.term
        return max(1, term.amount) * MINUTES_OF_A_DAY if term.day_like else term.amount


def procedure_id(code: str) -> UUID:
    """The id of the procedure with that code."""
    return decision_id("procedure", code)


class Procedure(Decision):
    """`versions` oldest first; a version's number is its place, from 1.

    `ends_us`: the instants at which it was abolished; a later version brings it back.
    """

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

    class Abolished(Decision.Event):
        """From then on nobody can apply for it; dossiers under way keep their version."""

        TOPIC = "procedure.Abolished"
        effective_us: int

    @event(Introduced)
    def __init__(self, *, id: UUID, timestamp: datetime, code: str, terms: dict[str, Any]) -> None:
        self.code = code
        self.versions = [_terms(terms)]
        self.ends_us: list[Micros] = []

    def version_at(self, instant_us: Micros) -> tuple[int, Terms]:
        """Number and terms in force.

        Raises `NotFound` before the first came into force, `ProcedureAbolished` after the last.
        """
        for number in range(len(self.versions), 0, -1):
            terms = self.versions[number - 1]
            if terms.effective_from_us <= instant_us:
                end_us = self.end_of(number)
                if end_us is not None and end_us <= instant_us:
                    raise ProcedureAbolished(code=self.code, since=iso(end_us))
                return number, terms
        raise NotFound(what="procedure in force", code=self.code)

    def end_of(self, number: int) -> Micros | None:
        """When that version was abolished, None if it was not, or only replaced."""
        since_us = self.versions[number - 1].effective_from_us
        next_us = (each.effective_from_us for each in self.versions[number:])
        before_us = next(next_us, None)
        return next(
            (
                end_us
                for end_us in self.ends_us
                if since_us < end_us and (before_us is None or end_us <= before_us)
            ),
            None,
        )

    def abolish(self, *, effective_us: Micros, timestamp: datetime) -> None:
        """Let nobody apply for it from then on.

        Raises `ProcedureAbolished` if that is decided, `VersionNotAfter` before the last version.
        """
        decided_us = self.end_of(len(self.versions))
        if decided_us is not None:
            raise ProcedureAbolished(code=self.code, since=iso(decided_us))
        self._demand_after_last(effective_us)
        self._abolish(effective_us=effective_us, timestamp=timestamp)

    @event(Abolished)
    def _abolish(self, *, effective_us: Micros, timestamp: datetime) -> None:
        self.ends_us.append(effective_us)

    def says(self, terms: Terms) -> bool:
        """Whether the version in force on the day of these terms says the same already."""
        try:
            _, standing = self.version_at(terms.effective_from_us)
        except NotFound:
            return False
        return replace(standing, effective_from_us=terms.effective_from_us) == terms

    def revise(self, *, terms: Terms, timestamp: datetime) -> None:
        """Add a version; raises `VersionNotAfter`, and as `introduce_procedure`."""
        _check(self.code, terms)
        self._demand_after_last(terms.effective_from_us)
        self._revise(terms=asdict(terms), timestamp=timestamp)

    @event(Revised)
    def _revise(self, *, terms: dict[str, Any], timestamp: datetime) -> None:
        self.versions.append(_terms(terms))

    def _demand_after_last(self, effective_us: Micros) -> None:
        last_us = self.versions[-1].effective_from_us
        if effective_us <= last_us:
            raise VersionNotAfter(
                code=self.code, effective_from=iso(effective_us), last=iso(last_us)
            )


def introduce_procedure(*, code: str, terms: Terms, timestamp: datetime) -> Procedure:
    """A new procedure.

    Raises `BadCode`, `BadProcedure`, `BadTerm`, `UnknownUnit`, `BadTime` or `BudgetsExceedTerm`.
    """
    _check(code, terms)
    return Procedure(
        id=procedure_id(code),
        timestamp=timestamp,
        code=code,
        terms=asdict(terms),
    )


def _check(code: str, terms: Terms) -> None:
    for refusal in mistakes(code, terms):
        raise refusal


def mistakes(code: str, terms: Terms) -> Iterator[Refusal]:
    """Why no deadline can be computed from that definition; what depends on the term repeats it."""
    for check in (
        lambda: checked_code("procedure", code),
        lambda: checked_code("field", terms.field),
        lambda: checked_code("department", terms.department),
        lambda: _check_text("title_vi", terms.title_vi),
        lambda: _check_text("title_en", terms.title_en),
        lambda: _check_text("field_title", terms.field_title or "–"),
        lambda: _check_supplement(terms.supplement),
        lambda: _check_range("fee_vnd", terms.fee_vnd, MOST_FEE_VND),
        lambda: _check_range("reappointments", terms.reappointments, MOST_REAPPOINTMENTS),
        lambda: terms.term,
        lambda: _check_cutoff(terms),
        lambda: _check_on_the_spot(terms),
        lambda: _check_pieces(terms.pieces),
        lambda: _check_budgets("legs_minutes", terms.legs_minutes, terms.term_minutes),
        lambda: _check_budgets("steps_minutes", terms.steps_minutes, terms.term_minutes),
    ):
        try:
            check()
        except Refusal as refusal:
            yield refusal


def _check_supplement(rule: str) -> None:
    if rule not in _SUPPLEMENT_RULES:
        raise BadProcedure(field="supplement", why="neither pause nor restart")


def _check_range(field: str, number: int, most: int) -> None:
    if not 0 <= number <= most:
        raise BadProcedure(field=field, why="negative or too large")


def _check_text(field: str, text: str) -> None:
    if not 0 < len(text) <= _MOST_TEXT:
        raise BadProcedure(field=field, why="empty or too long")
    if not text.isprintable():
        raise BadProcedure(field=field, why="not on one line")


def _check_cutoff(terms: Terms) -> None:
    if terms.cutoff is None:
        return
    parse_time(terms.cutoff)
    if not terms.term.day_like:  # hours start at once: it would be printed and never counted
        raise BadProcedure(field="cutoff", why="a term of hours has no cut-off")


def _check_on_the_spot(terms: Terms) -> None:
    """Whether anybody would wait that long at a counter."""
    if terms.on_the_spot and (terms.term.day_like or terms.term_minutes > MINUTES_OF_A_DAY):
        raise BadProcedure(field="on_the_spot", why="only within hours or minutes of one day")


def _check_pieces(pieces: tuple[tuple[str, str], ...]) -> None:
    if len(pieces) > MOST_PIECES:
        raise BadProcedure(field="pieces", why="too many")
    _check_names("pieces", [code for code, _ in pieces])
    for _, title in pieces:
        _check_text("pieces", title)
        if _BETWEEN_PIECES in title:
            raise BadProcedure(field="pieces", why="a bar in a title")


def _check_budgets(field: str, budgets: tuple[tuple[str, int], ...], term_minutes: int) -> None:
    if len(budgets) > MOST_BUDGETS:
        raise BadProcedure(field=field, why="too many")
    _check_names(field, [name for name, _ in budgets])
    if any(minutes <= 0 for _, minutes in budgets):
        raise BadProcedure(field=field, why="not a positive number of minutes")
    total = sum(minutes for _, minutes in budgets)
    if total > term_minutes:
        what = field.removesuffix("_minutes")
        raise BudgetsExceedTerm(what=what, minutes=total, term_minutes=term_minutes)


def _check_names(field: str, codes: list[str]) -> None:
    for code in codes:
        checked_code(field, code)
    if len(set(codes)) < len(codes):
        raise BadProcedure(field=field, why="the same code twice")


def _terms(stored: dict[str, Any]) -> Terms:
    """Terms from their stored JSON form, in which tuples are lists.

    What was stored before a field existed has that field's default.
    """
    pairs = {
        name: tuple((str(key), value) for key, value in stored[name])
        for name in ("pieces", "legs_minutes", "steps_minutes")
    }
    return Terms(**(stored | pairs))
