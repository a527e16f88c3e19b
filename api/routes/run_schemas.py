"""Courier runs as JSON."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from domain.model.instants import MINUTE_US, Micros, iso
from domain.model.planned_runs import CANCELLED, MOST_STOPS
from domain.model.runs import RunState, StopState
from domain.model.station_time import Discrepancy
from domain.use_cases.maintain_timetables import RunException

Code = Annotated[str, Field(min_length=1, max_length=64)]
Slot = Annotated[str, Field(min_length=1, max_length=16)]
Date = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Clock = Annotated[str, Field(pattern=r"^[0-9]{2}:[0-9]{2}$")]


class StopOut(BaseModel):
    """A stop; `planned` and `cutoff` are null for one that nobody planned.

    `status` is planned, late (and not there yet), reached, missed or cancelled.
    """

    office: str
    planned: str | None
    cutoff: str | None
    status: str
    reached: str | None
    minutes_late: int
    missed: str | None
    reason: str | None

    @classmethod
    def of(cls, stop: StopState, *, now_us: Micros, cancelled: bool = False) -> "StopOut":
        """At this moment."""
        status = CANCELLED if cancelled else stop.status(now_us)
        return cls(
            office=stop.office,
            planned=_iso(stop.planned_us),
            cutoff=_iso(stop.cutoff_us),
            status=status,
            reached=_iso(stop.reached_us),
            minutes_late=stop.late_us // MINUTE_US,
            missed=_iso(stop.missed_us) if status == "missed" else None,
            reason=stop.reason,
        )


class DrivenOut(BaseModel):
    """Who drove, from when, until when (null: still)."""

    courier: str
    since: str
    until: str | None


class RunOut(BaseModel):
    """A run; `kind` is regular, changed, extra, cancelled, or unplanned for one outside the plan.

    `status` is planned, late (not started yet), under_way, completed, missed or cancelled;
    `discrepancies` are the codes that stand now.
    """

    run: str
    id: str | None
    route: str
    slot: str
    label: str
    kind: str
    reason: str | None
    status: str
    courier: str | None
    couriers: list[DrivenOut]
    departed: str | None
    completed: str | None
    stops: list[StopOut]
    elsewhere: list[StopOut]
    discrepancies: list[str]

    @classmethod
    def of(cls, state: RunState, *, now_us: Micros) -> "RunOut":
        """At this moment."""
        planned, status = state.planned, status_of(state, now_us)
        cancelled = status == CANCELLED
        return cls(
            run=state.name,
            id=None if planned is None else str(planned.id),
            route=state.route,
            slot=state.slot,
            label=state.label,
            kind="unplanned" if planned is None else planned.kind,
            reason=None if planned is None else planned.reason,
            status=status,
            courier=None if planned is None else planned.courier,
            couriers=[
                DrivenOut(courier=each.courier, since=iso(each.from_us), until=_iso(each.to_us))
                for each in state.couriers
            ],
            departed=_iso(state.departed_us),
            completed=_iso(state.completed_us),
            stops=[StopOut.of(stop, now_us=now_us, cancelled=cancelled) for stop in state.stops],
            elsewhere=[StopOut.of(stop, now_us=now_us) for stop in state.elsewhere],
            discrepancies=sorted({one.code for one in standing(state, now_us)}),
        )


def status_of(state: RunState, now_us: Micros) -> str:
    """As `RunState.status`, or cancelled: such a run is waited for by nobody."""
    if state.planned is not None and state.planned.kind == CANCELLED:
        return CANCELLED
    return state.status(now_us)


def standing(state: RunState, now_us: Micros) -> list[Discrepancy]:
    """What does not agree about the run at this moment, as evidence has it."""
    return [
        one
        for one in state.discrepancies
        if one.opened_us <= now_us and (one.closed_us is None or one.closed_us > now_us)
    ]


class RunsOut(BaseModel):
    """The runs of one day by planned departure."""

    date: str
    runs: list[RunOut]
    now: str


class StopIn(BaseModel):
    """A stop of another run than usual; `cutoff` null: its time."""

    office: Code
    at: Clock
    cutoff: Clock | None = None


class RunExceptionIn(BaseModel):
    """What one run is on one date: cancelled, at other times, or driven besides."""

    date: Date
    slot: Slot
    kind: Literal["cancelled", "changed", "extra"]
    reason: Code
    stops: Annotated[list[StopIn] | None, Field(max_length=MOST_STOPS)] = None
    courier: Annotated[str | None, Field(max_length=80)] = None

    def given(self) -> RunException:
        """As the use case takes it."""
        stops = None if self.stops is None else [stop.model_dump() for stop in self.stops]
        told = self.model_dump(exclude={"stops"})
        return RunException(**told, stops=stops)


class RunRestoredIn(BaseModel):
    """The run is again as the timetable says."""

    date: Date
    slot: Slot
    reason: Code


def _iso(instant_us: Micros | None) -> str | None:
    return None if instant_us is None else iso(instant_us)
