"""`giaonhan devices`: the scanning stations as the server knows them."""

import json
from contextlib import closing

import typer

from api.cli.board_tables import device_table
from api.cli.options import HERE, AsJson, Data
from api.cli.refusals import telling_refusals
from api.cli.report import console
from api.composition import CONSOLE, open_house
from api.routes.boards import devices_json

app = typer.Typer(add_completion=False)


@app.command()
def devices(*, data: Data = HERE, as_json: AsJson = False) -> None:
    """Các trạm quét: lần cuối nghe thấy, lệch giờ, sai lệch. Stations: last heard, clock, flags.

    Chỉ đọc; chạy được cạnh máy chủ. Reads only; may run beside a server.
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        found, now_us = house.watch_devices(actor=CONSOLE), house.clock.now_us()
    if as_json:
        typer.echo(json.dumps(devices_json(found, now_us), ensure_ascii=False))
    elif found:
        console().print(device_table(found))
    else:
        typer.echo("Chưa mời trạm nào. No station has been invited yet.")
