"""`giaonhan fold`: a file of facts in, custody out; a line that is no fact costs only itself."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import fold as command

AsLine = Callable[[str], str]

DAY = [
    "Registered A 08:00 seq=1",
    "Packed A 09:00 P1 seq=2",
    "Sealed A 09:05 seal=S1 to=B seq=3",
    "Released A 09:10 seq=4",
    "Accepted c1 09:12 seq=1",
    "Released c1 09:58 seq=2",
    "Accepted B 10:00 seal=S1 seq=1",
    "Closed B 10:05 seq=2",
]
D1, P1 = f"1{1:015d}", f"2{1:015d}"


@pytest.fixture
def file(tmp_path: Path, as_line: AsLine) -> Path:
    path = tmp_path / "day.jsonl"
    path.write_text("".join(f"{as_line(line)}\n" for line in DAY))
    return path


def run(*words: str, stdin: bytes = b"") -> Any:
    return CliRunner().invoke(command.app, list(words), input=stdin)


def test_the_answer_has_the_shape_of_the_specification(file: Path) -> None:
    ran = run(str(file), "--json")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == {
        "dossiers": {
            D1: {
                "status": "open",
                "pouch": None,
                "windows": [["2026-03-02T08:00:00+07:00", None]],
                "chain": [
                    {
                        "holder": "A",
                        "place": None,
                        "from": "2026-03-02T08:00:00+07:00",
                        "to": None,
                        "basis": "verified",
                        "evidence": ["A#1", "A#2"],
                    }
                ],
            }
        },
        "pouches": {
            P1: {
                "state": "closed",
                "holder": "B",
                "seal": None,
                "contents": [],
                "manifest": [],
                "chain": [
                    link("A", "09:00", "09:12", "A#2", "A#3"),
                    link("courier:c1", "09:12", "10:00", "c1#1"),
                    link("B", "10:00", None, "B#1", "B#2"),
                ],
            }
        },
        "discrepancies": [
            {
                "code": "MISSING",
                "subject": D1,
                "opened": "2026-03-02T10:05:00+07:00",
                "closed": None,
                "key": "B#2",
            }
        ],
        "set_aside": [],
    }


def link(holder: str, start: str, end: str | None, *evidence: str) -> dict[str, Any]:
    return {
        "holder": holder,
        "place": None,
        "from": f"2026-03-02T{start}:00+07:00",
        "to": end and f"2026-03-02T{end}:00+07:00",
        "basis": "verified",
        "evidence": list(evidence),
    }


def test_as_of_and_known_at_show_what_was_known_then(file: Path) -> None:
    then = "2026-03-02T02:30:00Z"
    ran = run(str(file), "--json", "--as-of", then, "--known-at", then)
    chain = json.loads(ran.stdout)["dossiers"][D1]["chain"]
    assert [(one["holder"], one["basis"]) for one in chain] == [
        ("A", "verified"),
        ("courier:c1", "inferred"),
    ]


def test_now_turns_what_time_alone_turns(as_line: AsLine) -> None:
    lines = f"{as_line('Registered A 08:00 seq=1')}\n{as_line('Released A 09:00 D1 seq=2')}\n"
    for now, codes in (("09:29", []), ("09:30", ["NOT_ACCEPTED"])):
        ran = run("-", "--json", "--now", f"2026-03-02T{now}:00+07:00", stdin=lines.encode())
        assert [one["code"] for one in json.loads(ran.stdout)["discrepancies"]] == codes


BAD_LINES = [
    ("nonsense", "BAD_FACT"),
    ("[1]", "BAD_FACT"),
    ("[" * 10_000, "BAD_FACT"),
    ('{"fact":"Moved"}', "BAD_FACT"),
    ("Moved A 08:00 fact:Flew", "BAD_FACT"),
    ("Moved A 08:00 at:yesterday", "BAD_INSTANT"),
    ("Moved A 08:00 at:2026-03-02T08:00:00", "BAD_INSTANT"),
    ("Moved A 08:00 at:9999-12-31T23:59:59+07:00", "BAD_INSTANT"),
    ("Moved A 08:00 subject:X1", "BAD_FACT"),
    ("Moved A 08:00 seq:0", "BAD_FACT"),
    ("Moved A 08:00 office:\ud800", "BAD_FACT"),
    ('Moved A 08:00 context:{"pouch":7}', "BAD_FACT"),
    ('Moved A 08:00 context:{"broken":"yes"}', "BAD_FACT"),
    ('Moved A 08:00 context:{"via":"B"}', "BAD_FACT"),
    ('Moved A 08:00 context:{"pieces":true}', "BAD_FACT"),
    ('Moved A 08:00 context:{"pieces":[1]}', "BAD_FACT"),
    ('Moved A 08:00 context:{"when":"soon"}', "BAD_INSTANT"),
    ('Moved A 08:00 context:{"set":[]}', "BAD_FACT"),
    ('Moved A 08:00 context:{"set":{"at":"soon"}}', "BAD_INSTANT"),
    ('Moved A 08:00 context:{"set":{"fact":["Moved"]}}', "BAD_FACT"),
    ('Moved A 08:00 context:{"set":{"set":{}}}', "BAD_FACT"),
    ("x" * (command.LONGEST_LINE_BYTES + 5), "BAD_FACT"),
]


def spoiled(line: str, as_line: AsLine) -> str:
    """A line of a story with one field put in its place, or the text itself."""
    if not line.startswith("Moved"):
        return line
    story, _, change = line.partition("0 ")
    name, _, put = change.partition(":")
    value = json.loads(put) if put[:1] in "{0" else put
    return json.dumps(json.loads(as_line(f"{story}0")) | {name: value})


@pytest.mark.parametrize(("line", "code"), BAD_LINES)
def test_a_line_that_is_no_fact_is_told_and_the_rest_is_folded(
    line: str, code: str, as_line: AsLine
) -> None:
    good = as_line("Registered A 08:00 seq=1")
    lines = f"{good}\n\n{spoiled(line, as_line)}\n{as_line('Moved A 08:10 D2 seq=2')}"
    ran = run("--json", stdin=lines.encode())
    assert ran.exit_code == 1
    (told,) = [json.loads(one) for one in ran.stderr.splitlines()]
    assert (told["line"], told["error"]) == (3, code)
    assert told["detail"]
    assert len(json.loads(ran.stdout)["dossiers"]) == 2


def test_bytes_that_are_no_text_are_told_like_any_bad_line() -> None:
    ran = run("--json", stdin=b'{"fact":"\xff"}\n')
    assert (ran.exit_code, json.loads(ran.stderr)["error"]) == (1, "BAD_FACT")


def test_a_key_with_null_or_one_the_fold_does_not_read_is_no_error(as_line: AsLine) -> None:
    line = json.loads(as_line("Registered A 08:00"))
    line["context"] = {"pouch": None, "weather": 3, "set": None, "pieces": ["a"], "via": ["B"]}
    ran = run("--json", stdin=json.dumps(line).encode())
    assert (ran.exit_code, ran.stderr) == (0, "")
    office = {"fact": "OfficeSucceeded", "subject": "A", "context": {"successor": "N"}}
    ran = run("--json", stdin=json.dumps(line | office).encode())
    assert (ran.exit_code, ran.stderr) == (0, "")


def test_lines_beyond_the_limit_are_not_read(
    as_line: AsLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MOST_LINES", 2)
    lines = "".join(as_line(f"Moved A 08:0{n} D{n} seq={n}") + "\n" for n in (1, 2, 3))
    ran = run("--json", stdin=lines.encode())
    assert (ran.exit_code, json.loads(ran.stderr)["line"]) == (1, 3)
    monkeypatch.setattr(command, "MOST_LINES", 3)
    assert run("--json", stdin=lines.encode()).exit_code == 0
    assert len(json.loads(ran.stdout)["dossiers"]) == 2


def test_people_get_tables_in_two_languages(file: Path, as_line: AsLine) -> None:
    more = ["Undone B 10:05:10 target=B#2 P1 seq=3", "Moved s 11:00 P1 D2 place=desk"]
    text = file.read_text() + "".join(f"{as_line(line)}\n" for line in more)
    ran = CliRunner().invoke(command.app, [], input=text, env={"COLUMNS": "220"})
    assert ran.exit_code == 0
    for shown in (
        "Hồ sơ / dossier",
        "đã niêm phong /",
        "suy ra / inferred",
        "s (desk)",
        "nay / still",
        " / UNKNOWN_CODE",
        "Không tính / set aside",
    ):
        assert shown in ran.stdout
    wrong = run("-", stdin=b"[]\n" * 12)
    assert "dòng 10 / line 10: BAD_FACT: Dữ kiện sai" in wrong.stdout
    assert "dòng 11" not in wrong.stdout
    assert "12 dòng bị bỏ qua." in wrong.stdout
    nothing = run("-", stdin=b"")
    assert nothing.exit_code == 0
    assert "No facts" in nothing.stdout


def test_the_tables_fit_eighty_columns_with_labels_and_times_whole(file: Path) -> None:
    ran = CliRunner().invoke(command.app, [str(file)], env={"COLUMNS": "80"})
    assert max(map(len, ran.stdout.splitlines())) <= 80
    for whole in ("1 00000 00 000000 01", "2 00000 00 000000 01", "02/03/2026 09:12:00", "B#2"):
        assert whole in ran.stdout


def test_what_a_file_says_is_no_markup(as_line: AsLine) -> None:
    line = as_line("Packed A 08:00 P1").replace('"A"', '"[/red]A[bold]"')
    ran = CliRunner().invoke(command.app, [], input=line, env={"COLUMNS": "220"})
    assert ran.exit_code == 0
    assert "[/red]A[bold]" in ran.stdout


def test_a_label_with_no_chain_has_a_row_of_its_own(as_line: AsLine) -> None:
    ran = run(stdin=as_line("Rated A 08:00").encode())
    assert "1 00000 00 000000 01" in ran.stdout


def test_a_bad_instant_or_file_is_a_mistake_of_usage(file: Path) -> None:
    assert run(str(file), "--now", "noon").exit_code == 2
    assert run("/no/such/file").exit_code == 2


def test_the_worked_example_of_the_help_gives_what_it_says() -> None:
    shown = run("--help", "--json").stdout.splitlines()
    lines = [line for line in shown if line.strip().startswith(('{"fact"', '{"timetable"'))]
    assert len(lines) == 9 + 3
    day = run("--json", stdin="\n".join(lines[:9]).encode())
    (dossier,) = json.loads(day.stdout)["dossiers"].values()
    assert [one["holder"] for one in dossier["chain"]] == ["A"]
    assert [one["code"] for one in json.loads(day.stdout)["discrepancies"]] == ["MISSING"]
    noon = "2026-03-02T12:00:00+07:00"
    runs = run("--json", "--now", noon, stdin="\n".join(lines[9:]).encode())
    told = json.loads(runs.stdout)["discrepancies"]
    assert [(one["code"], one["opened"][11:16]) for one in told] == [
        ("RUN_LATE", "09:15"),
        ("RUN_PARTIAL", "10:05"),
    ]


TIMETABLE: dict[str, Any] = {
    "timetable": "T1",
    "effective_from": "2026-03-02",
    "runs": [
        {
            "slot": "1",
            "label": "7900012600000158",
            "stops": [{"office": "A", "at": "08:00"}, {"office": "B", "at": "09:00"}],
        }
    ],
}


def told_of(*lines: dict[str, Any], now: str = "2026-03-02T12:00:00+07:00") -> list[str]:
    ran = run("--json", "--now", now, stdin="\n".join(map(json.dumps, lines)).encode())
    assert (ran.exit_code, ran.stderr) == (0, "")
    return [f"{one['code']} {one['subject']}" for one in json.loads(ran.stdout)["discrepancies"]]


def test_a_timetable_in_the_file_tells_the_run_that_nobody_drove() -> None:
    missed = ["RUN_LATE T1/2026-03-02/1", "RUN_MISSED T1/2026-03-02/1"]
    assert told_of(TIMETABLE) == missed
    assert told_of(TIMETABLE, now="2026-03-02T08:14:59+07:00") == []
    cancelled = {"timetable": "T1", "exception": "cancelled", "date": "2026-03-02", "slot": "1"}
    assert told_of(cancelled, TIMETABLE) == []


def test_runs_go_on_the_working_days_of_the_calendar_in_the_file() -> None:
    saturday, holiday = "2026-03-07T12:00:00+07:00", "2026-04-30T12:00:00+07:00"
    for now, day in ((saturday, "2026-03-07"), (holiday, "2026-04-30")):
        line = TIMETABLE | {"effective_from": day}
        assert told_of(line, now=now) == []
        week = {"hours": [["08:00", "12:00"]], "saturday": "none", "extra_work": [day]}
        assert len(told_of(line | {"calendar": week}, now=now)) == 2


def test_known_at_leaves_out_what_had_not_been_sent(tmp_path: Path) -> None:
    departed = {
        "fact": "RunDeparted",
        "subject": "7900012600000158",
        "at": "2026-03-02T08:00:00+07:00",
        "recorded_at": "2026-03-02T18:00:00+07:00",
        "station": "C1",
        "seq": 1,
        "operator": "ca",
        "office": "courier:c1",
    }
    file = tmp_path / "runs.jsonl"
    file.write_text(f"{json.dumps(departed)}\n{json.dumps(TIMETABLE)}")
    noon = ("--now", "2026-03-02T09:00:00+07:00", "--json", str(file))
    assert "RUN_MISSED" not in run(*noon).stdout
    assert "RUN_MISSED" in run(*noon, "--known-at", "2026-03-02T17:00:00+07:00").stdout


def test_a_timetable_line_that_contradicts_itself_is_told_with_its_code() -> None:
    stops = [{"office": "A", "at": "09:00"}, {"office": "B", "at": "09:00"}]
    wrong = TIMETABLE | {"runs": [TIMETABLE["runs"][0] | {"stops": stops}]}
    ran = run("--json", stdin=json.dumps(wrong).encode())
    assert (ran.exit_code, json.loads(ran.stderr)["error"]) == (1, "STOPS_OUT_OF_ORDER")


def test_it_runs_as_a_word_of_the_command_line(file: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli", "fold", str(file), "--json"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert json.loads(ran.stdout)["dossiers"].keys() == {D1}
