"""Deadlines: µs per call from ints, lines per second of `due --json`, a million dossiers re-dated.

    .venv/bin/python bench/due.py [CALLS_A_SLICE]

Raw = the one array look-up or the one reading and writing of JSON that no engine can do without,
taken in slices between ours. The lines carry a different centre override each; the million is the
engine alone, a third of it with a pause, without reading or writing a database.
"""

import random
import subprocess
import sys
import tempfile
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter

import orjson

from adapters.reference_data.calendar import national_table
from domain.model.deadline import Pause, Term, due, elapsed, near_from
from domain.model.office_hours import parse_day
from domain.model.working_time import Calendar, calendar_from_json, minute_at

CALLS, SLICES, LINES, DOSSIERS = 20_000, 7, 100_000, 1_000_000
MOST_US, LEAST_LINES, MOST_REDATING_S = 3.0, 20_000, 15.0
HOURS = [["07:30", "11:30"], ["13:00", "17:00"]]


def main(calls: int) -> int:
    met = [calls_from_ints(calls), json_lines(), redating()]
    return 0 if all(met) else 1


def calls_from_ints(calls: int) -> bool:
    calendar = Calendar(
        national_table(),
        hours=HOURS,
        saturday="working",
        extra_off=[parse_day("2026-03-09")],
        day_hours={parse_day("2026-03-10"): ((480, 600),)},
    )
    table = national_table()
    draw = random.Random(3)
    first, last = parse_day("2018-01-01"), parse_day("2027-01-01")
    receipts = [minute_at(draw.randrange(first, last), draw.randrange(1440)) for _ in range(calls)]
    days, hours = Term("working_day", 15), Term("working_hour", 30)
    calendar_days = Term("calendar_day", 20)
    paused = {at: (Pause(at + 700, at + 9000),) for at in receipts}
    dates, through = table.counted_dates, table.counted_through
    running = calendar.profile.minutes_before()

    def raw_day(at: int) -> int:
        return dates[through[(at - 15_777_780) // 1440] + 14] * 1440 + 15_777_780

    def raw_hour(at: int) -> int:
        return bisect_left(running, running[(at - 15_777_780) // 1440] + 1800)

    timed = best(
        receipts,
        {
            "raw: index a day term": raw_day,
            "raw: bisect an hour term": raw_hour,
            "due working_day": lambda at: due(calendar, at, days),
            "due calendar_day": lambda at: due(calendar, at, calendar_days),
            "due working_hour": lambda at: due(calendar, at, hours),
            "elapsed": lambda at: elapsed(calendar, at, at + 30_000),
            "near_from": lambda at: near_from(calendar, at),
            "due working_day, a pause": lambda at: due(calendar, at, days, pauses=paused[at]),
            "due working_hour, a pause": lambda at: due(calendar, at, hours, pauses=paused[at]),
            "elapsed, a pause": lambda at: elapsed(calendar, at, at + 30_000, paused[at]),
        },
    )
    for name, us in timed.items():
        raw = timed["raw: bisect an hour term" if "hour" in name else "raw: index a day term"]
        print(f"{name:<28}{us:7.2f} µs  {us / raw:6.1f} × raw")
    barred = ("due working_day", "due calendar_day", "due working_hour", "elapsed")
    return told(f"each ≤ {MOST_US} µs", met=all(timed[name] <= MOST_US for name in barred))


def best(receipts: list[int], subjects: dict[str, Callable[[int], object]]) -> dict[str, float]:
    """µs per call, the best of interleaved slices."""
    least = dict.fromkeys(subjects, float("inf"))
    for _ in range(SLICES):
        for name, call in subjects.items():
            start = perf_counter()
            for at in receipts:
                call(at)
            least[name] = min(least[name], (perf_counter() - start) / len(receipts) * 1e6)
    return least


def question(draw: random.Random) -> bytes:
    year = draw.randint(2018, 2026)

    def day() -> str:
        return f"{year}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"

    calendar = {
        "hours": HOURS,
        "saturday": "working",
        "extra_off": [day()],
        "day_hours": {day(): [["08:00", "10:00"]]},
    }
    received = day()
    asked = {
        "type": "due",
        "calendar": calendar,
        "received": f"{received}T10:00:00+07:00",
        "term": {"unit": draw.choice(["working_day", "working_hour"]), "value": 9},
        "cutoff": None,
        "supplement": "pause",
        "pauses": [[f"{received}T11:00:00+07:00", f"{year + 1}-01-05T09:00:00+07:00"]]
        if draw.random() < 1 / 3
        else [],
    }
    return orjson.dumps(asked) + b"\n"


def json_lines() -> bool:
    draw = random.Random(5)
    lines = [question(draw) for _ in range(LINES)]
    start = perf_counter()
    for line in lines:
        orjson.dumps(orjson.loads(line))
    raw = LINES / (perf_counter() - start)
    table = national_table()
    start = perf_counter()
    for line in lines:
        calendar_from_json(table, orjson.loads(line)["calendar"])
    calendars = LINES / (perf_counter() - start)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "questions.jsonl")
        path.write_bytes(b"".join(lines))
        with path.open("rb") as asked:
            start, cpu = perf_counter(), getrusage(RUSAGE_CHILDREN).ru_utime
            command = [sys.executable, "-m", "api.cli", "due", "--json"]
            answers = subprocess.run(command, stdin=asked, capture_output=True, check=True).stdout
            ours = LINES / (perf_counter() - start)
            on_cpu = LINES / (getrusage(RUSAGE_CHILDREN).ru_utime - cpu)
    if answers.count(b'"provisional"') != LINES:
        raise AssertionError("a line was not answered")
    print(f"{'raw: JSON in and out':<28}{raw:9,.0f} lines/s")
    print(f"{'calendar with overrides':<28}{calendars:9,.0f} lines/s  {calendars / raw:.2f} of raw")
    print(f"{'due --json, whole command':<28}{ours:9,.0f} lines/s  {ours / raw:.2f} of raw")
    print(f"{'  by its own CPU time':<28}{on_cpu:9,.0f} lines/s")
    return told(f"≥ {LEAST_LINES:,} lines/s", met=ours >= LEAST_LINES)


def redating() -> bool:
    """Due and the moment it becomes near, which is what the read model keeps of each."""
    draw = random.Random(7)
    calendar = Calendar(national_table(), hours=HOURS, extra_off=[parse_day("2026-03-09")])
    first = parse_day("2026-01-05")
    terms = [Term("working_day", n) for n in (3, 5, 10, 20)] + [Term("working_hour", 8)]
    open_dossiers = []
    for _ in range(DOSSIERS // 10):
        at = minute_at(first + draw.randrange(60), draw.randrange(450, 1020))
        pauses = (
            (Pause(at + 400, at + 400 + draw.randrange(20_000)),) if draw.random() < 1 / 3 else ()
        )
        open_dossiers.append((at, draw.choice(terms), pauses))
    start = perf_counter()
    for _ in range(10):
        for at, term, pauses in open_dossiers:
            answer = due(calendar, at, term, pauses=pauses)
            near_from(calendar, answer.due_minute or at)
    spent = perf_counter() - start
    print(f"{'re-date 1,000,000 dossiers':<28}{spent:7.2f} s   engine alone, due and near")
    return told(f"≤ {MOST_REDATING_S} s, which the read model shares", met=spent <= MOST_REDATING_S)


def told(bar: str, *, met: bool) -> bool:
    print(f"  bar: {bar}: {'met' if met else 'MISSED'}")
    return met


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS))
