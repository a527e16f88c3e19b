"""What has opened and not closed, out of all tables that hold discrepancies; for the queries."""

from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, or_, select, true, union_all

from adapters.read_model.engine import among
from adapters.read_model.handlings import Handlings
from adapters.read_model.tables import Tables
from domain.model.instants import Micros


def flags_of(
    tables: Tables,
    now_us: Micros | BindParameter[Micros],
    *,
    code: str | None = None,
    subjects: bool = False,
    open_only: bool = True,
) -> CompoundSelect[Any]:
    """What has opened by now: subject, code, key, opened_us, closed_us.

    `subjects`: only of those in the list given as parameter `wanted`. `open_only`: not what
    evidence or a person has closed.
    """
    parts, handlings = [], Handlings(tables)
    discrepancy, station, repeat = tables.discrepancy.c, tables.station_flag.c, tables.repeat.c
    for table, subject, shows in (
        (discrepancy, discrepancy.subject, true()),
        (repeat, repeat.subject, handlings.outlived()),
        (station, station.station, true()),
    ):
        conditions = [table.opened_us <= now_us, shows]
        if open_only:
            conditions.append(or_(table.closed_us.is_(None), table.closed_us > now_us))
            conditions.append(~handlings.closed(table, subject))
        if code is not None:
            conditions.append(table.code == code)
        if subjects:
            conditions.append(among(subject, "wanted"))
        parts.append(
            select(
                subject.label("subject"), table.code, table.key, table.opened_us, table.closed_us
            ).where(*conditions)
        )
    return union_all(*parts)
