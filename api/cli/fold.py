"""`giaonhan fold`: custody computed from a file of facts; no server, no database."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from api.pages.words import BASES, name_of_code, translator
from domain.model.custody import Folded, Link, fold_facts
from domain.model.errors import BadFact, BadInstant, Refusal
from domain.model.fact import FACT_NAMES, OFFICE_SUCCEEDED, Fact, fact_from_json
from domain.model.instants import Micros, local, parse_instant
from domain.model.labels import Kind, grouped

LONGEST_LINE_BYTES = 64 << 10  # an entry's body is at most 4 KiB; evidence and spaces add to it
MOST_LINES = 1_000_000  # about a gigabyte of memory
_KINDS = tuple(str(int(kind)) for kind in Kind)
_TEXTS = frozenset(
    "pouch seal counterpart to place run reason holder target kind successor paper subject office"
    " operator".split()
)
_LINK = ("người giữ / holder", "từ / from", "đến / to", "căn cứ / basis", "lượt quét / scans")
_PHASES = {
    "new": "chưa rõ",
    "open": "đang mở",
    "sealed": "đã niêm phong",
    "unsealed": "đã mở niêm phong",
    "closed": "đã đóng",
}
_WHOLE = ("Hồ sơ", "Túi", "trong", "bên", "ở", "từ", "đến")
_vi = translator("vi")

_HELP = """Custody from a file of facts: ai giữ hồ sơ, từ lúc nào, căn cứ vào đâu.

One JSON object a line, in any order, repeated or not; from FILE, or standard input.

\b
  fact      what was done: Registered Packed Sealed Released Accepted Unsealed Received Closed …
  subject   the label, 16 digits; the first one says what it is: 1 dossier, 2 pouch
            (for OfficeSucceeded: the old office, with context.successor)
  at        when, by the station's clock, ISO 8601 with offset
  station, seq         which entry of which station; seq counts from 1 (epoch: 1 unless given)
  operator, office     who scanned, and for which party: an office, or courier:CODE
  context   what else was seen: pouch seal broken counterpart to via place reason holder when
            target kind set successor pieces paper
  not_before, not_after, recorded_at     when it can have happened, when it was known (optional)

A worked example: A packs and seals, c1 carries, B receives the pouch and never sees the dossier.

\b
  giaonhan fold --json <<'END'
  {"fact":"Registered","subject":"1270012600000112","at":"2026-03-02T08:00:00+07:00","station":"A1","seq":1,"operator":"an","office":"A","context":{}}
  {"fact":"Packed","subject":"1270012600000112","at":"2026-03-02T09:00:00+07:00","station":"A1","seq":2,"operator":"an","office":"A","context":{"pouch":"2270012600000164"}}
  {"fact":"Sealed","subject":"2270012600000164","at":"2026-03-02T09:05:00+07:00","station":"A1","seq":3,"operator":"an","office":"A","context":{"seal":"S1","to":"B"}}
  {"fact":"Released","subject":"2270012600000164","at":"2026-03-02T09:10:00+07:00","station":"A1","seq":4,"operator":"an","office":"A","context":{"counterpart":"courier:c1"}}
  {"fact":"Accepted","subject":"2270012600000164","at":"2026-03-02T09:12:00+07:00","station":"C1","seq":1,"operator":"ca","office":"courier:c1","context":{}}
  {"fact":"Released","subject":"2270012600000164","at":"2026-03-02T09:58:00+07:00","station":"C1","seq":2,"operator":"ca","office":"courier:c1","context":{"counterpart":"B"}}
  {"fact":"Accepted","subject":"2270012600000164","at":"2026-03-02T10:00:00+07:00","station":"B1","seq":1,"operator":"binh","office":"B","context":{"seal":"S1"}}
  {"fact":"Unsealed","subject":"2270012600000164","at":"2026-03-02T10:01:00+07:00","station":"B1","seq":2,"operator":"binh","office":"B","context":{}}
  {"fact":"Closed","subject":"2270012600000164","at":"2026-03-02T10:05:00+07:00","station":"B1","seq":3,"operator":"binh","office":"B","context":{}}
  END

The seal was intact, so the dossier never left A: one link, A verified from 08:00 on, and MISSING
since 10:05. With --as-of and --known-at 2026-03-02T09:30:00+07:00 the courier holds it, inferred.

\b
--now       what turns by time alone is shown once it has turned (default: the latest fact)
--as-of     the state at that instant, in the light of all facts
--known-at  only what had been recorded by then

A line that is no fact is told on standard error as {"line":n,"error":CODE,"detail":…}; the rest is
folded, and the exit status is 1.
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(help=_HELP)
def fold(
    file: Annotated[
        typer.FileBinaryRead | None, typer.Argument(help="Facts, one a line; - or none: stdin.")
    ] = None,
    *,
    now: Annotated[str | None, typer.Option(metavar="T", help="What time it is.")] = None,
    as_of: Annotated[str | None, typer.Option(metavar="T", help="The state at that time.")] = None,
    known_at: Annotated[
        str | None, typer.Option(metavar="T", help="What was known at that time.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Fold the lines and show what follows."""
    instants = {
        "now_us": _instant("--now", now),
        "as_of_us": _instant("--as-of", as_of),
        "known_at_us": _instant("--known-at", known_at),
    }
    facts: list[Fact] = []
    refused = False
    for number, read in enumerate(_read(file or sys.stdin.buffer), start=1):
        if isinstance(read, Refusal):
            refused = True
            told = {"line": number, "error": read.code, "detail": read.values}
            sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")
        elif read is not None:
            facts.append(read)
    folded = fold_facts(facts, **instants)
    if as_json:
        sys.stdout.write(json.dumps(folded.to_json(), ensure_ascii=False) + "\n")
    else:
        console = Console()
        for table in _tables(folded):
            console.print(table)
    raise typer.Exit(1 if refused else 0)


def _instant(option: str, text: str | None) -> Micros | None:
    try:
        return None if text is None else parse_instant(text)
    except BadInstant:
        told = "ISO 8601 with offset, such as 2026-03-02T09:30:00+07:00"
        raise typer.BadParameter(told, param_hint=option) from None


# -- lines of the file


def _read(lines: BinaryIO) -> Iterator[Fact | Refusal | None]:
    """For each line its fact, its refusal, or None where it is blank; holds one line at most."""
    for _ in range(MOST_LINES):
        line = lines.readline(LONGEST_LINE_BYTES + 1)
        if not line:
            return
        if len(line) > LONGEST_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = lines.readline(LONGEST_LINE_BYTES)
            yield BadFact(field="line", why=f"longer than {LONGEST_LINE_BYTES} bytes")
            continue
        try:
            yield _fact(line) if line.strip() else None
        except Refusal as refusal:
            yield refusal
    if lines.readline(1):
        yield BadFact(field="line", why=f"more than {MOST_LINES} lines; the rest is not read")


def _fact(line: bytes) -> Fact:
    try:
        stated = json.loads(line)
    except (ValueError, RecursionError):
        raise BadFact(field="line", why="not JSON") from None
    fact = fact_from_json(stated)
    if any("\ud800" <= letter <= "\udfff" for letter in fact.digest):
        raise BadFact(field="line", why="half of a letter")  # it could never be written out
    if fact.fact != OFFICE_SUCCEEDED and fact.subject[0] not in _KINDS:
        raise BadFact(field="subject", why="the first digit says no kind of label")
    _check_shapes("context", fact.context)
    return fact


def _check_shapes(where: str, values: Mapping[str, Any]) -> None:
    """What the fold reads has the type it reads; codes and check digits are not asked for."""
    for name, value in values.items():
        if value is None:
            continue
        if name in {"when", "at"}:
            parse_instant(value)
        elif name == "set" and where == "context" and isinstance(value, dict):
            _check_shapes("context.set", value)
        elif not _has_shape(name, value):
            raise BadFact(field=f"{where}.{name}"[:64], why="not of its type")


def _has_shape(name: str, value: object) -> bool:
    """Keys that the fold does not read may hold anything."""
    match name:
        case "fact":
            return isinstance(value, str) and value in FACT_NAMES
        case "broken":
            return isinstance(value, bool)
        case "via":
            return _all_texts(value)
        case "pieces":
            return _all_texts(value) or (isinstance(value, int) and not isinstance(value, bool))
    return name != "set" and (name not in _TEXTS or isinstance(value, str))


def _all_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


# -- for people


def _tables(folded: Folded) -> Iterator[Table]:
    dossiers = _table("Hồ sơ / dossier", "tình trạng / status", "trong túi / in pouch", *_LINK)
    for label, dossier in sorted(folded.dossiers.items()):
        status = f"{_vi(name_of_code(dossier.status))} / {dossier.status}"
        within = grouped(dossier.pouch) if dossier.pouch else ""
        _add_chain(dossiers, (grouped(label), status, within), dossier.chain)
    pouches = _table("Túi / pouch", "tình trạng / state", "bên trong / contents", *_LINK)
    for label, pouch in sorted(folded.pouches.items()):
        state = f"{_PHASES[pouch.state]} / {pouch.state}"
        if pouch.seal is not None:
            state += f" ({pouch.seal})"
        contents = "\n".join(map(grouped, pouch.contents))
        _add_chain(pouches, (grouped(label), state, contents), pouch.chain)
    flags = _table("Sai lệch / discrepancy", "ở / on", "từ / from", "đến / to", "lượt quét / scan")
    for one in folded.discrepancies:
        _add_row(
            flags,
            f"{_vi(name_of_code(one.code))} / {one.code}",
            grouped(one.subject) if one.subject.isdigit() else one.subject,
            _moment(one.opened_us),
            "đang mở / open" if one.closed_us is None else _moment(one.closed_us),
            one.key,
        )
    aside = _table("Không tính / set aside", "theo / by")
    for undone in folded.set_aside:
        _add_row(aside, undone.key, undone.by)
    return (table for table in (dossiers, pouches, flags, aside) if table.row_count)


def _table(*headers: str) -> Table:
    """Labels and times stay on one line; the rest may wrap."""
    return Table(*(Column(one, no_wrap=one.startswith(_WHOLE)) for one in headers))


def _add_chain(table: Table, head: tuple[str, str, str], chain: Sequence[Link]) -> None:
    if not chain:
        _add_row(table, *head)
    for link in chain:
        _add_row(
            table,
            *head,
            link.holder if link.place is None else f"{link.holder} ({link.place})",
            _moment(link.from_us),
            "nay / still" if link.to_us is None else _moment(link.to_us),
            f"{_vi(BASES[link.basis])} / {link.basis}",
            ", ".join(link.evidence),
        )
        head = "", "", ""


def _add_row(table: Table, *cells: str) -> None:
    """Cells as they are: what a file says is no markup."""
    table.add_row(*map(Text, cells))


def _moment(instant_us: Micros) -> str:
    return local(instant_us).strftime("%d/%m/%Y %H:%M:%S")
