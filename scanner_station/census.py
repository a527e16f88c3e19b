"""A census of one shelf at the station: what should lie there, what was scanned, what is amiss.

The scans are ordinary ones (`Moved`, with the place); the count is the station's own and starts
anew with it, the server computes the same from the scans (`domain/use_cases/take_census.py`).
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from domain.model.instants import Micros
from domain.model.manifest import HERE, Thing
from domain.model.policy import Role
from scanner_station.knowledge import Knowledge
from scanner_station.prompts import Prompt, prompt


@dataclass(slots=True)
class ShelfCensus:
    """What the manifests listed at the place when it was opened, and what was scanned since.

    `blind`: nobody is shown what is listed before it is closed.
    `was_at`: by label, the place of every dossier that the office has; None for one without.
    `truncated`: the office has more than the manifests tell, so what is `listed` may be too little.
    """

    place: str
    was_at: dict[str, str | None]
    truncated: bool
    begun_us: Micros
    blind: bool = False
    seen: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of(
        cls, place: str, things: Iterable[Thing], *, truncated: bool, begun_us: Micros, blind: bool
    ) -> "ShelfCensus":
        """Opened now, by what the office is known to have outside pouches."""
        here = (one for one in things if one.where == HERE and one.pouch is None)
        return cls(place, {one.label: one.place for one in here}, truncated, begun_us, blind)

    def scanned(self, fact: str, subject: str) -> None:
        """An act is on disk: a dossier was seen here, or that was taken back."""
        if fact == "Moved":
            self.seen[subject] = None
        elif fact == "Undone":
            self.seen.pop(subject, None)

    @property
    def listed(self) -> list[str]:
        """What should lie here."""
        return sorted(label for label, place in self.was_at.items() if place == self.place)

    def to_json(self, *, closed: bool) -> dict[str, Any]:
        """As the station tells it: the count, and once it is closed what is amiss.

        `misplaced`: seen here with another place on record; `foreign`: the office is not known to
        have it at all; `placed`: its first place.
        """
        told: dict[str, Any] = {"census": self.place, "seen": len(self.seen), "closed": closed}
        if not closed:
            return told
        expected = set(self.listed)
        strays = {label: self.was_at.get(label) for label in self.seen if label not in expected}
        foreign = sorted(label for label in strays if label not in self.was_at)
        return told | {
            "listed": len(expected),
            "truncated": self.truncated,
            "absent": sorted(expected - self.seen.keys()),
            "misplaced": {label: place for label, place in sorted(strays.items()) if place},
            "placed": sorted(
                label for label, place in strays.items() if not place and label in self.was_at
            ),
            "foreign": foreign,
        }


class Censuses:
    """The census at hand at one desk, and whether the next one is blind. Used by the loop."""

    def __init__(self, knowledge: Knowledge | None) -> None:
        self._knowledge = knowledge
        self.at_hand: ShelfCensus | None = None
        self.blind = False  # as who oversees has chosen

    def turn_to(self, place: str | None, *, now_us: Micros, roles: AbstractSet[str]) -> None:
        """The one at hand is over; one of that place begins."""
        self.at_hand = None
        if place is None:
            return
        known = self._knowledge
        things, truncated = ((), False) if known is None else (known.things(), known.truncated())
        blind = self.is_blind_for(roles)
        self.at_hand = ShelfCensus.of(
            place, things, truncated=truncated, begun_us=now_us, blind=blind
        )

    def is_blind_for(self, roles: AbstractSet[str]) -> bool:
        """Whether the next census of who holds these roles is blind; an inspector's always is."""
        return self.blind or Role.INSPECTOR in roles

    def switch(self, *, blind: bool, roles: AbstractSet[str]) -> Prompt:
        """What to tell who asks for it; an open census stays as it was opened."""
        if Role.SUPERVISOR not in roles:
            return prompt("BLIND_NOT_YOURS")
        if self.at_hand is not None:
            return prompt("CLOSE_CENSUS_FIRST")
        self.blind = blind
        return prompt("CENSUS_BLIND" if blind else "CENSUS_LISTED")
