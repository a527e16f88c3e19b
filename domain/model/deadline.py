"""Deadlines: due, elapsed, the class of a dossier and leg budgets, as pure functions of minutes.

Used by the command `due`, by the read model and by `explanation`. Numbers in comments are those of
the conventions on the design's page about deadlines.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from operator import attrgetter
from typing import Literal, NamedTuple

from domain.model.errors import Refusal
from domain.model.office_hours import DAY_MINUTES, Day
from domain.model.working_time import (
    Calendar,
    EndBeforeStart,
    Minute,
    date_number,
    split,
)

Unit = Literal["working_day", "calendar_day", "same_day", "working_hour", "working_minute"]
Supplement = Literal["pause", "restart"]
Finished = Literal["truoc_han", "dung_han", "qua_han"]
Open = Literal["within", "near", "overdue", "paused"]

# One day is 480 working minutes whatever the profile (8).
UNIT_MINUTES = {"working_day": 480, "working_hour": 60, "working_minute": 1}
DAY_UNITS = frozenset({"working_day", "calendar_day", "same_day"})
UNITS = DAY_UNITS | UNIT_MINUTES.keys()
LARGEST_VALUE = 100_000_000  # more working minutes than the calendar has
NEAR_MINUTES = 240  # an open dossier with so little left is shown as near its end (12)
NEVER: Minute = 1 << 60  # where an open pause ends
_START = attrgetter("start")


class BadTerm(Refusal):
    """A term that nobody can count; values: unit, value, why."""

    code = "BAD_TERM"


class UnknownUnit(Refusal):
    """Not a unit of terms; values: unit."""

    code = "UNKNOWN_UNIT"


@dataclass(frozen=True, slots=True)
class Term:
    """A term in one unit; `value` is None for same_day. Raises `UnknownUnit`, `BadTerm`."""

    unit: str
    value: float | None = None
    day_like: bool = field(init=False)
    amount: int = field(init=False)  # dates of a day-like term, working minutes of the others

    def __post_init__(self) -> None:
        amount, day_like = _amount(self.unit, self.value)
        object.__setattr__(self, "amount", amount)
        object.__setattr__(self, "day_like", day_like)


def _amount(unit: object, value: object) -> tuple[int, bool]:
    if unit == "same_day":
        if value is not None:
            raise BadTerm(unit=unit, value=value, why="same_day has no value")
        return 0, True
    if not isinstance(unit, str) or unit not in UNITS:
        raise UnknownUnit(unit=str(unit)[:40])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadTerm(unit=unit, value=str(value)[:40], why="not a number")
    if not 0 < value <= LARGEST_VALUE:
        raise BadTerm(unit=unit, value=value, why="not positive, or larger than any term")
    whole = value == int(value)
    if whole:
        return int(value) * (1 if unit in DAY_UNITS else UNIT_MINUTES[unit]), unit in DAY_UNITS
    if unit == "calendar_day":
        raise BadTerm(unit=unit, value=value, why="calendar days are whole")
    # The decimal the person wrote, not its binary neighbour: 1.1 days are 528 minutes, not 529.
    return math.ceil(Fraction(str(value)) * UNIT_MINUTES[unit]), False


class Pause(NamedTuple):
    """A stretch [start, end) in which the clock stands still; `end` is None while it lasts."""

    start: Minute
    end: Minute | None
    reason: str = "supplement"  # or financial_obligation, other_agency
    agency: str = ""  # which one


class Due(NamedTuple):
    """When a term ends; both are None while an open pause holds it."""

    due_minute: Minute | None  # the close: printed and counted down
    late_after_minute: Minute | None  # 24:00 of the due date, or the same as due for hour terms
    provisional: bool  # the count reaches into a year without a row in the table


def due(
    calendar: Calendar,
    received_minute: Minute,
    term: Term,
    *,
    cutoff: int | None = None,
    supplement: Supplement = "pause",
    pauses: Iterable[Pause] = (),
) -> Due:
    """When the term of a full and valid dossier ends; `cutoff` in minutes after local midnight.

    Raises `OutOfCalendar`, `EndBeforeStart` (a pause).
    """
    first, _ = split(received_minute)
    standing = merged(pauses, received_minute, NEVER) if pauses else ()
    if supplement == "restart":
        end, held = _restarted(calendar, received_minute, term, cutoff, standing)
    elif term.day_like:
        end, held = _day_term(calendar, received_minute, term, cutoff, standing)
    else:
        end, held = _hour_term(calendar, received_minute, term, standing)
    last, after_midnight = split(end)
    provisional = calendar.table.provisional(first, last)
    if held:
        return Due(None, None, provisional)
    late_after = end - after_midnight + DAY_MINUTES if term.day_like else end
    return Due(end, late_after, provisional)


class Rule(NamedTuple):
    """How one version of a procedure counts; `cutoff` in minutes after local midnight."""

    term: Term
    cutoff: int | None = None
    supplement: Supplement = "pause"

    def due(self, calendar: Calendar, received_minute: Minute, pauses: Iterable[Pause] = ()) -> Due:
        """When a dossier under this rule is due; raises as `due`."""
        return due(
            calendar,
            received_minute,
            self.term,
            cutoff=self.cutoff,
            supplement=self.supplement,
            pauses=pauses,
        )


Stretches = Sequence[tuple[Minute, Minute]]  # [start, end), apart, in time order


def merged(pauses: Iterable[Pause], start: Minute, end: Minute) -> Stretches:
    """The pauses as far as they lie in [start, end), joined (9); an open one lasts to `end`.

    Raises `EndBeforeStart`.
    """
    joined: list[tuple[Minute, Minute]] = []
    for pause in sorted(pauses, key=_START):
        begins = max(pause.start, start)
        ends = end if pause.end is None else min(pause.end, end)
        if pause.end is not None and pause.end < pause.start:
            raise EndBeforeStart(what="pause")
        if ends <= begins:
            continue
        if joined and begins <= joined[-1][1]:
            begins, until = joined.pop()
            ends = max(ends, until)
        joined.append((begins, ends))
    return joined


# Each count gives the end of the term and False, or the start of the open pause that holds it and
# True. A pause that starts when the term has ended is ignored, with all later ones: a late dossier
# cannot be rescued (9).
Count = tuple[Minute, bool]


def _day_term(
    calendar: Calendar, received: Minute, term: Term, cutoff: int | None, pauses: Stretches
) -> Count:
    """Whole days: the close of a date; what a pause adds is counted in dates as well (4-7, 9)."""
    zero = calendar.day_zero(received, cutoff)
    end = calendar.close_of(due_day(calendar, zero, term, 0))
    added = 0
    for start, until in pauses:
        if start >= end:
            break
        if until == NEVER:
            return start, True
        added += pause_days(calendar, zero, term, start, until)
        end = calendar.close_of(due_day(calendar, zero, term, added))
    return end, False


def due_day(calendar: Calendar, zero: Day, term: Term, added: int) -> Day:
    """The date on which the term of a receipt on `zero` ends, dates added by pauses included."""
    if term.unit == "calendar_day":
        return calendar.rolled(zero + term.amount + added)
    return calendar.counted_after(zero, term.amount + added)


def pause_days(calendar: Calendar, zero: Day, term: Term, start: Minute, until: Minute) -> int:
    """How many dates a pause adds to a day-like term: those in (A, B], by the D0 rule (9)."""
    first = max(calendar.day_zero(start), zero)
    last = max(calendar.day_zero(until), zero)
    if term.unit == "calendar_day":
        return last - first
    return calendar.counted_through(last) - calendar.counted_through(first)


def _hour_term(calendar: Calendar, received: Minute, term: Term, pauses: Stretches) -> Count:
    """Working minutes: the earliest minute at which they have passed, outside pauses (8, 9)."""
    target = calendar.open_before(received) + term.amount
    end = calendar.reached(target)
    for start, until in pauses:
        if start >= end:
            break
        if until == NEVER:
            return start, True
        target += calendar.open_before(until) - calendar.open_before(start)
        end = calendar.reached(target)
    return end, False


def _restarted(
    calendar: Calendar, received: Minute, term: Term, cutoff: int | None, pauses: Stretches
) -> Count:
    """Each pause that is not ignored starts the term anew where it ends (10)."""

    def end_from(minute: Minute) -> Minute:
        if term.day_like:
            return _day_term(calendar, minute, term, cutoff, ())[0]
        return _hour_term(calendar, minute, term, ())[0]

    end = end_from(received)
    for start, until in pauses:
        if start >= end:
            break
        if until == NEVER:
            return start, True
        end = end_from(until)
    return end, False


def elapsed(
    calendar: Calendar, start_minute: Minute, end_minute: Minute, pauses: Iterable[Pause] = ()
) -> int:
    """Open working minutes in [start, end) outside the pauses (11).

    Raises `EndBeforeStart`, `OutOfCalendar`.
    """
    if end_minute < start_minute:
        raise EndBeforeStart(what="elapsed")
    total = calendar.open_before(end_minute) - calendar.open_before(start_minute)
    if pauses:
        for start, until in merged(pauses, start_minute, end_minute):
            total -= calendar.open_before(until) - calendar.open_before(start)
    return total


def classify(
    *, day_like: bool, due_minute: Minute, finished_minute: Minute, strict: bool = False
) -> Finished:
    """The class of a finished dossier (12); `strict` is a centre's own option."""
    due_date, finished_date = date_number(due_minute), date_number(finished_minute)
    if finished_date < due_date:
        return "truoc_han"
    by_date = day_like and not strict
    late = finished_date > due_date if by_date else finished_minute > due_minute
    return "qua_han" if late else "dung_han"


def classify_open(
    calendar: Calendar,
    now_minute: Minute,
    *,
    day_like: bool,
    due_minute: Minute | None,
    near_minutes: int = NEAR_MINUTES,
    strict: bool = False,
) -> Open:
    """The class of an open dossier now (12); without a due it is paused."""
    if due_minute is None:
        return "paused"
    finished_now = classify(
        day_like=day_like, due_minute=due_minute, finished_minute=now_minute, strict=strict
    )
    if finished_now == "qua_han":
        return "overdue"
    near = near_from(calendar, due_minute, near_minutes=near_minutes)
    return "near" if now_minute >= near else "within"


def near_from(
    calendar: Calendar, due_minute: Minute, *, near_minutes: int = NEAR_MINUTES
) -> Minute:
    """The first minute at which at most so many working minutes are left until due."""
    return calendar.reached(calendar.open_before(due_minute) - near_minutes)


def leg_due(
    calendar: Calendar, scanned_minute: Minute, *, budget_minutes: int, dossier_due: Minute | None
) -> Due:
    """When a leg's budget ends on the receiving unit's calendar, the dossier's due at most (13).

    Raises `BadTerm` for a budget that is no positive number, `OutOfCalendar`.
    """
    leg = due(calendar, scanned_minute, Term("working_minute", budget_minutes))
    if dossier_due is None or leg.due_minute is None:
        return leg
    split(dossier_due)
    earlier = min(leg.due_minute, dossier_due)
    return Due(earlier, earlier, leg.provisional)
