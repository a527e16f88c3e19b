"""Responsibility by party over a period: whose working minutes, and who made what late.

Two sums that are exact for each dossier: the minutes that fell in the period, whoever had them, and
the late minutes of what was solved late in it or is late at its end. Used by the use case that
makes the report; screens only print it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from domain.model.instants import MINUTE_US, iso
from domain.model.lateness import Lateness, lateness
from domain.model.legs import COURIER, OUTSIDE, Account
from domain.model.period_figures import ReportDoesNotAddUp
from domain.model.period_report import Grouping, Period
from domain.model.responsibility import Entry, Ledger
from domain.model.working_time import Calendar, Minute


class Measured(NamedTuple):
    """One dossier: its ledgers until the period's end, as charged and after upheld objections.

    `calendar` is the ledgers'; `group` the row under which it is told, None where none is asked
    for; `contested`: an objection waits for a decision; `has_result`: not ended without one.
    """

    label: str
    charged: Ledger
    decided: Ledger
    calendar: Calendar
    group: str | None
    contested: bool
    has_result: bool


@dataclass(slots=True)
class PartyFigures:
    """What one party answers for. Minutes are working minutes.

    `dossiers` of which it had any in the period, within the legal clock and outside it;
    `late_dossiers` of whose lateness it has a share, `late` as charged, of which `inferred`,
    `disputed` and `provisional` rest on such stretches; `decided` after upheld objections.
    """

    dossiers: int = 0
    legal: int = 0
    outside: int = 0
    late_dossiers: int = 0
    late: int = 0
    inferred: int = 0
    disputed: int = 0
    provisional: int = 0
    decided: int = 0

    def add(self, other: "PartyFigures") -> None:
        """Count another's in; written out, because a year has a hundred thousand of them."""
        self.dossiers += other.dossiers
        self.legal += other.legal
        self.outside += other.outside
        self.late_dossiers += other.late_dossiers
        self.late += other.late
        self.inferred += other.inferred
        self.disputed += other.disputed
        self.provisional += other.provisional
        self.decided += other.decided


@dataclass(slots=True)
class Late:
    """The late dossiers: with a result in the period, ended without one in it, not done at its end.

    `by_date`: without a late working minute. `provisional`: that may still change.
    """

    solved: int = 0
    ended: int = 0
    overdue: int = 0
    by_date: int = 0
    provisional: int = 0
    minutes: int = 0


Parties = dict[Account, PartyFigures]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyReport:
    """One period. `total` is of all parties; `rows` by party, `groups` of rows by what was asked.

    By courier, a group has the courier's runs; other parties are in no group.
    """

    period: Period
    by: Grouping | None
    dossiers: int
    contested: int
    late: Late
    total: PartyFigures
    rows: Mapping[Account, PartyFigures]
    groups: Mapping[str, Mapping[Account, PartyFigures]]

    def to_json(self) -> dict[str, Any]:
        """For programs; the most late minutes first."""
        told: dict[str, Any] = {
            "from": iso(self.period.from_us),
            "to": iso(self.period.to_us),
            "dossiers": self.dossiers,
            "contested": self.contested,
            "late": asdict(self.late),
            "total": asdict(self.total),
            "parties": _rows_json(self.rows),
        }
        if self.by is not None:
            told["by"] = self.by
            told["rows"] = {name: _rows_json(rows) for name, rows in self.groups.items()}
        return told


def by_weight(rows: Mapping[Account, PartyFigures]) -> list[tuple[Account, PartyFigures]]:
    """The most late minutes first, then the most minutes."""

    def weight(row: tuple[Account, PartyFigures]) -> tuple[int, int, str, str, str]:
        (kind, code, run), each = row
        return -each.late, -each.legal - each.outside, kind, code, run or ""

    return sorted(rows.items(), key=weight)


def party_report(
    measured: Iterable[Measured], *, period: Period, by: Grouping | None = None
) -> PartyReport:
    """Add up; raises `ReportDoesNotAddUp` with the label of a dossier whose minutes do not."""
    sums = _Sums(period, by)
    for each in measured:
        sums.add(each)
    return PartyReport(
        period=period,
        by=by,
        dossiers=sums.dossiers,
        contested=sums.contested,
        late=sums.late,
        total=sums.total(),
        rows=sums.rows,
        groups=dict(sorted(sums.groups.items())),
    )


@dataclass(slots=True)
class _Sums:
    period: Period
    by: Grouping | None
    dossiers: int = 0
    contested: int = 0
    late: Late = field(default_factory=Late)
    rows: Parties = field(default_factory=dict)
    groups: dict[str, Parties] = field(default_factory=dict)

    def add(self, each: Measured) -> None:
        """Count a dossier in, if any of its time or its lateness is of the period."""
        from_minute, to_minute = (
            at_us // MINUTE_US for at_us in (self.period.from_us, self.period.to_us)
        )
        found: dict[Account, PartyFigures] = {}
        self._minutes(each, found, from_minute, to_minute)
        late = lateness(each.charged, each.calendar)
        stopped = each.charged.legal_end
        if late is not None and (stopped is None or from_minute <= stopped < to_minute):
            self._lateness(each, late, found)
        if not found:
            return
        self.dossiers += 1
        self.contested += each.contested
        parties = _without_runs(found)
        for party, figures in parties.items():
            self.rows.setdefault(party, PartyFigures()).add(figures)
        for group, party, figures in self._grouped(each, found, parties):
            self.groups.setdefault(group, {}).setdefault(party, PartyFigures()).add(figures)

    def total(self) -> PartyFigures:
        """Of all parties; a dossier counts once for each that has a part in it."""
        total = PartyFigures()
        for figures in self.rows.values():
            total.add(figures)
        return total

    def _minutes(
        self, each: Measured, found: dict[Account, PartyFigures], since: Minute, until: Minute
    ) -> None:
        counted = 0
        for entry in each.charged.entries:
            if minutes := _within(entry, each.calendar, since, until):
                figures = found.setdefault(entry.account, PartyFigures())
                figures.dossiers = 1
                if entry.clock == OUTSIDE:
                    figures.outside += minutes
                else:
                    figures.legal += minutes
                counted += minutes
        a, b = max(each.charged.start, since), min(each.charged.end, until)
        elapsed = each.calendar.open_before(b) - each.calendar.open_before(a) if a < b else 0
        if counted != elapsed:
            raise ReportDoesNotAddUp(
                what=f"{each.label}: minutes of all = elapsed", left=counted, right=elapsed
            )

    def _lateness(self, each: Measured, late: Lateness, found: dict[Account, PartyFigures]) -> None:
        if not late.finished:
            self.late.overdue += 1
        elif each.has_result:
            self.late.solved += 1
        else:
            self.late.ended += 1
        self.late.by_date += late.by_date
        self.late.provisional += late.provisional
        self.late.minutes += late.late_minutes
        for share in late.shares:
            figures = found.setdefault(share.account, PartyFigures())
            figures.late_dossiers = 1
            figures.late += share.late_minutes
            for mark in ("inferred", "disputed", "provisional"):
                if getattr(share, mark):
                    setattr(figures, mark, getattr(figures, mark) + share.late_minutes)
        divided = late
        if each.decided is not each.charged:
            divided = lateness(each.decided, each.calendar) or late
        for share in divided.shares:
            found.setdefault(share.account, PartyFigures()).decided += share.late_minutes
        shared = [sum(share.late_minutes for share in one.shares) for one in (late, divided)]
        if shared != [late.late_minutes] * 2:
            what = f"{each.label}: late minutes of all = late minutes"
            raise ReportDoesNotAddUp(what=what, left=min(shared), right=late.late_minutes)

    def _grouped(
        self, each: Measured, found: Parties, parties: Parties
    ) -> Iterator[tuple[str, Account, PartyFigures]]:
        """By courier, each courier's runs; else the parties under the row of the dossier."""
        if self.by is Grouping.COURIER:
            for account, figures in found.items():
                if account.kind == COURIER:
                    yield account.code, account, figures
        elif each.group is not None:
            for party, figures in parties.items():
                yield each.group, party, figures


def _without_runs(found: Parties) -> Parties:
    """A courier's runs with one dossier as one party's, the dossier once."""
    parties: Parties = {}
    for account, figures in found.items():
        parties.setdefault(account._replace(run=None), PartyFigures()).add(figures)
    for figures in parties.values():
        figures.dossiers = min(figures.dossiers, 1)
        figures.late_dossiers = min(figures.late_dossiers, 1)
    return parties


def _rows_json(rows: Mapping[Account, PartyFigures]) -> list[dict[str, Any]]:
    return [{"account": account._asdict()} | asdict(each) for account, each in by_weight(rows)]


def _within(entry: Entry, calendar: Calendar, since: Minute, until: Minute) -> int:
    """Its working minutes in [since, until)."""
    if since <= entry.start and entry.end <= until:
        return entry.minutes
    a, b = max(entry.start, since), min(entry.end, until)
    return calendar.open_before(b) - calendar.open_before(a) if a < b else 0
