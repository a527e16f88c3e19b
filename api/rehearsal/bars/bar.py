"""What measuring a bar gives, and what it is given; used by every bar and by their table."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Self

from adapters.postmaster import NoPostgres, Postmaster

REACHABLE = 0o755  # PostgreSQL runs as nobody where we are root


class Verdict(StrEnum):
    """How a figure stands to its bounds; `BESIDE` is told for comparison and has none."""

    SHORT = "short"
    MET = "met"
    AIM = "aim"
    BESIDE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a bar over all slices; `at_least` and `aim` are None where none is asked."""

    name: str
    unit: str
    median: float
    best: float
    at_least: float | None = None
    aim: float | None = None
    more_is_better: bool = True

    @classmethod
    def of(
        cls,
        name: str,
        slices: Sequence[float],
        *,
        unit: str = "",
        at_least: float | None = None,
        aim: float | None = None,
        more_is_better: bool = True,
    ) -> Self:
        """From one number a slice."""
        return cls(
            name=name,
            unit=unit,
            median=median(slices),
            best=max(slices) if more_is_better else min(slices),
            at_least=at_least,
            aim=aim,
            more_is_better=more_is_better,
        )

    @property
    def verdict(self) -> Verdict:
        """By the median; the best slice excuses nothing."""
        if self.at_least is None or self.aim is None:
            return Verdict.BESIDE
        if self._reaches(self.aim):
            return Verdict.AIM
        return Verdict.MET if self._reaches(self.at_least) else Verdict.SHORT

    def _reaches(self, bound: float) -> bool:
        return self.median >= bound if self.more_is_better else self.median <= bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar as measured; `note` says what was run, or why nothing was."""

    number: int
    name: str
    figures: tuple[Figure, ...]
    note: str

    @property
    def verdict(self) -> Verdict:
        """The worst of its figures'; `BESIDE` where nothing was measured."""
        judged = {figure.verdict for figure in self.figures} - {Verdict.BESIDE}
        worst_first = (Verdict.SHORT, Verdict.MET, Verdict.AIM)
        return next((each for each in worst_first if each in judged), Verdict.BESIDE)


class Length(StrEnum):
    """How much is measured: `TRIAL` only shows that everything runs."""

    TRIAL = "trial"
    SHORT = "short"
    LONG = "long"


class Context:
    """Where a bar measures and how long; closing it leaves nothing behind.

    `workers`: of a server on PostgreSQL under load. `data`: a house that is filled already, for the
    bars at size in their long form.
    """

    def __init__(
        self, place: Path, length: Length, *, workers: int = 1, data: Path | None = None
    ) -> None:
        self.length = length
        self.workers = workers
        self.data = data
        self._told: Callable[[float], None] = lambda _share: None
        self._place = place
        self._opened = ExitStack()
        self._postmaster: Postmaster | None = None
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failed: object) -> None:
        self._opened.close()

    def measured(self, number: int, measure: "Measure") -> Bar:
        """The bar; one without figures where what it needs is not on this machine."""
        try:
            return measure(self)
        except NoPostgres as absent:
            return Bar(number=number, name="not measured", figures=(), note=str(absent))

    def of(self, *, trial: int, short: int, long: int) -> int:
        """The one of three sizes that is asked for."""
        return {Length.TRIAL: trial, Length.SHORT: short, Length.LONG: long}[self.length]

    def on_progress(self, told: Callable[[float], None]) -> None:
        """Have a function hear what `tell` is told."""
        self._told = told

    def tell(self, share: float) -> None:
        """Which share of the bar is measured."""
        self._told(share)

    def slices(self, number: int) -> Iterator[int]:
        """Counts to a number, telling what share of it is done."""
        for done in range(number):
            self.tell(done / number)
            yield done
        self.tell(1.0)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A fresh directory on the disk that is measured, for the block."""
        with TemporaryDirectory(dir=self._place, prefix="gn-bar-") as made:
            Path(made).chmod(REACHABLE)
            yield Path(made)

    def database(self) -> str:
        """The URL of a fresh PostgreSQL database on that disk; raises `NoPostgres`."""
        return self.postmaster().new_database(f"bar_{next(self._numbers)}")

    def postmaster(self) -> Postmaster:
        """The server of all bars, started when first asked for; raises `NoPostgres`."""
        if self._postmaster is None:
            directory = self._opened.enter_context(self.folder())
            self._postmaster = self._opened.enter_context(Postmaster(directory))
        return self._postmaster


Measure = Callable[[Context], Bar]
