"""Responsibility by party over a period: exact sums over stories worked out by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.model.deadline import Pause
from domain.model.fact import Fact
from domain.model.instants import DAY_US, parse_instant
from domain.model.legs import THE_POST, Account, account_of
from domain.model.party_report import Measured, PartyReport, party_report
from domain.model.period_figures import ReportDoesNotAddUp
from domain.model.period_report import Grouping, Period
from domain.model.responsibility import Charged, Ledger
from tests.model.worked_ledgers import CALENDAR, OUT, Worked, at, minute

MONDAY = Period(at("00:00"), at("00:00", 1))
TUESDAY = Period(at("00:00", 1), at("00:00", 2))
BOTH = Period(at("00:00"), at("00:00", 2))
# As the first of the worked cases: the department takes 450 of 240, and it is 120 late.
SLOW = (
    OUT + "ResultIssued B +1d09:00; Released B +1d09:10 D1;"
    "Accepted c1 +1d09:30 D1; Accepted A +1d10:00 D1"
)
A, B, C1 = account_of("A"), account_of("B"), account_of("courier:c1")

Tell = Callable[..., Measured]


@pytest.fixture
def tell(stated: Callable[[str], list[Fact]]) -> Tell:
    def tell(story: str, *, now: int = at("17:00", 1), **told: Any) -> Measured:
        given = {"group": None, "contested": False, "has_result": True} | told.pop("row", {})
        found = Worked(stated(story), now, **told).ledger
        return Measured("1900012600000137", found, found, CALENDAR, **given)

    return tell


def report(*measured: Measured, period: Period = BOTH, by: Grouping | None = None) -> PartyReport:
    return party_report(measured, period=period, by=by)


def minutes(found: PartyReport) -> dict[str, tuple[int, int]]:
    return {
        account.code.removeprefix("courier:") or account.kind: (row.legal, row.outside)
        for account, row in found.rows.items()
    }


def test_the_minutes_of_all_parties_are_what_elapsed_and_the_late_ones_what_it_was_late(
    tell: Tell,
) -> None:
    found = report(tell(SLOW))
    # After 10:00 on Tuesday it lies on the shelf until 17:00: 90 + 240 = 330.
    assert minutes(found) == {"A": (60, 0), "c1": (90, 0), "B": (450, 0), "shelf": (0, 330)}
    assert (found.late.solved, found.late.minutes, found.late.overdue) == (1, 120, 0)
    assert (found.rows[B].late, found.rows[B].late_dossiers, found.rows[A].late) == (120, 1, 0)
    assert (found.dossiers, found.total.late, found.total.decided) == (1, 120, 120)


def test_two_periods_that_follow_each_other_have_the_minutes_of_both(tell: Tell) -> None:
    whole = tell(SLOW)
    first, second = report(whole, period=MONDAY), report(whole, period=TUESDAY)
    # Monday 08:00-17:00 is 450, Tuesday 480.
    assert (first.total.legal, first.total.outside) == (450, 0)
    assert (second.total.legal, second.total.outside) == (150, 330)
    assert minutes(first)["B"] == (330, 0)
    assert minutes(second)["B"] == (120, 0)


def test_lateness_belongs_to_the_period_in_which_it_was_solved(tell: Tell) -> None:
    whole = tell(SLOW)
    assert report(whole, period=MONDAY).late.solved == 0
    assert report(whole, period=TUESDAY).late.solved == 1
    later = Period(TUESDAY.to_us, TUESDAY.to_us + DAY_US)
    assert (report(whole, period=later).dossiers, report(whole, period=later).late.solved) == (0, 0)


def test_what_is_not_done_at_the_end_is_told_as_it_stands_then(tell: Tell) -> None:
    found = report(tell(OUT, now=at("09:00", 1)))
    assert (found.late.overdue, found.late.solved, found.late.minutes) == (1, 0, 60)
    # 420 minutes at B of 240: all of the 60 are its own.
    assert found.rows[B].late == 60


def test_what_ended_without_a_result_when_late_is_no_late_result(tell: Tell) -> None:
    story = OUT + "Withdrawn B +1d09:00"
    found = report(tell(story, row={"has_result": False}))
    assert (found.late.ended, found.late.solved) == (1, 0)


def test_pauses_are_outside_the_clock(tell: Tell) -> None:
    pause = Pause(minute("11:00"), minute("11:00", 1), "supplement")
    found = report(tell(OUT, pauses=[pause]))
    assert minutes(found)["applicant"] == (0, 30 + 240 + 210)


def test_an_upheld_objection_moves_late_minutes_and_keeps_their_sum(tell: Tell) -> None:
    told = tell(SLOW)
    charge = Charged("department", "handling", B)
    decided = told.charged.charged_anew({charge: THE_POST})
    found = report(told._replace(decided=decided, contested=True))
    # Handling overran by 190, waiting for pick-up by 20: of 120 these are 108.57 and 11.43.
    assert (found.rows[B].late, found.rows[B].decided) == (120, 11)
    assert (found.rows[THE_POST].late, found.rows[THE_POST].decided) == (0, 109)
    assert (found.total.late, found.total.decided, found.contested) == (120, 120, 1)


def test_inferred_disputed_and_provisional_lateness_is_marked(tell: Tell) -> None:
    # The courier takes 240 of 60 by the pouch alone, so all of its lateness is inferred.
    story = OUT.replace("Accepted B 10:00", "Accepted B 15:00").replace("10:05", "15:05")
    story = story.replace("10:10", "15:10").replace("10:11", "15:11") + "Disputed B 15:20 D1"
    found = report(tell(story, now=at("10:00", 1)))
    assert found.rows[C1].late == found.rows[C1].inferred > 0
    assert found.rows[B].disputed == found.rows[B].late
    assert found.total.provisional == 0


def test_rows_are_the_parties_of_the_dossiers_of_a_department(tell: Tell) -> None:
    found = report(
        tell(SLOW, row={"group": "X"}),
        tell(SLOW, row={"group": "Y"}),
        tell(SLOW, row={"group": "X"}),
        by=Grouping.DEPARTMENT,
    )
    assert list(found.groups) == ["X", "Y"]
    assert (found.groups["X"][B].late, found.groups["Y"][B].late) == (240, 120)
    assert (found.rows[B].late, found.rows[B].dossiers) == (360, 3)


def test_by_courier_each_run_is_a_row_and_the_dossier_counts_once(tell: Tell) -> None:
    story = SLOW.replace("Accepted c1 09:00 seal=S1", "Accepted c1 09:00 seal=S1 run=R1")
    story = story.replace("Accepted c1 +1d09:30 D1", "Accepted c1 +1d09:30 D1 run=R2")
    found = report(tell(story), by=Grouping.COURIER)
    runs = found.groups["courier:c1"]
    assert [row.legal for row in runs.values()] == [60, 30]
    assert None not in {account.run for account in runs}
    assert list(found.groups) == ["courier:c1"]
    assert (found.rows[C1].dossiers, found.rows[C1].legal) == (1, 90)


def test_a_ledger_that_does_not_add_up_is_refused_with_its_label(tell: Tell) -> None:
    told = tell(SLOW)
    first, *others = told.charged.entries
    wrong: Ledger = replace(told.charged, entries=[first._replace(minutes=29), *others])
    with pytest.raises(ReportDoesNotAddUp, match="1900012600000137"):
        report(told._replace(charged=wrong))


def test_a_dossier_that_did_not_live_in_the_period_counts_for_nobody(tell: Tell) -> None:
    before = Period(parse_instant("2026-02-02T00:00:00+07:00"), at("00:00"))
    found = report(tell(SLOW), period=before)
    assert (found.dossiers, found.rows, found.to_json()["parties"]) == (0, {}, [])
    assert Account("office", "A") not in found.rows
