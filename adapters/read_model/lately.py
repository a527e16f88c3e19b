"""What bears on the newest facts, from the projection to whoever tells of them in this process.

It was read to fold it, and would be read again at once to tell the station what its scan met.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from threading import Lock

from domain.model.custody_along import Bearing

MOST_KEPT = 1_000  # facts; nobody may ask, where another process took their entries in


class Lately:
    """By digest of a fact what bore on it when it was filed; given away once. Any thread."""

    def __init__(self) -> None:
        self._bearing: OrderedDict[str, Bearing] = OrderedDict()
        self._turn = Lock()

    def keep(self, bearing: Mapping[str, Bearing]) -> None:
        """These facts are filed, and this bears on them."""
        with self._turn:
            self._bearing.update(bearing)
            for _ in range(len(self._bearing) - MOST_KEPT):
                self._bearing.popitem(last=False)

    def taken(self, digests: Collection[str]) -> list[Bearing] | None:
        """What bears on all of these; None if of any it is not known."""
        with self._turn:
            if not digests or not self._bearing.keys() >= set(digests):
                return None
            found = [self._bearing.pop(digest) for digest in digests]
        return list({id(each): each for each in found}.values())
