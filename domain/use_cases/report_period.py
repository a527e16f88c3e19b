"""Reports over a stretch of time, from the sums of the read side and the catalogue; for `api`."""

from collections.abc import Callable, Mapping
from functools import partial

from domain.model.period_report import (
    Grouping,
    Period,
    PeriodReport,
    demand_breakdown,
    period_report,
)
from domain.model.procedure import Procedure
from domain.ports.clock import Clock
from domain.ports.reports import DiscrepancyCount, Reports


class ReportPeriod:
    """Reads only; may be called from any thread.

    A period that is not over yet is reported up to now: what is due today is not overdue at noon.
    """

    def __init__(
        self,
        *,
        reports: Reports,
        procedures: Callable[[], Mapping[str, Procedure]],
        clock: Clock,
    ) -> None:
        self._reports = reports
        self._procedures = procedures
        self._clock = clock

    def __call__(
        self, period: Period, *, by: Grouping | None = None, before: Period | None = None
    ) -> PeriodReport:
        """One period, in rows by `by`, compared with `before`.

        Raises `BreakdownDoesNotApply`, `ReportDoesNotAddUp`.
        """
        demand_breakdown("period", by)
        period = period.so_far(self._clock.now_us())
        tallies = partial(self._reports.tallies, offices=by is Grouping.OFFICE)
        return period_report(
            tallies(period),
            period=period,
            procedures=self._procedures(),
            by=by,
            before=None if before is None else (before, tallies(before)),
        )

    def discrepancies(self, period: Period) -> tuple[Period, tuple[DiscrepancyCount, ...]]:
        """By code; with the period as it was reported."""
        period = period.so_far(self._clock.now_us())
        return period, self._reports.discrepancies(period)
