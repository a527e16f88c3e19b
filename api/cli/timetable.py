"""`giaonhan timetable`: courier routes and their runs shown, in and out as CSV, cards printed."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from adapters.paper.labels import LabelText, labels_pdf, sheets_pdf
from adapters.reference_data.csv_sheet import MOST_BYTES, iso_date
from adapters.reference_data.sample import sample_timetable
from adapters.reference_data.timetable_csv import (
    COLUMNS,
    EXCEPTION_KINDS,
    read_timetables,
    write_timetables,
)
from api.cli.files import read_file, write_file
from api.cli.options import HERE, Data, DryRun
from api.cli.program import as_typed
from api.cli.refusals import telling_refusals
from api.cli.tables import MOST_TOLD, telling_problems
from api.composition import CONSOLE, House, open_house
from domain.model.errors import NotFound
from domain.model.instants import local
from domain.model.office_hours import date_of, parse_day
from domain.model.planned_runs import PlannedRun, clock
from domain.model.runs import day_of
from domain.model.timetable import Timetable
from domain.model.timetable_sheet import Change, rows_of

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="markdown")

KINDS = {**EXCEPTION_KINDS, "regular": ""}


@app.callback()
def timetable() -> None:
    """Lịch chạy thư: các tuyến, các chuyến, điểm dừng, giờ chốt nhận. Courier runs as planned.

    Mỗi thay đổi là một bản mới từ một ngày sắp tới; chuyến đã đến giờ thì không hủy hay đổi được
    nữa. A change is a version from a day to come; a run that is due can no longer be cancelled.

    Bắt đầu từ lịch mẫu / begin with a sample:

        giaonhan timetable sample lich.csv

        giaonhan timetable import lich.csv --dry-run

        giaonhan timetable import lich.csv

        giaonhan timetable cards -o the-chuyen.pdf
    """


@app.command()
def show(
    *,
    day: Annotated[str, typer.Option("--date", metavar="DATE", help="Without it today.")] = "",
    data: Data = HERE,
) -> None:
    """Xem các chuyến của một ngày, kể cả chuyến bị hủy. Show a day's runs, cancelled ones too.

    Try it:

        giaonhan timetable show --date 2026-12-01
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        wanted = parse_day(iso_date(day)) if day else day_of(house.clock.now_us())
        runs = house.run_plans.planned(wanted, wanted, cancelled=True)
        known = len(house.run_plans.timetables())
    table = Table("tuyến / route", "chuyến / run", "bưu tá / courier", "điểm dừng / stops", "")
    for run in runs:
        table.add_row(run.route, run.slot, run.courier or "–", _stops(run), _exception(run))
    console = Console(markup=False)
    console.print(f"Chuyến thư ngày / courier runs of {date_of(wanted)}")
    console.print(table if runs else "Không có chuyến nào / no run on this day")
    typer.echo(f"{known} tuyến / routes, {len(runs)} chuyến / runs")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV, as `export` writes it.")],
    *,
    dry_run: DryRun = False,
    data: Data = HERE,
) -> None:
    """Công bố lịch từ tệp CSV: cả tệp hoặc không dòng nào. Publish from CSV, all of it or nothing.

    Mỗi dòng một điểm dừng, theo thứ tự giờ / a line a stop, in the order of the times. Columns:
    mã tuyến, hiệu lực từ, chuyến, điểm dừng, giờ; besides: tên tuyến, theo lịch của đơn vị (whose
    working days count; without it the first stop's), bưu tá, chốt nhận (until when paper must be
    ready; without it the time itself), thẻ chuyến (the card's number; without it a new one).

    Ngoại lệ của một ngày / one date's exception: ngày ngoại lệ, ngoại lệ (hủy, đổi giờ, tăng
    cường), mã lý do, chuyến, and the stops unless it is cancelled. Một tuyến thôi chạy / to end a
    route: a line with its code and a date, without a run.

    Dòng không đổi thì bỏ qua. What is so already changes nothing. Stop the server first: one
    process writes in a data directory. `--dry-run` may run beside it.
    """
    with telling_refusals(), telling_problems(COLUMNS):
        rows, problems = read_timetables(read_file(file, most_bytes=MOST_BYTES))
        with closing(open_house(data, writer=not dry_run)) as house:
            publish = house.maintain_timetables.publish

            def work() -> list[Change]:
                return publish(rows, problems, actor=CONSOLE, dry_run=dry_run)

            changes = work() if dry_run else house.write(work).result()
    _tell(changes, dry_run=dry_run)


def _tell(changes: list[Change], *, dry_run: bool) -> None:
    if changes:
        table = Table("tuyến / route", "từ, ngày / from, on", "chuyến / run", "")
        for change in changes[:MOST_TOLD]:
            kind = f"{KINDS[change.kind]} / {change.kind}" if change.kind else "bản mới / version"
            table.add_row(change.route, change.day, change.slot or "–", kind)
        Console(markup=False).print(table)
        if len(changes) > MOST_TOLD:
            typer.echo(f"… +{len(changes) - MOST_TOLD}")
    done = ("Sẽ đổi", "Would make") if dry_run else ("Đã đổi", "Made")
    typer.echo(f"{done[0]} {len(changes)} mục.\n{done[1]} {len(changes)} changes.")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where the timetable goes.")],
    *,
    data: Data = HERE,
) -> None:
    """Ghi mọi tuyến, mọi bản và ngoại lệ ra tệp CSV. Write all routes as CSV for Excel.

    `import` reads the file back as no change.
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        rows = [row for each in house.run_plans.timetables().values() for row in rows_of(each)]
        write_file(file, write_timetables(rows))
    typer.echo(f"{file}: {len(rows)} dòng / lines")


@app.command()
def sample(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where the sample goes.")],
    *,
    effective_from: Annotated[
        str, typer.Option("--from", metavar="DATE", help="Its first day; without it tomorrow.")
    ] = "",
    data: Data = HERE,
) -> None:
    """Ghi lịch mẫu cho các đơn vị mẫu: hai tuyến, mỗi ngày hai chuyến. Write a sample to edit."""
    with telling_refusals():
        if effective_from:
            first = date_of(parse_day(iso_date(effective_from))).isoformat()
        else:
            with closing(open_house(data, writer=False)) as house:
                today = local(house.clock.now_us()).date()
            first = (today + timedelta(days=1)).isoformat()
        write_file(file, sample_timetable(effective_from=first))
    there = "" if data == HERE else f" --data {data}"
    told = (
        f"Đã ghi lịch mẫu vào {file}, áp dụng từ {first}: sửa bằng Excel, xem thử, rồi dừng máy chủ"
        f" và công bố.\nA sample, in force from {first}, is in {file}: edit it, try it, then stop"
        " the server and publish it.\n"
        f"  giaonhan timetable import {file}{there} --dry-run\n"
        f"  giaonhan timetable import {file}{there}"
    )
    typer.echo(as_typed(told))


@app.command()
def cards(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.pdf", help="The PDF.")],
    route: Annotated[str, typer.Option(help="Of this route only.")] = "",
    single: Annotated[
        bool, typer.Option("--single", help="One card a page, for a label printer.")
    ] = False,
    data: Data = HERE,
) -> None:
    """In thẻ của các chuyến thư. Print the card that a courier scans for each run.

    One card for each run of a route, the same every day: the day is that of the scan.
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        texts = _cards(house, route)
        if not texts:
            raise NotFound(what="timetable", code=route or "–")
        write_file(out, labels_pdf(texts) if single else sheets_pdf(texts))
    typer.echo(f"{out}: {len(texts)} thẻ / cards")


def _cards(house: House, wanted: str) -> list[LabelText]:
    """What each card says: route and run, its stops of the newest version, the office."""
    known = house.run_plans.timetables()
    if wanted and wanted not in known:
        raise NotFound(what="route", code=wanted[:64])
    offices = house.reference.offices()
    texts = []
    for code, each in known.items():
        if not wanted or code == wanted:
            office = offices[each.office].name_vi if each.office in offices else each.office
            texts += [
                LabelText(label, f"{code} / {slot}", _journey(each, slot), office)
                for label, slot in sorted(each.route.cards.items(), key=lambda card: card[1])
            ]
    return texts


def _journey(timetable: Timetable, slot: str) -> str:
    """`Tuyến nội thành: 08:00 TTHC – 08:40 SXD`."""
    trips = [trip for version in timetable.versions for trip in version.trips]
    trips += [each.trip for each in timetable.exceptions.values() if each.trip is not None]
    stops = next((trip.stops for trip in reversed(trips) if trip.slot == slot), ())
    return f"{timetable.name_vi}: " + " – ".join(f"{clock(s.at)} {s.office}" for s in stops)


def _stops(run: PlannedRun) -> str:
    return "\n".join(
        f"{local(stop.at_us):%H:%M} {stop.office}"
        + (f" (chốt {local(stop.cutoff_us):%H:%M})" if stop.cutoff_us != stop.at_us else "")
        for stop in run.stops
    )


def _exception(run: PlannedRun) -> str:
    if not KINDS[run.kind]:
        return ""
    return f"{KINDS[run.kind]} / {run.kind} ({run.reason})"
