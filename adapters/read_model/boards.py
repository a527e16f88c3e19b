"""`Boards` on the tables of the read model: open discrepancies by age, and the stations."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Engine, and_, case, func, select

from adapters.read_model.flags import flags_of
from adapters.read_model.handlings import Handlings
from adapters.read_model.tables import LIVE, Tables
from domain.model.instants import DAY_US, Micros
from domain.ports.boards import AGES_DAYS, AgeCount, Heard


class BoardQueries:
    """`Boards` over one engine of read-only connections."""

    def __init__(self, engine: Engine, tables: Tables = LIVE) -> None:
        self._engine = engine
        self._tables = tables
        clock, fact, void = tables.station_clock.c, tables.fact.c, tables.void_entry.c
        self._newest = (
            select(
                clock.station,
                clock.epoch,
                clock.seq,
                fact.at_us,
                fact.recorded_at_us,
                fact.effective_us,
            )
            .join(
                tables.fact,
                and_(
                    fact.station == clock.station,
                    fact.epoch == clock.epoch,
                    fact.seq == clock.seq,
                    fact.digest == clock.digest,
                ),
            )
            .order_by(clock.station)
        )
        self._uncounted = select(void.station, func.count()).group_by(void.station)

    def ages(self, *, now_us: Micros) -> Sequence[AgeCount]:
        """See `Boards`."""
        board, pouch, handling = self._tables.board, self._tables.pouch, self._tables.handling
        flags = flags_of(self._tables, now_us).subquery()
        passed = now_us - flags.c.opened_us
        age = case(
            *((passed <= days * DAY_US, place) for place, days in enumerate(AGES_DAYS)),
            else_=len(AGES_DAYS),
        ).label("age")
        owner = func.coalesce(handling.c.assigned, board.c.holder, pouch.c.holder).label("owner")
        each = (
            select(flags.c.code, owner, age, flags.c.opened_us)
            .select_from(flags)
            .outerjoin(board, board.c.label == flags.c.subject)
            .outerjoin(pouch, pouch.c.label == flags.c.subject)
            .outerjoin(handling, Handlings(self._tables).joined(flags))
            .subquery()
            .c
        )
        words = each.code, each.owner, each.age
        oldest_us = func.min(each.opened_us).label("oldest_us")
        told = select(*words, func.count(), oldest_us).group_by(*words)
        told = told.order_by(oldest_us, *words)
        with self._engine.begin() as connection:
            return [AgeCount(*row) for row in connection.execute(told)]

    def heard(self, *, now_us: Micros) -> Sequence[Heard]:
        """See `Boards`."""
        flags = flags_of(self._tables, now_us).subquery().c
        counted: dict[str, dict[str, int]] = defaultdict(dict)
        by_code = (
            select(flags.subject, flags.code, func.count())
            .where(flags.subject.in_(select(self._tables.station_clock.c.station)))
            .group_by(flags.subject, flags.code)
            .order_by(flags.code)
        )
        with self._engine.begin() as connection:
            for station, code, number in connection.execute(by_code):
                counted[station][code] = number
            uncounted = {row[0]: row[1] for row in connection.execute(self._uncounted)}
            return [
                Heard(*row, uncounted.get(row.station, 0), counted.get(row.station, {}))
                for row in connection.execute(self._newest)
            ]
