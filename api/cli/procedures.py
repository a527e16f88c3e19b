"""`giaonhan procedures`: the catalogue listed, one procedure shown, files in and out."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from adapters.reference_data.catalogue_csv import (
    COLUMNS,
    SUPPLEMENTS,
    UNITS,
    read_catalogue,
    write_catalogue,
)
from adapters.reference_data.csv_sheet import MOST_BYTES, instant, written_instant
from api.cli.files import read_file, write_file
from api.cli.options import HERE, Data, DryRun
from api.cli.refusals import telling_refusals
from api.cli.tables import MOST_TOLD, counting, telling_problems
from api.composition import CONSOLE, House, open_house
from domain.model.catalogue import Change, Laid, Sheet
from domain.model.errors import NotFound
from domain.model.folding import folded
from domain.model.instants import Micros
from domain.model.procedure import Procedure, Terms

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="markdown")

DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t"}
MOST_VERSIONS = 3  # side by side on a screen


@app.callback()
def procedures() -> None:
    """Danh mục thủ tục hành chính của trung tâm. The centre's catalogue of procedures.

    Mỗi thay đổi là một phiên bản mới có ngày hiệu lực; hồ sơ giữ phiên bản của ngày tiếp nhận.
    A change is a new version from a date; a dossier keeps the version of its intake day.

    Nạp danh mục của mình / load your own:

        giaonhan procedures export mau.csv

        (sửa bằng Excel, lưu “CSV UTF-8” / edit in Excel, save as “CSV UTF-8”)

        giaonhan procedures import mau.csv --dry-run

        giaonhan procedures import mau.csv
    """


@app.command("list")
def list_(
    *,
    search: Annotated[
        str, typer.Option(help="Words of code, title or field; without tones will do.")
    ] = "",
    data: Data = HERE,
) -> None:
    """Liệt kê thủ tục đang có hiệu lực. List the procedures in force now.

    Try it:

        giaonhan procedures list --search "khai sinh"
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        now_us = house.clock.now_us()
        found = [
            (procedure.code, terms)
            for procedure in house.reference.procedures().values()
            if (terms := _now(procedure, now_us)) and _names(procedure.code, terms, search)
        ]
    table = Table("mã / code", "thủ tục / procedure", "cơ quan / dept", "thời hạn / term", "phí")
    for code, terms in found:
        table.add_row(code, terms.title_vi, terms.department, _term(terms), _fee(terms))
    Console(markup=False).print(table)
    typer.echo(f"{len(found)} thủ tục / procedures")


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="The procedure's code.")], *, data: Data = HERE
) -> None:
    """Xem một thủ tục và các phiên bản. Show a procedure and its newest versions.

    Try it:

        giaonhan procedures show VD-CT
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        procedure = house.reference.procedures().get(code)
        if procedure is None:
            raise NotFound(what="procedure", code=code[:64])
        in_force = _now(procedure, house.clock.now_us())
    first = max(0, len(procedure.versions) - MOST_VERSIONS)
    versions = list(enumerate(procedure.versions, 1))[first:]
    table = Table("", *(f"bản / version {number}" for number, _ in versions), title=code)
    marks = ["đang hiệu lực / in force" if each is in_force else "" for _, each in versions]
    table.add_row("", *marks)
    ends = [procedure.end_of(number) for number, _ in versions]
    if any(end is not None for end in ends):
        told = ("" if end is None else written_instant(end) for end in ends)
        table.add_row(f"{COLUMNS['effective_until'].vi}\nabolished from", *told, end_section=True)
    for name, column in COLUMNS.items():
        if name not in {"code", "effective_until"}:
            table.add_row(
                f"{column.vi}\n{name}",
                *(_shown(name, each) for _, each in versions),
                end_section=True,
            )
    Console(markup=False).print(table)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV, as `export` writes it.")],
    *,
    effective_from: Annotated[
        str, typer.Option(metavar="DATE", help="For lines without a date: 2026-12-01.")
    ] = "",
    dry_run: DryRun = False,
    data: Data = HERE,
) -> None:
    """Nạp danh mục từ tệp CSV: cả tệp hoặc không dòng nào. Load a catalogue, all of it or nothing.

    Cột bắt buộc / columns needed: mã thủ tục, tên thủ tục, mã lĩnh vực, mã cơ quan giải quyết,
    đơn vị thời hạn, phí. Đơn vị / units: ngày làm việc, ngày lịch, trong ngày, giờ làm việc, phút
    làm việc. Thành phần / pieces: “to-khai:Tờ khai|cccd:Bản sao căn cước”. Định mức / budgets in
    working minutes: “centre:240|department:600”; together at most the term, 480 a day.

    Dòng không đổi thì bỏ qua; dòng đổi là phiên bản mới và cần ngày hiệu lực mới. A line that says
    what is in force already changes nothing; another is a new version and needs a later date.

    Stop the server first: one process writes in a data directory. `--dry-run` may run beside it.
    """
    with telling_refusals(), telling_problems(COLUMNS):
        since_us = instant(effective_from) if effective_from else None
        sheet = read_catalogue(read_file(file, most_bytes=MOST_BYTES), effective_from_us=since_us)
        with (
            closing(open_house(data, writer=not dry_run)) as house,
            counting("đọc các dòng / reading lines", len(sheet.rows)) as told,
        ):
            laid = _laid(house, sheet, dry_run=dry_run, told=told)
    _tell(laid, dry_run=dry_run)


def _laid(house: House, sheet: Sheet, *, dry_run: bool, told: Callable[[int], None]) -> Laid:
    def work() -> Laid:
        return house.reference.define_procedures(sheet, actor=CONSOLE, dry_run=dry_run, told=told)

    return work() if dry_run else house.write(work).result()


def _tell(laid: Laid, *, dry_run: bool) -> None:
    if laid.changes:
        table = Table("mã / code", "bản / version", "hiệu lực từ / from", "thay đổi / changes")
        for change in laid.changes[:MOST_TOLD]:
            since = written_instant(change.terms.effective_from_us)
            table.add_row(change.code, str(change.number), since, _difference(change))
        Console(markup=False).print(table)
        if len(laid.changes) > MOST_TOLD:
            typer.echo(f"… +{len(laid.changes) - MOST_TOLD}")
    new = sum(change.before is None for change in laid.changes)
    ended = sum(change.abolished_us is not None for change in laid.changes)
    revised = sum(change.before not in {None, change.terms} for change in laid.changes)
    done = ("Sẽ thêm", "Would add") if dry_run else ("Đã thêm", "Added")
    typer.echo(
        f"{done[0]} {new} thủ tục, {revised} phiên bản mới; {laid.unchanged} dòng không đổi.\n"
        f"{done[1]} {new} procedures, {revised} new versions; {laid.unchanged} lines unchanged."
    )
    if ended:
        typer.echo(f"{ended} thủ tục bãi bỏ / procedures abolished")


def _difference(change: Change) -> str:
    if change.before is None:
        return f"mới / new: {change.terms.title_vi}"
    before = change.before
    differences = [
        f"{COLUMNS[name].vi}: {_shown(name, before)} → {_shown(name, change.terms)}"
        for name in change.fields
        if name != "effective_from_us"
    ]
    if change.abolished_us is not None:
        ended = written_instant(change.abolished_us)
        differences.append(f"{COLUMNS['effective_until'].vi}: {ended}")
    return "\n".join(differences)


@app.command()
def abolish(
    code: Annotated[str, typer.Argument(help="The procedure's code.")],
    *,
    since: Annotated[
        str, typer.Option("--from", metavar="DATE", help="2027-01-01; without it from this moment.")
    ] = "",
    data: Data = HERE,
) -> None:
    """Bãi bỏ một thủ tục từ một ngày. Abolish a procedure from a day on.

    Không tiếp nhận hồ sơ mới; hồ sơ đang giải quyết giữ phiên bản của mình. Phiên bản mới từ ngày
    sau đó khôi phục thủ tục. Nothing new is taken in; dossiers under way keep their version; a
    version from a later day brings the procedure back. In a file: the column “bãi bỏ từ ngày”.

    Try it:

        giaonhan procedures abolish VD-CT --from 2027-01-01
    """
    with telling_refusals():
        effective_us = instant(since) if since else None
        with closing(open_house(data)) as house:
            ended = house.write(
                lambda: house.reference.abolish_procedure(
                    code, effective_us=effective_us, actor=CONSOLE
                )
            ).result()
    typer.echo(f"{code}: bãi bỏ từ / abolished from {written_instant(ended.ends_us[-1])}")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Where the catalogue goes.")],
    *,
    delimiter: Annotated[
        Literal["semicolon", "comma", "tab"],
        typer.Option(help="Excel with Vietnamese settings expects the semicolon."),
    ] = "semicolon",
    data: Data = HERE,
) -> None:
    """Ghi danh mục ra tệp CSV mở được bằng Excel. Write the catalogue, every version, as CSV.

    `import` reads the file back as no change. A cell that Excel would run as a formula is written
    with ' before it.
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        known = house.reference.procedures().values()
        write_file(file, write_catalogue(known, delimiter=DELIMITERS[delimiter]))
        lines = sum(len(procedure.versions) for procedure in known)
    typer.echo(f"{file}: {len(known)} thủ tục / procedures, {lines} dòng / lines")


def _now(procedure: Procedure, now_us: Micros) -> Terms | None:
    """The terms in force, None before the first are."""
    try:
        return procedure.version_at(now_us)[1]
    except NotFound:
        return None


def _names(code: str, terms: Terms, search: str) -> bool:
    """Whether every word sought stands in what the procedure is called."""
    called = folded(f"{code} {terms.title_vi} {terms.title_en} {terms.field} {terms.field_title}")
    return all(word in called for word in folded(search).split())


def _term(terms: Terms) -> str:
    value = "" if terms.term_value is None else f"{terms.term_value:g} "
    return f"{value}{UNITS[terms.term_unit]}" + (f" ({terms.cutoff})" if terms.cutoff else "")


def _fee(terms: Terms) -> str:
    return f"{terms.fee_vnd:,}".replace(",", ".")


def _shown(name: str, terms: Terms) -> str:
    """A field as a person reads it."""
    match name:
        case "effective_from":
            return written_instant(terms.effective_from_us)
        case "term_unit":
            return UNITS[terms.term_unit]
        case "supplement":
            return SUPPLEMENTS[terms.supplement]
        case "fee_vnd":
            return _fee(terms)
        case "pieces" | "legs_minutes" | "steps_minutes":
            return "\n".join(f"{key}: {value}" for key, value in getattr(terms, name))
    return _plain(getattr(terms, name))


def _plain(value: object) -> str:
    if value is None or value is False or value == "":
        return "–"
    return "x" if value is True else str(value)
