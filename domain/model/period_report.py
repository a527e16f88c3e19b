"""The period report (Biểu II.06 family): what came in, what was solved, what is left, and on time.

Counts come in as tallies of the read model; everything printed is computed here and must add up.
Used by the command line, the programming interface and the page.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from domain.model.errors import NotFound, Refusal
from domain.model.instants import Micros, iso, local
from domain.model.period_figures import NEW, Figures, Received, Tale, Tallies
from domain.model.procedure import Procedure, Terms
from domain.model.shares import Change, Share, changed, demand_parts, moved, share

UNKNOWN = "?"  # the row of dossiers whose procedure or office nobody knows


class BadPeriod(Refusal):
    """It ends before it begins; values: since, until (its first and its last day)."""

    code = "BAD_PERIOD"


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
    tallies: Tallies,
    *,
    period: Period,
    procedures: Mapping[str, Procedure],
    by: Grouping | None = None,
    before: tuple[Period, Tallies] | None = None,
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
    tallies: Tallies, by: Grouping | None, procedures: Mapping[str, Procedure]
) -> tuple[Figures, dict[str, Figures]]:
    counted: dict[str, Counter[Tale]] = defaultdict(Counter)
    for received, tales in tallies.items():
        row = counted[_row_of(received, by, procedures)]
        for tale, dossiers in tales:
            row[tale] += dossiers
    everything: Counter[Tale] = Counter()
    for row in counted.values():
        everything.update(row)
    total = Figures.of(everything)
    rows = {} if by is None else {name: Figures.of(row) for name, row in counted.items()}
    total.check("total")
    for name, figures in rows.items():
        figures.check(name)
    if rows:
        demand_parts({name: each.received for name, each in rows.items()}, total.received)
    return total, dict(sorted(rows.items()))


def _row_of(received: Received, by: Grouping | None, procedures: Mapping[str, Procedure]) -> str:
    """Empty where no rows are asked for."""
    if by is None:
        return ""
    terms = _terms(received, procedures)
    return row_name(by, office=received.office, procedure=received.procedure, terms=terms)


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


def _terms(received: Received, procedures: Mapping[str, Procedure]) -> Terms | None:
    """What dossiers were received under."""
    procedure = procedures.get(received.procedure or "")
    version = received.version or 0
    if procedure is None or not 0 < version <= len(procedure.versions):
        return None
    return procedure.versions[version - 1]


def _catalogue(tallies: Tallies, period: Period, procedures: Mapping[str, Procedure]) -> Catalogue:
    offered: dict[str, Terms] = {}
    for code, procedure in procedures.items():
        try:
            offered[code] = procedure.version_at(period.to_us - 1)[1]
        except NotFound:
            continue
    new = (each for each, tales in tallies.items() if any(tale.entry in NEW for tale, _ in tales))
    handled = {
        each.procedure: terms
        for each in sorted(new, key=lambda each: each.version or 0)
        if (terms := _terms(each, procedures))
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
