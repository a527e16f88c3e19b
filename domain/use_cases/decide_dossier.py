"""Deciding on an open dossier: pausing its clock, going on, and moving its appointment.

Used by clerks through the server. Each decision is checked against the case and stated as a fact of
the server's own station where `facts.md` has a name for it, all in one save.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.model.deadline import Due
from domain.model.decision import moment
from domain.model.dossier import Appointment, Dossier, dossier_id, pauses_of
from domain.model.errors import NotAllowed, NotFound, Refusal
from domain.model.identifiers import checked_code
from domain.model.instants import MINUTE_US, Micros
from domain.model.office import Office, office_id
from domain.model.policy import Act, Actor, demand
from domain.model.procedure import Procedure, Terms, procedure_id
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, RecordedEntry, first
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
    """A new appointment comes with an apology in words."""

    code = "APOLOGY_MISSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How the dossier's time stands after a decision.

    `due_us` and `late_after_us` are None while an open pause holds them; `waits_for` are the
    reasons of all open pauses; `promised_us` is the appointment as last printed.
    """

    label: str
    promised_us: Micros
    due_us: Micros | None
    late_after_us: Micros | None
    provisional: bool
    calendar_version: str
    waits_for: tuple[str, ...]
    reappointments: int
    reappointments_left: int


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

    Every method raises `NotAllowed`, `NotFound`, `DossierClosed`, what `Dossier` refuses, and what
    the stores refuse. The office that registered and the department that solves may decide.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        vault: Vault,
        desk: DeskStation,
        calendars: Calendars,
        views: Views,
        clock: Clock,
    ) -> None:
        self._log = log
        self._vault = vault
        self._desk = desk
        self._calendars = calendars
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
                cause=checked_code("cause", cause),
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
        checked_code("cause", cause)
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

    def reappoint(self, label: str, *, cause: str, apology: str, actor: Actor | None) -> Decided:
        """Promise the due as it is computed now, with an apology; late stays late.

        Raises `DossierPaused`, `ApologyMissing` and `TooLarge` too.
        """
        case = self._case(label, actor, Act.REAPPOINT_DOSSIER)
        checked_code("cause", cause)
        if not apology.strip():
            raise ApologyMissing
        due, calendar_version = self._due(case)
        if due.due_minute is None or due.late_after_minute is None:
            raise DossierPaused(reason=min(case.dossier.waits_for))
        with keeping(self._vault) as kept:
            kept.append(self._vault.put_text(apology, owner=case.dossier.id))
            case.dossier.reappoint(
                to=Appointment(
                    due_us=due.due_minute * MINUTE_US,
                    late_after_us=due.late_after_minute * MINUTE_US,
                    calendar_version=calendar_version,
                    provisional=due.provisional,
                ),
                cause=cause,
                apology=kept[0],
                limit=case.terms.reappointments,
                timestamp=moment(case.now_us),
            )
            return self._saved(case, "Reappointed", {"reason": cause}, and_then="Apologised")

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
        dossier = first(self._log.load(Dossier, [dossier_id(label)]))
        if dossier is None:
            raise NotFound(what="dossier", code=label)
        which = procedure_id(dossier.procedure)
        procedure = self._log.load(Procedure, [which])[which]
        terms = procedure.versions[dossier.procedure_version - 1]
        if actor is None or actor.office not in {dossier.office, terms.department}:
            raise NotAllowed(act=str(act))
        now_us = self._clock.now_us()
        row = self._views.dossier(label, now_us=now_us).row
        if row.finished_us is not None or row.status not in RUNNING:
            raise DossierClosed(label=label, status=row.status)
        return _Case(dossier=dossier, terms=terms, row=row, actor=actor, now_us=now_us)

    def _due(self, case: _Case) -> tuple[Due, str]:
        """Its due as of now, on the newest calendar: the board's row may not be re-dated yet."""
        dossier = case.dossier
        where = office_id(dossier.office)
        calendar, version = self._calendars.of(self._log.load(Office, [where])[where])
        started_us = case.row.registered_us
        start_us = dossier.received_us if started_us is None else started_us
        due = case.terms.rule.due(calendar, start_us // MINUTE_US, pauses_of(dossier.waits))
        return due, version

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
        due_us=_us(due.due_minute),
        late_after_us=_us(due.late_after_minute),
        provisional=due.provisional,
        calendar_version=calendar_version,
        waits_for=tuple(sorted(dossier.waits_for)),
        reappointments=moved,
        reappointments_left=max(0, limit - moved),
    )


def _us(minute: int | None) -> Micros | None:
    return None if minute is None else minute * MINUTE_US
