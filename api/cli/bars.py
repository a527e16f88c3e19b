"""`giaonhan bench store`: the bars of the event store, measured and told as a table."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

if TYPE_CHECKING:
    from api.rehearsal.bars.bar import Context
    from api.rehearsal.bars.table import Measured

ON_DISK = Path("/var/tmp")  # noqa: S108 - fresh directories in it; /tmp may be in memory
_PARTS = 1000  # into which the progress of a bar is cut
_COLOURS = {"short": "red", "met": "yellow", "aim": "green"}
_VERDICTS = {"short": "chưa đạt/short", "met": "đạt/met", "aim": "đích/aim"}


def store(
    *,
    short: Annotated[bool, typer.Option("--short", help="Under two minutes in all.")] = False,
    trial: Annotated[
        bool, typer.Option("--trial", help="A few of each, only to see that all runs.")
    ] = False,
    only: Annotated[
        str | None, typer.Option(metavar="N,N…", help="Only these bars, such as 1,4.")
    ] = None,
    place: Annotated[
        Path, typer.Option(help="A directory on the disk to measure; nothing is left in it.")
    ] = ON_DISK,
    data: Annotated[
        Path | None,
        typer.Option(help="A house made by `fill`, for bars 9 and 10 in full."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(metavar="STEM", help="Also write STEM.md and STEM.json.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=32, help="Server processes in bars 4 and 13.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Đo kho sự kiện so với giới hạn thô. Measure the store against its bars.

    Each bar is measured in slices, by turns with a raw loop of plain driver code where one tells
    the limit of this machine, and judged by the median: `aim` reached, at least `met`, or `short`.
    Bars on PostgreSQL need the packages of `run.py test`. Absolute rates depend on the machine and
    on its load, which stand beside the table. Exit status 1 when a bar is short.

    Try it:

        giaonhan bench store --short

        giaonhan bench store --only 1,4 --write bars

        giaonhan bench store --only 9,10 --data filled
    """
    from api.rehearsal.bars import table
    from api.rehearsal.bars.bar import Context, Length, Verdict
    from api.rehearsal.bars.every import BARS
    from api.rubbish import look_seldom

    if not trial:
        look_seldom()
    wanted = _numbers(only, sorted(BARS))
    length = Length.TRIAL if trial else Length.SHORT if short else Length.LONG
    with Context(place, length, workers=workers, data=data) as context:
        measured = _measure(context, wanted)
    if write is not None:
        write.with_suffix(".md").write_text(table.as_markdown(measured), "utf-8")
        told = orjson.dumps(table.as_json(measured), option=orjson.OPT_INDENT_2)
        write.with_suffix(".json").write_bytes(told + b"\n")
    if as_json:
        told = orjson.dumps(table.as_json(measured), option=orjson.OPT_APPEND_NEWLINE)
        sys.stdout.buffer.write(told)
    else:
        _tell(measured)
    if not trial and any(bar.verdict is Verdict.SHORT for bar in measured.bars):
        raise SystemExit(1)


def _measure(context: "Context", wanted: list[int]) -> "Measured":
    """Those bars one after the other, with what says how far their rates can be believed."""
    from adapters.clock import SystemClock
    from api.cli.tables import counting
    from api.rehearsal.bars.every import BARS
    from api.rehearsal.bars.machine import Machine, load
    from api.rehearsal.bars.table import Measured

    before, machine, bars = load(), Machine.here(context), []
    for number in wanted:
        with counting(f"Vạch / bar {number}", _PARTS) as show:
            context.on_progress(lambda share: show(round(share * _PARTS)))
            bars.append(context.measured(number, BARS[number]))
    return Measured(
        at_us=SystemClock().now_us(),
        length=context.length,
        machine=machine,
        load_before=before,
        load_after=load(),
        bars=bars,
    )


def _numbers(only: str | None, known: list[int]) -> list[int]:
    if only is None:
        return known
    try:
        wanted = [int(word) for word in only.split(",")]
    except ValueError:
        wanted = []
    if not wanted or not set(wanted) <= set(known):
        numbers = ",".join(map(str, known))
        raise typer.BadParameter(f"--only {only}; numbers of: {numbers}")
    return wanted


def _tell(measured: "Measured") -> None:
    from rich.console import Console
    from rich.table import Table

    from api.rehearsal.bars import table

    console = Console(highlight=False)
    shown = Table(box=None, pad_edge=False)
    heads = ("#", "Số đo\nFigure", "Trung vị\nMedian", "Tốt nhất\nBest", "Phải đạt\nAt least")
    for n, head in enumerate((*heads, "Đích\nAim", "")):
        shown.add_column(head, justify="right" if 2 <= n <= 5 else "left", no_wrap=n != 1)
    for row in table.rows(measured.bars):
        *cells, verdict = row
        colour = _COLOURS.get(verdict)
        word = _VERDICTS.get(verdict, verdict)
        shown.add_row(
            *cells,
            f"[{colour}]{word}[/{colour}]" if colour else word,
            style="bold" if cells[0] else None,
        )
    console.print(shown)
    for bar in measured.bars:
        console.print(f"{bar.number}: {bar.note}", style="dim", markup=False)
    for line in table.machine_lines(measured):
        console.print(line, markup=False)
