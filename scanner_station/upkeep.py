"""Commands for whoever looks after a station: its journal as a file; joined to the others."""

from pathlib import Path
from typing import Annotated

import typer

from scanner_station.export import export_journal
from scanner_station.settings import read_settings
from scanner_station.telling import said_in_words

app = typer.Typer(add_completion=False)
Directory = Annotated[
    Path,
    typer.Option(
        "--dir", envvar="GIAONHAN_STATION_DIR", help="Thư mục của trạm. / The station's directory."
    ),
]


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
