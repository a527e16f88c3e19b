"""What the boards of devices and of ageing discrepancies ask of the read side."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from domain.model.instants import Micros

AGES_DAYS = (1, 3, 7, 30)  # upper ends, a day of 24 hours; what is older is in the last class


class AgeCount(NamedTuple):
    """Open discrepancies of one code with one owner in one class of age (0: the youngest).

    `owner` sees to it, or has its subject; None where nobody does.
    """

    code: str
    owner: str | None
    age: int
    number: int
    oldest_us: Micros


class Heard(NamedTuple):
    """What the newest entry of a station says, and what its journal shows.

    `said_us` is the time it claims, `recorded_us` when it came in (None: not told), `effective_us`
    when it counts. `uncounted` entries were refused or are in quarantine; `flags` by code.
    """

    station: str
    epoch: int
    seq: int
    said_us: Micros
    recorded_us: Micros | None
    effective_us: Micros
    uncounted: int
    flags: Mapping[str, int]


class Boards(Protocol):
    """One consistent snapshot of the read model."""

    def ages(self, *, now_us: Micros) -> Sequence[AgeCount]:
        """Every open discrepancy, counted; the oldest first."""
        ...

    def heard(self, *, now_us: Micros) -> Sequence[Heard]:
        """Every station that ever sent anything, by its code."""
        ...
