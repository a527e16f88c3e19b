"""`giaonhan invite`: the one-time code that enrols a scanning station, while no server runs."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import HERE, Data
from api.cli.ports import HOST, PORT
from api.cli.refusals import telling_refusals
from api.composition import CONSOLE, House, open_house
from api.pages.render import moment
from api.station_lines import station_lines
from domain.model.station import PURPOSES
from domain.ports.stores import DirectoryLocked

app = typer.Typer(add_completion=False)


@app.command()
def invite(
    *,
    station: Annotated[str, typer.Option(help="The station's code, such as quay-01.")],
    office: Annotated[str, typer.Option(help="Office code, or courier:CODE.")],
    purpose: Annotated[str, typer.Option(help=f"One of: {', '.join(PURPOSES)}.")],
    server: Annotated[
        str, typer.Option(help="The server's address as the device will see it.")
    ] = f"http://{HOST}:{PORT}",
    data: Data = HERE,
) -> None:
    """Cấp mã đăng ký trạm quét. Give out the one-time code that enrols a scanning station.

    While the server runs, use its page /stations instead.

    Try it: giaonhan invite --station quay-01 --office TTHC --purpose counter
    """
    with telling_refusals(), closing(_opened(data)) as house:
        invitation = house.write(
            lambda: house.enrol_station.invitation(
                station=station, office=office, purpose=purpose, actor=CONSOLE
            )
        ).result()
    until = moment(invitation.expires_us)
    typer.echo(
        f"Mã dùng một lần của trạm {station}, đến {until} / one-time code, until then:\n"
        f"  {invitation.code}\n"
        "Trên máy của trạm, khi máy chủ chạy / on the station's machine, while the server runs:"
    )
    for line in station_lines(invitation, server=server):
        typer.echo(f"  {line}")


def _opened(data: Path) -> House:
    try:
        return open_house(data)
    except DirectoryLocked:
        typer.echo(
            "Nếu máy chủ đang chạy, hãy cấp mã ở trang /stations.\n"
            "  If the server is running, give out the code on its page /stations.",
            err=True,
        )
        raise
