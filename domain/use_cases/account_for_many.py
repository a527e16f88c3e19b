"""Accounting for the time of many dossiers in one pass; for reports, boards and work lists.

The same ledgers as `account_for_time` makes one by one, from what the read model keeps.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.model.errors import NotFound
from domain.model.instants import Micros
from domain.model.leg_evidence import said_of
from domain.model.office_hours import OutOfCalendar
from domain.model.procedure import Terms
from domain.model.responsibility import Case, Ledger, ledger
from domain.model.run_detours import RunDetours
from domain.model.runs import ORIGIN_US, RunState, day_of
from domain.ports.journeys import Journey
from domain.ports.views import Views
from domain.use_cases.measure_dossier import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounted:
    """One dossier of a pass: its ledger as charged, and after every contest that was upheld.

    Both are the same object where nothing was upheld. `contested`: somebody objects, and nobody has
    decided yet.
    """

    journey: Journey
    terms: Terms
    case: Case
    charged: Ledger
    decided: Ledger
    contested: bool = False


class AccountForMany:
    """Reads from any thread."""

    def __init__(self, *, views: Views, measure: Measure) -> None:
        self._views = views
        self._measure = measure

    def __call__(self, journeys: Iterable[Journey], *, at_us: Micros) -> Iterator[Accounted]:
        """Each as it stands at an instant, in the light of all that is known.

        Left out is what has no ledger: whose procedure or office nobody knows, or whose receipt
        lies outside every calendar.
        """
        detours = RunDetours(self.runs_until(at_us), now_us=at_us)
        for journey in journeys:
            found = self._accounted(journey, detours, at_us)
            if found is not None:
                yield found

    def runs_until(self, at_us: Micros) -> tuple[RunState, ...]:
        """All that were ever planned or seen; a missed one still costs whoever waited for it."""
        return self._views.runs(0, day_of(max(at_us, ORIGIN_US)))

    def _accounted(self, journey: Journey, detours: RunDetours, at_us: Micros) -> Accounted | None:
        state = journey.state
        try:
            terms = self._measure.terms(journey)
            case, _ = self._measure.case(journey, terms, state)
            steps = [step for step, _ in terms.steps_minutes]
            said = said_of(journey.legs, journey.bearing, steps=steps)
            charged = ledger(state, case, said, now_us=at_us)
            if further := detours.of(charged):
                charged = ledger(state, case, said.going_round(further), now_us=at_us)
        except (NotFound, OutOfCalendar):
            return None
        decided, contested = charged, False
        if contests := journey.contests:
            standing = {entry.charge for entry in charged.entries} & contests.keys()
            to = {charge: new for charge in standing if (new := contests[charge].to) is not None}
            contested = any(contests[charge].undecided for charge in standing)
            decided = charged.charged_anew(to) if to else charged
        return Accounted(
            journey=journey,
            terms=terms,
            case=case,
            charged=charged,
            decided=decided,
            contested=contested,
        )
