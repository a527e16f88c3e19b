"""`giaonhan calendar`: the national table of days off and the offices' hours, in and out."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from adapters.reference_data.calendar_csv import (
    NATIONAL_COLUMNS,
    NATIONAL_KINDS,
    OFFICE_COLUMNS,
    OFFICE_KINDS,
    SATURDAYS,
    read_national,
    read_office,
    write_national,
    write_office,
    written,
)
from adapters.reference_data.csv_sheet import MOST_BYTES
from api.cli.files import read_file, write_file
from api.cli.options import HERE, Data, DryRun
from api.cli.refusals import telling_refusals
from api.cli.tables import MOST_TOLD, telling_problems
from api.composition import CONSOLE, House, open_house
from domain.model.calendar import (
    FEW_OFF,
    NATIONAL,
    NO_EFFECT,
    ON_SUNDAY,
    DayOf,
    Doubt,
    NationalCalendar,
    doubts,
)
from domain.model.calendar_sheet import HoursRow, lay_hours, rows_of, table_of
from domain.model.decision import moment
from domain.model.errors import NotFound
from domain.model.instants import local
from domain.model.office import Office
from domain.model.office_hours import date_of

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="markdown")

OfficeCode = Annotated[
    str, typer.Option("--office", help="That office's working time; without it the national table.")
]


@app.callback()
def calendar() -> None:
    """Lịch làm việc: ngày nghỉ toàn quốc, giờ của từng đơn vị. Working time, national and local.

    Mỗi thay đổi là một phiên bản mới; ngày hẹn đã in không tự đổi. Every change is a new version;
    printed appointments stay until somebody re-appoints.

        giaonhan calendar show --office TTHC --year 2026

        giaonhan calendar export gio.csv --office TTHC

        giaonhan calendar import gio.csv --office TTHC --dry-run
    """


@app.command()
def show(
    *,
    office: OfficeCode = "",
    year: Annotated[
        int | None, typer.Option(min=2000, max=2099, help="Without it this one.")
    ] = None,
    data: Data = HERE,
) -> None:
    """Xem ngày nghỉ, làm bù của một năm và giờ của đơn vị. Show a year and an office's hours."""
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        shown = str(year or local(house.clock.now_us()).year)
        table = house.calendars.table()
        days = [day for day in _days(house) if day.date.startswith(shown)]
        hours = rows_of(_office(house, office).calendar) if office else []
    told = Table("ngày / date", "loại / kind", "lý do / reason", "căn cứ / source")
    for day in days:
        told.add_row(day.date, f"{NATIONAL_KINDS[day.kind]} / {day.kind}", day.reason, day.source)
    console = Console(markup=False)
    console.print(f"Lịch toàn quốc / national table {shown}, bản / version {table.version}")
    console.print(told if days else "Dự kiến: chưa công bố / provisional: not announced yet")
    if office:
        console.print(f"Giờ làm việc / working time: {office}", _hours_table(hours))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where the table goes.")],
    *,
    office: OfficeCode = "",
    data: Data = HERE,
) -> None:
    """Ghi lịch ra tệp CSV mở được bằng Excel. Write the national table, or an office's time."""
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        if office:
            hours = rows_of(_office(house, office).calendar)
            write_file(file, write_office(hours))
            lines = len(hours)
        else:
            days = _days(house)
            write_file(file, write_national(days))
            lines = len(days)
    typer.echo(f"{file}: {lines} dòng / lines")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV, as `export` writes it.")],
    *,
    office: OfficeCode = "",
    dry_run: DryRun = False,
    data: Data = HERE,
) -> None:
    """Nạp lịch từ tệp CSV: cả tệp hoặc không dòng nào. Load a calendar, all of it or nothing.

    Bảng toàn quốc thay cho cả bảng đang dùng. A national table replaces the whole one in use:
    columns ngày, loại (nghỉ, làm bù), lý do, căn cứ.

    Bảng của đơn vị chỉ thêm. An office's table only adds: columns loại, ngày, ca làm việc, thứ Bảy,
    mã lý do. Kinds: “giờ từ ngày” (other hours, seasons allowed, or Saturdays from a date on),
    “nghỉ” (closed), “làm việc” (worked), “giờ của ngày” (other shifts that day; “đóng” for none),
    “bỏ ngoại lệ” (lift an exception). Half a day lost to a storm:
    giờ của ngày;2026-09-07;07:30-11:30;;bao-so-3

    Stop the server first: one process writes in a data directory. `--dry-run` may run beside it.
    """
    columns = OFFICE_COLUMNS if office else NATIONAL_COLUMNS
    with telling_refusals(), telling_problems(columns):
        content = read_file(file, most_bytes=MOST_BYTES)
        with closing(open_house(data, writer=not dry_run)) as house:
            if office:
                _import_office(house, office, content, dry_run=dry_run)
            else:
                _import_national(house, content, dry_run=dry_run)


def _import_office(house: House, code: str, content: bytes, *, dry_run: bool) -> None:
    rows, problems = read_office(content)
    changed: list[HoursRow] = []

    def change(office: Office) -> None:
        timestamp = moment(house.clock.now_us())
        changed.extend(lay_hours(rows, problems, over=office, timestamp=timestamp))

    if dry_run:
        change(deepcopy(_office(house, code)))
    else:
        house.write(lambda: house.reference.change_office(code, change, actor=CONSOLE)).result()
    if changed:
        Console(markup=False).print(_hours_table(changed))
    _told(len(changed), len(rows) - len(changed), dry_run=dry_run)


def _import_national(house: House, content: bytes, *, dry_run: bool) -> None:
    days = table_of(*read_national(content))
    before, after = set(_days(house)), set(days)
    for sign, differing in (("+", after - before), ("-", before - after)):
        for day in sorted(differing)[:MOST_TOLD]:
            typer.echo(f"{sign} {day.date} {NATIONAL_KINDS[day.kind]}: {day.reason} [{day.source}]")
    _warn(doubts(days, new=after - before))
    if before != after:
        if dry_run:
            for national in house.log.load(NationalCalendar, [NATIONAL]).values():
                national.publish(days=days, timestamp=moment(house.clock.now_us()))  # not saved
        else:
            house.write(lambda: house.maintain_calendars.publish(days, actor=CONSOLE)).result()
    _told(len(before ^ after), len(before & after), dry_run=dry_run)


_DOUBTS = {
    NO_EFFECT: (
        "{when}: dòng này không đổi gì (nghỉ vào cuối tuần, hoặc làm bù vào ngày thường)",
        "{when}: this line changes nothing (off at a weekend, or worked on a weekday)",
    ),
    ON_SUNDAY: ("{when}: làm bù vào Chủ nhật", "{when}: made up for on a Sunday"),
    FEW_OFF: (
        "năm {when} chỉ có {many} ngày nghỉ, mà vẫn coi là đã công bố: tệp có thể thiếu dòng",
        "year {when} has only {many} days off and yet counts as published: lines may be missing",
    ),
}


def _warn(found: Sequence[Doubt]) -> None:
    """What may be a slip is told and loaded: the file's author knows."""
    for doubt in found[:MOST_TOLD]:
        for words, line in zip(("Cảnh báo", "Warning"), _DOUBTS[doubt.why], strict=True):
            typer.echo(f"{words}: {line.format(**doubt._asdict())}", err=True)


def _told(changed: int, unchanged: int, *, dry_run: bool) -> None:
    done = ("Sẽ đổi", "Would change") if dry_run else ("Đã đổi", "Changed")
    typer.echo(
        f"{done[0]} {changed} dòng; {unchanged} dòng không đổi.\n"
        f"{done[1]} {changed} lines; {unchanged} unchanged."
    )


def _office(house: House, code: str) -> Office:
    known = house.reference.offices().get(code)
    if known is None:
        raise NotFound(what="office", code=code[:64])
    return known


def _days(house: House) -> list[DayOf]:
    rows = house.calendars.table().rows.values()
    return [DayOf(date_of(row.day).isoformat(), *row[1:]) for row in sorted(rows)]


def _hours_table(rows: Iterable[HoursRow]) -> Table:
    table = Table("loại / kind", "ngày / date", "ca / shifts", "thứ Bảy / Saturday")
    for row in rows:
        saturday = f"{SATURDAYS[row.saturday]} / {row.saturday}" if row.saturday else ""
        table.add_row(
            f"{OFFICE_KINDS[row.kind]} / {row.kind}", row.date, written(row.shifts), saturday
        )
    return table
