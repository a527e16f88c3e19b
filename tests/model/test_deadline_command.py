"""`giaonhan due`, for programs and for people."""

import json
import os
import subprocess
import sys
import threading
from io import BytesIO
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.due import app
from api.cli.due_lines import LONGEST_LINE_BYTES, answer_lines

H = [["07:30", "11:30"], ["13:00", "17:00"]]
CAL = {"hours": H, "saturday": "none"}
T = "2026-03-05T10:00:00+07:00"
DUE: dict[str, Any] = {
    "type": "due",
    "calendar": CAL,
    "received": T,
    "term": {"unit": "working_day", "value": 5},
    "cutoff": None,
    "supplement": "pause",
    "pauses": [],
}
ELAPSED = {"type": "elapsed", "calendar": CAL, "start": T, "end": "2026-03-06T10:00:30+07:00"}
CLASSIFY = {"type": "classify", "term_unit": "working_day", "due": T, "finished": T}
LEG = {"type": "leg_due", "calendar": CAL, "scanned": T, "budget_minutes": 60, "dossier_due": T}


def answers(*lines: Any) -> tuple[bool, list[Any]]:
    given = b"\n".join(x if isinstance(x, bytes) else json.dumps(x).encode() for x in lines)
    out = BytesIO()
    all_answered = answer_lines(BytesIO(given), out)
    return all_answered, [json.loads(line) for line in out.getvalue().splitlines()]


def answer(asked: Any) -> Any:
    all_answered, (given,) = answers(asked)
    assert all_answered, given
    return given


def test_each_type_of_question_has_its_answer() -> None:
    assert answer(DUE) == {
        "due": "2026-03-12T17:00:00+07:00",
        "late_after": "2026-03-13T00:00:00+07:00",
        "provisional": False,
    }
    assert answer(ELAPSED) == {"minutes": 480}
    assert answer(ELAPSED | {"pauses": [["2026-03-05T16:00:00+07:00", None]]}) == {"minutes": 270}
    assert answer(CLASSIFY) == {"status": "dung_han"}
    late = {"finished": "2026-03-05T10:01:00+07:00"}
    assert answer(CLASSIFY | late) == {"status": "dung_han"}
    assert answer(CLASSIFY | late | {"policy": "strict"}) == {"status": "qua_han"}
    assert answer(CLASSIFY | late | {"term_unit": "working_hour"}) == {"status": "qua_han"}
    assert answer(LEG) == {"due": T}
    assert answer(LEG | {"dossier_due": None}) == {"due": "2026-03-05T11:00:00+07:00"}


def test_an_open_pause_answers_null() -> None:
    asked = DUE | {"pauses": [["2026-03-06T10:00:00+07:00", None]]}
    assert answer(asked) == {"due": None, "late_after": None, "provisional": False}


def test_the_last_date_of_the_calendar_ends_at_its_midnight() -> None:
    asked = {"received": "2099-12-31T10:00:00+07:00", "term": {"unit": "same_day"}}
    assert answer(DUE | asked)["late_after"] == "2100-01-01T00:00:00+07:00"


def test_an_instant_in_another_offset_is_the_same_instant() -> None:
    assert answer(DUE | {"received": "2026-03-05T03:00:00Z"}) == answer(DUE)


def test_answers_that_reach_into_an_unpublished_year_say_so() -> None:
    asked = {"start": "2027-12-31T10:00:00+07:00", "end": "2028-01-03T10:00:00+07:00"}
    assert answer(ELAPSED | asked)["provisional"]
    scanned = {"scanned": "2031-01-02T10:00:00+07:00", "dossier_due": "2031-02-02T10:00:00+07:00"}
    assert answer(LEG | scanned)["provisional"]


@pytest.mark.parametrize(
    ("expected", "asked"),
    [
        ("BAD_REQUEST", b"{"),
        ("BAD_REQUEST", b""),
        ("BAD_REQUEST", b"\xff\xfe"),
        ("BAD_REQUEST", b"[" * 100_000),
        ("BAD_REQUEST", []),
        ("BAD_REQUEST", {}),
        ("BAD_REQUEST", {"type": ["due"]}),
        ("BAD_REQUEST", {"type": "due"}),
        ("BAD_REQUEST", DUE | {"term": None}),
        ("BAD_REQUEST", DUE | {"supplement": "forget"}),
        ("BAD_REQUEST", DUE | {"supplement": {}}),
        ("BAD_REQUEST", DUE | {"pauses": 5}),
        ("BAD_REQUEST", DUE | {"pauses": [[T]]}),
        ("BAD_REQUEST", CLASSIFY | {"policy": "kind"}),
        ("BAD_REQUEST", {k: v for k, v in DUE.items() if k != "received"}),
        ("BAD_CALENDAR", DUE | {"calendar": None}),
        ("BAD_TIME", DUE | {"cutoff": "3 pm"}),
        ("BAD_TIME", DUE | {"cutoff": 15}),
        ("UNKNOWN_UNIT", DUE | {"term": {"unit": "week", "value": 1}}),
        ("UNKNOWN_UNIT", DUE | {"term": {}}),
        ("BAD_TERM", DUE | {"term": {"unit": "calendar_day", "value": 1.5}}),
        ("BAD_TERM", DUE | {"term": {"unit": "working_day", "value": 0}}),
        ("BAD_INSTANT", DUE | {"received": "2026-03-05T10:00:00"}),
        ("BAD_INSTANT", DUE | {"received": None}),
        ("BAD_INSTANT", DUE | {"pauses": [[T, 5]]}),
        ("END_BEFORE_START", DUE | {"pauses": [[T, "2026-03-05T09:59:00+07:00"]]}),
        ("END_BEFORE_START", ELAPSED | {"end": "2026-03-05T09:59:00+07:00"}),
        ("OUT_OF_CALENDAR", DUE | {"received": "1999-03-05T10:00:00+07:00"}),
        ("OUT_OF_CALENDAR", LEG | {"dossier_due": "1950-01-01T00:00:00+07:00"}),
        ("UNKNOWN_UNIT", CLASSIFY | {"term_unit": None}),
        ("BAD_TERM", LEG | {"budget_minutes": -5}),
        ("BAD_TERM", LEG | {"budget_minutes": None}),
        ("SHIFT_OVERLAP", DUE | {"calendar": CAL | {"hours": [*H, ["11:00", "14:00"]]}}),
        ("SHIFT_CROSSES_DAY", DUE | {"calendar": CAL | {"hours": [["22:00", "02:00"]]}}),
        ("SEASONS_UNFIT", DUE | {"calendar": CAL | {"hours": {"01-01..02-01": H}}}),
        ("BAD_DATE", DUE | {"calendar": CAL | {"extra_off": ["yesterday"]}}),
        ("LINE_TOO_LONG", b'{"type":"' + b"x" * LONGEST_LINE_BYTES + b'"}'),
        ("LINE_TOO_LONG", b"x" * (3 * LONGEST_LINE_BYTES)),
    ],
)
def test_a_line_that_cannot_be_answered_gives_a_code_and_its_neighbours_are_answered(
    expected: str, asked: Any
) -> None:
    all_answered, (first, second, third) = answers(DUE, asked, CLASSIFY)
    assert not all_answered
    assert second["error"] == expected
    assert "detail" in second
    assert (first["provisional"], third["status"]) == (False, "dung_han")


def test_a_line_at_the_limit_is_answered() -> None:
    line = json.dumps(DUE).encode()
    padded = line + b" " * (LONGEST_LINE_BYTES - len(line) - 1) + b"\n"
    assert len(padded) == LONGEST_LINE_BYTES
    assert answers(padded + line)[0]


def test_the_command_answers_each_line_before_the_next_is_written() -> None:
    command = [sys.executable, "-m", "api.cli", "due", "--json"]
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=usual) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        patience = threading.Timer(20, process.kill)  # a held answer would be waited for for ever
        patience.start()
        try:
            for asked in (DUE, {"type": "?"}, CLASSIFY):
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                process.stdin.flush()
                assert process.stdout.readline().startswith(b"{")
            process.stdin.close()
            assert process.wait(timeout=10) == 1
        finally:
            patience.cancel()
            process.kill()


def test_the_exit_status_tells_whether_every_line_was_answered() -> None:
    for line, status in ((json.dumps(CLASSIFY), 0), ("{}", 1)):
        result = CliRunner().invoke(app, ["--json"], input=f"{line}\n")
        assert result.exit_code == status


# For people


def run(*words: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == exit_code, result.output
    return result.output


def test_a_person_reads_the_due_date_in_vietnamese_and_english() -> None:
    told = run("--received", "2026-03-05T10:00", "--term", "5", "--unit", "working_day")
    assert "Hạn trả kết quả · Due: 17:00 thứ Năm 12/03/2026 · Thu 2026-03-12" in told
    assert "Trễ hạn nếu sau · Late after: 00:00 thứ Sáu 13/03/2026" in told
    assert "Lịch · Calendar: " in told
    assert "(5)" not in told


def test_a_person_asks_for_the_count_and_reads_rule_and_authority() -> None:
    told = run("--received", "2026-11-23T10:00+07:00", "--term", "1", "--explain")
    assert "Ngày Văn hóa Việt Nam 24/11" in told
    assert "Resolution 28/2026/QH16" in told
    assert "(5) Hạn là giờ đóng cửa của ngày làm việc thứ N sau D0" in told


def test_a_person_gives_hours_saturdays_closures_pauses_and_a_cut_off() -> None:
    told = run(
        *("--received", "2026-03-05T15:00", "--unit", "same_day", "--cutoff", "15:00"),
        *("--hours", "04-01..10-31=07:00-11:30;11-01..03-31=08:00-12:00,13:00-16:30"),
        *("--saturday", "working", "--off", "2026-03-06", "--work", "2026-03-08"),
    )
    assert "16:30 Chủ nhật 08/03/2026" in told
    told = run(
        *("--received", "2026-03-02T09:00", "--term", "3"),
        *("--pause", "2026-03-03T10:00/2026-03-05T09:00", "--pause", "2026-03-06T10:00/"),
    )
    assert "Chưa có hạn" in told


def test_a_person_names_a_procedure_and_gets_its_term_and_cut_off() -> None:
    told = run("--procedure", "VD-CT", "--received", "2026-03-05T15:00")
    assert told.startswith("VD-CT: Chứng thực")
    assert "Due: 17:00 thứ Sáu 06/03/2026" in told
    assert "2026-03-13" in run("--procedure", "VD-CT", "--received", "2026-03-12T17:00")
    assert "NOT_FOUND" in run("--procedure", "?", "--received", "2026-03-05T15:00", exit_code=2)
    both = ("--procedure", "VD-CT", "--received", "2026-03-05T15:00", "--term", "3")
    assert "--term" in run(*both, exit_code=2)


def test_a_count_into_an_unpublished_year_is_told_as_provisional() -> None:
    assert "Dự kiến" in run("--received", "2028-03-02T09:00", "--unit", "same_day")


def test_without_a_receipt_the_person_is_told_what_is_missing() -> None:
    assert "--received" in run("--term", "5", exit_code=2)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("BAD_INSTANT", ["--received", "yesterday", "--term", "5"]),
        ("UNKNOWN_UNIT", ["--received", "2026-03-02T09:00", "--term", "5", "--unit", "week"]),
        ("BAD_TIME", ["--received", "2026-03-02T09:00", "--term", "1", "--hours", "9:00-6:00"]),
        ("BAD_REQUEST", ["--received", "2026-03-02T09:00", "--term", "5", "--supplement", "x"]),
    ],
)
def test_a_person_is_refused_in_words_with_the_code(expected: str, words: list[str]) -> None:
    assert f"{expected}: " in run(*words, exit_code=2)


def test_help_teaches_by_examples() -> None:
    told = run("--help")
    assert "giaonhan due --received 2026-11-20T16:40" in told
    assert "giaonhan due --json <" in told
