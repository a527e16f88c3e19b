"""The read side of a shelf census: the links of custody at one place, and the scans behind them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, bindparam, exists, or_, select

from adapters.read_model.engine import among, listed
from adapters.read_model.fact_rows import FactRows
from adapters.read_model.tables import LIVE, Tables
from domain.model.custody_state import INFERRED
from domain.model.instants import Micros
from domain.model.labels import POUCH_KIND
from domain.model.station_time import Timed
from domain.model.succession import Succession
from domain.ports.censuses import StoodRow


class CensusQueries:
    """`Censuses` over one engine of read-only connections."""

    def __init__(
        self, engine: Engine, tables: Tables = LIVE, *, succession: Callable[[], Succession]
    ) -> None:
        self._engine, self._succession, self._facts = engine, succession, FactRows(tables)
        link = tables.custody_link.c
        # What only its pouch was scanned for lies in the pouch, not on the shelf.
        self._there = select(link.label, link.n, link.from_us, link.to_us, link.evidence).where(
            link.place == bindparam("place"),
            among(link.holder, "parties"),
            link.basis != INFERRED,
            link.from_us <= bindparam("until"),
            or_(link.to_us.is_(None), link.to_us > bindparam("since")),
        )
        self._known = select(exists().where(link.place == bindparam("place")))
        self._chains = select(link.label, link.n, link.holder, link.place, link.basis).where(
            among(link.label, "wanted")
        )

    def stood(
        self, office: str, place: str, *, since_us: Micros, until_us: Micros
    ) -> tuple[StoodRow, ...]:
        """See `Censuses`."""
        asked = {
            "place": place,
            "parties": listed(self._succession().carried_on_by(office)),
            "since": since_us,
            "until": until_us,
        }
        with self._engine.begin() as connection:
            links = [
                row for row in connection.execute(self._there, asked) if row.label[:1] != POUCH_KIND
            ]
            labels = listed({row.label for row in links})
            chains = {
                (row.label, row.n): row
                for row in connection.execute(self._chains, {"wanted": labels})
            }
            scans = self._scans(connection, links)
        found: dict[str, StoodRow] = {}
        for row in sorted(links, key=lambda row: (row.label, row.n)):
            seen = [
                scan
                for key in orjson.loads(row.evidence)
                if (scan := scans.get(key)) and since_us <= scan.effective_us <= until_us
            ]
            before = chains.get((row.label, row.n - 1))
            told = _told(row, seen, before, since_us, until_us)
            found[row.label] = told if row.label not in found else _joined(found[row.label], told)
        return tuple(found.values())

    def known(self, place: str) -> bool:
        """See `Censuses`."""
        with self._engine.begin() as connection:
            return bool(connection.execute(self._known, {"place": place}).scalar_one())

    def _scans(self, connection: Connection, links: Sequence[Any]) -> Mapping[str, Timed]:
        keys = {key for row in links for key in orjson.loads(row.evidence)}
        stored = self._facts.by_key(connection, keys)
        return {each.timed.fact.key: each.timed for each in stored}


def _told(
    row: Any, seen: Sequence[Timed], before: Any, since_us: Micros, until_us: Micros
) -> StoodRow:
    first = min(seen, key=lambda scan: scan.order, default=None)
    return StoodRow(
        label=row.label,
        stood=row.from_us < since_us,
        seen_us=None if first is None else first.effective_us,
        seen_by=None if first is None else first.fact.operator,
        left_us=row.to_us if row.to_us is not None and row.to_us <= until_us else None,
        before_holder=None if before is None else before.holder,
        before_basis=None if before is None else before.basis,
        before_place=None if before is None else before.place,
    )


def _joined(one: StoodRow, later: StoodRow) -> StoodRow:
    """It was taken away and came back: where it was at first, and that it is here in the end."""
    return StoodRow(
        label=one.label,
        stood=one.stood,
        seen_us=later.seen_us if one.seen_us is None else one.seen_us,
        seen_by=later.seen_by if one.seen_us is None else one.seen_by,
        left_us=later.left_us,
        before_holder=one.before_holder,
        before_basis=one.before_basis,
        before_place=one.before_place,
    )
