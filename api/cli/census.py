"""`giaonhan census`: what should lie at a place, against what was scanned there."""

import json
from collections.abc import Sequence
from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.cli.options import HERE, AsJson, Data
from api.cli.refusals import telling_refusals
from api.composition import open_house
from api.pages.census_words import FINDINGS, MORE, NOTHING
from api.pages.words import BASES, translator
from api.routes.censuses import CensusOut
from domain.model.instants import local, parse_instant
from domain.model.labels import grouped
from domain.model.policy import Actor, Role
from domain.ports.censuses import StoodRow
from domain.use_cases.take_census import Finding

app = typer.Typer(add_completion=False)
_vi = translator("vi")


@app.command()
def census(
    place: Annotated[str, typer.Argument(help="Nhãn hoặc mã chỗ để / the place's label or code.")],
    office: Annotated[str, typer.Option(help="Đơn vị / whose place it is.")],
    since: Annotated[str, typer.Option(help="Từ lúc / from: 2026-03-02T08:00:00+07:00.")],
    until: Annotated[str | None, typer.Option(help="Đến lúc / until; now without it.")] = None,
    data: Data = HERE,
    *,
    as_json: AsJson = False,
) -> None:
    """Kiểm kê một kệ / what should lie on a shelf, against what was scanned there.

    Each scan at the place between the two times counts. Exit code 1 when a dossier is absent or
    misplaced. Reads only; it may run beside a server.
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        found = house.take_census(
            "".join(place.split()),
            since_us=parse_instant(since),
            until_us=house.clock.now_us() if until is None else parse_instant(until),
            office=office,
            actor=Actor("console", office, frozenset({Role.ADMIN})),
        )
    if as_json:
        typer.echo(json.dumps(CensusOut.of(found).model_dump(), ensure_ascii=False))
    else:
        for finding, rows in found.lines.items():
            if rows:
                Console().print(_table(finding, rows, found.counts[finding]))
        if not any(found.counts.values()):
            typer.echo(f"{_vi(NOTHING)} / {NOTHING}")
        if found.truncated:
            typer.echo(f"{_vi(MORE)} / {MORE}")
    if found.counts[Finding.ABSENT] or found.counts[Finding.MISPLACED]:
        raise typer.Exit(1)


def _table(finding: Finding, rows: Sequence[StoodRow], many: int) -> Table:
    name = FINDINGS[finding]
    table = Table(
        "Nhãn / label",
        "quét lúc / seen",
        "trước đó ở / before",
        title=f"{_vi(name)} / {name}: {many}",
        title_justify="left",
    )
    for row in rows:
        seen = "" if row.seen_us is None else f"{local(row.seen_us):%d/%m %H:%M} {row.seen_by}"
        basis = row.before_basis and f"({_vi(BASES[row.before_basis])})"
        before = " ".join(each for each in (row.before_holder, basis, row.before_place) if each)
        table.add_row(grouped(row.label), seen, before)
    return table
