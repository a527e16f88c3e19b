"""The courier runs of a simulated centre: a timetable, and who drives by it."""

from collections.abc import Callable, Iterator
from typing import Any

from api.rehearsal.simulator_server import Server
from api.rehearsal.simulator_station import HOUR_US, Device
from api.rehearsal.simulator_world import Errand, World
from domain.model.instants import MINUTE_US, local
from domain.model.timetable_sheet import StopRow

RUNS_AT_US = {"S": 2 * HOUR_US, "C": 7 * HOUR_US}  # after the doors open, morning and afternoon
_LEG_US = 20 * MINUTE_US
_LATE_US = 25 * MINUTE_US
_ROUTE = "T1"


class Runs:
    """Two runs a day, past every office and back; each is seen by its card."""

    def __init__(
        self,
        world: World,
        server: Server,
        *,
        desk: Callable[[str], Device],
        couriers: tuple[str, ...],
        offices: tuple[str, ...],
    ) -> None:
        self._world, self._desk, self._couriers = world, desk, couriers
        self._stops = (*offices, offices[0])
        self._cards = server.publish(list(self._rows()))

    def drive(self, slot: str) -> Errand:
        """One run from its planned departure on: as it should be, late, in part, or not at all."""
        world, card, last = self._world, self._cards[slot], len(self._stops) - 1
        if world.faults.strikes("missed-run"):
            world.trace.tell("truth", f"nobody drives run {slot}")
            return
        courier = world.dice.choice(self._couriers)
        begun_us = world.timeline.now_us() + world.seconds(0, 180)
        if world.faults.strikes("late-run"):
            begun_us += _LATE_US
        for n, office in enumerate(self._stops):
            yield max(0, begun_us + n * _LEG_US - world.timeline.now_us())
            word = {0: "RunDeparted", last: "RunCompleted"}.get(n, "StopReached")
            if word == "StopReached" and world.faults.strikes("missed-stop"):
                if world.faults.dice.random() < 0.5:
                    continue  # without a word
                word = "StopMissed"
            said: dict[str, Any] = {"reason": "road_blocked"} if word == "StopMissed" else {}
            yield from self._desk(courier).scan(word, card, place=office, **said)

    def _rows(self) -> Iterator[StopRow]:
        opens = local(self._world.timeline.now_us())
        for slot, after_us in RUNS_AT_US.items():
            for n, office in enumerate(self._stops):
                at = local(self._world.timeline.now_us() + after_us + n * _LEG_US)
                yield StopRow(
                    line=n + 1,
                    route=_ROUTE,
                    slot=slot,
                    effective_from=opens.date().isoformat(),
                    office=office,
                    at=at.strftime("%H:%M"),
                )
