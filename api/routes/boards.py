"""The boards of devices and of ageing discrepancies as JSON; shared by their commands."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Request

from api.auth import may
from api.house import House, house_of
from api.routes import interface
from domain.model.instants import MINUTE_US, Micros, iso
from domain.model.policy import Act, Actor
from domain.ports.boards import AGES_DAYS, AgeCount
from domain.use_cases.watch_devices import Device

router = interface("sheets")


@router.get("/devices")
def devices(request: Request, actor: Annotated[Actor, may(Act.VIEW_DEVICES)]) -> dict[str, Any]:
    """Every scanning station: trusted or not, last heard when, how far off its clock."""
    house = house_of(request)
    return devices_json(house.watch_devices(actor=actor), house.clock.now_us())


@router.get("/discrepancy-ages")
def ages(request: Request, _actor: Annotated[Actor, may(Act.VIEW_DISCREPANCIES)]) -> dict[str, Any]:
    """Open discrepancies by code and age, and by who has to see to them; the oldest first."""
    return ages_json(house_of(request))


def devices_json(found: Sequence[Device], now_us: Micros) -> dict[str, Any]:
    """One object for programs; spans in whole minutes, the clock's error in seconds."""
    return {"devices": [_device(one) for one in found], "now": iso(now_us)}


def _device(one: Device) -> dict[str, Any]:
    heard = one.heard
    return {
        "station": one.code,
        "office": one.office,
        "purpose": one.purpose,
        "state": one.state,
        "epoch": None if heard is None else heard.epoch,
        "seq": None if heard is None else heard.seq,
        "last_seen": None if heard is None or heard.recorded_us is None else iso(heard.recorded_us),
        "silent_minutes": _minutes(one.silent_us),
        "carried_minutes": _minutes(one.carried_us),
        "clock_ahead_seconds": one.ahead_us // 1_000_000,
        "uncounted": 0 if heard is None else heard.uncounted,
        "discrepancies": {} if heard is None else dict(heard.flags),
    }


def _minutes(span_us: Micros | None) -> int | None:
    return None if span_us is None else span_us // MINUTE_US


def ages_json(house: House) -> dict[str, Any]:
    """One object for programs; each class is told by its upper end in days, the last has none."""
    now_us = house.clock.now_us()
    counted = house.boards.ages(now_us=now_us)
    return {
        "now": iso(now_us),
        "ages_days": [*AGES_DAYS, None],
        "codes": [
            {"code": code, "oldest": iso(oldest_us), "ages": numbers}
            for code, (oldest_us, numbers) in by_code(counted).items()
        ],
        "owners": [
            {"owner": owner, "ages": numbers} for owner, numbers in by_owner(counted).items()
        ],
    }


def by_code(counted: Sequence[AgeCount]) -> dict[str, tuple[Micros, list[int]]]:
    """The oldest of each code, and how many in each class of age; the oldest code first."""
    codes: dict[str, tuple[Micros, list[int]]] = {}
    for one in counted:
        _, numbers = codes.setdefault(one.code, (one.oldest_us, [0] * (len(AGES_DAYS) + 1)))
        numbers[one.age] += one.number
    return codes


def by_owner(counted: Sequence[AgeCount]) -> dict[str | None, list[int]]:
    """How many each has to see to, in each class of age; who has most first."""
    owners: dict[str | None, list[int]] = defaultdict(lambda: [0] * (len(AGES_DAYS) + 1))
    for one in counted:
        owners[one.owner][one.age] += one.number
    return dict(sorted(owners.items(), key=lambda told: (-sum(told[1]), told[0] or "")))
