"""What a ledger of minutes needs of each dossier besides board, chain and case: kept and read.

The refold writes a row where facts tell more than the chain; `JourneyQueries` reads thousands.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, Select, bindparam, func, or_, select

from adapters.read_model.contests import Contests
from adapters.read_model.deadlines import NO_WAITS, read_waits
from adapters.read_model.engine import among, listed
from adapters.read_model.handlings import Handlings
from adapters.read_model.tables import LIVE, Tables
from domain.model.custody_state import DossierState, Link, Milestones, Tendered
from domain.model.leg_evidence import BEARING, Arrival, LegFacts, Sending, Stay
from domain.model.legs import Account, Mark
from domain.model.period_report import Period
from domain.model.responsibility import Charged
from domain.model.station_time import Discrepancy
from domain.ports.journeys import Contested, Journey

AT_A_TIME = 2_000  # dossiers in one look: some megabytes

Row = dict[str, Any]
_CASE = "label office procedure procedure_version received_us waits".split()
_LINK = "label holder place from_us to_us basis evidence".split()
_BOARD = (
    "status windows registered_us finished_us finished_provisional returned_us ended ended_us"
).split()


def journey_rows(label: str, state: DossierState, legs: LegFacts) -> list[Row]:
    """The row of table `journey`; none where the chain says it all.

    `unfinished`: ended without a result, or given back without one having been ready.
    """
    unfinished = state.finished_us is None and state.returned_us is not None
    if not (legs.marks or legs.runs or state.tendered or unfinished):
        return []
    told = {
        "marks": [mark[:3] for mark in legs.marks],
        "runs": legs.runs,
        "stays": list(map(tuple, legs.stays)),
        "sendings": list(map(tuple, legs.sendings)),
        "arrivals": list(map(tuple, legs.arrivals)),
        "tendered": [(one.giver, one.receiver, one.from_us, one.to_us) for one in state.tendered],
        "unfinished": unfinished,
    }
    return [{"label": label, "told": orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()}]


def _flags(tables: Tables) -> Select[Any]:
    """Discrepancies that bear on minutes, of the subjects in the parameter `wanted`."""
    flag, handling = tables.discrepancy.c, tables.handling
    closed_us = func.coalesce(flag.closed_us, handling.c.closed_us)
    return (
        select(flag.opened_us, flag.code, flag.subject, closed_us, flag.key)
        .outerjoin(handling, Handlings(tables).joined(tables.discrepancy))
        .where(among(flag.subject, "wanted"), flag.code.in_(sorted(BEARING)))
    )


def _on(legs: LegFacts | None, found: Mapping[str, Sequence[Discrepancy]]) -> Sequence[Discrepancy]:
    if legs is None or not found:
        return ()
    return [each for name in legs.subjects for each in found.get(name, ())]


class JourneyQueries:
    """`Journeys` over one engine of read-only connections."""

    def __init__(self, engine: Engine, tables: Tables = LIVE) -> None:
        self._engine = engine
        self._tables = tables
        board, case, link = tables.board.c, tables.dossier_case.c, tables.custody_link.c
        self._chosen = (
            select(*(case[name] for name in _CASE), *(board[name] for name in _BOARD))
            .join(tables.board, board.label == case.label)
            .where(case.label > bindparam("after"))
            .order_by(case.label)
            .limit(AT_A_TIME)
        )
        self._links = (
            select(*(link[name] for name in _LINK))
            .where(among(link.label, "wanted"))
            .order_by(link.label, link.n)
        )
        journey = tables.journey.c
        self._told = select(journey.label, journey.told).where(among(journey.label, "wanted"))
        self._contests = Contests(tables).of_labels()
        self._flags = _flags(tables)

    def of_period(self, period: Period) -> Iterator[Journey]:
        """See `Journeys`."""
        return self._each(*self._lived_in(period))

    def how_many(self, period: Period) -> int:
        """See `Journeys`."""
        board, case = self._tables.board, self._tables.dossier_case
        counted = select(func.count()).join_from(case, board, board.c.label == case.c.label)
        with self._engine.begin() as connection:
            return int(connection.execute(counted.where(*self._lived_in(period))).scalar_one())

    def _lived_in(self, period: Period) -> tuple[ColumnElement[bool], ...]:
        board = self._tables.board.c
        gone_us = func.coalesce(board.returned_us, board.ended_us)
        still = or_(gone_us.is_(None), board.here, gone_us >= period.from_us)
        return board.registered_us < period.to_us, still

    def running(self) -> Iterator[Journey]:
        """See `Journeys`."""
        board = self._tables.board.c
        return self._each(
            board.registered_us.is_not(None), board.finished_us.is_(None), board.ended_us.is_(None)
        )

    def of_labels(self, labels: Iterable[str]) -> Iterator[Journey]:
        """See `Journeys`."""
        ordered = iter(sorted(labels))
        while part := list(islice(ordered, AT_A_TIME)):
            yield from self._each(self._tables.board.c.label.in_(part))

    def _each(self, *where: ColumnElement[bool]) -> Iterator[Journey]:
        query, after = self._chosen.where(*where), ""
        with self._engine.begin() as connection:
            while rows := connection.execute(query, {"after": after}).all():
                yield from self._journeys(connection, rows)
                after = rows[-1].label

    def _journeys(self, connection: Connection, rows: Sequence[Any]) -> Iterator[Journey]:
        wanted = {"wanted": listed(row.label for row in rows)}
        chains, contests = self._chains(connection, wanted), self._contested(connection, wanted)
        told = {label: _read(label, row) for label, row in connection.execute(self._told, wanted)}
        pouches = (legs.subjects for legs, _, _ in told.values())
        bearing = self._bearing(connection, {row.label for row in rows}.union(*pouches))
        for row in rows:
            legs, tendered, unfinished = told.get(row.label) or (LegFacts(row.label), (), False)
            yield Journey(
                label=row.label,
                office=row.office,
                procedure=row.procedure,
                procedure_version=row.procedure_version,
                received_us=row.received_us,
                waits=() if row.waits == NO_WAITS else read_waits(row.waits),
                state=_state(row, chains.get(row.label, ()), tendered, unfinished=unfinished),
                legs=legs,
                bearing=_on(legs, bearing),
                contests=contests.get(row.label, {}),
            )

    def _chains(self, connection: Connection, wanted: Row) -> Mapping[str, Sequence[Link]]:
        chains: dict[str, list[Link]] = defaultdict(list)
        rows = connection.execute(self._links, wanted)
        for label, holder, place, from_us, to_us, basis, keys in rows:
            evidence = tuple(orjson.loads(keys))
            chains[label].append(Link(holder, place, from_us, to_us, basis, evidence))
        return chains

    def _contested(
        self, connection: Connection, wanted: Row
    ) -> Mapping[str, Mapping[Charged, Contested]]:
        found: dict[str, dict[Charged, Contested]] = defaultdict(dict)
        for label, leg, part, *account, kind, party, undecided in connection.execute(
            self._contests, wanted
        ):
            to = None if kind is None else Account(kind, party)
            found[label][Charged(leg, part, Account(*account))] = Contested(to, undecided)
        return found

    def _bearing(
        self, connection: Connection, subjects: Collection[str]
    ) -> Mapping[str, list[Discrepancy]]:
        """By subject, those that bear on minutes; as closed by evidence, else by people."""
        wanted = {"wanted": listed(subjects)}
        found: dict[str, list[Discrepancy]] = defaultdict(list)
        for row in connection.execute(self._flags, wanted):
            found[row.subject].append(Discrepancy(*row))
        return found


def _state(
    row: Any, chain: Sequence[Link], tendered: tuple[Tendered, ...], *, unfinished: bool
) -> DossierState:
    return DossierState(
        row.status,
        None,
        [(since, until) for since, until in orjson.loads(row.windows)],
        chain,
        registered_us=row.registered_us,
        finished_us=None if unfinished else row.finished_us,
        finished_provisional=row.finished_provisional,
        returned_us=row.returned_us,
        tendered=tendered,
        milestones=Milestones(ended=row.ended, ended_us=row.ended_us),
    )


def _read(label: str, row: str) -> tuple[LegFacts, tuple[Tendered, ...], bool]:
    told = orjson.loads(row)
    legs = LegFacts(
        label,
        [Mark(*mark) for mark in told["marks"]],
        told["runs"],
        [Stay(*each) for each in told["stays"]],
        [Sending(*each) for each in told["sendings"]],
        [Arrival(*each) for each in told["arrivals"]],
    )
    return legs, tuple(Tendered(*one) for one in told["tendered"]), told["unfinished"]
