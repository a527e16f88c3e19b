"""Reports over a stretch of time as JSON: period, parties, courier runs, discrepancies."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Self

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth import may
from api.house import House, house_of
from api.report_sheet import days
from api.routes import interface
from domain.model.instants import iso
from domain.model.leg_report import Column
from domain.model.period_report import Grouping, Period, PeriodReport
from domain.model.policy import Act, Actor
from domain.use_cases.report_parties import MOST_WHILE_WAITING

router = interface("reports")


class Days(BaseModel):
    """A period by its first and its last day, both included."""

    model_config = ConfigDict(populate_by_name=True)

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]

    def period(self) -> Period:
        """From midnight to midnight; raises `BadPeriod`, `BadInstant`."""
        return days(self.first.isoformat(), self.last.isoformat())


class ByDays(Days):
    """A period, and by what its rows are made."""

    by: Grouping | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: dict[str, object]) -> dict[str, object]:
        """A form sends a field that was left empty as an empty text."""
        return {name: value for name, value in given.items() if value != ""}


class PeriodQuery(ByDays):
    """What is asked of the period report; both days of the other period, or neither."""

    compare_from: date | None = None
    compare_to: date | None = None

    @model_validator(mode="after")
    def _both_days(self) -> Self:
        if (self.compare_from is None) != (self.compare_to is None):
            raise ValueError("one day of the other period is missing")
        return self

    def report(self, house: House) -> PeriodReport:
        """As the house answers it."""
        before = None
        if self.compare_from is not None and self.compare_to is not None:
            before = days(self.compare_from.isoformat(), self.compare_to.isoformat())
        return house.report_period(self.period(), by=self.by, before=before)


@router.get("/reports/period")
def period(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    query: Annotated[PeriodQuery, Query()],
) -> dict[str, Any]:
    """What came in, was solved, on time, and is left; every share with its base."""
    return query.report(house_of(request)).to_json()


@router.get("/reports/responsibility")
def responsibility(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    query: Annotated[ByDays, Query()],
) -> dict[str, Any]:
    """Whose working minutes, and who made what late; exact for each dossier."""
    found = house_of(request).report_parties.responsibility(
        query.period(), by=query.by, most=MOST_WHILE_WAITING
    )
    return found.to_json()


class LegQuery(Days):
    """What is asked of the report on lost time."""

    by: Column = Column.HOUR


@router.get("/reports/legs")
def legs(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    query: Annotated[LegQuery, Query()],
) -> dict[str, Any]:
    """Where time is lost: each leg by the hour it began or by office, against its budget."""
    report = house_of(request).report_parties.legs
    return report(query.period(), by=query.by, most=MOST_WHILE_WAITING).to_json()


@router.get("/reports/runs")
def runs(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    query: Annotated[ByDays, Query()],
) -> dict[str, Any]:
    """Courier runs planned, driven, late and missed; by route unless asked otherwise."""
    by = query.by or Grouping.ROUTE
    return house_of(request).report_parties.runs(query.period(), by=by).to_json()


@router.get("/reports/discrepancies")
def discrepancies(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_DISCREPANCIES)],
    query: Annotated[Days, Query()],
) -> dict[str, Any]:
    """By code: opened, closed, open at the end of the period by age in days."""
    asked, found = house_of(request).report_period.discrepancies(query.period())
    return {
        "from": iso(asked.from_us),
        "to": iso(asked.to_us),
        "discrepancies": [
            {name: value for name, value in asdict(each).items() if name != "oldest_us"}
            | {"oldest": None if each.oldest_us is None else iso(each.oldest_us)}
            for each in found
        ],
    }
