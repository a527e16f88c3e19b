"""Minutes that are another's than the holder's: shelf, pauses, tenders, detours; for the ledger.

What facts and runs say of a dossier besides its chain is turned here into claims on its minutes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from domain.model.custody_state import DossierState
from domain.model.deadline import Pause, merged
from domain.model.instants import MINUTE_US, Micros
from domain.model.legs import (
    LEGAL,
    OUTSIDE,
    SHELF,
    THE_AGENCY,
    THE_APPLICANT,
    THE_SHELF,
    Account,
    Mark,
    account_of,
)
from domain.model.waiting import AGENCY
from domain.model.working_time import Minute

# Legs without a budget, besides the shelf and the pauses, which go by their own reason: why another
# is charged than who has the paper.
TENDERED, OFFICE_CLOSED, RUN_MISSED = "tendered", "office_closed", "run_missed"
MISROUTED = "misrouted"
DETOURS = (OFFICE_CLOSED, RUN_MISSED, MISROUTED)  # the first of two at one time counts


class Detour(NamedTuple):
    """Minutes that are another's than the holder's: `cause` is one of `DETOURS`; None: still."""

    cause: str
    account: Account
    from_us: Micros
    to_us: Micros | None
    key: str  # of the fact or run that shows it


@dataclass(frozen=True, slots=True)
class Said:
    """All that is known of a dossier besides its chain. `runs`: of an accepting scan, by its key.

    `disputes` are the stretches in which custody was disputed.
    """

    marks: Sequence[Mark] = ()
    detours: Sequence[Detour] = ()
    disputes: Sequence[tuple[Micros, Micros | None]] = ()
    runs: Mapping[str, str] = field(default_factory=dict)

    def going_round(self, detours: Sequence[Detour]) -> "Said":
        """With further detours."""
        return replace(self, detours=[*self.detours, *detours])


class Claim(NamedTuple):
    """[start, end) is another account's, whoever has the paper."""

    start: Minute
    end: Minute
    account: Account
    leg: str
    clock: str
    evidence: tuple[str, ...] = ()


def claims(
    state: DossierState,
    said: Said,
    pauses: Sequence[Pause],
    *,
    within: tuple[Minute, Minute],
    due: Minute | None,
    legal_end: Minute | None,
) -> list[Claim]:
    """Every claim within [start, end), none over another, in time order.

    Of several on a minute: the shelf, pauses, tenders, then detours.
    """
    start, end = within
    return _apart(
        [
            *_settled(legal_end, end),
            *_paused(pauses, start, end, due),
            *_others(state, said, end),
        ]
    )


def _settled(legal_end: Minute | None, end: Minute) -> Iterator[Claim]:
    if legal_end is not None and legal_end < end:
        yield Claim(legal_end, end, THE_SHELF, SHELF, OUTSIDE)


def _others(state: DossierState, said: Said, end: Minute) -> Iterator[Claim]:
    """Minutes within the legal clock that are another's; of two at one time the first counts."""
    for one in state.tendered:
        until = end if one.to_us is None else one.to_us // MINUTE_US
        account = account_of(one.receiver)
        yield Claim(one.from_us // MINUTE_US, until, account, TENDERED, LEGAL)
    for detour in sorted(said.detours, key=_rank):
        until = end if detour.to_us is None else detour.to_us // MINUTE_US
        start = detour.from_us // MINUTE_US
        yield Claim(start, until, detour.account, detour.cause, LEGAL, (detour.key,))


def _rank(detour: Detour) -> tuple[int, Micros, str, str, str]:
    kind, code, _ = detour.account
    return DETOURS.index(detour.cause), detour.from_us, detour.key, kind, code


def _paused(
    pauses: Sequence[Pause], start: Minute, end: Minute, due: Minute | None
) -> Iterator[Claim]:
    """The pauses that stop the clock; one that starts when the term is over is ignored (9)."""
    if not pauses:
        return
    standing = [(a, b) for a, b in merged(pauses, start, end) if due is None or a < due]
    for pause in sorted(pauses, key=lambda each: (each.start, each.reason)):
        for begins, until in standing:
            a = max(pause.start, begins)
            b = until if pause.end is None else min(pause.end, until)
            if a < b:
                account = THE_APPLICANT
                if pause.reason == AGENCY:
                    account = Account(THE_AGENCY.kind, pause.agency)
                yield Claim(a, b, account, pause.reason, OUTSIDE)


def _apart(ranked: Iterable[Claim]) -> list[Claim]:
    """Each claim as far as none before it has the minutes; in time order."""
    standing: list[Claim] = []
    for claim in ranked:
        cursor = claim.start
        fresh = []
        for other in standing:
            if other.end <= cursor:
                continue
            if other.start >= claim.end:
                break
            if other.start > cursor:
                fresh.append(claim._replace(start=cursor, end=other.start))
            cursor = other.end
        if cursor < claim.end:
            fresh.append(claim._replace(start=cursor))
        standing = sorted([*standing, *fresh])
    return standing
