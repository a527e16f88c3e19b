"""Entries of revoked stations as JSON: what waits, and a person's decision on them."""

from asyncio import wrap_future
from typing import Annotated, Any, Self

from fastapi import Request
from pydantic import BaseModel, Field

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.schemas import Code
from domain.model.instants import iso
from domain.model.policy import Act, Actor
from domain.model.quarantine import MOST_AT_ONCE
from domain.use_cases.decide_quarantine import Quarantined

router = interface("stations", prefix="/quarantine")
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class DecisionIn(BaseModel):
    """Which entries of a station (SHA-256 of their bytes), and a coded reason."""

    station: Code
    entries: Annotated[list[Digest], Field(min_length=1, max_length=MOST_AT_ONCE)]
    reason: Code


class VerdictOut(BaseModel):
    """What was decided about an entry: whether it counts, why, by whom and when."""

    counts: bool
    reason: str
    by: str
    office: str
    at: str


class QuarantinedOut(BaseModel):
    """One entry that was kept without counting; `verdict` is null while it waits."""

    entry: str
    key: str
    fact: str
    subject: str
    operator: str
    at: str
    recorded_at: str
    verdict: VerdictOut | None

    @classmethod
    def of(cls, quarantined: Quarantined) -> Self:
        """From the use case's answer."""
        fact, verdict = quarantined.entry.fact, quarantined.verdict
        return cls(
            entry=quarantined.entry.digest,
            key=fact.key,
            fact=fact.fact,
            subject=fact.subject,
            operator=fact.operator,
            at=iso(fact.at_us),
            recorded_at=iso(quarantined.recorded_at_us),
            verdict=None
            if verdict is None
            else VerdictOut(
                counts=verdict.counts,
                reason=verdict.reason,
                by=verdict.by,
                office=verdict.office,
                at=iso(verdict.at_us),
            ),
        )


class QuarantineOut(BaseModel):
    """The stations that were ever revoked, and what waits of one of them, at most two hundred."""

    stations: list[str]
    entries: list[QuarantinedOut]


class LetInOut(BaseModel):
    """How many entries count now that did not before."""

    let_in: int


@router.get("")
def waiting(
    request: Request,
    actor: Annotated[Actor, may(Act.DECIDE_QUARANTINE)],
    station: Code | None = None,
) -> QuarantineOut:
    """What waits of a station first, then what was decided; without one, which stations there are.

    Raises `UnknownStation`.
    """
    quarantine = house_of(request).decide_quarantine
    found = [] if station is None else quarantine.entries(station, actor=actor)
    return QuarantineOut(
        stations=quarantine.stations(actor=actor), entries=[QuarantinedOut.of(one) for one in found]
    )


@router.post("/let-in")
async def let_in(
    request: Request, actor: Annotated[Actor, may(Act.DECIDE_QUARANTINE)], given: DecisionIn
) -> LetInOut:
    """Let entries count as if their station had been trusted."""
    return LetInOut(let_in=await decided(request, actor, given, counts=True))


@router.post("/keep-out")
async def keep_out(
    request: Request, actor: Annotated[Actor, may(Act.DECIDE_QUARANTINE)], given: DecisionIn
) -> LetInOut:
    """Decide that entries state nothing; they are kept all the same."""
    return LetInOut(let_in=await decided(request, actor, given, counts=False))


async def decided(request: Request, actor: Actor, given: DecisionIn, *, counts: bool) -> int:
    """Decide on the writer thread; raises what `DecideQuarantine` raises."""
    house = house_of(request)
    said: Any = {"reason": given.reason, "actor": actor}

    def decide() -> int:
        if counts:
            return house.decide_quarantine.let_in(given.station, given.entries, **said)
        house.decide_quarantine.keep_out(given.station, given.entries, **said)
        return 0

    return await wrap_future(house.write(decide))
