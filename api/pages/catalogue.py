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
from api.pages.paging import cut
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
    """A procedure now.

    `from_us` if it is not in force yet, `until_us` if a change is known, `ends_us` if its end is.
    """

    code: str
    terms: Terms
    from_us: Micros | None = None
    until_us: Micros | None = None
    ends_us: Micros | None = None


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
    found = [
        one
        for one in posted
        if department in {"", one.terms.department} and is_called(one.code, one.terms, search)
    ]
    return page(
        request,
        "procedures.html",
        sheet=cut(found, number=number, rows=ROWS),
        search=search,
        department=department,
        departments=[
            code for code in offices if any(one.terms.department == code for one in posted)
        ],
        examples=any(one.terms.example for one in posted),
    )


def post(procedures: Iterable[Procedure], *, now_us: Micros) -> list[Posted]:
    """What is in force or will be, by field and title; what was abolished no more."""
    known = list(procedures)
    own = [each for each in known if not each.versions[-1].example]
    posted = (_posted(procedure, now_us) for procedure in own or known)
    return sorted((one for one in posted if one is not None), key=_place)


def _posted(procedure: Procedure, now_us: Micros) -> Posted | None:
    later = [terms for terms in procedure.versions if terms.effective_from_us > now_us]
    in_force = len(procedure.versions) - len(later)
    ends_us = procedure.end_of(in_force) if in_force else None
    if in_force and (ends_us is None or ends_us > now_us):
        terms = procedure.versions[in_force - 1]
        until_us = later[0].effective_from_us if later else None
        return Posted(procedure.code, terms, until_us=until_us, ends_us=ends_us)
    if later:
        return Posted(procedure.code, later[0], from_us=later[0].effective_from_us)
    return None


def _place(one: Posted) -> tuple[str, str, str]:
    terms = one.terms
    return _folded(terms.field_title or terms.field), _folded(terms.title_vi), one.code


def is_called(code: str, terms: Terms, search: str) -> bool:
    """Whether every word sought stands in what the procedure is called; tones do not matter."""
    called = _folded(f"{code} {terms.title_vi} {terms.title_en} {terms.field_title} {terms.field}")
    return all(word in called for word in _folded(search).split())


_folded = lru_cache(_FOLDED_KEPT)(folded)
