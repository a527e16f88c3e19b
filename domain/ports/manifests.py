"""What the read side knows of the paper that a party has or is to get; told to its stations."""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from domain.model.manifest import Contents, RunAhead, Thing
from domain.model.office_hours import Day

MOST_THINGS = 20_000  # of one party; more lies in no office, and it is 1.5 MB
MOST_FACTS = 5_000  # of one answer, about 1.5 MB; the first label is told of however many it has


class Listed(NamedTuple):
    """The first things by label; `truncated` where there are more than `MOST_THINGS`."""

    things: tuple[Thing, ...]
    truncated: bool


class Manifests(Protocol):
    """Each answer is one consistent snapshot of the read model."""

    def things(self, party: str) -> Listed:
        """What the party holds and what is on its way to it."""
        ...

    def runs(self, party: str, first: Day, last: Day) -> tuple[RunAhead, ...]:
        """The planned runs of these days that stop at the office, or that the courier drives.

        A run that is planned for no courier by name is every courier's.
        """
        ...

    def contents(self, labels: Collection[str]) -> Contents:
        """The facts that bear on the first of these labels, as many as one answer holds."""
        ...
