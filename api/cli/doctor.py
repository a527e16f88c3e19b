"""`giaonhan doctor`: what this machine and a data directory can and cannot do, in plain lines."""

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import typer

from adapters.clock import SystemClock
from api.cli.doctor_stores import Finding, Level, stores
from api.cli.options import HERE
from api.cli.ports import HOST, PORT, is_free, next_free
from api.cli.program import as_typed
from api.data_dir import KEY_FILES
from api.databases import KEYS, is_house
from api.readiness import LEAST_FREE_BYTES
from domain.model.errors import Refusal
from domain.model.instants import SECOND_US, Micros, local, parse_instant

app = typer.Typer(add_completion=False)

FSYNCS = 21
SLOW_FSYNC_MS = 20.0  # a scan must be acknowledged in 20 ms, and each one waits for one fsync
_SYNTHETIC = b"x" * 4096
LITTLE_FREE_BYTES = 2 << 30  # a year of a commune's scans and photos
WAL_FIXED = (3, 51, 3)
_OTHERS_MAY = 0o077
_DECODERS = {
    "zxing-cpp": ("đọc mã ở mọi bước, trừ bước cuối", "reads codes in every stage but the last"),
    "opencv": ("máy ảnh, tệp ảnh, tìm và dựng thẳng mã vạch", "camera, pictures, locator of bars"),
    "zbar": ("đọc mã, bước cuối, trong tiến trình riêng", "last stage, in a process of its own"),
}
PLAUSIBLE_YEARS = range(2025, 2100)  # a machine without a battery wakes up in 1970 or 2000
SERVER_S = 5.0
MOST_APART_S = 5.0  # an answer on a bad line may itself take seconds


@app.command()
def doctor(
    data: Annotated[
        Path, typer.Option(envvar="GIAONHAN_DATA", help="Data directory to look at.")
    ] = HERE,
    port: Annotated[int, typer.Option(help="Port that `serve` would use.")] = PORT,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Of a station: compare clocks with it.")
    ] = None,
) -> None:
    """Kiểm tra máy và thư mục dữ liệu / check this machine and a data directory.

    Nothing is changed. Exit status 1 when something would keep the server from working.
    """
    findings = list(examine(data, port=port, server=server))
    for finding in findings:
        typer.echo(f"[{finding.level}] {finding.vi}\n    {finding.en}")
    if any(finding.level is Level.BAD for finding in findings):
        raise typer.Exit(1)


def examine(data: Path, *, port: int, server: str | None = None) -> Iterator[Finding]:
    """Every check in turn; a check that cannot be made says so and does not stop the others."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _sqlite,
        lambda: _directory(data),
        lambda: stores(data),
        lambda: _keys(data),
        lambda: _disk(data),
        lambda: _clock(server),
        _decoders,
        _helpers,
        lambda: _port(port),
    )
    for check in checks:
        yield from check()


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    yield Finding(
        Level.GOOD, f"Python {found} trên {sys.platform}", f"Python {found}, {sys.platform}"
    )


def _sqlite() -> Iterator[Finding]:
    found = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= WAL_FIXED:
        yield Finding(Level.GOOD, f"SQLite {found}", f"SQLite {found}")
        return
    yield Finding(
        Level.NOTE,
        f"SQLite {found}: trước 3.51.3 có lỗi WAL khi hai tiến trình cùng chốt nhật ký; máy chủ chỉ"
        " dùng một nên không bị. Đừng mở tệp dữ liệu bằng công cụ khác khi máy chủ đang chạy.",
        f"SQLite {found}: before 3.51.3 a WAL may be reset wrongly by two checkpointers; the server"
        " has only one and is safe. Open the file with no other tool while it runs.",
    )


def _directory(data: Path) -> Iterator[Finding]:
    if not _is_house(data):
        yield Finding(
            Level.NOTE,
            as_typed(f"Chưa có dữ liệu ở {data}: chạy `giaonhan init --data {data}`"),
            as_typed(f"No data at {data} yet: run `giaonhan init --data {data}`"),
        )
        return
    demo = (data / "demo").exists()
    yield Finding(
        Level.GOOD,
        f"Thư mục dữ liệu {data}{' (minh họa)' if demo else ''}",
        f"Data directory {data}{' (a demo)' if demo else ''}",
    )


def _is_house(data: Path) -> bool:
    try:
        return is_house(data)
    except Refusal:  # the database is told of by a check of its own
        return True


def _keys(data: Path) -> Iterator[Finding]:
    if not _is_house(data):
        return
    keys = data / KEYS
    missing = ", ".join(name for name in KEY_FILES if not (keys / name).is_file())
    if missing:
        yield Finding(
            Level.BAD,
            f"Thiếu khóa trong {keys}: {missing}. Khôi phục từ bản sao lưu; khóa mới không mở được"
            " dữ liệu cũ.",
            f"Keys are missing in {keys}: {missing}. Restore them from a backup; new ones do not"
            " open what is there.",
        )
        return
    exposed = sorted(
        path.name
        for path in (keys, *keys.iterdir())
        if os.name == "posix" and path.stat().st_mode & _OTHERS_MAY
    )
    if exposed:
        names = ", ".join(exposed)
        yield Finding(
            Level.BAD,
            f"Người khác trên máy đọc được khóa: {names}. Đặt lại quyền 0600 (thư mục 0700).",
            f"Others on this machine can read keys: {names}. Set mode 0600 (directory 0700).",
        )
    else:
        yield Finding(
            Level.GOOD, "Khóa chỉ chủ tệp đọc được", "Keys are readable by their owner only"
        )


def _disk(data: Path) -> Iterator[Finding]:
    where = next(path for path in (data, *data.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(where).free
    gigabytes = f"{free / (1 << 30):.1f} GiB"
    level = Level.GOOD if free >= LITTLE_FREE_BYTES else Level.NOTE
    if free < LEAST_FREE_BYTES:
        level = Level.BAD
    good = level is Level.GOOD
    yield Finding(
        level,
        f"Đĩa còn trống {gigabytes}{'' if good else '. Hãy dọn bớt hoặc thay đĩa lớn hơn.'}",
        f"{gigabytes} of disk are free{'' if good else '. Make room, or move to a larger disk.'}",
    )
    try:
        taken_ms = _fsync_ms(where)
    except OSError as error:
        yield Finding(
            Level.BAD, f"Không ghi được vào {where}: {error}", f"Cannot write in {where}: {error}"
        )
        return
    fast = taken_ms <= SLOW_FSYNC_MS
    yield Finding(
        Level.GOOD if fast else Level.NOTE,
        f"Ghi chắc xuống đĩa (fsync): {taken_ms:.2f} ms"
        f"{'' if fast else '. Mỗi lượt quét chờ một lần: hãy để dữ liệu trên ổ SSD gắn trong.'}",
        f"One fsync takes {taken_ms:.2f} ms (median of {FSYNCS}); every scan waits for one"
        f"{'' if fast else '. Keep the data on a built-in SSD.'}",
    )


def _fsync_ms(where: Path) -> float:
    taken_ms = []
    with tempfile.TemporaryFile(dir=where) as file:
        for _ in range(FSYNCS):
            started = perf_counter()
            file.write(_SYNTHETIC)
            file.flush()
            os.fsync(file.fileno())
            taken_ms.append((perf_counter() - started) * 1000)
    return median(taken_ms)


def _clock(server: str | None) -> Iterator[Finding]:
    now_us = SystemClock().now_us()
    now = local(now_us).strftime("%d/%m/%Y %H:%M:%S")
    if local(now_us).year not in PLAUSIBLE_YEARS:
        yield Finding(
            Level.BAD,
            f"Đồng hồ máy chỉ {now}: năm không hợp lý. Hãy chỉnh đồng hồ trước khi chạy; thay pin"
            " CMOS nếu máy quên giờ khi tắt.",
            f"This machine's clock says {now}: no plausible year. Set it before anything is"
            " started; replace the CMOS battery if it forgets when switched off.",
        )
    elif server is None:
        yield Finding(
            Level.NOTE,
            f"Đồng hồ máy: {now} (giờ Việt Nam). Hãy so với đồng hồ đúng.",
            f"This machine's clock: {now} (Vietnam time). Compare it with one that is right.",
        )
    else:
        yield _beside_the_server(server)


def _beside_the_server(server: str) -> Finding:
    """How far this clock is from the server's, as `/healthz` tells it."""
    import httpx

    try:
        answer = httpx.get(f"{server.rstrip('/')}/healthz", timeout=SERVER_S).raise_for_status()
        theirs_us: Micros = parse_instant(answer.json()["now"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, Refusal) as error:
        why = f" ({error.response.status_code})" if isinstance(error, httpx.HTTPStatusError) else ""
        return Finding(
            Level.BAD,
            f"Máy chủ {server} không trả lời như mong đợi{why}. Hãy kiểm tra mạng và địa chỉ;"
            " trạm vẫn quét được và gửi sau.",
            f"The server {server} does not answer as it should{why}. Check network and address;"
            " a station scans all the same and sends later.",
        )
    apart_s = abs(SystemClock().now_us() - theirs_us) / SECOND_US
    if apart_s <= MOST_APART_S:
        return Finding(
            Level.GOOD,
            f"Đồng hồ lệch máy chủ {apart_s:.1f} giây",
            f"The clock is {apart_s:.1f} s from the server's",
        )
    return Finding(
        Level.NOTE,
        f"Đồng hồ lệch máy chủ {apart_s:.0f} giây. Trạm tự bù; hãy bật đồng bộ giờ (NTP).",
        f"The clock is {apart_s:.0f} s from the server's. A station allows for it; switch time"
        " synchronisation (NTP) on.",
    )


def _decoders() -> Iterator[Finding]:
    """Each stage of the chain as it runs here; zbar by asking its worker process."""
    try:
        from scanner_station.decoder import decoders_available
    except ImportError as error:
        yield Finding(
            Level.BAD,
            f"Thiếu bộ đọc mã ({error}): trạm không đọc được ảnh. Cài lại chương trình.",
            f"A decoder is missing ({error}): no picture can be read. Install the program again.",
        )
        return
    for name, found in decoders_available().items():
        if found is None:
            yield Finding(
                Level.NOTE,
                f"Không có {name}: các bước đọc mã khác vẫn chạy. Cài thêm: apt-get install"
                " libzbar0",
                f"No {name}: decoding goes on without its last stage. Add it: apt-get install"
                " libzbar0",
            )
        else:
            vi, en = _DECODERS[name]
            yield Finding(Level.GOOD, f"{name} {found}: {vi}", f"{name} {found}: {en}")


def _helpers() -> Iterator[Finding]:
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        yield Finding(Level.GOOD, "Có chromium (chỉ để kiểm thử)", "chromium is there (tests only)")
    else:
        yield Finding(
            Level.NOTE,
            "Không có chromium: chỉ các phép thử trang web bị bỏ qua",
            "No chromium: only the tests of pages are skipped",
        )


def _port(port: int) -> Iterator[Finding]:
    if is_free(HOST, port):
        yield Finding(Level.GOOD, f"Cổng {port} còn trống", f"Port {port} is free")
    else:
        free = next_free(HOST, port)
        yield Finding(
            Level.NOTE,
            f"Cổng {port} đang bận; cổng trống kế tiếp: {free}",
            f"Port {port} is in use; the next free one is {free}",
        )
