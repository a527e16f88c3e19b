"""Calendars over HTTP: the national table, an office's working time, appointments to confirm."""

from asyncio import wrap_future
from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Request

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.routes.decision_schemas import (
    AppointmentsOut,
    DayExceptionIn,
    HoursIn,
    RestoredIn,
    SaturdayIn,
    TableIn,
    TableOut,
    VersionOut,
)
from api.schemas import LAST_OFFSET
from domain.model.policy import Act, Actor
from domain.ports.views import MOST_ROWS_A_PAGE
from domain.use_cases.maintain_calendars import MaintainCalendars

router = interface("calendars")
Setting = Annotated[Actor, may(Act.SET_WORKING_TIME)]


async def _version(request: Request, act: Callable[[MaintainCalendars], str]) -> VersionOut:
    house = house_of(request)
    version = await wrap_future(house.write(lambda: act(house.maintain_calendars)))
    return VersionOut(version=version)


@router.get("/calendars/national")
def national(request: Request, _actor: Annotated[Actor, may(Act.READ_CALENDAR)]) -> TableOut:
    """Days off and worked Saturdays as deadlines count them now."""
    return TableOut.of(house_of(request).calendars.tables())


@router.post("/calendars/national")
async def publish(
    request: Request, actor: Annotated[Actor, may(Act.PUBLISH_CALENDAR)], given: TableIn
) -> VersionOut:
    """Put a whole table in the place of the one in use; open dossiers are dated anew."""
    return await _version(request, lambda calendars: calendars.publish(given.given(), actor=actor))


@router.post("/offices/{code}/hours")
async def set_hours(request: Request, code: str, actor: Setting, given: HoursIn) -> VersionOut:
    """Other opening hours of an office from a date on."""
    return await _version(
        request,
        lambda calendars: calendars.set_hours(
            code,
            effective_from=given.effective_from,
            hours=given.hours,
            reason=given.reason,
            actor=actor,
        ),
    )


@router.post("/offices/{code}/saturday")
async def set_saturday(
    request: Request, code: str, actor: Setting, given: SaturdayIn
) -> VersionOut:
    """Other Saturdays of an office from a date on: none, reception only, or worked."""
    return await _version(
        request,
        lambda calendars: calendars.set_saturday(
            code,
            effective_from=given.effective_from,
            saturday=given.saturday,
            reason=given.reason,
            actor=actor,
        ),
    )


@router.post("/offices/{code}/exceptions")
async def except_day(
    request: Request, code: str, actor: Setting, given: DayExceptionIn
) -> VersionOut:
    """A date on which an office is closed, works a Saturday, or has other hours."""
    return await _version(
        request, lambda calendars: calendars.except_day(code, given.given(), actor=actor)
    )


@router.post("/offices/{code}/exceptions/lift")
async def restore_day(request: Request, code: str, actor: Setting, given: RestoredIn) -> VersionOut:
    """A date that is again what table and week say."""
    return await _version(
        request,
        lambda calendars: calendars.restore_day(
            code, date=given.date, reason=given.reason, actor=actor
        ),
    )


@router.get("/appointments")
def appointments(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_APPOINTMENTS)],
    office: Annotated[str | None, Query(max_length=80)] = None,
    offset: Annotated[int, Query(ge=0, le=LAST_OFFSET)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS_A_PAGE)] = 100,
) -> AppointmentsOut:
    """Open dossiers whose printed appointment is no longer their due, the soonest due first."""
    house = house_of(request)
    page = house.views.appointments_to_confirm(office=office, offset=offset, limit=limit)
    return AppointmentsOut.of(page, now_us=house.clock.now_us())
