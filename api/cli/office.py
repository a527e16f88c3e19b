"""`giaonhan office`: the offices, their validity and successors; merging two, adding one."""

from contextlib import closing
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from adapters.reference_data.csv_sheet import instant, written_instant
from api.cli.options import HERE, Data
from api.cli.refusals import telling_refusals
from api.composition import CONSOLE, House, open_house
from api.pages.render import moment
from domain.model.errors import NotFound
from domain.model.instants import Micros
from domain.model.office import Office
from domain.model.succession import Succession
from domain.use_cases.maintain_reference import OfficeDefinition

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="markdown")

Code = Annotated[str, typer.Argument(help="The office's code.")]
Since = Annotated[
    str, typer.Option("--from", metavar="DATE", help="2025-07-01; without it from this moment.")
]


@app.callback()
def office() -> None:
    """Đơn vị: hiệu lực, sáp nhập, đơn vị tiếp nhận. Offices, their validity and successors.

    Khi hai trung tâm sáp nhập, hồ sơ và túi đang chuyển thuộc về đơn vị tiếp nhận; việc đã qua giữ
    tên cũ. When centres merge, what is open becomes the successor's, what is past keeps its name.

        giaonhan office add TTHC-VL --issuer 86000 --name-vi "Trung tâm Vĩnh Long" --from 2025-07-01

        giaonhan office succeed TTHC-BT TTHC-VL --from 2025-07-01 --move-people --move-stations

    Stop the server first, or use its page /offices: one process writes in a data directory.
    """


@app.command("list")
def list_(*, data: Data = HERE) -> None:
    """Liệt kê các đơn vị, cả đơn vị đã sáp nhập. List all offices, the merged ones too."""
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        known = house.reference.offices()
        table = Table(box=box.SIMPLE)
        for title in ("mã / code", "đơn vị / office", "tiếp nhận / heir"):
            table.add_column(title, overflow="fold")
        table.add_column("hiệu lực / valid", no_wrap=True)
        for code, one in sorted(known.items()):
            heir = Succession(known).heir(code)
            table.add_row(
                code,
                one.name_vi,
                "" if heir == code else heir,
                moment(one.valid_from_us)
                + ("" if one.valid_until_us is None else f"\n– {moment(one.valid_until_us)}"),
            )
    Console(markup=False).print(table)
    typer.echo(f"{len(known)} đơn vị / offices")


@app.command()
def show(code: Code, *, data: Data = HERE) -> None:
    """Xem một đơn vị: hiệu lực, tiếp nhận, ai còn mang tên cũ. Show an office, and who is left."""
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        known = house.reference.offices()
        if code not in known:
            raise NotFound(what="office", code=code[:64])
        _tell(house, known[code])


@app.command()
def add(
    code: Code,
    *,
    issuer: Annotated[int, typer.Option(min=1, max=99_999, help="Five digits of its labels.")],
    name_vi: Annotated[str, typer.Option(help="Its name in Vietnamese.")],
    name_en: Annotated[str, typer.Option(help="In English; empty: the same.")] = "",
    since: Since = "",
    data: Data = HERE,
) -> None:
    """Thêm đơn vị. Add an office, with the usual hours until `calendar import` sets its own."""
    with telling_refusals():
        definition = OfficeDefinition(
            code=code,
            issuer=issuer,
            name_vi=name_vi,
            name_en=name_en or name_vi,
            valid_from_us=_since(since),
        )
        with closing(open_house(data)) as house:
            added = house.write(
                lambda: house.reference.add_office(definition, actor=CONSOLE)
            ).result()
            _tell(house, added)


@app.command()
def succeed(
    code: Code,
    successor: Annotated[str, typer.Argument(help="The code of the office that takes over.")],
    *,
    since: Since = "",
    move_people: Annotated[
        bool, typer.Option("--move-people", help="Its people become the successor's.")
    ] = False,
    move_stations: Annotated[
        bool, typer.Option("--move-stations", help="A one-time code for each of its stations.")
    ] = False,
    data: Data = HERE,
) -> None:
    """Sáp nhập đơn vị vào đơn vị khác; không rút lại được. Merge an office into another, for good.

    Ngày hiệu lực không được ở tương lai: quyết định khi đến ngày. Not before the day has come.
    """
    with telling_refusals():
        effective_us = _since(since)
        with closing(open_house(data)) as house:
            ended = house.write(
                lambda: house.succeed_office(
                    code, successor, effective_us=effective_us, actor=CONSOLE
                )
            ).result()
            _move(house, code, people=move_people, stations=move_stations)
            _tell(house, ended)


@app.command()
def move(
    code: Code,
    *,
    people: Annotated[bool, typer.Option("--people", help="Everybody who is left.")] = False,
    stations: Annotated[bool, typer.Option("--stations", help="Every station left.")] = False,
    data: Data = HERE,
) -> None:
    """Chuyển người và trạm còn mang tên cũ. Move who and what is left under the old name."""
    with telling_refusals(), closing(open_house(data)) as house:
        _move(house, code, people=people, stations=stations)


def _move(house: House, code: str, *, people: bool, stations: bool) -> None:
    if people:
        moved = house.write(lambda: house.succeed_office.move_people(code, actor=CONSOLE)).result()
        typer.echo(f"Đã chuyển / moved: {', '.join(moved) or '–'}")
    if stations:
        for given in house.write(
            lambda: house.succeed_office.move_stations(code, actor=CONSOLE)
        ).result():
            until = moment(given.expires_us)
            typer.echo(
                f"Trạm {given.station}, mã dùng một lần đến {until} / one-time code, until then:\n"
                f"  {given.code}"
            )


def _tell(house: House, office: Office) -> None:
    known = house.reference.offices()
    succession = Succession(known)
    heir, until_us = succession.heir(office.code), office.valid_until_us
    before = sorted(succession.carried_on_by(office.code) - {office.code})
    left = house.succeed_office.left(office.code, actor=CONSOLE)[office.code]
    lines = [
        f"{office.code}  {office.name_vi}",
        f"  hiệu lực / valid: {written_instant(office.valid_from_us)} – {_until(until_us)}",
        f"  nhãn địa điểm / place label: {office.label}",
    ]
    if before:
        lines.append(f"  tiếp nhận việc của / carries on the work of: {', '.join(before)}")
    if heir != office.code:
        people, stations = (", ".join(each) or "–" for each in (left.people, left.stations))
        lines += [
            f"  đơn vị tiếp nhận / carried on by: {heir}  {known[heir].name_vi}",
            f"  còn mang tên cũ / still under the old name: {people}; {stations}",
        ]
    typer.echo("\n".join(lines))


def _since(text: str) -> Micros | None:
    return instant(text) if text else None


def _until(instant_us: Micros | None) -> str:
    return "" if instant_us is None else written_instant(instant_us)
