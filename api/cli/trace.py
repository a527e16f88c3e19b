"""`giaonhan trace`: who held a dossier, from when to when, on what evidence."""

import json
from collections.abc import Iterator
from contextlib import closing

import typer
from rich.console import Console
from rich.table import Table

from api.cli.options import HERE, AsJson, AsOf, Data, DossierCode
from api.cli.refusals import telling_refusals
from api.composition import open_house
from api.pages.words import BASES, name_of_code, translator
from domain.model.errors import NotFound
from domain.model.instants import Micros, local, parse_instant
from domain.model.labels import LABEL_DIGITS, grouped, is_label, parse_label
from domain.ports.views import BoardFilter, Selection, Views
from domain.use_cases.trace_dossier import Trace

app = typer.Typer(add_completion=False)
_vi = translator("vi")


@app.command()
def trace(
    code: DossierCode,
    data: Data = HERE,
    as_of: AsOf = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Hồ sơ ở đâu, ai giữ từ lúc nào / who held a dossier, from when to when, on what evidence.

    Reads only; it may run beside a server. `verified` means the dossier itself was scanned,
    `inferred` its sealed pouch, `attested` that somebody declared it later.
    """
    with telling_refusals():
        as_of_us = None if as_of is None else parse_instant(as_of)
        with closing(open_house(data, writer=False)) as house:
            label = label_of(code, house.views, house.clock.now_us())
            found = house.trace(label, as_of_us=as_of_us)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        for part in _told(found):
            Console().print(part)


def label_of(code: str, views: Views, now_us: Micros) -> str:
    """The label itself, or that of the dossier with this official code.

    Raises `NotFound`, and `BadLabel` for a label that was misread.
    """
    digits = "".join(code.split())
    if is_label(digits):
        return digits
    if digits.isascii() and digits.isdigit() and len(digits) == LABEL_DIGITS:
        parse_label(digits)  # says that its check digits are wrong: no dossier's code looks so
    page = views.board(BoardFilter(selection=Selection.ALL, search=code), now_us=now_us)
    for row in page.rows:
        if row.official_code == code:
            return row.label
    raise NotFound(what="dossier", code=code)


def _told(found: Trace) -> Iterator[Table | str]:
    status = name_of_code(found.status)
    yield f"{grouped(found.label)} · {_vi(status)} / {status} · {_moment(found.as_of_us)}"
    chain = Table(
        "Người giữ / holder", "từ / from", "đến / to", "căn cứ / basis", "chứng cứ / scans"
    )
    for link in found.chain:
        chain.add_row(
            link.holder if link.place is None else f"{link.holder} ({link.place})",
            _moment(link.from_us),
            "nay / still" if link.to_us is None else _moment(link.to_us),
            f"{_vi(BASES[link.basis])} / {link.basis}",
            ", ".join(link.evidence),
        )
    yield chain
    if found.discrepancies:
        flags = Table("Sai lệch / discrepancy", "mở / opened", "đóng / closed", "lượt quét / scan")
        for one in found.discrepancies:
            flags.add_row(
                f"{_vi(name_of_code(one.code))} / {one.code}",
                _moment(one.opened_us),
                "đang mở / open" if one.closed_us is None else _moment(one.closed_us),
                one.key,
            )
        yield flags


def _moment(instant_us: Micros) -> str:
    return local(instant_us).strftime("%d/%m/%Y %H:%M:%S")
