"""What trials by faults have shown; used by those of a journal, of a server and of its database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """`acknowledged` entries, those `lost`, numbers `doubled`, and what struck.

    `differing`: how often the read model was another one than the events' (L4). `struck` counts by
    kind of fault, each seen to have happened.
    """

    trials: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    differing: int = 0
    struck: Counter[str] = field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or other, and something was acknowledged each time."""
        broken = self.lost or self.doubled or self.differing
        return not broken and self.acknowledged >= self.trials > 0

    def look(self, acknowledged: Sequence[tuple[int, str]], kept: Mapping[int, str]) -> None:
        """Compare what was acknowledged (number, digest) with what is there, from 1 on."""
        self.acknowledged += len(acknowledged)
        self.lost += sum(kept.get(seq) != digest for seq, digest in acknowledged)
        self.doubled += len(acknowledged) - len({seq for seq, _ in acknowledged})
        self.doubled += sorted(kept) != list(range(1, len(kept) + 1))
