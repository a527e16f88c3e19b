"""Courier runs as rows of the read model and back; used by the projection and the queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, or_, select

from adapters.read_model.engine import among, listed
from adapters.read_model.tables import Tables
from domain.model.office_hours import Day
from domain.model.planned_runs import PlannedRun, PlannedStop
from domain.model.runs import Driven, RunState, StopState, by_departure
from domain.model.station_time import Discrepancy

Row = dict[str, Any]
_PLAIN = (
    "name label route slot day started_us departed_us completed_us late_from_us missed_us"
).split()
_STOP = StopState.__slots__
BETWEEN = "/"  # the two parts of a stamp


def written_plan(run: PlannedRun | None) -> str | None:
    """What was planned as a column; equal for equal plans."""
    if run is None:
        return None
    stops = [list(stop) for stop in run.stops]
    return orjson.dumps([run.courier, run.kind, run.reason, stops]).decode()


def run_row(state: RunState, stamp: str) -> Row:
    """The row of table `run`; `stamp` names the scans behind it."""
    row: Row = {name: getattr(state, name) for name in _PLAIN}
    return row | {
        "plan": written_plan(state.planned),
        "stops": _written(state.stops),
        "elsewhere": _written(state.elsewhere),
        "couriers": orjson.dumps(
            [(each.courier, each.from_us, each.to_us) for each in state.couriers]
        ).decode(),
        "stamp": stamp,
    }


def run_state(row: Any, discrepancies: Iterable[Discrepancy]) -> RunState:
    """The run of a row, with the discrepancies that name it."""
    return RunState(
        **{name: getattr(row, name) for name in _PLAIN},
        planned=_plan(row),
        stops=_read(row.stops),
        elsewhere=_read(row.elsewhere),
        couriers=tuple(Driven(*each) for each in orjson.loads(row.couriers)),
        discrepancies=tuple(discrepancies),
    )


def scans_in(stamp: str) -> set[int]:
    """The serial numbers of the facts that bear on the run of that stamp."""
    told = stamp.replace(BETWEEN, ",").split(",")
    return {int(each.partition(":")[0]) for each in told if each}


class RunQueries:
    """Reads the runs of one set of tables; its statements are built once."""

    def __init__(self, tables: Tables) -> None:
        run, flag = tables.run, tables.discrepancy
        days = run.c.day.between(bindparam("first"), bindparam("last"))
        self._of_days = select(run).where(days)
        self._stops = run.c.stops
        self._stamps = select(run.c.name, run.c.stamp).where(days)
        self._flags = select(
            flag.c.opened_us, flag.c.code, flag.c.subject, flag.c.closed_us, flag.c.key
        ).where(among(flag.c.subject, "wanted"))

    def of_days(
        self,
        connection: Connection,
        first: Day,
        last: Day,
        *,
        offices: Collection[str] | None = None,
    ) -> tuple[RunState, ...]:
        """As `follow_runs` tells them, without `now`; those that stop at one of the offices."""
        query = self._of_days
        if offices is not None:  # a code stands in quotes among the stops, and in no other word
            stops_at = (self._stops.contains(f'"{one}"', autoescape=True) for one in offices)
            query = query.where(or_(*stops_at))
        rows = connection.execute(query, {"first": first, "last": last}).all()
        flags: dict[str, list[Discrepancy]] = defaultdict(list)
        wanted = {"wanted": listed(row.name for row in rows)}
        for each in connection.execute(self._flags, wanted):
            flags[each.subject].append(Discrepancy(*each))
        states = (run_state(row, sorted(flags[row.name])) for row in rows)
        return tuple(sorted(states, key=by_departure))

    def scans(self, connection: Connection, first: Day, last: Day) -> Mapping[str, set[int]]:
        """By the name of each run the serial numbers of the facts that bear on it."""
        rows = connection.execute(self._stamps, {"first": first, "last": last})
        return {name: scans_in(stamp) for name, stamp in rows}


def _plan(row: Any) -> PlannedRun | None:
    if row.plan is None:
        return None
    courier, kind, reason, stops = orjson.loads(row.plan)
    planned = tuple(PlannedStop(*stop) for stop in stops)
    return PlannedRun(row.route, row.day, row.slot, row.label, courier, planned, kind, reason)


def _written(stops: Iterable[StopState]) -> str:
    return orjson.dumps([[getattr(stop, name) for name in _STOP] for stop in stops]).decode()


def _read(stops: str) -> tuple[StopState, ...]:
    return tuple(StopState(*stop) for stop in orjson.loads(stops))
