"""When a dossier is due and when its class turns, as columns of its line on the board.

The refold computes them for what is touched, the re-dating for all open dossiers; both ask a
`DueOf`, which composition makes from stored versions of procedures and calendars.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import orjson

from domain.model.deadline import Pause, Rule, classify, near_from
from domain.model.instants import MINUTE_US, Micros
from domain.model.office_hours import Day, OutOfCalendar
from domain.model.procedure import Procedure
from domain.model.waiting import Waiting, pauses_of
from domain.model.working_time import Calendar, split
from domain.ports.views import RUNNING, Standing
from domain.use_cases.office_calendars import Calendars

UNDATED_RISK = 2**61  # after every due date, before everything finished
FINISHED_RISK = 2**62
NO_WAITS = "[]"
_MOST_DAYS_KEPT = 100_000  # some 20 MB; a year of a thousand procedures would be more


class Question(NamedTuple):
    """Whose deadline: of which office, on which version, from which receipt on, with what pauses.

    The calendar is the newest published by `settled_us`, when the dossier was finished or closed;
    None while it is open: the newest of all.
    """

    office: str
    procedure: str
    procedure_version: int
    start_us: Micros
    settled_us: Micros | None = None
    pauses: Sequence[Pause] = ()


class Deadline(NamedTuple):
    """`due_us` is counted down to; late is who is not finished at `overdue_from_us`.

    From `near_from_us` on at most 240 working minutes are left. These and `late_after_us` are None
    while an open pause holds the dossier.
    """

    due_us: Micros | None
    late_after_us: Micros | None
    near_from_us: Micros | None
    overdue_from_us: Micros | None
    day_like: bool
    provisional: bool
    calendar_version: str


DueOf = Callable[[Question], Deadline | None]
"""Depends on stored events and the question alone, or a rebuilt model would differ (L4).

None where procedure, version or office are unknown.
"""


class ReferenceDeadlines:
    """The `DueOf` of a house: rules by version of the procedure, calendars by instant."""

    def __init__(
        self, *, procedures: Callable[[], Mapping[str, Procedure]], calendars: Calendars
    ) -> None:
        self._procedures = procedures
        self._calendars = calendars
        self._rules: dict[tuple[str, int], Rule] = {}  # a version is never edited
        self._by_day: dict[tuple[str, str, int, Day, Day], Deadline | None] = {}

    def __call__(self, question: Question) -> Deadline | None:
        """See `DueOf`."""
        found = self._calendars.at(question.office, question.settled_us)
        key = question.procedure, question.procedure_version
        rule = self._rules.get(key) or self._rule(*key)
        if found is None or rule is None:
            return None
        calendar, version = found
        start_us = question.start_us
        if question.pauses or not rule.term.day_like:
            return deadline(
                calendar,
                rule,
                start_us=start_us,
                calendar_version=version,
                pauses=question.pauses,
            )
        try:
            minute = start_us // MINUTE_US
            days = split(minute)[0], calendar.day_zero(minute, rule.cutoff)
        except OutOfCalendar:
            return None
        # A day term without pauses depends on its dates alone, which a thousand dossiers share.
        known = version, *key, *days
        shared = self._by_day.get(known)
        if shared is None:
            if len(self._by_day) >= _MOST_DAYS_KEPT:
                self._by_day.clear()
            shared = deadline(calendar, rule, start_us=start_us, calendar_version=version)
            self._by_day[known] = shared
        return shared

    def _rule(self, code: str, version: int) -> Rule | None:
        procedure = self._procedures().get(code)
        if procedure is None or not 0 < version <= len(procedure.versions):
            return None
        rule = procedure.versions[version - 1].rule
        self._rules[code, version] = rule
        return rule


_near_from = lru_cache(maxsize=65_536)(near_from)  # thousands of dossiers are due at one close


def deadline(
    calendar: Calendar,
    rule: Rule,
    *,
    start_us: Micros,
    calendar_version: str,
    pauses: Sequence[Pause] = (),
) -> Deadline | None:
    """The deadline of a dossier.

    None where the start lies outside every calendar: a station's clock may be decades off, and a
    dossier without a date is better than a board that stands still.
    """
    try:
        answer = rule.due(calendar, start_us // MINUTE_US, pauses)
        due_minute, late_after_minute = answer.due_minute, answer.late_after_minute
        day_like = rule.term.day_like
        if due_minute is None or late_after_minute is None:
            return Deadline(None, None, None, None, day_like, answer.provisional, calendar_version)
        near_minute = _near_from(calendar, due_minute)
    except OutOfCalendar:
        return None
    late_after_us = late_after_minute * MINUTE_US
    return Deadline(
        due_minute * MINUTE_US,
        late_after_us,
        near_minute * MINUTE_US,
        # A day term ends with its date; an hour term is exceeded from the next minute on.
        late_after_us if day_like else late_after_us + MINUTE_US,
        day_like,
        answer.provisional,
        calendar_version,
    )


class Dated(NamedTuple):
    """The columns of the board that follow from a deadline, by their names."""

    risk: int
    finished_class: str | None
    paused: str | None
    due_us: Micros | None
    late_after_us: Micros | None
    near_from_us: Micros | None
    overdue_from_us: Micros | None
    provisional: bool
    calendar_version: str | None


# What a deadline needs of a dossier's case and, as columns of the board, of the fold. Plain tuples:
# they are sliced from a million rows.
CASE = ("office", "procedure", "procedure_version", "received_us", "waits")
LIFE = ("status", "registered_us", "finished_us", "settled_us")
CaseOf = tuple[str, str, int, Micros, str]
LifeOf = tuple[str, Micros | None, Micros | None, Micros | None]


def dated(case: CaseOf, life: LifeOf, due_of: DueOf) -> Dated:
    """What the board says of a dossier's time.

    Counted from when the registration took effect, or from the receipt that the case states.
    """
    office, procedure, procedure_version, received_us, waits = case
    status, registered_us, finished_us, settled_us = life
    pauses: Sequence[Pause] = ()
    if waits != NO_WAITS:
        pauses = pauses_of(read_waits(waits), settled_us=settled_us)
    found = due_of(
        Question(
            office,
            procedure,
            procedure_version,
            received_us if registered_us is None else registered_us,
            # What was promised when it was received is never older than what was then in use.
            settled_us if settled_us is None else max(settled_us, received_us),
            pauses,
        )
    )
    if found is None:
        return undated(finished_us)
    due_us, late_after_us, near_from_us, overdue_from_us, _, provisional, version = found
    if finished_us is not None:
        risk = FINISHED_RISK - finished_us
    elif due_us is not None and status in RUNNING:
        risk = due_us
    else:
        risk = UNDATED_RISK
    return Dated(
        risk,
        _finished_class(found, finished_us),
        next(pause.reason for pause in pauses if pause.end is None) if due_us is None else None,
        due_us,
        late_after_us,
        near_from_us,
        overdue_from_us,
        provisional,
        version,
    )


def undated(finished_us: Micros | None) -> Dated:
    """Without a case, or one whose procedure nobody knows."""
    risk = UNDATED_RISK if finished_us is None else FINISHED_RISK - finished_us
    return Dated(risk, None, None, None, None, None, None, False, None)  # noqa: FBT003 - a row


def _finished_class(found: Deadline, finished_us: Micros | None) -> str | None:
    return None if finished_us is None else finished_standing(found, finished_us).value


def finished_standing(promise: Deadline, finished_us: Micros) -> Standing:
    """Early, on time or late, once the result is ready; nothing holds a clock beyond that."""
    if promise.due_us is None:
        raise AssertionError("a finished dossier waits for nothing")
    return _WORDS[
        classify(
            day_like=promise.day_like,
            due_minute=promise.due_us // MINUTE_US,
            finished_minute=finished_us // MINUTE_US,
        )
    ]


_WORDS = {
    "truoc_han": Standing.EARLY,
    "dung_han": Standing.ON_TIME,
    "qua_han": Standing.LATE,
}


def read_waits(stored: str) -> list[Waiting]:
    """The pauses of a case from their column."""
    return [Waiting(*wait) for wait in orjson.loads(stored)]


def written_waits(waits: Sequence[Waiting]) -> str:
    """The pauses of a case as their column."""
    return orjson.dumps([tuple(wait) for wait in waits]).decode()
