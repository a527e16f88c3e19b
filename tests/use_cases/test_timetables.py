"""Timetables: published, excepted, never edited; what nobody drives is told and handled."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from adapters.read_model.dump import canonical_dump
from adapters.read_model.engine import read_engine
from domain.model.errors import BadCode, NotAllowed
from domain.model.instants import local
from domain.model.labels import is_label
from domain.model.office_hours import parse_day
from domain.model.policy import Actor, Role
from domain.model.station_time import Identity
from domain.model.timetable_sheet import Change, StopRow
from domain.use_cases.maintain_timetables import RunException
from domain.use_cases.settle_discrepancy import Words

FRIDAY = "2026-03-06"
INSPECTOR = Actor("thanhtra", "TTHC", frozenset({Role.INSPECTOR}))
ANOTHER = [{"office": "TTHC", "at": "09:00"}, {"office": "STC", "at": "09:30"}]


def rows(
    slot: str = "1", *stops: tuple[str, str], route: str = "T1", first: str = FRIDAY
) -> list[StopRow]:
    stops = stops or (("TTHC", "08:00"), ("STC", "08:30"), ("TTHC", "09:00"))
    return [
        StopRow(line=n, route=route, slot=slot, effective_from=first, office=office, at=at)
        for n, (office, at) in enumerate(stops, 2)
    ]


def publish(centre: Any, given: list[StopRow], **more: Any) -> list[Change]:
    timetables = centre.house.maintain_timetables
    changes: list[Change] = centre.write(
        lambda: timetables.publish(given, actor=more.pop("actor", centre.admin), **more)
    )
    return changes


def except_run(centre: Any, given: RunException, *, route: str = "T1", **more: Any) -> None:
    timetables, actor = centre.house.maintain_timetables, more.get("actor", centre.supervisor)
    centre.write(lambda: timetables.except_run(route, given, actor=actor))


def planned(centre: Any, date: str = FRIDAY, **more: Any) -> list[str]:
    day = parse_day(date)
    runs = centre.house.run_plans.planned(day, day, **more)
    return [f"{run.name} {local(run.departs_us):%H:%M} {run.kind}" for run in runs]


def cancelled(date: str = FRIDAY, slot: str = "1", **changed: Any) -> RunException:
    return replace(RunException(date=date, slot=slot, kind="cancelled", reason="bao"), **changed)


def test_a_published_route_has_its_runs_and_a_card_for_each(centre: Any) -> None:
    assert publish(centre, rows()) == [Change("T1", FRIDAY)]
    assert planned(centre) == [f"T1/{FRIDAY}/1 08:00 regular"]
    [card] = centre.house.run_plans.cards()
    assert is_label(card)
    assert card[:6] == "790001"  # numbered by the office whose calendar it follows
    assert planned(centre, "2026-03-05") == []
    assert planned(centre, "2026-03-07") == []  # a Saturday


def test_a_dry_run_says_what_would_change_and_takes_no_number(centre: Any) -> None:
    assert publish(centre, rows(), dry_run=True) == [Change("T1", FRIDAY)]
    assert centre.house.run_plans.timetables() == {}
    publish(centre, rows())
    assert next(iter(centre.house.run_plans.cards()))[8:14] == "000001"


def test_a_supervisor_cancels_changes_and_adds_a_run_of_one_day(centre: Any) -> None:
    publish(centre, rows())
    except_run(centre, cancelled())
    assert planned(centre) == []
    assert planned(centre, cancelled=True) == [f"T1/{FRIDAY}/1 08:00 cancelled"]
    except_run(centre, cancelled("2026-03-09", kind="changed", stops=ANOTHER))
    assert planned(centre, "2026-03-09") == ["T1/2026-03-09/1 09:00 changed"]
    except_run(centre, cancelled("2026-03-07", "them", kind="extra", stops=ANOTHER))
    assert planned(centre, "2026-03-07") == ["T1/2026-03-07/them 09:00 extra"]
    assert sorted(centre.house.run_plans.cards().values()) == [("T1", "1"), ("T1", "them")]


def test_only_who_may_publishes_and_excepts(centre: Any) -> None:
    for actor in (None, centre.supervisor, centre.clerk):
        with pytest.raises(NotAllowed):
            publish(centre, rows(), actor=actor)
    publish(centre, rows())
    for actor in (None, centre.clerk, INSPECTOR):
        with pytest.raises(NotAllowed):
            except_run(centre, cancelled(), actor=actor)


def test_the_reason_of_an_exception_has_no_room_for_a_name_with_a_number(centre: Any) -> None:
    publish(centre, rows())
    with pytest.raises(BadCode):
        except_run(centre, cancelled(reason="Nguyen-Van-An-0987654321"))


def flags(centre: Any) -> list[str]:
    return [row.code for row in centre.views.discrepancies(now_us=centre.clock.us)]


def test_a_missed_run_is_told_explained_and_closed_by_people(centre: Any) -> None:
    publish(centre, rows())
    centre.at(f"{FRIDAY}T08:20")
    assert flags(centre) == ["RUN_LATE"]
    centre.at(f"{FRIDAY}T09:00")
    assert flags(centre) == ["RUN_MISSED"]
    name = f"T1/{FRIDAY}/1"
    identity = Identity("RUN_MISSED", name, name)
    desk, said = centre.house.settle_discrepancy, {"actor": centre.supervisor}
    centre.write(lambda: desk.assign(identity, "office", "TTHC", **said))
    centre.write(lambda: desk.close(identity, Words("recorded_in_minutes", ""), **said))
    assert flags(centre) == []
    [handled] = centre.views.handled(now_us=centre.clock.us)
    assert (handled.subject, handled.stands) == (name, True)


def test_what_people_did_outlives_the_missed_run_that_a_scan_takes_back(centre: Any) -> None:
    publish(centre, rows())
    [card] = centre.house.run_plans.cards()
    centre.at(f"{FRIDAY}T09:00")
    name = f"T1/{FRIDAY}/1"
    desk = centre.house.settle_discrepancy
    told = Words("scanned_late", "")
    centre.write(
        lambda: desk.explain(Identity("RUN_MISSED", name, name), told, actor=centre.supervisor)
    )
    centre.scan("StopReached", card, office="STC")
    assert flags(centre) == []
    [handled] = centre.views.handled(now_us=centre.clock.us)
    assert (handled.code, handled.stands) == ("RUN_MISSED", False)


def test_the_sheet_of_a_house_built_anew_is_the_same(centre: Any, dump: Callable[[], Any]) -> None:
    publish(centre, rows())
    [card] = centre.house.run_plans.cards()
    centre.at(f"{FRIDAY}T08:31")
    centre.scan("StopReached", card, office="STC")
    except_run(centre, cancelled("2026-03-09"))
    before = dump()
    assert any(b"T1/2026-03-10/1" in line for line in before)
    centre.house.write(centre.house.rebuild).result(60)
    assert dump() == before


@pytest.fixture
def dump(centre: Any) -> Callable[[], list[bytes]]:
    """The read model as canonical lines."""

    def told() -> list[bytes]:
        engine = read_engine(centre.data / "giaonhan.db")
        with engine.connect() as connection:
            lines = list(canonical_dump(connection))
        engine.dispose()
        return lines

    return told
