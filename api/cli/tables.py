"""What the commands on reference data share: a file's problems as a table, a bar while it loads."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from adapters.reference_data.csv_sheet import Column
from api.cli.refusals import EXIT_REFUSED, sentence
from domain.model.sheet import SheetRefused

MOST_TOLD = 100  # rows of a table on a screen; the summary tells how many there are in all


@contextmanager
def telling_problems(columns: Mapping[str, Column]) -> Iterator[None]:
    """Run an import; a refused file ends the process after a table of its rows."""
    try:
        yield
    except SheetRefused as refused:
        table = Table("dòng / line", "cột / column", "vì sao, phải làm gì / why, what to do")
        for problem in refused.problems[:MOST_TOLD]:
            why = sentence(problem.refusal).rstrip()
            table.add_row(str(problem.line), _heading(columns, problem.column), why)
        Console(stderr=True, markup=False).print(table)
        if len(refused.problems) > MOST_TOLD:
            sys.stderr.write(f"… +{len(refused.problems) - MOST_TOLD}\n")
        sys.stderr.write(sentence(refused))
        raise SystemExit(EXIT_REFUSED) from None


def _heading(columns: Mapping[str, Column], name: str) -> str:
    return f"{columns[name].vi} / {name}" if name in columns else name


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal; the returned function moves it on."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
