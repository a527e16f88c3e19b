"""Courier runs as JSON: a day's runs, and exceptions from the timetable."""

from asyncio import wrap_future
from typing import Annotated

from fastapi import Query, Request

from api.auth import may
from api.house import House, house_of
from api.routes import interface
from api.routes.run_schemas import RunExceptionIn, RunOut, RunRestoredIn, RunsOut
from domain.model.instants import iso
from domain.model.office_hours import Day, date_of, parse_day
from domain.model.planned_runs import CANCELLED, PlannedRun
from domain.model.policy import Act, Actor
from domain.model.runs import RunState, StopState, by_departure, day_of

router = interface("courier runs")
DateWord = Annotated[str, Query(max_length=10)]
Excepting = Annotated[Actor, may(Act.EXCEPT_RUN)]


@router.get("/runs")
def runs(
    request: Request, _actor: Annotated[Actor, may(Act.VIEW_BOARD)], date: DateWord = ""
) -> RunsOut:
    """The runs of a day (without `date` today): planned, driven, late, missed, cancelled."""
    house = house_of(request)
    return _told(house, asked_day(house, date))


@router.post("/routes/{code}/exceptions")
async def except_run(
    request: Request, code: str, actor: Excepting, given: RunExceptionIn
) -> RunsOut:
    """Cancel or change a run of one date, or add one; the runs of that day."""
    house = house_of(request)
    timetables = house.maintain_timetables
    await wrap_future(house.write(lambda: timetables.except_run(code, given.given(), actor=actor)))
    return _told(house, parse_day(given.date))


@router.post("/routes/{code}/exceptions/lift")
async def restore_run(
    request: Request, code: str, actor: Excepting, given: RunRestoredIn
) -> RunsOut:
    """A run that is again as the timetable says; the runs of that day."""
    house = house_of(request)
    timetables, told = house.maintain_timetables, given.model_dump()
    await wrap_future(house.write(lambda: timetables.restore_run(code, **told, actor=actor)))
    return _told(house, parse_day(given.date))


def asked_day(house: House, date: str) -> Day:
    """The day of `2026-03-02`, today without one; raises `BadDate`, `OutOfCalendar`."""
    return parse_day(date) if date else day_of(house.clock.now_us())


def runs_of(house: House, day: Day) -> list[RunState]:
    """The runs of a day, those among them that an exception has taken out."""
    planned = house.run_plans.planned(day, day, cancelled=True)
    cancelled = [_cancelled(run) for run in planned if run.kind == CANCELLED]
    return sorted([*house.views.runs(day, day), *cancelled], key=by_departure)


def _cancelled(run: PlannedRun) -> RunState:
    return RunState(
        name=run.name,
        label=run.label,
        route=run.route,
        slot=run.slot,
        day=run.day,
        planned=run,
        stops=tuple(StopState(*stop) for stop in run.stops),
    )


def _told(house: House, day: Day) -> RunsOut:
    now_us = house.clock.now_us()
    found = [RunOut.of(state, now_us=now_us) for state in runs_of(house, day)]
    return RunsOut(date=date_of(day).isoformat(), runs=found, now=iso(now_us))
