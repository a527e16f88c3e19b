"""The result of a shelf census over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from fastapi import Query, Request
from pydantic import BaseModel, Field

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.schemas import Code
from domain.model.instants import iso, parse_instant
from domain.model.policy import Act, Actor
from domain.ports.censuses import StoodRow
from domain.use_cases.take_census import Census

router = interface("censuses")
Viewing = Annotated[Actor, may(Act.VIEW_CENSUS)]
_Instant = Annotated[str, Field(max_length=40)]


class CensusQuery(BaseModel):
    """Which place, from when to when; `office` for those who oversee more than their own."""

    place: Code
    since: _Instant
    until: _Instant
    office: Code | None = None


class StoodOut(BaseModel):
    """One dossier: when and by whom it was scanned there, when it left, where it was before."""

    label: str
    seen: str | None
    seen_by: str | None
    left: str | None
    before_holder: str | None
    before_basis: str | None
    before_place: str | None

    @classmethod
    def of(cls, row: StoodRow) -> Self:
        """From a row of the read side."""
        return cls(
            label=row.label,
            seen=None if row.seen_us is None else iso(row.seen_us),
            seen_by=row.seen_by,
            left=None if row.left_us is None else iso(row.left_us),
            before_holder=row.before_holder,
            before_basis=row.before_basis,
            before_place=row.before_place,
        )


class CensusOut(BaseModel):
    """The lines by finding: absent, misplaced, taken, placed, present.

    `truncated`: there are more than `found` tells; `seen` and `counts` are of all.
    """

    office: str
    place: str
    since: str
    until: str
    seen: int
    counts: Mapping[str, int]
    truncated: bool
    found: Mapping[str, Sequence[StoodOut]]

    @classmethod
    def of(cls, census: Census) -> Self:
        """From the use case's answer."""
        return cls(
            office=census.office,
            place=census.place,
            since=iso(census.since_us),
            until=iso(census.until_us),
            seen=census.seen,
            counts={str(finding): many for finding, many in census.counts.items()},
            truncated=census.truncated,
            found={
                str(finding): [StoodOut.of(row) for row in rows]
                for finding, rows in census.lines.items()
            },
        )


@router.get("/census")
def census(request: Request, actor: Viewing, query: Annotated[CensusQuery, Query()]) -> CensusOut:
    """What should have lain at the place, against what was scanned there."""
    return CensusOut.of(
        house_of(request).take_census(
            query.place,
            since_us=parse_instant(query.since),
            until_us=parse_instant(query.until),
            office=query.office,
            actor=actor,
        )
    )
