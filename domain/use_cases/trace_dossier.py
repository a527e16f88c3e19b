"""Tracing one dossier or pouch: what the fold says of it, and the facts behind that."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from domain.model.custody import fold
from domain.model.custody_state import DossierState, Folded, FoldSettings, Link, PouchState
from domain.model.errors import NotFound
from domain.model.fact import fact_to_json, labels_named
from domain.model.instants import Micros, iso
from domain.model.station_time import Discrepancy, Timed
from domain.ports.clock import Clock
from domain.ports.views import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where a label stood at `as_of_us`, in the fold of everything known now.

    `folded` has this label alone. `facts` are those that name it or amend one that does, in order,
    whether they count or not, the later ones too: a scan may tell what was so before it. `around`
    are all that bear on it, its pouches' among them, and `beside` what the fold says of those.
    """

    label: str
    as_of_us: Micros
    folded: Folded
    facts: Sequence[Timed]
    around: Sequence[Timed]
    beside: Folded

    @property
    def state(self) -> DossierState | PouchState | None:
        """None where the fold says nothing of the label: it was only corrected away."""
        return self.folded.dossiers.get(self.label) or self.folded.pouches.get(self.label)

    @property
    def status(self) -> str:
        """Status of a dossier, state of a pouch, `unknown` for neither."""
        match self.state:
            case DossierState(status=status) | PouchState(state=status):
                return status
            case None:
                return "unknown"

    @property
    def pouch(self) -> str | None:
        """The pouch that a dossier is in."""
        return self.state.pouch if isinstance(self.state, DossierState) else None

    @property
    def chain(self) -> Sequence[Link]:
        """Who held it, from the first to the last."""
        return self.state.chain if self.state else ()

    @property
    def discrepancies(self) -> Sequence[Discrepancy]:
        """What did not agree about it."""
        return self.folded.all_discrepancies

    def to_json(self) -> dict[str, Any]:
        """What `giaonhan fold` prints of this label, and the facts as its lines."""
        facts = [
            fact_to_json(timed.fact) | {"key": timed.fact.key, "effective": iso(timed.effective_us)}
            for timed in self.facts
        ]
        return (
            {"label": self.label, "as_of": iso(self.as_of_us)}
            | self.folded.to_json()
            | {"facts": facts}
        )


class TraceDossier:
    """Folds the facts around a label anew, so that a trace owes nothing to stored rows."""

    def __init__(self, views: Views, clock: Clock, settings: FoldSettings | None = None) -> None:
        self._views = views
        self._clock = clock
        self._settings = settings or FoldSettings()

    def __call__(
        self, label: str, *, as_of_us: Micros | None = None, supposing: Timed | None = None
    ) -> Trace:
        """The label now or at an instant; raises `NotFound` where no fact names it.

        A later label of a dossier is answered for by its first.
        `supposing` is one more fact: what would be so if it were stated.
        """
        label = self._views.first_label(label)
        also = [] if supposing is None else [supposing]
        named = {name for timed in also for name in labels_named(timed.fact)}
        told, begun = self._views.bearing_on({label} | named)
        around = sorted([*told, *also], key=attrgetter("order"))
        naming = {timed.fact.key for timed in around if label in labels_named(timed.fact)}
        if not naming:
            raise NotFound(what="label", code=label)
        facts = [
            timed
            for timed in around
            if timed.fact.key in naming or timed.fact.context.get("target") in naming
        ]
        now_us = self._clock.now_us()
        folded = fold(
            around, now_us=now_us, as_of_us=as_of_us, settings=self._settings, resumed=begun
        )
        return Trace(
            label=label,
            as_of_us=now_us if as_of_us is None else as_of_us,
            folded=_only(label, folded, naming),
            facts=facts,
            around=around,
            beside=folded,
        )


def _only(label: str, folded: Folded, keys: set[str]) -> Folded:
    return Folded(
        dossiers={key: state for key, state in folded.dossiers.items() if key == label},
        pouches={key: state for key, state in folded.pouches.items() if key == label},
        discrepancies=[each for each in folded.discrepancies if each.subject == label],
        set_aside=[each for each in folded.set_aside if each.key in keys],
        noted=[each for each in folded.noted if each.subject == label],
    )
