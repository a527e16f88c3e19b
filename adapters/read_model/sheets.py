"""The rows of one dossier or pouch in each sheet; for the refold and the long fold."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Connection, insert

from adapters.read_model.courses import Astray, course_rows
from adapters.read_model.deadlines import CASE, NO_WAITS, DueOf, dated, undated
from adapters.read_model.engine import add_rows
from adapters.read_model.journeys import journey_rows
from adapters.read_model.tables import Tables
from domain.model.custody_state import DossierState, Link, Milestones, PouchState, Repeat
from domain.model.discrepancy import CLOSED_BY_EVIDENCE
from domain.model.instants import Micros
from domain.model.leg_evidence import LegFacts
from domain.model.station_time import Discrepancy

_MILESTONES = tuple(each.name for each in fields(Milestones))

_case_of = attrgetter(*CASE)
_milestones_of = attrgetter(*_MILESTONES)
_NOBODY = DossierState(status="unknown", pouch=None, windows=(), chain=())
_DISCREPANCY = ("subject", "code", "key", "opened_us", "closed_us")

Row = dict[str, Any]


@dataclass(slots=True)
class Sheets:
    """All rows of one label."""

    board: list[Row] = field(default_factory=list)
    pouch: list[Row] = field(default_factory=list)
    custody_link: list[Row] = field(default_factory=list)
    journey: list[Row] = field(default_factory=list)
    course: list[Row] = field(default_factory=list)
    discrepancy: list[Row] = field(default_factory=list)
    repeat: list[Row] = field(default_factory=list)

    def add_dossier(
        self,
        label: str,
        state: DossierState | None,
        case: Any,
        legs: LegFacts,
        *,
        astray: Astray,
        due_of: DueOf,
    ) -> None:
        """Of a dossier: as it is folded (None: nothing was scanned), and its case if it has one."""
        state = state or _NOBODY
        self.board.append(_board_row(label, state, case, due_of))
        self.add_links(label, state.chain)
        self.journey += journey_rows(label, state, legs)
        if case is not None:
            self.course += course_rows(state, case, legs, astray)

    def add_pouch(self, label: str, state: PouchState, before: int) -> None:
        """Of a pouch, of whose chain so many links stand here already."""
        self.pouch.append(_pouch_row(label, state))
        self.add_links(label, state.chain, before)

    def add_links(self, label: str, chain: Iterable[Link], before: int = 0) -> None:
        """Of a chain, from that link on."""
        self.custody_link += [
            {
                "label": label,
                "n": n,
                "holder": link.holder,
                "place": link.place,
                "from_us": link.from_us,
                "to_us": link.to_us,
                "basis": link.basis,
                "evidence": orjson.dumps(link.evidence).decode(),
            }
            for n, link in enumerate(chain, start=before)
        ]

    def add_flags(self, discrepancies: Iterable[Discrepancy], repeats: Iterable[Repeat]) -> None:
        """What does not agree, and its further causes."""
        for each in discrepancies:
            self.discrepancy.append({name: getattr(each, name) for name in _DISCREPANCY})
        for repeat in repeats:
            if repeat.code not in CLOSED_BY_EVIDENCE:
                row = {name: getattr(repeat, name) for name in (*_DISCREPANCY, "behind")}
                self.repeat.append(row)

    def stamp(self) -> str:
        """The same for the same rows; written into the board's or the pouch's."""
        told = orjson.dumps([getattr(self, name) for name in self.__slots__])
        stamp = blake2b(told, digest_size=12).hexdigest()
        for row in (*self.board, *self.pouch):
            row["stamp"] = stamp
        return stamp


class SheetWriter:
    """Adds rows to one set of tables."""

    def __init__(self, tables: Tables) -> None:
        self._add = {name: insert(getattr(tables, name)) for name in Sheets.__slots__}

    def write(self, connection: Connection, sheets: Collection[Sheets]) -> None:
        """All of these rows."""
        for name, add in self._add.items():
            if rows := [row for each in sheets for row in getattr(each, name)]:
                add_rows(connection, add, rows)


def _board_row(label: str, state: DossierState, case: Any, due_of: DueOf) -> Row:
    last = _present(state.chain)
    # Given back without having passed the desk: then the result was ready at the latest.
    finished_us = state.returned_us if state.finished_us is None else state.finished_us
    settled_us = _closed(state) if finished_us is None else finished_us
    life = state.status, state.registered_us, finished_us, settled_us
    counted = undated(finished_us)
    if case is not None:
        counted = dated(_case_of(case), life, due_of)
    return {
        "label": label,
        "status": state.status,
        "here": last is not None,
        "holder": last and last.holder,
        "place": last and last.place,
        "basis": last and last.basis,
        "since_us": last and _since(state.chain),
        "pouch": state.pouch,
        "official_code": case and case.official_code,
        "procedure": case and case.procedure,
        "procedure_version": case and case.procedure_version,
        "office": case.office if case else state.registered_office,
        "registered_us": state.registered_us,
        "finished_us": finished_us,
        "finished_provisional": state.finished_provisional,
        "returned_us": state.returned_us,
        "settled_us": settled_us,
        "promised_us": case and case.promised_us,
        "confirmed_us": case and case.confirmed_us,
        **counted._asdict(),
        "windows": orjson.dumps(state.windows).decode(),
        **dict(zip(_MILESTONES, _milestones_of(state.milestones), strict=True)),
        "waits": NO_WAITS if case is None else case.waits,
    }


def _pouch_row(label: str, state: PouchState) -> Row:
    return {
        "label": label,
        "state": state.state,
        "holder": state.holder,
        "since_us": _since(state.chain) if _present(state.chain) else None,
        "seal": state.seal,
        "destination": state.destination,
        "ahead": orjson.dumps(list(state.ahead)).decode() if state.ahead else None,
        "contents": orjson.dumps(list(state.contents)).decode(),
        "manifest": orjson.dumps(list(state.manifest)).decode(),
    }


def _present(chain: Sequence[Link]) -> Link | None:
    """The link that still lasts."""
    return chain[-1] if chain and chain[-1].to_us is None else None


def _since(chain: Sequence[Link]) -> Micros:
    """Since when the last holder has had it, whatever places it lay at."""
    start = chain[-1]
    for link in reversed(chain[:-1]):
        if link.holder != start.holder or link.to_us != start.from_us:
            break
        start = link
    return start.from_us


def _closed(state: DossierState) -> Micros | None:
    """When the last window closed, None while it is open or before there was one."""
    return state.windows[-1][1] if state.windows else None
