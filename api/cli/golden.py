"""`giaonhan golden`: published figures of five centres, and what is left of them recomputed."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from api.rehearsal.golden import Played

app = typer.Typer(add_completion=False)
Told = Callable[[str, int, int], None]
_LARGE, _USUAL_SCALE = "TG", 10  # one of three hundred thousand takes ten minutes in full


@app.command()
def golden(
    rows: Annotated[
        list[str] | None, typer.Argument(metavar="[ROW]…", help="BT, QN, QN-H, TG, LC, ST; or all.")
    ] = None,
    *,
    scale: Annotated[
        int | None,
        typer.Option(min=1, max=1_000, help="One in so many dossiers. Usual: TG 10, others 1."),
    ] = None,
    ordinary: Annotated[
        bool,
        typer.Option("--ordinary", help="Write act by act, as a server would: ten times slower."),
    ] = False,
    report: Annotated[bool, typer.Option("--report", help="The whole period report too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line a row.")] = False,
) -> None:
    """Số liệu báo chí, tính lại từ nhật ký / press figures, recomputed from a log.

    For each row a log with its totals is written: only instants and movements are made up, and no
    person is in it. Every class, share and stock is then read from the period report.

    Example: giaonhan golden LC --report

    Exit code 1: a count is not the one planned, or a full row does not give the recomputed column.
    """
    from api.rehearsal.golden_rows import ROWS

    unknown = [each for each in rows or () if each not in ROWS]
    if unknown:
        raise typer.BadParameter(f"no row {unknown[0][:20]!r}: {', '.join(ROWS)}")
    wrong = 0
    for name in rows or ROWS:
        by = scale or (_USUAL_SCALE if name == _LARGE else 1)
        with _progress(name, shown=not as_json) as told:
            played = _played(name, by, ordinary=ordinary, told=told)
        wrong += _told(played, by, report=report, as_json=as_json)
    raise typer.Exit(1 if wrong else 0)


def _played(name: str, by: int, *, ordinary: bool, told: Told) -> "Played":
    from api.rehearsal.engines import EngineName, rehearsing_on
    from api.rehearsal.golden import play
    from api.rehearsal.golden_rows import ROWS

    with (
        rehearsing_on(EngineName.SQLITE),
        tempfile.TemporaryDirectory(prefix="giaonhan-golden-") as folder,
    ):
        row = ROWS[name].scaled(by)
        return play(row, Path(folder, "centre"), ordinary=ordinary, told=told)


def _told(played: "Played", by: int, *, report: bool, as_json: bool) -> int:
    """Print a row; how much of it is wrong."""
    from api.cli.report import console, print_report
    from api.rehearsal.golden_rows import ROWS, recomputed

    said = ROWS[played.row.id].said
    ours = [recomputed(each, played.report, played.accounted) for each in said]
    differences = played.differences()
    wrong = len(differences)
    if by == 1:
        wrong += sum(each.recomputed != found for each, found in zip(said, ours, strict=True))
    if as_json:
        figures = [
            {"figure": each.words, "printed": each.printed, "recomputed": found}
            for each, found in zip(said, ours, strict=True)
        ]
        told = {
            "row": played.row.id,
            "scale": by,
            "acts": played.acts,
            "seconds": {name: round(spent, 1) for name, spent in played.seconds.items()},
            "figures": figures,
            "differences": differences,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return wrong
    out = console()
    out.print(_table(played, by, ours))
    if played.late:
        out.print(_late(played))
    for name, (planned, found) in differences.items():
        out.print(f"[bold red]{name}: {planned} ≠ {found}[/]")
    if report:
        print_report(played.report, {})
    return wrong


def _table(played: "Played", by: int, ours: list[str]) -> "Table":
    from rich.table import Table

    from api.rehearsal.golden_rows import ROWS
    from domain.model.shares import PartExceedsWhole, demand_parts

    row, spent = ROWS[played.row.id], played.seconds
    table = Table(
        title=f"{row.id}  {row.title}" + (f"  1:{by}" if by > 1 else ""),
        caption=f"{played.dossiers:,} hồ sơ / dossiers, {played.acts:,} việc / acts; "
        + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items()),
    )
    for column in ("số liệu / figure", "báo in / printed", "tính lại / recomputed"):
        table.add_column(column)
    table.add_column("phần mềm / ours")
    for each, found in zip(row.said, ours, strict=True):
        style = None if by > 1 or found == each.recomputed else "bold red"
        told = (_written(figure) for figure in (each.recomputed, found))
        table.add_row(each.words, each.printed, *told, style=style)
    if row.refused is not None:
        try:
            demand_parts(row.refused, row.received)
        except PartExceedsWhole as refused:
            part = f"{refused.values['row']} {refused.values['part']:,}".replace(",", ".")
            table.add_row(
                "bảng theo cơ quan / by department", part, "bị từ chối / refused", str(refused)
            )
    return table


def _late(played: "Played") -> "Table":
    """Every late result: whose minutes made it late, in which leg."""
    from rich.table import Table

    from api.pages.minutes_words import LEG_NAMES
    from api.pages.words import translator

    vi = translator("vi")
    table = Table("hồ sơ / dossier", "trễ / late", "chặng / leg", "bên / party", "phút / minutes")
    for label, late in sorted(played.late.items()):
        rows = [
            (vi(LEG_NAMES[share.leg]), share.account.code or share.account.kind, share.late_minutes)
            for share in late.shares
            if share.late_minutes or late.by_date
        ]
        told = [f"{label}", f"{late.late_minutes}"]
        for leg, party, minutes in rows:
            table.add_row(*told, leg, party, str(minutes))
            told = ["", ""]
    return table


def _written(figure: str) -> str:
    """As the press writes it: 43.378 of a count, 44,09 % of a share, a dash of nothing."""
    from api.report_sheet import number, percent

    if "." in figure:
        return percent(figure)
    return number(int(figure)) if figure.isdecimal() else figure


@contextmanager
def _progress(name: str, *, shown: bool) -> Iterator[Told]:
    """A bar on standard error over what is being done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn(name + " {task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not shown,
        transient=True,
    )
    with bar:
        task = bar.add_task("")

        def told(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield told
