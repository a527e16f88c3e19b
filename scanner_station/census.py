"""A census of one shelf at the station: what should lie there, what was scanned, what is amiss.

The scans are ordinary ones (`Moved`, with the place); the count is the station's own and starts
anew with it, the server computes the same from the scans (`domain/use_cases/take_census.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from domain.model.manifest import HERE, Thing


@dataclass(slots=True)
class ShelfCensus:
    """What the manifests listed at the place when it was opened, and what was scanned since.

    `was_at`: by label, the place of every dossier that the office has; None for one without.
    `truncated`: the office has more than the manifests tell, so what is `listed` may be too little.
    """

    place: str
    was_at: dict[str, str | None]
    truncated: bool
    seen: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of(cls, place: str, things: Iterable[Thing], *, truncated: bool) -> "ShelfCensus":
        """Opened now, by what the office is known to have outside pouches."""
        here = (one for one in things if one.where == HERE and one.pouch is None)
        return cls(place, {one.label: one.place for one in here}, truncated)

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
