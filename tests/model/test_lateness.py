"""Ten kinds of delay, and some more, worked out by hand: whose minutes they are, and whose delay.

Hours, term and budgets are those of `worked_ledgers`: eight working hours from Monday 2026-03-02
08:00, due on Tuesday at 08:00; centre 60, courier out 60, department 240, back 60, return 60.
"""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.reference_data.calendar import national_table
from domain.model.claims import Detour
from domain.model.deadline import Pause, Rule, Term
from domain.model.fact import Fact
from domain.model.instants import Micros
from domain.model.lateness import lateness
from domain.model.legs import OUTSIDE, THE_POST, account_of
from domain.model.responsibility import Charged
from domain.model.shares import largest_remainder
from domain.model.working_time import Calendar
from domain.use_cases.account_for_time import steps_of
from tests.model.worked_ledgers import BUDGETS, CALENDAR, OUT, Worked, at, minute

Stated = Callable[[str], list[Fact]]
("%H:%M")


Tell = Callable[..., Worked]


@pytest.fixture
def tell(stated: Stated) -> Tell:
    """`tell(story, now=…)`."""

    def work(text: str, *, now: Micros, **given: Any) -> Worked:
        return Worked(stated(text.removesuffix(";")), now, **given)

    return work


# 1
def test_a_slow_department_is_late_alone_and_the_couriers_saving_is_shown(tell: Tell) -> None:
    # Centre 08:00-09:00 = 60 of 60. Courier 09:00-10:00 = 60 of 60. Department Mon 10:00-11:30 =
    # 90, 13:00-17:00 = 240, Tue 07:30-09:30 = 120: 450 of 240, 210 over. Courier back 09:30-10:00 =
    # 30 of 60, 30 saved. Finished Tue 10:00, due Tue 08:00: 120 late.
    told = tell(
        OUT + "StepStarted B 10:30; StepFinished B 11:00; StepStarted B 13:00;"
        "StepFinished B +1d08:00; ResultIssued B +1d09:00; Released B +1d09:10 D1;"
        "Accepted c1 +1d09:30 D1; Accepted A +1d10:00 D1",
        now=at("10:00", 1),
    )
    assert told.entries == [
        "A centre handling 08:00-08:30 30",
        "A centre pickup 08:30-09:00 30",
        "c1 courier_out carriage 09:00-10:00 60 inferred",
        "B department reception 10:00-10:10 10 inferred",
        "B department handling 10:10-10:30 20",
        "B department step check 10:30-11:00 30",
        "B department handling 11:00-13:00 30",
        "B department step sign 13:00-+1d08:00 270 over 120",
        "B department handling +1d08:00-+1d09:10 70 over 70",
        "B department pickup +1d09:10-+1d09:30 20 over 20",
        "c1 courier_back carriage +1d09:30-+1d10:00 30",
    ]
    assert told.ledger.minutes == 60 + 60 + 450 + 30
    assert steps_of(told.ledger) == {"check": 30, "sign": 270}
    assert told.shares == ["B department over 210: 120"]
    assert told.saved == ["courier_back 30", "return 60"]
    assert told.late is not None
    assert (told.late.late_minutes, told.late.finished, told.late.by_date) == (120, True, False)


# 2
def test_two_that_overran_share_by_their_overrun_to_the_last_minute(tell: Tell) -> None:
    # Centre 08:00-09:25 = 85 of 60, 25 over. Courier out 09:25-10:00 = 35 of 60, 25 saved.
    # Department Mon 10:00-11:30 = 90, 240, Tue 07:30-08:10 = 40: 370 of 240, 130 over.
    # Courier back 08:10-08:20 = 10. Finished Tue 08:20: 20 late, over 25 + 130 = 155.
    # 20 × 25 / 155 = 3.23 → 3, 20 × 130 / 155 = 16.77 → 16; one is left, to the larger remainder.
    told = tell(
        OUT.replace("08:50", "09:20").replace("Accepted c1 09:00", "Accepted c1 09:25")
        + "ResultIssued B +1d08:00; Accepted c1 +1d08:10 D1; Accepted A +1d08:20 D1",
        now=at("08:20", 1),
    )
    assert told.shares == ["A centre over 25: 3", "B department over 130: 17"]
    assert told.saved == ["courier_out 25", "courier_back 50", "return 60"]


# 3
def test_a_courier_who_takes_a_detour_is_late_on_his_run(tell: Tell) -> None:
    # Courier 09:00-11:30 = 150, 13:00-15:00 = 120: 270 of 60, 210 over. Department Mon 15:00-17:00
    # = 120, Tue 07:30-08:30 = 60: 180 of 240. Back 08:30-09:00 = 30. Late Tue 08:00-09:00 = 60.
    told = tell(
        "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B; Released A 08:50;"
        "Accepted c1 09:00 seal=S1 run=R7; Accepted B 15:00 seal=S1; Received B 15:10 pouch=P1;"
        "Closed B 15:11; ResultIssued B +1d08:00; Accepted c1 +1d08:30 D1; Accepted A +1d09:00 D1",
        now=at("09:00", 1),
    )
    assert told.shares == ["c1@7000000000000007 courier_out over 210: 60"]
    assert told.saved == ["department 60", "courier_back 30", "return 60"]


# 4
def test_waiting_for_pick_up_is_the_senders_until_the_receivers_scan(tell: Tell) -> None:
    # Centre 08:00-11:30 = 210 and 13:00-16:00 = 180: 390 of 60, 330 over, of which it lay ready
    # from 08:30 on. Courier 16:00-16:30 = 30. Department Mon 16:30-17:00 = 30, Tue 07:30-10:00 =
    # 150: 180. Back 10:00-10:15. Late 08:00-10:15 = 135.
    told = tell(
        "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B; Released A 15:55;"
        "Accepted c1 16:00 seal=S1; Accepted B 16:30 seal=S1; Received B 16:30 pouch=P1;"
        "Closed B 16:31;"
        "ResultIssued B +1d09:00; Accepted c1 +1d10:00 D1; Accepted A +1d10:15 D1",
        now=at("10:15", 1),
    )
    assert told.entries[:2] == [
        "A centre handling 08:00-08:30 30",
        "A centre pickup 08:30-16:00 360 over 330",
    ]
    assert told.shares == ["A centre over 330: 135"]


# 5
def test_tendered_minutes_are_theirs_who_would_not_accept(tell: Tell) -> None:
    # The courier tenders at 10:00; from 10:15 on B answers: 10:15-11:30 = 75, 13:00-16:15 = 195:
    # 270. Courier 09:00-10:15 = 75 of 60, 15 over. Department 16:15-17:00 = 45, Tue 07:30-08:30 =
    # 60: 105. Back 08:30-09:00. Late 08:00-09:00 = 60 over 15 + 270 = 285: 60 × 15 / 285 = 3.16 →
    # 3, and 60 × 270 / 285 = 56.84 → 56 + 1.
    told = tell(
        "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B; Released A 08:50;"
        "Accepted c1 09:00 seal=S1; Tendered c1 10:00 counterpart=B; Accepted B 16:15 seal=S1;"
        "Received B 16:15 pouch=P1; Closed B 16:16; ResultIssued B +1d08:00;"
        "Accepted c1 +1d08:30 D1; Accepted A +1d09:00 D1",
        now=at("09:00", 1),
    )
    assert told.entries[2:4] == [
        "c1 courier_out carriage 09:00-10:15 75 over 15 inferred",
        "B tendered 10:15-16:15 270 over 270 inferred",
    ]
    assert told.shares == ["c1 courier_out over 15: 3", "B tendered over 270: 57"]


# 6
def test_an_applicants_supplement_runs_outside_the_clock_and_moves_the_due_date(tell: Tell) -> None:
    # Asked Mon 11:00, supplied Wed 11:00: 30 + 240 + 480 + 210 = 960 minutes outside the clock.
    # 480 minutes of the clock: Mon 08:00-11:00 = 180, then 300 from Wed 11:00: 30 + 240 = 270 on
    # Wednesday, 30 on Thursday: due Thu 08:00. Department Mon 10:00-11:00 = 60, Wed 270, Thu
    # 07:30-10:00 = 150: 480 of 240, 240 over. Back 10:00-10:30. Late Thu 08:00-10:30 = 150.
    told = tell(
        OUT + "ResultIssued B +3d09:00; Accepted c1 +3d10:00 D1; Accepted A +3d10:30 D1",
        now=at("10:30", 3),
        pauses=[Pause(minute("11:00"), minute("11:00", 2))],
    )
    assert "applicant supplement 11:00-+2d11:00 960" in told.entries
    assert told.ledger.due == minute("08:00", 3)
    assert told.shares == ["B department over 240: 150"]
    assert told.accounts == [
        "A 60+0",
        "c1 90+0",
        "B 480+0",
        "applicant 0+960",
    ]


def test_a_supplement_asked_for_after_the_due_date_stops_nothing(tell: Tell) -> None:
    # As 1, but B asks for papers on Tuesday at 08:30, half an hour late already, until 09:00.
    told = tell(
        OUT + "ResultIssued B +1d09:00; Accepted c1 +1d09:30 D1; Accepted A +1d10:00 D1",
        now=at("10:00", 1),
        pauses=[Pause(minute("08:30", 1), minute("09:00", 1))],
    )
    assert told.accounts == ["A 60+0", "c1 90+0", "B 450+0"]
    assert told.shares == ["B department over 210: 120"]


# 7
def test_misrouting_is_charged_to_the_one_who_sealed_it(tell: Tell) -> None:
    # The pouch to B is brought to C at 10:00 and from there to B at 15:00. 10:00-11:30 = 90,
    # 13:00-15:00 = 120: 210 minutes of A, who sealed it. B: 15:00-17:00 = 120, Tue 07:30-09:00 =
    # 90: 210 of 240. Back 09:00-09:30. Late 08:00-09:30 = 90.
    told = tell(
        "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B; Released A 08:50;"
        "Accepted c1 09:00 seal=S1; Accepted C 10:00 seal=S1; Released C 13:30;"
        "Accepted c1 13:45 seal=S1; Accepted B 15:00 seal=S1; Received B 15:00 pouch=P1;"
        "Closed B 15:01;"
        "ResultIssued B +1d08:00; Accepted c1 +1d09:00 D1; Accepted A +1d09:30 D1",
        now=at("09:30", 1),
    )
    astray = [entry for entry in told.entries if "misrouted" in entry]
    assert astray == [
        "A misrouted 10:00-13:45 135 over 135 inferred",
        "A misrouted 13:45-15:00 75 over 75 inferred",
    ]
    assert told.shares == ["A misrouted over 210: 90"]
    assert told.ledger.entries[4].holder == "courier:c1"


def test_what_was_never_sent_anywhere_is_nobodys_misrouting(tell: Tell) -> None:
    # Said to be packed into a pouch that was sealed already: the pouch went astray, not it.
    told = tell(
        "Registered A 08:00; Sealed A 08:20 seal=S1 to=B; Packed A 09:00 P1; Accepted C 10:00",
        now=at("11:00"),
    )
    assert told.entries == ["A centre handling 08:00-11:00 180 over 120"]


# 8
def test_a_missed_run_is_the_posts(tell: Tell) -> None:
    # The run of 09:00 never came, the next one takes it at 15:00: 09:00-11:30 = 150, 13:00-15:00 =
    # 120, together 270 of the post. Courier 15:00-15:30. Department 15:30-17:00 = 90, Tue
    # 07:30-09:30 = 120: 210. Back 09:30-09:45. Late 08:00-09:45 = 105. The centre's own hour is
    # within budget.
    told = tell(
        "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B; Released A 14:55;"
        "Accepted c1 15:00 seal=S1; Accepted B 15:30 seal=S1; Received B 15:30 pouch=P1;"
        "Closed B 15:31;"
        "ResultIssued B +1d09:00; Accepted c1 +1d09:30 D1; Accepted A +1d09:45 D1",
        now=at("09:45", 1),
        detours=[Detour("run_missed", THE_POST, at("09:00"), at("15:00"), "R-0302-1")],
    )
    assert told.entries[1:3] == [
        "A centre pickup 08:30-09:00 30",
        "post run_missed 09:00-15:00 270 over 270",
    ]
    assert told.ledger.entries[2].evidence[-1] == "R-0302-1"
    assert told.shares == ["post run_missed over 270: 105"]


# 9
def test_a_closed_office_is_charged_for_the_time_until_it_opens(tell: Tell) -> None:
    # The courier stands before B's closed door at 10:00 and delivers at 15:00: 90 + 120 = 210 of B.
    # Department 15:00-17:00 = 120, Tue 07:30-09:40 = 130: 250 of 240, 10 over. Back 09:40-09:50 =
    # 10. Late 110 over 220: 110 × 210 / 220 = 105, 110 × 10 / 220 = 5.
    told = tell(
        "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B; Released A 08:50;"
        "Accepted c1 09:00 seal=S1; Accepted B 15:00 seal=S1; Received B 15:00 pouch=P1;"
        "Closed B 15:01;"
        "ResultIssued B +1d09:00; Accepted c1 +1d09:40 D1; Accepted A +1d09:50 D1",
        now=at("09:50", 1),
        detours=[Detour("office_closed", account_of("B"), at("10:00"), at("15:00"), "c1#9")],
    )
    assert told.shares == ["B office_closed over 210: 105", "B department over 10: 5"]


# 10
def test_a_result_of_saturday_is_late_by_date_and_goes_to_the_holder_at_the_end_of_friday(
    tell: Tell,
) -> None:
    # Four working days from Monday: due Friday 17:00, late after 24:00. The centre takes 80 of 60,
    # but no working minute passes after Friday, so the whole delay goes to who had it that
    # midnight: B.
    told = tell(
        OUT.replace("Accepted c1 09:00", "Accepted c1 09:20")
        + "ResultIssued B +4d16:50; Accepted c1 +5d08:00 D1; Accepted A +5d09:00 D1",
        now=at("09:00", 5),
        rule=Rule(Term("working_day", 4)),
    )
    assert told.late is not None
    assert (told.late.late_minutes, told.late.by_date) == (0, True)
    assert told.late.late_after == minute("00:00", 5)
    assert told.shares == ["B department over 0: 0"]


# 11
def test_another_agencys_opinion_is_waited_for_outside_the_clock(tell: Tell) -> None:
    # Tue 07:30-17:00 = 480 at the agency. Due: Mon 450, then 30 from Wed 07:30: Wed 08:00.
    # Department Mon 330, Wed 07:30-09:00 = 90: 420, 180 over. Back 09:00-09:30. Late 90.
    told = tell(
        OUT + "ResultIssued B +2d08:30; Accepted c1 +2d09:00 D1; Accepted A +2d09:30 D1",
        now=at("09:30", 2),
        pauses=[Pause(minute("07:30", 1), minute("17:00", 1), "other_agency")],
    )
    assert "agency 0+480" in told.accounts
    assert told.shares == ["B department over 180: 90"]


# 12
def test_a_dossier_missing_from_an_intact_pouch_was_the_sealers_all_the_time(tell: Tell) -> None:
    # Nobody saw it at B; the seal was good. A had it from 08:00 to Tue 09:00, when it turns up at
    # B: Mon 450, Tue 90: 540 of 60, 480 over. Department 09:00-10:00 = 60. Back 10:00-10:30. Late
    # 08:00-10:30 = 150.
    told = tell(
        OUT.replace("Received B 10:10 pouch=P1;", "")
        + "Received B +1d09:00; ResultIssued B +1d09:30;"
        "Accepted c1 +1d10:00 D1; Accepted A +1d10:30 D1",
        now=at("10:30", 1),
    )
    assert told.shares == ["A centre over 480: 150"]


# 13
def test_a_finish_by_the_pouch_alone_is_provisional_and_so_is_what_it_stops(tell: Tell) -> None:
    # As 1, but the result comes back sealed in a pouch that nobody has opened yet.
    told = tell(
        OUT + "ResultIssued B +1d09:00; Packed B +1d09:05 P2; Sealed B +1d09:10 P2 seal=S2 to=A;"
        "Accepted c1 +1d09:30 P2 seal=S2; Accepted A +1d10:00 P2 seal=S2",
        now=at("10:20", 1),
    )
    assert told.entries[-2:] == [
        "c1 courier_back carriage +1d09:30-+1d10:00 30 inferred",
        "shelf shelf +1d10:00-+1d10:20 20 inferred provisional",
    ]
    assert told.late is not None
    assert told.late.provisional
    assert told.shares == ["B department over 210: 120"]


def test_a_dispute_marks_the_minutes_it_lasts_and_the_share_that_rests_on_them(tell: Tell) -> None:
    told = tell(
        OUT + "Disputed B 14:00 D1; ResultIssued B +1d09:00; Accepted c1 +1d09:30 D1;"
        "Accepted A +1d10:00 D1",
        now=at("10:00", 1),
    )
    assert [entry for entry in told.entries if "handling 1" in entry or "disputed" in entry] == [
        "B department handling 10:10-14:00 140",
        "B department handling 14:00-+1d09:30 300 over 210 disputed",
        "c1 courier_back carriage +1d09:30-+1d10:00 30 disputed",
    ]
    assert told.late is not None
    assert [share.disputed for share in told.late.shares] == [True]


def test_each_leg_is_told_with_its_budget_and_what_is_left_of_it(tell: Tell) -> None:
    # A leg without a budget has a budget of nothing; one that is no leg of a journey is never used.
    budgets = {"centre": 100, "department": 240, "return": 60, "archive": 5}
    told = tell(OUT + "Moved B 11:00", now=at("11:00"), legs_minutes=budgets)
    assert [tuple(total) for total in told.ledger.by_leg()] == [
        ("centre", 60, 100, 0, 40, "legal"),
        ("courier_out", 60, 0, 60, 0, "legal"),
        ("department", 60, 240, 0, 180, "legal"),
        ("return", 0, 60, 0, 60, "legal"),
        ("archive", 0, 5, 0, 5, "legal"),
    ]


def test_who_takes_it_in_the_minute_of_asking_has_answered_for_nothing_yet(tell: Tell) -> None:
    told = tell("Registered A 08:00; Accepted B 09:00 D1", now=at("09:00"))
    assert told.entries == ["A centre handling 08:00-09:00 60"]


def test_the_days_on_the_shelf_are_nobodys_delay(tell: Tell) -> None:
    # Finished Mon 11:00, fetched Wed 09:00: 30 + 240 + 480 + 90 = 840 outside the clock.
    told = tell(
        OUT + "ResultIssued B 10:20; Accepted c1 10:30 D1; Accepted A 11:00 D1;Returned A +2d09:00",
        now=at("12:00", 3),
    )
    assert told.entries[-1] == "shelf shelf 11:00-+2d09:00 840"
    assert told.ledger.end == minute("09:00", 2)
    assert told.late is None


def test_the_clock_stays_stopped_when_paper_comes_back_after_the_return(tell: Tell) -> None:
    # Returned Mon 16:00, in time; found on a shelf Tue 08:30, when the term of Tue 08:00 is over.
    told = tell(
        OUT + "ResultIssued B 10:20; Accepted c1 10:30 D1; Accepted A 11:00 D1; Returned A 16:00;"
        "Moved A +1d08:30",
        now=at("12:00", 3),
    )
    assert told.ledger.legal_end == minute("11:00")
    assert told.late is None
    assert {entry.clock for entry in told.ledger.entries if entry.start >= minute("11:00")} == {
        OUTSIDE
    }


def test_papers_withdrawn_in_time_and_fetched_late_are_not_late(tell: Tell) -> None:
    told = tell("Registered A 08:00; Withdrawn A 11:00 D1; Returned A +2d09:00", now=at("12:00", 3))
    assert told.ledger.legal_end == minute("11:00")
    assert told.late is None


def test_a_departments_own_hours_measure_its_budget_but_never_the_minutes(tell: Tell) -> None:
    # B works 07:30-11:30 only. Its 240 minutes from 10:00 last until Tue 10:00 (90 + 150) there; on
    # the centre's clock that is 90 + 240 + 150 = 480, and what follows until 10:30 is over: 30.
    mornings = Calendar(national_table(), hours=[["07:30", "11:30"]])
    told = tell(
        OUT + "ResultIssued B +1d09:00; Accepted c1 +1d10:30 D1; Accepted A +1d10:40 D1",
        now=at("10:40", 1),
        calendars={"B": mornings},
    )
    assert told.ledger.by_account()[2].legal == 90 + 240 + 180
    assert told.shares == ["B department over 30: 160"]


def test_who_is_late_without_any_budget_overrun_is_the_holder_when_it_became_late(
    tell: Tell,
) -> None:
    # Budgets far beyond the term: nobody overran, yet it is 120 minutes late as in 1, all at B.
    told = tell(
        OUT + "ResultIssued B +1d09:00; Accepted c1 +1d09:30 D1; Accepted A +1d10:00 D1",
        now=at("10:00", 1),
        legs_minutes=dict.fromkeys(BUDGETS, 5000),
    )
    assert told.shares == ["B department over 0: 120"]


def test_an_open_dossier_is_divided_as_it_stands_now(tell: Tell) -> None:
    # Tue 09:00: department 90 + 240 + 90 = 420, 180 over; 60 late so far. No budget is saved by a
    # leg that has not begun.
    told = tell(OUT, now=at("09:00", 1))
    assert told.shares == ["B department over 180: 60"]
    assert told.saved == []
    assert told.late is not None
    assert not told.late.finished


def test_a_charge_that_was_decided_to_be_anothers_takes_its_minutes_along(tell: Tell) -> None:
    told = tell(OUT, now=at("09:00", 1))
    moved = told.ledger.charged_anew({Charged("department", "handling", account_of("B")): THE_POST})
    late = lateness(moved, CALENDAR)
    assert late is not None
    assert [(share.account, share.late_minutes) for share in late.shares] == [(THE_POST, 60)]
    assert [total.legal for total in moved.by_account()] == [60, 60, 10, 410]
    assert moved.minutes == sum(entry.minutes for entry in moved.entries) == told.ledger.minutes


def test_a_dossier_that_waits_for_its_applicant_is_not_late(tell: Tell) -> None:
    told = tell(OUT, now=at("09:00", 9), pauses=[Pause(minute("11:00"), None)])
    assert told.late is None
    assert told.entries[-1].startswith("applicant supplement 11:00-")


def test_parts_of_a_whole_are_exact_and_ties_go_to_the_earlier() -> None:
    assert largest_remainder(10, [1, 1, 1]) == [4, 3, 3]
    assert largest_remainder(0, [3, 5]) == [0, 0]
    assert largest_remainder(2, [1, 10**9, 1]) == [0, 2, 0]
