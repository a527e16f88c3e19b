"""`giaonhan move`: brings a house from its files into a PostgreSQL, and proves that it is there."""

from typing import Annotated

import typer

from api.cli.backup import progress
from api.cli.options import HERE, Data
from api.cli.program import as_typed
from api.cli.rebuild import rebuilding
from api.cli.refusals import telling_refusals
from api.databases import DATABASE_URL
from api.moving import move as moved_to

app = typer.Typer(add_completion=False)


@app.command()
def move(
    *,
    data: Data = HERE,
    to: Annotated[
        str,
        typer.Option(
            envvar=DATABASE_URL,
            metavar="URL",
            help="An empty PostgreSQL database; with a password in it, give it by the environment.",
        ),
    ],
) -> None:
    """Chuyển dữ liệu từ tệp sang PostgreSQL / move a house from its files into a PostgreSQL.

    Stop the server first. Events keep their order and their numbers, the vault is brought as it is
    sealed, the read model is built from the events. Then both are compared: every row, the end of
    every station's journal, and the digest of the read model. What was broken off is begun again by
    the same command. The files stay as they were, marked as moved, so that no server opens them by
    mistake; the keys stay where they are and are needed. Everybody signs in anew. Move with a URL
    of the database's owner, then `giaonhan grant ROLE` for the role of the server, if it has one.

    Next: GIAONHAN_DATABASE_URL=URL giaonhan serve --data DIR
    """
    with telling_refusals(), progress() as told, rebuilding() as built:
        moved = moved_to(data, to, told=told, built=built)
    typer.echo(
        as_typed(
            f"Đã chuyển và đối chiếu: {moved.events} sự kiện, {moved.journals} nhật ký,"
            f" {moved.records} bản ghi dữ liệu cá nhân.\n"
            f"  Từ nay đặt {DATABASE_URL} khi chạy: giaonhan serve --data {data}\n"
            f"Moved and compared: {moved.events} events, {moved.journals} journals,"
            f" {moved.records} records of the vault; read model {moved.digest}\n"
            f"  From now on set {DATABASE_URL} and run: giaonhan serve --data {data}"
        )
    )
