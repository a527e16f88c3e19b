"""Ending a shift: what is in hand is confirmed by scans, closed as a statement, and handed over.

One gesture hands over one side only: who leaves states what there is, who comes scans it. Used by
clerks and couriers through the server.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.model.decision import moment
from domain.model.errors import NotAllowed, NotFound, Refusal
from domain.model.identifiers import checked_code
from domain.model.instants import DAY_US, Micros
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor, allowed, demand
from domain.model.shift import ClosedRound, Offer, Shift, shift_id
from domain.model.succession import Succession
from domain.ports.clock import Clock
from domain.ports.hands import Hands, HeldRow
from domain.ports.stores import EventLog, RecordedEntry, first
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.record_scans import DeskStation

MOST_LABELS = 200  # scanned into one form; the next form follows at once
MOST_SHOWN = 2_000  # of a list: nobody confirms more by scanning in an evening
DAYS_SHOWN = 3  # of hand-overs: Friday's is taken on Monday

Outcome = Literal["confirmed", "not_held", "no_label"]


class TooManyCodes(Refusal):
    """More than one form takes; values: most."""

    code = "TOO_MANY_CODES"


@dataclass(frozen=True, slots=True)
class Round:
    """What is in hand now: `confirmed` by this person's scans since then, and what is `left`.

    All of it, by place and label: a round is closed on all, and people are shown the first.
    """

    place: str | None
    since_us: Micros
    confirmed: tuple[HeldRow, ...]
    left: tuple[HeldRow, ...]

    @property
    def truncated(self) -> bool:
        """Whether a list is longer than is shown."""
        return max(len(self.confirmed), len(self.left)) > MOST_SHOWN

    @property
    def shown(self) -> tuple[Sequence[HeldRow], Sequence[HeldRow]]:
        """What is confirmed and what is left, the first of each."""
        return self.confirmed[:MOST_SHOWN], self.left[:MOST_SHOWN]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of one scanned code."""

    label: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HandOver:
    """A closed round, and what has become of each thing: `taken` by a scan of whoever takes over.

    `waiting`: still as it was closed; `gone`: scanned by others or elsewhere since. `basis` is how
    it is known of each thing that the office still holds.
    """

    ended: ClosedRound
    taken: tuple[str, ...]
    waiting: tuple[str, ...]
    gone: tuple[str, ...]
    basis: Mapping[str, str]


class EndShift:
    """`confirm` and `end` run on the writer thread, the rest on any.

    Every method raises `NotAllowed`; those that take a place `BadCode`.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        hands: Hands,
        reference: Reference,
        desk: DeskStation,
        clock: Clock,
        first_label: Callable[[str], str] = str,
    ) -> None:
        self._log = log
        self._first_label = first_label  # of the dossier that wears, or wore, the one scanned
        self._hands = hands
        self._reference = reference
        self._desk = desk
        self._clock = clock

    def in_hands(self, *, place: str | None, since_us: Micros, actor: Actor | None) -> Round:
        """The person's own hands, or the desk at that place whoever put things there.

        A round goes back a day at most.
        """
        person = _demanded(actor, Act.END_SHIFT)
        since_us = _reach(since_us, self._clock.now_us())
        if place is None:
            rows = self._hands.held(person.office, operator=person.person)
        else:
            rows = self._hands.held(person.office, place=checked_code("place", place))
        mine = {
            row.label
            for row in rows
            if row.operator == person.person and row.scanned_us >= since_us
        }
        return Round(
            place,
            since_us,
            tuple(row for row in rows if row.label in mine),
            tuple(row for row in rows if row.label not in mine),
        )

    def confirm(
        self, codes: Sequence[str], *, place: str | None, actor: Actor | None
    ) -> list[Confirmed]:
        """State by scanning that each lies here; at its old place where none is given.

        Nothing is stated of what the office does not hold: receiving it is another gesture. Raises
        `TooManyCodes` too.
        """
        person = _demanded(actor, Act.END_SHIFT)
        if len(codes) > MOST_LABELS:
            raise TooManyCodes(most=MOST_LABELS)
        if place is not None:
            checked_code("place", place)
        read = {code: _label(code) for code in dict.fromkeys(codes)}
        labels = {code: label and self._first_label(label) for code, label in read.items()}
        wanted = [label for label in labels.values() if label is not None]
        held = {row.label: row for row in self._hands.held(person.office, labels=wanted)}
        entries: list[RecordedEntry] = []
        for label in dict.fromkeys(wanted):
            if label in held:
                lies = place or held[label].place
                entries.append(
                    self._desk.state(
                        "Moved",
                        label,
                        {} if lies is None else {"place": lies},
                        operator=person.person,
                        office=person.office,
                        after=entries[-1] if entries else None,
                    )
                )
        if entries:
            self._log.save(entries=entries)
        return [Confirmed(label or code, _outcome(label, held)) for code, label in labels.items()]

    def end(
        self, *, place: str | None, since_us: Micros, next_: str | None, actor: Actor | None
    ) -> ClosedRound:
        """Close the round as it stands, once; `next_` is the person who is to take over.

        The same form may be sent twice, also past midnight: that is one round. Raises `NotFound`
        for a next person who is not of this office.
        """
        person = _demanded(actor, Act.END_SHIFT)
        stands = self.in_hands(place=place, since_us=since_us, actor=actor)
        now_us = self._clock.now_us()
        if next_ is not None and next_ not in self.colleagues(actor=actor):
            raise NotFound(what="person", code=next_[:64])
        for one in self._last_days(person.person):
            for closed in one.ended:
                if (closed.place, closed.since_us) == (place, _reach(since_us, closed.ended_us)):
                    return closed
        shift = self._day(person.person, now_us)
        shift.end(
            office=person.office,
            place=place,
            since_us=stands.since_us,
            confirmed=[row.label for row in stands.confirmed],
            unseen=[row.label for row in stands.left],
            next=next_,
            timestamp=moment(now_us),
        )
        saved = [shift]
        if next_ is not None:
            saved.append(theirs := self._day(next_, now_us))
            theirs.offer(by=person.person, ended_us=now_us, timestamp=moment(now_us))
        self._log.save(*saved)
        return shift.ended[-1]

    def colleagues(self, *, actor: Actor | None) -> list[str]:
        """Who could take over: everybody else of the same office, by code."""
        person = _demanded(actor, Act.END_SHIFT)
        offices = Succession(self._reference.offices())
        mine = offices.heir(person.office)
        return sorted(
            one.code
            for one in self._reference.people().values()
            if one.code != person.person and not one.dismissed and offices.heir(one.party) == mine
        )

    def recent(self, *, actor: Actor | None) -> tuple[list[ClosedRound], list[Offer]]:
        """Own closed rounds of the last days, and what is offered by others; the newest first."""
        found = self._last_days(_demanded(actor, Act.END_SHIFT).person)
        ended = [one for shift in found for one in shift.ended]
        offered = {one for shift in found for one in shift.offered}
        return (
            sorted(ended, key=lambda one: one.ended_us, reverse=True),
            sorted(offered, key=lambda one: one.ended_us, reverse=True),
        )

    def hand_over(self, of: str, *, ended_us: Micros, actor: Actor | None) -> HandOver:
        """A closed round and what became of it; raises `NotFound`.

        For people of the same office, and for whoever sees the board.
        """
        reader = _demanded(actor, Act.VIEW_HAND_OVER)
        shift = first(self._log.load(Shift, [shift_id(of, ended_us)]))
        found = () if shift is None else shift.ended
        ended = next((one for one in found if one.ended_us == ended_us), None)
        if ended is None:
            raise NotFound(what="hand-over", code=of[:64])
        offices = Succession(self._reference.offices())
        office = offices.heir(ended.office)
        if not allowed(reader, Act.VIEW_BOARD) and offices.heir(reader.office) != office:
            raise NotAllowed(act=str(Act.VIEW_HAND_OVER))
        every = (*ended.confirmed, *ended.unseen)
        rows = self._hands.held(office, labels=every)
        taken = {row.label for row in rows if _taken(row, ended)}
        waiting = {row.label for row in rows if _as_left(row, ended)}
        return HandOver(
            ended,
            tuple(label for label in every if label in taken),
            tuple(label for label in every if label in waiting),
            tuple(label for label in every if label not in taken | waiting),
            {row.label: row.basis for row in rows},
        )

    def _last_days(self, person: str) -> list[Shift]:
        """What is known of that person's last shifts."""
        now_us = self._clock.now_us()
        days = {shift_id(person, now_us - back * DAY_US) for back in range(DAYS_SHOWN)}
        return list(self._log.load(Shift, days).values())

    def _day(self, person: str, now_us: Micros) -> Shift:
        """What is known of that person's shift today, or a new one."""
        which = shift_id(person, now_us)
        known = first(self._log.load(Shift, [which]))
        return known or Shift(id=which, timestamp=moment(now_us), person=person)


def _reach(since_us: Micros, ended_us: Micros) -> Micros:
    """Since when a round counts that was asked for since then and ends at that instant."""
    return max(since_us, ended_us - DAY_US)


def _taken(row: HeldRow, ended: ClosedRound) -> bool:
    by_next = ended.next is not None and row.operator == ended.next
    return by_next and row.scanned_us > ended.ended_us


def _as_left(row: HeldRow, ended: ClosedRound) -> bool:
    return row.scanned_us <= ended.ended_us or row.operator == ended.person


def _demanded(actor: Actor | None, act: Act) -> Actor:
    if actor is None:
        raise NotAllowed(act=str(act))
    demand(actor, act)
    return actor


def _label(code: str) -> str | None:
    """The label as it is stored, None for what is none."""
    try:
        return str(parse_label(code))
    except Refusal:
        return None


def _outcome(label: str | None, held: Collection[str]) -> Outcome:
    if label is None:
        return "no_label"
    return "confirmed" if label in held else "not_held"
