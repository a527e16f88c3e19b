"""Who made a dossier late, and by how much: the late minutes divided over the legs that overran.

A pure function of the ledger of minutes; used by the statement on its page, the command line and
the reports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.model.custody_state import INFERRED
from domain.model.deadline import classify
from domain.model.legs import LEGAL, Account
from domain.model.responsibility import Entry, Ledger, LegTotal
from domain.model.shares import largest_remainder
from domain.model.working_time import Calendar, Minute

Charge = tuple[str, Account]  # a leg and whose it was: what can be contested


class LateShare(NamedTuple):
    """A charge's part of the lateness, in working minutes.

    `overrun`: what it took beyond the budgets, after which the late minutes are divided. Marked
    where any of it rests on inferred custody, was disputed, or may still change.
    """

    leg: str
    account: Account
    overrun: int
    late_minutes: int
    inferred: bool
    disputed: bool
    provisional: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """What is to be said of a late dossier; the shares' minutes add up to `late_minutes`.

    `until` is when it was finished or, while it is not, the minute of asking. `by_date`: late with
    no late working minute. `saved`: the legs that stayed within their budgets, and what they left.
    """

    late_after: Minute
    until: Minute
    finished: bool
    late_minutes: int
    by_date: bool
    provisional: bool
    shares: Sequence[LateShare]
    saved: Sequence[LegTotal]


def lateness(ledger: Ledger, calendar: Calendar, *, strict: bool = False) -> Lateness | None:
    """Divide the lateness; None for a dossier that is not late, or held by an open pause.

    `calendar` is the ledger's; `strict` the centre's option of `classify`.
    """
    due, late_after = ledger.due, ledger.late_after
    if due is None or late_after is None:
        return None
    until = ledger.end if ledger.legal_end is None else ledger.legal_end
    day_like = ledger.day_like and not strict
    if classify(day_like=day_like, due_minute=due, finished_minute=until) != "qua_han":
        return None
    late_from = late_after if day_like else due
    late = sum(_late_minutes(entry, calendar, late_from) for entry in ledger.entries)
    charges = _overrun(ledger.entries)
    if late == 0 or not charges:
        charges = {_holder_at(ledger.entries, late_from): (0, [])}
    parts = largest_remainder(late, [overrun or 1 for overrun, _ in charges.values()])
    return Lateness(
        late_after=late_from,
        until=until,
        finished=ledger.legal_end is not None,
        late_minutes=late,
        by_date=late == 0,
        provisional=ledger.provisional,
        shares=[
            _share(charge, overrun, minutes, entries or _of(ledger.entries, charge))
            for (charge, (overrun, entries)), minutes in zip(charges.items(), parts, strict=True)
        ],
        saved=_saved(ledger),
    )


def _late_minutes(entry: Entry, calendar: Calendar, late_from: Minute) -> int:
    """Its working minutes of the legal clock after the term was over."""
    if entry.clock != LEGAL or entry.end <= late_from:
        return 0
    if entry.start >= late_from:
        return entry.minutes
    return calendar.open_before(entry.end) - calendar.open_before(late_from)


def _overrun(entries: Sequence[Entry]) -> Mapping[Charge, tuple[int, list[Entry]]]:
    """What each leg and account took beyond budget, in the order in which they first did."""
    charges: dict[Charge, tuple[int, list[Entry]]] = {}
    for entry in entries:
        if entry.overrun:
            charge = entry.leg, entry.account
            overrun, before = charges.get(charge, (0, []))
            charges[charge] = overrun + entry.overrun, [*before, entry]
    return charges


def _holder_at(entries: Sequence[Entry], minute: Minute) -> Charge:
    """Who answered for the minute in which it became late, or for the last one before it."""
    before = [entry for entry in entries if entry.clock == LEGAL and entry.start <= minute]
    entry = before[-1] if before else entries[0]
    return entry.leg, entry.account


def _of(entries: Sequence[Entry], charge: Charge) -> list[Entry]:
    return [entry for entry in entries if (entry.leg, entry.account) == charge]


def _share(charge: Charge, overrun: int, minutes: int, entries: Sequence[Entry]) -> LateShare:
    leg, account = charge
    return LateShare(
        leg,
        account,
        overrun,
        minutes,
        any(entry.basis == INFERRED for entry in entries),
        any(entry.disputed for entry in entries),
        any(entry.provisional for entry in entries),
        tuple(dict.fromkeys(key for entry in entries for key in entry.evidence)),
    )


def _saved(ledger: Ledger) -> list[LegTotal]:
    """Legs within their budgets; while the clock runs only those it has left behind."""
    running = ledger.entries[-1].leg if ledger.legal_end is None and ledger.entries else None
    return [
        total
        for total in ledger.by_leg()
        if total.left > 0
        and total.leg != running
        and (ledger.legal_end is not None or total.minutes > 0)
    ]
