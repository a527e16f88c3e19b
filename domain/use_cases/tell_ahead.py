"""Telling a station ahead what its desk may meet: it judges scans without the network by that."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.model.instants import Micros
from domain.model.manifest import Contents, ExpectedRun, Thing
from domain.model.runs import day_of
from domain.model.succession import Succession
from domain.ports.manifests import Manifests
from domain.ports.views import Views
from domain.use_cases.maintain_reference import Reference


@dataclass(frozen=True, slots=True)
class Ahead:
    """The things by label, the runs of the day in order of time, the names of all offices.

    `truncated`: there are more things than one answer tells.
    """

    things: tuple[Thing, ...]
    truncated: bool
    runs: tuple[ExpectedRun, ...]
    names: Mapping[str, tuple[str, str]]


class TellAhead:
    """Reads only: any thread."""

    def __init__(self, *, manifests: Manifests, views: Views, reference: Reference) -> None:
        self._manifests = manifests
        self._views = views
        self._reference = reference

    def index(self, office: str, *, now_us: Micros) -> Ahead:
        """What there is to be told of; an office that was succeeded goes by its heir's name."""
        offices = self._reference.offices()
        heirs = {code: offices[Succession(offices).heir(code)] for code in offices}
        today = day_of(now_us)
        runs = [
            ExpectedRun(run.label, run.route, run.slot, stop.planned_us)
            for run in self._views.runs(today, today)
            for stop in run.stops
            if stop.office == office and stop.planned_us is not None
        ]
        return Ahead(
            *self._manifests.things(office),
            tuple(sorted(runs, key=lambda run: (run.planned_us, run.label))),
            {code: (heir.name_vi, heir.name_en) for code, heir in heirs.items()},
        )

    def contents(self, office: str, labels: Collection[str]) -> Contents:
        """The facts of those of these labels that the office may meet; of no others."""
        may_meet = {thing.label for thing in self._manifests.things(office).things}
        return self._manifests.contents([label for label in labels if label in may_meet])
