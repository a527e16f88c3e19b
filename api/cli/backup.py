"""`giaonhan backup`: copies a running house, keys included, for another machine to go on from."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from adapters.clock import SystemClock
from adapters.whole_copy.rows import EVENTS, RECORDS, TOKENS, Told
from api.backup import back_up
from api.cli.options import HERE, Data
from api.cli.program import as_typed
from api.cli.refusals import telling_refusals
from api.databases import DATABASE, VAULT
from api.escrow import ESCROW, SHORTEST_PASSPHRASE
from domain.model.errors import Refusal
from domain.model.instants import local

app = typer.Typer(add_completion=False)
_HELD = {
    DATABASE: f"{DATABASE}: sự kiện / events",
    VAULT: f"{VAULT}: dữ liệu cá nhân / personal data",
    EVENTS: "sự kiện / events",
    RECORDS: "dữ liệu cá nhân / personal data",
    TOKENS: "để tìm theo tên / to find by name",
}


class PassphraseMissing(Refusal):
    """There is no terminal to type it at, and neither a file nor a line with it; no values."""

    code = "PASSPHRASE_MISSING"


PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        exists=True,
        dir_okay=False,
        readable=True,
        help="The passphrase of the keys is the first line of this file; asked for without it.",
    ),
]


@app.command()
def backup(
    to: Annotated[
        Path | None,
        typer.Argument(help="Directory to make; without it backup-YYYY-MM-DD-HHMM."),
    ] = None,
    *,
    data: Data = HERE,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Sao lưu toàn bộ dữ liệu và khóa / back up all data and the keys.

    The server may go on: the copy is of one moment. It holds the event log, the vault of personal
    data (encrypted as it is) and the keys, sealed by a passphrase of at least 12 characters that
    only you know: without it the backup opens for nobody. Of a PostgreSQL (GIAONHAN_DATABASE_URL)
    it is the same, in the same files: it is restored into files or into a PostgreSQL of any
    version. The read model is built anew then.

    Keep it on another machine, and the passphrase somewhere else again. Scans made after it come
    back by themselves: stations send again what a restored server does not have. What was entered
    at the server's own pages after it, such as registrations at the counter, does not: so back up
    often, for instance every hour by cron with --passphrase-file.

    Next: giaonhan restore BACKUP --data NEW
    """
    with telling_refusals():
        now_us = SystemClock().now_us()
        target = to or Path(f"backup-{local(now_us):%Y-%m-%d-%H%M}")
        secret = passphrase(passphrase_file, new=True)
        with progress() as told:
            made = back_up(data, target, passphrase=secret, now_us=now_us, told=told)
    typer.echo(
        as_typed(
            f"Đã sao lưu vào {target}: {made.last_event} sự kiện; khóa nằm trong {ESCROW}.\n"
            "  Chép sang máy khác; giữ mật khẩu ở nơi khác nữa. Khôi phục:\n"
            f"Backed up to {target}: {made.last_event} events; the keys are in {ESCROW}.\n"
            "  Keep it on another machine, the passphrase somewhere else again. To go on from it:\n"
            f"  giaonhan restore {target} --data NEW"
        )
    )


def passphrase(file: Path | None, *, new: bool) -> str:
    """From the file's first line, or typed unseen; a new one is typed twice.

    From another program it is one line of standard input; raises `PassphraseMissing`.
    """
    if file is not None:
        return file.read_text(encoding="utf-8").partition("\n")[0].strip()
    if not sys.stdin.isatty():
        told = sys.stdin.readline().rstrip("\n")
        if not told:
            raise PassphraseMissing
        return told
    least = SHORTEST_PASSPHRASE
    return str(
        typer.prompt(
            f"Mật khẩu của khóa, ít nhất {least} ký tự / passphrase of the keys, at least {least}",
            hide_input=True,
            confirmation_prompt=new,
        )
    )


@contextmanager
def progress() -> Iterator[Told]:
    """A bar for each file or table, by what it holds."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bar:
        tasks = {}

        def told(file: str, done: int, of: int) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(_HELD.get(file, file), total=of)
            bar.update(tasks[file], completed=done, total=of)

        yield told
