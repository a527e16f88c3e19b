"""How far journals reach, remembered by the one writer; used by the event log."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

Known = Callable[[UUID, int], Iterable[int]]  # stored sequences of a journal after one, in order


@dataclass(slots=True)
class _Reach:
    contiguous: int
    highest: int


class Reaches:
    """Spares every scan two questions to the file; exact because nobody else writes there."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._reaches: dict[UUID, _Reach] = {}

    def highest(self, journal: UUID) -> int:
        """The highest sequence stored, 0 for none."""
        return self._of(journal).highest

    def contiguous(self, journal: UUID) -> int:
        """The highest n with 1..n stored."""
        reach = self._of(journal)
        if reach.contiguous != reach.highest:
            reach.contiguous = unbroken(self._known(journal, reach.contiguous), reach.contiguous)
        return reach.contiguous

    def stored(self, journal: UUID, seq: int) -> None:
        """Take note that a sequence is on disk now."""
        reach = self._reaches.get(journal)
        if reach is None:
            return
        if seq == reach.contiguous + 1 == reach.highest + 1:
            reach.contiguous = seq
        reach.highest = max(reach.highest, seq)

    def _of(self, journal: UUID) -> _Reach:
        reach = self._reaches.get(journal)
        if reach is None:
            contiguous = unbroken(self._known(journal, 0), 0)
            highest = max(self._known(journal, contiguous), default=contiguous)
            reach = self._reaches[journal] = _Reach(contiguous, highest)
        return reach


def unbroken(known: Iterable[int], after: int) -> int:
    """How far the numbers go on without a gap after one."""
    for seq in known:
        if seq != after + 1:
            break
        after = seq
    return after
