"""Timetables as a table of stops laid over those in force: all rows or none; used by import.

What is so already changes nothing, so an exported file can be loaded again. Rows of one route and
one first day are one version; rows of one route, date and slot are one exception.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.model.errors import AlreadyExists, BadCode, BadLabel, NotFound, Refusal
from domain.model.office_hours import BadDate, date_of, parse_day
from domain.model.planned_runs import (
    CANCELLED,
    BadTimetable,
    CutoffAfterStop,
    Excepted,
    RunsOverlap,
    StopsOutOfOrder,
    Trip,
    clock,
    read_trip,
    read_trips,
)
from domain.model.sheet import RowProblem, SheetRefused
from domain.model.timetable import (
    RunAlreadyDue,
    RunExceptedAlready,
    Timetable,
    TimetableOverlap,
    TimetableTooLate,
    UnknownStop,
    introduce_timetable,
)

Card = Callable[[str], str]  # a new card's label, numbered by the office with this code


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """One stop as written on that line; of a version, or with a `date` of an exception.

    `kind` and `reason` are an exception's. A cancelled run has one row without a stop; a version
    without any run one row without a slot. Empty `label`: the card that the slot has, or a new one.
    """

    line: int
    route: str
    slot: str
    name_vi: str = ""
    name_en: str = ""
    calendar_office: str = ""
    effective_from: str = ""
    date: str = ""
    kind: str = ""
    reason: str = ""
    courier: str = ""
    label: str = ""
    office: str = ""
    at: str = ""
    cutoff: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What rows make: a version from a day (`slot` and `kind` empty), or an exception of a date."""

    route: str
    day: str
    slot: str = ""
    kind: str = ""


def lay_timetables(
    rows: Sequence[StopRow],
    problems: Iterable[RowProblem],
    *,
    over: dict[str, Timetable],
    offices: Collection[str],
    card: Card,
    timestamp: datetime,
) -> list[Change]:
    """Bring the timetables `over` (by route, fresh from the log) up to the rows; what changed.

    They are changed in place, and new ones put among them. Raises `SheetRefused` with every row
    that stands in the way; they are then to be thrown away.
    """
    found = list(problems)
    groups: dict[tuple[bool, str, str, str], list[StopRow]] = defaultdict(list)
    for row in rows:
        excepts = bool(row.date)
        day, slot = (row.date, row.slot) if excepts else (row.effective_from, "")
        groups[excepts, day, row.route, slot].append(row)
    changes = []
    for (excepts, *_), group in sorted(groups.items()):
        try:
            _check_offices(group, offices)
            laid = (_except if excepts else _version)(group, over, card, timestamp)
        except Refusal as refusal:
            line, column = _place(group, refusal)
            found.append(RowProblem(line, column, refusal))
        else:
            changes += [laid] if laid else []
    if found:
        raise SheetRefused(found)
    return changes


def _check_offices(rows: Sequence[StopRow], offices: Collection[str]) -> None:
    for row in rows:
        for office in (row.office, row.calendar_office):
            if office and office not in offices:
                raise UnknownStop(office=office)


def _version(
    rows: Sequence[StopRow], over: dict[str, Timetable], card: Card, timestamp: datetime
) -> Change | None:
    first = rows[0]
    standing = over.get(first.route)
    by_slot: dict[str, list[StopRow]] = defaultdict(list)
    for row in rows:
        if row.slot:
            by_slot[row.slot].append(row)
    numbering = first.calendar_office or (standing.office if standing else first.office)
    runs = [_run(each, standing, card, numbering) for each in by_slot.values()]
    told = Change(first.route, first.effective_from)
    if standing is None:
        over[first.route] = introduce_timetable(
            code=first.route,
            name_vi=first.name_vi or first.route,
            name_en=first.name_en or first.name_vi or first.route,
            office=numbering,
            effective_from=first.effective_from,
            runs=runs,
            timestamp=timestamp,
        )
        return told
    given = parse_day(first.effective_from), read_trips(runs)
    if given in standing.versions:
        return None
    standing.revise(effective_from=first.effective_from, runs=runs, timestamp=timestamp)
    return told


def _except(
    rows: Sequence[StopRow], over: dict[str, Timetable], card: Card, timestamp: datetime
) -> Change | None:
    first = rows[0]
    standing = over.get(first.route)
    if standing is None:
        raise NotFound(what="route", code=first.route)
    known = standing.exceptions.get((parse_day(first.date), first.slot))
    run = None if first.kind == CANCELLED else _run(rows, standing, card, standing.office)
    trip = None if run is None else read_trip(run)
    if known == Excepted(first.kind, trip, first.reason):
        return None
    standing.except_run(
        date=first.date,
        slot=first.slot,
        kind=first.kind,
        run=run,
        reason=first.reason,
        timestamp=timestamp,
    )
    return Change(first.route, first.date, first.slot, first.kind)


def _run(
    rows: Sequence[StopRow], standing: Timetable | None, card: Card, numbering: str
) -> dict[str, Any]:
    """The rows of one run as `read_trip` reads them; a slot without a card gets one."""
    first = rows[0]
    stops = [
        {"office": row.office, "at": row.at, "cutoff": row.cutoff or None}
        for row in rows
        if row.office or row.at
    ]
    run = {"slot": first.slot, "courier": first.courier or None, "stops": stops}
    return with_card(run | {"label": first.label}, standing, lambda: card(numbering))


def with_card(
    run: dict[str, Any], standing: Timetable | None, take: Callable[[], str]
) -> dict[str, Any]:
    """The run with the card of its slot where it names none: the one it has, or a new one."""
    if run.get("label"):
        return run
    slots = {} if standing is None else standing.route.cards
    cards = {slot: label for label, slot in slots.items()}
    return run | {"label": cards.get(str(run.get("slot"))) or take()}


# -- and back


def rows_of(timetable: Timetable) -> list[StopRow]:
    """A timetable as the rows that `lay_timetables` finds to be so already."""
    rows: list[StopRow] = []
    for version in timetable.versions:
        told = {
            "name_vi": timetable.name_vi,
            "name_en": timetable.name_en,
            "calendar_office": timetable.office,
            "effective_from": date_of(version.first).isoformat(),
        }
        for trip in version.trips:
            rows += _stops(timetable.code, trip, told)
        if not version.trips:
            rows.append(StopRow(line=0, route=timetable.code, slot="", **told))
    for (day, slot), each in sorted(timetable.exceptions.items()):
        told = {"date": date_of(day).isoformat(), "kind": each.kind, "reason": each.reason}
        if each.trip is None:
            rows.append(StopRow(line=0, route=timetable.code, slot=slot, **told))
        else:
            rows += _stops(timetable.code, each.trip, told)
    return rows


def _stops(route: str, trip: Trip, told: dict[str, str]) -> list[StopRow]:
    return [
        StopRow(
            line=0,
            route=route,
            slot=trip.slot,
            courier=trip.courier or "",
            label=trip.label,
            office=stop.office,
            at=clock(stop.at),
            cutoff=clock(stop.cutoff),
            **told,
        )
        for stop in trip.stops
    ]


# -- which row and column a refusal is about

_COLUMNS: dict[type[Refusal], str] = {
    AlreadyExists: "slot",
    BadLabel: "label",
    CutoffAfterStop: "cutoff",
    NotFound: "route",
    RunAlreadyDue: "date",
    RunExceptedAlready: "date",
    RunsOverlap: "slot",
    StopsOutOfOrder: "at",
    TimetableOverlap: "effective_from",
    TimetableTooLate: "effective_from",
    UnknownStop: "office",
}


def _place(rows: Sequence[StopRow], refusal: Refusal) -> tuple[int, str]:
    """The first row that says what the refusal repeats, else the first of all; and the column."""
    column = _COLUMNS.get(type(refusal), "at")
    match refusal:
        case BadTimetable() | BadCode():
            column = str(refusal.values["field"])
        case BadDate():
            column = "date" if rows[0].date else "effective_from"
    said = {name: str(value) for name, value in refusal.values.items()}
    named = {name: said[name] for name in ("slot", "office", "at", "cutoff") if name in said}
    for row in rows:
        if named and all(getattr(row, name) == value for name, value in named.items()):
            return row.line, column
    return rows[0].line, column
