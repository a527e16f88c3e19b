"""The JSON lines of `giaonhan due`: one question a line in, one answer a line out, in order."""

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from io import BufferedIOBase
from typing import Any, BinaryIO, cast, get_args

import orjson

from adapters.reference_data.calendar import national_table
from domain.model.deadline import (
    DAY_UNITS,
    UNITS,
    Pause,
    Supplement,
    Term,
    UnknownUnit,
    classify,
    due,
    elapsed,
    leg_due,
)
from domain.model.errors import Refusal
from domain.model.instants import parse_instant
from domain.model.office_hours import DAY_MINUTES, parse_time
from domain.model.working_time import (
    LOCAL_OFFSET_MINUTES,
    Minute,
    NationalTable,
    calendar_from_json,
    split,
    to_minute,
)

_CHUNK_BYTES = 1 << 16  # some two hundred lines, written out together
_ENDED = orjson.OPT_APPEND_NEWLINE
LONGEST_LINE_BYTES = 1 << 20  # a calendar of a thousand exceptions and a hundred pauses fit well
Json = dict[str, Any]
SUPPLEMENTS: tuple[str, ...] = get_args(Supplement)
POLICIES = ("date", "strict")


class BadRequest(Refusal):
    """A line that is no request; values: field, why."""

    code = "BAD_REQUEST"


class LineTooLong(Refusal):
    """A line longer than one request can be; values: limit_bytes."""

    code = "LINE_TOO_LONG"


def answer_lines(lines: BufferedIOBase, out: BinaryIO, table: NationalTable | None = None) -> bool:
    """One answer a line, in order, on the shipped table or another; whether all were answered.

    What has arrived is answered before more is waited for.
    """
    table = table or national_table()
    all_answered = True
    for batch in _batches(lines):
        answers = [_answer_or_refusal(table, line) for line in batch]
        all_answered &= not any("error" in given for given in answers)
        written = (orjson.dumps(given, default=str, option=_ENDED) for given in answers)
        out.write(b"".join(written))
        out.flush()
    return all_answered


def standard_input() -> BufferedIOBase:
    """What a program pipes in, to be read as it arrives."""
    return cast("BufferedIOBase", sys.stdin.buffer)


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
    return default if given is None else checked(name, given, choices)


def checked(name: str, given: object, choices: tuple[str, ...]) -> Any:
    """What was given, if it is one of the choices; raises `BadRequest`."""
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
