"""The bars' table as rows of words, as Markdown and as JSON; used by `bench store`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from api.rehearsal.bars.bar import Bar, Figure, Length
from api.rehearsal.bars.machine import Machine
from domain.model.instants import Micros, iso

HEADS = ("#", "figure", "median", "best", "at least", "aim", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of some bars, on which machine and how busy it was."""

    at_us: Micros
    length: Length
    machine: Machine
    load_before: float | None
    load_after: float | None
    bars: Sequence[Bar]


def as_json(measured: Measured) -> dict[str, Any]:
    """All that is known, for programs."""
    return {
        "measured": iso(measured.at_us),
        "length": measured.length,
        "machine": asdict(measured.machine),
        "load": {"before": measured.load_before, "after": measured.load_after},
        "bars": [
            {
                "number": bar.number,
                "name": bar.name,
                "verdict": bar.verdict,
                "note": bar.note,
                "figures": [asdict(each) | {"verdict": each.verdict} for each in bar.figures],
            }
            for bar in measured.bars
        ],
    }


def as_markdown(measured: Measured) -> str:
    """The same for people: the machine, the table, what was run."""
    lines = [*machine_lines(measured), "", _line(HEADS), _line(["---"] * len(HEADS))]
    lines += [_line(cells) for cells in rows(measured.bars)]
    notes = [f"- **{bar.number}**: {bar.note}" for bar in measured.bars if bar.note]
    return "\n".join([*lines, "", *notes, ""])


def machine_lines(measured: Measured) -> list[str]:
    """The machine in words."""
    on = measured.machine
    load = f"load {measured.load_before} before, {measured.load_after} after"
    disk = f"{on.disk}, {on.sync_us:.0f} µs to sync a page"
    programs = f"Python {on.python}, SQLite {on.sqlite}, PostgreSQL {on.postgresql}, {on.driver}"
    return [
        f"Measured {iso(measured.at_us)}, {measured.length} form, {load}.",
        f"{on.cpu}, {on.cores} cores, {on.memory_gb} GB, {on.system}; {disk}; {programs}.",
    ]


def rows(bars: Sequence[Bar]) -> Iterator[tuple[str, ...]]:
    """One a figure, under one that names its bar; cells as `HEADS`."""
    for bar in bars:
        yield str(bar.number), bar.name, "", "", "", "", bar.verdict if bar.figures else "–"
        for each in bar.figures:
            bounds = [_bound(each, bound) for bound in (each.at_least, each.aim)]
            name = f"{each.name}, {each.unit}" if each.unit else each.name
            yield "", name, number(each.median), number(each.best), *bounds, each.verdict


def number(value: float) -> str:
    """Three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _bound(figure: Figure, bound: float | None) -> str:
    if bound is None:
        return ""
    return f"{'≥' if figure.more_is_better else '≤'} {bound:,g}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
