"""A dossier's time in a whole house: scans, pauses, runs and calendars come to one ledger."""

from types import SimpleNamespace
from typing import Any

import pytest

from adapters.reference_data.calendar import national_table
from domain.model.contest import ContestNotOpen, OwnContest
from domain.model.errors import NotAllowed, NotFound
from domain.model.instants import MINUTE_US, parse_instant
from domain.model.laws import every_minute_has_one_owner
from domain.model.legs import THE_POST, Account, account_of
from domain.model.policy import Actor, Role
from domain.model.responsibility import Charged
from domain.model.station_time import Identity
from domain.model.timetable_sheet import StopRow
from domain.ports.stores import StreamConflict
from domain.use_cases.account_for_many import Accounted
from domain.use_cases.account_for_time import AccountForTime, Statement
from domain.use_cases.maintain_reference import OfficeDefinition
from domain.use_cases.measure_dossier import Measure
from domain.use_cases.office_calendars import Calendars
from domain.use_cases.runs_ahead import RunsAhead
from domain.use_cases.settle_discrepancy import Words

RUN = (("TTHC", "08:00"), ("STC", "08:30"), ("TTHC", "09:00"))
PICKUP = Charged("centre", "pickup", account_of("TTHC"))
CONTROL = Actor("kstt", "VPUB", frozenset({Role.SUPERVISOR}))  # of another office than the parties'


def lines(told: Statement) -> list[str]:
    return [
        f"{entry.account.code or entry.account.kind} {entry.leg} {entry.part} {entry.minutes}"
        for entry in told.charged.entries
    ]


@pytest.fixture
def label(centre: Any) -> str:
    """Received on Thursday 2026-03-05 at 10:00, ready for the courier at 16:00."""
    given = [
        StopRow(line=n, route="T1", slot="1", effective_from="2026-03-06", office=office, at=at)
        for n, (office, at) in enumerate(RUN, 2)
    ]
    centre.write(lambda: centre.house.maintain_timetables.publish(given, actor=centre.admin))
    registered = centre.register()
    centre.at("2026-03-05T16:00")
    centre.scan("Released", registered.label)
    return str(registered.label)


def test_a_run_that_nobody_drove_is_charged_to_the_post(centre: Any, label: str) -> None:
    centre.at("2026-03-06T07:45")
    told = centre.house.account_for_time(label)
    # Thursday 10:00-11:30 and 13:00-16:00, then 16:00-17:00 and Friday 07:30-07:45.
    assert lines(told) == ["TTHC centre handling 270", "TTHC centre pickup 75"]
    centre.at("2026-03-06T13:30")
    centre.scan("Accepted", label, office="courier:C1")
    told = centre.house.account_for_time(label)
    assert lines(told) == [
        "TTHC centre handling 270",
        "TTHC centre pickup 90",
        "post run_missed  240",  # 08:00-11:30 and 13:00-13:30
    ]
    assert told.charged.entries[-1].evidence[-1] == "T1/2026-03-06/1"
    earlier = centre.house.account_for_time(label, as_of_us=parse_instant("2026-03-05T16:00+07:00"))
    assert lines(earlier) == ["TTHC centre handling 270"]


def test_the_runs_that_still_meet_the_due_date_are_named_and_change_when_one_is_missed(
    centre: Any, label: str
) -> None:
    # Five working days: due Thursday 12; one run a day, at STC 08:30. It comes back on Thursday's.
    # Of STC's 1,440 minutes 60 are on Thursday, 960 on Tuesday and Wednesday, 420 on Monday from
    # 08:30 on.
    centre.at("2026-03-05T16:10")
    told = centre.house.account_for_time(label)
    assert [(one.office, one.to, one.hop.run) for one in told.warned.latest] == [
        ("TTHC", "STC", "T1/2026-03-09/1"),
        ("STC", "TTHC", "T1/2026-03-12/1"),
    ]
    assert told.warned.risk.value == "safe"
    assert told.to_json()["warning"]["by"] == "2026-03-09T08:00:00+07:00"
    centre.at("2026-03-06T09:30")  # Friday's run is missed: Monday's is the last
    assert centre.house.account_for_time(label).warned.risk.value == "tight"
    centre.at("2026-03-09T09:30")
    told = centre.house.account_for_time(label)
    assert (told.warned.risk.value, told.warned.latest) == ("cannot_make_it", ())
    centre.scan("ResultIssued", label)
    assert centre.house.account_for_time(label).warned is None


def test_a_supplement_is_the_applicants_and_stops_the_legal_clock(centre: Any, label: str) -> None:
    decide = centre.decide
    centre.write(
        lambda: decide.request_supplement(
            label, cause="missing-paper", text=None, actor=centre.clerk
        )
    )
    centre.at("2026-03-06T07:50")
    told = centre.house.account_for_time(label)
    assert lines(told) == ["TTHC centre handling 270", "applicant supplement  80"]
    assert (told.charged.due, told.lateness) == (None, None)


def test_another_agency_that_was_asked_is_named(centre: Any, label: str) -> None:
    centre.write(lambda: centre.decide.ask_agency(label, agency="CATP", actor=centre.solver))
    centre.at("2026-03-06T07:50")
    told = centre.house.account_for_time(label).charged
    assert [(total.account, total.outside) for total in told.by_account()][1:] == [
        (Account("agency", "CATP"), 80)
    ]
    [each] = passed(centre)
    assert each.charged == told


def test_an_objection_is_decided_once_and_on_what_was_before_the_eyes(
    centre: Any, label: str
) -> None:
    desk = centre.house.contest_charge
    words = Words("waited_for_another")
    with pytest.raises(ContestNotOpen):
        desk.dismiss(label, PICKUP, Words("not_proved"), actor=CONTROL)
    centre.at("2026-03-06T07:45")
    centre.write(lambda: desk.raise_(label, PICKUP, words, actor=centre.clerk, version=0))
    with pytest.raises(StreamConflict):
        desk.dismiss(label, PICKUP, Words("not_proved"), actor=CONTROL, version=0)
    upheld = Words("parties_agree")
    centre.write(lambda: desk.uphold(label, PICKUP, upheld, to=THE_POST, actor=CONTROL, version=1))
    told = centre.house.account_for_time(label)
    assert [total.account.kind for total in told.charged.by_account()] == ["office"]
    assert [(total.account.kind, total.legal) for total in told.decided.by_account()] == [
        ("office", 270),
        ("post", 75),
    ]
    assert told.charged.minutes == sum(entry.minutes for entry in told.decided.entries)


def test_nobody_decides_about_minutes_of_their_own_office_or_of_one_it_carries_on(
    centre: Any, label: str
) -> None:
    house, desk = centre.house, centre.house.contest_charge
    centre.at("2026-03-06T07:45")
    centre.write(lambda: desk.raise_(label, PICKUP, Words("time_differs"), actor=centre.clerk))
    own = Actor("lanhdao", "TTHC", frozenset({Role.SUPERVISOR}))
    assert desk.decides(CONTROL, PICKUP)
    assert not desk.decides(own, PICKUP)
    with pytest.raises(OwnContest):
        desk.dismiss(label, PICKUP, Words("not_proved"), actor=own)
    with pytest.raises(OwnContest):
        desk.uphold(label, PICKUP, Words("parties_agree"), to=THE_POST, actor=own)
    [contest] = house.account_for_time(label).contests.values()
    assert contest.open
    given = OfficeDefinition(code="MOI", issuer=90_009, name_vi="Mới", name_en="New")
    centre.write(lambda: centre.reference.define_office(given, actor=centre.admin))
    at_us = parse_instant("2026-03-06T07:45:00+07:00")
    centre.write(
        lambda: house.succeed_office(
            "TTHC", successor="MOI", effective_us=at_us, actor=centre.admin
        )
    )
    heir = Actor("moi09", "MOI", frozenset({Role.SUPERVISOR}))
    with pytest.raises(OwnContest):
        desk.dismiss(label, PICKUP, Words("not_proved"), actor=heir)
    centre.write(lambda: desk.dismiss(label, PICKUP, Words("not_proved"), actor=CONTROL))


def test_whoever_carries_on_an_offices_work_may_object_and_be_charged(
    centre: Any, label: str
) -> None:
    house = centre.house
    given = OfficeDefinition(code="MOI", issuer=90_009, name_vi="Mới", name_en="New")
    centre.write(lambda: centre.reference.define_office(given, actor=centre.admin))
    centre.at("2026-03-06T07:40")
    at_us = parse_instant("2026-03-06T07:35:00+07:00")
    centre.write(
        lambda: house.succeed_office(
            "TTHC", successor="MOI", effective_us=at_us, actor=centre.admin
        )
    )
    centre.at("2026-03-06T07:45")
    told = house.account_for_time(label)
    assert {entry.leg for entry in told.charged.entries} == {"centre"}
    heir = Actor("moi01", "MOI", frozenset({Role.COUNTER}))
    stranger = Actor("stc01", "STC", frozenset({Role.DEPARTMENT}))
    rider = Actor("bt01", "courier:C1", frozenset({Role.COURIER}))
    desk = house.contest_charge
    for nobody in (stranger, rider, None):
        with pytest.raises(NotAllowed):
            desk.raise_(label, PICKUP, Words("time_differs"), actor=nobody)
        with pytest.raises(NotAllowed):
            desk.dismiss(label, PICKUP, Words("not_proved"), actor=nobody)
    assert desk.speaks_for(heir, PICKUP)
    posts = Charged("run_missed", "", THE_POST)
    assert desk.speaks_for(rider, posts)
    assert not desk.speaks_for(heir, posts)
    centre.write(lambda: desk.raise_(label, PICKUP, Words("time_differs"), actor=heir))
    for to in (Account("courier", "courier:NOBODY"), Account("courier", "STC"), Account("shelf")):
        with pytest.raises(NotFound):
            desk.uphold(label, PICKUP, Words("not_proved"), to=to, actor=CONTROL)
    centre.write(
        lambda: desk.uphold(
            label,
            PICKUP,
            Words("parties_agree"),
            to=Account("office", "MOI"),
            actor=CONTROL,
        )
    )
    assert house.account_for_time(label).decided.by_account()[-1].account.code == "MOI"


def test_a_dispute_that_a_person_closed_marks_its_minutes_only_until_then(
    centre: Any, label: str
) -> None:
    house = centre.house
    centre.at("2026-03-06T08:00")
    centre.scan("Disputed", label)
    centre.at("2026-03-06T09:00")
    [found] = house.views.discrepancies(now_us=centre.clock.us, code="DISPUTED")
    identity = Identity(found.code, found.subject, found.key)
    centre.write(
        lambda: house.settle_discrepancy.close(identity, Words("agreed"), actor=centre.supervisor)
    )
    centre.at("2026-03-06T09:30")
    disputed = [
        entry.minutes for entry in house.account_for_time(label).charged.entries if entry.disputed
    ]
    assert disputed == [60]


def test_what_is_not_registered_has_no_time_to_account_for(centre: Any) -> None:
    with pytest.raises(NotFound):
        centre.house.account_for_time("1900012600000137")


@pytest.mark.parametrize("gone", ["procedures", "offices"])
def test_without_procedure_or_office_there_is_no_rule_to_count_by(
    centre: Any, label: str, gone: str
) -> None:
    house = centre.house

    nothing = Calendars(log=house.log, offices=dict, shipped=national_table())
    forgetful: Any = SimpleNamespace(procedures=dict, offices=dict)
    asked = AccountForTime(
        log=house.log,
        views=house.views,
        measure=Measure(
            reference=forgetful if gone == "procedures" else house.reference,
            calendars=house.calendars if gone == "procedures" else nothing,
        ),
        runs=RunsAhead(views=house.views, plans=house.run_plans),
        clock=centre.clock,
    )
    with pytest.raises(NotFound):
        asked(label)


def test_the_ledger_and_the_board_name_the_same_due_date(centre: Any, label: str) -> None:
    decide = centre.decide
    centre.write(lambda: decide.ask_agency(label, agency="CATP", actor=centre.clerk))
    centre.at("2026-03-09T09:00")
    centre.write(lambda: decide.agency_answered(label, actor=centre.clerk))
    for moment, fact in (("2026-03-10T09:00", "ResultIssued"), ("2026-03-11T10:00", "Returned")):
        row, told = centre.row(label), centre.house.account_for_time(label).charged
        assert (row.due_us, row.late_after_us) == (
            told.due * MINUTE_US,
            told.late_after * MINUTE_US,
        )
        centre.at(moment)
        centre.scan(fact, label)
    told = centre.house.account_for_time(label)
    assert [entry.leg for entry in told.charged.entries] == [
        "centre",
        "other_agency",
        "run_missed",  # since Friday's, nobody ever came
        "shelf",
    ]
    assert told.charged.minutes == sum(entry.minutes for entry in told.charged.entries)
    assert told.warned is None
    # On the shelf from Tuesday 09:00 until Wednesday 10:00: 150 + 240 + 150.
    assert told.charged.entries[-1].minutes == 540


def test_one_pass_over_many_charges_as_a_look_at_each(centre: Any, label: str) -> None:
    """With a missed run, a pause, and an objection that was upheld."""
    house, others = centre.house, [centre.register().label for _ in range(3)]
    centre.write(
        lambda: centre.decide.request_supplement(
            others[0], cause="missing-paper", text=None, actor=centre.clerk
        )
    )
    desk = house.contest_charge
    centre.at("2026-03-06T07:45")
    raised = Words("waited_for_another")
    centre.write(lambda: desk.raise_(label, PICKUP, raised, actor=centre.clerk))
    upheld = Words("parties_agree")
    centre.write(lambda: desk.uphold(label, PICKUP, upheld, to=THE_POST, actor=CONTROL))
    centre.at("2026-03-06T13:30")
    centre.scan("Accepted", label, office="courier:C1")
    centre.write(lambda: desk.raise_(label, PICKUP, raised, actor=centre.clerk))
    found = {each.journey.label: each for each in passed(centre)}
    assert found.keys() == {label, *others}
    for name, each in found.items():
        told = house.account_for_time(name)
        assert (each.charged, each.decided) == (told.charged, told.decided)
        assert every_minute_has_one_owner(each.charged, each.case) == []
    assert found[label].charged != found[label].decided
    assert [each.contested for each in found.values()].count(True) == 1
    assert len(found[label].charged.entries) == 3  # the run that nobody drove among them


def passed(centre: Any) -> list[Accounted]:
    house = centre.house
    return list(house.account_for_many(house.journeys.running(), at_us=centre.clock.now_us()))
