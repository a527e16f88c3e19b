"""The ledger of minutes: every working minute of a dossier, charged to exactly one account (L3).

Used by the use case that states who made a dossier late, by its page and by reports. It runs on the
one calendar that governs the deadline; the calendars of other units only measure leg budgets. What
facts say of the parts of a leg is read by `legs`, what is another's than the holder's by `claims`;
lateness is divided by `lateness`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from domain.model.claims import Claim, Said, claims
from domain.model.custody_state import DossierState
from domain.model.deadline import Pause, Rule
from domain.model.instants import MINUTE_US, Micros
from domain.model.legs import (
    LEGAL,
    LEGS,
    NO_PART,
    OUTSIDE,
    Account,
    Stretch,
    cut,
    stretches_of,
)
from domain.model.working_time import Calendar, Minute, split


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a dossier is measured by.

    `offices`: the one that registered it first, then its successors. `calendar` is that of the unit
    answerable for the deadline; `calendars`, by party, only measure leg budgets. `legs_minutes` are
    the budgets of one version of a procedure; a leg without one has a budget of nothing.
    """

    offices: tuple[str, ...]
    start_us: Micros
    rule: Rule
    calendar: Calendar
    legs_minutes: Mapping[str, int]
    pauses: Sequence[Pause] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)


class Charged(NamedTuple):
    """The minutes of one account in one part of a leg."""

    leg: str
    part: str
    account: Account


class Entry(NamedTuple):
    """One line: [start, end) in minutes since 1970, of which `minutes` are working minutes.

    `overrun`: how many of them lie beyond the budget of the leg, which is used up in the order of
    time. `holder` has the paper, None where nobody of ours does; `account` answers for the time.
    """

    account: Account
    leg: str
    part: str
    step: str
    start: Minute
    end: Minute
    minutes: int
    overrun: int
    clock: str
    holder: str | None
    basis: str
    disputed: bool
    provisional: bool
    evidence: tuple[str, ...]

    @property
    def charge(self) -> Charged:
        """What it belongs to: that can be contested as one."""
        return Charged(self.leg, self.part, self.account)


class LegTotal(NamedTuple):
    """A leg in all: `budget` is None where it can have none, `left` what nobody used of it."""

    leg: str
    minutes: int
    budget: int | None
    overrun: int
    left: int
    clock: str


class AccountTotal(NamedTuple):
    """What one account answers for, in working minutes."""

    account: Account
    legal: int
    outside: int
    overrun: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Entries without gap or overlap from `start` to `end`; their minutes add up to `minutes`.

    `due` and `late_after` are None while an open pause holds them. `legal_end` is when the legal
    clock stopped for good (finished, withdrawn, returned), None while it runs. `provisional`: the
    finish is, or a year without a table is touched. `left` is what is left of each leg's budget, on
    the calendars of those who used it.
    """

    entries: Sequence[Entry]
    start: Minute
    end: Minute
    minutes: int
    due: Minute | None
    late_after: Minute | None
    day_like: bool
    legal_end: Minute | None
    provisional: bool
    budgets: Mapping[str, int]
    left: Mapping[str, int]

    def by_account(self) -> list[AccountTotal]:
        """In the order in which they first had a minute to answer for."""
        sums: dict[Account, list[int]] = {}
        for entry in self.entries:
            told = sums.setdefault(entry.account, [0, 0, 0])
            told[entry.clock == OUTSIDE] += entry.minutes
            told[2] += entry.overrun
        return [AccountTotal(account, *told) for account, told in sums.items()]

    def by_leg(self) -> list[LegTotal]:
        """Legs with a budget in the order of a journey, used or not, then the others as they came.

        A budget under a name that is none of `LEGS` is never used.
        """
        sums: dict[str, list[int]] = {leg: [0, 0] for leg in (*LEGS, *self.budgets)}
        clocks = dict.fromkeys(self.budgets, LEGAL)
        for entry in self.entries:
            told = sums.setdefault(entry.leg, [0, 0])
            told[0] += entry.minutes
            told[1] += entry.overrun
            clocks[entry.leg] = entry.clock
        return [
            LegTotal(leg, minutes, self._budget(leg), overrun, self.left.get(leg, 0), clocks[leg])
            for leg, (minutes, overrun) in sums.items()
            if leg in clocks
        ]

    def _budget(self, leg: str) -> int | None:
        return self.budgets.get(leg, 0 if leg in LEGS else None)

    def charged_anew(self, to: Mapping[Charged, Account]) -> "Ledger":
        """The same minutes, but charges that are another's after all."""
        entries = [
            entry._replace(account=to.get(entry.charge, entry.account)) for entry in self.entries
        ]
        return replace(self, entries=entries)


def ledger(state: DossierState, case: Case, said: Said | None = None, *, now_us: Micros) -> Ledger:
    """Charge every working minute from the receipt until the dossier left the house, or until now.

    Raises `OutOfCalendar` and what its pauses raise.
    """
    said = said or Said()
    start = case.start_us // MINUTE_US
    end = max(_end_us(state, now_us) // MINUTE_US, start)
    due = case.rule.due(case.calendar, start, case.pauses)
    legal_end = _legal_end(state, start, end)
    taken = claims(
        state, said, case.pauses, within=(start, end), due=due.due_minute, legal_end=legal_end
    )
    plain = stretches_of(
        state.chain,
        offices=case.offices,
        marks=said.marks,
        runs=said.runs,
        within=(start, end),
    )
    if said.disputes:
        plain = list(cut(plain, said.disputes))
    provisional = case.calendar.table.provisional(split(start)[0], split(end)[0])
    count = _Count(case, provisional=provisional)
    for stretch in plain:
        count.charge(stretch, taken)
    if state.finished_provisional and legal_end is not None:
        entries = [
            each._replace(provisional=each.provisional or each.start >= legal_end)
            for each in count.entries
        ]
    else:
        entries = count.entries
    return Ledger(
        entries=entries,
        start=start,
        end=end,
        minutes=case.calendar.open_before(end) - case.calendar.open_before(start),
        due=due.due_minute,
        late_after=due.late_after_minute,
        day_like=case.rule.term.day_like,
        legal_end=legal_end,
        provisional=provisional or state.finished_provisional or due.provisional,
        budgets=case.legs_minutes,
        left=count.left,
    )


def _end_us(state: DossierState, now_us: Micros) -> Micros:
    closed_us = state.windows[-1][1] if state.windows else None
    return now_us if closed_us is None else min(closed_us, now_us)


def _legal_end(state: DossierState, start: Minute, end: Minute) -> Minute | None:
    """When the legal clock stopped for good; None while it runs."""
    ended_us = state.milestones.ended_us  # before there was a result
    if ended_us is None:
        ended_us = state.finished_us
    if ended_us is None and state.windows:
        ended_us = state.windows[-1][1]
    if ended_us is None or ended_us // MINUTE_US > end:
        return None
    return max(ended_us // MINUTE_US, start)


class _Count:
    """Turns stretches into entries: counts the minutes, and uses up the budgets of the legs."""

    def __init__(self, case: Case, *, provisional: bool) -> None:
        self.entries: list[Entry] = []
        self._calendar = case.calendar
        self._calendars = case.calendars
        self.left = dict(case.legs_minutes)
        self._provisional = provisional
        self._at: Minute = case.start_us // MINUTE_US
        self._open = case.calendar.open_before(self._at)
        self._claim = 0

    def charge(self, stretch: Stretch, claims: Sequence[Claim]) -> None:
        """Enter a stretch, cut where the minutes are another's; stretches come in time order."""
        cursor, end = stretch.start, stretch.end
        while stretch.clock == LEGAL and self._claim < len(claims):
            claim = claims[self._claim]
            if claim.end <= cursor:
                self._claim += 1
                continue
            if claim.start >= end:
                break
            if claim.start > cursor:
                self._enter(stretch, claim.start)
            cursor = min(claim.end, end)
            self._enter_claim(stretch, claim, cursor)
            if cursor == end:
                return
        self._enter(stretch, end)

    def _enter(self, stretch: Stretch, end: Minute) -> None:
        start, minutes = self._at, self._until(end)
        overrun = 0
        if minutes and stretch.clock == LEGAL:
            overrun = self._spend(stretch, start, minutes)
        self._write(stretch, start, minutes, overrun)

    def _enter_claim(self, stretch: Stretch, claim: Claim, end: Minute) -> None:
        """Nobody planned these minutes: within the legal clock each of them is one too many."""
        start, minutes = self._at, self._until(end)
        told = stretch._replace(
            account=claim.account,
            leg=claim.leg,
            part=NO_PART,
            step="",
            clock=claim.clock,
            evidence=(*stretch.evidence, *claim.evidence),
        )
        self._write(told, start, minutes, minutes if claim.clock == LEGAL else 0)
        if len(self.entries) > 1:
            self._join()

    def _join(self) -> None:
        """What the holder did meanwhile does not matter: one entry for one stay."""
        before, last = self.entries[-2:]
        joined = last._replace(
            start=before.start,
            minutes=before.minutes + last.minutes,
            overrun=before.overrun + last.overrun,
        )
        if before._replace(end=last.end, minutes=joined.minutes, overrun=joined.overrun) == joined:
            self.entries[-2:] = [joined]

    def _until(self, end: Minute) -> int:
        """Go on to that minute; answers the working minutes on the way."""
        reached = self._calendar.open_before(end)
        minutes = reached - self._open
        self._at, self._open = end, reached
        return minutes

    def _spend(self, stretch: Stretch, start: Minute, minutes: int) -> int:
        """Take the minutes from the leg's budget; answers how many found none left."""
        left = self.left.get(stretch.leg, 0)
        own = self._calendars.get(stretch.holder) if stretch.holder else None
        if own is None or own is self._calendar:
            if minutes <= left:
                self.left[stretch.leg] = left - minutes
                return 0
            self.left[stretch.leg] = 0
            return minutes - left
        before = own.open_before(start)
        used = own.open_before(self._at) - before
        self.left[stretch.leg] = max(left - used, 0)
        if used <= left:
            return 0
        exhausted = max(own.reached(before + left), start)
        return self._open - self._calendar.open_before(exhausted)

    def _write(self, stretch: Stretch, start: Minute, minutes: int, overrun: int) -> None:
        _, _, account, leg, part, step, clock, holder, basis, evidence, disputed = stretch
        provisional = self._provisional and self._calendar.table.provisional(
            split(start)[0], split(self._at - 1)[0]
        )
        self.entries.append(
            Entry(
                account,
                leg,
                part,
                step,
                start,
                self._at,
                minutes,
                overrun,
                clock,
                holder,
                basis,
                disputed,
                provisional,
                evidence,
            )
        )
