"""The period report (Biểu II.06 family): what came in, what was solved, what is left, and on time.

Counts come in as tallies of the read model; everything printed is computed here and must add up.
Used by the command line, the programming interface and the page.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from domain.model.errors import NotFound, Refusal
from domain.model.instants import Micros, iso, local
from domain.model.procedure import Procedure, Terms
from domain.model.shares import Change, Share, changed, demand_parts, moved, partition, share

UNKNOWN = "?"  # the row of dossiers whose procedure or office nobody knows


class BadPeriod(Refusal):
    """It ends before it begins; values: since, until (its first and its last day)."""

    code = "BAD_PERIOD"


class ReportDoesNotAddUp(Refusal):
    """Two counts that must be equal are not, so nothing is printed; values: what, left, right."""

    code = "REPORT_DOES_NOT_ADD_UP"


@dataclass(frozen=True, slots=True)
class Period:
    """[from, to), any stretch; raises `BadPeriod`."""

    from_us: Micros
    to_us: Micros

    def __post_init__(self) -> None:
        if self.to_us <= self.from_us:
            first, last = local(self.from_us).date(), local(self.to_us - 1).date()
            raise BadPeriod(since=first.isoformat(), until=last.isoformat())

    def so_far(self, now_us: Micros) -> "Period":
        """Up to now, where it is not over: what is due today is not overdue at noon."""
        if self.from_us < now_us < self.to_us:
            return Period(self.from_us, now_us)
        return self


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


class BreakdownDoesNotApply(Refusal):
    """What the report counts is not of one such row; values: report, by, applicable."""

    code = "BREAKDOWN_DOES_NOT_APPLY"


class Grouping(StrEnum):
    """By what the rows of a report are made."""

    DEPARTMENT = "department"
    FIELD = "field"
    PROCEDURE = "procedure"
    OFFICE = "office"
    COURIER = "courier"
    ROUTE = "route"


# Which report can be told by what: a dossier is solved by no courier, and a run is of no procedure.
BREAKDOWNS = {
    "period": (Grouping.DEPARTMENT, Grouping.FIELD, Grouping.PROCEDURE, Grouping.OFFICE),
    "responsibility": tuple(each for each in Grouping if each is not Grouping.ROUTE),
    "runs": (Grouping.ROUTE, Grouping.COURIER, Grouping.OFFICE),
}


def demand_breakdown(report: str, by: Grouping | None) -> None:
    """Raises `BreakdownDoesNotApply`."""
    applicable = BREAKDOWNS[report]
    if by is not None and by not in applicable:
        raise BreakdownDoesNotApply(report=report, by=by, applicable=", ".join(applicable))


class Tally(NamedTuple):
    """So many dossiers of one version of a procedure to which the same happened in the period.

    `entry` and `exit` are None for what was solved before and only lay, or was handed over, in it.
    `returned` is the class of what was handed over in the period, `shelf` the age of what lies at
    its end. `national` is the class by index 2.1 of what was processed in it. `rating` is of what
    was solved in it.
    """

    office: str | None
    procedure: str | None
    version: int | None
    entry: str | None
    exit: str | None
    returned: str | None
    shelf: str | None
    national: str | None
    rating: str | None
    provisional_result: bool  # ready by its pouch alone
    provisional_due: bool  # counted with a year whose days off are not known
    dossiers: int


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

    def add(self, tally: Tally) -> None:
        """Count a tally in."""
        many = tally.dossiers
        for name in ("entry", "exit", "returned", "shelf", "national", "rating"):
            what = getattr(tally, name)
            if what is not None:
                getattr(self, name)[what] += many
        if tally.exit is None and (tally.returned or tally.shelf):
            self.shelf_before += many
        if tally.exit in SOLVED:
            self.shelf_of_solved += many if tally.shelf else 0
            self.provisional_results += many * tally.provisional_result
        self.provisional_dues += many * (tally.provisional_due and tally.exit is not None)

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


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Procedures in force at the end of the period, and those that dossiers were received for."""

    offered: int
    offered_on_the_spot: int
    offered_fields: int
    offered_departments: int
    handled: int
    handled_on_the_spot: int
    handled_fields: int
    handled_departments: int

    def shares(self) -> dict[str, Share]:
        """Handled of what is offered; decided on the spot of either."""
        of_offered = {"handled": self.handled, "offered_on_the_spot": self.offered_on_the_spot}
        found = {
            name: share(count, self.offered, base="offered") for name, count in of_offered.items()
        }
        found["handled_on_the_spot"] = share(self.handled_on_the_spot, self.handled, base="handled")
        return {name: each for name, each in found.items() if each is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReport:
    """One period: the total, its rows by what was asked for, the catalogue.

    `changes` are from the period compared with, which is `before`; both None without one.
    """

    period: Period
    by: Grouping | None
    total: Figures
    rows: Mapping[str, Figures]
    catalogue: Catalogue
    before: Period | None = None
    changes: Mapping[str, Change] | None = None

    def to_json(self) -> dict[str, Any]:
        """For programs: counts, shares with base and rounding, changes with their unit."""
        told: dict[str, Any] = {
            "from": iso(self.period.from_us),
            "to": iso(self.period.to_us),
            "classes": "date",
            **_figures_json(self.total),
            "catalogue": asdict(self.catalogue) | {"shares": _shares_json(self.catalogue.shares())},
        }
        if self.by is not None:
            told["by"] = self.by
            told["rows"] = {name: _figures_json(each) for name, each in self.rows.items()}
        if self.before is not None and self.changes is not None:
            told["compared_with"] = {
                "from": iso(self.before.from_us),
                "to": iso(self.before.to_us),
                "changes": {name: asdict(each) for name, each in self.changes.items()},
            }
        return told


def period_report(
    tallies: Sequence[Tally],
    *,
    period: Period,
    procedures: Mapping[str, Procedure],
    by: Grouping | None = None,
    before: tuple[Period, Sequence[Tally]] | None = None,
) -> PeriodReport:
    """Add the tallies up; `before` is the period to compare with.

    Raises `ReportDoesNotAddUp`, and `PartExceedsWhole` with the row.
    """
    total, rows = _added(tallies, by, procedures)
    changes = None
    if before is not None:
        earlier, _ = _added(before[1], None, procedures)
        changes = _changes(earlier, total)
    return PeriodReport(
        period=period,
        by=by,
        total=total,
        rows=rows,
        catalogue=_catalogue(tallies, period, procedures),
        before=before and before[0],
        changes=changes,
    )


def _added(
    tallies: Iterable[Tally], by: Grouping | None, procedures: Mapping[str, Procedure]
) -> tuple[Figures, dict[str, Figures]]:
    total, rows = Figures(), dict[str, Figures]()
    for tally in tallies:
        total.add(tally)
        if by is not None:
            terms = _terms(tally, procedures)
            name = row_name(by, office=tally.office, procedure=tally.procedure, terms=terms)
            rows.setdefault(name, Figures()).add(tally)
    total.check("total")
    for name, figures in rows.items():
        figures.check(name)
    if rows:
        demand_parts({name: each.received for name, each in rows.items()}, total.received)
    return total, dict(sorted(rows.items()))


def row_name(
    by: Grouping, *, office: str | None, procedure: str | None, terms: Terms | None
) -> str:
    """The row of a dossier by what is asked; UNKNOWN where that is not known of it."""
    if by is Grouping.OFFICE:
        return office or UNKNOWN
    if by is Grouping.PROCEDURE:
        return procedure or UNKNOWN
    if terms is None:
        return UNKNOWN
    return terms.department if by is Grouping.DEPARTMENT else terms.field


def _terms(tally: Tally, procedures: Mapping[str, Procedure]) -> Terms | None:
    """What the dossiers were received under."""
    procedure = procedures.get(tally.procedure or "")
    if procedure is None or not 0 < (tally.version or 0) <= len(procedure.versions):
        return None
    return procedure.versions[(tally.version or 0) - 1]


def _catalogue(
    tallies: Iterable[Tally], period: Period, procedures: Mapping[str, Procedure]
) -> Catalogue:
    offered: dict[str, Terms] = {}
    for code, procedure in procedures.items():
        try:
            offered[code] = procedure.version_at(period.to_us - 1)[1]
        except NotFound:
            continue
    handled = {
        tally.procedure: terms
        for tally in tallies
        if tally.entry in NEW and (terms := _terms(tally, procedures)) and tally.procedure
    }
    return Catalogue(*_catalogued(offered.values()), *_catalogued(handled.values()))


def _catalogued(all_terms: Iterable[Terms]) -> tuple[int, int, int, int]:
    """How many, decided on the spot, of how many fields and departments."""
    every = list(all_terms)
    return (
        len(every),
        sum(terms.on_the_spot for terms in every),
        len({terms.field for terms in every}),
        len({terms.department for terms in every}),
    )


def _changes(before: Figures, now: Figures) -> dict[str, Change]:
    """Counts in percent, shares (named with a sign behind) in points."""
    was, shares_were = before.counts(), before.shares()
    told = {name: changed(was.get(name, 0), count) for name, count in now.counts().items()}
    for name, each in now.shares().items():
        told[f"{name}%"] = moved(shares_were.get(name), each)
    return told


def _figures_json(figures: Figures) -> dict[str, Any]:
    return {"counts": figures.counts(), "shares": _shares_json(figures.shares())}


def _shares_json(shares: Mapping[str, Share]) -> dict[str, Any]:
    return {
        name: {
            "numerator": each.numerator,
            "denominator": each.denominator,
            "base": each.base,
            "percent": each.percent,
            "rounding": each.rounding,
        }
        for name, each in shares.items()
    }
