"""`giaonhan due`: a deadline for a person, counted day by day, or JSON lines for programs."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from io import BufferedIOBase
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast, get_args

import orjson
import typer

from adapters.reference_data.calendar import national_table
from api.cli.due_source import Asked, in_directory, in_sample
from api.cli.refusals import telling_refusals
from domain.model.deadline import (
    DAY_UNITS,
    UNITS,
    Due,
    Pause,
    Supplement,
    Term,
    UnknownUnit,
    classify,
    due,
    elapsed,
    leg_due,
)
from domain.model.errors import BadInstant, Refusal
from domain.model.explanation import RULES, Step, day_words, explain
from domain.model.instants import HO_CHI_MINH, local, micros, parse_instant
from domain.model.office_hours import DAY_MINUTES, parse_day, parse_time
from domain.model.working_time import (
    LOCAL_OFFSET_MINUTES,
    Calendar,
    Minute,
    NationalTable,
    Saturday,
    calendar_from_json,
    split,
    to_minute,
    to_us,
)

_CHUNK_BYTES = 1 << 16  # some two hundred lines, written out together
_ENDED = orjson.OPT_APPEND_NEWLINE
LONGEST_LINE_BYTES = 1 << 20  # a calendar of a thousand exceptions and a hundred pauses fit well
Json = dict[str, Any]
SUPPLEMENTS: tuple[str, ...] = get_args(Supplement)
POLICIES = ("date", "strict")
USUAL_HOURS = "07:30-11:30,13:00-17:00"


class BadRequest(Refusal):
    """A line that is no request; values: field, why."""

    code = "BAD_REQUEST"


class LineTooLong(Refusal):
    """A line longer than one request can be; values: limit_bytes."""

    code = "LINE_TOO_LONG"


# -- JSON lines


def answer_lines(lines: BufferedIOBase, out: BinaryIO) -> bool:
    """One answer a line, in order; whether every line could be answered.

    What has arrived is answered before more is waited for.
    """
    table = national_table()
    all_answered = True
    for batch in _batches(lines):
        answers = [_answer_or_refusal(table, line) for line in batch]
        all_answered &= not any("error" in given for given in answers)
        written = (orjson.dumps(given, default=str, option=_ENDED) for given in answers)
        out.write(b"".join(written))
        out.flush()
    return all_answered


def _answer_or_refusal(table: NationalTable, line: bytes | None) -> Json:
    try:
        return _answer(table, _request(line))
    except Refusal as refusal:
        return {"error": refusal.code, "detail": refusal.values}


def _batches(lines: BufferedIOBase) -> Iterator[list[bytes | None]]:
    """Lines as they arrive, None in place of one too long; holds one line and one chunk at most."""
    rest, dropping = b"", False
    while chunk := lines.read1(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        batch = [line if len(line) <= LONGEST_LINE_BYTES else None for line in whole]
        if dropping and batch:
            batch[0], dropping = None, False
        if len(rest) > LONGEST_LINE_BYTES:
            rest, dropping = b"", True
        yield batch
    if rest or dropping:
        yield [None if dropping else rest]


def _request(line: bytes | None) -> Json:
    if line is None:
        raise LineTooLong(limit_bytes=LONGEST_LINE_BYTES)
    try:
        request = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadRequest(field="line", why=f"no JSON: {error}") from None
    if not isinstance(request, dict):
        raise BadRequest(field="line", why="no JSON object")
    return request


def _answer(table: NationalTable, request: Json) -> Json:
    match request.get("type"):
        case "due":
            return _due(table, request)
        case "elapsed":
            return _elapsed(table, request)
        case "classify":
            return _classify(request)
        case "leg_due":
            return _leg_due(table, request)
        case _:
            raise BadRequest(field="type", why="due, elapsed, classify or leg_due")


def _due(table: NationalTable, request: Json) -> Json:
    term = request.get("term")
    if not isinstance(term, dict):
        raise BadRequest(field="term", why="an object of unit and value")
    cutoff = request.get("cutoff")
    answer = due(
        calendar_from_json(table, request.get("calendar")),
        _minute(request, "received"),
        Term(term.get("unit"), term.get("value")),  # type: ignore[arg-type]  # checks both
        cutoff=None if cutoff is None else parse_time(cutoff),
        supplement=_choice(request, "supplement", "pause", SUPPLEMENTS),
        pauses=_pauses(request),
    )
    return {
        "due": _iso(answer.due_minute),
        "late_after": _iso(answer.late_after_minute),
        "provisional": answer.provisional,
    }


def _elapsed(table: NationalTable, request: Json) -> Json:
    calendar = calendar_from_json(table, request.get("calendar"))
    start, end = _minute(request, "start"), _minute(request, "end")
    minutes = elapsed(calendar, start, end, _pauses(request))
    return {"minutes": minutes} | _provisional(table.provisional(split(start)[0], split(end)[0]))


def _classify(request: Json) -> Json:
    unit = request.get("term_unit")
    if not isinstance(unit, str) or unit not in UNITS:
        raise UnknownUnit(unit=str(unit)[:40])
    status = classify(
        day_like=unit in DAY_UNITS,
        due_minute=_minute(request, "due"),
        finished_minute=_minute(request, "finished"),
        strict=_choice(request, "policy", "date", POLICIES) == "strict",
    )
    return {"status": status}


def _leg_due(table: NationalTable, request: Json) -> Json:
    whole = request.get("dossier_due")
    answer = leg_due(
        calendar_from_json(table, request.get("calendar")),
        _minute(request, "scanned"),
        budget_minutes=cast("int", request.get("budget_minutes")),  # the term checks it
        dossier_due=None if whole is None else _minute(request, "dossier_due"),
    )
    return {"due": _iso(answer.due_minute)} | _provisional(answer.provisional)


def _provisional(provisional: bool) -> Json:  # noqa: FBT001 - the value is the answer
    """Said only where it is so: these answers have one field otherwise."""
    return {"provisional": True} if provisional else {}


def _minute(request: Json, name: str) -> Minute:
    if name not in request:
        raise BadRequest(field=name, why="missing")
    return to_minute(parse_instant(request[name]))


def _choice(request: Json, name: str, default: str, choices: tuple[str, ...]) -> Any:
    given = request.get(name)
    return default if given is None else _checked(name, given, choices)


def _checked(name: str, given: object, choices: tuple[str, ...]) -> Any:
    if given not in choices:
        raise BadRequest(field=name, why=" or ".join(choices))
    return given


def _pauses(request: Json) -> list[Pause]:
    given = request.get("pauses") or []
    if not isinstance(given, list) or not all(isinstance(p, list) and len(p) == 2 for p in given):
        raise BadRequest(field="pauses", why="a list of [start, end or null]")
    return [
        Pause(
            to_minute(parse_instant(start)), None if end is None else to_minute(parse_instant(end))
        )
        for start, end in given
    ]


def _iso(minute: Minute | None) -> str | None:
    """As `instants.iso`, in a third of the time: a date is written once and kept."""
    if minute is None:
        return None
    day, after_midnight = divmod(minute + LOCAL_OFFSET_MINUTES, DAY_MINUTES)
    hour, past = divmod(after_midnight, 60)
    return f"{_written(day)}T{hour:02d}:{past:02d}:00+07:00"


@lru_cache(maxsize=8192)
def _written(days_since_1970: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days_since_1970)).isoformat()


# -- for people

_EXAMPLES = """When a dossier is due, and why: hạn giải quyết hồ sơ, đếm từng ngày.

\b
  giaonhan due --received 2026-03-05T10:00 --term 5 --unit working_day
  giaonhan due --received 2026-11-20T16:40 --term 3 --unit working_day --explain
  giaonhan due --procedure VD-CT --received 2026-11-20T15:10 --explain
  giaonhan due --procedure VD-CT --data data --office TTHC --received 2026-11-20T15:10
  giaonhan due --received 2026-03-05T15:30 --unit same_day --cutoff 15:00
  giaonhan due --received 2026-03-06T16:30 --term 2 --unit working_hour
  giaonhan due --received 2026-03-02T09:00 --term 3 --unit working_day \\
               --pause 2026-03-03T10:00/2026-03-05T09:00
  giaonhan due --received 2026-03-05T10:00 --term 5 --unit working_day \\
               --hours 07:00-11:30,13:30-17:00 --saturday working --off 2026-03-09
  giaonhan due --json < questions.jsonl > answers.jsonl

Times without an offset are Vietnamese time. With --json each line of standard input is one question
of type due, elapsed, classify or leg_due, each line of output its answer; a line that cannot be
answered gives {"error": CODE, "detail": …} in its place, and the exit status is then 1.
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(help=_EXAMPLES)
def command(
    *,
    received: Annotated[
        str, typer.Option(help="When the full and valid dossier was received.")
    ] = "",
    procedure: Annotated[
        str, typer.Option(help="Term, cut-off and rule of the version in force at receipt.")
    ] = "",
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="GIAONHAN_DATA",
            help="Data directory whose procedures and hours count; without it the sample's.",
        ),
    ] = None,
    office: Annotated[
        str, typer.Option(help="Office of the directory whose hours count; else its first.")
    ] = "",
    term: Annotated[float | None, typer.Option(help="How many; none for same_day.")] = None,
    unit: Annotated[
        str,
        typer.Option(help="working_day, calendar_day, same_day, working_hour or working_minute."),
    ] = "working_day",
    cutoff: Annotated[str, typer.Option(help="Receipts from HH:MM on count as after hours.")] = "",
    supplement: Annotated[
        str, typer.Option(help="What a pause does to the term: pause (default) or restart.")
    ] = "",
    pause: Annotated[
        list[str] | None, typer.Option(help="START/END, or START/ while it lasts; may repeat.")
    ] = None,
    hours: Annotated[
        str,
        typer.Option(
            help="Shifts instead of the office's, 07:30-11:30,13:00-17:00 without one;"
            " by season: 04-01..10-31=SHIFTS;11-01..03-31=SHIFTS."
        ),
    ] = "",
    saturday: Annotated[
        str, typer.Option(help="none, reception or working; none without a data directory.")
    ] = "",
    off: Annotated[
        list[str] | None, typer.Option(help="A date this centre is closed; may repeat.")
    ] = None,
    work: Annotated[
        list[str] | None, typer.Option(help="A date this centre works; may repeat.")
    ] = None,
    explain_: Annotated[
        bool, typer.Option("--explain", help="Count day by day, with rule and authority.")
    ] = False,
    json_: Annotated[
        bool, typer.Option("--json", help="Answer JSON lines from standard input.")
    ] = False,
) -> None:
    """Answer one person's question, or a program's lines."""
    if json_:
        given = cast("BufferedIOBase", sys.stdin.buffer)
        raise typer.Exit(0 if answer_lines(given, sys.stdout.buffer) else 1)
    if not received:
        raise typer.BadParameter("tell when the dossier was received", param_hint="--received")
    if procedure and term is not None:
        raise typer.BadParameter("a procedure has its own term", param_hint="--term")
    with telling_refusals():
        minute = _person_minute(received)
        found, calendar = _found(data, procedure, office, minute)
        asked = found or Asked(Term(unit, term))
        if calendar is None or hours or saturday or off or work:
            calendar = _person_calendar(
                hours or USUAL_HOURS, saturday or "none", off or [], work or []
            )
        question = Question(
            calendar,
            minute,
            asked.term,
            cutoff=parse_time(cutoff or asked.cutoff) if cutoff or asked.cutoff else None,
            supplement=_checked("supplement", supplement or asked.supplement, SUPPLEMENTS),
            pauses=[_person_pause(text) for text in pause or ()],
        )
        lines = [*asked.title, *question.told(explained=explain_)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _found(
    data: Path | None, procedure: str, office: str, received: Minute
) -> tuple[Asked | None, Calendar | None]:
    """The procedure's term if one is asked for, the office's hours if there is a directory."""
    if data is None:
        return in_sample(procedure) if procedure else None, None
    return in_directory(data, procedure=procedure, office=office, received_us=to_us(received))


@dataclass(frozen=True, slots=True)
class Question:
    """One deadline to be computed and told."""

    calendar: Calendar
    received: Minute
    term: Term
    cutoff: int | None
    supplement: Supplement
    pauses: list[Pause]

    def told(self, *, explained: bool) -> Iterator[str]:
        """The answer in lines of Vietnamese and English, the whole count before it on demand."""
        answer = due(
            self.calendar,
            self.received,
            self.term,
            cutoff=self.cutoff,
            supplement=self.supplement,
            pauses=self.pauses,
        )
        if explained:
            steps = self._steps()
            yield from map(_line, steps)
            yield ""
            for rule in sorted({step.rule for step in steps}):
                yield f"({rule}) {' · '.join(RULES[rule])}"
            yield ""
        yield from _told(answer)
        yield f"Lịch · Calendar: {self.calendar.version}"

    def _steps(self) -> list[Step]:
        return explain(
            self.calendar,
            self.received,
            self.term,
            cutoff=self.cutoff,
            supplement=self.supplement,
            pauses=self.pauses,
        )


def _line(step: Step) -> str:
    day, _ = day_words(step.date)
    source = f" [{step.source}]" if step.source else ""
    return f"{day:<20}  ({step.rule}) {step.vi} · {step.en}{source}"


def _told(answer: Due) -> Iterator[str]:
    if answer.due_minute is None or answer.late_after_minute is None:
        yield "Chưa có hạn: đang tạm dừng · No due date: a pause is open"
        return
    yield _moment("Hạn trả kết quả · Due", answer.due_minute)
    yield _moment("Trễ hạn nếu sau · Late after", answer.late_after_minute)
    if answer.provisional:
        yield "Dự kiến: có năm chưa công bố lịch nghỉ · Provisional: a year's days off are unknown"


def _moment(what: str, minute: Minute) -> str:
    moment = local(to_us(minute))
    return f"{what}: {moment:%H:%M} {' · '.join(day_words(moment.date()))}"


def _person_calendar(hours: str, saturday: str, off: list[str], work: list[str]) -> Calendar:
    return Calendar(
        national_table(),
        hours=_profile(hours),
        saturday=cast("Saturday", saturday),  # the calendar checks it
        extra_off=map(parse_day, off),
        extra_work=map(parse_day, work),
    )


def _profile(text: str) -> object:
    """`07:30-11:30,13:00-17:00`, or seasons of it, as a PROFILE."""
    if "=" not in text:
        return [shift.split("-") for shift in text.split(",")]
    seasons = (season.partition("=") for season in text.split(";"))
    return {span.strip(): _profile(shifts) for span, _, shifts in seasons}


def _person_minute(text: str) -> Minute:
    """An ISO 8601 time; without an offset it is Vietnamese time. Raises `BadInstant`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(text=text[:40]) from None
    return to_minute(micros(moment if moment.tzinfo else moment.replace(tzinfo=HO_CHI_MINH)))


def _person_pause(text: str) -> Pause:
    start, _, end = text.partition("/")
    return Pause(_person_minute(start), _person_minute(end) if end else None)
