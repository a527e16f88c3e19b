"""What the person scanning is told: one story for each verdict, from the same fold as everything.

The last line of a story is the scan that is judged, unless another is named by its key.
"""

import string
from collections.abc import Callable
from typing import Any

import pytest

from domain.model.custody import fold
from domain.model.instants import parse_instant
from domain.model.station_time import Identity, settle
from domain.model.verdict import Verdict, read_verdict, verdict
from domain.model.verdict_words import SAYINGS, Severity

Judge = Callable[..., Verdict]
NAMES = {"B": ("Sở Tài chính", "Department of Finance"), "C": ("Sở Xây dựng", "Construction")}

ON_ITS_WAY = """
Registered A 08:00 D1; Registered A 08:01 D2; Registered A 08:02 D3
Packed A 09:00 P1 D1; Packed A 09:01 P1 D2; Packed A 09:02 P1 D3
Sealed A 09:05 seal=S1 to=B; Released A 09:10
Accepted c1 09:12; Released c1 09:58
"""
AT_B = ON_ITS_WAY + "Accepted B 10:00 seal=S1; Unsealed B 10:01;"

PIECES = """
Registered A 08:00; Packed A 09:00 P1 pieces=3; Sealed A 09:05 to=B; Released A 09:10
Accepted B 10:00;
"""
WITHDRAWN = "Registered A 08:00; Released A 09:00 D1; Accepted c1 09:05 D1; Withdrawn A 09:06;"


@pytest.fixture
def judged(stated: Any) -> Judge:
    def judge(text: str, *, key: str | None = None, settled: Any = None) -> Verdict:
        timed = settle(stated(text)).timed
        scan = timed[-1] if key is None else next(one for one in timed if one.fact.key == key)
        return verdict(
            timed, scan, settled=settled, name_of=lambda code: NAMES.get(code, (code, code))
        )

    return judge


def at(clock: str) -> int:
    return parse_instant(f"2026-03-02T{clock}:00+07:00")


def short(said: Verdict) -> tuple[str, int | None, int | None]:
    return said.code, said.seen, said.expected


def test_each_dossier_of_the_manifest_is_counted_until_all_are_here(judged: Judge) -> None:
    first = judged(AT_B + "Received B 10:02 D1 pouch=P1")
    assert short(first) == ("OK", 1, 3)
    assert first.severity is Severity.GOOD
    assert "1/3" in first.vi
    last = judged(
        AT_B + "Received B 10:02 D1 pouch=P1; Received B 10:03 D2 pouch=P1;"
        "Received B 10:04 D3 pouch=P1"
    )
    assert short(last) == ("OK", 3, 3)
    assert "Kết thúc kiểm nhận" in last.next_vi


def test_what_left_the_pouch_elsewhere_is_not_counted_as_seen_here(judged: Judge) -> None:
    said = judged(AT_B + "Received C 09:40 D3; Received B 10:02 D1 pouch=P1")
    assert short(said) == ("OK", 1, 3)


def test_a_scan_is_judged_by_what_was_before_it_however_late_it_is_asked(judged: Judge) -> None:
    story = AT_B + "Received B 10:02 D1 pouch=P1; Received B 10:03 D2 pouch=P1; Closed B 10:09"
    assert short(judged(story, key="B#3")) == ("OK", 1, 3)
    assert short(judged(story, key="B#4")) == ("OK", 2, 3)


def test_packing_counts_what_is_in_the_pouch_and_nobody_said_how_many(judged: Judge) -> None:
    story = "Registered A 08:00 D1; Registered A 08:01 D2; Packed A 09:00 P1 D1;"
    assert short(judged(story)) == ("OK", 1, None)
    assert short(judged(story + "Packed A 09:01 P1 D2")) == ("OK", 2, None)
    sealed = judged(story + "Packed A 09:01 P1 D2; Sealed A 09:05 to=B")
    assert short(sealed) == ("OK", 2, None)
    assert "niêm phong" in sealed.vi


def test_a_pouch_that_arrives_tells_how_many_to_look_for(judged: Judge) -> None:
    said = judged(ON_ITS_WAY + "Accepted B 10:00 seal=S1")
    assert short(said) == ("OK", None, 3)


def test_an_act_outside_any_pouch_is_just_recorded(judged: Judge) -> None:
    assert short(judged("Registered A 08:00; Digitised A 08:01")) == ("OK", None, None)


def test_the_same_dossier_again_is_told_with_time_and_person(judged: Judge) -> None:
    again = judged(AT_B + "Received B 10:02 D1 pouch=P1 operator=lan; Received B 10:30 D1 pouch=P1")
    assert short(again) == ("ALREADY_SCANNED", 1, 3)
    assert again.severity is Severity.ASK
    assert "10:02" in again.vi
    assert "lan" in again.vi
    next_day = judged("Registered A 08:00; Digitised A 08:01; Digitised A +1d08:00")
    assert "ngày 02/03/2026" in next_day.vi
    assert "on 02/03/2026" in next_day.en


def test_another_act_by_the_same_hands_is_no_repetition(judged: Judge) -> None:
    assert judged("Registered A 08:00; Digitised A 08:01; Moved A 08:02 place=K1").code == "OK"
    there_and_back = "Registered A 08:00; Digitised A 08:01; Received B 09:00; Digitised A 10:00"
    assert judged(there_and_back).code == "OK"


def test_packed_again_after_it_was_taken_out_is_no_repetition(judged: Judge) -> None:
    story = "Registered A 08:00; Packed A 09:00 P1; Unpacked A 09:01 pouch=P1;"
    assert judged(story + "Packed A 09:02 P1").code == "OK"
    assert judged("Registered A 08:00; Packed A 09:00 P1; Packed A 09:02 P1").code == (
        "ALREADY_SCANNED"
    )


def test_a_pouch_accepted_again_with_its_seal_read_is_no_repetition(judged: Judge) -> None:
    story = ON_ITS_WAY + "Accepted B 10:00;"
    assert judged(story + "Accepted B 10:01 seal=S1").code == "OK"
    assert judged(story + "Accepted B 10:01").code == "ALREADY_SCANNED"


def test_returned_twice_is_told_as_already_returned(judged: Judge) -> None:
    said = judged("Registered A 08:00; Returned A 09:00 operator=lan; Returned A 09:05")
    assert said.code == "ALREADY_SCANNED"
    assert "09:00" in said.vi


def test_a_dossier_that_is_not_on_the_manifest_is_surplus_also_when_scanned_again(
    judged: Judge,
) -> None:
    story = AT_B + "Registered B 08:30 D9; Received B 10:02 D9 pouch=P1;"
    said = judged(story)
    assert short(said) == ("SURPLUS", 0, 3)
    assert said.severity is Severity.BAD
    assert judged(story + "Received B 10:05 D9 pouch=P1").code == "SURPLUS"
    assert judged(story + "StepStarted B 10:06 D9").code == "OK"


def test_an_older_surplus_does_not_hide_a_new_one(judged: Judge) -> None:
    """At most one of a code is open on a subject, but this pouch still does not list it."""
    story = AT_B + "Registered B 08:30 D9; Received B 10:02 D9 pouch=P1; Closed B 10:05;"
    story += "Packed B 11:00 P2 D1; Sealed B 11:01 P2 to=C; Released B 11:02 P2;"
    story += "Accepted C 11:30 P2; Unsealed C 11:31 P2;"
    assert judged(story + "Received C 11:33 D9 pouch=P2").code == "SURPLUS"


def test_an_older_surplus_is_not_told_again_where_the_manifest_lists_it(judged: Judge) -> None:
    story = AT_B + "Registered B 08:30 D9; Received B 10:02 D9 pouch=P1; Closed B 10:05;"
    story += "Packed B 11:00 P2 D9; Sealed B 11:01 P2 to=C; Released B 11:02 P2;"
    story += "Accepted C 11:30 P2; Unsealed C 11:31 P2;"
    assert short(judged(story + "Received C 11:33 D9 pouch=P2")) == ("OK", 1, 1)


def test_surplus_that_was_sent_elsewhere_is_foreign_and_says_where_it_belongs(
    judged: Judge,
) -> None:
    story = AT_B + "Registered A 08:30 D9; Packed A 09:20 P2 D9; Sealed A 09:21 P2 to=C;"
    said = judged(story + "Received B 10:02 D9 pouch=P1")
    assert short(said) == ("FOREIGN", 0, 3)
    assert "Sở Xây dựng" in said.vi
    assert "Construction" in said.en
    assert "Sở Xây dựng" in said.next_vi


def test_a_pouch_at_the_wrong_office_says_where_it_belongs(judged: Judge) -> None:
    said = judged(ON_ITS_WAY + "Accepted C 10:00 seal=S1")
    assert said.code == "WRONG_OFFICE"
    assert "Sở Tài chính" in said.vi
    taken_on = ON_ITS_WAY + "Accepted C 10:00 seal=S1; Released C 10:10; Accepted c1 10:12"
    assert judged(taken_on).code == "OK", "the courier takes it where it belongs"
    assert judged(taken_on + "; Released c1 10:40; Accepted B 10:41").code == "OK"


def test_a_dossier_released_to_one_office_and_received_by_another_is_at_the_wrong_one(
    judged: Judge,
) -> None:
    said = judged("Registered A 08:00; Released A 09:00 D1 counterpart=B; Received C 09:20")
    assert said.code == "WRONG_OFFICE"
    assert "Department of Finance" in said.en
    packed_on = "Registered A 08:00; Released A 09:00 D1 counterpart=B; Received C 09:20;"
    assert judged(packed_on + "Packed C 09:30 P1").code == "OK", "forwarding it is right"


def test_a_label_nobody_registered_is_unknown_until_it_is(judged: Judge) -> None:
    said = judged("Received B 09:00")
    assert said.code == "UNKNOWN"
    assert said.severity is Severity.ASK
    assert judged("Received B 09:00; Moved B 09:05 place=K1").code == "UNKNOWN"
    assert judged("Received B 09:00; Registered A 09:10; StepStarted B 09:20").code == "OK"


def test_a_pouch_nobody_sealed_is_unknown_and_its_scans_are_its_manifest(judged: Judge) -> None:
    story = "Registered A 08:00 D1; Registered A 08:01 D2; Accepted B 10:00;"
    said = judged(story)
    assert said.code == "UNKNOWN"
    assert "bảng kê" in said.vi
    first = judged(story + "Received B 10:02 D1 pouch=P1")
    assert short(first) == ("OK", 1, None), "nobody knows of how many"


@pytest.mark.parametrize(
    ("reason", "story"),
    [
        ("LOST", "Registered A 08:00; DeclaredLost A 09:00; Received B 10:00"),
        ("DUPLICATE_LABEL", "Registered A 08:00; Registered B 09:00"),
        ("DISPUTED", "Registered A 08:00; Disputed A 09:00; Moved A 09:10"),
        ("withdrawn", "Registered A 08:00; Withdrawn A 09:00; Received B 10:00"),
        ("stopped", "Registered A 08:00; Stopped A 09:00; Received B 10:00"),
        ("refused", "Registered A 08:00; RefusedAtIntake A 09:00; Moved A 10:00"),
        ("returned", "Registered A 08:00; Returned A 09:00; Received B 10:00"),
        ("returned", "Registered A 08:00; Returned A 09:00; Received B 10:00; Received B 10:05"),
        ("WRONG_POUCH", ON_ITS_WAY + "Received A 09:59 D1"),
        (
            "WRONG_PERSON",
            "Registered A 08:00; Released A 09:00 D1 counterpart=c1; Accepted c2 09:05 D1",
        ),
        ("SEAL_MISMATCH", ON_ITS_WAY + "Accepted B 10:00 seal=S9"),
        ("SEAL_BROKEN", ON_ITS_WAY + "Accepted B 10:00 broken=True"),
        ("MISSING", AT_B + "Received B 10:02 D1 pouch=P1; Closed B 10:05"),
        ("SHORT_CONTENT", PIECES + "Received B 10:02 pouch=P1 pieces=2"),
        ("EXCESS_CONTENT", PIECES + "Received B 10:02 pouch=P1 pieces=4"),
        ("WITHDRAWN_IN_TRANSIT", WITHDRAWN + "Accepted c2 09:30 D1"),
    ],
)
def test_what_needs_a_supervisor_is_recorded_and_blocked(
    judged: Judge, reason: str, story: str
) -> None:
    said = judged(story)
    assert (said.code, said.severity, said.reason) == ("BLOCKED", Severity.BAD, reason)
    assert "lãnh đạo" in said.next_vi
    assert "supervisor" in said.next_en


def test_a_receipt_closed_with_dossiers_missing_says_how_many(judged: Judge) -> None:
    said = judged(AT_B + "Received B 10:02 D1 pouch=P1; Closed B 10:05")
    assert (said.seen, said.expected) == (1, 3)
    assert "thiếu 2" in said.vi
    complete = judged(
        AT_B + "Received B 10:02 D1 pouch=P1; Received B 10:03 D2 pouch=P1;"
        "Received B 10:04 D3 pouch=P1; Closed B 10:05"
    )
    assert short(complete) == ("OK", 3, 3)


def test_what_a_supervisor_does_on_purpose_is_not_blocked(judged: Judge) -> None:
    assert judged("Registered A 08:00; DeclaredLost A 09:00").code == "OK"
    assert judged("Registered A 08:00; Withdrawn A 09:00; Returned A 10:00").code == "OK"
    assert judged("Registered A 08:00; Stopped A 09:00; Archived A 10:00").code == "OK"


def test_what_people_have_closed_blocks_no_more(judged: Judge) -> None:
    story = "Registered A 08:00; Registered B 09:00; Moved A 09:10"
    assert judged(story).reason == "DUPLICATE_LABEL"
    [subject] = {"1" + "0" * 14 + "1"}
    closed = {("DUPLICATE_LABEL", subject, "B#1"): at("09:05")}
    assert judged(story, settled=closed).code == "OK"
    again = f"{story}; Registered C 09:20; Digitised A 09:30"
    assert judged(again, settled=closed).reason == "DUPLICATE_LABEL"
    closed["DUPLICATE_LABEL", subject, "C#1"] = at("09:25")
    assert judged(again, settled=closed).code == "OK"


def test_a_neglect_of_the_giver_is_not_laid_on_the_taker(judged: Judge) -> None:
    assert judged("Registered A 08:00; Accepted B 09:00 D1").code == "OK"


def test_every_saying_has_both_languages_and_names_only_what_is_there() -> None:
    known = {"seen", "expected", "missing", "office", "when", "by"}
    for name, (_, *words) in SAYINGS.items():
        assert all(words), name
        used = [
            {found for _, found, _, _ in string.Formatter().parse(text) if found} for text in words
        ]
        assert set().union(*used) <= known
        assert used[0] == used[1], name
        assert used[2] == used[3], name


def test_a_verdict_is_read_back_from_an_answer_and_nonsense_is_none(judged: Judge) -> None:
    said = judged(AT_B + "Received B 10:02 D1 pouch=P1")
    assert read_verdict(said.to_json()) == said
    newer = said.to_json() | {"severity": "alarm", "more": 1}
    assert read_verdict(newer).severity is Severity.ASK  # type: ignore[union-attr]
    nonsense: list[object] = [None, [], "OK", {}, said.to_json() | {"vi": 7}]
    assert read_verdict(said.to_json() | {"severity": []}).severity is Severity.ASK  # type: ignore[union-attr]
    assert not any(map(read_verdict, nonsense))
    loud = read_verdict(said.to_json() | {"vi": "\x1b[31m" + "x" * 999, "seen": "many"})
    assert loud is not None
    assert loud.vi.startswith("[31m")
    assert len(loud.vi) < 410
    assert loud.seen is None


def test_whoever_scans_a_label_reported_as_unreadable_is_told_to_replace_it(
    judged: Judge, stated: Any
) -> None:
    story = AT_B + "ReservesNoted c1 09:30 D1 reason=label_unreadable;"
    said = judged(story + "Received B 10:02 D1 pouch=P1")
    assert (short(said), said.severity) == (("OK", 1, 3), Severity.ASK)
    assert "1/3" in said.vi
    assert said.vi.endswith("không đọc được.")
    assert said.next_vi.endswith("dán nhãn mới.")
    assert judged(story + "Received B 10:02 D2 pouch=P1").severity is Severity.GOOD
    relabelled = "Relabelled B 10:02 D1 reason=label_unreadable;"
    assert judged(story + relabelled).severity is Severity.GOOD
    assert judged(story + relabelled + "Received B 10:03 D1").severity is Severity.GOOD
    [flag] = fold(settle(stated(story)).timed).noted
    settled = {Identity(flag.code, flag.subject, flag.key): at("09:40")}
    said = judged(story + "Received B 10:02 D1 pouch=P1", settled=settled)
    assert said.severity is Severity.GOOD
