"""The read side of the manifests that stations keep: what a party may meet, and the facts of it.

A pouch is told of from when it was last filled; a thing's stamp changes with its sheet, with every
fact filed under it and with what people did about its discrepancies.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, Engine, Select, func, null, or_, select, union_all

from adapters.read_model.closure import Around, Closure
from adapters.read_model.engine import among, listed
from adapters.read_model.fact_rows import OFFICES, FactRows
from adapters.read_model.fillings import EVER, Fillings, name_of
from adapters.read_model.handlings import Handlings
from adapters.read_model.run_rows import RunQueries
from adapters.read_model.stickers import StickerRows
from adapters.read_model.tables import LIVE, Tables
from domain.model.identifiers import is_courier
from domain.model.labels import POUCH_KIND
from domain.model.manifest import COMING, HERE, Contents, FiledFact, RunAhead, Thing
from domain.model.office_hours import Day
from domain.model.runs import RunState
from domain.model.station_time import Identity
from domain.model.succession import Succession
from domain.ports.manifests import MOST_FACTS, MOST_THINGS, Listed

if TYPE_CHECKING:
    from domain.model.custody_state import Filling

_LABELS_AT_A_TIME = 10  # read together: those of one pouch have most of their facts in common


class ManifestQueries:
    """`Manifests` over one engine of read-only connections."""

    def __init__(
        self, engine: Engine, tables: Tables = LIVE, *, succession: Callable[[], Succession]
    ) -> None:
        self._engine, self._succession = engine, succession
        self._closure, self._fillings = Closure(tables), Fillings(tables)
        self._runs, self._facts = RunQueries(tables), FactRows(tables)
        self._stickers, self._closed = StickerRows(tables), Handlings(tables).of_subjects()
        board, pouch = tables.board.c, tables.pouch.c
        here = union_all(
            select(board.label, board.stamp, board.pouch, board.place).where(
                board.here, among(board.holder, "parties")
            ),
            select(pouch.label, pouch.stamp, null(), null()).where(among(pouch.holder, "parties")),
        )
        self._here = here.order_by(here.selected_columns.label).limit(MOST_THINGS + 1)
        self._under_way = (
            select(pouch.label, pouch.ahead).where(pouch.ahead.is_not(None)).order_by(pouch.label)
        )
        self._unaccepted = _unaccepted(tables)
        named = union_all(
            select(board.label, board.stamp, board.pouch, board.place).where(
                or_(among(board.label, "wanted"), among(board.pouch, "wanted"))
            ),
            select(pouch.label, pouch.stamp, null(), null()).where(among(pouch.label, "wanted")),
        )
        self._named = named.order_by(named.selected_columns.label).limit(MOST_THINGS + 1)
        filed, handling = tables.fact_label.c, tables.handling.c
        self._newest = _newest_by(filed.label, filed.fact_id)
        self._acted = _newest_by(handling.subject, handling.acted_us)
        member = tables.membership.c
        self._members = select(member.label, member.pouch).where(among(member.pouch, "wanted"))
        self._filed = select(filed.fact_id, filed.label).where(among(filed.label, "wanted"))

    def things(self, party: str) -> Listed:
        """See `Manifests`."""
        parties = self._succession().carried_on_by(party)
        with self._engine.begin() as connection:
            mine = {"parties": listed(parties)}
            here = connection.execute(self._here, mine).all()
            under_way = connection.execute(self._under_way).all()
            pouches = [pouch for pouch, ahead in under_way if parties & set(orjson.loads(ahead))]
            unaccepted = connection.execute(self._unaccepted).all()
            coming = {*pouches} | {
                subject
                for subject, context in unaccepted
                if orjson.loads(context).get("counterpart") in parties
            }
            sent = connection.execute(self._named, {"wanted": listed(coming)}).all()
            every = {row[0]: (COMING, row) for row in sent} | {row[0]: (HERE, row) for row in here}
            truncated = max(map(len, (here, pouches, unaccepted, sent, every))) > MOST_THINGS
            rows = dict(sorted(every.items())[:MOST_THINGS])
            acted = self._last(connection, self._acted, rows)
            beside = self._beside(connection, rows)
            told = self._last(connection, self._newest, set().union(rows, *beside.values()))
        things = tuple(
            Thing(
                label, _stamp(stamp, acted.get(label), told.get(label), inside), where, pouch, place
            )
            for label, (where, (_, stamp, pouch, place)) in rows.items()
            for inside in [max((told.get(one, 0) for one in beside.get(label, ())), default=0)]
        )
        return Listed(things, truncated)

    def _last(
        self, connection: Connection, query: Select[Any], labels: Collection[str]
    ) -> dict[str, int]:
        rows = connection.execute(query, {"wanted": listed(labels)}).all()
        return {row[0]: row[1] for row in rows}

    def _beside(
        self, connection: Connection, labels: Collection[str]
    ) -> Mapping[str, Collection[str]]:
        """By pouch, what was ever in it since it was last filled."""
        pouches = {each for each in labels if each[:1] == POUCH_KIND}
        cuts = self._fillings.cuts(connection, pouches)
        newest = {name_of(pouch, at, EVER): pouch for pouch, at in cuts.items()}
        inside: dict[str, set[str]] = defaultdict(set)
        for label, filling in connection.execute(self._members, {"wanted": listed(newest)}):
            inside[newest[filling]].add(label)
        return inside

    def runs(self, party: str, first: Day, last: Day) -> tuple[RunAhead, ...]:
        """See `Manifests`."""
        parties = self._succession().carried_on_by(party)
        with self._engine.begin() as connection:
            scans = self._runs.scans(connection, first, last)
            return tuple(
                RunAhead(state.planned, tuple(sorted(facts, key=attrgetter("order"))))
                for state in self._runs.of_days(connection, first, last)
                if state.planned is not None and _concerns(state, parties)
                for facts in [self._facts.with_amended(connection, scans[state.name])]
            )

    def contents(self, labels: Collection[str]) -> Contents:
        """See `Manifests`."""
        told: list[str] = []
        filed: dict[int, tuple[FiledFact, set[str]]] = {}
        begun: dict[tuple[str, int], Filling] = {}
        with self._engine.begin() as connection:
            for some in _parts(labels):
                if filed and len(filed) > MOST_FACTS - len(filed) // max(len(told), 1) * len(some):
                    break
                first = self._stickers.first_labels(connection, some)
                around = self._around(connection, {first.get(one, one) for one in some})
                under = self._under(connection, around)
                for stored in around.stored:
                    names = filed.setdefault(stored.id, (FiledFact(stored.timed, ()), set()))[1]
                    names |= under[stored.id]
                begun |= {(one.pouch, one.from_us): one for one in around.begun}
                told += some
            return Contents(
                told=tuple(told),
                facts=tuple(FiledFact(one.timed, tuple(sorted(n))) for one, n in filed.values()),
                begun=tuple(begun.values()),
                settled={
                    Identity(row.code, row.subject, row.key): row.closed_us
                    for row in connection.execute(self._closed, {"wanted": listed(told)})
                },
                worn=self._stickers.worn(connection, told),
            )

    def _around(self, connection: Connection, labels: Collection[str]) -> Around:
        """As for scans of these labels now: pouches in the filling that such a scan falls into."""
        cuts = self._fillings.cuts(connection, {each for each in labels if each[:1] == POUCH_KIND})
        newest = {name_of(pouch, at, EVER) for pouch, at in cuts.items()}
        return self._closure.around(connection, newest.union(labels) - cuts.keys())

    def _under(self, connection: Connection, around: Around) -> dict[int, set[str]]:
        """By number of a fact, the names told of that it is filed under."""
        under: dict[int, set[str]] = defaultdict(set)
        wanted = {"wanted": listed(around.names | {OFFICES})}
        for number, name in connection.execute(self._filed, wanted):
            under[number].add(name)
        return under


def _concerns(run: RunState, parties: Collection[str]) -> bool:
    """Whether it stops at one of these offices, or one of them is, or may be, its courier."""
    drivers = {each.courier for each in run.couriers}
    if run.planned is not None and run.planned.courier is not None:
        drivers.add(run.planned.courier)
    if not drivers and any(map(is_courier, parties)):
        return True
    return bool(drivers.union(stop.office for stop in run.stops) & set(parties))


def _unaccepted(tables: Tables) -> Select[Any]:
    """What was released and not accepted yet: that it will be late is on its sheet at once."""
    flag, fact = tables.discrepancy.c, tables.fact.c
    return (
        select(flag.subject, fact.context)
        .join(tables.fact, fact.key == flag.key)
        .where(
            flag.code == "NOT_ACCEPTED",
            flag.closed_us.is_(None),
            fact.context.contains('"counterpart":'),
        )
        .order_by(flag.subject, flag.key)
        .limit(MOST_THINGS + 1)
    )


def _newest_by(label: Any, value: Any) -> Select[Any]:
    return select(label, func.max(value)).where(among(label, "wanted")).group_by(label)


def _stamp(*told: object) -> str:
    return blake2b(repr(told).encode(), digest_size=6).hexdigest()


def _parts(labels: Iterable[str]) -> Iterator[Sequence[str]]:
    left = iter(labels)
    while some := list(islice(left, _LABELS_AT_A_TIME)):
        yield some
