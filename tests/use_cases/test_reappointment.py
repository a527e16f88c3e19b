"""Moving an appointment: the date is computed, the number is limited, late stays late."""

from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from domain.model.appointment import AppointmentNotLater, AppointmentStands, ReappointmentLimit
from domain.model.calendar import DayOf
from domain.model.discrepancy import BadReason
from domain.model.dossier import Dossier, dossier_id
from domain.model.entry import entry_digest, parse_entry
from domain.model.errors import NotAllowed, NotFound
from domain.model.instants import iso
from domain.model.journal import EntryStored
from domain.model.procedure import BadProcedure
from domain.ports.stores import StreamConflict
from domain.ports.vault import TooLarge
from domain.ports.views import Standing
from domain.use_cases.appointment_reasons import Changed, Moved, why_moved
from domain.use_cases.decide_dossier import (
    ApologyMissing,
    BadDays,
    DossierClosed,
    DossierPaused,
)
from domain.use_cases.maintain_calendars import DayException

APOLOGY = "Trung tâm xin lỗi bà Lê Thị Bé vì nghỉ tránh bão ngày 10/3."


def storm(centre: Any, date: str = "2026-03-10") -> None:
    closed = DayException(date=date, kind="off", reason="bao")
    centre.write(lambda: centre.calendars.except_day("TTHC", closed, actor=centre.admin))


def reappoint(centre: Any, label: str, **given: Any) -> Any:
    words = {"cause": "disaster", "apology": APOLOGY, "actor": centre.supervisor} | given
    return centre.write(lambda: centre.decide.reappoint(label, **words))


def case(centre: Any, label: str) -> Dossier:
    found: Dossier = centre.house.log.load(Dossier, [dossier_id(label)])[dossier_id(label)]
    return found


def to_confirm(centre: Any) -> list[str]:
    return [row.label for row in centre.views.appointments_to_confirm().rows]


def test_a_calendar_change_lists_the_appointment_and_moves_nothing_that_was_printed(
    centre: Any,
) -> None:
    told = centre.register()
    assert to_confirm(centre) == []
    storm(centre)
    row = centre.row(told.label)
    assert row.promised_us == told.due_us
    assert iso(row.due_us)[:10] == "2026-03-13"
    [listed] = centre.views.appointments_to_confirm().rows
    assert (listed.label, listed.promised_us, listed.due_us) == (
        told.label,
        told.due_us,
        row.due_us,
    )
    assert listed.promise_calendar_version == told.calendar_version
    assert listed.calendar_version.startswith("TTHC.2.")


def test_a_new_appointment_is_the_due_as_computed_with_apology_and_cause(centre: Any) -> None:
    label = centre.register().label
    storm(centre)
    told = reappoint(centre, label)
    assert iso(told.promised_us)[:16] == "2026-03-13T17:00"
    assert told.promised_us == told.due_us == centre.row(label).promised_us
    assert (told.reappointments, told.reappointments_left) == (1, 0)
    assert to_confirm(centre) == []
    sheet = centre.views.dossier(label, now_us=centre.clock.us)
    assert sheet.promise_calendar_version == sheet.calendar_version == told.calendar_version
    first, second = case(centre, label).appointments
    assert iso(first.due_us)[:16] == "2026-03-12T17:00"
    assert second.due_us == told.promised_us
    [apology] = case(centre, label).texts
    assert centre.house.vault.text(apology) == APOLOGY
    assert "Bé".encode() not in (centre.data / "giaonhan.db").read_bytes()


def test_both_facts_stand_in_one_save_and_one_chain(centre: Any) -> None:
    label = centre.register().label
    storm(centre)
    before = len(centre.house.log.notifications(after=0, limit=10_000))
    reappoint(centre, label)
    facts = centre.facts(label)[1:]
    assert [fact.fact for fact in facts] == ["Reappointed", "Apologised"]
    assert [dict(fact.context) for fact in facts] == [{"reason": "disaster"}] * 2
    assert {(fact.operator, fact.office) for fact in facts} == {("lanhdao", "TTHC")}
    events = centre.house.log.notifications(after=0, limit=10_000)
    assert len(events) == before + 5  # the decision, two entries, two facts
    raws = [each.event.raw for each in events if isinstance(each.event, EntryStored)]
    assert all(parse_entry(b).prev == entry_digest(a) for a, b in pairwise(raws))


def test_the_version_of_the_procedure_limits_how_often(centre: Any, terms: Any) -> None:
    centre.write(
        lambda: centre.reference.define_procedure(
            "P5X", replace(terms, reappointments=2), actor=centre.admin
        )
    )
    once, twice = centre.register().label, centre.register("P5X").label
    storm(centre)
    for label in (once, twice):
        reappoint(centre, label)
    storm(centre, "2026-03-11")
    with pytest.raises(ReappointmentLimit) as refused:
        reappoint(centre, once)
    assert refused.value.values == {"limit": 1}
    assert reappoint(centre, twice).reappointments_left == 0
    assert to_confirm(centre) == [once]
    storm(centre, "2026-03-09")
    with pytest.raises(ReappointmentLimit):
        reappoint(centre, twice)


@pytest.mark.parametrize("limit", [-1, 10])
def test_a_limit_that_is_none_is_refused_with_the_procedure(
    centre: Any, terms: Any, limit: int
) -> None:
    with pytest.raises(BadProcedure):
        centre.reference.define_procedure(
            "P5X", replace(terms, reappointments=limit), actor=centre.admin
        )


def test_an_appointment_that_agrees_is_not_moved(centre: Any) -> None:
    """An overdue one agrees too: its due has passed, and no apology gives it another."""
    label = centre.register().label
    with pytest.raises(AppointmentStands):
        reappoint(centre, label)
    centre.at("2026-03-16T10:00")
    with pytest.raises(AppointmentStands):
        reappoint(centre, label)
    assert centre.row(label).standing == Standing.OVERDUE


def test_an_apology_never_turns_late_into_on_time(centre: Any) -> None:
    label = centre.register().label
    storm(centre)
    centre.at("2026-03-16T10:00")
    assert centre.row(label).standing == Standing.OVERDUE
    reappoint(centre, label)
    assert centre.row(label).standing == Standing.OVERDUE
    centre.scan("ResultArrived", label)
    assert centre.row(label).standing == Standing.LATE


def test_a_dossier_that_waits_has_nothing_to_promise_until_it_goes_on(centre: Any) -> None:
    label = centre.register().label
    centre.at("2026-03-06T10:00")
    centre.write(
        lambda: centre.decide.request_supplement(
            label, cause="missing-paper", text=None, actor=centre.clerk
        )
    )
    for decide in (reappoint, keep):
        with pytest.raises(DossierPaused):
            decide(centre, label)
    assert to_confirm(centre) == []
    centre.at("2026-03-10T09:00")
    centre.write(lambda: centre.decide.supplement_supplied(label, actor=centre.clerk))
    assert to_confirm(centre) == [label]
    assert iso(reappoint(centre, label).promised_us)[:16] == "2026-03-16T17:00"


def keep(centre: Any, label: str, **given: Any) -> Any:
    words = {"cause": "calendar", "actor": centre.supervisor} | given
    return centre.write(lambda: centre.decide.confirm_appointment(label, **words))


def apologise(centre: Any, label: str, **given: Any) -> Any:
    words = {"cause": "overload", "apology": APOLOGY, "actor": centre.supervisor} | given
    return centre.write(lambda: centre.decide.apologise(label, **words))


def test_a_promise_that_somebody_keeps_is_no_task_until_the_due_moves_again(centre: Any) -> None:
    told = centre.register()
    storm(centre)
    kept = keep(centre, told.label)
    assert kept.confirmed
    assert (kept.promised_us, kept.reappointments) == (told.due_us, 0)
    assert to_confirm(centre) == []
    assert [fact.fact for fact in centre.facts(told.label)] == ["Registered"]
    with pytest.raises(AppointmentStands):
        keep(centre, told.label)
    storm(centre, "2026-03-11")
    assert to_confirm(centre) == [told.label]
    assert not centre.decide.appointment(told.label, actor=centre.supervisor).confirmed


def test_an_appointment_that_agrees_needs_no_keeping(centre: Any) -> None:
    label = centre.register().label
    with pytest.raises(AppointmentStands):
        keep(centre, label)


def test_what_is_overdue_is_put_off_by_working_days_and_stays_late(centre: Any) -> None:
    """The law lets an overdue dossier be put off once; the due as computed lies behind it."""
    label = centre.register().label
    centre.at("2026-03-16T10:00")  # due on Thursday the 12th
    told = reappoint(centre, label, days=3)
    assert iso(told.promised_us)[:16] == "2026-03-19T17:00"
    assert iso(told.due_us)[:16] == "2026-03-12T17:00"
    assert (told.confirmed, told.reappointments_left) == (True, 0)
    assert to_confirm(centre) == []
    assert [fact.fact for fact in centre.facts(label)[1:]] == ["Reappointed", "Apologised"]
    assert centre.row(label).standing == Standing.OVERDUE
    with pytest.raises(ReappointmentLimit):
        reappoint(centre, label, days=9)
    centre.scan("ResultArrived", label)
    assert centre.row(label).standing == Standing.LATE


@pytest.mark.parametrize(
    ("days", "refusal"),
    [(0, BadDays), (251, BadDays), (1, AppointmentNotLater), (5, AppointmentStands)],
)
def test_a_promise_beyond_the_due_is_a_later_one_by_a_number_of_days(
    centre: Any, days: int, refusal: type[Exception]
) -> None:
    label = centre.register().label
    with pytest.raises(refusal):
        reappoint(centre, label, days=days)
    assert centre.house.vault.unsettled() == []


def test_an_apology_without_a_new_date_moves_nothing(centre: Any) -> None:
    told = centre.register()
    centre.at("2026-03-16T10:00")
    said = apologise(centre, told.label)
    assert (said.promised_us, said.reappointments_left) == (told.due_us, 1)
    assert [fact.fact for fact in centre.facts(told.label)[1:]] == ["Apologised"]
    assert [centre.house.vault.text(text) for text in case(centre, told.label).texts] == [APOLOGY]
    assert centre.row(told.label).standing == Standing.OVERDUE
    with pytest.raises(ApologyMissing):
        apologise(centre, told.label, apology=" ")


def test_who_saw_an_older_case_decides_again(centre: Any) -> None:
    """Also the same form sent twice: one letter of apology is enough."""
    label = centre.register().label
    storm(centre)
    seen = centre.decide.appointment(label, actor=centre.supervisor).version
    apologise(centre, label, version=seen)
    for act in (apologise, keep, reappoint):
        with pytest.raises(StreamConflict):
            act(centre, label, version=seen)


def test_the_dates_that_moved_an_appointment_are_named(centre: Any) -> None:
    label = centre.register().label
    storm(centre)
    days = list(centre.house.calendars.tables()[-1].days)
    changed = [*days, DayOf("2026-03-09", "off", "Nghỉ bù", "QĐ 99")]
    centre.write(lambda: centre.calendars.publish(changed, actor=centre.admin))
    [row] = centre.views.appointments_to_confirm().rows
    offices = centre.reference.offices()
    moved = why_moved(row, centre.house.calendars, offices)
    assert moved == Moved(
        (Changed("2026-03-09", "off", "Nghỉ bù"), Changed("2026-03-10", "off", "bao")), 0, ()
    )
    hours = [["08:00", "12:00"]]
    centre.write(
        lambda: centre.calendars.set_hours(
            "TTHC", effective_from="2026-03-06", hours=hours, reason="x", actor=centre.admin
        )
    )
    [row] = centre.views.appointments_to_confirm().rows
    moved = why_moved(row, centre.house.calendars, offices)
    assert moved.changed[0] == Changed("2026-03-06", "hours", "")
    assert moved.more == 4  # the 11th to the 16th but for the weekend
    waited = replace(row, office="KHONG", waited_for=("supplement",))
    assert why_moved(waited, centre.house.calendars, offices).waited_for == ("supplement",)
    centre.write(lambda: centre.calendars.publish(days, actor=centre.admin))
    worked = DayException(date="2026-03-07", kind="work", reason="lam-bu")
    centre.write(lambda: centre.calendars.except_day("TTHC", worked, actor=centre.admin))
    [now] = centre.views.appointments_to_confirm().rows
    moved = why_moved(now, centre.house.calendars, centre.reference.offices())
    assert Changed("2026-03-07", "work", "lam-bu") in moved.changed
    unknown = replace(row, promise_calendar_version="TTHC.99.x")
    assert why_moved(unknown, centre.house.calendars, offices) == Moved((), 0, ())
    assert label == row.label


def test_who_may_move_an_appointment(centre: Any) -> None:
    label = centre.register().label
    storm(centre)
    for actor in (None, centre.clerk, centre.admin, replace(centre.solver, office="SXD")):
        with pytest.raises(NotAllowed):
            centre.decide.reappoint(label, cause="disaster", apology=APOLOGY, actor=actor)
        with pytest.raises(NotAllowed):
            centre.decide.confirm_appointment(label, cause="disaster", actor=actor)
        with pytest.raises(NotAllowed):
            centre.decide.apologise(label, cause="disaster", apology=APOLOGY, actor=actor)
    assert reappoint(centre, label, actor=centre.solver).reappointments == 1


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"apology": " \n"}, ApologyMissing),
        ({"apology": "x" * 4_001}, TooLarge),
        ({"cause": "vì bão"}, BadReason),
    ],
)
def test_an_apology_has_words_and_a_cause_in_code(
    centre: Any, given: dict[str, str], refusal: type[Exception]
) -> None:
    label = centre.register().label
    storm(centre)
    with pytest.raises(refusal):
        reappoint(centre, label, **given)
    assert len(case(centre, label).appointments) == 1
    assert centre.house.vault.unsettled() == []


def test_a_finished_dossier_keeps_its_appointment(centre: Any) -> None:
    label = centre.register().label
    centre.scan("ResultArrived", label)
    centre.at("2026-03-06T08:00")
    storm(centre)
    assert to_confirm(centre) == []
    with pytest.raises(DossierClosed):
        reappoint(centre, label)
    with pytest.raises(NotFound):
        reappoint(centre, "1900012600000197")


def test_an_apology_stays_in_the_vault_after_a_crash_between_the_two_files(centre: Any) -> None:
    label = centre.register().label
    storm(centre)
    reappoint(centre, label)
    [apology] = case(centre, label).texts
    centre.house.vault._write(("UPDATE record SET settled = 0 WHERE opaque = ?", [(apology,)]))
    centre.house.close()
    centre.open()
    with closing(centre.house):
        assert centre.house.vault.text(apology) == APOLOGY
