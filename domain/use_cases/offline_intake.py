"""Intake without the network: numbers given out ahead, and the draft that comes when it is back.

A station registers by a scan of a label from its block; whom it is for follows as a draft. Day zero
is the scan's effective time, whenever the draft arrives.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import AlreadyExists, BadCode, BadLabel, NotAllowed, NotFound, Refusal
from domain.model.labels import Kind, parse_label
from domain.model.number_block import LEFT_OUT
from domain.model.office import Office, office_id
from domain.model.policy import Act, Actor
from domain.model.procedure import Terms
from domain.model.station_time import Timed
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, first
from domain.ports.views import Views
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.register_dossier import RegisterDossier, Registration
from domain.use_cases.reserve_labels import NumberSource
from domain.use_cases.trust import StationTrust

COUNTER = "counter"  # the purpose of a station where people apply
MOST_AT_ONCE = 200  # numbers of one request: a counter's busiest day
MOST_A_YEAR = 20_000  # of one station; a centre's year is that, so more is a fault


class ScanNotArrived(Refusal):
    """The registration's scan is not here yet: send the journal first; values: label."""

    code = "SCAN_NOT_ARRIVED"


class NotFromBlock(Refusal):
    """The label's number was not given out to that station; values: label, station."""

    code = "NOT_FROM_BLOCK"


class RegisteredTwice(Refusal):
    """The station has given the number to two dossiers: whose draft this is must be seen; label."""

    code = "REGISTERED_TWICE"


@dataclass(frozen=True, slots=True)
class Kit:
    """What a counter needs to take in by itself: numbers, and what can be applied for."""

    labels: tuple[str, ...]
    procedures: Mapping[str, Terms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was typed at the station; `registration.label` is the one that was scanned."""

    operator: str
    registration: Registration


class OfflineIntake:
    """Runs on the writer thread. The caller has proved to be the station."""

    def __init__(
        self,
        *,
        log: EventLog,
        numbers: NumberSource,
        register_dossier: RegisterDossier,
        reference: Reference,
        views: Views,
        trust: StationTrust,
        clock: Clock,
    ) -> None:
        self._log = log
        self._trust = trust
        self._numbers = numbers
        self._register_dossier = register_dossier
        self._reference = reference
        self._views = views
        self._clock = clock

    def kit(self, station: str, *, count: int) -> Kit:
        """`count` more numbers, and the procedures in force.

        Raises `NotAllowed` (no counter's station), `BadCode`, `NotFound` (a courier is no office),
        `TooManyNumbers`, `NumbersExhausted`.
        """
        if not 0 <= count <= MOST_AT_ONCE:
            raise BadCode(field="count", text=str(count))
        stands = self._trust.station(station)
        if stands.purpose != COUNTER:
            raise NotAllowed(act=str(Act.TAKE_IN_OFFLINE))
        issuing = first(self._log.load(Office, [office_id(stands.office)]))
        if issuing is None:
            raise NotFound(what="office", code=stands.office)
        now_us = self._clock.now_us()
        labels: list[str] = []
        if count:
            labels = self._numbers.reserve(
                Kind.DOSSIER,
                issuing.issuer,
                count=count,
                holder=_holder(station),
                now_us=now_us,
                most=MOST_A_YEAR,
            )
        in_force: dict[str, Terms] = {}
        for code, procedure in self._reference.procedures().items():
            with suppress(NotFound):
                in_force[code] = procedure.version_at(now_us)[1]
        return Kit(tuple(labels), in_force)

    def take(self, station: str, draft: Draft) -> bool:
        """Register what was scanned; False if this draft was taken before.

        Raises `BadLabel`, `NotFromBlock`, `ScanNotArrived`, `NotAllowed` (the operator),
        `AlreadyExists`, `RegisteredTwice`, and what `RegisterDossier` raises.
        """
        registration = draft.registration
        label = parse_label(registration.label or "")
        if label.kind is not Kind.DOSSIER:
            raise BadLabel(text=str(label), why="not a dossier's")
        if self._numbers.holder_of(label) not in {_holder(station), LEFT_OUT}:
            raise NotFromBlock(label=str(label), station=station)
        scans = self._scans(str(label), station, draft.operator)
        known = first(self._log.load(Dossier, [dossier_id(str(label))]))
        if known is not None:
            if (known.procedure, known.office) != (registration.procedure, registration.office):
                raise AlreadyExists(what="dossier", code=str(label))
            # A disk image that was put back gives numbers out again, under the same keys or others.
            # The second one's draft may even come before its scan.
            twice = len({scan.fact.digest for scan in scans}) > 1
            if twice or not self._register_dossier.says(known, registration):
                raise RegisteredTwice(label=str(label))
            return False
        self._register_dossier.scanned(
            registration, received_us=scans[-1].effective_us, actor=self._operator(draft)
        )
        return True

    def _scans(self, label: str, station: str, operator: str) -> list[Timed]:
        """Those by which it was registered there, the newest, which is last, by that person."""
        scans = [
            timed
            for timed in self._views.facts_around([label])
            if (timed.fact.fact, timed.fact.subject, timed.fact.station)
            == ("Registered", label, station)
        ]
        if not scans:
            raise ScanNotArrived(label=label)
        if scans[-1].fact.operator != operator:
            raise NotAllowed(act=str(Act.REGISTER_DOSSIER))
        return scans

    def _operator(self, draft: Draft) -> Actor:
        person = self._reference.people().get(draft.operator)
        if person is None:
            raise NotAllowed(act=str(Act.REGISTER_DOSSIER))
        return person.as_actor()  # also of one who was dismissed since: the citizen was there


def _holder(station: str) -> str:
    """As the block names it: a station may have the same code as an office."""
    return f"station:{station}"
