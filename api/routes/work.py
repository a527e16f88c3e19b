"""The work list by risk as JSON; what it asks and tells is shared by its page and command."""

from typing import Annotated, Any, Self

from fastapi import Query, Request
from pydantic import BaseModel, Field

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.schemas import LAST_OFFSET, Word
from domain.model.instants import Micros, iso
from domain.model.policy import Act, Actor
from domain.model.warning import Risk
from domain.ports.views import MOST_ROWS_A_PAGE
from domain.use_cases.work_list import WorkFilter, WorkPage, WorkRow

router = interface("sheets")


class WorkQuery(BaseModel):
    """The list's filters; what is left out does not narrow. `class` is a reserved word."""

    office: Word | None = None
    risk: Annotated[Risk | None, Field(alias="class")] = None
    procedure: Word | None = None
    offset: Annotated[int, Field(ge=0, le=LAST_OFFSET)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS_A_PAGE)] = 50

    def wanted(self) -> WorkFilter:
        """As the use case takes it."""
        return WorkFilter(**self.model_dump())


class HandoffOut(BaseModel):
    """The latest that will do: `office` hands it in for `to` by then, on that run."""

    office: str
    to: str
    run: str
    by: str


class WorkRowOut(BaseModel):
    """One open dossier. `office` has to see to it; `by` is until when its holder has to be done.

    `basis`: how it is known that the holder has it: verified, inferred or attested. `codes`: the
    discrepancies open on it.
    """

    label: str
    official_code: str | None
    procedure: str
    holder: str | None
    basis: str | None
    since: str | None
    leg: str
    office: str
    home: str
    department: str
    ready_since: str | None
    due: str | None
    risk: Risk
    by: str | None
    latest: list[HandoffOut]
    codes: list[str]

    @classmethod
    def of(cls, row: WorkRow) -> Self:
        """The use case's row."""
        dossier, at, warned, codes = row
        return cls(
            label=dossier.label,
            official_code=dossier.official_code,
            procedure=dossier.procedure,
            holder=dossier.holder,
            basis=dossier.basis,
            since=_iso(dossier.since_us),
            leg=at.leg,
            office=at.office,
            home=at.home,
            department=at.department,
            ready_since=_iso(at.ready_us),
            due=_iso(dossier.due_us),
            risk=warned.risk,
            by=_iso(warned.by_us),
            latest=[
                HandoffOut(office=one.office, to=one.to, run=one.hop.run, by=iso(one.hop.cutoff_us))
                for one in warned.latest
            ],
            codes=list(codes),
        )


class WorkOut(BaseModel):
    """A page of the list; `undated` dossiers have no due date, and so no class."""

    rows: list[WorkRowOut]
    total: int
    risks: dict[Risk, int]
    offices: dict[str, int]
    undated: int
    offset: int
    limit: int
    at: str


def work_json(page: WorkPage) -> dict[str, Any]:
    """One object for programs."""
    return work_out(page).model_dump(mode="json")


def work_out(page: WorkPage) -> WorkOut:
    """A page as it goes out."""
    return WorkOut(
        rows=list(map(WorkRowOut.of, page.rows)),
        total=page.total,
        risks=dict(page.risks),
        offices=dict(page.offices),
        undated=page.undated,
        offset=page.offset,
        limit=page.limit,
        at=iso(page.at_us),
    )


@router.get("/work")
def work(
    request: Request,
    actor: Annotated[Actor, may(Act.VIEW_WORK)],
    query: Annotated[WorkQuery, Query()],
) -> WorkOut:
    """Every open dossier with its class, the most urgent first; others' only for supervisors."""
    return work_out(house_of(request).work_list(query.wanted(), actor=actor))


def _iso(instant_us: Micros | None) -> str | None:
    return None if instant_us is None else iso(instant_us)
