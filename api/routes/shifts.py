"""The end of a shift over HTTP: what is in hand, confirmed by scanning, closed and handed over."""

from asyncio import wrap_future
from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from fastapi import Query, Request
from pydantic import BaseModel, BeforeValidator, Field

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.schemas import Code
from domain.model.instants import iso, parse_instant
from domain.model.policy import Act, Actor
from domain.model.shift import ClosedRound
from domain.ports.hands import HeldRow
from domain.use_cases.end_shift import MOST_LABELS, Confirmed, HandOver, Outcome, Round

router = interface("shifts")
_LONGEST_INSTANT = 40
Scanned = Annotated[str, Field(max_length=40)]
Instant = Annotated[str, Field(max_length=_LONGEST_INSTANT)]
# A field of a form that was left empty says nothing.
Chosen = Annotated[Code | None, BeforeValidator(lambda given: given or None)]
Ending = Annotated[Actor, may(Act.END_SHIFT)]


class ScannedIn(BaseModel):
    """What was scanned, and where it lies; without a place each stays where it was."""

    labels: Annotated[list[Scanned], Field(max_length=MOST_LABELS)]
    place: Chosen = None


class EndIn(BaseModel):
    """Which round is closed, and who is to take over."""

    since: Instant
    place: Chosen = None
    next: Chosen = None


class HeldOut(BaseModel):
    """One thing in hand: how that is known, who scanned it last, when and where."""

    label: str
    official_code: str | None
    basis: str
    place: str | None
    operator: str
    scanned: str

    @classmethod
    def of(cls, row: HeldRow) -> Self:
        """From a row of the read side."""
        return cls(
            label=row.label,
            official_code=row.official_code,
            basis=row.basis,
            place=row.place,
            operator=row.operator,
            scanned=iso(row.scanned_us),
        )


class RoundOut(BaseModel):
    """What is confirmed since then, and what is left to be scanned; of each how many in all.

    `truncated`: there are more than are listed.
    """

    person: str
    office: str
    place: str | None
    since: str
    confirmed: Sequence[HeldOut]
    left: Sequence[HeldOut]
    confirmed_count: int
    left_count: int
    truncated: bool
    now: str

    @classmethod
    def of(cls, stands: Round, actor: Actor, *, now_us: int) -> Self:
        """From the use case's answer."""
        confirmed, left = stands.shown
        return cls(
            person=actor.person,
            office=actor.office,
            place=stands.place,
            since=iso(stands.since_us),
            confirmed=[HeldOut.of(row) for row in confirmed],
            left=[HeldOut.of(row) for row in left],
            confirmed_count=len(stands.confirmed),
            left_count=len(stands.left),
            truncated=stands.truncated,
            now=iso(now_us),
        )


class ConfirmedOut(BaseModel):
    """What became of one code; `not_held`: another party has it, receiving is another gesture."""

    label: str
    outcome: Outcome

    @classmethod
    def of(cls, one: Confirmed) -> Self:
        """From the use case's answer."""
        return cls(label=one.label, outcome=one.outcome)


class ScannedOut(BaseModel):
    """One answer a code, in the order sent."""

    answers: Sequence[ConfirmedOut]


class EndedOut(BaseModel):
    """A closed round, as it was stated."""

    person: str
    office: str
    place: str | None
    since: str
    ended: str
    confirmed: Sequence[str]
    unseen: Sequence[str]
    next: str | None

    @classmethod
    def of(cls, one: ClosedRound) -> Self:
        """From the decision."""
        return cls(
            person=one.person,
            office=one.office,
            place=one.place,
            since=iso(one.since_us),
            ended=iso(one.ended_us),
            confirmed=one.confirmed,
            unseen=one.unseen,
            next=one.next,
        )


class HandOverOut(BaseModel):
    """What became of a closed round: taken by whoever takes over, waiting, or gone elsewhere.

    `basis`, by label: how it is known that the office still holds it.
    """

    ended: EndedOut
    taken: Sequence[str]
    waiting: Sequence[str]
    gone: Sequence[str]
    basis: Mapping[str, str]

    @classmethod
    def of(cls, one: HandOver) -> Self:
        """From the use case's answer."""
        return cls(
            ended=EndedOut.of(one.ended),
            taken=one.taken,
            waiting=one.waiting,
            gone=one.gone,
            basis=one.basis,
        )


@router.get("/shift")
def in_hands(
    request: Request,
    actor: Ending,
    place: Annotated[str | None, Query(max_length=64)] = None,
    since: Annotated[str | None, Query(max_length=_LONGEST_INSTANT)] = None,
) -> RoundOut:
    """What is in the caller's hands, or at a desk; without `since` nothing is confirmed yet."""
    house = house_of(request)
    now_us = house.clock.now_us()
    since_us = now_us if since is None else parse_instant(since)
    stands = house.end_shift.in_hands(place=place, since_us=since_us, actor=actor)
    return RoundOut.of(stands, actor, now_us=now_us)


@router.post("/shift/scans")
async def confirm(request: Request, actor: Ending, given: ScannedIn) -> ScannedOut:
    """State that these lie here."""
    house = house_of(request)
    answers = await wrap_future(
        house.write(lambda: house.end_shift.confirm(given.labels, place=given.place, actor=actor))
    )
    return ScannedOut(answers=[ConfirmedOut.of(one) for one in answers])


@router.post("/shift/end")
async def end(request: Request, actor: Ending, given: EndIn) -> EndedOut:
    """Close the round: what was confirmed, what was not, who takes over."""
    house = house_of(request)
    since_us = parse_instant(given.since)
    ended = await wrap_future(
        house.write(
            lambda: house.end_shift.end(
                place=given.place, since_us=since_us, next_=given.next, actor=actor
            )
        )
    )
    return EndedOut.of(ended)


@router.get("/shifts/{person}/{ended}")
def hand_over(
    request: Request,
    person: str,
    ended: Annotated[str, Field(max_length=_LONGEST_INSTANT)],
    actor: Annotated[Actor, may(Act.VIEW_HAND_OVER)],
) -> HandOverOut:
    """A closed round and what has become of it since."""
    house = house_of(request)
    found = house.end_shift.hand_over(person, ended_us=parse_instant(ended), actor=actor)
    return HandOverOut.of(found)
