"""`giaonhan import`: a station's journal from a file, because its network never came back."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.files import read_file
from api.cli.options import HERE, Data
from api.cli.refusals import telling_refusals
from api.composition import CONSOLE, open_house
from domain.use_cases.import_journal import MOST_BYTES

app = typer.Typer(add_completion=False)
_MOST_SHOWN = 20


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="What `giaonhan station export` has written.")],
    data: Data = HERE,
) -> None:
    """Nhập nhật ký trạm từ tệp. Take in a station's journal that was carried here as a file.

    Stop the server first: one process writes in a data directory. Each entry counts by its own
    signature; importing twice is importing once. Exit 1 if anything in the file was refused.

    Try it: giaonhan station export journal.txt --dir station; giaonhan import journal.txt
    """
    with telling_refusals(), closing(open_house(data)) as house:
        content = read_file(file, most_bytes=MOST_BYTES)
        done = house.write(lambda: house.import_journal(content, actor=CONSOLE)).result()
    counts = done.outcomes
    typer.echo(
        f"Trạm {done.station}: ghi mới {counts['recorded']}, đã có {counts['duplicate']},"
        f" tạm giữ {counts['quarantined']}, không nhận {counts['rejected']}.\n"
        f"Station {done.station}: {counts['recorded']} recorded, {counts['duplicate']} known,"
        f" {counts['quarantined']} quarantined, {counts['rejected']} rejected."
    )
    for epoch, checkpoint in sorted(done.checkpoints.items()):
        typer.echo(f"  kỳ/epoch {epoch}: đủ đến số / complete up to {checkpoint.seq}")
    for seq, code in done.rejected[:_MOST_SHOWN]:
        typer.echo(f"  {seq or '?'}: {code}", err=True)
    if done.unreadable_lines:
        lines = ", ".join(map(str, done.unreadable_lines[:_MOST_SHOWN]))
        typer.echo(f"Dòng không đọc được / unreadable lines: {lines}", err=True)
    if done.rejected or done.unreadable_lines:
        raise typer.Exit(1)
