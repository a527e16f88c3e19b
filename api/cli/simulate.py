"""`giaonhan simulate`: plays service centres from seeds, with faults, and checks the laws."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.rehearsal.simulator import Outcome

app = typer.Typer(add_completion=False)
Told = Callable[[int, int], None]  # hears the seed, and its scans so far


@app.command()
def simulate(
    *,
    seed: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, one after another.")] = 1,
    days: Annotated[int, typer.Option(min=1, help="Days of each.")] = 6,
    dossiers: Annotated[int, typer.Option(min=1, help="Dossiers taken in over the days.")] = 40,
    scans: Annotated[int | None, typer.Option(min=1, help="Stop after so many scans.")] = None,
    faults: Annotated[
        str, typer.Option(help="all, none, mixed (each seed draws its own), or NAME,NAME…")
    ] = "all",
    report: Annotated[bool, typer.Option("--report", help="Tables of what was met.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line a seed, then the sum.")] = False,
) -> None:
    """Mô phỏng trung tâm / simulate a service centre: people, stations, network and all.

    Real journals, uplinks, ingest, event log, read model and fold; the clock, the network, chance
    and people are scripted from one seed on one thread, so a seed replays bit for bit. L1, L2, L6
    and L9 are checked on what every step touches, L4 and L5 at checkpoints. Without harmful faults
    the fold must equal the truth; with them, whoever scans a paper at the end must be its holder.

    Example: giaonhan simulate --seed 1 --seeds 1000 --scans 500 --faults mixed --report

    Exit code 1: a law was broken; seed, step and the trace behind it are printed.
    """
    from rich.console import Console

    from api.rehearsal.simulator_faults import NoSuchFaultError, chosen_faults
    from api.rehearsal.simulator_report import Total, show, show_violation

    try:
        total = Total(() if faults == "mixed" else chosen_faults(faults, seed=seed))
    except NoSuchFaultError as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--faults") from None
    console = Console()
    with _progress(shown=not as_json, most=seeds * scans if scans else None) as told:
        for outcome in _outcomes(range(seed, seed + seeds), days, dossiers, scans, faults, told):
            total.add(outcome)
            if as_json:
                typer.echo(json.dumps(outcome.to_json(), ensure_ascii=False))
            elif outcome.violations:
                show_violation(outcome, console)
    if as_json:
        typer.echo(json.dumps(total.to_json(), ensure_ascii=False))
    else:
        show(total, console, tables=report)
    raise typer.Exit(1 if total.violations else 0)


def _outcomes(
    seeds: range, days: int, dossiers: int, scans: int | None, faults: str, told: Told
) -> "Iterator[Outcome]":
    from api.rehearsal.simulator import Plan, simulate
    from api.rehearsal.simulator_faults import chosen_faults

    for seed in seeds:
        chosen = chosen_faults(faults, seed=seed)
        plan = Plan(seed=seed, days=days, dossiers=dossiers, faults=chosen, scans=scans)
        yield simulate(plan, told=partial(told, seed))


@contextmanager
def _progress(*, shown: bool, most: int | None) -> Iterator[Told]:
    """A bar over the scans of all seeds on standard error; `most` None: how many is unknown."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("hạt giống / seed {task.fields[seed]}"),
        BarColumn(),
        TextColumn("{task.completed} lượt quét / scans"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not shown,
    )
    scans: dict[int, int] = {}
    with bar:
        task = bar.add_task("", total=most, seed="")

        def told(seed: int, so_far: int) -> None:
            scans[seed] = so_far
            bar.update(task, completed=sum(scans.values()), seed=seed)

        yield told
