"""A centre's catalogue of procedures: versions by date, loaded from its file as a whole or not."""

import csv
import time
import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from adapters.reference_data.catalogue_csv import read_catalogue, write_catalogue
from adapters.reference_data.csv_sheet import (
    MOST_BYTES,
    CsvBroken,
    CsvColumns,
    CsvNotUtf8,
    CsvTooLarge,
)
from adapters.reference_data.sample import sample_offices, sample_procedures
from domain.model.catalogue import Sheet, UnknownDepartment
from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import NotAllowed, NotFound
from domain.model.instants import parse_instant
from domain.model.procedure import (
    BadProcedure,
    Procedure,
    Terms,
    VersionNotAfter,
    introduce_procedure,
)
from domain.model.sheet import SheetRefused
from domain.use_cases.register_dossier import ApplicantData, Registration

HEADER = (
    "mã thủ tục;tên thủ tục;mã lĩnh vực;mã cơ quan giải quyết;thời hạn;đơn vị thời hạn;"
    "phí, lệ phí (đồng);hiệu lực từ ngày;giờ chốt nhận trong ngày;định mức các chặng (phút);"
    "thành phần hồ sơ"
)
ROW = "1.001;Đăng ký khai sinh;ho-tich;STC;5;ngày làm việc;8000;2026-01-01;;centre:480;don:Đơn"
PROVINCE = 1_490  # procedures: Tiền Giang 2020


def day(text: str) -> int:
    return parse_instant(f"{text}T00:00:00+07:00")


def file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *rows)).encode()


@pytest.fixture
def centre(world: Any) -> Any:
    world.office("TTHC", 90001)
    world.office("STC", 90002)
    return world


def load(world: Any, content: bytes, **options: Any) -> Any:
    return world.reference.define_procedures(read_catalogue(content), actor=world.admin, **options)


def problems(world: Any, content: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(SheetRefused) as refused:
        load(world, content)
    return [(each.line, each.column, each.refusal.code) for each in refused.value.problems]


def register(world: Any, at: str) -> Dossier:
    world.clock.us = parse_instant(f"{at}T10:00:00+07:00")
    told = world.register(
        Registration(procedure="VD-1", office="TTHC", applicant=ApplicantData(name="Lê Văn Bé")),
        actor=world.clerk,
    )
    cases: dict[Any, Dossier] = world.log.load(Dossier, [dossier_id(told.label)])
    return cases[dossier_id(told.label)]


# -- versions


def test_a_dossier_keeps_the_version_in_force_on_its_intake_day(centre: Any, terms: Terms) -> None:
    centre.reference.define_procedure("VD-1", terms, actor=centre.admin)
    later = replace(terms, effective_from_us=day("2026-04-01"), term_value=9)
    centre.reference.define_procedure("VD-1", later, actor=centre.admin)  # loaded weeks ahead
    before, after = register(centre, "2026-03-31"), register(centre, "2026-04-01")
    assert (before.procedure_version, after.procedure_version) == (1, 2)
    assert before.due_us == parse_instant("2026-04-07T17:00:00+07:00")
    assert after.due_us == parse_instant("2026-04-14T17:00:00+07:00")
    third = replace(terms, effective_from_us=day("2026-04-02"), term_value=4)
    centre.reference.define_procedure("VD-1", third, actor=centre.admin)
    assert centre.log.load(Dossier, [after.id])[after.id].procedure_version == 2
    assert len(centre.reference.procedures()["VD-1"].versions) == 3


def test_a_version_counts_from_its_first_minute_in_vietnam(centre: Any, terms: Terms) -> None:
    centre.reference.define_procedure("VD-1", terms, actor=centre.admin)
    later = replace(terms, effective_from_us=day("2026-04-01"), fee_vnd=1)
    centre.reference.define_procedure("VD-1", later, actor=centre.admin)
    procedure = centre.reference.procedures()["VD-1"]
    assert procedure.version_at(day("2026-04-01") - 1)[0] == 1
    assert procedure.version_at(day("2026-04-01"))[0] == 2


@pytest.mark.parametrize("date", ["2026-01-01", "2025-06-01"])
def test_a_version_that_is_not_after_the_last_is_refused(
    centre: Any, terms: Terms, date: str
) -> None:
    centre.reference.define_procedure("VD-1", terms, actor=centre.admin)
    changed = replace(terms, effective_from_us=day(date), fee_vnd=7)
    with pytest.raises(VersionNotAfter):
        centre.reference.define_procedure("VD-1", changed, actor=centre.admin)
    [kept] = centre.reference.procedures()["VD-1"].versions
    assert kept == terms


def test_terms_that_are_in_force_already_make_no_version(centre: Any, terms: Terms) -> None:
    centre.reference.define_procedure("VD-1", terms, actor=centre.admin)
    before = len(centre.events())
    again = replace(terms, effective_from_us=day("2026-06-01"))
    centre.reference.define_procedure("VD-1", again, actor=centre.admin)
    assert len(centre.events()) == before


def test_a_department_that_is_no_office_is_refused(centre: Any, terms: Terms) -> None:
    with pytest.raises(UnknownDepartment):
        centre.reference.define_procedure(
            "VD-1", replace(terms, department="KHONG"), actor=centre.admin
        )
    assert centre.reference.procedures() == {}


def test_a_version_stored_before_a_field_existed_has_its_default(terms: Terms) -> None:
    made = introduce_procedure(code="VD-1", terms=terms, timestamp=moment(0))
    [event] = made.collect_events()
    assert isinstance(event, Procedure.Introduced)
    for younger in ("on_the_spot", "field_title", "reappointments"):
        del event.terms[younger]
    older = event.mutate(None)
    assert isinstance(older, Procedure)
    assert older.versions == [terms]


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"on_the_spot": True}, "on_the_spot"),
        ({"on_the_spot": True, "term_unit": "working_minute", "term_value": 481}, "on_the_spot"),
        ({"cutoff": "15:00", "term_unit": "working_hour", "term_value": 25}, "cutoff"),
        ({"pieces": (("a", "Đơn"), ("a", "Tờ khai"))}, "pieces"),
        ({"pieces": (("a", "Đơn|Tờ khai"),)}, "pieces"),
        ({"pieces": (("a", ""),)}, "pieces"),
        ({"pieces": tuple((f"a{n}", "x") for n in range(101))}, "pieces"),
        ({"legs_minutes": tuple((f"a{n}", 1) for n in range(41))}, "legs_minutes"),
        ({"title_vi": "hai\ndòng"}, "title_vi"),
        ({"field_title": "x" * 501}, "field_title"),
        ({"fee_vnd": 10**13}, "fee_vnd"),
        ({"reappointments": -1}, "reappointments"),
    ],
)
def test_what_nobody_could_print_or_count_is_refused_with_its_field(
    centre: Any, terms: Terms, values: dict[str, Any], column: str
) -> None:
    given = {"legs_minutes": (("centre", 30),)} | values
    with pytest.raises(BadProcedure) as refused:
        centre.reference.define_procedure("VD-1", replace(terms, **given), actor=centre.admin)
    assert refused.value.values["field"] == column


# -- the sample


def test_the_sample_has_a_dozen_known_procedures_each_marked_as_an_example() -> None:
    sheet = sample_procedures()
    assert sheet.problems == []
    assert len({row.code for row in sheet.rows}) >= 12
    departments = {office.code for office in sample_offices()}
    for row in sheet.rows:
        assert row.terms.example
        assert row.terms.department in departments
        assert row.terms.field_title
        assert row.terms.steps_minutes
    terms = {row.code: row.terms for row in sheet.rows}
    assert (terms["VD-CT"].term_unit, terms["VD-CT"].cutoff) == ("same_day", "15:00")
    [spot] = [each for each in terms.values() if each.on_the_spot]
    assert (spot.term_unit, spot.term_value, spot.legs_minutes) == (
        "working_minute",
        60,
        (("centre", 60),),
    )


# -- the file


def test_a_file_is_loaded_once_and_again_without_a_version(centre: Any) -> None:
    laid = load(centre, file(ROW))
    [change] = laid.changes
    assert (change.code, change.number, change.before) == ("1.001", 1, None)
    assert change.fields == []
    assert change.terms == Terms(
        effective_from_us=day("2026-01-01"),
        title_vi="Đăng ký khai sinh",
        title_en="Đăng ký khai sinh",
        field="ho-tich",
        department="STC",
        term_unit="working_day",
        term_value=5,
        cutoff=None,
        supplement="pause",
        pieces=(("don", "Đơn"),),
        fee_vnd=8000,
        legs_minutes=(("centre", 480),),
        steps_minutes=(),
    )
    before = len(centre.events())
    again = load(centre, file(ROW))
    assert (again.changes, again.unchanged) == ([], 1)
    assert len(centre.events()) == before


def test_an_edited_row_is_the_next_version_and_says_what_differs(centre: Any) -> None:
    load(centre, file(ROW))
    edited = ROW.replace("8000", "9.000").replace("2026-01-01", "01/07/2026")
    tried = load(centre, file(edited), dry_run=True)
    assert len(centre.reference.procedures()["1.001"].versions) == 1
    laid = load(centre, file(ROW, edited))
    assert tried.changes == laid.changes
    [change] = laid.changes
    assert (change.number, change.fields) == (2, ["effective_from_us", "fee_vnd"])
    assert centre.reference.procedures()["1.001"].version_at(day("2026-07-01"))[0] == 2


def test_versions_of_one_procedure_may_stand_in_a_file_in_any_order(centre: Any) -> None:
    later = ROW.replace("2026-01-01", "2026-07-01").replace("8000", "9000")
    earlier = ROW.replace("2026-01-01", "2025-07-01").replace("8000", "7000")
    load(centre, file(later, earlier, ROW))
    fees = [terms.fee_vnd for terms in centre.reference.procedures()["1.001"].versions]
    assert fees == [7000, 8000, 9000]


def test_what_is_written_is_read_back_as_no_change_and_excel_opens_it(
    centre: Any, terms: Terms
) -> None:
    for office in sample_offices()[2:]:
        centre.office(office.code, office.issuer)
    centre.reference.define_procedures(sample_procedures(), actor=centre.admin)
    odd = replace(
        terms,
        title_vi='=HYPERLINK("http://evil"); "Sở"',
        title_en="'-1+1",
        field_title="@SUM(1)",
        effective_from_us=terms.effective_from_us + 1,
        term_unit="working_day",
        term_value=4.5,
        supplement="restart",
        reappointments=2,
    )
    centre.reference.define_procedure("ODD", odd, actor=centre.admin)
    for delimiter in (";", ",", "\t"):
        written = write_catalogue(centre.reference.procedures().values(), delimiter=delimiter)
        assert written.startswith("\ufeffmã thủ tục".encode())
        laid = load(centre, written)
        assert (laid.changes, laid.unchanged) == ([], len(sample_procedures().rows) + 1)


def test_no_cell_of_an_export_is_run_as_a_formula(centre: Any, terms: Terms) -> None:
    for number, sign in enumerate("=+-@＝"):
        odd = replace(terms, title_vi=f"{sign}cmd|' /C calc'!A0".replace("|", "/"), title_en=sign)
        centre.reference.define_procedure(f"P{number}", odd, actor=centre.admin)
    written = write_catalogue(centre.reference.procedures().values()).decode("utf-8-sig")
    for row in csv.reader(written.splitlines(), delimiter=";"):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@＝\t\r")]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + file(ROW),
        b"sep=;\r\n" + file(ROW),
        file(ROW, ";;;;;;;;;;", "").replace(b"\n", b"\r\n"),
        b"\n\n" + file(ROW),
        ("\ufeff" + "\t".join(HEADER.split(";")) + "\n" + "\t".join(ROW.split(";"))).encode(),
        file(ROW, header=HEADER.upper()),
        unicodedata.normalize("NFD", file(ROW).decode()).encode(),
    ],
)
def test_the_ways_excel_saves_a_file_are_all_read(centre: Any, content: bytes) -> None:
    [change] = load(centre, content).changes
    assert change.terms.title_vi == "Đăng ký khai sinh"


def test_cells_may_be_written_as_people_write_them() -> None:
    header = (
        "code;title_vi;field;department;term_value;term_unit;fee_vnd;effective_from;"
        "cutoff;on_the_spot;pieces;supplement;reappointments"
    )
    row = (
        "P;T;f;STC;0,5; Ngày  làm việc ;1.200.000;1/7/2026;15h;có;"
        "Tờ khai|cccd:Bản sao CCCD|CMND: bản sao;Tính lại từ đầu;2"
    )
    sheet = read_catalogue(file(row, header=header))
    assert sheet.problems == []
    terms = sheet.rows[0].terms
    assert (terms.term_value, terms.term_unit) == (0.5, "working_day")
    assert (terms.fee_vnd, terms.cutoff, terms.on_the_spot) == (1_200_000, "15:00", True)
    assert terms.effective_from_us == day("2026-07-01")
    assert (terms.supplement, terms.reappointments) == ("restart", 2)
    free = read_catalogue(file(row.replace("1.200.000", "Miễn phí"), header=header))
    assert free.rows[0].terms.fee_vnd == 0
    assert terms.pieces == (
        ("tp1", "Tờ khai"),
        ("cccd", "Bản sao CCCD"),
        ("tp3", "CMND: bản sao"),
    )


def test_every_bad_row_is_told_with_line_and_column_and_nothing_is_loaded(centre: Any) -> None:
    load(centre, file(ROW))
    before = len(centre.events())
    good = ROW.replace("1.001;", "1.009;")
    bad = [
        good,
        ROW.replace("STC", "SKHONG"),
        ROW.replace("ngày làm việc", "tuần trăng").replace("1.001;", "1.002;"),
        ROW.replace(";5;", ";năm;").replace("8000", "tám nghìn").replace("1.001;", "1.003;"),
        ROW.replace("8000", "9000").replace("2026-01-01", "2025-12-31"),
        ROW.replace("centre:480", "centre:2401").replace("1.001;", "1.004;"),
        ROW.replace("2026-01-01", "30/02/2026").replace("1.001;", "1.005;"),
        ROW.replace("Đăng ký khai sinh", "").replace("1.001;", "1.006;"),
        good.replace("8000", "1"),
        ROW.replace(";;centre", ";25:00;centre").replace("1.001;", "1.007;"),
        ROW.replace("1.001;", "mã có dấu;"),
        ROW.replace("centre:480", "centre").replace("1.001;", "1.008;"),
        ROW.replace(";5;", ";0;").replace("1.001;", "1.010;"),
        ROW.replace("STC", "SKHONG")
        .replace("8000", "tám nghìn")
        .replace("centre:480", "centre:2401")
        .replace(";;centre", ";25:00;centre")
        .replace("1.001;", "mã có dấu;"),
        ROW.replace(";5;", ";0;").replace("STC", "S K").replace("1.001;", "1.011;"),
    ]
    assert problems(centre, file(*bad)) == [
        (3, "department", "UNKNOWN_DEPARTMENT"),
        (4, "term_unit", "BAD_CELL"),
        (5, "fee_vnd", "BAD_CELL"),
        (5, "term_value", "BAD_CELL"),
        (6, "effective_from", "VERSION_NOT_AFTER"),
        (7, "legs_minutes", "BUDGETS_EXCEED_TERM"),
        (8, "effective_from", "BAD_DATE"),
        (9, "title_vi", "CELL_EMPTY"),
        (10, "code", "ROW_REPEATED"),
        (11, "cutoff", "SHIFT_CROSSES_DAY"),
        (12, "code", "BAD_CODE"),
        (13, "legs_minutes", "BAD_CELL"),
        (14, "term_value", "BAD_TERM"),
        *((15, "code", "BAD_CODE"), (15, "cutoff", "SHIFT_CROSSES_DAY")),
        *((15, "department", "UNKNOWN_DEPARTMENT"), (15, "fee_vnd", "BAD_CELL")),
        (15, "legs_minutes", "BUDGETS_EXCEED_TERM"),
        *((16, "department", "BAD_CODE"), (16, "term_value", "BAD_TERM")),
    ]
    assert len(centre.events()) == before
    assert list(centre.reference.procedures()) == ["1.001"]


@pytest.mark.parametrize(
    ("unit", "value", "most"),
    [
        ("ngày làm việc", "5", 2400),
        ("ngày lịch", "2", 960),
        ("trong ngày", "", 480),
        ("giờ làm việc", "3", 180),
        ("phút làm việc", "30", 30),
        ("ngày làm việc", "0,5", 240),
    ],
)
def test_budgets_beyond_the_term_are_refused_with_row_and_figures(
    centre: Any, unit: str, value: str, most: int
) -> None:
    row = ROW.replace(";5;ngày làm việc;", f";{value};{unit};")
    with pytest.raises(SheetRefused) as refused:
        load(centre, file(row.replace("centre:480", f"a:{most}|b:1")))
    [problem] = refused.value.problems
    assert (problem.line, problem.column) == (2, "legs_minutes")
    assert problem.refusal.values == {"what": "legs", "minutes": most + 1, "term_minutes": most}
    assert len(load(centre, file(row.replace("centre:480", f"a:{most - 1}|b:1"))).changes) == 1


def test_a_line_without_date_takes_the_one_given_for_the_file(centre: Any) -> None:
    undated = ROW.replace("2026-01-01", "")
    assert problems(centre, file(undated)) == [(2, "effective_from", "CELL_EMPTY")]
    sheet = read_catalogue(file(undated), effective_from_us=day("2026-05-01"))
    assert sheet.rows[0].terms.effective_from_us == day("2026-05-01")


def test_a_line_keeps_its_number_below_cells_of_several_lines(centre: Any) -> None:
    tall = ROW.replace("don:Đơn", '"don:Đơn\ncccd:Bản sao CCCD"')
    other = ROW.replace("1.001", "1.002").replace("STC", "KHONG")
    assert problems(centre, file(tall, other)) == [(4, "department", "UNKNOWN_DEPARTMENT")]


@pytest.mark.parametrize(
    ("content", "refusal", "values"),
    [
        (file(ROW) + b"\n\xd0\xcf", CsvNotUtf8, {"line": 3}),
        (file(ROW, 'x;"y'), CsvBroken, {"line": 3}),
        (b"", CsvColumns, {}),
        (file(ROW, header=HEADER.replace("mã lĩnh vực", "lĩnh")), CsvColumns, {"unknown": "lĩnh"}),
        (file(ROW, header=HEADER + ";code"), CsvColumns, {"unknown": "code"}),
        (b"x" * (MOST_BYTES + 1), CsvTooLarge, {"most": MOST_BYTES}),
        (file(*["a;b"] * 20_001), CsvTooLarge, {"most": 20_000}),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_as_a_whole(
    content: bytes, refusal: type[Exception], values: dict[str, Any]
) -> None:
    with pytest.raises(refusal) as refused:
        read_catalogue(content)
    told: dict[str, Any] = refused.value.values  # type: ignore[attr-defined]
    assert told.items() >= values.items()


def test_only_an_administrator_loads_a_catalogue(centre: Any) -> None:
    with pytest.raises(NotAllowed):
        centre.reference.define_procedures(Sheet([]), actor=centre.clerk)


def test_a_procedure_not_yet_in_force_takes_nobody_in(centre: Any) -> None:
    load(centre, file(ROW.replace("1.001", "VD-1").replace("2026-01-01", "2026-12-01")))
    with pytest.raises(NotFound):
        register(centre, "2026-11-30")
    assert register(centre, "2026-12-01").procedure_version == 1


def test_a_provinces_catalogue_is_loaded_in_seconds(centre: Any) -> None:
    rows = [ROW.replace("1.001;", f"1.{number:06d};") for number in range(PROVINCE)]
    content = file(*rows)
    done: list[int] = []
    began = time.perf_counter()
    sheet = read_catalogue(content)
    laid = centre.reference.define_procedures(sheet, actor=centre.admin, told=done.append)
    took_s = time.perf_counter() - began
    assert (len(laid.changes), done[-1]) == (PROVINCE, PROVINCE)
    assert took_s < 10, f"{took_s:.1f} s"
    assert len(centre.reference.procedures()) == PROVINCE
