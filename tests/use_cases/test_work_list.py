"""The work list by risk in a house: the same as each dossier's page, and never outdated."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from adapters.read_model.engine import read_engine
from adapters.read_model.work import WorkQueries
from api.databases import DATABASE
from domain.model.entry import parse_entry, unsigned_entry
from domain.model.errors import NotAllowed
from domain.model.instants import DAY_US, MINUTE_US, Micros, parse_instant
from domain.model.policy import Actor, Role
from domain.model.procedure import Terms
from domain.model.timetable_sheet import StopRow
from domain.model.warning import Risk
from domain.ports.stores import RecordedEntry
from domain.use_cases.maintain_reference import OfficeDefinition
from domain.use_cases.runs_ahead import RunsAhead
from domain.use_cases.work_list import WorkFilter, WorkList, WorkPage
from tests.cases import registered_case
from tests.model.random_days import DOSSIERS, random_day

EVERYTHING = WorkFilter(limit=500)
WEEK_US = 7 * DAY_US  # random days are of the Monday before the house was made
SLOTS = (("1", "08:00", "08:40", "09:20"), ("2", "13:30", "14:10", "15:00"))


class Place:
    """A centre A, departments B and C, and runs twice a day."""

    def __init__(self, centre: Any, terms: Terms) -> None:
        self.centre, self.house, self.clock = centre, centre.house, centre.clock
        self.admin, self.supervisor = centre.admin, centre.supervisor
        self.write, self.at = centre.write, centre.at
        legs = (("centre", 120), ("department", 600), ("return", 60))
        self.terms = replace(terms, department="B", term_value=3, legs_minutes=legs)
        for issuer, code in enumerate("ABCD", 90_011):
            office = OfficeDefinition(code=code, issuer=issuer, name_vi=code, name_en=code)
            self.house.reference.define_office(office, actor=self.admin)
        self.define("R1", self.terms)
        given = [
            StopRow(
                line=line, route="T1", slot=slot, effective_from="2026-03-09", office=office, at=at
            )
            for slot, out, there, back in SLOTS
            for line, (office, at) in enumerate((("A", out), ("B", there), ("A", back)), 2)
        ]
        self.write(lambda: self.house.maintain_timetables.publish(given, actor=self.admin))

    def live_through(self, seed: int) -> Micros:
        """A random day, each dossier with a case of A; when it is over."""
        rng = Random(seed)
        morning = parse_instant("2026-03-09T07:00:00+07:00")
        for label in DOSSIERS:
            self.house.log.save(registered_case(label, morning, procedure="R1"))
        facts = random_day(rng, rng.choice([40, 80, 120]))
        told = {(fact.station, fact.epoch, fact.seq): fact for fact in reversed(facts)}
        entries = []
        for fact in told.values():
            unsigned = unsigned_entry(
                replace(fact, at_us=fact.at_us + WEEK_US),
                prev="0" * 64,
                boot="boot",
                mono_ms=0,
                offset_ms=0,
                checkpoint=None,
            )
            recorded = (fact.recorded_at_us or fact.at_us) + WEEK_US
            entries.append(
                RecordedEntry(entry=parse_entry(unsigned + bytes(64)), recorded_at_us=recorded)
            )
        self.write(lambda: self.house.log.save(entries=entries))
        return max(entry.recorded_at_us for entry in entries)

    def define(self, code: str, terms: Terms) -> None:
        self.write(lambda: self.house.reference.define_procedure(code, terms, actor=self.admin))

    def received(self, number: int, procedure: str = "R1", *, after: int = 0) -> list[str]:
        """So many, taken in by A on Monday the ninth at 08:00."""
        self.at("2026-03-09T08:00")
        labels = DOSSIERS[after : after + number]
        for label in labels:
            self.house.log.save(registered_case(label, self.clock.us, procedure=procedure))
            self.centre.scan("Registered", label, office="A")
        return labels

    def risk_of(self, label: str) -> tuple[Risk, str | None]:
        """Its class, and the first of the latest runs that still do."""
        [row] = [row for row in self.work().rows if row.dossier.label == label]
        return row.warned.risk, row.warned.latest[0].hop.run if row.warned.latest else None

    def work(self, **wanted: Any) -> WorkPage:
        page: WorkPage = self.house.work_list(replace(EVERYTHING, **wanted), actor=self.supervisor)
        return page


@pytest.fixture
def place(centre: Any, terms: Terms) -> Place:
    return Place(centre, terms)


@pytest.mark.parametrize("seed", range(12))
def test_the_list_and_each_dossiers_own_page_say_the_same(place: Place, seed: int) -> None:
    rng = Random(seed)
    over_us = place.live_through(seed)
    compared = 0
    for passed_us in sorted(rng.randrange(5 * DAY_US) for _ in range(8)):
        place.clock.us = now_us = (over_us + passed_us) // MINUTE_US * MINUTE_US
        listed = {row.dossier.label: row.warned for row in place.work().rows}
        for label in DOSSIERS:
            around = place.house.views.facts_around([label])
            if max((one.effective_us for one in around), default=0) <= now_us:
                assert listed.get(label) == place.house.account_for_time(label).warned
                compared += label in listed
    assert compared or seed  # some days are all clocks astray


def test_a_list_that_is_kept_is_the_list_as_it_would_be_computed_now(place: Place) -> None:
    rng = Random(3)
    over_us = place.live_through(1)
    readers = read_engine(place.centre.data / DATABASE)
    turned = set()
    for passed_us in sorted(rng.randrange(3 * DAY_US) for _ in range(60)):
        place.clock.us = over_us + passed_us
        fresh = WorkList(
            work=WorkQueries(readers),
            views=place.house.views,
            reference=place.house.reference,
            calendars=place.house.calendars,
            runs=RunsAhead(views=place.house.views, plans=place.house.run_plans),
            clock=place.clock,
        )
        kept, computed = place.work(), fresh(EVERYTHING, actor=place.supervisor)
        assert (kept.rows, kept.risks) == (computed.rows, computed.risks)
        turned.add(tuple(kept.risks.values()))
    readers.dispose()
    assert len(turned) > 2


def test_a_missed_run_changes_the_list_though_nobody_enters_anything(place: Place) -> None:
    [label] = place.received(1)
    place.at("2026-03-09T08:20")
    place.centre.scan("Released", label, office="A")
    # Due on Thursday; the last way back is from B at 14:10. Of B's 600 minutes 310 are on that day,
    # so it has to be there on Wednesday by 12:10: with the first run.
    place.at("2026-03-10T16:00")
    assert place.risk_of(label) == (Risk.TIGHT, "T1/2026-03-11/1")
    place.at("2026-03-11T08:59")
    assert place.risk_of(label) == (Risk.DUE_TOMORROW, "T1/2026-03-11/1")
    place.at("2026-03-11T09:00")  # an hour after it should have come
    assert place.risk_of(label) == (Risk.CANNOT_MAKE_IT, None)


def test_after_the_last_run_of_its_last_day_nothing_can_make_it_any_more(place: Place) -> None:
    """The next way back is after the due date: that there is one is known from later days."""
    [label] = place.received(1)
    place.at("2026-03-12T20:00")
    assert place.risk_of(label) == (Risk.CANNOT_MAKE_IT, None)
    assert place.house.account_for_time(label).warned.risk is Risk.CANNOT_MAKE_IT


def test_runs_further_ahead_than_they_are_laid_out_still_bring_it_in_time(place: Place) -> None:
    long = replace(place.terms, department="B", term_value=60, legs_minutes=(("department", 2400),))
    place.define("R60", long)
    [label] = place.received(1, "R60")
    place.at("2026-03-10T08:00")
    # Due on Thursday 4 June, five of B's working days before the last way back, at 14:10.
    assert place.risk_of(label) == (Risk.SAFE, "T1/2026-05-28/2")
    assert place.house.account_for_time(label).warned.risk is Risk.SAFE


def test_others_than_supervisors_see_what_concerns_their_office(place: Place) -> None:
    here, gone = place.received(2)
    place.at("2026-03-09T08:20")
    place.centre.scan("Accepted", gone, office="courier:C1")
    both = {here, gone}
    for role, office, seen in (
        (Role.SUPERVISOR, "STC", both),
        (Role.INSPECTOR, "STC", both),
        (Role.ADMIN, "STC", both),
        (Role.COUNTER, "A", both),  # it took them in
        (Role.DEPARTMENT, "B", both),  # it solves them
        (Role.DEPARTMENT, "C", set()),
    ):
        found = place.house.work_list(EVERYTHING, actor=Actor("p1", office, frozenset({role})))
        assert {row.dossier.label for row in found.rows} == seen
        assert sum(found.risks.values()) == len(seen)
    for actor in (None, Actor("c1", "courier:C1", frozenset({Role.COURIER}))):
        with pytest.raises(NotAllowed):
            place.house.work_list(EVERYTHING, actor=actor)


def test_the_list_is_narrowed_by_office_class_and_procedure_and_cut_into_pages(
    place: Place,
) -> None:
    here, carried, solved = place.received(3)
    place.define("R2", place.terms)
    [other] = place.received(1, "R2", after=3)
    place.at("2026-03-09T08:20")
    place.centre.scan("Accepted", carried, office="courier:C1")
    place.centre.scan("Received", solved, office="B")

    def labels(**wanted: Any) -> list[str]:
        return [row.dossier.label for row in place.work(**wanted).rows]

    assert set(labels(office="B")) == {carried, solved}  # where its courier brings it
    assert set(labels(office="A")) == {here, other}
    assert labels(procedure="R2") == [other]
    everything = labels()
    assert [*labels(limit=2), *labels(limit=2, offset=2)] == everything
    page = place.work(risk=Risk.SAFE, limit=1)
    assert page.total == page.risks[Risk.SAFE]
    assert sum(page.risks.values()) == 4
    assert place.work().offices == {"A": 2, "B": 2}


def test_a_dossier_that_waits_for_its_applicant_stands_last_and_one_without_due_is_counted(
    place: Place,
) -> None:
    first, second = place.received(2)
    place.house.write(
        lambda: place.house.log.save(registered_case(DOSSIERS[4], place.clock.us, procedure="R9"))
    ).result(60)
    solver = Actor("cb1", "A", frozenset({Role.COUNTER}))
    place.write(
        lambda: place.house.decide_dossier.request_supplement(
            first, cause="missing-paper", text=None, actor=solver
        )
    )
    found = place.work()
    assert [row.dossier.label for row in found.rows] == [second, first]
    assert (found.rows[-1].warned.risk, found.undated) == (Risk.PAUSED, 1)
