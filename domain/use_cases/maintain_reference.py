"""Defining offices, procedures and people, and reading them; used by administrators and pages."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from domain.model.catalogue import Laid, Row, Sheet, lay
from domain.model.decision import Decision, moment
from domain.model.errors import AlreadyExists, NotFound, Refusal
from domain.model.identifiers import is_courier
from domain.model.instants import Micros
from domain.model.labels import Kind
from domain.model.office import Office, define_office, office_id
from domain.model.person import (
    Person,
    PersonDismissed,
    checked_pin,
    enlist_person,
    person_id,
)
from domain.model.policy import Act, Actor, Role, demand
from domain.model.procedure import Procedure, Terms, procedure_id
from domain.model.sheet import SheetRefused
from domain.ports.clock import Clock
from domain.ports.pins import Pins
from domain.ports.stores import EventLog, RecordedEntry, first
from domain.ports.vault import Vault
from domain.use_cases.reserve_labels import NumberSource

Coded = TypeVar("Coded", Office, Procedure, Person)

USUAL_HOURS: dict[str, Any] = {
    "hours": [["07:30", "11:30"], ["13:00", "17:00"]],
    "saturday": "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeDefinition:
    """`calendar` is a CAL object of `giaonhan due`; `label` None: numbered by `issuer`.

    `valid_from_us` None: a new office is valid from now on, another as it was.
    """

    code: str
    issuer: int
    name_vi: str
    name_en: str
    calendar: dict[str, Any] = field(default_factory=lambda: dict(USUAL_HOURS))
    label: str | None = None
    valid_from_us: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDefinition:
    """`badge` None: numbered by `issuer`; `name` goes to the vault; `pin` None: codes only."""

    code: str
    party: str
    roles: frozenset[Role]
    issuer: int
    badge: str | None = None
    name: str | None = None
    pin: str | None = None


class Reference:
    """The reference data: every change is an event; reads are remembered until the next change."""

    def __init__(
        self,
        *,
        log: EventLog,
        numbers: NumberSource,
        vault: Vault,
        pins: Pins,
        clock: Clock,
        check_calendar: Callable[[dict[str, Any]], object],
    ) -> None:
        self._log = log
        self._numbers = numbers
        self._vault = vault
        self._pins = pins
        self._clock = clock
        self._check_calendar = check_calendar
        self._known: dict[type[Decision], dict[str, Any]] = {}
        self._knowing = Lock()  # a reader must not put back what a writer has just outdated

    def define_office(self, definition: OfficeDefinition, *, actor: Actor | None) -> Office:
        """A new office, or a new calendar of one that exists.

        Raises `NotAllowed`, `BadCode`, `BadLabel`, and what reading the calendar raises.
        """
        demand(actor, Act.DEFINE_REFERENCE)
        self._check_calendar(definition.calendar)
        now_us = self._clock.now_us()
        office = first(self._log.load(Office, [office_id(definition.code)]))
        if office is None:
            label = definition.label or self._numbers.take(
                Kind.PLACE, definition.issuer, now_us=now_us
            )
            office = define_office(
                code=definition.code,
                label=label,
                name_vi=definition.name_vi,
                name_en=definition.name_en,
                calendar=definition.calendar,
                timestamp=moment(now_us),
            )
        elif office.given != definition.calendar:  # else a re-import would lift its exceptions
            office.set_calendar(calendar=definition.calendar, timestamp=moment(now_us))
        if definition.valid_from_us not in {None, office.valid_from_us}:
            office.establish(valid_from_us=definition.valid_from_us, timestamp=moment(now_us))
        return self._saved(office)

    def add_office(self, definition: OfficeDefinition, *, actor: Actor | None) -> Office:
        """A new office and no other; raises as `define_office`, and `AlreadyExists`."""
        if definition.code in self.offices():
            raise AlreadyExists(what="office", code=definition.code)
        return self.define_office(definition, actor=actor)

    def change_office(
        self, code: str, change: Callable[[Office], None], *, actor: Actor | None
    ) -> Office:
        """Change the working time of an office that exists.

        Raises `NotAllowed`, `NotFound`, what the change raises, and what its calendar is refused
        for as a whole.
        """
        demand(actor, Act.SET_WORKING_TIME)
        office = first(self._log.load(Office, [office_id(code)]))
        if office is None:
            raise NotFound(what="office", code=code)
        change(office)
        self._check_calendar(office.calendar)
        return self._saved(office)

    def define_procedure(self, code: str, terms: Terms, *, actor: Actor | None) -> Procedure:
        """A new procedure, or a new version of one that exists.

        Raises `NotAllowed`, `UnknownDepartment`, and what `introduce_procedure` and `revise` raise.
        """
        try:
            self.define_procedures(Sheet([Row(1, code, terms)]), actor=actor)
        except SheetRefused as refused:
            raise refused.problems[0].refusal from None
        return self.procedures()[code]

    def define_procedures(
        self,
        sheet: Sheet,
        *,
        actor: Actor | None,
        dry_run: bool = False,
        told: Callable[[int], None] = lambda _rows_done: None,
    ) -> Laid:
        """New procedures and versions, all in one save or none; `dry_run` only says which.

        Raises `NotAllowed` and `SheetRefused`, which names every row that stands in the way.
        """
        demand(actor, Act.DEFINE_REFERENCE)
        ids = {procedure_id(row.code) for row in sheet.rows}
        standing = {each.code: each for each in self._log.load(Procedure, ids).values()}
        laid = lay(
            sheet,
            standing,
            departments=self.offices().keys(),
            timestamp=moment(self._clock.now_us()),
            told=told,
        )
        if not dry_run:
            self.save(*standing.values())
        return laid

    def abolish_procedure(
        self, code: str, *, effective_us: Micros | None, actor: Actor | None
    ) -> Procedure:
        """Let nobody apply for it from then on, None: from now on.

        Raises `NotAllowed`, `NotFound`, and what `Procedure.abolish` raises.
        """
        demand(actor, Act.DEFINE_REFERENCE)
        now_us = self._clock.now_us()
        procedure = first(self._log.load(Procedure, [procedure_id(code)]))
        if procedure is None:
            raise NotFound(what="procedure", code=code[:64])
        procedure.abolish(
            effective_us=now_us if effective_us is None else effective_us, timestamp=moment(now_us)
        )
        return self._saved(procedure)

    def define_person(self, definition: PersonDefinition, *, actor: Actor | None) -> Person:
        """A new person, or new party, roles and PIN of one that exists.

        Raises `NotAllowed`, `BadCode`, `BadLabel`, `BadPin`, or `AlreadyExists` for another's
        badge.
        """
        demand(actor, Act.DEFINE_REFERENCE)
        timestamp = moment(self._clock.now_us())
        pin = None if definition.pin is None else checked_pin(definition.pin)
        person = first(self._log.load(Person, [person_id(definition.code)]))
        if person is None:
            if definition.badge in {known.badge for known in self.people().values()}:
                raise AlreadyExists(what="badge", code=definition.badge)
            person = self._enlisted(definition)
        elif (person.party, set(person.roles)) != (definition.party, set(definition.roles)):
            person.assign(
                party=definition.party, roles=sorted(definition.roles), timestamp=timestamp
            )
        if pin is not None:
            person.set_pin(pin_hash=self._pins.hash(pin), timestamp=timestamp)
        saved = self._saved(person)
        if saved.named is not None:
            with suppress(Refusal):  # the person is on disk; the next start settles the name
                self._vault.settle([saved.named])
        return saved

    def add_person(self, definition: PersonDefinition, *, actor: Actor | None) -> Person:
        """A new person and no other, a courier or of an office that is still valid.

        Raises as `define_person`, `AlreadyExists`, `NotFound` (office) and `OfficeSucceeded`.
        """
        demand(actor, Act.DEFINE_REFERENCE)
        if definition.code in self.people():
            raise AlreadyExists(what="person", code=definition.code)
        if not is_courier(definition.party):
            office = self.offices().get(definition.party)
            if office is None:
                raise NotFound(what="office", code=definition.party[:64])
            office.demand_valid(max(self._clock.now_us(), office.valid_from_us))
        return self.define_person(definition, actor=actor)

    def set_pin(self, code: str, pin: str, *, actor: Actor | None) -> Person:
        """Give somebody who works here a PIN, or another one, which also ends a lock.

        Raises `NotAllowed`, `BadPin`, `NotFound` and `PersonDismissed`.
        """
        demand(actor, Act.DEFINE_REFERENCE)
        pin_hash = self._pins.hash(checked_pin(pin))
        person = self._working_here(code)
        person.set_pin(pin_hash=pin_hash, timestamp=moment(self._clock.now_us()))
        return self._saved(person)

    def dismiss_person(self, code: str, *, actor: Actor | None) -> Person:
        """Let somebody who has left sign in no more, for good.

        Raises `NotAllowed`, `NotFound` and `PersonDismissed`.
        """
        demand(actor, Act.DEFINE_REFERENCE)
        person = self._working_here(code)
        person.dismiss(timestamp=moment(self._clock.now_us()))
        return self._saved(person)

    def _working_here(self, code: str) -> Person:
        person = first(self._log.load(Person, [person_id(code)]))
        if person is None:
            raise NotFound(what="person", code=code[:64])
        if person.dismissed:
            raise PersonDismissed(person=code)
        return person

    def offices(self) -> dict[str, Office]:
        """By code."""
        return self._by_code(Office)

    def procedures(self) -> dict[str, Procedure]:
        """By code."""
        return self._by_code(Procedure)

    def people(self) -> dict[str, Person]:
        """By code."""
        return self._by_code(Person)

    def _enlisted(self, definition: PersonDefinition) -> Person:
        now_us = self._clock.now_us()
        owner = person_id(definition.code)
        name = definition.name
        return enlist_person(
            code=definition.code,
            badge=definition.badge
            or self._numbers.take(Kind.BADGE, definition.issuer, now_us=now_us),
            party=definition.party,
            roles=definition.roles,
            named=None if name is None else self._vault.put_text(name, owner=owner),
            timestamp=moment(now_us),
        )

    def save(
        self, *decisions: Office | Procedure | Person, entries: Sequence[RecordedEntry] = ()
    ) -> None:
        """Save what was decided, with the facts that tell of it; it is read anew from then on."""
        self._log.save(*decisions, entries=entries)
        for kind in {type(decision) for decision in decisions}:
            self._forget(kind)

    def _saved(self, decision: Coded) -> Coded:
        self.save(decision)
        return decision

    def forget(self, kinds: Collection[str]) -> None:
        """Another process decided on these kinds, told by their topics: read them anew."""
        for kind in [each for each in self._known if vars(each)["TOPIC"] in kinds]:
            self._forget(kind)

    def _forget(self, kind: type[Decision]) -> None:
        with self._knowing:
            self._known.pop(kind, None)

    def _by_code(self, kind: type[Coded]) -> dict[str, Coded]:
        known: dict[str, Coded] | None = self._known.get(kind)
        if known is None:
            with self._knowing:
                known = {each.code: each for each in self._log.load_all(kind).values()}
                self._known[kind] = known
        return known
