"""Keeps the sheet of courier runs equal to what is planned and what was scanned of them.

Used by the projection and the rebuild.

Planned runs are no events, and nothing here may tick: they are laid out for some weeks beyond the
newest instant that the log tells of, each with the instants at which it turns late or missed. How
far that is depends on the log alone, so a rebuilt sheet is the same (L4).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    union,
)

from adapters.read_model.engine import among, listed, upsert
from adapters.read_model.expressions import joined
from adapters.read_model.fact_rows import FactRows
from adapters.read_model.fillings import AT
from adapters.read_model.run_rows import BETWEEN, run_row, scans_in, written_plan
from adapters.read_model.tables import ROW, Tables
from domain.model.corrections import AMENDING
from domain.model.instants import DAY_US, Micros
from domain.model.office_hours import DAYS, Day
from domain.model.planned_runs import PlannedRun
from domain.model.runs import ORIGIN_US, Cards, RunSettings, RunState, day_of, follow_runs
from domain.model.station_time import latest

DAYS_AHEAD = 31  # a log that is silent for longer is of no centre at work, Tết holidays included
_FLAG = ("subject", "code", "key", "opened_us", "closed_us")
Which = tuple[str, Day]  # a card and a date: which run


class RunPlanner(Protocol):
    """What is planned, by the newest timetables and calendars of the log."""

    def cards(self) -> Cards:
        """Route and slot of every card."""
        ...

    def planned(self, first: Day, last: Day) -> list[PlannedRun]:
        """The runs of these days."""
        ...


class NoPlans:
    """A house without a timetable."""

    def cards(self) -> Cards:
        """None."""
        return {}

    def planned(self, _first: Day, _last: Day) -> list[PlannedRun]:
        """None."""
        return []


class Runs:
    """The runs in one set of tables; its statements are built once."""

    def __init__(self, tables: Tables, planner: RunPlanner, settings: RunSettings) -> None:
        self._planner = planner
        self._settings = settings
        self._facts = FactRows(tables)
        run, laid = tables.run, tables.laid_out
        self._newest = select(func.max(tables.fact.c.recorded_at_us))
        self._through = select(laid.c.through)
        put = upsert(laid)
        self._set_through = put.on_conflict_do_update(
            index_elements=[laid.c.name], set_={"through": put.excluded.through}
        )
        standing = select(run.c.label, run.c.day, run.c.plan, run.c.stamp)
        self._of_days = standing.where(run.c.day.between(bindparam("first"), bindparam("last")))
        self._named = select(run.c.name, run.c.label, run.c.day).where(among(run.c.label, "wanted"))
        self._known = select(run.c.label).distinct().where(among(run.c.label, "wanted"))
        self._marks, self._differing = _compared(tables)
        filed, fact = tables.fact_label.c, tables.fact.c
        self._filed = (
            select(filed.label, fact.id, fact.effective_us)
            .join_from(tables.fact_label, tables.fact, fact.id == filed.fact_id)
            .where(among(filed.label, "wanted"), fact.fact.not_in(sorted(AMENDING)))
            .order_by(filed.label, fact.id)
        )
        self._standing = select(run.c.label, run.c.day, run.c.stamp).where(
            among(run.c.label, "wanted"), among(run.c.day, "days")
        )
        self._any_standing = (
            select(run.c.day, run.c.stamp).where(run.c.label == bindparam("of")).limit(1)
        )
        self._forget = delete(run).where(among(run.c.name, "wanted"))
        self._add = insert(run)
        subject = tables.discrepancy.c.subject
        self._clear = delete(tables.discrepancy).where(among(subject, "wanted"))
        self._flag = insert(tables.discrepancy)

    def take(
        self,
        connection: Connection,
        *,
        touched: Collection[str],
        newest_us: Micros | None,
        replan: bool,
    ) -> None:
        """Bring the sheet up to what is `touched`, and to the newest instant told of.

        That is runs by the name under which their scans are filed, or whole cards.
        `replan`: a timetable or calendar has changed, so every run is compared with its plan.
        """
        cards = self._planner.cards()
        if not cards:
            return
        if replan:  # it may be the first timetable: what was told before counts as well
            newest_us = latest(newest_us, connection.execute(self._newest).scalar())
        before, through = self._lay_further(connection, newest_us)
        first, last = (0, DAYS) if replan else (before + 1, through)
        told = {_named(name) if AT in name else (name, None) for name in touched}
        labels = set(cards) if replan else {card for card, day in told if day is None}
        labels &= cards.keys()
        runs = {(card, day) for card, day in told if card in cards and day is not None}
        if not labels and not runs and first > last:
            return
        rows = connection.execute(self._of_days, {"first": first, "last": last}).all()
        standing = {(row.label, row.day): row.plan for row in rows}
        planned = {(run.label, run.day): run for run in self._planner.planned(first, through)}
        # A scan may be of a day that is not laid out yet.
        planned |= self._plan({day for _, day in standing if day > through})
        changed = {
            which
            for which in planned.keys() | standing.keys()
            if written_plan(planned.get(which)) != standing.get(which)
        }
        labels |= {label for label, _ in changed}
        runs = {which for which in runs if which[0] not in labels}
        stamps = self._stamps_of(connection, runs)
        labels |= {label for label, _ in runs} - {label for label, _ in stamps}
        seen = self._look(connection, labels)
        self._look_at(connection, {which for which in runs if which[0] not in labels}, stamps, seen)
        for row in rows:
            if (row.label, row.day) in changed:  # only its plan may be another
                seen.scans.setdefault((row.label, row.day), row.stamp.partition(BETWEEN)[2])
        self._replace(connection, changed | seen.differing, seen, cards)

    def _look(self, connection: Connection, labels: Collection[str]) -> "_Seen":
        """What is filed under the cards and not yet in the sheet."""
        if not labels:
            return _Seen({})
        wanted = {"wanted": listed(labels)}
        marks = connection.execute(self._marks, wanted)
        seen = _Seen({label: mark for label, mark in marks})  # noqa: C416 - rows are no pairs yet
        for label, day, scans, stamp in connection.execute(self._differing, wanted):
            seen.scans[label, day] = scans
            seen.differing.add((label, day))
            if stamp is not None and stamp.partition(BETWEEN)[0] != seen.marks.get(label, ""):
                seen.amended_anew.add(label)
        known = connection.execute(self._known, wanted).scalars()
        seen.amended_anew |= seen.marks.keys() - set(known)
        return seen

    def _stamps_of(self, connection: Connection, runs: Collection[Which]) -> dict[Which, str]:
        """Of these runs; where one has none yet, of another of its card; none of a new card."""
        if not runs:
            return {}
        wanted = {"wanted": listed({label for label, _ in runs})}
        days = {"days": listed({day for _, day in runs})}
        rows = connection.execute(self._standing, wanted | days)
        found = {(row.label, row.day): row.stamp for row in rows}
        lacking = {label for label, _ in runs} - {label for label, _ in found}
        for label in lacking:
            row = connection.execute(self._any_standing, {"of": label}).first()
            if row is not None:
                found[label, row.day] = row.stamp
        return found

    def _look_at(
        self,
        connection: Connection,
        runs: Collection[Which],
        stamps: Mapping[Which, str],
        seen: "_Seen",
    ) -> None:
        """What is filed under these runs of cards of which nothing new is undone or corrected.

        So what was is what the card's other runs say, and years of its scans need no look.
        """
        if not runs:
            return
        for (label, _), stamp in stamps.items():
            seen.marks.setdefault(label, stamp.partition(BETWEEN)[0])
        scans: dict[Which, list[str]] = {which: [] for which in runs}
        names = listed(f"{label}{AT}{day}" for label, day in runs)
        for name, number, effective_us in connection.execute(self._filed, {"wanted": names}):
            scans[_named(name)].append(f"{number}:{effective_us}")
        for which, those in scans.items():
            seen.scans[which] = ",".join(those)
            if stamps.get(which) != seen.stamp(which):
                seen.differing.add(which)

    def _lay_further(self, connection: Connection, newest_us: Micros | None) -> tuple[Day, Day]:
        """Through which day runs were laid out, and are from now on; -1 for none."""
        known: Day | None = connection.execute(self._through).scalar()
        before = -1 if known is None else known
        if newest_us is None:
            return before, before
        through = min(day_of(newest_us) + DAYS_AHEAD, DAYS - 1)
        if through <= before:
            return before, before
        connection.execute(self._set_through, {"name": ROW, "through": through})
        return before, through

    def _replace(
        self, connection: Connection, changed: Collection[Which], seen: "_Seen", cards: Cards
    ) -> None:
        if not changed:
            return
        plan = self._plan({day for _, day in changed})
        states = follow_runs(
            [run for which, run in plan.items() if which in changed],
            self._facts.with_amended(connection, seen.numbers(changed)),
            cards=cards,
            settings=self._settings,
        )
        # An undo or a correction that is new may put a scan on any day of its card.
        known = {
            which: state
            for state in states
            if (which := (state.label, state.day)) in changed or state.label in seen.amended_anew
        }
        self._write(connection, {*changed, *known}, known, seen)

    def _plan(self, days: Iterable[Day]) -> dict[Which, PlannedRun]:
        """The planned runs of these days, asked for by stretches of days that follow each other."""
        found: dict[Which, PlannedRun] = {}
        ordered = sorted(days)
        start = 0
        for place in range(1, len(ordered) + 1):
            if place == len(ordered) or ordered[place] != ordered[place - 1] + 1:
                for run in self._planner.planned(ordered[start], ordered[place - 1]):
                    found[run.label, run.day] = run
                start = place
        return found

    def _write(
        self,
        connection: Connection,
        changed: Collection[Which],
        states: Mapping[Which, RunState],
        seen: "_Seen",
    ) -> None:
        days = sorted(day for _, day in changed)
        around = {"first": days[0], "last": days[-1]}
        labels = {"wanted": listed({label for label, _ in changed})}
        standing = connection.execute(self._named, labels | around)
        names = {row.name for row in standing if (row.label, row.day) in changed}
        forgotten = {"wanted": listed(names | {state.name for state in states.values()})}
        connection.execute(self._forget, forgotten)
        connection.execute(self._clear, forgotten)
        rows = [run_row(state, seen.stamp(which)) for which, state in states.items()]
        if rows:
            connection.execute(self._add, rows)
        flags = [
            {name: getattr(one, name) for name in _FLAG}
            for state in states.values()
            for one in state.discrepancies
        ]
        if flags:
            connection.execute(self._flag, flags)


@dataclass(slots=True)
class _Seen:
    """What is filed under cards: serial numbers of facts, as the statements below write them.

    `marks`: of each card what undoes or corrects; `scans`: of each run its scans with their times,
    for runs that may have changed. The two are the run's stamp, of no use outside these tables.
    """

    marks: dict[str, str]
    scans: dict[Which, str] = field(default_factory=dict)
    differing: set[Which] = field(default_factory=set)
    amended_anew: set[str] = field(default_factory=set)

    def stamp(self, which: Which) -> str:
        """The same for the same scans at the same times."""
        return f"{self.marks.get(which[0], '')}{BETWEEN}{self.scans.get(which, '')}"

    def numbers(self, runs: Iterable[Which]) -> set[int]:
        """The facts that bear on these runs."""
        chosen = set(runs)
        told = [self.marks.get(label, "") for label in {label for label, _ in chosen}]
        told += [self.scans.get(which, "") for which in chosen]
        return scans_in(BETWEEN.join(told))


def _compared(tables: Tables) -> tuple[Select[Any], Select[Any]]:
    """What undoes or corrects scans of the cards `wanted`; and which of their runs differ.

    In one statement, because a card has thousands of scans after some years, and Python need see
    only those of the runs that differ.
    """
    run, fact, filing = tables.run.c, tables.fact.c, tables.fact_label.c
    filed = (
        select(filing.label, fact.id, fact.effective_us, fact.fact)
        .join_from(tables.fact_label, tables.fact, fact.id == filing.fact_id)
        .where(among(filing.label, "wanted"))
        .order_by(filing.label, fact.id)
        .subquery()
        .c
    )
    number = cast(filed.id, Text)
    marks = (
        select(filed.label, joined(number, by=filed.id).label("mark"))
        .where(filed.fact.in_(sorted(AMENDING)))
        .group_by(filed.label)
    )
    day = (filed.effective_us - _constant(ORIGIN_US)) // _constant(DAY_US)
    scans = number + ":" + cast(filed.effective_us, Text)
    seen = (
        select(filed.label, day.label("day"), joined(scans, by=filed.id).label("scans"))
        .where(filed.fact.not_in(sorted(AMENDING)))
        .group_by(filed.label, day)
        .subquery()
    )
    laid = select(run.label, run.day).where(among(run.label, "wanted"))
    days = union(select(seen.c.label, seen.c.day), laid).subquery()
    marked = marks.subquery()
    told = func.coalesce(seen.c.scans, "")
    differing = (
        select(days.c.label, days.c.day, told, run.stamp)
        .select_from(
            days.outerjoin(marked, marked.c.label == days.c.label)
            .outerjoin(seen, and_(seen.c.label == days.c.label, seen.c.day == days.c.day))
            .outerjoin(tables.run, and_(run.label == days.c.label, run.day == days.c.day))
        )
        .where(run.stamp.is_distinct_from(func.coalesce(marked.c.mark, "") + BETWEEN + told))
    )
    return marks, differing


def _named(name: str) -> Which:
    """The card and the day of which it is the name."""
    card, _, day = name.partition(AT)
    return card, int(day)


def _constant(number: int) -> ColumnElement[int]:
    """In the statement's text, because expressions with parameters are no equals to group by."""
    return literal_column(str(number), BigInteger)
