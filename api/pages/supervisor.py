"""The supervisor's pages: the board, the discrepancies, and one dossier's custody timeline."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field, model_validator

from api.auth import may
from api.house import House, house_of
from api.pages.acts import fitting
from api.pages.board_words import AGE_WORDS
from api.pages.evidence import Shown, shown
from api.pages.forms import local_field
from api.pages.minutes import NAMES, statement_of
from api.pages.render import page
from api.pages.stickers import papers
from api.pages.timeline import draw
from api.pages.words import DISCREPANCIES, SELECTIONS, STANDINGS
from api.routes.board import Word
from api.routes.boards import by_code, by_owner
from api.schemas import LAST_OFFSET, BoardQuery
from domain.model.fact import DOSSIER_SIGHTINGS, labels_named
from domain.model.instants import parse_local
from domain.model.labels import LABEL_DIGITS, Kind, parse_label
from domain.model.policy import Act, Actor, allowed
from domain.model.station_time import Discrepancy, Timed
from domain.ports.views import BoardFilter
from domain.use_cases.trace_dossier import Trace

router = APIRouter(include_in_schema=False)
ROWS = 50  # a page is read, not scrolled; 50 lines are 40 KB of text
_AS_LABEL = re.compile(rf"[ .-]*(?:[0-9][ .-]*){{{LABEL_DIGITS}}}")
MOST_DISCREPANCIES = 200
MOST_HANDLED = 30  # the newest; each has its own page


class PageQuery(BoardQuery):
    """The board's filters as they stand in the page's address, and which page of it."""

    page: Annotated[int, Field(ge=1, le=LAST_OFFSET // ROWS)] = 1

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: dict[str, object]) -> dict[str, object]:
        """A form sends a field that was left at “any” as an empty text."""
        return {name: value for name, value in given.items() if value != ""}

    def wanted(self) -> BoardFilter:
        """As the read side takes it."""
        filters = self.model_dump(exclude={"page", "offset", "limit"})
        return BoardFilter(**filters, offset=(self.page - 1) * ROWS, limit=ROWS)

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the board."""
        return replace(self.wanted(), offset=0) != BoardFilter(limit=ROWS)


@router.get("/board")
def board(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    query: Annotated[PageQuery, Query()],
) -> Response:
    """What is where, since when, due when, with what discrepancies; the most at risk first."""
    house = house_of(request)
    now_us = house.clock.now_us()
    wanted = query.wanted()
    summary = house.views.summary(now_us=now_us)
    found = house.views.board(wanted, now_us=now_us)
    if not found.total and (pouch := _pouch_searched(wanted.search)):
        return RedirectResponse(f"/pouches/{pouch}", HTTPStatus.SEE_OTHER)
    pouches = {row.pouch for row in found.rows if row.pouch}
    return page(
        request,
        "board.html",
        board=found,
        pouch_codes=house.views.open_codes(pouches, now_us=now_us),
        wanted=wanted,
        filtered=query.filtered,
        summary=summary,
        selections=SELECTIONS.items(),
        standings=STANDINGS.items(),
        holders=sorted({*summary.holders, *([wanted.holder] if wanted.holder else ())}),
        codes=DISCREPANCIES,
    )


def _pouch_searched(search: str) -> str | None:
    """The pouch whose label was looked for; raises `BadLabel` for digits that do not check."""
    if not _AS_LABEL.fullmatch(search):
        return None
    label = parse_label(search)
    return str(label) if label.kind is Kind.POUCH else None


@router.get("/discrepancies")
def discrepancies(
    request: Request, _actor: Annotated[Actor, may(Act.VIEW_DISCREPANCIES)], code: Word = None
) -> Response:
    """What was seen and does not agree with what was said, the oldest first."""
    house = house_of(request)
    now_us = house.clock.now_us()
    counted = house.boards.ages(now_us=now_us)
    found = house.views.discrepancies(
        now_us=now_us, code=code or None, open_only=True, limit=MOST_DISCREPANCIES
    )
    return page(
        request,
        "discrepancies.html",
        found=found,
        handled=house.views.handled(now_us=now_us, limit=MOST_HANDLED),
        truncated=sum(one.number for one in counted if code in ("", None, one.code)) > len(found),
        code=code,
        codes=DISCREPANCIES,
        ages=by_code(counted),
        owners=by_owner(counted),
        age_words=AGE_WORDS,
    )


@router.get("/dossiers/{label}")
def dossier(
    request: Request,
    label: str,
    actor: Annotated[Actor, may(Act.TRACE)],
    as_of: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """One dossier: who held it from when to when, on what evidence, and what does not agree."""
    house = house_of(request)
    label = str(parse_label(label))
    piece_of = house.views.dossier_of_piece(label)
    if piece_of is not None and not house.views.chains([label]):
        return RedirectResponse(f"/dossiers/{piece_of}#labels", HTTPStatus.SEE_OTHER)
    label = house.views.first_label(label)
    stickers = house.views.stickers(label)
    now_us = house.clock.now_us()
    as_of_us = parse_local(as_of) if as_of else None
    until_us = now_us if as_of_us is None else as_of_us
    trace = house.trace(label, as_of_us=as_of_us)
    sheet = house.views.dossier(label, now_us=now_us)
    found = sorted([*trace.discrepancies, *_of_its_pouches(trace)])
    drawn = draw(trace.chain, found, until_us=until_us, due_us=sheet.row.due_us)
    return page(
        request,
        "dossier.html",
        label=label,
        sheet=sheet,
        trace=trace,
        discrepancies=found,
        settled=house.views.settled({one.subject for one in found}),
        evidence=as_shown(house, actor, trace, _evidence(trace, found)),
        apologised=any(
            timed.fact.fact == "Apologised" and timed.fact.subject == label
            for timed in trace.around
        ),
        drawn=drawn if trace.chain else None,
        told=statement_of(house, trace),
        minute_names=NAMES,
        fitting=fitting(house, actor, trace if as_of_us is None else house.trace(label)),
        piece_of=piece_of,
        stickers=[one for one in stickers if one.piece is None],
        papers=papers(house, sheet, stickers),
        as_of_us=as_of_us,
        as_of_field=local_field(until_us),
    )


def _of_its_pouches(trace: Trace) -> Iterator[Discrepancy]:
    """What did not agree about a pouch while the dossier was in it: that is about it too."""
    about: dict[str, list[Discrepancy]] = defaultdict(list)
    for found in trace.beside.all_discrepancies:
        about[found.subject].append(found)
    sightings = [timed for timed in trace.facts if timed.fact.fact in DOSSIER_SIGHTINGS]
    ends_us = [*(timed.effective_us for timed in sightings[1:]), trace.as_of_us + 1]
    for timed, end_us in zip(sightings, ends_us, strict=True):
        pouch = timed.fact.context.get("pouch")
        if timed.fact.fact == "Packed" and pouch and timed.effective_us <= trace.as_of_us:
            for found in about[pouch]:
                if timed.effective_us <= found.opened_us < end_us:
                    yield found


def as_shown(house: House, actor: Actor, trace: Trace, facts: Sequence[Timed]) -> list[Shown]:
    """These facts as the reader may see them."""
    reads = allowed(actor, Act.VIEW_DISCREPANCIES)
    return shown(
        facts,
        trace,
        words=house.state_act.words(facts, actor=actor) if reads else {},
        tenders=house.tenders.verified(facts),
    )


def _evidence(trace: Trace, found: Iterable[Discrepancy]) -> list[Timed]:
    """The scans that name the dossier, and those of its pouches that chain and flags rest on."""
    cited = {key for link in trace.chain for key in link.evidence} | {one.key for one in found}
    return [
        timed
        for timed in trace.around
        if timed.effective_us <= trace.as_of_us
        and (timed.fact.key in cited or trace.label in labels_named(timed.fact))
    ]
