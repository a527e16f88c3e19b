"""`giaonhan report`: a period in numbers that add up; parties, runs and discrepancies."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from adapters.reference_data.csv_sheet import iso_date
from api.cli.board_tables import leg_table
from api.cli.options import HERE, AsJson, Data
from api.cli.party_tables import party_tables, run_tables
from api.cli.refusals import telling_refusals
from api.composition import House, open_house
from api.pages.names import names
from api.pages.words import name_of_code, translator
from api.party_sheet import PARTY_NOTES, RUN_NOTES
from api.report_sheet import (
    GROUPINGS,
    NOTES,
    Line,
    Words,
    before,
    columns,
    days,
    difference,
    lines,
    number,
    percent_of,
    row_titles,
    span,
)
from domain.model.instants import Micros, iso, local
from domain.model.leg_report import Column
from domain.model.period_report import Grouping, Period, PeriodReport
from domain.ports.reports import DiscrepancyCount

app = typer.Typer(add_completion=False, no_args_is_help=True)
_vi = translator("vi")

_WIDTH_OF_A_FILE = 120
First = Annotated[str, typer.Option("--from", metavar="DATE", help="01/01/2026 or 2026-01-01.")]
Last = Annotated[
    str, typer.Option("--to", metavar="DATE", help="Last day, itself included; without it today.")
]


@app.callback()
def report() -> None:
    """Báo cáo theo kỳ. Reports over a stretch of time.

    Chỉ đọc; chạy được cạnh máy chủ. Reads only; may run beside a server.
    """


@app.command()
def period(
    first: First,
    last: Last = "",
    *,
    by: Annotated[Grouping | None, typer.Option(help="Rows under the total.")] = None,
    compare_from: Annotated[
        str | None, typer.Option(metavar="DATE", help="First day of the period to compare with.")
    ] = None,
    compare_to: Annotated[str | None, typer.Option(metavar="DATE", help="Its last day.")] = None,
    data: Data = HERE,
    as_json: AsJson = False,
) -> None:
    """Tiếp nhận, giải quyết, đúng hạn, tồn. What came in, was solved, on time, and is left.

    Every share names what it is a share of. Counts that do not add up are refused, with the row.

    Try it:

        giaonhan report period --from 2026-01-01 --to 2026-03-31 --by department
    """
    if (compare_from is None) != (compare_to is None):
        raise typer.BadParameter("give both days of the other period", param_hint="--compare-from")
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        earlier = _days(house, compare_from, compare_to) if compare_from and compare_to else None
        found = house.report_period(_days(house, first, last), by=by, before=earlier)
        procedures = house.reference.procedures().values()
        titles = row_titles(by, names(house, "vi"), procedures) if by else {}
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    print_report(found, titles)


@app.command()
def discrepancies(
    first: First, last: Last = "", *, data: Data = HERE, as_json: AsJson = False
) -> None:
    """Sai lệch theo loại và tuổi. Discrepancies by code and age at the end of the period.

    Try it:

        giaonhan report discrepancies --from 2026-01-01 --to 2026-03-31
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        asked, found = house.report_period.discrepancies(_days(house, first, last))
    if as_json:
        told = [asdict(each) | {"oldest": _iso(each.oldest_us)} for each in found]
        for each in told:
            del each["oldest_us"]
        typer.echo(json.dumps({**_told(asked), "discrepancies": told}, ensure_ascii=False))
    else:
        console().print(_discrepancies(asked, found))


@app.command()
def responsibility(
    first: First,
    last: Last = "",
    *,
    by: Annotated[Grouping | None, typer.Option(help="Parties under each such row.")] = None,
    data: Data = HERE,
    as_json: AsJson = False,
) -> None:
    """Phút của ai, ai làm trễ bao nhiêu. Whose working minutes, and who made what late.

    Exact for each dossier: the minutes of all parties are what elapsed, their late minutes what it
    was late. By courier: the runs of each courier; other parties have no such row.

    Try it:

        giaonhan report responsibility --from 2026-01-01 --to 2026-03-31 --by department
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        found = house.report_parties.responsibility(_days(house, first, last), by=by)
        known = names(house, "vi")
        titles = row_titles(by, known, house.reference.procedures().values()) if by else {}
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    for part in party_tables(found, known.offices, titles):
        console().print(part)
    _notes(PARTY_NOTES)


@app.command()
def legs(
    first: First,
    last: Last = "",
    *,
    by: Annotated[
        Column, typer.Option(help="The columns under each leg, in the JSON.")
    ] = Column.HOUR,
    data: Data = HERE,
    as_json: AsJson = False,
) -> None:
    """Thời gian mất ở đâu. Where time is lost: legs that ended, against their budgets.

    Try it:

        giaonhan report legs --from 2026-01-01 --to 2026-03-31 --by office --json
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        found = house.report_parties.legs(_days(house, first, last), by=by)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        console().print(leg_table(found))


@app.command()
def runs(
    first: First,
    last: Last = "",
    *,
    by: Annotated[Grouping, typer.Option(help="route, courier, or office: its stops.")] = (
        Grouping.ROUTE
    ),
    data: Data = HERE,
    as_json: AsJson = False,
) -> None:
    """Chuyến thư: chạy, trễ, bỏ. Courier runs planned, driven, late and missed, and why.

    Try it:

        giaonhan report runs --from 2026-01-01 --to 2026-03-31 --by courier
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        found = house.report_parties.runs(_days(house, first, last), by=by)
        offices = names(house, "vi").offices
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    for part in run_tables(found, offices):
        console().print(part)
    _notes(RUN_NOTES)


def print_report(found: PeriodReport, titles: Mapping[str, str]) -> None:
    """The sheet, the rows under it, and the notes."""
    out = console()
    out.print(_sheet(found))
    if found.by is not None:
        out.print(_rows(found, found.by, titles))
    _notes(NOTES)


def _notes(notes: Iterable[Words]) -> None:
    out = console()
    for vi, en in notes:
        out.print(f"{vi}\n[dim]{en}[/]", highlight=False)


def _sheet(found: PeriodReport) -> Table:
    compared = found.before is not None
    table = Table(
        title=f"Báo cáo kỳ / period report\n{span(found.period)}"
        + (f"\nso với / compared with {span(found.before)}" if found.before else "")
    )
    table.add_column("chỉ tiêu / measure")
    table.add_column("số / count", justify="right")
    table.add_column("tỷ lệ = tử / mẫu / share")
    if compared:
        table.add_column("kỳ trước / before", justify="right")
        table.add_column("chênh / change", justify="right")
    for each in lines(found):
        if each.depth == 0:
            table.add_section()
        table.add_row(*_cells(each, compared=compared))
    return table


def _cells(each: Line, *, compared: bool) -> Iterator[str]:
    strong = "[b]{}[/]" if each.depth == 0 else "{}"
    yield strong.format("  " * each.depth + _both(each.words))
    yield strong.format(number(each.count))
    yield "\n".join(percent_of(share) for share, _ in each.shares)
    if compared:
        changes = [each.change, *(moved for _, moved in each.shares)]
        told = [change for change in changes if change is not None]
        yield "\n".join(map(before, told))
        yield "\n".join(map(difference, told))


def _rows(found: PeriodReport, by: Grouping, titles: Mapping[str, str]) -> Table:
    shown = columns(found)
    table = Table(title=_both(GROUPINGS[by]), box=box.SIMPLE)
    table.add_column("", ratio=1)
    for vi, en in shown.values():
        table.add_column("\n".join([*vi.rsplit(" ", 1), *en.rsplit(" ", 1)]), justify="right")
    total = {"Cộng / total": found.total}
    for name, figures in [*found.rows.items(), *total.items()]:
        counts = figures.counts()
        style = "bold" if name in total else None
        table.add_row(_named(name, titles), *(number(counts[each]) for each in shown), style=style)
    return table


def _named(code: str, titles: Mapping[str, str]) -> str:
    return f"{code}  {titles[code]}" if code in titles else code


def _discrepancies(period: Period, found: tuple[DiscrepancyCount, ...]) -> Table:
    table = Table(title=f"Sai lệch / discrepancies\n{span(period)}")
    table.add_column("loại / code")
    for column in (
        *("mở trong kỳ\nopened", "đóng trong kỳ\nclosed", "còn mở\nopen"),
        *("≤ 1 ngày\nday", "≤ 3", "≤ 7", "> 7", "cũ nhất\noldest"),
    ):
        table.add_column(column, justify="right")
    for each in found:
        counts = (each.opened, each.closed, each.open)
        ages = (each.to_1_day, each.to_3_days, each.to_7_days, each.over_7_days)
        oldest = "–" if each.oldest_us is None else f"{local(each.oldest_us):%d/%m/%Y}"
        words = f"{_vi(name_of_code(each.code))} / {each.code}"
        table.add_row(words, *map(number, (*counts, *ages)), oldest)
    return table


def console() -> Console:
    """As wide as the terminal; a file has room."""
    found = Console()
    return found if found.is_terminal else Console(width=_WIDTH_OF_A_FILE)


def _days(house: House, first: str, last: str) -> Period:
    """As `days`; written by people, or in ISO."""
    today = local(house.clock.now_us()).date().isoformat()
    return days(iso_date(first), iso_date(last) if last else today)


def _told(period: Period) -> dict[str, str]:
    return {"from": iso(period.from_us), "to": iso(period.to_us)}


def _both(words: Words) -> str:
    vi, en = words
    return f"{vi} / {en}"


def _iso(instant_us: Micros | None) -> str | None:
    return None if instant_us is None else iso(instant_us)
