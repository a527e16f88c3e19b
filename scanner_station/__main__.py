"""The station's command line: `giaonhan station …`, or `python -m scanner_station …` by itself.

A scan's way through the project begins here: `run` opens a source and hands it to the loop.
"""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from domain.model.commands import command
from domain.model.labels import grouped
from domain.model.verdict import UNHEARD
from scanner_station.clock import SystemClock
from scanner_station.defaults import FILE, read_defaults
from scanner_station.directory import read_directory
from scanner_station.drafts import DraftsUnusable
from scanner_station.enrolment import enrol_station
from scanner_station.intake import BadDraft, counter_intake, operator_of
from scanner_station.journal import Journal
from scanner_station.keys import read_key
from scanner_station.prompts import Tone, prompt_for_mending
from scanner_station.serial_line import serial_lines
from scanner_station.settings import DESK_PORT, read_settings, sole_use
from scanner_station.sources import View, folder, photographs
from scanner_station.sources import camera as frames_of
from scanner_station.station import open_journal, run_station
from scanner_station.status import look_at
from scanner_station.telling import said_in_words
from scanner_station.upkeep import Directory
from scanner_station.upkeep import app as upkeep
from scanner_station.uplink import LONGEST_WAIT_S, Uplink
from scanner_station.wedge import lines

app = typer.Typer(
    help="Trạm quét: ghi danh, quét, gửi. / A scanning station: enrol, scan, send.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(upkeep)  # its commands stand beside the others
Source = Callable[[Journal, threading.Event], Iterable[View]]
_LONGEST_DRAFT = 64_000  # characters of JSON
# How `run` may be told without being typed: the environment, then the file.
_BY_ENVIRONMENT = {"auto_envvar_prefix": "GIAONHAN_STATION"}


def _with_file(context: typer.Context, directory: Path) -> Path:
    """What `station.toml` in the directory says stands in for what is not typed."""
    with said_in_words():
        context.default_map = read_defaults(directory)
    return directory


@app.command()
def enrol(
    *,
    directory: Directory,
    server: Annotated[str, typer.Option(help="Địa chỉ máy chủ. / The server's address.")],
    code: Annotated[str, typer.Option(help="Mã ghi danh một lần. / The one-time code.")],
) -> None:
    """Ghi danh trạm này với máy chủ. / Enrol this device: a key is made, the server is pinned."""
    if not server.startswith(("http://", "https://")):
        raise typer.BadParameter("http:// hoặc/or https://", param_hint="--server")
    with said_in_words():
        settings = enrol_station(
            directory, server_url=server.rstrip("/"), code=code, clock=SystemClock()
        )
    typer.echo(f"{settings.station}: {settings.office}, {settings.purpose}")


@app.command(context_settings=_BY_ENVIRONMENT)
def run(
    context: typer.Context,
    *,
    directory: Annotated[
        Path,
        typer.Option(
            "--dir",
            envvar="GIAONHAN_STATION_DIR",
            is_eager=True,
            callback=_with_file,
            help=f"Thư mục của trạm; {FILE} trong đó đặt sẵn các tùy chọn dưới đây."
            f" / The station's directory; {FILE} in it sets the options below.",
        ),
    ],
    serial: Annotated[
        str | None,
        typer.Option(
            help="Máy quét ở cổng nối tiếp: COM3, /dev/ttyACM0; dùng được cùng --desk."
            " / A scanner on a serial port; goes with --desk.",
        ),
    ] = None,
    wedge: Annotated[
        bool, typer.Option("--wedge", help="Máy quét kiểu bàn phím. / Lines on standard input.")
    ] = False,
    images: Annotated[
        Path | None, typer.Option(help="Thư mục ảnh. / A folder of pictures.")
    ] = None,
    image: Annotated[
        list[Path] | None, typer.Option(help="Một ảnh; lặp lại được. / One picture; repeatable.")
    ] = None,
    camera: Annotated[
        int | None, typer.Option("--camera", help="Máy ảnh số N. / Camera number N.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Chờ ảnh mới trong thư mục. / Wait for new pictures.")
    ] = False,
    desk: Annotated[
        bool, typer.Option("--desk", help="Mở trang bàn quét. / Serve the desk page.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Cổng của trang bàn quét. / The page's port.")
    ] = DESK_PORT,
    badge_alone: Annotated[
        bool,
        typer.Option(
            "--badge-alone", help="Thẻ cán bộ là đủ, không hỏi PIN. / A badge signs on, no PIN."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Mỗi kết quả một dòng JSON. / One JSON line a result.")
    ] = False,
    no_uplink: Annotated[
        bool, typer.Option("--no-uplink", help="Chỉ ghi, không gửi. / Store only, send nothing.")
    ] = False,
    longest_wait: Annotated[
        float, typer.Option(min=0.1, help="Giây giữa hai lần gọi lại. / Seconds between retries.")
    ] = LONGEST_WAIT_S,
) -> None:
    """Quét. / Scan: every act is signed and on disk before it is confirmed, then sent."""
    sources = {"serial": serial, "wedge": wedge, "images": images, "image": image}
    chosen = _chosen(context, sources | {"camera": camera, "desk": desk})
    # A desk page may watch a camera and a cable besides.
    if len(chosen) != 1 and not (
        "desk" in chosen and chosen.keys() <= {"serial", "camera", "desk"}
    ):
        raise typer.BadParameter(
            "--serial | --wedge | --images | --image | --camera | --desk: một/exactly one"
        )
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
        from scanner_station.desk.running import DeskPage

        with closing(
            DeskPage(
                settings,
                port=port,
                by_pin=not badge_alone,
                say=_say_link,
                clock=SystemClock(),
                camera=chosen.get("camera"),
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
        return
    for name, value in told.items():
        typer.echo(f"{name:16} {value}")


@app.command("take-in")
def take_in(
    *,
    directory: Directory,
    badge: Annotated[str, typer.Option(help="Nhãn thẻ cán bộ. / The clerk's badge label.")],
    label: Annotated[
        Path, typer.Option("-o", "--label", help="Tệp PDF của nhãn. / PDF of the label.")
    ],
) -> None:
    """Tiếp nhận khi mất mạng, từ JSON ở đầu vào chuẩn. / Take in without the network.

    Standard input is one JSON object: `procedure`, `applicant` (`name`, `phone`, `id_number`,
    `address`, `email`), `pieces` ([{`kind`, `count`}]), `request_text`. The label is printed into
    a PDF; the applicant's data stays here encrypted until the server has it. For when the station
    does not run; day zero is this moment.
    """
    from adapters.paper.labels import LabelText, labels_pdf  # drawing takes long to import

    with said_in_words(), ExitStack() as opened:
        settings = read_settings(directory)
        opened.enter_context(sole_use(directory))
        key = read_key(settings.key_file)
        journal = opened.enter_context(closing(open_journal(settings, key, SystemClock())))
        counter = counter_intake(settings, journal, opened)
        if counter is None:
            raise DraftsUnusable(why=str(settings.purpose))
        operator = operator_of(
            read_directory(settings.directory_file), badge, office=settings.office
        )
        given = _given()
        entry = counter[1].register(given, operator=operator)
        title = next(
            one["title_vi"] for one in counter[0].procedures() if one["code"] == given["procedure"]
        )
        subject = entry.fact.subject
        label.write_bytes(labels_pdf([LabelText(subject, "", title, settings.office)]))
    typer.echo(f"đã tiếp nhận / taken in {grouped(subject)}: {label}")


def _given() -> dict[str, Any]:
    """The object on standard input, read no further than a draft can be long."""
    try:
        text = sys.stdin.read(_LONGEST_DRAFT + 1)
        told = json.loads(text) if len(text) <= _LONGEST_DRAFT else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise BadDraft(field="JSON")
    return told


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
                left = journal.counts().pending
    typer.echo(f"đã gửi / sent {sent}, còn / left {left}")
    if left:
        raise typer.Exit(1)


def _say_link(link: str) -> None:
    """On standard error: standard output may be read by a program."""
    typer.echo(f"Mở trang bàn quét / open the desk page: {link}", err=True)


def json_lines(told: Mapping[str, Any]) -> None:
    """Each result as one line of JSON on standard output, at once."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def plain_lines(told: Mapping[str, Any]) -> None:
    """Each result as a line for people, Vietnamese first."""
    match told:
        case {"prompt": _, "vi": vi, "en": en}:
            line = f"• {vi} / {en}"
        case {"fact": fact, "subject": subject, "seq": seq}:
            words = command(fact)
            line = f"✓ {seq}  {words.vi} / {words.en}  {grouped(subject)}{_at_once(told)}"
        case {"seq": seq, "verdict": said, "tone": tone}:
            vi, en = f"{said['vi']} {said['next_vi']}", f"{said['en']} {said['next_en']}"
            codes = ", ".join(told["discrepancies"])
            line = f"{_SIGNS[tone]} {seq}  {vi} / {en}" + (f"  [{codes}]" if codes else "")
        case {"seq": seq, "discrepancies": [_, *_] as codes}:
            line = f"! {seq}  {', '.join(codes)}"
        case {"census": place, "absent": absent, "misplaced": misplaced, "foreign": foreign}:
            counts = f"{told['seen']}/{told['listed']}"
            lines_of = [
                *(f"  vắng / absent  {grouped(label)}" for label in absent),
                *(f"  sai chỗ / misplaced  {grouped(one)} ({at})" for one, at in misplaced.items()),
                *(f"  lạ / foreign  {grouped(label)}" for label in foreign),
            ]
            if told["truncated"]:
                lines_of.append("  ! danh sách chưa đủ / the list is not complete")
            line = "\n".join([f"= {grouped(place)}  {counts}", *lines_of])
        case {"image": image, "labels": labels}:
            line = f"  {image}: {len(labels)} nhãn / labels"
        case _:
            return
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _at_once(told: Mapping[str, Any]) -> str:
    """What the station itself knows of the scan; nothing where it was not told ahead."""
    said = told.get("verdict")
    if said is None or said["reason"] == UNHEARD:
        return ""
    return f"\n{_SIGNS[told['tone']]} {told['seq']}  {said['vi']} / {said['en']}"


_SIGNS = {Tone.GOOD: "✓", Tone.ASK: "?", Tone.BAD: "✗"}


def _chosen(context: typer.Context, sources: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sources to use: those typed, else those of the environment and the file."""
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
    return typed or given


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
