"""Responsibility by party, lost time by leg, and run punctuality over a period; for `api`."""

from collections.abc import Iterable, Iterator

from domain.model.errors import Refusal
from domain.model.leg_report import Column, LegReport, leg_report
from domain.model.party_report import Measured, PartyReport, party_report
from domain.model.period_report import Grouping, Period, demand_breakdown, row_name
from domain.model.run_report import RunReport, run_report
from domain.model.runs import day_of
from domain.ports.clock import Clock
from domain.ports.journeys import Journeys
from domain.ports.views import Views
from domain.use_cases.account_for_many import Accounted, AccountForMany

MOST_WHILE_WAITING = 70_000  # dossiers: a third of a minute of one core, for who waits for a page


class PeriodTooLong(Refusal):
    """More dossiers lived in it than anyone waits for; values: dossiers, most."""

    code = "PERIOD_TOO_LONG"


class ReportParties:
    """Reads only; may be called from any thread. A period that is not over is told up to now.

    Ledgers are made one by one, some thousand dossiers at a time. `most` refuses a period in which
    more of them lived; None for who does not wait.
    """

    def __init__(
        self,
        *,
        journeys: Journeys,
        account_for_many: AccountForMany,
        views: Views,
        clock: Clock,
    ) -> None:
        self._journeys = journeys
        self._account_for_many = account_for_many
        self._views = views
        self._clock = clock

    def responsibility(
        self, period: Period, *, by: Grouping | None = None, most: int | None = None
    ) -> PartyReport:
        """Raises `BreakdownDoesNotApply`, `ReportDoesNotAddUp`, `PeriodTooLong`."""
        demand_breakdown("responsibility", by)
        period = period.so_far(self._clock.now_us())
        found = self._accounted(period, most)
        return party_report(_measured(found, by), period=period, by=by)

    def legs(
        self, period: Period, *, by: Column = Column.HOUR, most: int | None = None
    ) -> LegReport:
        """Where time is lost: the legs that ended in the period, against their budgets.

        Raises `PeriodTooLong`.
        """
        period = period.so_far(self._clock.now_us())
        found = self._accounted(period, most)
        return leg_report((each.charged for each in found), period=period, by=by)

    def _accounted(self, period: Period, most: int | None) -> Iterator[Accounted]:
        if most is not None and (dossiers := self._journeys.how_many(period)) > most:
            raise PeriodTooLong(dossiers=dossiers, most=most)
        return self._account_for_many(self._journeys.of_period(period), at_us=period.to_us)

    def runs(self, period: Period, *, by: Grouping = Grouping.ROUTE) -> RunReport:
        """The runs of its days, as they stand now; raises as `responsibility`."""
        demand_breakdown("runs", by)
        now_us = self._clock.now_us()
        runs = self._views.runs(day_of(period.from_us), day_of(period.to_us - 1))
        return run_report(runs, period=period, by=by, now_us=now_us)


def _measured(found: Iterable[Accounted], by: Grouping | None) -> Iterator[Measured]:
    for each in found:
        journey, group = each.journey, None
        if by is not None and by is not Grouping.COURIER:
            group = row_name(
                by, office=journey.office, procedure=journey.procedure, terms=each.terms
            )
        yield Measured(
            journey.label,
            each.charged,
            each.decided,
            each.case.calendar,
            group,
            each.contested,
            has_result=journey.state.milestones.ended is None,
        )
