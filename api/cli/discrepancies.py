"""`giaonhan discrepancies`: what is open now, by code and age; a period is told by `report`."""

import json
from contextlib import closing

import typer

from api.cli.board_tables import age_table
from api.cli.options import HERE, AsJson, Data
from api.cli.refusals import telling_refusals
from api.cli.report import console
from api.composition import open_house
from api.routes.boards import ages_json, by_code

app = typer.Typer(add_completion=False)


@app.command()
def discrepancies(*, data: Data = HERE, as_json: AsJson = False) -> None:
    """Sai lệch đang mở, theo loại và tuổi. What does not agree now, by code and age.

    Chỉ đọc; chạy được cạnh máy chủ. Reads only; may run beside a server.
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        told = ages_json(house)
        counted = by_code(house.boards.ages(now_us=house.clock.now_us()))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif counted:
        console().print(age_table(counted))
    else:
        typer.echo("Không có sai lệch nào đang mở. No open discrepancy.")
