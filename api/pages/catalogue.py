"""The catalogue as citizens read it: each procedure's term, fee and pieces, posted for everybody.

What is marked as an example is posted only until the centre has loaded procedures of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.auth import anyone
from api.house import house_of
from api.pages.render import page
from domain.model.folding import folded
from domain.model.instants import Micros
from domain.model.procedure import Procedure, Terms

router = APIRouter(include_in_schema=False)
ROWS = 40  # some 12 KB packed with four pieces each; a citizen searches rather than turns pages
MOST_PAGES = 1_000
MOST_SEARCH_CHARS = 100
_FOLDED_KEPT = 1 << 14  # texts of four provinces' catalogues


@dataclass(frozen=True, slots=True)
class Posted:
    """A procedure now; `from_us` if it is not in force yet, `until_us` if a change is known."""

    code: str
    terms: Terms
    from_us: Micros | None
    until_us: Micros | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the list, as the pager takes it."""

    rows: list[Posted]
    total: int
    offset: int
    limit: int = ROWS


@router.get(
    "/procedures", dependencies=[anyone("procedures, terms and fees are posted publicly by law")]
)
def procedures(
    request: Request,
    search: Annotated[str, Query(max_length=MOST_SEARCH_CHARS)] = "",
    department: Annotated[str, Query(max_length=64)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=MOST_PAGES)] = 1,
) -> Response:
    """Procedures by field and title, those that hold every word sought."""
    house = house_of(request)
    offices = house.reference.offices()
    posted = post(house.reference.procedures().values(), now_us=house.clock.now_us())
    wanted = folded(search).split()
    found = [
        one
        for one in posted
        if department in {"", one.terms.department} and all(word in _called(one) for word in wanted)
    ]
    offset = min(number - 1, max(0, len(found) - 1) // ROWS) * ROWS
    return page(
        request,
        "procedures.html",
        sheet=Sheet(found[offset : offset + ROWS], len(found), offset),
        search=search,
        department=department,
        departments=[
            code for code in offices if any(one.terms.department == code for one in posted)
        ],
        examples=any(one.terms.example for one in posted),
    )


def post(procedures: Iterable[Procedure], *, now_us: Micros) -> list[Posted]:
    """What is in force or will be, by field and title."""
    known = [_posted(procedure, now_us) for procedure in procedures]
    own = [one for one in known if not one.terms.example]
    return sorted(own or known, key=_place)


def _posted(procedure: Procedure, now_us: Micros) -> Posted:
    later = [terms for terms in procedure.versions if terms.effective_from_us > now_us]
    in_force = len(procedure.versions) - len(later)
    if not in_force:
        return Posted(procedure.code, later[0], later[0].effective_from_us, None)
    until_us = later[0].effective_from_us if later else None
    return Posted(procedure.code, procedure.versions[in_force - 1], None, until_us)


def _place(one: Posted) -> tuple[str, str, str]:
    terms = one.terms
    return _folded(terms.field_title or terms.field), _folded(terms.title_vi), one.code


def _called(one: Posted) -> str:
    """Everything under which somebody would look for it."""
    terms = one.terms
    return _folded(
        f"{one.code} {terms.title_vi} {terms.title_en} {terms.field_title} {terms.field}"
    )


_folded = lru_cache(_FOLDED_KEPT)(folded)
