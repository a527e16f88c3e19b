"""Which office carries on whose work: provinces and centres merge, their dossiers go on.

Used by the use cases that ask whose dossier it is, and by every sheet that names a holder.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from domain.model.errors import Refusal
from domain.model.instants import Micros, iso
from domain.model.office import Office

_NOBODY: Mapping[str, Office] = MappingProxyType({})


class SuccessionCycle(Refusal):
    """The successor's own work is carried on by the office itself; values: office, successor."""

    code = "SUCCESSION_CYCLE"


class SuccessionDate(Refusal):
    """It cannot hold from that instant; values: effective, limit, why."""

    code = "SUCCESSION_DATE"


def valid_offices(offices: Mapping[str, Office]) -> list[str]:
    """The codes of those that nobody has succeeded."""
    return sorted(code for code, office in offices.items() if office.successor is None)


class Succession:
    """The offices by code, each with its successor; courier parties are nobody's."""

    def __init__(self, offices: Mapping[str, Office] = _NOBODY) -> None:
        self._offices = offices

    def heir(self, party: str) -> str:
        """The party that carries on its work now: itself while nobody has succeeded it."""
        *_, last = self._line(party)
        return last

    def line(self, party: str) -> tuple[str, ...]:
        """The party, and those that carried on its work one after another."""
        return tuple(self._line(party))

    def carried_on_by(self, party: str) -> frozenset[str]:
        """The party itself, and every office whose work it carries on."""
        return frozenset({party}).union(
            code for code, office in self._offices.items() if party in self._line(office.code)
        )

    def by_heir(self, counts: Mapping[str, int]) -> dict[str, int]:
        """What each party has, counted with its heir's, by code."""
        total: Counter[str] = Counter()
        for party, number in counts.items():
            total[self.heir(party)] += number
        return dict(sorted(total.items()))

    def check(
        self, office: Office, successor: Office, *, effective_us: Micros, now_us: Micros
    ) -> None:
        """Demand that the one can succeed the other from then on.

        Raises `OfficeSucceeded` (either has been succeeded), `SuccessionCycle`, `SuccessionDate`.
        """
        office.demand_valid(max(now_us, office.valid_from_us))
        if office.code in self._line(successor.code):
            raise SuccessionCycle(office=office.code, successor=successor.code)
        successor.demand_valid(max(now_us, successor.valid_from_us))
        for limit_us, why, holds in (
            (now_us, "not reached yet, it is now", effective_us <= now_us),
            (
                office.valid_from_us,
                "before the office was founded:",
                effective_us >= office.valid_from_us,
            ),
            (
                successor.valid_from_us,
                "before the successor was founded:",
                effective_us >= successor.valid_from_us,
            ),
        ):
            if not holds:
                raise SuccessionDate(effective=iso(effective_us), limit=iso(limit_us), why=why)

    def _line(self, party: str) -> Iterator[str]:
        """The party, its successor, and so on; it ends, because a cycle is refused."""
        following: str | None = party
        while following is not None:
            yield following
            office = self._offices.get(following)
            following = None if office is None else office.successor
