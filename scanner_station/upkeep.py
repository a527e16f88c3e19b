"""Commands for whoever looks after a station: its journal as a file, a new key, a new epoch."""

from pathlib import Path
from typing import Annotated

import typer

from scanner_station.clock import SystemClock
from scanner_station.enrolment import renew_station, rotate_key
from scanner_station.export import export_journal
from scanner_station.options import Code, Directory
from scanner_station.settings import read_settings
from scanner_station.telling import said_in_words

app = typer.Typer(add_completion=False)


@app.command()
def export(
    *,
    directory: Directory,
    file: Annotated[Path, typer.Argument(help="Tệp sẽ ghi. / The file to write.")],
) -> None:
    """Xuất nhật ký ra tệp. / Write the journal to a file, for `giaonhan import` on the server.

    Also while the station runs, and from a journal that does not open any more.
    """
    with said_in_words():
        entries = export_journal(read_settings(directory), file)
    typer.echo(f"{file}: {entries} bản ghi / entries")


@app.command()
def rotate(directory: Directory) -> None:
    """Đổi khóa của trạm. / Replace the station's key: the old one signs for the new."""
    with said_in_words():
        settings = rotate_key(directory, clock=SystemClock())
    typer.echo(f"{settings.station}: kỳ nhật ký / epoch {settings.epoch}")


@app.command()
def renew(
    *,
    directory: Directory,
    code: Code,
) -> None:
    """Đăng ký lại trạm này. / Enrol this station anew, with its journal and a new epoch.

    For a restored disk image, a journal damaged in both files, or a server with a new key. What
    the journal still holds is sent; what is damaged is set aside, never deleted.
    """
    with said_in_words():
        settings = renew_station(directory, code=code, clock=SystemClock())
    typer.echo(f"{settings.station}: kỳ nhật ký / epoch {settings.epoch}")
