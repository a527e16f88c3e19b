"""`giaonhan grant`: gives a PostgreSQL role what a server needs and no way to alter an event."""

from typing import Annotated

import typer

from api.cli.options import HERE, Data
from api.cli.program import as_typed
from api.cli.refusals import telling_refusals
from api.databases import serve_as, source_of
from api.founding import bring_up_to_date

app = typer.Typer(add_completion=False)


@app.command()
def grant(
    role: Annotated[str, typer.Argument(help="An existing role of the database, no superuser.")],
    data: Data = HERE,
) -> None:
    """Giao quyền chạy máy chủ / let the server run as a role that cannot alter events.

    Run it with the GIAONHAN_DATABASE_URL of the owner of the tables: after `init` or a restore, and
    after an upgrade that asks for it. Tables are brought to this program's shape first. The role
    may then read and add events and keep the vault; UPDATE, DELETE, TRUNCATE and ALTER of events
    are refused by PostgreSQL itself.
    """
    with telling_refusals():
        bring_up_to_date(data)
        serve_as(source_of(data), role)
    told = (
        f"Máy chủ chạy được với vai trò {role}: đặt GIAONHAN_DATABASE_URL theo vai trò đó, rồi"
        " `giaonhan serve`; `giaonhan doctor` kiểm tra lại.\n"
        f"The server can run as {role}: give `giaonhan serve` a GIAONHAN_DATABASE_URL of that role;"
        " `giaonhan doctor` checks it."
    )
    typer.echo(as_typed(told))
