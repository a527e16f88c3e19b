"""The two symbols of a label as vector bars of whole printer dots; used by labels and receipts.

A 203 dpi head has 8 dots a millimetre. A bar that is no whole number of dots is printed wider or
narrower than its neighbour, which costs more readings than any blur, so every length here is dots.
"""

from itertools import groupby
from typing import Any

import segno
from reportlab.graphics.barcode.code128 import Code128

from domain.model.errors import BadLabel
from domain.model.labels import is_label

DOTS_PER_MM = 8
DOT_PT = 72 / (25.4 * DOTS_PER_MM)
CODE128_MODULES = 123  # start C, 8 pairs, check, stop
CODE128_QUIET = 10  # modules on either side
QR_MODULES = 21  # version 1; at level H it holds 17 digits
QR_QUIET = 4  # modules all around


def code128_bars(label: str) -> list[tuple[int, int]]:
    """The dark bars as (first module, width in modules); raises `BadLabel` for anything else."""
    _demand_label(label)
    symbol = Code128(label, quiet=0)
    symbol.validate()
    symbol.encode()
    bars, position = [], 0
    for letter in symbol.decompose():  # A-D are bars, a-d spaces, of 1-4 modules
        width = ord(letter.lower()) - ord("a") + 1
        if letter.isupper():
            bars.append((position, width))
        position += width
    if position != CODE128_MODULES:  # the library would also switch sets and drop letters silently
        raise ValueError(f"Code 128 of {label} has {position} modules")
    return bars


def qr_runs(label: str) -> list[tuple[int, int, int]]:
    """The dark runs as (row from the top, first module, width); raises `BadLabel`."""
    _demand_label(label)
    matrix = segno.make_qr(label, error="h", version=1, boost_error=False).matrix
    return [run for row, modules in enumerate(matrix) for run in _runs(row, modules)]


def draw_code128(
    canvas: Any, label: str, *, left: int, bottom: int, height: int, module: int
) -> None:
    """Draw the bars; all lengths in dots from the canvas's origin, quiet zones not included."""
    path = canvas.beginPath()
    for start, width in code128_bars(label):
        _rect(path, left + start * module, bottom, width * module, height)
    canvas.drawPath(path, stroke=0, fill=1)


def draw_qr(canvas: Any, label: str, *, left: int, bottom: int, module: int) -> None:
    """Draw the modules; all lengths in dots from the canvas's origin, quiet zone not included."""
    path = canvas.beginPath()
    for row, start, width in qr_runs(label):
        rows_below = QR_MODULES - 1 - row
        _rect(path, left + start * module, bottom + rows_below * module, width * module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def _rect(path: Any, left: int, bottom: int, width: int, height: int) -> None:
    path.rect(left * DOT_PT, bottom * DOT_PT, width * DOT_PT, height * DOT_PT)


def _runs(row: int, modules: Any) -> list[tuple[int, int, int]]:
    runs, position = [], 0
    for dark, group in groupby(modules):
        width = len(list(group))
        if dark:
            runs.append((row, position, width))
        position += width
    return runs


def _demand_label(label: str) -> None:
    if not is_label(label):
        raise BadLabel(text=label[:40], why="only a whole label is printed as a symbol")
