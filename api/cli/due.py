"""`giaonhan due`: a deadline for a person, counted day by day; `due_lines` answers programs."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from adapters.reference_data.calendar import national_table
from api.cli.due_lines import SUPPLEMENTS, answer_lines, checked, standard_input
from api.cli.due_source import Asked, in_directory, in_sample, published_table
from api.cli.refusals import telling_refusals
from domain.model.deadline import (
    Due,
    Pause,
    Supplement,
    Term,
    due,
)
from domain.model.errors import BadInstant
from domain.model.explanation import RULES, Step, day_words, explain
from domain.model.instants import HO_CHI_MINH, local, micros
from domain.model.office_hours import parse_day, parse_time
from domain.model.working_time import (
    Calendar,
    Minute,
    NationalTable,
    Saturday,
    to_minute,
    to_us,
)

USUAL_HOURS = "07:30-11:30,13:00-17:00"


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

For programs, one question a line in and one answer a line out:

\b
  giaonhan due --json <<'END'
  {"type":"due","received":"2026-03-05T10:00:00+07:00","term":{"unit":"working_day","value":5},"calendar":{"hours":[["07:30","11:30"],["13:00","17:00"]],"saturday":"none"}}
  {"type":"elapsed","start":"2026-03-05T10:00:00+07:00","end":"2026-03-06T09:00:00+07:00","calendar":{"hours":[["07:30","11:30"],["13:00","17:00"]],"saturday":"none"}}
  {"type":"classify","term_unit":"working_day","due":"2026-03-12T17:00:00+07:00","finished":"2026-03-12T18:30:00+07:00"}
  END
  {"due":"2026-03-12T17:00:00+07:00","late_after":"2026-03-13T00:00:00+07:00","provisional":false}
  {"minutes":420}
  {"status":"dung_han"}

Times without an offset are Vietnamese time. With --json each line of standard input is one question
of type due, elapsed, classify or leg_due, each line of output its answer; a line that cannot be
answered gives {"error": CODE, "detail": …} in its place, and the exit status is then 1.
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Received = Annotated[str, typer.Option(help="When the full and valid dossier was received.")]
ProcedureCode = Annotated[
    str, typer.Option(help="Term, cut-off and rule of the version in force at receipt.")
]
Data = Annotated[
    Path | None,
    typer.Option(
        envvar="GIAONHAN_DATA",
        help="Data directory whose procedures, hours and national table count; without it the"
        " sample's, and the table that came with the programs.",
    ),
]
OfficeCode = Annotated[
    str, typer.Option(help="Office of the directory whose hours count; else its first.")
]
Value = Annotated[float | None, typer.Option(help="How many; none for same_day.")]
Unit = Annotated[
    str,
    typer.Option(help="working_day, calendar_day, same_day, working_hour or working_minute."),
]
Cutoff = Annotated[str, typer.Option(help="Receipts from HH:MM on count as after hours.")]
OnSupplement = Annotated[
    str, typer.Option(help="What a pause does to the term: pause (default) or restart.")
]
Pauses = Annotated[
    list[str] | None, typer.Option(help="START/END, or START/ while it lasts; may repeat.")
]
Hours = Annotated[
    str,
    typer.Option(
        help="Shifts instead of the office's, 07:30-11:30,13:00-17:00 without one;"
        " by season: 04-01..10-31=SHIFTS;11-01..03-31=SHIFTS."
    ),
]
Saturdays = Annotated[
    str, typer.Option(help="none, reception or working; none without a data directory.")
]
Off = Annotated[list[str] | None, typer.Option(help="A date this centre is closed; may repeat.")]
Work = Annotated[list[str] | None, typer.Option(help="A date this centre works; may repeat.")]
Explained = Annotated[
    bool, typer.Option("--explain", help="Count day by day, with rule and authority.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer JSON lines from standard input.")]


@app.command(help=_EXAMPLES)
def command(
    *,
    received: Received = "",
    procedure: ProcedureCode = "",
    data: Data = None,
    office: OfficeCode = "",
    term: Value = None,
    unit: Unit = "working_day",
    cutoff: Cutoff = "",
    supplement: OnSupplement = "",
    pause: Pauses = None,
    hours: Hours = "",
    saturday: Saturdays = "",
    off: Off = None,
    work: Work = None,
    explain_: Explained = False,
    json_: AsJson = False,
) -> None:
    """Answer one person's question, or a program's lines."""
    if json_:
        with telling_refusals():
            table = None if data is None else published_table(data)
        raise typer.Exit(0 if answer_lines(standard_input(), sys.stdout.buffer, table) else 1)
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
                national_table() if calendar is None else calendar.table,
                hours=hours or USUAL_HOURS,
                saturday=saturday or "none",
                off=off or [],
                work=work or [],
            )
        question = Question(
            calendar,
            minute,
            asked.term,
            cutoff=parse_time(cutoff or asked.cutoff) if cutoff or asked.cutoff else None,
            supplement=checked("supplement", supplement or asked.supplement, SUPPLEMENTS),
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


def _person_calendar(
    table: NationalTable, *, hours: str, saturday: str, off: list[str], work: list[str]
) -> Calendar:
    return Calendar(
        table,
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
