"""Commands for intake without the network: take in where no desk page runs, and see to drafts."""

import json
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.model.instants import iso
from domain.model.labels import grouped, parse_label
from scanner_station.clock import SystemClock
from scanner_station.directory import read_directory
from scanner_station.drafts import ERASE_REASONS, Drafts, DraftsUnusable
from scanner_station.intake import BadDraft, counter_intake, give_up_draft, operator_of
from scanner_station.journal import open_journal
from scanner_station.keys import read_key
from scanner_station.options import Badge, Directory
from scanner_station.settings import Purpose, read_settings, sole_use
from scanner_station.status import state_of
from scanner_station.telling import said_in_words

app = typer.Typer(add_completion=False)
_LONGEST_DRAFT = 64_000  # characters of JSON


@app.command("take-in")
def take_in(
    *,
    directory: Directory,
    badge: Badge,
    label: Annotated[
        Path, typer.Option("-o", "--label", help="Tệp PDF của nhãn. / PDF of the label.")
    ],
) -> None:
    """Tiếp nhận khi mất mạng, từ JSON ở đầu vào chuẩn. / Take in without the network.

    Standard input is one JSON object: `procedure`, `applicant` (`name`, `phone`, `id_number`,
    `address`, `email`), `pieces` ([{`kind`, `count`}]), `request_text`. The label is printed into
    a PDF; the applicant's data stays here encrypted until the server has it. For when the station
    does not run; day zero is this moment.
    """
    from adapters.paper.labels import LabelText, labels_pdf  # drawing takes long to import

    with said_in_words(), ExitStack() as opened:
        settings = read_settings(directory)
        opened.enter_context(sole_use(directory))
        key = read_key(settings.key_file)
        journal = opened.enter_context(closing(open_journal(settings, key, SystemClock())))
        counter = counter_intake(settings, journal, opened)
        if counter is None:
            raise DraftsUnusable(why="only a counter takes in")
        operator = operator_of(
            read_directory(settings.directory_file), badge, office=settings.office
        )
        given = _given()
        entry = counter[1].register(given, operator=operator)
        title = next(
            one["title_vi"] for one in counter[0].procedures() if one["code"] == given["procedure"]
        )
        subject = entry.fact.subject
        label.write_bytes(labels_pdf([LabelText(subject, "", title, settings.office)]))
    typer.echo(f"đã tiếp nhận / taken in {grouped(subject)}: {label}")


def _given() -> dict[str, Any]:
    """The object on standard input, read no further than a draft can be long."""
    try:
        text = sys.stdin.read(_LONGEST_DRAFT + 1)
        told = json.loads(text) if len(text) <= _LONGEST_DRAFT else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise BadDraft(field="JSON")
    return told


@app.command("drafts")
def drafts_here(
    *,
    directory: Directory,
    badge: Badge,
    show: Annotated[
        str | None, typer.Option(help="Hiện hồ sơ nháp có nhãn này. / Show this label's draft.")
    ] = None,
    resend: Annotated[
        str | None, typer.Option(help="Gửi lại hồ sơ nháp này. / Send this label's draft again.")
    ] = None,
    erase: Annotated[
        str | None,
        typer.Option(
            help="Xóa hồ sơ nháp có lượt quét không còn ở đâu; kèm --reason."
            " / Erase a draft whose scan is nowhere; with --reason."
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help=f"Lý do / why: {', '.join(ERASE_REASONS)}.")
    ] = None,
) -> None:
    """Hồ sơ nháp máy chủ chưa nhận. / Drafts that the server does not have: waiting, refused.

    The list names nobody. Also while the station runs, which sends what is to be sent again. A
    draft is erased only where neither the journal nor the server has its scan; who erased it, when
    and why stays in the list.
    """
    with said_in_words():
        settings = read_settings(directory)
        if settings.purpose is not Purpose.COUNTER:
            raise DraftsUnusable(why="only a counter takes in")
        who = operator_of(read_directory(settings.directory_file), badge, office=settings.office)
        with closing(Drafts(settings)) as drafts:
            if resend is not None:
                drafts.resend(str(parse_label(resend)))
            if erase is not None:
                label, now_us = str(parse_label(erase)), SystemClock().now_us()
                give_up_draft(
                    settings, drafts, label, operator=who, reason=reason or "", at_us=now_us
                )
            if show is not None:
                told = drafts.read(str(parse_label(show)))
                typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
                return
            for one in drafts.listed():
                state = state_of(is_refused=one.is_refused, code=one.code)
                typer.echo(f"{grouped(one.label)}  {iso(one.since_us)}  {state}")
            for gone in drafts.given_up():
                vi, en = ERASE_REASONS[gone.reason]
                typer.echo(
                    f"{grouped(gone.label)}  {iso(gone.at_us)}  đã xóa: {vi} / erased: {en}"
                    f"  ({gone.operator})"
                )
