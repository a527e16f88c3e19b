"""The options that several commands share, worded once; used by the command line."""

from pathlib import Path
from typing import Annotated

import typer

HERE = Path("data")
Data = Annotated[Path, typer.Option(envvar="GIAONHAN_DATA", help="Data directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object for programs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")]
DossierCode = Annotated[
    str, typer.Argument(help="The label's 16 digits (spaces allowed), or the dossier's code.")
]
AsOf = Annotated[
    str | None,
    typer.Option(metavar="T", help="State at that time, such as 2026-03-02T09:30:00+07:00."),
]
