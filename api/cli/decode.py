"""`giaonhan decode`: labels read from pictures, as a table for people or a JSON line a file."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import orjson
import typer

from api.cli.refusals import sentence
from domain.model.errors import Refusal
from domain.model.labels import grouped

Answer = dict[str, Any]

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def decode(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Pictures: JPEG, PNG, WebP, TIFF, BMP.")
    ],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line a file, for programs.")
    ] = False,
    any_symbol: Annotated[
        bool, typer.Option("--any", help="Also symbols that are not our labels (slower).")
    ] = False,
) -> None:
    """Đọc nhãn từ ảnh. Read labels from pictures, through every decoder of this machine.

    Every symbol in the picture is told with its corners, in pixels from the upper left. Only labels
    whose 16 digits check are told, and none whose QR and bars disagree. A file that cannot be read
    as a picture has its `error` on its line, the others are still read, and the exit code is 1.

    Try it:

        giaonhan decode desk.jpg

        giaonhan decode --json scans/*.png | jq -r '.symbols[].text'
    """
    all_read = True
    if as_json:
        for answer in _answers(files, any_symbol=any_symbol):
            all_read &= "error" not in answer
            shown = {key: value for key, value in answer.items() if key != "refusal"}
            sys.stdout.buffer.write(orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE))
            sys.stdout.buffer.flush()
    else:
        all_read = _show(_answers(files, any_symbol=any_symbol))
    if not all_read:
        raise SystemExit(1)


def _answers(files: Iterable[Path], *, any_symbol: bool) -> Iterator[Answer]:
    """One answer a file, in order, each as soon as it is known."""
    from scanner_station.decoder import Decoder
    from scanner_station.images import ImageReader

    with (
        closing(ImageReader()) as reader,
        closing(Decoder("still", any_symbol=any_symbol)) as decoder,
    ):
        for file in files:
            started = perf_counter()
            answer: Answer = {"file": _whole(str(file)), "symbols": []}
            try:
                symbols = decoder.decode(reader.read(file))
                answer["symbols"] = [
                    asdict(symbol) | {"text": _whole(symbol.text)} for symbol in symbols
                ]
            except Refusal as refusal:
                answer |= {"error": refusal.code, "refusal": refusal}
            yield answer | {"ms": round((perf_counter() - started) * 1000, 1)}


def _show(answers: Iterable[Answer]) -> bool:
    """The table; whether every file could be read."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("Tệp\nFile", "Nhãn\nLabel", "Mã vạch\nSymbol", "Bước đọc\nStage", "ms")
    all_read = True
    for answer in answers:
        if refusal := answer.get("refusal"):
            all_read = False
            sys.stderr.write(f"{_plain(answer['file'])}: {sentence(refusal)}")
            table.add_row(
                escape(_plain(answer["file"])), f"[red]{answer['error']}[/red]", "", "", ""
            )
            continue
        for symbol in answer["symbols"] or [{"text": "–", "format": "", "stage": "", "label": 0}]:
            text = grouped(symbol["text"]) if symbol["label"] else symbol["text"]
            cells = (answer["file"], text, symbol["format"], symbol["stage"])
            table.add_row(*(escape(_plain(cell)) for cell in cells), f"{answer['ms']:.0f}")
    Console().print(table)
    return all_read


def _whole(text: str) -> str:
    """What a stranger named a file or wrote into a symbol, fit for JSON, which escapes controls."""
    return text.encode("utf-8", "replace").decode()


def _plain(text: str) -> str:
    """The same fit for a terminal, where a control character is an order."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
