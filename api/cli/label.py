"""`giaonhan label`: labels as PDF, new numbers in sheets, a number checked by its digits."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from adapters.paper.labels import LABELS_AT_MOST, LabelText, labels_pdf, sheets_pdf
from api.cli.files import write_file
from api.cli.refusals import telling_refusals
from domain.model.commands import COMMANDS, command_of
from domain.model.errors import BadLabel
from domain.model.labels import Kind, Label, grouped, parse_label
from domain.model.reasons import REASONS, reason_of

KindName = Literal["dossier", "pouch", "badge", "place", "command", "piece", "run"]

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="markdown")

Out = Annotated[Path, typer.Option("--out", "-o", metavar="FILE.pdf", help="Where the PDF goes.")]
Sheet = Annotated[
    bool,
    typer.Option("--sheet", help="A4, 24 stickers a page; without it one label a page."),
]
Title = Annotated[str, typer.Option(help="Short title, such as the procedure's name.")]
Office = Annotated[str, typer.Option(help="Office named on the label.")]
Code = Annotated[str, typer.Option(help="Official dossier code, or the code of a badge or place.")]


@app.callback()
def label() -> None:
    """In và kiểm tra nhãn. Print and check labels: stickers, pouch tags, badges, command cards.

    A label is 16 digits: kind, issuer, year, serial and two check digits. The first digit decides
    the size: dossiers and pieces get stickers of 50 × 30 mm, pouches tags of 70 × 50 mm, the others
    cards. Print at 100 %, never "fit to page": bars are whole dots of a 203 dpi printer.
    """


@app.command("print")
def print_(
    labels: Annotated[list[str], typer.Argument(metavar="LABEL…", help="16 digits each.")],
    *,
    out: Out,
    sheet: Sheet = False,
    title: Title = "",
    office: Office = "",
    code: Code = "",
) -> None:
    """In lại những nhãn đã có. Print labels whose numbers exist already.

    Try it:

        giaonhan label print 1270012600004283 --title "Cấp giấy phép xây dựng" -o label.pdf
    """
    with telling_refusals():
        given = [parse_label(label) for label in labels]
        texts = [
            _card(one) if one.kind is Kind.COMMAND else LabelText(str(one), code, title, office)
            for one in given
        ]
        _print(texts, out=out, sheet=sheet)


@app.command()
def cards(*, out: Out) -> None:
    """In mọi thẻ lệnh. Print all command cards, ten on an A4 page: accept, release, seal, undo.

    They mean the same at every station of every centre. The cards of reasons follow them.

    Try it:

        giaonhan label cards -o cards.pdf
    """
    with telling_refusals():
        given = [command.label for command in COMMANDS]
        given += [reason.label for reason in REASONS if reason.serial]
        _print([_card(parse_label(label)) for label in given], out=out, sheet=True)


@app.command()
def new(
    *,
    kind: Annotated[KindName, typer.Option(help="What the labels are stuck to.")],
    issuer: Annotated[int, typer.Option(min=0, max=99_999, help="Five digits of the unit.")],
    year: Annotated[int, typer.Option(min=0, max=99, help="Two digits.")],
    first: Annotated[int, typer.Option("--from", min=0, max=999_999, help="First serial number.")],
    count: Annotated[int, typer.Option(min=1, max=LABELS_AT_MOST, help="How many.")],
    out: Out,
    single: Annotated[
        bool, typer.Option("--single", help="One label a page, for a label printer.")
    ] = False,
    title: Title = "",
    office: Office = "",
) -> None:
    """In một dải số mới trên khổ A4. Print a block of new numbers, on A4 unless `--single`.

    Nothing is reserved by this: it is for numbers that were given to your office elsewhere. A
    centre's own come from its page /new-labels, which gives none twice.

    Try it:

        giaonhan label new --kind dossier --issuer 27001 --year 26 --from 1 --count 24 -o sheet.pdf
    """
    with telling_refusals():
        serials = range(first, first + count)
        texts = [
            LabelText(str(Label(Kind[kind.upper()], issuer, year, serial)), "", title, office)
            for serial in serials
        ]
        _print(texts, out=out, sheet=not single)


@app.command()
def check(
    text: Annotated[str, typer.Argument(help="16 digits; spaces, dots and hyphens are allowed.")],
) -> None:
    """Kiểm tra một số nhãn. Tell what a number is a label of; exit 2 if its digits do not check.

    Try it:

        giaonhan label check "1 27001 26 000042 83"
    """
    with telling_refusals():
        found = parse_label(text)
        typer.echo(
            f"{grouped(str(found))}\n"
            f"loại / kind      {found.kind:d} {found.kind.name.lower()}\n"
            f"đơn vị / issuer  {found.issuer:05d}\n"
            f"năm / year       {found.year:02d}\n"
            f"số / serial      {found.serial:06d}"
        )


def _card(label: Label) -> LabelText:
    if command := command_of(label):
        return LabelText(str(label), command.vi, command.en)
    if reason := reason_of(label):
        return LabelText(str(label), reason.vi, reason.en, "Thẻ lý do · Reason")
    raise BadLabel(text=str(label), why="no command card has this number")


def _print(texts: list[LabelText], *, out: Path, sheet: bool) -> None:
    write_file(out, sheets_pdf(texts) if sheet else labels_pdf(texts))
    typer.echo(f"{out}: {len(texts)} nhãn / labels")
