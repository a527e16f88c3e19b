"""`giaonhan serve`: runs the server on a data directory until it is told to stop."""

import logging
import signal
import sys
from pathlib import Path
from socket import socket
from types import FrameType
from typing import Annotated, NoReturn

import typer
import uvicorn

from api.app import create_app
from api.cli.options import HERE
from api.cli.ports import listen
from api.cli.refusals import telling_refusals
from api.composition import CONSOLE, House, open_house
from api.logs import log_to_stderr
from api.metrics import token_set

app = typer.Typer(add_completion=False)

MOST_CONNECTIONS = 1000  # a province's stations and desks, each with one; more get a 503
KEEP_ALIVE_S = 75  # longer than a station's pause between batches
STOP_S = 10


@app.command()
def serve(
    data: Annotated[
        Path, typer.Option(envvar="GIAONHAN_DATA", help="Data directory, made by `init`.")
    ] = HERE,
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 for all, behind an HTTPS proxy.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8000,
    sign_in_link: Annotated[
        str | None, typer.Option(metavar="PERSON", help="Print a one-time sign-in for this person.")
    ] = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Log warnings and faults only.")] = False,
) -> None:
    """Chạy máy chủ / run the server.

    One process holds a data directory at a time. Stop it with Ctrl-C: what it has acknowledged is
    on disk. The log goes to standard error and names no person, label or code: JSON lines, unless
    it is a terminal and GIAONHAN_LOG is not `json`. A monitor that knows GIAONHAN_METRICS_TOKEN (16
    characters or more, without it there is no such page) reads /metrics.
    """
    log_to_stderr(logging.WARNING if quiet else logging.INFO)
    with telling_refusals(), listen(host, port) as bound:
        metrics_token = token_set()
        house = open_house(data)
        try:
            link = f"http://{'[::1]' if ':' in host else host}:{bound.getsockname()[1]}"
            typer.echo(f"Máy chủ chạy ở / the server runs at {link}/")
            if sign_in_link:
                typer.echo(
                    f"Đăng nhập một lần / one-time sign-in {link}{_one_time(house, sign_in_link)}"
                )
            sys.stdout.flush()
            run(house, bound, metrics_token=metrics_token)
        finally:
            house.close()


def run(house: House, bound: socket, *, metrics_token: str | None = None) -> None:
    """Serve on a bound socket until SIGINT or SIGTERM; used by the rehearsal too."""
    for stopping in (signal.SIGINT, signal.SIGTERM):
        # uvicorn hands the signal on when it has stopped; the house is then still to be closed.
        signal.signal(stopping, _stop)
    config = uvicorn.Config(
        create_app(house, metrics_token=metrics_token),
        log_config=None,
        access_log=False,  # its lines carry addresses and paths; the gate writes its own
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
    )
    uvicorn.Server(config).run(sockets=[bound])


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _one_time(house: House, person: str) -> str:
    code = house.write(lambda: house.sign_in.issue_code(person=person, actor=CONSOLE)).result()
    return f"/sign-in/{code}"
