"""What reports over a stretch of time ask of the read side, as counts; used by `api`."""

from dataclasses import dataclass
from typing import Protocol

from domain.model.instants import Micros
from domain.model.period_figures import Tallies
from domain.model.period_report import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyCount:
    """Discrepancies of one code: opened and closed in the period, and open at its end by age.

    `oldest_us` is when the oldest of the open ones was opened, None where none is open.
    """

    code: str
    opened: int
    closed: int
    open: int
    to_1_day: int
    to_3_days: int
    to_7_days: int
    over_7_days: int
    oldest_us: Micros | None


class Reports(Protocol):
    """Sums of the read model. Every answer is one consistent snapshot."""

    def tallies(self, period: Period, *, offices: bool) -> Tallies:
        """Every registered dossier that lived in the period, counted by what happened to it.

        `offices`: of each office apart, else of all together.

        As known now, with the due dates as they are now.
        """
        ...

    def discrepancies(self, period: Period) -> tuple[DiscrepancyCount, ...]:
        """By code, those that were open at some time of the period; a person's closure counts."""
        ...
