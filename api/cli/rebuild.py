"""`giaonhan rebuild`: builds the read model anew from the events; nothing in the log changes."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from adapters.read_model.rebuild import Progress as Step
from api.cli.options import HERE, Data
from api.cli.refusals import telling_refusals
from api.composition import open_house

app = typer.Typer(add_completion=False)


@app.command()
def rebuild(
    data: Data = HERE,
) -> None:
    """Dựng lại các bảng tra cứu từ sự kiện / build the read model anew from the events.

    Where the data stand in a file, stop the server first; on PostgreSQL servers go on meanwhile.
    The old tables serve until the new ones are complete, so a rebuild that is interrupted leaves
    things as they were.
    """
    with telling_refusals(), closing(open_house(data)) as house, rebuilding() as told:
        built = house.write(lambda: house.rebuild(told)).result()
    typer.echo(
        f"Đã dựng lại từ {built.events} sự kiện, {built.labels} nhãn.\n"
        f"Rebuilt from {built.events} events, {built.labels} labels."
    )


@contextmanager
def rebuilding() -> Iterator[Callable[[Step], None]]:
    """A bar for a rebuild, which appears with its first step."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bar:

        def told(step: Step) -> None:
            what, done, of = step.now
            if not bar.tasks or bar.tasks[-1].description != what:  # each of the two in its time
                bar.add_task(what, total=of)
            bar.update(bar.tasks[-1].id, completed=done)

        yield told
