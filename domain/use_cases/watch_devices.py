"""The stations as the server knows them: trusted or not, last heard when, how far off their clock.

Asked by the page of devices, by JSON and by the command line. What a station has not sent yet only
the station itself knows; a gap in its journal shows here.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from domain.model.instants import Micros
from domain.model.policy import Act, Actor, demand
from domain.model.station import Station
from domain.model.station_time import OFFLINE_US
from domain.ports.boards import Boards, Heard
from domain.ports.clock import Clock
from domain.ports.stores import EventLog
from domain.use_cases.record_scans import DESK

SILENT_AFTER_US = OFFLINE_US  # after a weekend all are silent


class DeviceState(StrEnum):
    """What a supervisor sees first, the worst first."""

    REVOKED = "revoked"
    NOT_ENROLLED = "not_enrolled"
    NEVER_HEARD = "never_heard"
    SILENT = "silent"
    HEARD = "heard"


class Device(NamedTuple):
    """One station. `heard` is None before its first entry.

    `silent_us`: since its newest entry came in; `carried_us`: how long that lay on the device;
    `ahead_us`: by how much its clock was ahead of what the evidence allows, negative if behind.
    """

    code: str
    office: str
    purpose: str
    state: DeviceState
    heard: Heard | None
    silent_us: Micros | None
    carried_us: Micros | None
    ahead_us: Micros


class WatchDevices:
    """Reads from any thread."""

    def __init__(self, *, log: EventLog, boards: Boards, clock: Clock) -> None:
        self._log = log
        self._boards = boards
        self._clock = clock

    def __call__(self, *, actor: Actor | None) -> Sequence[Device]:
        """Every device ever invited but the server itself, by state and code; see `NotAllowed`."""
        demand(actor, Act.VIEW_DEVICES)
        now_us = self._clock.now_us()
        heard = {one.station: one for one in self._boards.heard(now_us=now_us)}
        stations = self._log.load_all(Station).values()
        found = [_device(one, heard.get(one.code), now_us) for one in stations if one.code != DESK]
        order = list(DeviceState)
        return sorted(found, key=lambda one: (order.index(one.state), one.code))


def _device(station: Station, heard: Heard | None, now_us: Micros) -> Device:
    silent_us = carried_us = None
    ahead_us = 0
    if heard is not None:
        ahead_us = heard.said_us - heard.effective_us
        if heard.recorded_us is not None:
            silent_us = max(0, now_us - heard.recorded_us)
            carried_us = max(0, heard.recorded_us - heard.effective_us)
    return Device(
        station.code,
        station.office,
        station.purpose,
        _state(station, heard, silent_us),
        heard,
        silent_us,
        carried_us,
        ahead_us,
    )


def _state(station: Station, heard: Heard | None, silent_us: Micros | None) -> DeviceState:
    if not station.keys:
        return DeviceState.NOT_ENROLLED
    if station.revoked:
        return DeviceState.REVOKED
    if heard is None:
        return DeviceState.NEVER_HEARD
    silent = silent_us is not None and silent_us > SILENT_AFTER_US
    return DeviceState.SILENT if silent else DeviceState.HEARD
