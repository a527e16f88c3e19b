"""`giaonhan work`: every open dossier by risk, the most urgent first."""

import json
from contextlib import closing
from typing import Annotated

import typer
from rich.table import Table

from api.cli.options import HERE, AsJson, Data
from api.cli.refusals import telling_refusals
from api.cli.report import console
from api.composition import CONSOLE, open_house
from api.pages.minutes_words import RISK_NAMES
from api.pages.words import BASES, name_of_code, translator
from api.routes.work import work_json
from domain.model.instants import Micros, local
from domain.model.labels import grouped
from domain.model.warning import Risk
from domain.ports.views import MOST_ROWS_A_PAGE
from domain.use_cases.work_list import WorkFilter, WorkPage

app = typer.Typer(add_completion=False)
_vi = translator("vi")


@app.command()
def work(
    *,
    office: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only what this office has to see to.")
    ] = None,
    risk: Annotated[Risk | None, typer.Option("--class", help="Only this class.")] = None,
    procedure: Annotated[str | None, typer.Option(metavar="CODE", help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS_A_PAGE, help="So many rows.")] = 50,
    data: Data = HERE,
    as_json: AsJson = False,
) -> None:
    """Công việc theo mức rủi ro. Every open dossier by risk, the most urgent first.

    Chỉ đọc; chạy được cạnh máy chủ. Reads only; may run beside a server. Counted back from each due
    date over the courier runs that are still to come: a missed run changes the list by itself.

    Try it:

        giaonhan work --class cannot_make_it
    """
    wanted = WorkFilter(office=office, risk=risk, procedure=procedure, limit=limit)
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        page = house.work_list(wanted, actor=CONSOLE)
    if as_json:
        typer.echo(json.dumps(work_json(page), ensure_ascii=False))
        return
    out = console()
    counted = (f"{_vi(RISK_NAMES[risk])} {many:,}" for risk, many in page.risks.items() if many)
    out.print(" · ".join(counted) or "Không có hồ sơ nào đang xử lý. No dossier is open.")
    if page.rows:
        out.print(_table(page))


def _table(page: WorkPage) -> Table:
    table = Table(title=f"Công việc theo mức rủi ro / work by risk · {_moment(page.at_us)}")
    columns = "hồ sơ / dossier", "mức / class", "đơn vị / office", "bên giữ / holder"
    for column in (*columns, "giao trước / by", "hạn / due"):
        table.add_column(column)
    for dossier, at, warned, codes in page.rows:
        run = f" ({warned.latest[0].hop.run})" if warned.latest else ""
        table.add_row(
            "\n".join((dossier.official_code or grouped(dossier.label), *map(_flag, codes))),
            _vi(RISK_NAMES[warned.risk]),
            at.office,
            "–" if dossier.basis is None else f"{dossier.holder} ({_vi(BASES[dossier.basis])})",
            _moment(warned.by_us) + run,
            _moment(dossier.due_us),
        )
    return table


def _flag(code: str) -> str:
    return f"! {_vi(name_of_code(code))}"


def _moment(instant_us: Micros | None) -> str:
    return "–" if instant_us is None else f"{local(instant_us):%d/%m/%Y %H:%M}"
