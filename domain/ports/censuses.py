"""What stood at a place and what was scanned there, as a census asks it of the read side."""

from dataclasses import dataclass
from typing import Protocol

from domain.model.instants import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class StoodRow:
    """A dossier that was, or came to be, at the place in the time asked for.

    `stood`: it was there when that time began. `seen_us` and `seen_by`: its first scan at the place
    in that time. `left_us`: when it was taken away again. `before_holder`, `before_basis` and
    `before_place`: who had it before, how that is known, and where; None where nobody had it or no
    place was told.
    """

    label: str
    stood: bool
    seen_us: Micros | None
    seen_by: str | None
    left_us: Micros | None
    before_holder: str | None
    before_basis: str | None
    before_place: str | None


class Censuses(Protocol):
    """The answer is one consistent snapshot of the read model."""

    def stood(
        self, office: str, place: str, *, since_us: Micros, until_us: Micros
    ) -> tuple[StoodRow, ...]:
        """By label, what the office (or one whose work it carries on) had at the place then."""
        ...

    def known(self, place: str) -> bool:
        """Whether anything has ever lain at a place of that name."""
        ...
