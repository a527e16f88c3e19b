"""The work list by risk: every open dossier with its class, the most urgent first.

Asked by its page, by JSON and by the command line. The whole list is computed in one pass from one
reading of the read model, and kept until the next event, the next step of a re-dating or the next
minute: every instant at which a class may turn is a whole minute.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from threading import Lock
from typing import NamedTuple

from domain.model.course import Measures, Whereabouts
from domain.model.instants import MINUTE_US, Micros
from domain.model.policy import Act, Actor, allowed, demand
from domain.model.procedure import Procedure
from domain.model.run_detours import RunDetours
from domain.model.runs import day_of
from domain.model.succession import Succession
from domain.model.waiting import pauses_of
from domain.model.warning import Handoff, Network, Outlook, Position, Risk, Warned
from domain.model.working_time import Calendar
from domain.ports.clock import Clock
from domain.ports.views import MOST_ROWS_A_PAGE, Views
from domain.ports.work import OpenDossier, Work
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.office_calendars import Calendars
from domain.use_cases.runs_ahead import BEYOND_DAYS, RunsAhead

_RANK = {risk: rank for rank, risk in enumerate(Risk)}
_NEVER: Micros = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFilter:
    """What a reader asks for; None does not narrow.

    `office` has it, or is where its courier brings it. A limit above `MOST_ROWS_A_PAGE` is lowered
    to it.
    """

    office: str | None = None
    risk: Risk | None = None
    procedure: str | None = None
    offset: int = 0
    limit: int = 50


class WorkRow(NamedTuple):
    """One open dossier: what is known of it, where it is on its way, and what is to be feared.

    `codes` are the discrepancies open on it: nobody can hand in what is missing.
    """

    dossier: OpenDossier
    at: Position
    warned: Warned
    codes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPage:
    """A page of the list as of `at_us`, most urgent first.

    `total` counts what the filter holds; `risks` what it holds of each class, were it not narrowed
    to one, and `offices` by who has to see to it. `undated` have no due, and so no class.
    """

    at_us: Micros
    rows: Sequence[WorkRow]
    total: int
    risks: Mapping[Risk, int]
    offices: Mapping[str, int]
    undated: int
    offset: int
    limit: int


# Of each dossier class, urgency, label, where it is, until when its holder has to be done, with
# which handoffs; the first three order the list. A plain tuple: there are thousands.
_Judged = tuple[int, Micros, str, OpenDossier, Position, Micros | None, tuple[Handoff, ...]]
_RISKS = tuple(Risk)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The whole list at one instant, in order."""

    kept_for: tuple[Hashable, int, bool]
    at_us: Micros
    rows: Sequence["_Judged"] = ()
    undated: Sequence[OpenDossier] = ()


class WorkList:
    """Reads from any thread; of several readers who find the list outdated one computes it."""

    def __init__(
        self,
        *,
        work: Work,
        views: Views,
        reference: Reference,
        calendars: Calendars,
        runs: RunsAhead,
        clock: Clock,
    ) -> None:
        self._work = work
        self._views = views
        self._reference = reference
        self._calendars = calendars
        self._runs = runs
        self._clock = clock
        self._sheet: _Sheet | None = None
        self._computing = Lock()

    def __call__(self, wanted: WorkFilter, *, actor: Actor | None) -> WorkPage:
        """A page of what the reader may see: a supervisor all, others what concerns their office.

        Raises `NotAllowed`, `OutOfCalendar`.
        """
        demand(actor, Act.VIEW_WORK)
        sheet = self._sheet_now()
        succession = Succession(self._reference.offices())
        rows, undated = sheet.rows, sheet.undated
        if not allowed(actor, Act.VIEW_ALL_WORK):
            mine = succession.carried_on_by(actor.office if actor else "")
            rows = [row for row in rows if _concerns(row[3], row[4], mine)]
            undated = [one for one in undated if one.office in mine or one.holder in mine]
        if wanted.office is not None:
            theirs = succession.carried_on_by(wanted.office)
            rows = [row for row in rows if row[4].office in theirs]
            undated = [one for one in undated if (one.holder or one.office) in theirs]
        if wanted.procedure is not None:
            rows = [row for row in rows if row[3].procedure == wanted.procedure]
            undated = [one for one in undated if one.procedure == wanted.procedure]
        counted = Counter(row[0] for row in rows)
        if wanted.risk is not None:
            rank = _RANK[wanted.risk]
            rows = [row for row in rows if row[0] == rank]
        offset, limit = max(0, wanted.offset), max(1, min(wanted.limit, MOST_ROWS_A_PAGE))
        shown = rows[offset : offset + limit]
        codes = self._views.open_codes({row[2] for row in shown}, now_us=self._clock.now_us())
        return WorkPage(
            at_us=sheet.at_us,
            rows=[
                WorkRow(dossier, at, Warned(_RISKS[rank], by_us, latest), codes.get(label, ()))
                for rank, _, label, dossier, at, by_us, latest in shown
            ],
            total=len(rows),
            risks={risk: counted[rank] for risk, rank in _RANK.items()},
            offices=succession.by_heir(Counter(row[4].office for row in rows)),
            undated=len(undated),
            offset=offset,
            limit=limit,
        )

    def _sheet_now(self) -> _Sheet:
        """The list as it is: the one kept, unless anything may have changed since."""
        now_us = self._clock.now_us()
        if (sheet := self._kept(now_us)) is not None:
            return sheet
        with self._computing:
            if (sheet := self._kept(now_us)) is not None:
                return sheet
            stamp, rows = self._work.open_dossiers()
            sheet = self._computed(rows, stamp, now_us)
            self._sheet = sheet
            return sheet

    def _kept(self, now_us: Micros) -> _Sheet | None:
        sheet = self._sheet
        if sheet is not None and sheet.kept_for == _kept_for(self._work.stamp(), now_us):
            return sheet
        return None

    def _computed(self, dossiers: Sequence[OpenDossier], stamp: Hashable, now_us: Micros) -> _Sheet:
        judging = _Pass(
            self._work,
            dossiers,
            procedures=self._reference.procedures(),
            succession=Succession(self._reference.offices()),
            calendars=self._calendars,
            runs=self._runs,
            now_us=now_us,
        )
        found = judging.rows()
        return _Sheet(_kept_for(stamp, now_us), now_us, found, judging.undated)


def _kept_for(stamp: Hashable, now_us: Micros) -> tuple[Hashable, int, bool]:
    """At the minute itself a cut-off still holds; what turns then has turned."""
    return stamp, now_us // MINUTE_US, now_us % MINUTE_US == 0


def _concerns(dossier: OpenDossier, at: Position, parties: frozenset[str]) -> bool:
    """Whether one of the parties has it, gets it next, took it in or solves it."""
    return not parties.isdisjoint((at.office, at.home, at.department, dossier.office))


class _Pass:
    """One pass over the open dossiers at one instant; what many of them share is asked once."""

    def __init__(
        self,
        work: Work,
        dossiers: Sequence[OpenDossier],
        *,
        procedures: Mapping[str, Procedure],
        succession: Succession,
        calendars: Calendars,
        runs: RunsAhead,
        now_us: Micros,
    ) -> None:
        self.undated: list[OpenDossier] = []
        self._work = work
        self._dossiers = dossiers
        self._procedures = procedures
        self._now_us = now_us
        self._line = cache(succession.line)
        self._terms = cache(self._terms_of)
        self._calendar_of = cache(lambda party: _calendar(calendars, party))
        self._runs = runs

    def rows(self) -> list[_Judged]:
        """Every dossier that has a due or waits for one, the most urgent first."""
        now_us = self._now_us
        dues = (one.due_us for one in self._dossiers if one.due_us is not None)
        last_us = max(dues, default=now_us)
        ahead = self._runs(day_of(now_us) - 1, day_of(max(last_us, now_us)) + BEYOND_DAYS)
        network = Network(ahead, now_us=now_us)
        whereabouts = Whereabouts(
            now_us=now_us, calendar_of=self._calendar_of, detours=cache(self._detours)
        )

        @cache
        def outlook(office: str) -> Outlook | None:
            calendar = self._calendar_of(office)
            if calendar is None:
                return None
            return Outlook(network, calendar=calendar, calendar_of=self._calendar_of, now_us=now_us)

        found: list[_Judged] = []
        for one in self._dossiers:
            asked = outlook(one.office)
            terms = self._terms(one.procedure, one.procedure_version)
            if asked is None or terms is None or one.calendar_version is None:
                self.undated.append(one)
                continue
            measures, told = self._measures(one, *terms), partial(self._work.course, one)
            at = whereabouts(one.present, told, measures, asked.calendar)
            risk, by_us, latest = asked(at)
            first_us = one.due_us if by_us is None else by_us
            urgent_us = _NEVER if first_us is None else first_us
            found.append((_RANK[risk], urgent_us, one.label, one, at, by_us, latest))
        found.sort()
        return found

    def _measures(self, one: OpenDossier, department: str, budgets: Mapping[str, int]) -> Measures:
        pauses = pauses_of(one.waits) if one.waits else ()
        line = self._line(one.office)
        return Measures(line, department, budgets, one.due_us, one.overdue_from_us, pauses)

    def _terms_of(self, code: str, version: int) -> tuple[str, Mapping[str, int]] | None:
        procedure = self._procedures.get(code)
        if procedure is None or not 0 < version <= len(procedure.versions):
            return None
        terms = procedure.versions[version - 1]
        return terms.department, dict(terms.legs_minutes)

    def _detours(self) -> RunDetours:
        """Only asked for where a waiting that is over still bears on a budget."""
        first = min(one.present.begun for one in self._dossiers) * MINUTE_US
        runs = self._runs(day_of(first), day_of(self._now_us))
        return RunDetours(runs, now_us=self._now_us)


def _calendar(calendars: Calendars, party: str) -> Calendar | None:
    found = calendars.at(party, None)
    return None if found is None else found[0]
