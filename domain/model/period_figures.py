"""What became of dossiers in a period, counted: tales of single ones, and figures that add up.

The read model tells the tales, the period report prints the figures.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Self

from domain.model.errors import Refusal
from domain.model.shares import Share, partition, share


class ReportDoesNotAddUp(Refusal):
    """Two counts that must be equal are not, so nothing is printed; values: what, left, right."""

    code = "REPORT_DOES_NOT_ADD_UP"


class Entry(StrEnum):
    """How a dossier came to be counted: unfinished before, or received in the period."""

    CARRIED = "carried_over"
    DIRECT = "direct"
    ONLINE = "online"


class Exit(StrEnum):
    """How it stands at the end: solved in one of four classes, ended without, or in process."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    UNDATED = "undated"  # solved, but no known procedure says by when
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    REFUSED = "refused"
    WITHIN = "within"
    OVERDUE = "overdue"
    PAUSED = "paused"
    OPEN_UNDATED = "open_undated"


SOLVED = (Exit.EARLY, Exit.ON_TIME, Exit.LATE, Exit.UNDATED)
ENDED = (Exit.WITHDRAWN, Exit.STOPPED, Exit.REFUSED)
IN_PROCESS = (Exit.WITHIN, Exit.OVERDUE, Exit.PAUSED, Exit.OPEN_UNDATED)
NEW = (Entry.DIRECT, Entry.ONLINE)
PROCESSED = (Exit.ON_TIME, Exit.LATE, Exit.UNDATED)  # index 2.1 knows no early
SHELF_DAYS = (7, 30, 90)  # the ages of what lies solved and not fetched, in days; then the older
SHELVES = (*(f"to_{days}_days" for days in SHELF_DAYS), f"over_{SHELF_DAYS[-1]}_days")


class Tale(NamedTuple):
    """What happened to a dossier in the period.

    `entry` and `exit` are None for what was solved before and only lay, or was handed over, in it.
    `returned` is the class of what was handed over in the period, `shelf` the age of what lies at
    its end. `national` is the class by index 2.1 of what was processed in it. `rating` is of what
    was solved in it.
    """

    entry: str | None = None
    exit: str | None = None
    returned: str | None = None
    shelf: str | None = None
    national: str | None = None
    rating: str | None = None
    provisional_result: bool = False  # ready by its pouch alone
    provisional_due: bool = False  # counted with a year whose days off are not known


class Received(NamedTuple):
    """Where dossiers were received, and for which version of which procedure.

    `office` is None too where they are not asked for by office.
    """

    office: str | None
    procedure: str | None
    version: int | None


# Of how many dossiers the same is told.
Tallies = Mapping[Received, Sequence[tuple[Tale, int]]]


@dataclass(slots=True)
class Figures:
    """The counts of one row, or of the total."""

    entry: Counter[str] = field(default_factory=Counter)
    exit: Counter[str] = field(default_factory=Counter)
    returned: Counter[str] = field(default_factory=Counter)
    shelf: Counter[str] = field(default_factory=Counter)
    national: Counter[str] = field(default_factory=Counter)
    rating: Counter[str] = field(default_factory=Counter)
    shelf_before: int = 0
    shelf_of_solved: int = 0  # lies, and was solved in the period
    provisional_results: int = 0
    provisional_dues: int = 0

    @classmethod
    def of(cls, tales: Mapping[Tale, int]) -> Self:
        """Of so many dossiers of which each is told."""
        figures = cls()
        for tale, many in tales.items():
            figures.add(tale, many)
        return figures

    def add(self, tale: Tale, many: int) -> None:
        """Count in so many dossiers of which this is told."""
        for name in ("entry", "exit", "returned", "shelf", "national", "rating"):
            what = getattr(tale, name)
            if what is not None:
                getattr(self, name)[what] += many
        if tale.exit is None and (tale.returned or tale.shelf):
            self.shelf_before += many
        if tale.exit in SOLVED:
            self.shelf_of_solved += many if tale.shelf else 0
            self.provisional_results += many * tale.provisional_result
        self.provisional_dues += many * (tale.provisional_due and tale.exit is not None)

    @property
    def carried_over(self) -> int:
        """Unfinished when the period began."""
        return self.entry[Entry.CARRIED]

    @property
    def new(self) -> int:
        """Received in the period."""
        return sum(self.entry[each] for each in NEW)

    @property
    def received(self) -> int:
        """New and carried over: what there was to do."""
        return self.entry.total()

    @property
    def solved(self) -> int:
        """The result was ready in the period."""
        return sum(self.exit[each] for each in SOLVED)

    @property
    def not_late(self) -> int:
        """Solved early or on time, by appointment."""
        return self.exit[Exit.EARLY] + self.exit[Exit.ON_TIME]

    @property
    def ended(self) -> int:
        """Withdrawn, stopped or refused in the period."""
        return sum(self.exit[each] for each in ENDED)

    @property
    def in_process(self) -> int:
        """Neither at its end."""
        return sum(self.exit[each] for each in IN_PROCESS)

    def check(self, row: str) -> None:
        """Demand the identities; raises `ReportDoesNotAddUp`."""
        for what, left, right in (
            (
                "received = solved + ended + in process",
                self.received,
                self.solved + self.ended + self.in_process,
            ),
            (
                "shelf before + solved = returned + shelf",
                self.shelf_before + self.solved,
                self.returned.total() + self.shelf.total(),
            ),
        ):
            if left != right:
                raise ReportDoesNotAddUp(what=f"{row}: {what}", left=left, right=right)

    def counts(self) -> dict[str, int]:
        """Every count by its name, in the order of the sheet."""
        return {
            "received": self.received,
            "new": self.new,
            "direct": self.entry[Entry.DIRECT],
            "online": self.entry[Entry.ONLINE],
            "carried_over": self.carried_over,
            "solved": self.solved,
            **{f"solved_{each}": self.exit[each] for each in SOLVED},
            "not_late": self.not_late,
            "ended": self.ended,
            **{each: self.exit[each] for each in ENDED},
            "in_process": self.in_process,
            **{each: self.exit[each] for each in IN_PROCESS},
            "returned": self.returned.total(),
            **{f"returned_{each}": self.returned[each] for each in SOLVED},
            "shelf": self.shelf.total(),
            "shelf_before": self.shelf_before,
            "shelf_of_solved": self.shelf_of_solved,
            **{f"shelf_{each}": self.shelf[each] for each in SHELVES},
            "processed": self.national.total(),
            **{f"processed_{each}": self.national[each] for each in PROCESSED},
            "rated": self.rating.total(),
            **{f"rated_{each}": self.rating[each] for each in sorted(self.rating)},
            "provisional_results": self.provisional_results,
            "provisional_dues": self.provisional_dues,
        }

    def shares(self) -> dict[str, Share]:
        """Every share by the name of its count, or of its own; those of nothing are left out."""
        solved, processed = self.solved, self.national.total()
        single = {
            "online": share(self.entry[Entry.ONLINE], self.received, base="received"),
            "online_of_new": share(self.entry[Entry.ONLINE], self.new, base="new"),
            "solved": share(solved, self.received, base="received"),
            "in_process": share(self.in_process, self.received, base="received"),
            "not_late": share(self.not_late, solved, base="solved"),
            "shelf_of_solved": share(self.shelf_of_solved, solved, base="solved"),
            "processed_on_time": share(self.national[Exit.ON_TIME], processed, base="processed"),
            "rated": share(self.rating.total(), solved, base="solved"),
        }
        parts = {
            **_parts("solved", self.exit, SOLVED),
            **_parts("returned", self.returned, SOLVED),
            **_parts("rated", self.rating, sorted(self.rating)),
        }
        return {name: each for name, each in single.items() if each is not None} | parts


def _parts(whole: str, counts: Mapping[str, int], names: Iterable[str]) -> dict[str, Share]:
    shares = partition({name: counts[name] for name in names}, base=whole)
    return {f"{whole}_{name}": each for name, each in shares.items()}
