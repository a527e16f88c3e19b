"""`procedures`, `calendar` and `due --data` as a person types them on a data directory."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from api.cli import calendar, due, procedures
from api.composition import open_house
from api.founding import create_house

HEADER = "code;title_vi;field;department;term_value;term_unit;fee_vnd;effective_from;legs_minutes"
BIRTH = "1.001;Đăng ký [khai] sinh;ho-tich;STP;3;ngày làm việc;8000;2026-01-01;centre:60"
Run = Callable[..., str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    create_house(tmp_path / "data", with_sample=True)
    return tmp_path / "data"


@pytest.fixture
def run(data: Path) -> Run:
    """Gives what was said, errors included, white space evened out."""

    def told(command: ModuleType, *words: str, exit_code: int = 0) -> str:
        environment = {"GIAONHAN_DATA": str(data), "COLUMNS": "300"}
        result = CliRunner().invoke(command.app, list(words), env=environment)
        assert result.exit_code == exit_code, result.output + repr(result.exception)
        return " ".join(result.output.split())

    return told


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., str]:
    def write(*lines: str) -> str:
        path = tmp_path / "given.csv"
        path.write_text("\n".join(lines), "utf-8")
        return str(path)

    return write


# -- procedures


def test_a_catalogue_goes_out_and_comes_back_as_no_change(run: Run, tmp_path: Path) -> None:
    file = str(tmp_path / "out.csv")
    for delimiter in ("semicolon", "comma", "tab"):
        assert "14 thủ tục" in run(procedures, "export", file, "--delimiter", delimiter)
        told = run(procedures, "import", file)
        assert "Added 0 procedures, 0 new versions; 14 lines unchanged." in told


def test_a_dry_run_tells_the_same_changes_and_makes_none(
    run: Run, csv: Callable[..., str], data: Path
) -> None:
    file = csv(HEADER, BIRTH)
    with closing(open_house(data)):  # as beside a running server
        tried = run(procedures, "import", file, "--dry-run")
    assert "Would add 1 procedures" in tried
    assert "Đăng ký [khai] sinh" in tried
    assert "15 thủ tục" not in run(procedures, "list")
    assert "Added 1 procedures" in run(procedures, "import", file)
    assert "15 thủ tục" in run(procedures, "list")
    dearer = csv(HEADER, BIRTH.replace("8000", "9000").replace("2026-01-01", ""))
    told = run(procedures, "import", dearer, "--effective-from", "2099-01-01")
    assert "phí, lệ phí (đồng): 8.000 → 9.000" in told
    shown = run(procedures, "show", "1.001")
    assert "bản / version 2" in shown
    [reappointments] = [line for line in shown.splitlines() if "hẹn lại" in line]
    assert "x" not in reappointments.split()
    assert shown.index("đang hiệu lực") < shown.index("8.000")


def test_a_bad_file_is_told_row_by_row_in_both_languages_and_changes_nothing(
    run: Run, csv: Callable[..., str]
) -> None:
    file = csv(
        HEADER,
        BIRTH,
        BIRTH.replace("1.001", "1.002").replace("centre:60", "centre:1441"),
        BIRTH.replace("1.001", "1.003").replace("8000", "[/b]"),
    )
    told = run(procedures, "import", file, exit_code=2)
    assert "1441" in told
    assert "1440" in told
    assert "định mức các chặng (phút) / legs_minutes" in told
    assert "“[/b]” không đọc được" in told
    assert "SHEET_REFUSED: Tệp có 2 chỗ sai (dòng 3, 4). Chưa nạp dòng nào" in told
    assert "14 thủ tục" in run(procedures, "list")


def test_procedures_are_found_without_tones_and_unknown_ones_are_refused(run: Run) -> None:
    assert "VD-KS" in run(procedures, "list", "--search", "khai sinh")
    assert "1 thủ tục" in run(procedures, "list", "--search", "khai sinh")
    assert "NOT_FOUND" in run(procedures, "show", "KHONG", exit_code=2)


def test_files_that_cannot_be_read_or_written_are_refused(run: Run, tmp_path: Path) -> None:
    for command in (procedures, calendar):
        absent = run(command, "import", str(tmp_path / "absent.csv"), exit_code=2)
        assert "INPUT_UNREADABLE" in absent
        unwritable = run(command, "export", str(tmp_path / "no" / "out.csv"), exit_code=2)
        assert "OUTPUT_UNWRITABLE" in unwritable


def test_another_process_that_writes_keeps_an_import_out(
    run: Run, csv: Callable[..., str], data: Path
) -> None:
    with closing(open_house(data)):
        assert "DIRECTORY_LOCKED" in run(procedures, "import", csv(HEADER, BIRTH), exit_code=2)


# -- calendars

OFFICE = "loại;ngày;ca làm việc;mã lý do"
STORM = "giờ của ngày;07/09/2026;07:30-11:30;bao-so-3"
WINTER = 'giờ từ ngày;2026-11-01;"04-01..10-31=07:00-12:00;11-01..03-31=08:00-12:00";mua-dong'


def test_an_offices_time_is_loaded_once_and_comes_back_as_no_change(
    run: Run, csv: Callable[..., str], tmp_path: Path
) -> None:
    here = ("--office", "TTHC")
    given = csv(OFFICE, STORM, WINTER, "làm việc;2026-12-05;;lam-bu", "nghỉ;2026-12-07;;mat-dien")
    assert "Would change 4 lines" in run(calendar, "import", given, *here, "--dry-run")
    assert "Changed 4 lines; 0 unchanged." in run(calendar, "import", given, *here)
    assert "Changed 0 lines; 4 unchanged." in run(calendar, "import", given, *here)
    out = str(tmp_path / "out.csv")
    assert "5 dòng" in run(calendar, "export", out, *here)
    assert "Changed 0 lines; 5 unchanged." in run(calendar, "import", out, *here)
    shown = run(calendar, "show", *here, "--year", "2026")
    assert "giờ của ngày / hours" in shown
    assert "07:30-11:30" in shown
    assert "Quốc khánh" in shown or "National Day" in shown
    lifted = csv(OFFICE, "bỏ ngoại lệ;2026-09-07;;het-bao")
    assert "Changed 1 lines" in run(calendar, "import", lifted, *here)
    assert "Changed 0 lines" in run(calendar, "import", lifted, *here)
    assert "2026-09-07" not in run(calendar, "show", *here).partition("TTHC")[2]


def test_saturdays_change_from_a_date_and_come_back_as_no_change(
    run: Run, csv: Callable[..., str], tmp_path: Path
) -> None:
    here, header = ("--office", "TTHC"), "loại;ngày;ca làm việc;thứ Bảy;mã lý do"
    given = csv(
        header,
        "giờ từ ngày;2026-11-02;;làm việc;qd-12",
        "giờ từ ngày;2026-12-01;07:00-11:00;không;qd-13",
    )
    assert "Changed 2 lines; 0 unchanged." in run(calendar, "import", given, *here)
    assert "Changed 0 lines; 2 unchanged." in run(calendar, "import", given, *here)
    out = str(tmp_path / "out.csv")
    assert "3 dòng" in run(calendar, "export", out, *here)
    assert "Changed 0 lines; 3 unchanged." in run(calendar, "import", out, *here)
    hours = ("--term", "6", "--unit", "working_hour", "--office", "TTHC")
    told = run(due, "--received", "2026-11-06T15:00", *hours)
    assert "07/11/2026" in told  # two hours on Friday, and the Saturday's first shift
    bad = csv(header, "giờ từ ngày;2027-01-04;;đôi khi;x", "giờ từ ngày;2026-11-30;;làm việc;x")
    refused = run(calendar, "import", bad, *here, exit_code=2)
    assert "BAD_CELL" in refused
    assert "HOURS_OVERLAP" in refused


def test_a_bad_row_of_an_offices_time_changes_nothing(run: Run, csv: Callable[..., str]) -> None:
    here = ("--office", "TTHC")
    told = run(
        calendar,
        "import",
        csv(
            OFFICE,
            STORM,
            "nghỉ;2026-02-30;;x",
            "đổi;2026-09-01;;x",
            "giờ của ngày;2026-09-03;07:00-12:00,11:00-13:00;x",
            "giờ của ngày;2026-09-04;22:00-02:00;x",
            "nghỉ;2026-09-07;;x",
            "nghỉ;2026-09-08;;vì có bão",
            "giờ ban đầu;;07:00-11:00;x",
            "giờ từ ngày;2026-11-01;04-01..10-31=07:00-12:00;x",
            "giờ từ ngày;2026-11-02;;x",
            "nghỉ;2026-09-09;07:30-11:30;x",
            "giờ từ ngày;2026-11-03;7 giờ;x",
            "giờ của ngày;2026-09-10;đóng;x",
        ),
        *here,
        exit_code=2,
    )
    for code in (
        "BAD_DATE",
        "BAD_CELL",
        "SHIFT_OVERLAP",
        "SHIFT_CROSSES_DAY",
        "DAY_EXCEPTED_ALREADY",
        "BAD_CODE",
        "BASE_HOURS_STAND",
        "SEASONS_UNFIT",
        "CELL_EMPTY",
    ):
        assert code in told
    assert "(dòng 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, …)" in told
    assert "2026-09-07" not in run(calendar, "show", *here).partition("TTHC")[2]


def test_a_national_table_replaces_the_whole_one(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "national.csv"
    assert "dòng" in run(calendar, "export", str(path))
    assert "Changed 0 lines" in run(calendar, "import", str(path))
    before = run(calendar, "show", "--year", "2027")
    text = path.read_text("utf-8-sig") + "2027-06-01;nghỉ;Ngày thử;Quyết định thử\r\n"
    path.write_text(text, "utf-8")
    tried = run(calendar, "import", str(path), "--dry-run")
    assert "+ 2027-06-01 nghỉ: Ngày thử [Quyết định thử]" in tried
    assert run(calendar, "show", "--year", "2027") == before
    assert "Changed 1 lines" in run(calendar, "import", str(path))
    assert "Ngày thử" in run(calendar, "show", "--year", "2027")
    late = ("--received", "2027-05-31T09:00", "--term", "1")
    assert "02/06/2027" in run(due, *late)


def test_bad_rows_and_lost_years_of_a_national_table_are_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "national.csv"
    run(calendar, "export", str(path))
    text = path.read_text("utf-8-sig")
    path.write_text(
        f"{text}2026-09-02;nghỉ;Lại;Lần nữa\n2026-02-30;nghỉ;x;y\n2027-06-01;nghỉ;{'x' * 501};y\n",
        "utf-8",
    )
    told = run(calendar, "import", str(path), exit_code=2)
    assert "DATE_TWICE" in told
    assert "BAD_CALENDAR" in told
    assert "BAD_DATE" in told
    header, *rows = text.splitlines()
    path.write_text("\n".join([header, *(row for row in rows if row[:4] != "2020")]), "utf-8")
    for words in ((), ("--dry-run",)):
        assert "YEAR_LEFT_OUT" in run(calendar, "import", str(path), *words, exit_code=2)


# -- due on a data directory


def test_due_takes_the_version_in_force_at_receipt_and_the_offices_hours(
    run: Run, csv: Callable[..., str]
) -> None:
    later = BIRTH.replace(";3;", ";5;").replace("2026-01-01", "2026-04-01")
    run(procedures, "import", csv(HEADER, BIRTH, later))
    asked = ("--procedure", "1.001", "--received")
    before = run(due, *asked, "2026-03-31T09:00")
    assert "Version 1; TTHC" in before
    assert "03/04/2026" in before
    after = run(due, *asked, "2026-04-01T09:00", "--explain")
    assert "Version 2; TTHC" in after
    assert "08/04/2026" in after
    assert "NOT_FOUND" in run(due, *asked, "2025-12-31T09:00", exit_code=2)
    storm = csv(OFFICE, "nghỉ;2026-04-02;;bao-so-1")
    run(calendar, "import", storm, "--office", "TTHC")
    assert "09/04/2026" in run(due, *asked, "2026-04-01T09:00")
    assert "08/04/2026" in run(due, *asked, "2026-04-01T09:00", "--office", "STP")
    own_hours = ("--hours", "07:30-11:30,13:00-17:00")
    assert "08/04/2026" in run(due, *asked, "2026-04-01T09:00", *own_hours)
    assert "NOT_FOUND" in run(due, *asked, "2026-04-01T09:00", "--office", "?", exit_code=2)


def test_own_hours_are_counted_on_the_table_that_the_directory_published(
    run: Run, tmp_path: Path, data: Path
) -> None:
    path = tmp_path / "national.csv"
    run(calendar, "export", str(path))
    path.write_text(path.read_text("utf-8-sig") + "2026-03-06;nghỉ;Ngày thử;QĐ thử\r\n", "utf-8")
    run(calendar, "import", str(path))
    asked = ("--received", "2026-03-05T10:00", "--term", "5", "--hours", "08:00-12:00")
    assert "12:00 thứ Sáu 13/03/2026" in run(due, *asked)
    plain = CliRunner().invoke(due.app, asked, env={"GIAONHAN_DATA": ""})
    assert "12:00 thứ Năm 12/03/2026" in plain.output
    line = {
        "type": "due",
        "received": "2026-03-05T10:00:00+07:00",
        "term": {"unit": "working_day", "value": 5},
        "calendar": {"hours": [["08:00", "12:00"]], "saturday": "none"},
    }
    nowhere = {"GIAONHAN_DATA": ""}
    for words, date in ((["--data", str(data)], "2026-03-13"), ([], "2026-03-12")):
        answer = CliRunner().invoke(
            due.app, ["--json", *words], input=json.dumps(line), env=nowhere
        )
        assert json.loads(answer.output)["due"][:10] == date


def test_a_procedure_is_abolished_from_a_day_and_is_listed_until_then(
    run: Run, csv: Callable[..., str]
) -> None:
    ahead = run(procedures, "abolish", "VD-CT", "--from", "2099-01-01")
    assert "abolished from 2099-01-01" in ahead
    assert "VD-CT" in run(procedures, "list")
    shown = run(procedures, "show", "VD-CT")
    assert "bãi bỏ từ ngày" in shown
    assert "2099-01-01" in shown
    assert "PROCEDURE_ABOLISHED" in run(procedures, "abolish", "VD-CT", exit_code=2)
    run(procedures, "abolish", "VD-KM")
    assert "VD-KM" not in run(procedures, "list")
    told = run(procedures, "import", csv(f"{HEADER};effective_until", f"{BIRTH};2026-06-30"))
    assert "1 thủ tục bãi bỏ" in told


def test_due_without_a_directory_takes_the_sample() -> None:
    words = ["--procedure", "VD-KM", "--received", "2026-03-05T16:30"]
    result = CliRunner().invoke(due.app, words, env={"GIAONHAN_DATA": ""})
    assert result.exit_code == 0, result.output
    assert "Danh mục mẫu · Sample catalogue" in result.output
    assert "08:00" in result.output


@pytest.mark.parametrize("command", [procedures, calendar])
def test_every_command_on_reference_data_teaches_its_use(run: Run, command: ModuleType) -> None:
    assert "import" in run(command, "--help")
    for word in ("import", "export", "show"):
        said = run(command, word, "--help")
        assert "--data" in said
    assert "--dry-run" in run(command, "import", "--help")
