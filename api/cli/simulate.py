"""`giaonhan simulate`: plays service centres from seeds, with faults, and checks the laws."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.rehearsal.simulator import Outcome, Plan

app = typer.Typer(add_completion=False)


class Engines(StrEnum):
    """On what to play."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    BOTH = "both"


@app.command()
def simulate(
    *,
    seed: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from that one on.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the seeds.")] = 1,
    days: Annotated[int, typer.Option(min=1, help="Days of each.")] = 6,
    dossiers: Annotated[int, typer.Option(min=1, help="Dossiers taken in over the days.")] = 40,
    scans: Annotated[int | None, typer.Option(min=1, help="Stop after so many scans.")] = None,
    faults: Annotated[
        str, typer.Option(help="all, none, mixed (each seed draws its own), or NAME,NAME…")
    ] = "all",
    engine: Annotated[
        Engines, typer.Option(help="What keeps the events; on both, each seed must say the same.")
    ] = Engines.SQLITE,
    report: Annotated[bool, typer.Option("--report", help="Tables of what was met.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line a seed, then the sum.")] = False,
) -> None:
    """Mô phỏng trung tâm / simulate a service centre: people, stations, network and all.

    Real journals, uplinks, ingest, event log, read model and fold; the clock, the network, chance
    and people are scripted from one seed on one thread, so a seed replays bit for bit. L1, L2, L6
    and L9 are checked on what every step touches, L4 and L5 at checkpoints, L3 at the end. Without
    harmful faults the fold must equal the truth; with them, whoever scans a paper at the end must
    be its holder.

    Example: giaonhan simulate --seeds 1000 --scans 500 --faults mixed --workers 2 --report

    With --engine both each seed is played on SQLite and on a PostgreSQL of its own, and the digest
    over all that happened and over the read model's canonical dump must be the same.

    Exit code 1: a law was broken; it stops there, and seed, step and the trace behind are printed.
    """
    from rich.console import Console

    from api.rehearsal.simulator import Plan
    from api.rehearsal.simulator_faults import NoSuchFaultError, chosen_faults
    from api.rehearsal.simulator_report import Total, show, show_violation

    try:
        total = Total(() if faults == "mixed" else chosen_faults(faults, seed=seed))
    except NoSuchFaultError as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--faults") from None
    plans = [
        Plan(each, days, dossiers, chosen_faults(faults, seed=each), scans)
        for each in range(seed, seed + seeds)
    ]
    console = Console()
    for outcome in _played(plans, engine, workers, shown=not as_json):
        total.add(outcome)
        if as_json:
            typer.echo(json.dumps(outcome.to_json(), ensure_ascii=False))
        elif outcome.violations:
            show_violation(outcome, console)
        if outcome.violations:
            break
    if as_json:
        typer.echo(json.dumps(total.to_json(), ensure_ascii=False))
    else:
        show(total, console, tables=report)
    raise typer.Exit(1 if total.violations else 0)


def _played(
    plans: "list[Plan]", engine: Engines, workers: int, *, shown: bool
) -> "Iterator[Outcome]":
    """Each seed on each engine; one that says another thing there than before breaks L4."""
    from api.rehearsal.engines import EngineName, rehearsing_on
    from api.rehearsal.simulator_many import play_all

    most = sum(plan.scans or 0 for plan in plans) or None
    digests: dict[int, str] = {}
    for name in EngineName if engine is Engines.BOTH else [EngineName(engine)]:
        with rehearsing_on(name), _progress(shown=shown, most=most) as told:
            for outcome in play_all(plans, workers=workers, told=told.so_far):
                told.played(outcome.scans)
                if digests.setdefault(outcome.plan.seed, outcome.digest) != outcome.digest:
                    outcome.violations.append(f"L4: on {name} the seed tells another day")
                yield outcome


class _Bar:
    """The scans of all seeds so far: those of the seeds that are over, and of the one at play."""

    def __init__(self, move: Callable[[int, int], None]) -> None:
        self._move, self._seeds, self._scans = move, 0, 0

    def so_far(self, scans: int) -> None:
        """One more scan of the seed at play."""
        self._move(self._seeds, self._scans + scans)

    def played(self, scans: int) -> None:
        """A seed is over."""
        self._seeds, self._scans = self._seeds + 1, self._scans + scans
        self._move(self._seeds, self._scans)


@contextmanager
def _progress(*, shown: bool, most: int | None) -> Iterator[_Bar]:
    """A bar over the scans of all seeds on standard error; `most` None: how many is unknown."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.fields[seeds]} hạt giống / seeds"),
        BarColumn(),
        TextColumn("{task.completed} lượt quét / scans"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not shown,
    ) as bar:
        task = bar.add_task("", total=most, seeds=0)
        yield _Bar(lambda seeds, scans: bar.update(task, completed=scans, seeds=seeds))
