"""Where time is lost over a period: each leg by the hour it began, or by the office it was at.

From the ledgers themselves: what a cell has lost is what its entries overran their budgets. Used by
the use case that makes the report; screens only print it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from domain.model.claims import DETOURS, TENDERED
from domain.model.custody_state import INFERRED
from domain.model.instants import MINUTE_US, iso, local
from domain.model.legs import LEGAL, LEGS
from domain.model.period_report import Period
from domain.model.responsibility import Entry, Ledger

LOSING = (*LEGS, TENDERED, *DETOURS)  # the legs within the legal clock; the later have no budget


class Column(StrEnum):
    """What the columns are."""

    HOUR = "hour"  # of the day in which the leg began
    OFFICE = "office"  # that had the dossier last in the leg, or the courier


class Leg(NamedTuple):
    """One finished leg of one dossier, in working minutes; `budget` is None where it has none.

    `inferred` of its minutes are known only from scans of the pouch it was in.
    """

    minutes: int
    overrun: int
    budget: int | None
    inferred: int


@dataclass(slots=True)
class Cell:
    """Finished legs: how many, how long, how many of them beyond their budget and by how much.

    `inferred`: how many of all their minutes are known only from scans of a sealed pouch. Once it
    is `closed` both lists are in order.
    """

    minutes: list[int] = field(default_factory=list)
    budgets: list[int] = field(default_factory=list)
    over: int = 0
    lost: int = 0
    inferred: int = 0

    def add(self, leg: Leg) -> None:
        """Count one in."""
        self.minutes.append(leg.minutes)
        if leg.budget is not None:
            self.budgets.append(leg.budget)
        self.over += leg.overrun > 0
        self.lost += leg.overrun
        self.inferred += leg.inferred

    def close(self) -> None:
        """Nothing more comes."""
        self.minutes.sort()
        self.budgets.sort()

    @property
    def number(self) -> int:
        """How many."""
        return len(self.minutes)

    def percentile(self, percent: int) -> int:
        """So many percent of them took at most so long: the nearest rank."""
        rank = -(-len(self.minutes) * percent // 100)
        return self.minutes[max(rank, 1) - 1]

    def to_json(self) -> dict[str, int | None]:
        """For programs."""
        return {
            "n": self.number,
            "p50": self.percentile(50),
            "p90": self.percentile(90),
            "p95": self.percentile(95),
            "minutes": sum(self.minutes),
            "budget_least": self.budgets[0] if self.budgets else None,
            "budget_most": self.budgets[-1] if self.budgets else None,
            "over_budget": self.over,
            "lost": self.lost,
            "inferred": self.inferred,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReport:
    """`rows` by leg in the order of a journey, `cells` by leg and column; empty ones are left out.

    `lost` is the sum of all: every working minute beyond a budget of a leg that ended in the
    period.
    """

    period: Period
    by: Column
    dossiers: int
    columns: tuple[str, ...]
    rows: Mapping[str, Cell]
    cells: Mapping[tuple[str, str], Cell]

    @property
    def lost(self) -> int:
        """In working minutes."""
        return sum(row.lost for row in self.rows.values())

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "from": iso(self.period.from_us),
            "to": iso(self.period.to_us),
            "by": self.by,
            "dossiers": self.dossiers,
            "lost": self.lost,
            "legs": [
                {
                    "leg": leg,
                    **row.to_json(),
                    self.by: {
                        column: self.cells[leg, column].to_json()
                        for column in self.columns
                        if (leg, column) in self.cells
                    },
                }
                for leg, row in self.rows.items()
            ],
        }


def leg_report(ledgers: Iterable[Ledger], *, period: Period, by: Column) -> LegReport:
    """The legs that ended in the period, of the ledgers until its end."""
    rows: dict[str, Cell] = defaultdict(Cell)
    cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
    dossiers = 0
    for told in ledgers:
        counted = False
        for leg, entries in _finished(told).items():
            if not period.from_us <= entries[-1].end * MINUTE_US < period.to_us:
                continue
            one = Leg(
                sum(entry.minutes for entry in entries),
                sum(entry.overrun for entry in entries),
                told.budgets.get(leg) if leg in LEGS else None,
                sum(entry.minutes for entry in entries if entry.basis == INFERRED),
            )
            rows[leg].add(one)
            cells[leg, _column(entries, by)].add(one)
            counted = True
        dossiers += counted
    for cell in (*rows.values(), *cells.values()):
        cell.close()
    return LegReport(
        period=period,
        by=by,
        dossiers=dossiers,
        columns=tuple(sorted({column for _, column in cells})),
        rows={leg: rows[leg] for leg in LOSING if leg in rows},
        cells=dict(cells),
    )


def _finished(told: Ledger) -> dict[str, list[Entry]]:
    """The entries of each leg within the legal clock that is over, in the order of time."""
    legs: dict[str, list[Entry]] = defaultdict(list)
    for entry in told.entries:
        if entry.clock == LEGAL:
            legs[entry.leg].append(entry)
    if told.legal_end is None and told.entries:
        legs.pop(told.entries[-1].leg, None)
    return legs


def _column(entries: list[Entry], by: Column) -> str:
    if by is Column.HOUR:
        return f"{local(entries[0].start * MINUTE_US).hour:02}"
    return entries[-1].holder or ""
