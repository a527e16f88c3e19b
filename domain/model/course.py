"""The course of an open dossier: who had it and waited for pick-up, minute by minute, until now.

Pure. The read model keeps it for every open dossier, so that the work list by risk asks no fact;
whoever accounts for one dossier's time makes it of the facts. Both turn it into a `Position`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from domain.model.claims import Said
from domain.model.custody_state import DossierState
from domain.model.deadline import Pause, merged
from domain.model.identifiers import is_courier
from domain.model.instants import MINUTE_US, Micros
from domain.model.legs import (
    CENTRE,
    COURIER_BACK,
    COURIER_OUT,
    DEPARTMENT,
    PICKUP,
    RETURN,
    stretches_of,
)
from domain.model.run_detours import RunDetours
from domain.model.warning import Position
from domain.model.working_time import Calendar, Minute

_FOREVER: Final[Minute] = 2**62
Span = tuple[Minute, Minute | None]  # [from, to); None: still


class Stay(NamedTuple):
    """[start, end) in one party's hands; `waiting`: ready for pick-up. `end` is None at last."""

    party: str
    waiting: bool
    start: Minute
    end: Minute | None


class Present(NamedTuple):
    """The last stay of a course, and whether what came before can bear on its budget.

    `been`: the offices of earlier stays, each once; `diverted`: another was charged at some time.
    `begun` is when the first stay began.
    """

    party: str
    waiting: bool
    start: Minute
    been: tuple[str, ...]
    diverted: bool
    begun: Minute


class Course(NamedTuple):
    """Stays without a gap from the receipt on, and when another than the holder was charged.

    `elsewhere`: tendered or astray, in which no budget is used up.
    """

    stays: tuple[Stay, ...]
    elsewhere: tuple[Span, ...] = ()

    def until(self, now: Minute) -> "Course":
        """Without what begins later: the clock of a station that is ahead of ours."""
        begun = [stay for stay in self.stays if stay.start <= now] or [self.stays[0]]
        return Course((*begun[:-1], begun[-1]._replace(end=None)), self.elsewhere)

    @property
    def present(self) -> Present:
        """Where it has come to."""
        *before, (party, waiting, start, _) = self.stays
        been = dict.fromkeys(stay.party for stay in before if not is_courier(stay.party))
        diverted, begun = bool(self.elsewhere), self.stays[0].start
        return Present(party, waiting, start, tuple(been), diverted, begun)


def is_running(state: DossierState) -> bool:
    """Whether its legal clock has not stopped for good."""
    return (
        state.finished_us is None
        and state.milestones.ended_us is None
        and (not state.windows or state.windows[-1][1] is None)
    )


def course_of(state: DossierState, said: Said, *, office: str, start_us: Micros) -> Course | None:
    """What chain and marks tell; None once the clock has stopped for good, or nobody has it.

    `office` took it in at `start_us`.
    """
    if not is_running(state):
        return None
    plain = stretches_of(
        state.chain,
        offices=(office,),
        marks=said.marks,
        runs={},
        within=(start_us // MINUTE_US, _FOREVER),
    )
    stays: list[Stay] = []
    for stretch in plain:
        if stretch.holder is None:
            continue  # it was given back, and has come again
        waiting = stretch.part == PICKUP
        end = None if stretch.end == _FOREVER else stretch.end
        stay = Stay(stretch.holder, waiting, stretch.start, end)
        if stays and stays[-1] == stay._replace(start=stays[-1].start, end=stay.start):
            stay = stay._replace(start=stays.pop().start)
        stays.append(stay)
    if stays[-1].end is not None:
        return None
    others = [(one.from_us, one.to_us) for one in state.tendered]
    others += [(one.from_us, one.to_us) for one in said.detours]
    return Course(tuple(stays), tuple(sorted(map(_in_minutes, others), key=_begins)))


def _in_minutes(span: tuple[Micros, Micros | None]) -> Span:
    from_us, to_us = span
    return from_us // MINUTE_US, None if to_us is None else to_us // MINUTE_US


def _begins(span: Span) -> tuple[Minute, bool, Minute]:
    return span[0], span[1] is None, span[1] or 0


class Measures(NamedTuple):
    """What a course is measured by: the line of the registering office and its successors.

    `due_us` and `overdue_from_us` (the first instant at which it would be finished too late) are
    None while a pause holds it. `budgets` by leg, in working minutes.
    """

    line: Sequence[str]
    department: str
    budgets: Mapping[str, int]
    due_us: Micros | None
    overdue_from_us: Micros | None
    pauses: Sequence[Pause] = ()


class Whereabouts:
    """Turns courses into positions at one instant.

    `calendar_of`: on which a party's budget is measured, None where it has none of its own.
    `detours` is asked only where waiting that is over still bears on a budget.
    """

    def __init__(
        self,
        *,
        now_us: Micros,
        calendar_of: Callable[[str], Calendar | None],
        detours: Callable[[], RunDetours],
    ) -> None:
        self._now = now_us // MINUTE_US
        self._calendar_of = calendar_of
        self._detours = detours
        self._open_now = cache(self._open_before_now)

    def _open_before_now(self, calendar: Calendar) -> int:
        return calendar.open_before(self._now)

    def __call__(
        self, present: Present, told: Callable[[], Course], measures: Measures, governing: Calendar
    ) -> Position:
        """Where it is on its way; `told`: the course behind, asked only where that bears on it.

        `governing` is the calendar of its deadline.
        """
        if present.start > self._now:
            earlier = told().until(self._now)
            present, told = earlier.present, lambda: earlier
        party, waiting, start, been, _, _ = present
        line, department, budgets, due_us, overdue_from_us, _ = measures
        home, full = line[-1], budgets.get(DEPARTMENT, 0)  # runs go to who is there now
        away = any(other not in line for other in been)
        carried = is_courier(party)
        if carried:
            leg, office, after = (
                (COURIER_BACK, home, 0) if away else (COURIER_OUT, department, full)
            )
        elif party in line:
            leg, office, after = (RETURN, home, 0) if away else (CENTRE, home, full)
        else:
            leg, office, after = DEPARTMENT, party, 0
        left = 0
        if (
            due_us is not None
            and not carried
            and (not waiting or (leg == DEPARTMENT and office != department))
        ):
            left = self._left(present, told, leg, measures, governing)
        return Position(
            leg,
            office,
            home,
            department,
            due_us,
            overdue_from_us,
            left,
            left if leg == DEPARTMENT else after,
            start * MINUTE_US if waiting else None,
        )

    def _left(
        self,
        present: Present,
        told: Callable[[], Course],
        leg: str,
        measures: Measures,
        governing: Calendar,
    ) -> int:
        """What is left of the budget of an office's leg: used up by who had it, when charged."""
        budget, line = measures.budgets.get(leg, 0), measures.line
        party, waiting, start, been, diverted, _ = present
        another = party not in line
        if not (
            diverted
            or waiting
            or measures.pauses
            or any((other not in line) == another for other in been)
        ):
            own = self._calendar_of(party) or governing
            return max(budget - (self._open_now(own) - own.open_before(start)), 0)
        return max(budget - self._used(told(), leg, measures, governing), 0)

    def _used(self, course: Course, leg: str, measures: Measures, governing: Calendar) -> int:
        """The charged minutes of the leg, stay by stay."""
        used, away, others = 0, False, course.elsewhere
        if measures.pauses:
            others = (*others, *self._held(measures, course.stays[0].start))
        for party, waiting, start, end in course.stays:
            if is_courier(party):
                continue
            another = party not in measures.line
            away = away or another
            if leg != (DEPARTMENT if another else RETURN if away else CENTRE):
                continue
            own = self._calendar_of(party) or governing
            until = self._now if end is None else min(end, self._now)
            for begins, ends in self._charged(party, others, start, until, waiting=waiting):
                used += own.open_before(ends) - own.open_before(begins)
        return used

    def _held(self, measures: Measures, start: Minute) -> Iterator[Span]:
        """The pauses that stopped the clock; one that began when the term was over did not."""
        due = None if measures.due_us is None else measures.due_us // MINUTE_US
        for begins, until in merged(measures.pauses, start, self._now):
            if due is None or begins < due:
                yield begins, until

    def _charged(
        self, party: str, others: Iterable[Span], start: Minute, end: Minute, *, waiting: bool
    ) -> Iterator[tuple[Minute, Minute]]:
        """The stay without what is another's, a run that did not fetch it among them."""
        for begins, until in _without(others, start, end):
            if not waiting:
                yield begins, until
                continue
            missed = self._detours().not_fetched(party, begins, until)
            spans = [_in_minutes((one.from_us, one.to_us)) for one in missed]
            yield from _without(sorted(spans, key=_begins), begins, until)


def _without(spans: Iterable[Span], start: Minute, end: Minute) -> Iterator[tuple[Minute, Minute]]:
    """[start, end) without the spans."""
    cursor = start
    for begins, until in sorted(spans, key=_begins):
        if begins >= end:
            break
        if begins > cursor:
            yield cursor, begins
        cursor = max(cursor, end if until is None else until)
    if cursor < end:
        yield cursor, end
