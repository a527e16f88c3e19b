"""`Hands` on the tables of the read model: what one person has, or what lies at one desk."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    exists,
    false,
    null,
    or_,
    select,
    true,
    union_all,
)

from adapters.read_model.engine import among, listed
from adapters.read_model.expressions import last_item, word_of
from adapters.read_model.tables import LIVE, Tables
from domain.model.labels import POUCH_KIND
from domain.model.succession import Succession
from domain.ports.hands import HeldRow

_HELD = "label holder basis place operator scanned_us official_code procedure".split()


class HandsSheet:
    """`Hands` over one engine of read-only connections."""

    def __init__(
        self, engine: Engine, tables: Tables = LIVE, *, succession: Callable[[], Succession]
    ) -> None:
        self._engine = engine
        self._succession = succession
        self._held = union_all(_dossiers(tables), _pouches(tables)).subquery().c
        self._confirmed = _confirmed_pouches(tables)

    def held(
        self,
        office: str,
        *,
        operator: str | None = None,
        place: str | None = None,
        labels: Collection[str] | None = None,
    ) -> tuple[HeldRow, ...]:
        """See `Hands`."""
        held, parties = self._held, self._succession().carried_on_by(office)
        conditions: list[ColumnElement[bool]] = [held.holder.in_(parties)]
        for column, wanted in ((held.operator, operator), (held.place, place)):
            if wanted is not None:  # of a pouch it is known only below
                conditions.append(or_(column == wanted, held.is_pouch))
        parameters = {}
        if labels is not None:
            conditions.append(among(held.label, "wanted"))
            parameters["wanted"] = listed(labels)
        query = select(*(held[name] for name in _HELD)).where(*conditions)
        with self._engine.begin() as connection:
            found = connection.execute(query, parameters).mappings()
            rows = {row["label"]: dict(row) for row in found}
            pouches = [label for label in rows if label[:1] == POUCH_KIND]
            moved = connection.execute(self._confirmed, {"pouches": listed(pouches)})
            for one in moved.mappings():
                if one["office"] in parties:
                    _confirm(rows[one["label"]], one)
        every = (HeldRow(**row) for row in rows.values())
        chosen = [
            row for row in every if operator in {None, row.operator} and place in {None, row.place}
        ]
        return tuple(sorted(chosen, key=lambda row: (row.place or "", row.label)))


def _dossiers(tables: Tables) -> Select[Any]:
    """Those in somebody's hands by themselves, with the newest scan behind their last link."""
    board = tables.board.c
    return _with_last_scan(
        tables, board, board.official_code, board.procedure, is_pouch=false()
    ).where(board.here, board.pouch.is_(None))


def _pouches(tables: Tables) -> Select[Any]:
    """Those that are sealed or have something in them."""
    pouch = tables.pouch.c
    return _with_last_scan(tables, pouch, null(), null(), is_pouch=true()).where(
        or_(pouch.state == "sealed", pouch.contents != "[]")
    )


def _with_last_scan(
    tables: Tables, thing: Any, code: Any, procedure: Any, *, is_pouch: ColumnElement[bool]
) -> Select[Any]:
    link, fact = tables.custody_link.c, tables.fact.c
    return (
        select(
            thing.label,
            thing.holder,
            link.basis,
            link.place,
            fact.operator,
            fact.effective_us.label("scanned_us"),
            code.label("official_code"),
            procedure.label("procedure"),
            is_pouch.label("is_pouch"),
        )
        .join(tables.custody_link, and_(link.label == thing.label, link.to_us.is_(None)))
        .join(tables.fact, fact.key == last_item(link.evidence))
    )


def _confirmed_pouches(tables: Tables) -> Select[Any]:
    """Every scan that stated a pouch of the list `pouches` to be at its place, the oldest first.

    It moves nothing in the fold, so no link tells of it. What somebody undid or corrected is left
    out: to be confirmed once more is no harm.
    """
    filed, fact, amended = tables.fact_label.c, tables.fact.c, tables.amendment.c
    return (
        select(
            fact.subject.label("label"),
            fact.office,
            fact.operator,
            fact.effective_us.label("scanned_us"),
            word_of(fact.context, "place").label("place"),
        )
        .join(tables.fact_label, filed.fact_id == fact.id)
        .where(
            among(filed.label, "pouches"),
            filed.label == fact.subject,
            fact.fact == "Moved",
            ~exists().where(amended.target == fact.key),
        )
        .order_by(fact.effective_us, fact.station, fact.epoch, fact.seq)
    )


def _confirm(row: dict[str, Any], moved: Any) -> None:
    if moved["scanned_us"] >= row["scanned_us"]:
        row |= {name: moved[name] for name in ("operator", "scanned_us")}
        row["place"] = moved["place"] or row["place"]
