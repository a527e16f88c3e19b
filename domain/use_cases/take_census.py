"""The result of a shelf census: what should lie at a place against what was scanned there.

A census has no facts of its own: each scan says that a dossier lies at the place, and what is not
scanned says nothing. So it can be asked for any place and time, also long after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter

from domain.model.errors import BadCode, NotAllowed, NotFound
from domain.model.identifiers import checked_code
from domain.model.instants import DAY_US, Micros
from domain.model.policy import Act, Actor, Role, demand
from domain.ports.censuses import Censuses, StoodRow
from domain.use_cases.maintain_reference import Reference

LONGEST_US = 7 * DAY_US  # of one census; what was seen a week ago says little of today
MOST_LINES = 5_000  # told one by one; all are counted
_ANYWHERE = frozenset({Role.SUPERVISOR, Role.INSPECTOR, Role.ADMIN})


class Finding(StrEnum):
    """What a census finds of one dossier."""

    ABSENT = "absent"  # it should be here and was not seen
    MISPLACED = "misplaced"  # seen here, and it should have been elsewhere
    TAKEN = "taken"  # it was here and was taken away meanwhile, by somebody's scan
    PLACED = "placed"  # seen here; no place was known before
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Census:
    """The lines by finding, in the order of `Finding`; within one by label.

    Of more than `MOST_LINES` the first are told; `counts` and `seen` are always of all.
    """

    office: str
    place: str
    since_us: Micros
    until_us: Micros
    lines: Mapping[Finding, Sequence[StoodRow]]
    counts: Mapping[Finding, int]
    seen: int  # how many were scanned there

    @property
    def truncated(self) -> bool:
        """Whether more was found than the lines tell."""
        return sum(self.counts.values()) > sum(map(len, self.lines.values()))


class TakeCensus:
    """Reads only: any thread."""

    def __init__(self, censuses: Censuses, *, reference: Reference) -> None:
        self._censuses = censuses
        self._reference = reference

    def __call__(
        self,
        place: str,
        *,
        since_us: Micros,
        until_us: Micros,
        office: str | None = None,
        actor: Actor | None,
    ) -> Census:
        """What was found there; of one's own office, or of any for who oversees them.

        Raises `NotAllowed`, `BadCode` (place, office, or a time that is no census), and `NotFound`
        for an office nobody defined, or a place at which nothing has ever lain.
        """
        demand(actor, Act.VIEW_CENSUS)
        own = "" if actor is None else actor.office
        asked = office or own
        if asked != own and not (actor and actor.roles & _ANYWHERE):
            raise NotAllowed(act=str(Act.VIEW_CENSUS))
        checked_code("place", place)
        if checked_code("office", asked) not in self._reference.offices():
            raise NotFound(what="office", code=asked)
        if not since_us < until_us <= since_us + LONGEST_US:
            raise BadCode(field="until", text="")
        rows = self._censuses.stood(asked, place, since_us=since_us, until_us=until_us)
        if not rows and not self._censuses.known(place):
            raise NotFound(what="place", code=place)
        found: dict[Finding, list[StoodRow]] = {finding: [] for finding in Finding}
        for row in sorted(rows, key=attrgetter("label")):
            found[_finding(row, asked)].append(row)
        lines, room = {}, MOST_LINES
        for finding, each in found.items():
            lines[finding] = each[:room]
            room -= len(lines[finding])
        counts = {finding: len(each) for finding, each in found.items()}
        seen = sum(row.seen_us is not None for row in rows)
        return Census(asked, place, since_us, until_us, lines, counts, seen)


def _finding(row: StoodRow, office: str) -> Finding:
    if row.seen_us is None:
        return Finding.ABSENT if row.left_us is None else Finding.TAKEN
    if row.stood:
        return Finding.PRESENT
    stray = row.before_place is not None or row.before_holder not in {None, office}
    return Finding.MISPLACED if stray else Finding.PLACED
