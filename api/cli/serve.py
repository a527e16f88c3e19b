"""`giaonhan serve`: runs the server on a data directory until it is told to stop."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import socket
from threading import Thread
from types import FrameType
from typing import Annotated, NoReturn

import typer
import uvicorn

from api.app import create_app
from api.cli.options import HERE
from api.cli.ports import BACKLOG, HOST, PORT, begin, bind
from api.cli.refusals import telling_refusals
from api.cli.workers import Workers
from api.composition import CONSOLE, House, open_house
from api.databases import DATABASE_URL, source_of
from api.logs import log_to_stderr
from api.metrics import shared_counters, token_set
from api.rubbish import look_seldom
from domain.model.errors import Refusal

app = typer.Typer(add_completion=False)

MOST_CONNECTIONS = 1000  # a province's stations and desks, each with one; more get a 503
KEEP_ALIVE_S = 75  # longer than a station's pause between batches
STOP_S = 10
MOST_WORKERS = 32  # each takes up to 25 connections of PostgreSQL
# A line that is read or written lets go of the interpreter, and with the usual 5 ms would wait for
# the threads that write and judge as often as there are stations.
SWITCH_S = 0.001


class WorkersNeedPostgres(Refusal):
    """A file has one writer; values: workers, setting."""

    code = "WORKERS_NEED_POSTGRES"


@app.command()
def serve(
    data: Annotated[
        Path, typer.Option(envvar="GIAONHAN_DATA", help="Data directory, made by `init`.")
    ] = HERE,
    host: Annotated[
        str,
        typer.Option(
            envvar="GIAONHAN_HOST",
            help="Address to listen at; 0.0.0.0 for all, behind an HTTPS proxy.",
        ),
    ] = HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = PORT,
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_WORKERS,
            envvar="GIAONHAN_WORKERS",
            help="Processes; more than one on PostgreSQL only.",
        ),
    ] = 1,
    sign_in_link: Annotated[
        str | None, typer.Option(metavar="PERSON", help="Print a one-time sign-in for this person.")
    ] = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Log warnings and faults only.")] = False,
) -> None:
    """Chạy máy chủ / run the server.

    One process holds a data directory of files at a time; on PostgreSQL several --workers share one
    port, and several hosts one database. Stop it with Ctrl-C: what it has acknowledged is on disk.
    SIGHUP replaces each worker by one of the program as it is installed now, nobody being turned
    away. The log goes to standard error and names no person, label or code: JSON lines, unless
    it is a terminal and GIAONHAN_LOG is not `json`. A monitor that knows GIAONHAN_METRICS_TOKEN (16
    characters or more, without it there is no such page) reads /metrics.
    """
    level = logging.WARNING if quiet else logging.INFO
    log_to_stderr(level)
    with telling_refusals(), bind(host, port) as bound:
        token_set()
        if workers == 1:
            with closing(open_house(data)) as house:
                begin(bound)
                _tell(bound, house, sign_in_link)
                run(house, bound, metrics_token=token_set())
            return
        if isinstance(source_of(data), Path):
            raise WorkersNeedPostgres(workers=workers, setting=DATABASE_URL)

        def opened() -> None:
            begin(bound)
            if sign_in_link is None:
                _tell(bound, None, None)
            else:
                with closing(open_house(data)) as house:
                    _tell(bound, house, sign_in_link)

        start = partial(start_worker, get_context("spawn"), bound, data, level)
        with shared_counters():
            code = Workers(workers, start=start, opened=opened, shut=bound.close).run()
    if code:
        raise SystemExit(code)


def run(
    house: House,
    bound: socket,
    *,
    metrics_token: str | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve on a bound socket until SIGINT or SIGTERM; used by the rehearsal too."""
    _stop_by_signals()
    config = uvicorn.Config(
        create_app(house, metrics_token=metrics_token),
        log_config=None,
        access_log=False,  # its lines carry addresses and paths; the gate writes its own
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
    )
    look_seldom()
    sys.setswitchinterval(SWITCH_S)
    ready()
    uvicorn.Server(config).run(sockets=[bound])


def start_worker(
    context: SpawnContext | ForkServerContext, bound: socket, data: Path, level: int
) -> tuple[BaseProcess, Connection]:
    """A worker, and the pipe on which it says that it is ready."""
    hears, tells = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(bound, data, level, tells), name="worker")
    process.start()
    tells.close()  # else its end would not be noticed
    return process, hears


def _work(bound: socket, data: Path, level: int, tells: Connection) -> None:
    """One worker, from its start to the signal that ends it, or until who started it is gone."""
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is for whoever started this
    _stop_by_signals()
    Thread(target=_end_with_the_parent, daemon=True).start()
    log_to_stderr(level)
    with telling_refusals(), closing(open_house(data)) as house:
        run(house, bound, metrics_token=token_set(), ready=lambda: tells.send("ready"))


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _tell(bound: socket, house: House | None, sign_in_link: str | None) -> None:
    """Where it runs, and the one-time sign-in that was asked for."""
    host, port = bound.getsockname()[:2]
    link = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    typer.echo(f"Máy chủ chạy ở / the server runs at {link}/")
    if house is not None and sign_in_link is not None:
        typer.echo(f"Đăng nhập một lần / one-time sign-in {link}{_one_time(house, sign_in_link)}")
    sys.stdout.flush()


def _stop_by_signals() -> None:
    """Uvicorn hands a signal on when it has stopped; the house is then still to be closed."""
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, _stop)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _one_time(house: House, person: str) -> str:
    code = house.write(lambda: house.sign_in.issue_code(person=person, actor=CONSOLE)).result()
    return f"/sign-in/{code}"
