"""The source of chance that pictures are drawn from; the caller seeds it."""

from typing import Protocol


class Dice(Protocol):
    """The part of `random.Random` used here; the caller seeds it."""

    def uniform(self, a: float, b: float, /) -> float: ...  # noqa: D102
    def getrandbits(self, k: int, /) -> int: ...  # noqa: D102
    def random(self) -> float: ...  # noqa: D102
