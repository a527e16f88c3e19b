"""The courier runs that are planned, from the timetables and calendars behind them.

Used by the read model, the page of a day's runs, and whoever asks for the next run.
"""

from threading import Lock

from domain.model.office_hours import Day
from domain.model.planned_runs import PlannedRun, planned_runs
from domain.model.runs import Cards
from domain.model.timetable import Timetable
from domain.ports.stores import EventLog
from domain.use_cases.office_calendars import Calendars


class RunPlans:
    """Reads from any thread; a run goes on the working days of its route's office."""

    def __init__(self, *, log: EventLog, calendars: Calendars) -> None:
        self._log = log
        self._calendars = calendars
        self._known: dict[str, Timetable] | None = None
        self._reading = Lock()  # a reader must not put back what a writer has just outdated

    def timetables(self) -> dict[str, Timetable]:
        """By route, in the order in which they were introduced."""
        known = self._known
        if known is None:
            with self._reading:
                found = self._log.load_all(Timetable).values()
                known = self._known = {each.code: each for each in found}
        return known

    def forget_newest(self) -> None:
        """A timetable was changed: read them again."""
        with self._reading:
            self._known = None

    def cards(self) -> Cards:
        """Route and slot of every card that was ever printed for a run."""
        return {
            label: (code, slot)
            for code, timetable in self.timetables().items()
            for label, slot in timetable.route.cards.items()
        }

    def planned(self, first: Day, last: Day, *, cancelled: bool = False) -> list[PlannedRun]:
        """The runs of all routes on these days, both included; the newest calendars count."""
        runs: list[PlannedRun] = []
        for timetable in self.timetables().values():
            found = self._calendars.at(timetable.office, None)
            if found is not None:
                runs += planned_runs(timetable.route, found[0], first, last, cancelled=cancelled)
        return sorted(runs, key=lambda run: (run.departs_us, run.name))
