"""The station's command line: `giaonhan station …`, or `python -m scanner_station …` by itself.

A scan's way through the project begins here: `run` opens a source and hands it to the loop.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from types import FrameType
from typing import Annotated, Any

import typer

from scanner_station.clock import SystemClock
from scanner_station.enrolment import enrol_station
from scanner_station.intake_commands import app as intake
from scanner_station.journal import Journal, open_journal
from scanner_station.keys import read_key
from scanner_station.options import (
    AsJsonLines,
    BadgeAlone,
    Camera,
    Code,
    Desk,
    Directory,
    DirectoryWithFile,
    Follow,
    Images,
    LongestWait,
    NoBrowser,
    NoUplink,
    Pictures,
    Port,
    Serial,
    Wedge,
)
from scanner_station.prompts import prompt_for_mending, prompts_for_forgotten
from scanner_station.running import run_station
from scanner_station.serial_line import serial_lines
from scanner_station.settings import DESK_PORT, read_settings, sole_use
from scanner_station.sources import View, folder, photographs
from scanner_station.sources import camera as frames_of
from scanner_station.status import look_at, tell_status
from scanner_station.telling import json_lines, plain_lines, said_in_words
from scanner_station.upkeep import app as upkeep
from scanner_station.uplink import LONGEST_WAIT_S, Uplink
from scanner_station.wedge import lines

app = typer.Typer(
    help="Trạm quét: đăng ký, quét, gửi. / A scanning station: enrol, scan, send.",
    no_args_is_help=True,
    add_completion=False,
)
for beside in (intake, upkeep):  # their commands stand beside the others
    app.add_typer(beside)
Source = Callable[[Journal, threading.Event], Iterable[View]]
# How `run` may be told without being typed: the environment, then the file.
_BY_ENVIRONMENT = {"auto_envvar_prefix": "GIAONHAN_STATION"}


@app.command()
def enrol(
    context: typer.Context,
    *,
    directory: Directory,
    server: Annotated[str, typer.Option(help="Địa chỉ máy chủ. / The server's address.")],
    code: Code,
) -> None:
    """Đăng ký trạm này với máy chủ. / Enrol this device: a key is made, the server is pinned."""
    if not server.startswith(("http://", "https://")):
        raise typer.BadParameter("http:// hoặc/or https://", param_hint="--server")
    with said_in_words():
        settings = enrol_station(
            directory, server_url=server.rstrip("/"), code=code, clock=SystemClock()
        )
    run_it = f"{context.command_path.removesuffix('enrol')}run --dir {directory} --desk"
    typer.echo(
        f"Đã đăng ký trạm / enrolled: {settings.station} ({settings.office}, {settings.purpose})\n"
        f"  Mở bàn quét: {run_it}\n"
        f"  Open the desk page: {run_it}"
    )


@app.command(context_settings=_BY_ENVIRONMENT)
def run(
    context: typer.Context,
    *,
    directory: DirectoryWithFile,
    serial: Serial = None,
    wedge: Wedge = False,
    images: Images = None,
    image: Pictures = None,
    camera: Camera = None,
    follow: Follow = False,
    desk: Desk = False,
    port: Port = DESK_PORT,
    badge_alone: BadgeAlone = False,
    no_browser: NoBrowser = False,
    as_json: AsJsonLines = False,
    no_uplink: NoUplink = False,
    longest_wait: LongestWait = LONGEST_WAIT_S,
) -> None:
    """Quét. / Scan: every act is signed and on disk before it is confirmed, then sent."""
    sources = {"serial": serial, "wedge": wedge, "images": images, "image": image}
    chosen = _chosen(context, sources | {"camera": camera, "desk": desk})
    out = json_lines if as_json else plain_lines
    with said_in_words(), _stopped_by_signals() as stop:
        settings = read_settings(directory)
        run = partial(
            run_station,
            settings,
            clock=SystemClock(),
            uplink=not no_uplink,
            stop=stop,
            longest_wait_s=longest_wait,
        )
        if "desk" not in chosen:
            run(source=_source(chosen, follow=follow), out=out)
            return
        cable = partial(serial_lines, chosen["serial"]) if "serial" in chosen else None
        from scanner_station.desk.opening import has_screen
        from scanner_station.desk.running import DeskPage

        with closing(
            DeskPage(
                settings,
                port=port,
                by_pin=not badge_alone,
                say=_say_link,
                clock=SystemClock(),
                camera=chosen.get("camera"),
                opens=not no_browser and has_screen(os.environ),
            )
        ) as page:
            run(source=page.source, out=page.and_to(out), watcher=page, beside=cable)


@app.command()
def status(
    *,
    directory: Directory,
    as_json: Annotated[bool, typer.Option("--json", help="JSON.")] = False,
) -> None:
    """Tình trạng trạm: hàng chờ, mốc xác nhận, đồng hồ, bộ giải mã, đĩa.

    What waits, what was rejected, the last checkpoint, clock, decoders, manifests, disk.
    """
    with said_in_words():
        told = look_at(read_settings(directory))
    if as_json:
        typer.echo(json.dumps(told))
    else:
        tell_status(told)


@app.command()
def send(directory: Directory) -> None:
    """Gửi hết rồi thôi. / Send what waits, once; exit 0 when nothing is left."""
    clock = SystemClock()
    with said_in_words():
        settings = read_settings(directory)
        with sole_use(directory):
            key = read_key(settings.key_file)
            with (
                closing(open_journal(settings, key, clock)) as journal,
                closing(Uplink(settings, journal, key, clock=clock)) as uplink,
            ):
                if journal.mended is not None:
                    mended = prompt_for_mending(journal.mended)
                    typer.echo(f"{mended.vi}\n{mended.en}", err=True)
                uplink.ask()  # a server restored from a backup lacks what it once acknowledged
                sent = 0
                while answers := uplink.send():
                    sent += len(answers)
                for lost in journal.forgotten:
                    for said in prompts_for_forgotten(lost):
                        typer.echo(f"{said.vi}\n{said.en}", err=True)
                left = journal.counts().pending
    typer.echo(f"đã gửi / sent {sent}, còn / left {left}")
    if left:
        raise typer.Exit(1)


def _say_link(link: str) -> None:
    """On standard error: standard output may be read by a program."""
    typer.echo(f"Mở trang bàn quét / open the desk page: {link}", err=True)


def _chosen(context: typer.Context, sources: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sources to use: those typed, else those of the environment and the file.

    Raises `BadParameter` where they cannot be used together.
    """
    given = {
        name: value
        for name, value in sources.items()
        if value or (value is not False and value == 0)  # camera number 0 is one
    }
    typed = {
        name: value
        for name, value in given.items()
        if (source := context.get_parameter_source(name)) is not None
        and source.name == "COMMANDLINE"
    }
    chosen = typed or given
    # A desk page may watch a camera and a cable besides.
    if len(chosen) != 1 and not (
        "desk" in chosen and chosen.keys() <= {"serial", "camera", "desk"}
    ):
        raise typer.BadParameter(
            "--serial | --wedge | --images | --image | --camera | --desk: một/exactly one"
        )
    return chosen


def _source(given: Mapping[str, Any], *, follow: bool) -> Source:
    match dict(given):
        case {"serial": port}:
            return lambda _journal, stop: serial_lines(port, stop)
        case {"images": where}:
            if not where.is_dir():
                raise typer.BadParameter(str(where), param_hint="--images")
            return lambda journal, stop: photographs(
                folder(where, follow=follow, stop=stop, is_read=journal.is_read if follow else None)
            )
        case {"image": pictures}:
            return lambda _journal, _stop: photographs(pictures)
        case {"camera": number}:
            return lambda _journal, _stop: frames_of(number)
        case _:
            return lambda _journal, _stop: lines(sys.stdin.fileno())


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that the first request to end sets; what was at hand is finished."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    app(prog_name="python -m scanner_station")
