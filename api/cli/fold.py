"""`giaonhan fold`: custody computed from a file of facts; no server, no database."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from api.cli.fold_timetable import TIMETABLE, TimetableLines
from api.cli.options import AsJson
from api.cli.refusals import sentence
from api.pages.words import BASES, name_of_code, translator
from domain.model.custody import Folded, Link, fold_facts
from domain.model.errors import BadFact, BadInstant, Refusal
from domain.model.fact import FACT_NAMES, OFFICE_SUCCEEDED, Fact, fact_from_json
from domain.model.instants import Micros, local, parse_instant
from domain.model.labels import Kind, grouped

LONGEST_LINE_BYTES = 64 << 10  # an entry's body is at most 4 KiB; evidence and spaces add to it
MOST_TOLD = 10  # in words; standard error has every line
MOST_LINES = 1_000_000  # about a gigabyte of memory
_KINDS = tuple(str(int(kind)) for kind in Kind)
_TEXTS = frozenset(
    "pouch seal counterpart to place run reason holder target kind successor paper subject office"
    " operator".split()
)
_SPAN = "từ, đến / from, to"
_LINK = ("người giữ, căn cứ / holder, basis", _SPAN, "lượt quét / scans")
_LABEL_WIDTH, _MOMENT_WIDTH = 20, 19
_WIDTHS = {
    "Hồ sơ / dossier": _LABEL_WIDTH,
    "Túi / pouch": _LABEL_WIDTH,
    "ở / on": _LABEL_WIDTH,
    _SPAN: _MOMENT_WIDTH,
}
_PHASES = {
    "new": "chưa rõ",
    "open": "đang mở",
    "sealed": "đã niêm phong",
    "unsealed": "đã mở niêm phong",
    "closed": "đã đóng",
}
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

Courier runs: with lines that are no facts but a timetable, the runs that nobody drove, drove late
or not to every stop are told too (RUN_MISSED, RUN_LATE, RUN_PARTIAL; where a courier says so,
OFFICE_CLOSED or ORG_CHANGED; subject ROUTE/DATE/SLOT). A stop counts as late 15 minutes after its
time and as missed after 60. `label` is the run's card; a scan of it (RunDeparted, StopReached,
StopMissed, RunCompleted; context.place: the stop's office) speaks of that date's run. Runs go on
the working days of `calendar`, a CAL object as of `giaonhan due`; without one Monday to Friday, the
national days off left out.

\b
  giaonhan fold --json --now 2026-03-02T12:00:00+07:00 <<'END'
  {"timetable":"T1","effective_from":"2026-03-02","runs":[{"slot":"1","label":"7900012600000158","stops":[{"office":"A","at":"08:00","cutoff":"07:45"},{"office":"B","at":"09:00"}]}]}
  {"timetable":"T1","exception":"cancelled","date":"2026-03-03","slot":"1","reason":"storm"}
  {"fact":"RunDeparted","subject":"7900012600000158","at":"2026-03-02T08:05:00+07:00","station":"C1","seq":1,"operator":"ca","office":"courier:c1","context":{}}
  END

The courier left in time and was never seen at B: RUN_LATE from 09:15, RUN_PARTIAL from 10:05, an
hour and his five minutes after 09:00. An exception is cancelled, or changed or extra with "run".

A line that is no fact is told on standard error as {"line":n,"error":CODE,"detail":…}; the rest is
folded, and the exit status is 1. Without --json the first of them are told in words too.
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
    as_json: AsJson = False,
) -> None:
    """Fold the lines and show what follows."""
    instants = {
        "now_us": _instant("--now", now),
        "as_of_us": _instant("--as-of", as_of),
        "known_at_us": _instant("--known-at", known_at),
    }
    facts: list[Fact] = []
    timetable = TimetableLines()
    refused: list[tuple[int, Refusal]] = []
    left_out = 0
    for number, read in enumerate(_read(file or sys.stdin.buffer, timetable), start=1):
        if isinstance(read, Refusal):
            left_out += 1
            if len(refused) < MOST_TOLD:
                refused.append((number, read))
            told = {"line": number, "error": read.code, "detail": read.values}
            sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")
        elif read is not None:
            facts.append(read)
    folded = fold_facts(facts, **instants)
    if about_runs := timetable.discrepancies(facts, **instants):
        folded = replace(folded, discrepancies=sorted([*folded.discrepancies, *about_runs]))
    if as_json:
        sys.stdout.write(json.dumps(folded.to_json(), ensure_ascii=False) + "\n")
    else:
        console = Console()
        for table in _tables(folded):
            console.print(table)
        if not facts:
            console.print("Không có dữ kiện nào. / No facts: nothing to fold.", soft_wrap=True)
        for line in _left_out(refused, left_out):
            console.print(Text(line), soft_wrap=True)
    raise typer.Exit(1 if refused else 0)


def _instant(option: str, text: str | None) -> Micros | None:
    try:
        return None if text is None else parse_instant(text)
    except BadInstant:
        told = "ISO 8601 with offset, such as 2026-03-02T09:30:00+07:00"
        raise typer.BadParameter(told, param_hint=option) from None


# -- lines of the file


def _read(lines: BinaryIO, timetable: TimetableLines) -> Iterator[Fact | Refusal | None]:
    """For each line its fact, its refusal, or None where it is blank or of the timetable.

    Holds one line at most.
    """
    for _ in range(MOST_LINES):
        line = lines.readline(LONGEST_LINE_BYTES + 1)
        if not line:
            return
        if len(line) > LONGEST_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = lines.readline(LONGEST_LINE_BYTES)
            yield BadFact(field=f"line > {LONGEST_LINE_BYTES} bytes", why="too long")
            continue
        try:
            yield _fact(line, timetable) if line.strip() else None
        except Refusal as refusal:
            yield refusal
    if lines.readline(1):
        yield BadFact(field=f"line {MOST_LINES + 1}", why="too many lines; the rest is not read")


def _fact(line: bytes, timetable: TimetableLines) -> Fact | None:
    try:
        stated = json.loads(line)
    except (ValueError, RecursionError):
        raise BadFact(field="line", why="not JSON") from None
    if isinstance(stated, dict) and TIMETABLE in stated and "fact" not in stated:
        timetable.read(stated)
        return None
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
    dossiers = _table("Hồ sơ / dossier", *_LINK)
    for label, dossier in sorted(folded.dossiers.items()):
        head = [grouped(label), f"{_vi(name_of_code(dossier.status))} / {dossier.status}"]
        head += [f"trong túi / in pouch {grouped(dossier.pouch)}"] if dossier.pouch else []
        _add_chain(dossiers, head, dossier.chain)
    pouches = _table("Túi / pouch", *_LINK)
    for label, pouch in sorted(folded.pouches.items()):
        seal = "" if pouch.seal is None else f" ({pouch.seal})"
        head = [grouped(label), f"{_PHASES[pouch.state]} / {pouch.state}{seal}"]
        head += ["bên trong / contents:", *map(grouped, pouch.contents)] if pouch.contents else []
        _add_chain(pouches, head, pouch.chain)
    flags = _table("Sai lệch / discrepancy", "ở / on", _SPAN, "lượt quét / scan")
    for one in folded.discrepancies:
        _add_row(
            flags,
            f"{_vi(name_of_code(one.code))} / {one.code}",
            grouped(one.subject) if one.subject.isdigit() else one.subject,
            _span(one.opened_us, one.closed_us, "đang mở / open"),
            one.key,
        )
    aside = _table("Không tính / set aside", "theo / by")
    for undone in folded.set_aside:
        _add_row(aside, undone.key, undone.by)
    return (table for table in (dossiers, pouches, flags, aside) if table.row_count)


def _left_out(refused: Sequence[tuple[int, Refusal]], many: int) -> Iterator[str]:
    """The first lines that are no facts, in words, and how many there are in all."""
    for number, refusal in refused:
        yield f"dòng {number} / line {number}: {sentence(refusal)}".rstrip()
    if many:
        yield f"{many} dòng bị bỏ qua. / Lines left out: {many}."


def _table(*headers: str) -> Table:
    """Labels and times stay on one line, in eighty columns too; the rest wraps."""
    columns = (Column(one, width=_WIDTHS.get(one), overflow="fold") for one in headers)
    return Table(*columns, show_lines=True)


def _add_chain(table: Table, head: Sequence[str], chain: Sequence[Link]) -> None:
    told = "\n".join(head)
    if not chain:
        _add_row(table, told)
    for link in chain:
        holder = link.holder if link.place is None else f"{link.holder} ({link.place})"
        _add_row(
            table,
            told,
            f"{holder}\n{_vi(BASES[link.basis])} / {link.basis}",
            _span(link.from_us, link.to_us, "nay / still"),
            ", ".join(link.evidence),
        )
        told = ""


def _add_row(table: Table, *cells: str) -> None:
    """Cells as they are: what a file says is no markup."""
    table.add_row(*map(Text, cells))


def _span(from_us: Micros, to_us: Micros | None, still: str) -> str:
    return f"{_moment(from_us)}\n{still if to_us is None else _moment(to_us)}"


def _moment(instant_us: Micros) -> str:
    return local(instant_us).strftime("%d/%m/%Y %H:%M:%S")
