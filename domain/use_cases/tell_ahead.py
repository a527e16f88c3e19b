"""Telling a station ahead what its desk may meet: it judges scans without the network by that."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.model.instants import Micros
from domain.model.manifest import Contents, RunAhead, Thing
from domain.model.runs import day_of
from domain.model.succession import Succession
from domain.ports.manifests import Manifests
from domain.use_cases.maintain_reference import Reference

RUN_DAYS = 3  # beyond today: a station without the network for three days still knows its runs


@dataclass(frozen=True, slots=True)
class Ahead:
    """The things by label, the runs of these days in order of time, the names of all offices.

    `truncated`: there are more things than one answer tells.
    """

    things: tuple[Thing, ...]
    truncated: bool
    runs: tuple[RunAhead, ...]
    names: Mapping[str, tuple[str, str]]


class TellAhead:
    """Reads only: any thread."""

    def __init__(self, *, manifests: Manifests, reference: Reference) -> None:
        self._manifests = manifests
        self._reference = reference

    def index(self, office: str, *, now_us: Micros) -> Ahead:
        """What there is to be told of; an office that was succeeded goes by its heir's name."""
        offices = self._reference.offices()
        heirs = {code: offices[Succession(offices).heir(code)] for code in offices}
        today = day_of(now_us)
        return Ahead(
            *self._manifests.things(office),
            self._manifests.runs(office, today, today + RUN_DAYS),
            {code: (heir.name_vi, heir.name_en) for code, heir in heirs.items()},
        )

    def contents(self, office: str, labels: Collection[str]) -> Contents:
        """The facts of those of these labels that the office may meet; of no others."""
        may_meet = {thing.label for thing in self._manifests.things(office).things}
        return self._manifests.contents([label for label in labels if label in may_meet])
