"""Accounting for a dossier's time: the ledger of its minutes, and who made it late.

Reads facts and decisions anew, so that a statement owes nothing to stored rows; asked by its page,
the command line and whoever contests a charge.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.model.claims import Said
from domain.model.contest import Contest, contest_id
from domain.model.corrections import amend
from domain.model.course import Course, Measures, Whereabouts, course_of
from domain.model.custody import fold
from domain.model.custody_state import DossierState, FoldSettings
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import NotFound
from domain.model.instants import MINUTE_US, Micros, iso
from domain.model.lateness import Lateness, LateShare, lateness
from domain.model.leg_evidence import Legs, said_of
from domain.model.legs import LEGAL, STEP
from domain.model.procedure import Terms
from domain.model.responsibility import Case, Charged, Ledger, ledger
from domain.model.run_detours import RunDetours
from domain.model.runs import RunState, day_of
from domain.model.station_time import Discrepancy, Identity, Timed
from domain.model.warning import Network, Outlook, Warned
from domain.model.working_time import Minute
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, first
from domain.ports.views import Views
from domain.use_cases.measure_dossier import Measure
from domain.use_cases.runs_ahead import BEYOND_DAYS, RunsAhead
from domain.use_cases.trace_dossier import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Whose minutes a dossier's were by `at_us`, by which rules, as charged and as decided.

    `charged` is what the evidence says, `decided` after every contest that was upheld; both are the
    same where there is none. `lateness` is None for one that is not late, `warned` for one whose
    clock has stopped for good. `steps` has the budget of each step of the procedure that was
    scanned, `case` what the minutes were measured by.
    """

    label: str
    at_us: Micros
    office: str
    procedure: str
    procedure_version: int
    calendar_version: str
    charged: Ledger
    decided: Ledger
    lateness: Lateness | None
    lateness_decided: Lateness | None
    warned: Warned | None
    contests: Mapping[Charged, Contest]
    steps: Mapping[str, int]
    case: Case

    @property
    def contestable(self) -> list[Charged]:
        """The charges within the legal clock, as the evidence has them."""
        return list(
            dict.fromkeys(
                entry.charge
                for entry in self.charged.entries
                if entry.clock == LEGAL and entry.minutes
            )
        )

    def to_json(self) -> dict[str, Any]:
        """One object for programs; minutes are working minutes, times ISO 8601."""
        told = self.charged
        return {
            "label": self.label,
            "at": iso(self.at_us),
            "rule": {
                "office": self.office,
                "procedure": self.procedure,
                "procedure_version": self.procedure_version,
                "calendar_version": self.calendar_version,
            },
            "from": _iso(told.start),
            "to": _iso(told.end),
            "minutes": told.minutes,
            "due": _iso(told.due),
            "late_after": _iso(told.late_after),
            "clock_stopped": _iso(told.legal_end),
            "provisional": told.provisional,
            "entries": [
                entry._asdict()
                | {
                    "account": entry.account._asdict(),
                    "start": _iso(entry.start),
                    "end": _iso(entry.end),
                }
                for entry in told.entries
            ],
            "accounts": [
                total._asdict() | {"account": total.account._asdict()}
                for total in told.by_account()
            ],
            "legs": [total._asdict() for total in told.by_leg()],
            "steps": [
                {"step": step, "minutes": minutes, "budget": self.steps.get(step)}
                for step, minutes in steps_of(told).items()
            ],
            "lateness": _late_json(self.lateness),
            "lateness_decided": _late_json(self.lateness_decided),
            "warning": _warned_json(self.warned),
            "contests": [_contest_json(contest) for contest in self.contests.values()],
        }


class AccountForTime:
    """Reads from any thread. `settings` are those of the fold."""

    def __init__(
        self,
        *,
        log: EventLog,
        views: Views,
        measure: Measure,
        runs: RunsAhead,
        clock: Clock,
        settings: FoldSettings | None = None,
    ) -> None:
        self._log = log
        self._views = views
        self._measure = measure
        self._runs = runs
        self._clock = clock
        self._settings = settings or FoldSettings()

    def __call__(
        self, label: str, *, as_of_us: Micros | None = None, trace: Trace | None = None
    ) -> Statement:
        """The statement now, or as it stood at an instant in the light of all that is known.

        A later label of a dossier is answered for by its first. `trace` is the label's at that
        instant, from whoever has made it already: it saves reading and folding anew.

        Raises `NotFound` for a label without a case or a known procedure, `OutOfCalendar`.
        """
        label = self.first_label(label)
        decision = first(self._log.load(Dossier, [dossier_id(label)]))
        if decision is None:
            raise NotFound(what="dossier", code=label)
        now_us = self._clock.now_us()
        at_us = now_us if as_of_us is None else min(as_of_us, now_us)
        terms = self._measure.terms(decision)
        if trace is not None and trace.as_of_us == at_us:
            around, folded = trace.around, trace.beside
        else:
            around, begun = self._views.bearing_on([label])
            folded = fold(
                around, now_us=now_us, as_of_us=at_us, settings=self._settings, resumed=begun
            )
        said = self._said(label, terms, around, folded.discrepancies, at_us=at_us)
        state = folded.dossiers.get(label) or DossierState("unknown", None, (), ())
        case, calendar_version = self._measure.case(decision, terms, state)
        course = course_of(state, said, office=decision.office, start_us=case.start_us)
        charged = ledger(state, case, said, now_us=at_us)
        until_us = max(at_us, (charged.due or charged.end) * MINUTE_US)
        runs = self._runs(
            day_of(charged.start * MINUTE_US),
            day_of(until_us) + BEYOND_DAYS,
            offices={link.holder for link in state.chain} | {*case.offices, terms.department},
        )
        if detours := RunDetours(runs, now_us=at_us).of(charged):
            charged = ledger(state, case, said.going_round(detours), now_us=at_us)
        contests = self._contests(label, charged)
        decided = charged.charged_anew(
            {charge: contest.to for charge, contest in contests.items() if contest.to is not None}
        )
        return Statement(
            label=label,
            at_us=at_us,
            office=decision.office,
            procedure=decision.procedure,
            procedure_version=decision.procedure_version,
            calendar_version=calendar_version,
            charged=charged,
            decided=decided,
            lateness=lateness(charged, case.calendar),
            lateness_decided=lateness(decided, case.calendar),
            warned=self._warned(course, charged, case, terms, runs, at_us),
            contests=contests,
            steps=dict(terms.steps_minutes),
            case=case,
        )

    def first_label(self, label: str) -> str:
        """The label under which a dossier is known for ever."""
        return self._views.first_label(label)

    def _said(
        self,
        label: str,
        terms: Terms,
        around: Sequence[Timed],
        discrepancies: Sequence[Discrepancy],
        *,
        at_us: Micros,
    ) -> Said:
        """What its legs are made of, by the facts around it."""
        standing = [one for one in amend(around)[0] if one.timed.effective_us <= at_us]
        legs = Legs(standing).of(label)
        found = self._with_peoples(legs.subjects, discrepancies)
        return said_of(legs, found, steps=[step for step, _ in terms.steps_minutes])

    def _with_peoples(
        self, subjects: Collection[str], discrepancies: Sequence[Discrepancy]
    ) -> list[Discrepancy]:
        """Those on the subjects; as closed by people, where evidence leaves one open."""
        settled = self._views.settled(subjects)
        return [
            replace(one, closed_us=settled.get(Identity(one.code, one.subject, one.key)))
            if one.closed_us is None
            else one
            for one in discrepancies
            if one.subject in subjects
        ]

    def _warned(
        self,
        course: Course | None,
        charged: Ledger,
        case: Case,
        terms: Terms,
        runs: Sequence[RunState],
        at_us: Micros,
    ) -> Warned | None:
        """Whether it can still make it, and with which runs at the latest."""
        if course is None:
            return None
        late_us = None if charged.late_after is None else charged.late_after * MINUTE_US
        if late_us is not None and not charged.day_like:
            late_us += MINUTE_US  # an hour term is exceeded from the next minute on
        measures = Measures(
            case.offices,
            terms.department,
            case.legs_minutes,
            None if charged.due is None else charged.due * MINUTE_US,
            late_us,
            case.pauses,
        )
        calendar_of = self._measure.calendar_of
        whereabouts = Whereabouts(
            now_us=at_us,
            calendar_of=calendar_of,
            detours=lambda: RunDetours(runs, now_us=at_us),
        )
        position = whereabouts(course.present, lambda: course, measures, case.calendar)
        network = Network(runs, now_us=at_us)
        return Outlook(network, calendar=case.calendar, calendar_of=calendar_of, now_us=at_us)(
            position
        )

    def _contests(self, label: str, charged: Ledger) -> dict[Charged, Contest]:
        """What was objected to the charges that the evidence still has."""
        charges = dict.fromkeys(entry.charge for entry in charged.entries)
        ids = {contest_id(label, charge): charge for charge in charges}
        found = self._log.load(Contest, ids)
        return {charge: found[known] for known, charge in ids.items() if known in found}


def steps_of(told: Ledger) -> dict[str, int]:
    """The working minutes of each step, in the order in which they began; detours left out."""
    minutes: dict[str, int] = {}
    for entry in told.entries:
        if entry.part == STEP:
            minutes[entry.step] = minutes.get(entry.step, 0) + entry.minutes
    return minutes


def _iso(minute: Minute | None) -> str | None:
    return None if minute is None else iso(minute * MINUTE_US)


def _late_json(late: Lateness | None) -> dict[str, Any] | None:
    if late is None:
        return None
    return {
        "late_after": _iso(late.late_after),
        "until": _iso(late.until),
        "finished": late.finished,
        "late_minutes": late.late_minutes,
        "by_date": late.by_date,
        "provisional": late.provisional,
        "shares": [_share_json(share) for share in late.shares],
        "saved": [{"leg": total.leg, "minutes": total.left} for total in late.saved],
    }


def _share_json(share: LateShare) -> dict[str, Any]:
    return share._asdict() | {"account": share.account._asdict()}


def _warned_json(warned: Warned | None) -> dict[str, Any] | None:
    if warned is None:
        return None
    return {
        "risk": warned.risk.value,
        "by": None if warned.by_us is None else iso(warned.by_us),
        "latest": [
            {
                "leg": one.leg,
                "office": one.office,
                "to": one.to,
                "run": one.hop.run,
                "hand_in_by": iso(one.hop.cutoff_us),
                "arrives": iso(one.hop.arrives_us),
            }
            for one in warned.latest
        ],
    }


def _contest_json(contest: Contest) -> dict[str, Any]:
    return {
        "leg": contest.charge.leg,
        "part": contest.charge.part,
        "account": contest.charge.account._asdict(),
        "to": None if contest.to is None else contest.to._asdict(),
        "open": contest.open,
        "version": contest.version,
        "history": [
            {
                "act": ruling.act,
                "by": ruling.by,
                "office": ruling.office,
                "at": iso(ruling.at_us),
                "reason": ruling.reason,
                "to": None if ruling.to is None else ruling.to._asdict(),
            }
            for ruling in contest.history
        ],
    }
