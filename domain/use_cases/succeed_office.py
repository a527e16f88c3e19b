"""Merging offices: one is succeeded by another, its people and its stations move over.

Used by administrators. Old links keep the old name; the fact makes the two one party in the fold.
"""

from dataclasses import dataclass

from domain.model.decision import moment
from domain.model.errors import NotAllowed, NotFound
from domain.model.fact import OFFICE_SUCCEEDED
from domain.model.identifiers import checked_code
from domain.model.instants import Micros, iso
from domain.model.office import Office, office_id
from domain.model.person import Person, person_id
from domain.model.policy import Act, Actor, demand
from domain.model.succession import Succession
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, RecordedEntry
from domain.use_cases.enrol_station import EnrolStation, Invitation
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.record_scans import DeskStation

REASON = "effective-date"  # of the correction that says from when a succession holds


@dataclass(frozen=True, slots=True)
class Left:
    """Who still stands under the name of an office that was succeeded, by code."""

    people: tuple[str, ...]
    stations: tuple[str, ...]


class SucceedOffice:
    """Runs on the writer thread; `left` on any."""

    def __init__(
        self,
        *,
        log: EventLog,
        reference: Reference,
        enrol_station: EnrolStation,
        desk: DeskStation,
        clock: Clock,
    ) -> None:
        self._log = log
        self._reference = reference
        self._enrol_station = enrol_station
        self._desk = desk
        self._clock = clock

    def __call__(
        self, code: str, successor: str, *, effective_us: Micros | None, actor: Actor | None
    ) -> Office:
        """Decide that the successor carries on its work; `effective_us` None: from now on.

        Decision and fact are one save. The server's own station states what it knows now, so a
        succession that holds from an earlier instant is corrected to that instant in the same save.

        Raises `NotAllowed`, `NotFound`, and what `Succession.check` raises.
        """
        if actor is None:
            raise NotAllowed(act=str(Act.SUCCEED_OFFICE))
        demand(actor, Act.SUCCEED_OFFICE)
        now_us = self._clock.now_us()
        since_us = now_us if effective_us is None else effective_us
        offices = self._log.load(Office, {office_id(code), office_id(successor)})
        office, heir = (_found(offices.get(office_id(each)), each) for each in (code, successor))
        succession = Succession(self._reference.offices())
        succession.check(office, heir, effective_us=since_us, now_us=now_us)
        office.succeed(successor=successor, effective_us=since_us, timestamp=moment(now_us))
        self._reference.save(office, entries=self._stated(office, since_us, now_us, actor))
        return office

    def left(self, *codes: str, actor: Actor | None) -> dict[str, Left]:
        """Who has not moved yet, by each of these offices; raises `NotAllowed`."""
        demand(actor, Act.SUCCEED_OFFICE)
        people = [one for one in self._reference.people().values() if not one.dismissed]
        stations = [one for one in self._enrol_station.stations(actor=actor) if not one.revoked]
        return {
            code: Left(
                tuple(sorted(one.code for one in people if one.party == code)),
                tuple(one.code for one in stations if one.office == code),
            )
            for code in codes
        }

    def move_people(self, code: str, *, actor: Actor | None) -> tuple[str, ...]:
        """Everybody left becomes the successor's, with the same roles, in one save; their codes.

        Raises `NotAllowed`, `NotFound`.
        """
        demand(actor, Act.DEFINE_REFERENCE)
        left, heir = self.left(code, actor=actor)[code].people, self._heir(code)
        people = self._log.load(Person, [person_id(each) for each in left]).values()
        timestamp = moment(self._clock.now_us())
        for person in people:
            person.assign(party=heir, roles=list(person.roles), timestamp=timestamp)
        self._reference.save(*people)
        return left

    def move_stations(self, code: str, *, actor: Actor | None) -> list[Invitation]:
        """A one-time code for each station left: its device enrols anew, as the successor's.

        Until then it goes on under the old name, and its scans count as they are. Raises
        `NotAllowed`, `NotFound`.
        """
        left, heir = self.left(code, actor=actor)[code].stations, self._heir(code)
        stations = {one.code: one for one in self._enrol_station.stations(actor=actor)}
        return [
            self._enrol_station.invitation(
                station=each, office=heir, purpose=stations[each].purpose, actor=actor
            )
            for each in left
        ]

    def _heir(self, code: str) -> str:
        office = _found(self._reference.offices().get(code), code)
        if office.successor is None:
            raise NotFound(what="successor of", code=code)
        return Succession(self._reference.offices()).heir(code)

    def _stated(
        self, office: Office, since_us: Micros, now_us: Micros, actor: Actor
    ) -> list[RecordedEntry]:
        """The fact, and where it holds from an earlier instant the correction that says so."""

        def stated(
            name: str, subject: str, context: dict[str, object], after: RecordedEntry | None = None
        ) -> RecordedEntry:
            return self._desk.state(
                name, subject, context, operator=actor.person, office=actor.office, after=after
            )

        fact = stated(OFFICE_SUCCEEDED, office.code, {"successor": office.successor})
        if since_us == now_us:
            return [fact]
        correction: dict[str, object] = {
            "target": fact.entry.fact.key,
            "kind": "was_wrong",
            "reason": REASON,
            "set": {"at": iso(since_us)},
        }
        return [fact, stated("Corrected", office.label, correction, after=fact)]


def _found(office: Office | None, code: str) -> Office:
    if office is None:
        raise NotFound(what="office", code=checked_code("office", code))
    return office
