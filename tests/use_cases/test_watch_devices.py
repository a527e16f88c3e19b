"""What a supervisor sees of each station: trusted, heard or silent, its clock right or off."""

from typing import Any

import pytest

from adapters.read_model.boards import BoardQueries
from adapters.read_model.engine import read_engine
from api.databases import DATABASE
from domain.model.decision import moment
from domain.model.entry import Algorithm, parse_entry, unsigned_entry
from domain.model.errors import NotAllowed
from domain.model.fact import Fact
from domain.model.instants import DAY_US, MINUTE_US, SECOND_US
from domain.model.labels import Kind, Label
from domain.model.station import Station, station_id
from domain.ports.boards import AGES_DAYS
from domain.ports.stores import RecordedEntry
from domain.use_cases.one_time import hash_of


@pytest.fixture
def stations(centre: Any) -> Any:
    """Makes stations without their codes and keys being told."""

    def make(code: str, *, key: bool = True, revoked: bool = False) -> None:
        at = moment(centre.clock.us)
        made = Station(
            id=station_id(code),
            timestamp=at,
            code=code,
            office="STC",
            purpose="department",
            invite_hash=hash_of(code),
            expires_us=centre.clock.us + DAY_US,
        )
        if key:
            made.enrol(
                invite_hash=hash_of(code),
                public_key=bytes(32),
                algorithm=Algorithm.ED25519,
                now_us=centre.clock.us,
                timestamp=at,
            )
        if revoked:
            made.revoke(timestamp=at)
        centre.write(lambda: centre.house.log.save(made))

    return make


def says(centre: Any, station: str, *, at_us: int, seq: int = 1) -> None:
    """One entry that comes in now."""
    fact = Fact(
        fact="Received",
        subject=str(Label(Kind.DOSSIER, 27001, 26, 9)),
        at_us=at_us,
        station=station,
        seq=seq,
        operator="op",
        office="STC",
        context={},
        not_after_us=centre.clock.us,
    )
    unsigned = unsigned_entry(
        fact, prev="0" * 64, boot="b", mono_ms=0, offset_ms=0, checkpoint=None
    )
    entry = RecordedEntry(entry=parse_entry(unsigned + bytes(64)), recorded_at_us=centre.clock.us)
    centre.write(lambda: centre.house.log.save(entries=[entry]))


def states(centre: Any) -> list[tuple[str, str]]:
    found = centre.house.watch_devices(actor=centre.supervisor)
    return [(one.code, one.state.value) for one in found]


def test_those_that_need_somebody_stand_first(centre: Any, stations: Any) -> None:
    stations("S-heard")
    stations("S-new")
    stations("S-invited", key=False)
    stations("S-gone", revoked=True)
    says(centre, "S-heard", at_us=centre.clock.us - 90 * MINUTE_US)
    assert states(centre) == [
        ("S-gone", "revoked"),
        ("S-invited", "not_enrolled"),
        ("S-new", "never_heard"),
        ("S-heard", "heard"),
    ]
    centre.clock.us += DAY_US + SECOND_US
    assert ("S-heard", "silent") in states(centre)
    with pytest.raises(NotAllowed):
        centre.house.watch_devices(actor=centre.solver)


def test_how_long_an_entry_lay_on_the_device_and_how_far_its_clock_is_off(
    centre: Any, stations: Any
) -> None:
    stations("S1")
    says(centre, "S1", at_us=centre.clock.us - 90 * MINUTE_US)
    centre.clock.us += 5 * MINUTE_US
    [one] = centre.house.watch_devices(actor=centre.supervisor)
    assert (one.silent_us, one.carried_us, one.ahead_us) == (5 * MINUTE_US, 90 * MINUTE_US, 0)
    says(centre, "S1", at_us=centre.clock.us + 10 * MINUTE_US, seq=3)
    [one] = centre.house.watch_devices(actor=centre.supervisor)
    assert one.heard is not None
    assert (one.heard.seq, one.ahead_us) == (3, 10 * MINUTE_US)
    assert one.heard.flags == {"CLOCK_SKEW": 1, "SEQUENCE_GAP": 1}


def test_what_is_open_is_counted_by_age_and_owner_as_the_list_has_it(
    centre: Any, stations: Any
) -> None:
    stations("S1")
    says(centre, "S1", at_us=centre.clock.us, seq=3)
    label = centre.register().label
    centre.scan("Accepted", label, office="STC")  # nothing had been released
    readers = read_engine(centre.data / DATABASE)
    for days, age in ((0, 0), (1, 0), (2, 1), (3, 1), (7, 2), (30, 3), (31, len(AGES_DAYS))):
        now_us = centre.clock.us + days * DAY_US
        counted = BoardQueries(readers).ages(now_us=now_us)
        listed = centre.views.discrepancies(now_us=now_us)
        assert sorted((one.code, one.owner, one.number) for one in counted) == sorted(
            (row.code, row.holder, 1) for row in listed
        )
        assert {one.age for one in counted if one.code == "NOT_RELEASED"} == {age}
    readers.dispose()
