"""`giaonhan fill`: a house with the year of a centre in it, to measure with and to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.refusals import telling_refusals

if TYPE_CHECKING:
    from api.rehearsal.year import Told

app = typer.Typer(add_completion=False)


@app.command()
def fill(
    data: Annotated[Path, typer.Argument(metavar="DIR", help="Made here; not there yet.")],
    *,
    size: Annotated[str, typer.Option(help="province-year or commune-year.")] = "commune-year",
    dossiers: Annotated[
        int | None, typer.Option(min=1, help="Fewer than a year's: the first weeks of it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws another year.")] = 1,
    log_only: Annotated[
        bool, typer.Option("--log-only", help="Whoever opens it next builds the read model.")
    ] = False,
) -> None:
    """Đổ đầy một năm của trung tâm / fill a house with the year of a centre.

    Registrations, couriers, pouches, receipts, steps and results with what goes wrong now and then,
    all in entries that are signed and chained, written by thousands: 615,000 dossiers and 8 million
    facts for a province, 62,000 for a commune. With GIAONHAN_DATABASE_URL it goes into that
    database, and DIR holds the keys. The house is marked as a rehearsal's: no server serves it.

    Example: giaonhan fill commune --size commune-year

    Exit code 2: the directory or the database is not empty.
    """
    from api.composition import open_house
    from api.rehearsal.bulk import Hands
    from api.rehearsal.year import SIZES
    from api.rehearsal.year import fill as fill_year

    if size not in SIZES:
        raise typer.BadParameter(f"{size!r}; one of: {' | '.join(SIZES)}", param_hint="--size")
    wanted = min(dossiers or SIZES[size].dossiers, SIZES[size].dossiers)
    with telling_refusals(), _progress() as told:
        filled = fill_year(data, SIZES[size], dossiers=wanted, seed=seed, told=told)
        if not log_only:
            clock = Hands(filled.until_us)
            open_house(data, clock=clock, told=lambda step: told(*step.now)).close()
    typer.echo(f"{filled.dossiers:,} hồ sơ / dossiers, {filled.facts:,} lượt ghi / facts")


@contextmanager
def _progress() -> Iterator["Told"]:
    """A bar on standard error over what is being done, with the time that is left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    times = TimeElapsedColumn(), TextColumn("còn / left"), TimeRemainingColumn()
    with Progress(*columns, *times, console=Console(stderr=True)) as bar:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None)
            bar.update(tasks[what], completed=done, total=total or None)

        yield told
