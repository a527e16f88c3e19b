"""`giaonhan responsibility`: whose working minutes a dossier's were, and who made it late."""

import json
from collections.abc import Iterator
from contextlib import closing

import typer
from rich.console import Console
from rich.table import Table

from api.cli.options import HERE, AsJson, AsOf, Data, DossierCode
from api.cli.refusals import telling_refusals
from api.cli.trace import label_of
from api.composition import open_house
from api.pages.minutes_words import ACCOUNT_NAMES, LEG_NAMES, PART_NAMES
from api.pages.words import translator
from domain.model.instants import local, parse_instant
from domain.model.labels import grouped
from domain.model.lateness import Lateness
from domain.model.legs import Account
from domain.model.responsibility import Entry
from domain.model.working_time import Minute, to_us
from domain.use_cases.account_for_time import Statement

app = typer.Typer(add_completion=False)
_vi = translator("vi")


@app.command()
def responsibility(
    code: DossierCode,
    data: Data = HERE,
    as_of: AsOf = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Từng phút làm việc thuộc về ai, ai làm trễ hạn. Whose minutes, and who made it late.

    Chỉ đọc; chạy được cạnh máy chủ. Reads only; may run beside a server. Every working minute from
    the receipt is charged to exactly one party; late minutes are divided over the legs that took
    more than their budget.
    """
    with telling_refusals():
        as_of_us = None if as_of is None else parse_instant(as_of)
        with closing(open_house(data, writer=False)) as house:
            label = label_of(code, house.views, house.clock.now_us())
            found = house.account_for_time(label, as_of_us=as_of_us)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        for part in _told(found):
            Console().print(part)


def _told(found: Statement) -> Iterator[Table | str]:
    charged = found.charged
    yield (
        f"{grouped(found.label)} · {found.procedure} v{found.procedure_version}"
        f" · {found.calendar_version}"
    )
    lines = Table("Bên chịu trách nhiệm, chặng / account, leg")
    lines.add_column("từ – đến\nfrom – to", no_wrap=True)
    lines.add_column("phút\nminutes", justify="right", no_wrap=True)
    lines.add_column("vượt\nover", justify="right", no_wrap=True)
    lines.add_column("ghi chú\nmarks", no_wrap=True)
    for entry in charged.entries:
        lines.add_row(
            f"{_account(entry.account)}\n{_leg(entry)}",
            f"{_moment(entry.start)}\n– {_moment(entry.end)}",
            str(entry.minutes),
            str(entry.overrun or ""),
            "\n".join(_marks(entry)),
        )
    yield lines
    yield f"Tổng cộng / in all: {charged.minutes}"
    yield from _late(found.lateness)
    if found.lateness_decided != found.lateness:
        yield "Sau quyết định / as decided:"
        yield from _late(found.lateness_decided)


def _late(late: Lateness | None) -> Iterator[Table | str]:
    if late is None:
        yield "Không trễ hạn. / Not late."
        return
    told = Table("Ai làm trễ hạn / who made it late", "chặng / leg", "vượt / over", "trễ / late")
    for share in late.shares:
        leg = LEG_NAMES[share.leg]
        over, minutes = str(share.overrun), str(share.late_minutes)
        told.add_row(_account(share.account), f"{_vi(leg)} / {leg}", over, minutes)
    yield told
    by_date = " (theo ngày / by date)" if late.by_date else ""
    yield f"Trễ {late.late_minutes} phút làm việc{by_date} / late by {late.late_minutes} minutes"


def _account(account: Account) -> str:
    named = ACCOUNT_NAMES[account.kind]
    run = f" ({account.run})" if account.run else ""
    return (account.code or f"{_vi(named)} / {named}") + run


def _leg(entry: Entry) -> str:
    leg, part = LEG_NAMES[entry.leg], PART_NAMES.get(entry.part)
    return " · ".join(filter(None, (f"{_vi(leg)} / {leg}", part and _vi(part), entry.step)))


def _marks(entry: Entry) -> Iterator[str]:
    yield entry.basis
    if entry.disputed:
        yield "disputed"
    if entry.provisional:
        yield "provisional"


def _moment(minute: Minute) -> str:
    return local(to_us(minute)).strftime("%d/%m/%Y %H:%M")
