"""The fold rule by rule: a story for each sentence of the specification, §4, 6-9 and parties."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.model.custody import fold
from domain.model.station_time import settle

Tell = Callable[..., Any]

SEALED = "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B; Released A 09:10"
CARRIED = f"{SEALED}; Accepted c1 09:12; Released c1 09:58"
AT_B = f"{CARRIED}; Accepted B 10:00 seal=S1; Unsealed B 10:01"


# 6. Surplus, pieces


def test_surplus_is_seen_in_a_pouch_whose_manifest_does_not_name_it(told: Tell) -> None:
    story = f"{AT_B}; Received B 10:03; Registered A 08:00 D2;"
    assert told(f"{story} Received B 10:04 D2 pouch=P1").flags == ["SURPLUS D2 10:04-"]
    assert told(f"{story} Closed B 10:05; Unpacked B 10:06 D2 pouch=P1").flags == [
        "SURPLUS D2 10:06-"
    ]
    assert told(f"{story} Received B 10:04 pouch=P1").flags == []
    named = (
        "Registered A 08:00; Packed A 09:00 P1; Registered A 08:00 D2; Moved A 09:01 D2 pouch=P1"
    )
    assert told(named).flags == []


def test_a_new_filling_is_not_judged_by_the_old_manifest(told: Tell) -> None:
    story = f"{AT_B}; Received B 10:03; Closed B 10:05; Registered B 08:00 D2;"
    for begun in ("Packed B 10:06 P1", "Opened B 10:06"):
        assert told(f"{story} {begun}; Moved B 10:07 D2 pouch=P1").flags == []


@pytest.mark.parametrize(
    ("packed", "found", "codes"),
    [
        ("3", "3", []),
        ("3", "2", ["SHORT_CONTENT"]),
        ("3", "4", ["EXCESS_CONTENT"]),
        ("a+b", "b+a", []),
        ("a+b", "b+c", ["EXCESS_CONTENT", "SHORT_CONTENT"]),
        ("a+b", "1", ["SHORT_CONTENT"]),
        ("1", "a+b", ["EXCESS_CONTENT"]),
    ],
)
def test_the_pieces_found_at_the_receipt_are_compared_with_those_packed(
    told: Tell, packed: str, found: str, codes: list[str]
) -> None:
    story = AT_B.replace("09:00 P1", f"09:00 P1 pieces={packed}")
    day = told(f"{story}; Received B 10:03 pieces={found}; Moved B 10:04 pieces=9")
    assert day.flags == [f"{code} D1 10:03-" for code in codes]
    assert told(f"{story}; Received B 10:03").flags == []
    assert told(f"{AT_B}; Received B 10:03 pieces={found}").flags == []
    own = told(
        f"Registered A 08:00; Packed A 08:10 P1 pieces={packed}; Moved A 08:20 pieces={found}"
    )
    assert own.flags == []


# 7. Seen elsewhere while its pouch is sealed


def test_seen_elsewhere_it_is_where_it_was_scanned(told: Tell) -> None:
    day = told(f"{CARRIED}; Moved C 09:40", now="09:58")
    assert day.flags == ["WRONG_POUCH D1 09:40-"]
    assert day.chain() == [
        "A verified 08:00-09:12",
        "c1 inferred 09:12-09:40",
        "C verified 09:40-",
    ]
    assert day.inside() == []


def test_closed_unread_the_link_before_the_outside_scan_stays(told: Tell) -> None:
    day = told(f"{CARRIED}; Moved C 09:40; Accepted B 10:00; Closed B 10:05")
    assert day.chain()[1] == "c1 inferred 09:12-09:40"


def test_seen_inside_after_the_sealers_own_scan_all_is_well(told: Tell) -> None:
    story = (
        f"{SEALED}; Moved A 09:11; Accepted c1 09:12; Released c1 09:58; Accepted B 10:00 seal=S1"
    )
    day = told(f"{story}; Received B 10:03; Closed B 10:05")
    assert day.flags == ["WRONG_POUCH D1 09:11-10:03"]
    assert day.chain() == ["A verified 08:00-10:03", "B verified 10:03-"]


def test_seen_inside_after_anothers_scan_two_things_bear_one_label(told: Tell) -> None:
    story = (
        f"{CARRIED}; Moved C 09:40; Accepted B 10:00 seal={{}}; Received B 10:03{{}};Closed B 10:05"
    )
    for naming in ("", " pouch=P1"):
        day = told(story.format("S1", naming))
        assert day.flags == ["WRONG_POUCH D1 09:40-", "DUPLICATE_LABEL D1 10:03-"]
        assert day.chain() == [
            "A verified 08:00-09:12",
            "c1 inferred 09:12-09:40",
            "C verified 09:40-10:03",
            "B verified 10:03-",
        ]
    bad = told(story.format("S9", ""))
    assert bad.flags == ["WRONG_POUCH D1 09:40-", "SEAL_MISMATCH P1 10:00-10:05"]


def test_after_the_close_or_a_new_sealing_no_scan_is_inside_any_more(told: Tell) -> None:
    story = f"{CARRIED}; Moved C 09:40; Accepted B 10:00 seal=S1;"
    closed = told(f"{story} Closed B 10:05; Released C 10:10 D1; Received B 10:20")
    assert closed.flags == ["WRONG_POUCH D1 09:40-"]
    anew = told(f"{story} Unsealed B 10:01; Sealed B 10:02 seal=S2; Received B 10:03 pouch=P1")
    assert "DUPLICATE_LABEL D1 10:03-" not in anew.flags


def test_packed_elsewhere_while_sealed_is_flagged_until_packed_properly_again(told: Tell) -> None:
    story = f"{SEALED}; Packed A 09:11 P2"
    assert told(story, now="09:12").flags == ["WRONG_POUCH D1 09:11-"]
    again = told(f"{story}; Packed A 09:12 P3", now="09:12")
    assert again.flags == ["WRONG_POUCH D1 09:11-09:12"]


def test_a_second_registration_is_a_second_thing_and_moves_nothing(told: Tell) -> None:
    day = told("Registered A 08:00; Registered B 09:00; Registered B 09:10")
    assert day.flags == ["DUPLICATE_LABEL D1 09:00-"]
    assert day.chain() == ["A verified 08:00-"]
    assert day.windows() == ["08:00-"]


# 8. Life


@pytest.mark.parametrize(
    ("end", "status"), [("Returned", "returned"), ("RefusedAtIntake", "refused")]
)
def test_a_window_is_open_until_it_is_returned_or_refused(
    told: Tell, end: str, status: str
) -> None:
    day = told(f"Registered A 08:00; {end} A 10:00 D1")
    assert day.windows() == ["08:00-10:00"]
    assert day.chain() == ["A verified 08:00-10:00"]
    assert day.dossier().status == status
    assert told("Registered A 08:00").dossier().status == "open"
    assert told("Registered A 08:00").dossier().registered_office == "A"


def test_an_end_before_the_registration_makes_no_window(told: Tell) -> None:
    for end in ("Returned", "RefusedAtIntake"):
        early = told(f"Digitised A 07:00; {end} A 07:30 D1")
        assert (early.windows(), early.dossier().status) == ([], "unknown")
        assert early.chain() == ["A verified 07:00-07:30"]
        day = told(f"Digitised A 07:00; {end} A 07:30 D1; Registered A 08:00")
        assert (day.windows(), day.dossier().status) == (["08:00-"], "open")
        assert day.chain() == ["A verified 07:00-07:30", "A verified 08:00-"]


@pytest.mark.parametrize(("act", "status"), [("Withdrawn", "withdrawn"), ("Stopped", "stopped")])
def test_withdrawing_and_stopping_do_not_end_custody(told: Tell, act: str, status: str) -> None:
    day = told(f"Registered A 08:00; {act} A 09:00 D1; Released A 09:10 D1; Received B 09:20")
    assert (day.dossier().status, day.windows()) == (status, ["08:00-"])
    assert day.chain()[-1] == "B verified 09:20-"
    assert told(f"{act} A 07:00 D1; Registered A 08:00").dossier().status == "open"
    over = told(f"Registered A 08:00; Returned A 09:00; {act} A 10:00 D1")
    assert (over.dossier().status, over.flags) == ("returned", [])


def test_withdrawn_on_its_way_until_an_office_has_it(told: Tell) -> None:
    sealed = f"{SEALED}; Withdrawn A 09:11 D1; Accepted c1 09:12; Released c1 09:58;"
    assert told(sealed, now="09:58").flags == ["WITHDRAWN_IN_TRANSIT D1 09:11-"]
    arrived = f"{sealed} Accepted B 10:00; Opened B 10:00:30 P1; Unsealed B 10:01"
    assert told(arrived).flags == ["WITHDRAWN_IN_TRANSIT D1 09:11-10:01"]
    seen = told(f"{sealed} Accepted B 10:00; Received B 10:02")
    assert seen.flags == ["WITHDRAWN_IN_TRANSIT D1 09:11-10:02"]
    by_courier = (
        "Registered A 08:00; Released A 08:10 D1; Accepted c1 08:20 D1; Withdrawn A 08:30 D1;"
        "Moved c1 08:40; Released c1 08:50 D1; Accepted B 09:00 D1"
    )
    assert told(by_courier).flags == ["WITHDRAWN_IN_TRANSIT D1 08:30-09:00"]
    at_rest = "Registered A 08:00; Packed A 09:00 P1; Withdrawn A 09:10 D1"
    assert told(at_rest).flags == []
    attested = told(f"{sealed} Attested A 09:59 D1 holder=A")
    assert attested.flags[0] == "WITHDRAWN_IN_TRANSIT D1 09:11-09:59"


def test_declared_lost_it_stays_its_last_custodians_until_found(told: Tell) -> None:
    day = told("Registered A 08:00; DeclaredLost B 09:00 D1")
    assert (day.chain(), day.flags) == (["A verified 08:00-"], ["LOST D1 09:00-"])
    assert told("Registered A 08:00; DeclaredLost B 09:00; Found A 10:00").flags == [
        "LOST D1 09:00-10:00"
    ]


def test_the_chain_ends_at_the_intake_desk_even_for_what_is_in_a_pouch(told: Tell) -> None:
    day = told(f"{CARRIED}; RefusedAtIntake A 09:30 D1; Accepted B 10:00 seal=S1; Closed B 10:05")
    assert day.chain() == ["A verified 08:00-09:12", "c1 inferred 09:12-09:30"]
    assert (day.flags, day.inside(), day.windows()) == ([], [], ["08:00-09:30"])


def test_refused_it_can_be_registered_again(told: Tell) -> None:
    day = told("Registered A 08:00; RefusedAtIntake A 09:00 D1; Registered A 10:00")
    assert (day.windows(), day.flags) == (["08:00-09:00", "10:00-"], [])
    assert day.chain() == ["A verified 08:00-09:00", "A verified 10:00-"]


def test_without_paper_the_registering_office_holds_the_record(told: Tell) -> None:
    day = told("Registered A 08:00 paper=none; ResultIssued B 09:00")
    assert day.chain() == ["A attested 08:00-09:00", "B verified 09:00-"]
    assert day.windows() == ["08:00-"]


def test_scanned_before_anyone_registered_it(told: Tell) -> None:
    story = "Received B 08:00; Moved B 08:10"
    day = told(story)
    assert (day.flags, day.dossier().status) == (["UNKNOWN_CODE D1 08:00-"], "unknown")
    registered = told(f"{story}; Registered A 09:00")
    assert registered.flags == ["UNKNOWN_CODE D1 08:00-09:00"]
    assert registered.chain() == ["B verified 08:00-"]
    assert registered.windows() == ["09:00-"]
    again = "Registered A 09:00; RefusedAtIntake A 10:00; Moved B 11:00; Registered A 12:00"
    back = told(f"{story}; {again}")
    assert back.chain()[-1] == "A verified 12:00-"
    attested = told("Attested B 07:00 D1 holder=B; Registered A 08:00")
    assert attested.chain() == ["B attested 07:00-08:00", "A verified 08:00-"]
    in_pouch = told("Packed A 08:00 P1; Accepted c1 08:10")
    assert "UNKNOWN_CODE D1 08:00-" in in_pouch.flags


def test_a_piece_has_a_chain_of_its_own_and_no_registration(told: Tell) -> None:
    day = told("Received B 08:00 G1; Released B 08:10 G1; Received C 08:20 G1")
    assert day.chain("G1") == ["B verified 08:00-08:20", "C verified 08:20-"]
    assert day.flags == []


def test_scanned_after_it_was_returned_a_new_window_opens(told: Tell) -> None:
    story = "Registered A 08:00; Returned A 09:00;"
    day = told(f"{story} Received B 10:00")
    assert (day.windows(), day.flags) == (["08:00-09:00", "10:00-"], ["SURPLUS D1 10:00-"])
    assert day.dossier().status == "open"
    again = told(f"{story} Returned B 10:00")
    assert (again.windows(), again.flags) == (["08:00-09:00"], [])
    twice = told(f"{story} Received B 10:00; Returned B 11:00; Returned B 12:00")
    assert twice.windows() == ["08:00-09:00", "10:00-11:00"]
    registered = told(f"{story} Registered A 10:00")
    assert registered.flags == ["SURPLUS D1 10:00-"]
    online = told(f"{story} Registered A 10:00 paper=none")
    assert (online.flags, online.chain()[-1]) == ([], "A attested 10:00-")


def test_paper_that_comes_back_after_the_return_leaves_what_was_solved_as_it_was(
    told: Tell,
) -> None:
    story = "Registered A 08:00; Returned A 09:00; Rated A 09:05 reason=satisfied"
    returned = told(story).dossier()
    for later in ("Received B 10:00", "Received B 10:00; Withdrawn B 10:30; Returned B 11:00"):
        again = told(f"{story}; {later}").dossier()
        for word in ("finished_us", "finished_provisional", "returned_us", "milestones"):
            assert getattr(again, word) == getattr(returned, word)


def test_a_result_that_arrived_unseen_is_ready_provisionally(told: Tell) -> None:
    story = (
        "Registered A 08:00; Released A 08:01 D1; Received B 08:10; ResultIssued B 08:20;"
        "Packed B 08:21 P1; Sealed B 08:22 seal=S to=A; Released B 08:23; Accepted c1 08:24;"
        "Released c1 08:50; Accepted A 09:00 seal=S"
    )

    def ready(text: str) -> tuple[int | None, bool]:
        dossier = told(text).dossier()
        if dossier.finished_us is None:
            return None, dossier.finished_provisional
        return round((dossier.finished_us - EIGHT_US) / 60e6), dossier.finished_provisional

    assert ready(story.replace("; Accepted A 09:00 seal=S", "")) == (None, False)
    assert ready(story) == (60, True)
    assert ready(f"{story}; Received A 09:05") == (60, False)
    merged = f"{story}; OfficeSucceeded A 09:05 successor=N; Opened N 09:10 P1"
    assert ready(merged) == (60, True)
    assert ready(f"{story}; Closed A 09:05") == (None, False)
    assert ready(f"{story}; Released A 09:10; Accepted c2 09:11") == (None, False)
    assert ready(f"{story}; Received A 09:05; Released A 09:10 D1; Received B 09:20") == (60, False)
    assert ready(f"{story}; RefusedAtIntake A 09:10; Registered A 09:20") == (None, False)
    assert ready("Registered A 08:00; ResultIssued A 08:30") == (30, False)
    assert ready("Registered A 08:00; Moved A 08:10; ResultArrived X 08:30") == (30, False)
    assert ready("Registered A 08:00; Returned A 08:30; Registered A 09:00") == (None, False)
    returned = told("Registered A 08:00; Returned A 08:30").dossier()
    assert returned.finished_us == returned.returned_us == EIGHT_US + 30 * 60_000_000


EIGHT_US = 1_772_413_200_000_000


# 9. Discrepancies; what depends on the moment


def test_damage_is_kept_until_a_person_closes_it(told: Tell) -> None:
    day = told("Registered A 08:00; Damaged A 09:00 D1; Damaged A 10:00 D1; Damaged A 11:00 P1")
    assert day.flags == ["DAMAGED D1 09:00-", "DAMAGED P1 11:00-"]


def test_at_most_one_of_a_code_is_open_on_a_subject(told: Tell) -> None:
    day = told("Registered A 08:00; Accepted B 09:00 D1; Accepted C 10:00 D1; Released A 11:00 D1")
    assert day.flags == ["NOT_RELEASED D1 09:00-11:00"]
    anew = told("Registered A 08:00; Accepted B 09:00 D1; Released A 09:10 D1; Accepted C 10:00 D1")
    assert anew.flags == ["NOT_RELEASED D1 09:00-09:10", "NOT_RELEASED D1 10:00-"]
    assert [one.key for one in anew.folded.discrepancies] == ["B#1", "C#1"]


def test_twins_under_one_key_reopen_what_the_first_opened(told: Tell) -> None:
    day = told(
        "Registered A 08:00; Accepted B 09:00 D1 seq=1 station=x; Released A 09:10 D1;"
        "Released B 09:11 D1; Accepted A 09:12 D1; Accepted B 09:20 D1 seq=1 station=x"
    )
    assert day.flags == ["NOT_RELEASED D1 09:00-", "EQUIVOCATION x 09:20-"]


def test_as_of_shows_the_state_then_in_the_fold_of_all_facts(told: Tell) -> None:
    story = f"{AT_B}; Closed B 10:05; Received B 14:00"
    then = told(story, as_of="10:02")
    assert then.chain() == ["A verified 08:00-"]
    assert (then.inside(), then.pouch().state) == (["D1"], "unsealed")
    assert then.dossier().pouch is not None
    assert then.flags == []
    assert told(story, as_of="10:05").flags == ["MISSING D1 10:05-"]
    assert told(story, as_of="14:00").flags == ["MISSING D1 10:05-14:00"]
    assert told(story, as_of="14:00").chain()[-1] == "B verified 14:00-"
    assert told(story, as_of="07:59").json["dossiers"] == {}
    assert told("Registered A 08:00; Returned A 09:00", as_of="08:30").windows() == ["08:00-"]
    assert told("Registered A 08:00; Returned A 09:00", as_of="08:30").chain() == [
        "A verified 08:00-"
    ]


def test_as_of_shows_only_the_scans_made_by_then(told: Tell) -> None:
    day = told("Registered A 08:00; Moved A 09:00; Moved A 10:00", as_of="09:00")
    assert day.evidence() == ["A#1 A#2"]


def test_as_of_the_instant_of_a_scan_shows_what_the_scan_did(told: Tell) -> None:
    assert (
        told(f"{AT_B}; Received B 10:03; Closed B 10:05", as_of="10:05").pouch().state == "closed"
    )
    assert told("Registered A 08:00; Returned A 09:00", as_of="09:00").windows() == ["08:00-09:00"]
    assert told("Registered A 08:00; Returned A 09:00", as_of="09:00").chain() == [
        "A verified 08:00-09:00"
    ]


def test_a_released_pouch_that_nobody_accepts_turns_like_a_dossier(told: Tell) -> None:
    assert told(SEALED, now="12:00").flags == ["NOT_ACCEPTED P1 09:40-"]


def test_only_a_pouch_is_packed_into_and_only_an_attestation_says_when(told: Tell) -> None:
    day = told("Registered A 08:00; Packed A 09:00 pouch=D2; Moved A 10:00 when=08:30 place=desk")
    assert day.chain() == ["A verified 08:00-10:00", "A verified 10:00- at desk"]
    assert (day.dossier().pouch, day.json["pouches"]) == (None, {})


def test_as_of_and_now_hide_what_has_not_turned(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1"
    assert told(story, now="12:00", as_of="09:29").flags == []
    assert told(story, now="12:00", as_of="09:30").flags == ["NOT_ACCEPTED D1 09:30-"]


def test_without_a_moment_what_turns_later_is_told_with_its_instant(stated: Any) -> None:
    facts = stated("Registered A 08:00; Released A 09:00 D1")
    (one,) = fold(settle(facts).timed).discrepancies
    assert (one.code, one.opened_us - facts[1].at_us) == ("NOT_ACCEPTED", 30 * 60_000_000)


def test_stations_discrepancies_stand_beside_the_custodys(told: Tell) -> None:
    day = told("Registered A 08:00 seq=2; Moved A 09:00 seq=5 not_after=08:50", as_of="08:30")
    assert day.flags == ["SEQUENCE_GAP A 08:00-"]
    later = told("Registered A 08:00 seq=2; Moved A 09:00 seq=5 not_after=08:50")
    assert later.flags == ["SEQUENCE_GAP A 08:00-", "CLOCK_SKEW A 08:50-", "SEQUENCE_GAP A 08:50-"]


def test_nothing_told_nothing_follows(told: Tell) -> None:
    assert told("").json == {"dossiers": {}, "pouches": {}, "discrepancies": [], "set_aside": []}
    assert told("Moved A 08:00 K1").json["dossiers"] == {}


# Parties


def test_an_office_and_its_successor_are_one_party(told: Tell) -> None:
    story = "Registered A 08:00; OfficeSucceeded A 09:00 successor=N; Received N 10:00"
    day = told(story)
    assert day.flags == []
    assert day.chain() == ["A verified 08:00-10:00", "N verified 10:00-"]
    assert told(story.replace("09:00", "11:00")).flags == ["NOT_RELEASED D1 10:00-"]


def test_a_merger_in_mid_transit_keeps_release_and_destination(told: Tell) -> None:
    merge = "OfficeSucceeded A 09:30 successor=N; OfficeSucceeded B 09:31 successor=N"
    day = told(f"{CARRIED}; {merge}; Accepted N 10:00 seal=S1; Received N 10:03; Closed N 10:05")
    assert day.flags == []
    assert day.chain()[-1] == "N verified 10:03-"
    further = told(f"{SEALED}; OfficeSucceeded A 09:11 successor=N; Accepted c1 09:12")
    assert further.flags == []


def test_successions_follow_each_other_even_in_a_ring(told: Tell) -> None:
    ring = (
        "Registered A 07:00; OfficeSucceeded A 08:00 successor=N; OfficeSucceeded N 08:10"
        " successor=M; OfficeSucceeded M 08:20 successor=A; Received M 09:00; Received N 09:10"
    )
    assert told(ring).flags == []
    line = "Registered A 07:00; OfficeSucceeded A 08:00 successor=N; Received M 09:00;"
    assert told(f"{line} OfficeSucceeded N 08:10 successor=M").flags == []
    alone = told("Registered A 07:00; OfficeSucceeded A 08:00; Received N 09:00")
    assert alone.flags == ["NOT_RELEASED D1 09:00-"]


def test_the_pouch_follows_its_holder_under_the_successors_name(told: Tell) -> None:
    day = told(f"{SEALED}; OfficeSucceeded A 09:11 successor=N; Opened N 09:20", now="09:20")
    assert day.chain() == ["A verified 08:00-09:20", "N inferred 09:20-"]
    assert day.flags == []
