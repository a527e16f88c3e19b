"""The courier runs of a stretch of days: as they went and, beyond what is laid out, as planned.

Used for early warning, whose due dates may lie further ahead than the read model lays runs out.
"""

from collections.abc import Collection

from domain.model.office_hours import DAYS, Day
from domain.model.runs import RunState, follow_runs
from domain.ports.views import Views
from domain.use_cases.run_plans import RunPlans

# What runs at all runs within that, Tết included: whether a way is served by any run is asked of
# the runs of so many days beyond a due date.
BEYOND_DAYS = 14


class RunsAhead:
    """Reads from any thread."""

    def __init__(self, *, views: Views, plans: RunPlans) -> None:
        self._views = views
        self._plans = plans

    def __call__(
        self, first: Day, last: Day, *, offices: Collection[str] | None = None
    ) -> list[RunState]:
        """The runs of these days, both included; with `offices`, those that stop at one of them."""
        last = min(last, DAYS - 1)
        known = list(self._views.runs(first, last, offices=offices))
        laid = max((run.day for run in known if run.planned is not None), default=first - 1)
        if laid < last:
            planned = [
                run
                for run in self._plans.planned(laid + 1, last)
                if offices is None or any(stop.office in offices for stop in run.stops)
            ]
            known += follow_runs(planned, (), cards=self._plans.cards())
        return known
