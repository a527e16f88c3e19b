"""What `doctor` finds out about log, vault and read model, in files or in a PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from adapters.event_store.topics import log_shape
from adapters.read_model.tables import VERSION
from adapters.vault.sql_vault import SHAPE
from api.cli.program import as_typed
from api.databases import DATABASE, VAULT, source_of
from api.errors import told
from domain.model.errors import Refusal


class Level(StrEnum):
    """How much a finding matters."""

    GOOD = "tốt/ok"
    NOTE = "lưu ý/note"
    BAD = "hỏng/bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, in Vietnamese and English."""

    level: Level
    vi: str
    en: str


def stores(data: Path) -> Iterator[Finding]:
    """Whether log and vault can be read at all, and are what they should be."""
    try:
        source = source_of(data)
    except Refusal as refusal:
        _, vi, en = told(refusal)
        yield Finding(Level.BAD, vi, en)
        return
    if isinstance(source, str):
        yield from _postgres(source)
        return
    if not source.is_file():
        return
    for name, table in ((DATABASE, "stored_events"), (VAULT, "record")):
        file = data / name
        try:
            with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as store:
                store.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall()  # noqa: S608 - ours
        except sqlite3.Error as error:
            yield Finding(
                Level.BAD,
                f"Không đọc được {name} ({error}): thiếu tệp, tệp hỏng, hoặc không phải dữ liệu của"
                " chương trình này. Giữ nguyên thư mục, khôi phục từ bản sao lưu.",
                f"{name} cannot be read ({error}): missing, damaged, or not this program's data."
                " Keep the directory as it is and restore a backup.",
            )
        else:
            yield Finding(Level.GOOD, f"Đọc được {name}", f"{name} can be read")
    yield from _shapes(data)


def _shapes(data: Path) -> Iterator[Finding]:
    """Which shape each file has, beside the one that this program writes."""
    asked = (
        ("sổ sự kiện", "event log", DATABASE, "PRAGMA user_version", log_shape()),
        ("kho dữ liệu cá nhân", "vault", VAULT, "PRAGMA user_version", SHAPE),
        ("bảng tra cứu", "read model", DATABASE, "SELECT version FROM progress", VERSION),
    )
    for vi, en, name, statement, known in asked:
        uri = f"{(data / name).absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True)) as store:
                [found] = store.execute(statement).fetchone()
        except sqlite3.Error:  # told above; a read model that is missing is built at the start
            continue
        if found > known:
            yield Finding(
                Level.BAD,
                f"{vi}: phiên bản dữ liệu {found}, do bản mới hơn ghi (ở đây biết đến {known})."
                " Hãy chạy phiên bản mới, hoặc khôi phục bản sao lưu có trước khi nâng cấp.",
                f"{en}: shape {found}, by a newer version (this one knows up to {known}). Run the"
                " newer version, or restore the backup made before the upgrade.",
            )
        elif found < known:
            yield Finding(
                Level.NOTE,
                f"{vi}: phiên bản dữ liệu {found}; khi mở, máy chủ nâng lên {known}. Hãy sao lưu"
                " trước.",
                f"{en}: shape {found}; the server brings it to {known} when it starts. Back up"
                " first.",
            )
        else:
            yield Finding(
                Level.GOOD,
                f"{vi}: chương trình này đọc được (phiên bản dữ liệu {found})",
                f"{en}: shape {found}, as this program writes it",
            )


def _postgres(url: str) -> Iterator[Finding]:
    """Which server keeps the events, whether it is to be trusted with them, and who may do what."""
    from adapters.postgres import check_shape, connect, demand_safe

    try:
        demand_safe(url)
        check_shape(url, "stored_events", what="event log", known=log_shape(), writer=False)
        check_shape(url, "record", what="vault", known=SHAPE, writer=False)
        with connect(url) as connection:
            found = connection.execute("SELECT current_setting('server_version')").fetchone()
            yield Finding(
                Level.GOOD,
                f"PostgreSQL {found and found[0]} giữ sự kiện, bảng tra cứu và kho dữ liệu cá nhân",
                f"PostgreSQL {found and found[0]} keeps events, read model and vault",
            )
            yield from _in_postgres(connection)
    except Refusal as refusal:
        _, vi, en = told(refusal)
        yield Finding(Level.BAD, f"PostgreSQL: {vi}", f"PostgreSQL: {en}")


def _in_postgres(connection: Any) -> Iterator[Finding]:
    """Of a house's database: rights, guard, sheets; nothing where there is no house."""
    from adapters.postgres_house import is_guarded, may_alter_events
    from adapters.read_model.engine import sheets_in

    if connection.execute("SELECT to_regclass('public.stored_events')").fetchone() == (None,):
        return
    if not is_guarded(connection):
        yield Finding(
            Level.BAD,
            "Chốt chống sửa sự kiện đã bị tắt hoặc gỡ. Hãy xem ai đã làm, rồi khôi phục bản sao"
            " lưu hoặc bật lại: ALTER TABLE stored_events ENABLE TRIGGER ALL.",
            "The guard against who would alter events is off or gone. Find out who did that, then"
            " restore a backup or switch it on: ALTER TABLE stored_events ENABLE TRIGGER ALL.",
        )
    elif may_alter_events(connection):
        yield Finding(
            Level.NOTE,
            as_typed(
                "Vai trò PostgreSQL này là chủ các bảng nên vẫn có thể sửa sự kiện. Hãy chạy máy"
                " chủ bằng vai trò riêng: `giaonhan grant VAI_TRÒ`."
            ),
            as_typed(
                "This role of PostgreSQL owns the tables and so could alter events. Let the server"
                " run as another: `giaonhan grant ROLE`."
            ),
        )
    else:
        yield Finding(
            Level.GOOD,
            "Vai trò PostgreSQL của máy chủ không sửa, không xóa được sự kiện",
            "The server's role in PostgreSQL cannot alter events",
        )
    stand = sheets_in(connection)
    if VERSION in stand:
        yield Finding(
            Level.GOOD,
            f"bảng tra cứu: có cho chương trình này (phiên bản {VERSION})",
            f"read model: shape {VERSION}, as this program writes it",
        )
    else:
        others = ", ".join(map(str, sorted(stand))) or "-"
        yield Finding(
            Level.NOTE,
            f"bảng tra cứu: sẽ dựng phiên bản {VERSION} khi khởi động (đang có: {others})",
            f"read model: shape {VERSION} is built at the start (there are: {others}); servers of"
            " another version go on meanwhile",
        )
