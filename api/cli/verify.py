"""`giaonhan verify`: holds what is derived against the events it is derived from."""

from contextlib import closing

import typer

from api.cli.options import HERE, Data
from api.cli.program import as_typed
from api.cli.refusals import telling_refusals
from api.composition import open_house

app = typer.Typer(add_completion=False)


@app.callback()
def verify() -> None:
    """Đối chiếu dữ liệu suy ra với sự kiện / hold what is derived against the events."""


@app.command("read-model")
def read_model(
    data: Data = HERE,
    *,
    repair: bool = typer.Option(False, "--repair", help="Put the right sheets in their place."),  # noqa: FBT003 - a flag's default
) -> None:
    """Đối chiếu các bảng tra cứu với sự kiện / hold the read model against the events.

    Builds it anew beside the present one and compares both, byte for byte. On files the server
    must be stopped; on PostgreSQL it goes on serving. The digest is the same on both for the same
    events. What differs is told cell by cell: table[key].column: what is there ≠ what the events
    say; + is a row too many, - a row too few. Exit status 1 when a sheet differs and was not
    repaired.
    """
    with telling_refusals(), closing(open_house(data)) as house:
        found = house.write(lambda: house.verify_sheets(repair=repair)).result()
    if not found.differing:
        typer.echo(f"Khớp {found.events} sự kiện / equal, {found.events} events: {found.digest}")
        return
    names = ", ".join(found.differing)
    for cell in found.cells:
        typer.echo(f"  {cell}")
    if found.differences > len(found.cells):
        typer.echo(f"  … +{found.differences - len(found.cells)}")
    if repair:
        typer.echo(f"Đã sửa / repaired: {names}\n{found.digest}")
        return
    typer.echo(
        as_typed(
            f"KHÔNG khớp / NOT equal: {names}\n"
            "Sửa: giaonhan verify read-model --repair. Sự kiện không đổi.\n"
            "Repair with giaonhan verify read-model --repair; the events are not touched."
        )
    )
    raise typer.Exit(1)
