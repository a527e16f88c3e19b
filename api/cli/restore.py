"""`giaonhan restore`: makes a data directory from a backup; the stations send what it lacks."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.clock import SystemClock
from api.backup import NUMBERS_LEFT_OUT, lay_out
from api.cli.backup import PassphraseFile, passphrase, progress
from api.cli.options import HERE, Data
from api.cli.program import as_typed
from api.cli.rebuild import rebuilding
from api.cli.refusals import telling_refusals
from api.composition import open_house
from api.pages.render import moment
from domain.model.instants import parse_instant

app = typer.Typer(add_completion=False)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="What `backup` has made.")],
    *,
    data: Data = HERE,
    passphrase_file: PassphraseFile = None,
    leave_out: Annotated[
        int,
        typer.Option(
            "--leave-out",
            min=0,
            max=100_000,
            help="Label numbers of each kind and issuer not to give out again: those given since "
            "the backup stand on paper already.",
        ),
    ] = NUMBERS_LEFT_OUT,
) -> None:
    """Khôi phục từ bản sao lưu / restore a backup into a new data directory.

    Every file is checked by its hash, the keys are opened with the passphrase of the backup.
    Nothing is left half made: a restore that fails leaves no directory. Once there is one it is
    whole: a read model whose building was broken off is built by the server. With
    GIAONHAN_DATABASE_URL events and vault go into that PostgreSQL, which must be empty, whichever
    engine they came from (what a killed restore has left is cleared away first); the directory then
    holds the keys. Killed once that stands, a restore is finished by what opens the house next.
    Restore with a URL of the database's owner, then `giaonhan grant ROLE` for the role of the
    server, where it has one.

    Then start the server under its old address. Each station notices within the hour, or at its
    next scan, that the server knows less than it did, and sends those scans again. Stations that
    were enrolled after the backup have to be enrolled anew; their scans wait in their journals.
    """
    with telling_refusals():
        secret = passphrase(passphrase_file, new=False)
        with progress() as told:
            restored = lay_out(
                source,
                data,
                passphrase=secret,
                now_us=SystemClock().now_us(),
                told=told,
                leave_out=leave_out,
            )
        with rebuilding() as building:
            open_house(data, told=building).close()
    manifest = restored.manifest
    made = moment(parse_instant(manifest.made_at))
    typer.echo(
        as_typed(
            f"Đã khôi phục {data} đến {made}: {manifest.last_event} sự kiện; "
            f"bỏ qua {leave_out} số nhãn trong mỗi dãy của năm nay.\n"
            f"  Chạy máy chủ: giaonhan serve --data {data}\n"
            f"Restored {data} as of {made}: {manifest.last_event} events; "
            f"{leave_out} label numbers left out of each of this year's series.\n"
            f"  Run the server: giaonhan serve --data {data}"
        )
    )
