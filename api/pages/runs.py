"""The page of a day's courier runs: planned and actual, stop by stop; exceptions by supervisors."""

from asyncio import wrap_future
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from api.auth import may
from api.errors import Told
from api.house import house_of
from api.pages.forms import answered, to
from api.pages.render import page
from api.pages.run_words import CANCEL_REASONS, RUN_STATUSES, STOP_STATUSES, reason_word
from api.routes.run_schemas import Code, Date, Slot, standing, status_of
from api.routes.runs import DateWord, Excepting, asked_day, runs_of
from domain.model.instants import MINUTE_US
from domain.model.office_hours import date_of
from domain.model.planned_runs import CANCELLED
from domain.model.policy import Act, Actor
from domain.model.runs import RunState, day_of
from domain.use_cases.maintain_timetables import MaintainTimetables, RunException

router = APIRouter(prefix="/runs", include_in_schema=False)


class RunForm(BaseModel):
    """Which run, and the coded reason."""

    route: Code
    date: Date
    slot: Slot
    reason: Code


@router.get("")
def runs(
    request: Request, _actor: Annotated[Actor, may(Act.VIEW_BOARD)], date: DateWord = ""
) -> Response:
    """The runs of a day, today without a date."""
    return _page(request, date)


@router.post("/cancel")
async def cancel(request: Request, actor: Excepting, given: Annotated[RunForm, Form()]) -> Response:
    """Take one run of one date out of the timetable."""
    wanted = RunException(date=given.date, slot=given.slot, kind=CANCELLED, reason=given.reason)
    return await _done(
        request,
        given,
        lambda timetables: timetables.except_run(given.route, wanted, actor=actor),
    )


@router.post("/restore")
async def restore(
    request: Request, actor: Excepting, given: Annotated[RunForm, Form()]
) -> Response:
    """Let the run be driven as the timetable says."""
    which = {"date": given.date, "slot": given.slot, "reason": given.reason}
    return await _done(
        request,
        given,
        lambda timetables: timetables.restore_run(given.route, **which, actor=actor),
    )


async def _done(
    request: Request, given: RunForm, act: Callable[[MaintainTimetables], None]
) -> Response:
    house = house_of(request)
    return await answered(
        lambda: wrap_future(house.write(lambda: act(house.maintain_timetables))),
        done=to(f"/runs?date={given.date}"),
        again=lambda refused: _page(request, given.date, refused),
    )


def _page(request: Request, date: str, refused: Told | None = None) -> Response:
    house = house_of(request)
    day, now_us = asked_day(house, date), house.clock.now_us()
    timetables, states = house.run_plans.timetables(), runs_of(house, day)
    shown = date_of(day)
    routes: list[tuple[str, list[RunState]]] = [
        (route, list(each))
        for route, each in groupby(
            sorted(states, key=lambda state: _place(state, list(timetables))),
            key=lambda state: state.route,
        )
    ]
    return page(
        request,
        "runs.html",
        refused=refused,
        date=shown,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        today=day_of(now_us) == day,
        routes=routes,
        timetables=timetables,
        counted=Counter(status_of(state, now_us) for state in states),
        status_of=lambda state: status_of(state, now_us),
        standing=lambda state: standing(state, now_us),
        to_come=lambda state: state.planned is not None and state.planned.departs_us > now_us,
        run_statuses=RUN_STATUSES,
        stop_statuses=STOP_STATUSES,
        reasons=CANCEL_REASONS,
        reason_word=reason_word,
        minutes=lambda micros: micros // MINUTE_US,
    )


def _place(state: RunState, routes: list[str]) -> int:
    """Routes as they were introduced; the runs of one stay in their order."""
    return routes.index(state.route) if state.route in routes else len(routes)
