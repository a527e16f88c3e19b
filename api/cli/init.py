"""`giaonhan init`: makes a data directory and tells the first administrator's one-time sign-in."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import HERE
from api.cli.ports import HOST, PORT
from api.cli.program import as_typed
from api.cli.refusals import telling_refusals
from api.founding import create_house

app = typer.Typer(add_completion=False)


@app.command()
def init(
    data: Annotated[
        Path, typer.Option(envvar="GIAONHAN_DATA", help="Directory to make; it must not exist.")
    ] = HERE,
    *,
    role: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="PostgreSQL: the role as which the server will run."),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="With sample offices, procedures and people.")
    ] = False,
) -> None:
    """Tạo thư mục dữ liệu mới / make a new data directory.

    Makes the keys (readable by their owner only), an empty log, the vault for personal data and
    the first administrator, whose one-time sign-in code is printed here and stored nowhere.

    On PostgreSQL, GIAONHAN_DATABASE_URL names the owner of the tables here. With --role, and a URL
    of that role for `serve`, the database itself keeps the server from altering an event.

    Next: giaonhan serve --data DIR
    """
    with telling_refusals():
        admin = create_house(data, with_sample=sample, role=role)
    link = f"http://{HOST}:{PORT}/sign-in/{admin.code}"
    told = (
        f"Đã tạo {data}. Quản trị viên đầu tiên: {admin.person}\n"
        f"Made {data}. First administrator: {admin.person}\n\n"
        f"1. Chạy máy chủ / run the server:\n   giaonhan serve --data {data}\n"
        f"2. Mở liên kết dùng một lần / open the one-time link:\n   {link}\n"
        "3. Ở trang /stations: cấp đăng nhập cho người khác, cấp mã cho trạm quét.\n"
        "   On its page /stations: sign-ins for others, codes for scanning stations."
    )
    typer.echo(as_typed(told))
