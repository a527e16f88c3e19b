"""Deciding on an open dossier: pausing its clock, going on, and moving its appointment.

Used by clerks through the server. Each decision is checked against the case and stated as a fact of
the server's own station where `facts.md` has a name for it, all in one save.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from domain.model.appointment import Appointment
from domain.model.causes import (
    APPOINTMENT_CAUSES,
    SUPPLEMENT_CAUSES,
    WAIVER_CAUSES,
    checked_cause,
)
from domain.model.deadline import Due, Rule, Term
from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import NotAllowed, NotFound, Refusal
from domain.model.identifiers import checked_code
from domain.model.instants import MINUTE_US, Micros
from domain.model.office import Office, office_id
from domain.model.policy import Act, Actor, demand
from domain.model.procedure import Procedure, Terms, procedure_id
from domain.model.succession import Succession
from domain.model.waiting import pauses_of
from domain.model.working_time import Calendar
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, RecordedEntry, StreamConflict, first
from domain.ports.vault import Vault
from domain.ports.views import RUNNING, BoardRow, Views
from domain.use_cases.keeping import keeping
from domain.use_cases.office_calendars import Calendars
from domain.use_cases.record_scans import DeskStation


class DossierClosed(Refusal):
    """Its result is ready, or its clock has stopped for good; values: label, status."""

    code = "DOSSIER_CLOSED"


class DossierPaused(Refusal):
    """Without a due while it waits, so nothing can be promised; values: reason."""

    code = "DOSSIER_PAUSED"


class ApologyMissing(Refusal):
    """An apology, and so a new appointment, is in words."""

    code = "APOLOGY_MISSING"


class BadDays(Refusal):
    """Not a number of working days that a dossier is put off by; values: days, most."""

    code = "BAD_DAYS"


MOST_DAYS = 250  # working days: a year; nobody promises beyond that


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How the dossier's time stands after a decision.

    `due_us` and `late_after_us` are None while an open pause holds them; `waits_for` are the
    reasons of all open pauses; `promised_us` is the appointment as last printed, `confirmed` says
    that it stands against this very due. `version` is what the next decision is made on.
    """

    label: str
    promised_us: Micros
    confirmed: bool
    due_us: Micros | None
    late_after_us: Micros | None
    provisional: bool
    calendar_version: str
    waits_for: tuple[str, ...]
    reappointments: int
    reappointments_left: int
    apologised: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A dossier somebody may decide on now, with all that its due follows from."""

    dossier: Dossier
    terms: Terms
    row: BoardRow
    actor: Actor
    now_us: Micros


class DecideDossier:
    """Runs on the writer thread, where the read model has followed every earlier write.

    Every method raises `NotAllowed`, `NotFound`, `DossierClosed`, `BadReason` for a cause that is
    not listed, what `Dossier` refuses, and what the stores refuse. The office that registered and
    the department that solves may decide, and whoever carries on the work of either.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        vault: Vault,
        desk: DeskStation,
        calendars: Calendars,
        offices: Callable[[], Mapping[str, Office]],
        views: Views,
        clock: Clock,
    ) -> None:
        self._log = log
        self._vault = vault
        self._desk = desk
        self._calendars = calendars
        self._offices = offices
        self._views = views
        self._clock = clock

    def request_supplement(
        self, label: str, *, cause: str, text: str | None, actor: Actor | None
    ) -> Decided:
        """Wait for the applicant; `text` says what for. Raises `TooLarge` too."""
        case = self._case(label, actor, Act.PAUSE_DOSSIER)
        dossier = case.dossier
        with keeping(self._vault) as kept:
            if text is not None:
                kept.append(self._vault.put_text(text, owner=dossier.id))
            dossier.request_supplement(
                cause=checked_cause(cause, SUPPLEMENT_CAUSES),
                text=kept[0] if kept else None,
                timestamp=moment(case.now_us),
            )
            return self._saved(case, "SupplementRequested", {"reason": cause})

    def supplement_supplied(self, label: str, *, actor: Actor | None) -> Decided:
        """What was asked for has come in."""
        return self._paused(
            label, actor, lambda dossier, at: dossier.supply(timestamp=at), "SupplementSupplied"
        )

    def request_fee(self, label: str, *, amount_vnd: int, actor: Actor | None) -> Decided:
        """Wait for a payment."""
        return self._paused(
            label,
            actor,
            lambda dossier, at: dossier.request_fee(amount_vnd=amount_vnd, timestamp=at),
            "FeeRequested",
        )

    def fee_paid(self, label: str, *, actor: Actor | None) -> Decided:
        """The payment is in."""
        return self._paused(
            label, actor, lambda dossier, at: dossier.pay_fee(timestamp=at), "FeePaid"
        )

    def fee_waived(self, label: str, *, cause: str, actor: Actor | None) -> Decided:
        """The office does without the payment."""
        checked_cause(cause, WAIVER_CAUSES)
        return self._paused(
            label,
            actor,
            lambda dossier, at: dossier.waive_fee(cause=cause, timestamp=at),
            "FeeWaived",
            {"reason": cause},
        )

    def ask_agency(self, label: str, *, agency: str, actor: Actor | None) -> Decided:
        """Wait for another agency; `facts.md` has no name for that, so no fact is stated."""
        checked_code("agency", agency)
        return self._paused(
            label, actor, lambda dossier, at: dossier.ask_agency(agency=agency, timestamp=at)
        )

    def agency_answered(self, label: str, *, actor: Actor | None) -> Decided:
        """The other agency has answered."""
        return self._paused(label, actor, lambda dossier, at: dossier.agency_answered(timestamp=at))

    def standing(self, label: str, *, actor: Actor | None) -> Decided:
        """How its time stands before somebody pauses it or lets it go on; from any thread."""
        case = self._case(label, actor, Act.PAUSE_DOSSIER)
        return _decided(case, *self._due(case))

    def appointment(self, label: str, *, actor: Actor | None) -> Decided:
        """How it stands before somebody decides on its appointment; from any thread."""
        case = self._appointment(label, actor, None)
        return _decided(case, *self._due(case))

    def reappoint(
        self,
        label: str,
        *,
        cause: str,
        apology: str,
        days: int | None = None,
        actor: Actor | None,
        version: int | None = None,
    ) -> Decided:
        """Promise the due as it is computed now, with an apology; late stays late.

        With `days` promise so many working days from now instead: what is overdue has no due ahead
        to promise. Raises `DossierPaused`, `ApologyMissing`, `BadDays` and `TooLarge` too.
        """
        case = self._appointment(label, actor, version)
        checked_cause(cause, APPOINTMENT_CAUSES)
        due, calendar_version = self._due(case)
        if days is None:
            promise = due
        elif 0 < days <= MOST_DAYS:
            further = Rule(Term("working_day", days))
            promise = further.due(self._calendar(case)[0], case.now_us // MINUTE_US)
        else:
            raise BadDays(days=days, most=MOST_DAYS)
        with self._apology(case, apology) as kept:
            case.dossier.reappoint(
                to=Appointment(
                    due_us=_promised(case, promise.due_minute),
                    late_after_us=_promised(case, promise.late_after_minute),
                    calendar_version=calendar_version,
                    provisional=promise.provisional,
                ),
                due_us=_promised(case, due.due_minute),
                cause=cause,
                apology=kept,
                limit=case.terms.reappointments,
                timestamp=moment(case.now_us),
            )
            return self._saved(case, "Reappointed", {"reason": cause}, and_then="Apologised")

    def confirm_appointment(
        self, label: str, *, cause: str, actor: Actor | None, version: int | None = None
    ) -> Decided:
        """Let the promise stand, although the due is another by now.

        `facts.md` has no name for that, so no fact is stated. Raises `DossierPaused` too.
        """
        case = self._appointment(label, actor, version)
        due, calendar_version = self._due(case)
        case.dossier.confirm_appointment(
            due_us=_promised(case, due.due_minute),
            calendar_version=calendar_version,
            cause=checked_cause(cause, APPOINTMENT_CAUSES),
            timestamp=moment(case.now_us),
        )
        return self._saved(case, None, {})

    def apologise(
        self,
        label: str,
        *,
        cause: str,
        apology: str,
        actor: Actor | None,
        version: int | None = None,
    ) -> Decided:
        """Say why it is late, without another date; raises `ApologyMissing`, `TooLarge` too."""
        case = self._appointment(label, actor, version)
        checked_cause(cause, APPOINTMENT_CAUSES)
        with self._apology(case, apology) as kept:
            case.dossier.apologise(cause=cause, apology=kept, timestamp=moment(case.now_us))
            return self._saved(case, "Apologised", {"reason": cause})

    @contextmanager
    def _apology(self, case: _Case, text: str) -> Iterator[str]:
        """The apology's id in the vault, kept if what names it is saved."""
        if not text.strip():
            raise ApologyMissing
        with keeping(self._vault) as kept:
            kept.append(self._vault.put_text(text, owner=case.dossier.id))
            yield kept[0]

    def _paused(
        self,
        label: str,
        actor: Actor | None,
        decide: Callable[[Dossier, datetime], None],
        fact: str | None = None,
        context: Mapping[str, str] | None = None,
    ) -> Decided:
        case = self._case(label, actor, Act.PAUSE_DOSSIER)
        decide(case.dossier, moment(case.now_us))
        return self._saved(case, fact, context or {})

    def _case(self, label: str, actor: Actor | None, act: Act) -> _Case:
        """The open dossier, if this actor's office has a say in it."""
        demand(actor, act)
        label = self._views.first_label(label)
        dossier = first(self._log.load(Dossier, [dossier_id(label)]))
        if dossier is None:
            raise NotFound(what="dossier", code=label)
        which = procedure_id(dossier.procedure)
        procedure = self._log.load(Procedure, [which])[which]
        terms = procedure.versions[dossier.procedure_version - 1]
        mine = Succession(self._offices()).carried_on_by(actor.office) if actor else frozenset()
        if actor is None or mine.isdisjoint({dossier.office, terms.department}):
            raise NotAllowed(act=str(act))
        now_us = self._clock.now_us()
        row = self._views.dossier(label, now_us=now_us).row
        if row.finished_us is not None or row.status not in RUNNING:
            raise DossierClosed(label=label, status=row.status)
        return _Case(dossier=dossier, terms=terms, row=row, actor=actor, now_us=now_us)

    def _appointment(self, label: str, actor: Actor | None, version: int | None) -> _Case:
        """As `_case`; raises `StreamConflict` if the case is no longer of the version seen."""
        case = self._case(label, actor, Act.REAPPOINT_DOSSIER)
        if version not in {None, case.dossier.version}:
            raise StreamConflict
        return case

    def _due(self, case: _Case) -> tuple[Due, str]:
        """Its due as of now, on the newest calendar: the board's row may not be re-dated yet."""
        dossier = case.dossier
        calendar, version = self._calendar(case)
        started_us = case.row.registered_us
        start_us = dossier.received_us if started_us is None else started_us
        due = case.terms.rule.due(calendar, start_us // MINUTE_US, pauses_of(dossier.waits))
        return due, version

    def _calendar(self, case: _Case) -> tuple[Calendar, str]:
        where = office_id(case.dossier.office)
        return self._calendars.of(self._log.load(Office, [where])[where])

    def _saved(
        self, case: _Case, fact: str | None, context: Mapping[str, str], *, and_then: str = ""
    ) -> Decided:
        """Save the decision with the facts that tell of it."""
        due, calendar_version = self._due(case)
        entries: list[RecordedEntry] = []
        for name in filter(None, (fact, and_then)):
            entries.append(
                self._desk.state(
                    name,
                    case.dossier.label,
                    context,
                    operator=case.actor.person,
                    office=case.actor.office,
                    after=entries[-1] if entries else None,
                )
            )
        self._log.save(case.dossier, entries=entries)
        return _decided(case, due, calendar_version)


def _decided(case: _Case, due: Due, calendar_version: str) -> Decided:
    dossier, limit = case.dossier, case.terms.reappointments
    moved = len(dossier.appointments) - 1
    return Decided(
        label=dossier.label,
        promised_us=dossier.appointment.due_us,
        confirmed=dossier.confirmed_us is not None and dossier.confirmed_us == _us(due.due_minute),
        due_us=_us(due.due_minute),
        late_after_us=_us(due.late_after_minute),
        provisional=due.provisional,
        calendar_version=calendar_version,
        waits_for=tuple(sorted(dossier.waits_for)),
        reappointments=moved,
        reappointments_left=max(0, limit - moved),
        apologised=bool(dossier.apologies),
        version=dossier.version,
    )


def _promised(case: _Case, minute: int | None) -> Micros:
    if minute is None:
        raise DossierPaused(reason=min(case.dossier.waits_for))
    return minute * MINUTE_US


def _us(minute: int | None) -> Micros | None:
    return None if minute is None else minute * MINUTE_US
