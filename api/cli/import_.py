"""`giaonhan import`: a station's journal from a file, because its network never came back."""

import base64
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.files import read_file
from api.cli.options import HERE, Data
from api.cli.refusals import telling_refusals
from api.cli.running_server import signed_in
from api.cli.tables import counting
from api.composition import CONSOLE, open_house
from api.routes.stations import ImportedOut
from domain.model.journal_lines import in_parts
from domain.ports.stores import DirectoryLocked
from domain.use_cases.import_journal import LINES_OF_PART, MOST_BYTES, JournalFileTooLarge

app = typer.Typer(add_completion=False)
_MOST_SHOWN = 20


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="What `station export` has written.")],
    data: Data = HERE,
    sign_in: Annotated[
        str | None,
        typer.Option(
            metavar="LINK",
            help="While the server runs: an administrator's one-time sign-in link, from its page"
            " /stations; --data is not needed then.",
        ),
    ] = None,
) -> None:
    """Nhập nhật ký trạm từ tệp. Take in a station's journal that was carried here as a file.

    With --sign-in through the running server, else straight into the data directory of one that is
    stopped. Each entry counts by its own signature; importing twice is importing once, so what was
    interrupted is done again. Exit 1 if anything in the file was refused.

    Try it: giaonhan station export journal.txt --dir station; giaonhan import journal.txt
    """
    with telling_refusals():
        content = read_file(file, most_bytes=MOST_BYTES)
        if len(content) > MOST_BYTES:
            raise JournalFileTooLarge(most_bytes=MOST_BYTES)
        parts = in_parts(content, most_lines=LINES_OF_PART)
        done = _into(data, parts) if sign_in is None else _through(sign_in, parts)
    _tell(done)
    if done.rejected or done.unreadable_lines:
        raise typer.Exit(1)


def _into(data: Path, parts: list[bytes]) -> ImportedOut:
    """Straight into the data directory; raises what opening it raises, and `ImportJournal`."""
    try:
        opened = open_house(data)
    except DirectoryLocked:
        typer.echo(
            "Nếu máy chủ đang chạy, hãy lấy liên kết đăng nhập ở trang /stations, rồi thêm"
            " --sign-in LIÊN_KẾT.\n  If the server is running, take a sign-in link from its page"
            " /stations and add --sign-in LINK.",
            err=True,
        )
        raise
    with closing(opened) as house:
        return _all_of(
            parts,
            lambda part: ImportedOut.of(
                house.write(lambda: house.import_journal(part, actor=CONSOLE)).result()
            ),
        )


def _through(link: str, parts: list[bytes]) -> ImportedOut:
    """Through the running server that the one-time link leads to; raises as `signed_in`."""
    with signed_in(link) as ask:
        return _all_of(
            parts,
            lambda part: ImportedOut.model_validate(
                ask("/stations/journals", {"part": base64.b64encode(part).decode()})
            ),
        )


def _all_of(parts: list[bytes], take: Callable[[bytes], ImportedOut]) -> ImportedOut:
    """Part by part, with a bar; what became of all of them."""
    done: ImportedOut | None = None
    with counting("Nhập / importing", len(parts)) as show:
        for number, part in enumerate(parts):
            taken = take(part)
            done = done.with_next(taken, lines_before=number * LINES_OF_PART) if done else taken
            show(number + 1)
    if done is None:
        raise RuntimeError("a file has at least one part")
    return done


def _tell(done: ImportedOut) -> None:
    recorded, duplicate, quarantined, rejected = (
        done.outcomes.get(each, 0) for each in ("recorded", "duplicate", "quarantined", "rejected")
    )
    typer.echo(
        f"Trạm {done.station}: ghi mới {recorded}, đã có {duplicate}, tạm giữ {quarantined},"
        f" không nhận {rejected}.\nStation {done.station}: {recorded} recorded, {duplicate} known,"
        f" {quarantined} quarantined, {rejected} rejected."
    )
    for epoch, seq in sorted(done.checkpoints.items()):
        typer.echo(f"  kỳ/epoch {epoch}: đủ đến số / complete up to {seq}")
    for seq, code in done.rejected[:_MOST_SHOWN]:
        typer.echo(f"  {seq or '?'}: {code}", err=True)
    if done.unreadable_lines:
        lines = ", ".join(map(str, done.unreadable_lines[:_MOST_SHOWN]))
        typer.echo(f"Dòng không đọc được / unreadable lines: {lines}", err=True)
