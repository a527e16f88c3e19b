"""Taking in a dossier at a counter: label, applicant, promise and first fact in one save."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.model.deadline import due
from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import AlreadyExists, BadCode, BadLabel, NotAllowed, NotFound, Refusal
from domain.model.identifiers import checked_code
from domain.model.instants import MINUTE_US, Micros
from domain.model.labels import Kind, parse_label
from domain.model.office import Office, office_id
from domain.model.office_hours import parse_time
from domain.model.policy import Act, Actor, demand
from domain.model.procedure import Procedure, procedure_id
from domain.model.working_time import Calendar
from domain.ports.clock import Clock, Entropy
from domain.ports.stores import EventLog, RecordedEntry, first
from domain.ports.vault import ApplicantData, Vault
from domain.use_cases.keeping import keeping
from domain.use_cases.one_time import hash_of
from domain.use_cases.record_scans import DeskStation
from domain.use_cases.reserve_labels import NumberSource, named_already

__all__ = [
    "ApplicantData",
    "BadApplicant",
    "CalendarOf",
    "PieceGiven",
    "RegisterDossier",
    "Registered",
    "Registration",
]

_TOKEN_BYTES = 12  # 96 bits on the citizen's receipt: short enough for its code, beyond guessing
_MOST_PIECES = 200

CalendarOf = Callable[[Office], tuple[Calendar, str]]  # the calendar in use, and its version


class BadApplicant(Refusal):
    """Nobody to call: the name is empty; values: field."""

    code = "BAD_APPLICANT"


@dataclass(frozen=True, slots=True)
class PieceGiven:
    """One kind of paper handed in, how many of it."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the counter typed. `label` None: take the office's next; the actor is the operator.

    `paper` False: applied for online, there is nothing to carry.
    """

    procedure: str
    office: str
    applicant: ApplicantData
    request_text: str | None = None
    pieces: tuple[PieceGiven, ...] = ()
    label: str | None = None
    official_code: str | None = None
    paper: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the receipt says. `lookup_token` is told once and stored only as a hash."""

    label: str
    official_code: str | None
    received_us: Micros
    due_us: Micros
    late_after_us: Micros
    provisional: bool
    calendar_version: str
    procedure_version: int
    lookup_token: str


class _Promise(NamedTuple):
    procedure_version: int
    due_us: Micros
    late_after_us: Micros
    provisional: bool
    calendar_version: str


class RegisterDossier:
    """Runs on the writer thread."""

    def __init__(
        self,
        *,
        log: EventLog,
        vault: Vault,
        numbers: NumberSource,
        desk: DeskStation,
        calendar_of: CalendarOf,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._log = log
        self._vault = vault
        self._numbers = numbers
        self._desk = desk
        self._calendar_of = calendar_of
        self._clock = clock
        self._entropy = entropy

    def __call__(self, registration: Registration, *, actor: Actor | None) -> Registered:
        """Register at this moment.

        Raises `NotAllowed`, `NotFound` (office, procedure), `BadApplicant`, `BadCode`, `BadLabel`,
        `AlreadyExists` (label), `NumbersExhausted`, `TooLarge`, what `Office.demand_valid` raises,
        and what the stores refuse.
        """
        demand(actor, Act.REGISTER_DOSSIER)
        if actor is None or actor.office != registration.office:
            raise NotAllowed(act=str(Act.REGISTER_DOSSIER))
        _check(registration)
        now_us = self._clock.now_us()
        office, procedure = self._found(registration)
        office.demand_valid(now_us)
        promise = self._promise(office, procedure, now_us)
        label = self._label(registration.label, office, now_us)
        stated = self._desk.state(
            "Registered", label, _context(registration), operator=actor.person, office=office.code
        )
        return self._registered(registration, label, promise, received_us=now_us, entries=[stated])

    def scanned(
        self, registration: Registration, *, received_us: Micros, actor: Actor
    ) -> Registered:
        """Register what a station's scan stated then, under the label of that scan.

        Promised is what was in force then. Raises as a call does.
        """
        demand(actor, Act.REGISTER_DOSSIER)
        if actor.office != registration.office:
            raise NotAllowed(act=str(Act.REGISTER_DOSSIER))
        _check(registration)
        office, procedure = self._found(registration)
        office.demand_valid(received_us)
        promise = self._promise(office, procedure, received_us)
        label = self._label(registration.label, office, received_us)
        return self._registered(registration, label, promise, received_us=received_us)

    def says(self, dossier: Dossier, registration: Registration) -> bool:
        """Whether it is that registration: of the same person, asking for the same."""
        request = None if dossier.request is None else self._vault.text(dossier.request)
        applicant = self._vault.applicant(dossier.applicant)
        return (applicant, request) == (registration.applicant, registration.request_text)

    def _registered(
        self,
        registration: Registration,
        label: str,
        promise: _Promise,
        *,
        received_us: Micros,
        entries: Sequence[RecordedEntry] = (),
    ) -> Registered:
        """Save the applicant, the case and what states it together."""
        token = self._entropy.token(_TOKEN_BYTES)
        owner = dossier_id(label)
        with keeping(self._vault) as kept:
            kept.append(applicant := self._vault.put_applicant(registration.applicant, owner=owner))
            request = None
            if registration.request_text is not None:
                kept.append(request := self._vault.put_text(registration.request_text, owner=owner))
            dossier = Dossier(
                id=owner,
                timestamp=moment(self._clock.now_us()),
                label=label,
                procedure=registration.procedure,
                office=registration.office,
                received_us=received_us,
                applicant=applicant,
                request=request,
                official_code=registration.official_code,
                pieces=[[piece.kind, piece.count] for piece in registration.pieces],
                token_hash=hash_of(token),
                **promise._asdict(),
            )
            self._log.save(dossier, entries=entries)
        return Registered(
            label=label,
            official_code=registration.official_code,
            received_us=received_us,
            lookup_token=token,
            **promise._asdict(),
        )

    def _found(self, registration: Registration) -> tuple[Office, Procedure]:
        office = first(self._log.load(Office, [office_id(registration.office)]))
        if office is None:
            raise NotFound(what="office", code=registration.office)
        procedure = first(self._log.load(Procedure, [procedure_id(registration.procedure)]))
        if procedure is None:
            raise NotFound(what="procedure", code=registration.procedure)
        return office, procedure

    def _label(self, given: str | None, office: Office, now_us: Micros) -> str:
        """The label typed or scanned, if it is free; else the office's next."""
        if given is None:
            return self._numbers.take(Kind.DOSSIER, office.issuer, now_us=now_us)
        label = parse_label(given)
        if label.kind is not Kind.DOSSIER:
            raise BadLabel(text=str(label), why="not a dossier's")
        if named_already(self._log, [str(label)]):
            raise AlreadyExists(what="dossier", code=str(label))
        return str(label)

    def _promise(self, office: Office, procedure: Procedure, now_us: Micros) -> _Promise:
        version, terms = procedure.version_at(now_us)
        calendar, calendar_version = self._calendar_of(office)
        answer = due(
            calendar,
            now_us // MINUTE_US,
            terms.term,
            cutoff=None if terms.cutoff is None else parse_time(terms.cutoff),
        )
        if answer.due_minute is None or answer.late_after_minute is None:
            raise AssertionError("a term without pauses has an end")
        return _Promise(
            procedure_version=version,
            due_us=answer.due_minute * MINUTE_US,
            late_after_us=answer.late_after_minute * MINUTE_US,
            provisional=answer.provisional,
            calendar_version=calendar_version,
        )


def _check(registration: Registration) -> None:
    if not registration.applicant.name.strip():
        raise BadApplicant(field="name")
    if registration.official_code is not None:
        checked_code("official_code", registration.official_code)
    for piece in registration.pieces:
        checked_code("piece", piece.kind)
        if not 1 <= piece.count <= _MOST_PIECES:
            raise BadCode(field="piece", text=str(piece.count))
    if sum(piece.count for piece in registration.pieces) > _MOST_PIECES:
        raise BadCode(field="pieces", text=str(len(registration.pieces)))


def _context(registration: Registration) -> dict[str, object]:
    context: dict[str, object] = {} if registration.paper else {"paper": "none"}
    if registration.pieces:
        context["pieces"] = sum(piece.count for piece in registration.pieces)
    return context
