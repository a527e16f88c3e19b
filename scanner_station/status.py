"""What `station status` tells: the station as it lies on disk, whether it runs or not."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from domain.model.instants import iso, local, parse_instant
from domain.model.labels import grouped
from scanner_station.drafts import Drafts, DraftsUnusable
from scanner_station.journal import peek
from scanner_station.settings import Settings

_WIDE = 200


def look_at(settings: Settings) -> dict[str, Any]:
    """Plain values for programs; raises the journal's refusals.

    `decoders`: the version by name, None for one that cannot run here.
    """
    # They take half a second to import, and nobody else here needs them.
    from scanner_station.decoder import decoders_available

    seen = peek(settings.journal_file)
    return {
        "station": settings.station,
        "office": settings.office,
        "purpose": settings.purpose,
        "server": settings.server_url,
        "epoch": settings.epoch,
        "last_seq": seen.counts.last_seq,
        "entries": seen.counts.entries,
        "pending": seen.counts.pending,
        "rejected": [{"seq": one.seq, "code": one.code} for one in seen.rejected],
        "gone": [{"epoch": one.epoch, "first": one.first, "last": one.last} for one in seen.gone],
        "clock_offset_ms": seen.offset_ms,
        "checkpoint": seen.checkpoint
        and {"seq": seen.checkpoint.seq, "at": iso(seen.checkpoint.at_us)},
        "manifests": _manifests(settings),
        "intake": _intake(settings),
        "decoders": decoders_available(),
        "disk_free_mb": shutil.disk_usage(settings.directory).free // 1_000_000,
    }


def tell_status(told: Mapping[str, Any]) -> None:
    """The same for people, one line a thing, on standard output."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(told):
        table.add_row(name, value)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDE  # a file or a pipe has no edge to fold at
    console.print(table)


def state_of(*, is_refused: bool, code: str | None) -> str:
    """How a draft stands: waiting or refused, and the server's last word on it."""
    state = "bị từ chối / refused" if is_refused else "chờ gửi / waiting"
    return f"{state} ({code})" if code else state


def _rows(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Trạm / station", f"{told['station']}: {told['office']}, {told['purpose']}"
    yield "Máy chủ / server", told["server"]
    yield (
        "Nhật ký / journal",
        (
            f"kỳ / epoch {told['epoch']}, {told['entries']} lượt / entries,"
            f" số cuối / last {told['last_seq']}"
        ),
    )
    yield "Chờ gửi / to be sent", str(told["pending"])
    yield "Máy chủ có / server has", _checkpoint(told["checkpoint"])
    yield "Không nhận / rejected", _rejected(told["rejected"])
    for gone in told["gone"]:
        span = f"{gone['first']}–{gone['last']} (kỳ / epoch {gone['epoch']})"
        yield "MẤT / LOST", f"{span}: máy chủ và trạm đều không còn / on neither side"
    yield "Đồng hồ lệch / clock off", f"{told['clock_offset_ms'] / 1000:+.1f} s"
    yield "Bảng kê / manifests", _told_ahead(told["manifests"])
    if (intake := told["intake"]) is not None:
        yield from _of_intake(intake)
    yield (
        "Bộ giải mã / decoders",
        ", ".join(
            f"{name} {version or 'không có / none'}" for name, version in told["decoders"].items()
        ),
    )
    yield "Đĩa còn trống / disk free", f"{told['disk_free_mb'] / 1000:.1f} GB"


def _of_intake(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if (why := told["unusable"]) is not None:
        yield "Hồ sơ nháp / drafts", f"không dùng được / unusable ({why})"
        return
    yield "Số nhãn dự trữ / numbers", str(told["numbers"])
    yield "Hồ sơ nháp / drafts", str(len(told["drafts"]))
    for one in told["drafts"]:
        state = state_of(is_refused=one["refused"], code=one["code"])
        since = local(parse_instant(one["since"]))
        yield f"  {grouped(one['label'])}", f"{since:%d/%m/%Y %H:%M}  {state}"


def _checkpoint(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return "chưa nghe gì / nothing heard yet"
    return f"đến số / up to {told['seq']} ({local(parse_instant(told['at'])):%d/%m/%Y %H:%M})"


def _rejected(told: list[Mapping[str, Any]]) -> str:
    return ", ".join(f"{one['seq']} {one['code'] or '?'}" for one in told) or "0"


def _told_ahead(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return "chưa tải / none yet"
    words = f"{told['things']} nhãn / labels, {told['with_facts']} đủ dữ kiện / with their facts"
    return f"{words}; chưa đủ / not all" if told["truncated"] else words


def _intake(settings: Settings) -> dict[str, Any] | None:
    """Numbers left and drafts, at a counter; refused ones by label and code.

    `unusable`: why the drafts cannot be read, None while they can.
    """
    if not (settings.directory / "drafts.db").exists():
        return None
    try:
        with closing(Drafts(settings)) as drafts:
            counts, listed = drafts.counts(), drafts.listed()
    except DraftsUnusable as refusal:
        return {"unusable": str(refusal.values["why"])}
    return {
        "unusable": None,
        "numbers": counts.numbers,
        "waiting": counts.waiting,
        "refused": dict(counts.refused),
        "drafts": [
            {
                "label": one.label,
                "since": iso(one.since_us),
                "refused": one.is_refused,
                "code": one.code,
            }
            for one in listed
        ],
    }


def _manifests(settings: Settings) -> dict[str, int | bool] | None:
    """How many things the station was told of, and of how many the facts; None before the first.

    `truncated`: the server has more than it told.
    """
    file = settings.manifests_file
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            told, here = copy.execute("SELECT count(*), count(told) FROM thing").fetchone()
            cut = copy.execute("SELECT 1 FROM kept WHERE (name, value) = ('truncated', 'true')")
            truncated = cut.fetchone() is not None
    except sqlite3.Error:
        return None
    return {"things": told, "with_facts": here, "truncated": truncated}
