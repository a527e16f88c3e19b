"""Commands for whoever looks after a station: journal as a file, new key, new epoch, drafts."""

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from domain.model.instants import iso
from domain.model.labels import grouped, parse_label
from scanner_station.clock import SystemClock
from scanner_station.directory import read_directory
from scanner_station.drafts import Drafts, DraftsUnusable, Listed
from scanner_station.enrolment import renew_station, rotate_key
from scanner_station.export import export_journal
from scanner_station.intake import operator_of
from scanner_station.settings import Purpose, read_settings
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


@app.command()
def rotate(directory: Directory) -> None:
    """Đổi khóa của trạm. / Replace the station's key: the old one signs for the new."""
    with said_in_words():
        settings = rotate_key(directory, clock=SystemClock())
    typer.echo(f"{settings.station}: kỳ nhật ký / epoch {settings.epoch}")


@app.command()
def renew(
    *,
    directory: Directory,
    code: Annotated[str, typer.Option(help="Mã ghi danh một lần. / The one-time code.")],
) -> None:
    """Ghi danh lại trạm này. / Enrol this station anew, with its journal and a new epoch.

    For a restored disk image, a journal damaged in both files, or a server with a new key. What
    the journal still holds is sent; what is damaged is set aside, never deleted.
    """
    with said_in_words():
        settings = renew_station(directory, code=code, clock=SystemClock())
    typer.echo(f"{settings.station}: kỳ nhật ký / epoch {settings.epoch}")


@app.command("drafts")
def drafts_here(
    *,
    directory: Directory,
    badge: Annotated[str, typer.Option(help="Nhãn thẻ cán bộ. / The clerk's badge label.")],
    show: Annotated[
        str | None, typer.Option(help="Hiện hồ sơ nháp có nhãn này. / Show this label's draft.")
    ] = None,
    resend: Annotated[
        str | None, typer.Option(help="Gửi lại hồ sơ nháp này. / Send this label's draft again.")
    ] = None,
) -> None:
    """Hồ sơ nháp máy chủ chưa nhận. / Drafts that the server does not have: waiting, refused.

    The list names nobody. Also while the station runs, which sends what is to be sent again.
    """
    with said_in_words():
        settings = read_settings(directory)
        if settings.purpose is not Purpose.COUNTER:
            raise DraftsUnusable(why=str(settings.purpose))
        operator_of(read_directory(settings.directory_file), badge, office=settings.office)
        with closing(Drafts(settings)) as drafts:
            if resend is not None:
                drafts.resend(str(parse_label(resend)))
            if show is not None:
                told = drafts.read(str(parse_label(show)))
                typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
                return
            for one in drafts.listed():
                typer.echo(_draft_line(one))


def _draft_line(one: Listed) -> str:
    state = "bị từ chối / refused" if one.is_refused else "chờ gửi / waiting"
    return f"{grouped(one.label)}  {iso(one.since_us)}  {state}  {one.code or '-'}"
