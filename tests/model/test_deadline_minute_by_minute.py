"""A second, slow engine, written from the design's page alone, against the one that bisects.

It knows dates and minutes as Python's own values and steps through them one at a time. The number
of random questions is taken from the environment: GIAONHAN_DEADLINE_CASES=20000 for the long form.
"""

import csv
import json
import os
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import adapters.reference_data
from api.cli.due_lines import answer_lines

CASES = int(os.environ.get("GIAONHAN_DEADLINE_CASES", "3000"))
VIETNAM = timezone(timedelta(hours=7))
ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime | None]


def table() -> dict[date, str]:
    path = Path(adapters.reference_data.__path__[0]) / "vn-public-sector-calendar.csv"
    with path.open(encoding="utf-8") as lines:
        return {date.fromisoformat(line["date"]): line["kind"] for line in csv.DictReader(lines)}


class Slow:
    """One calendar of the page, asked date by date and minute by minute."""

    def __init__(self, national: dict[date, str], given: dict[str, Any]) -> None:
        self.national = national
        self.given = given
        self.years = {day.year for day in national}

    def profile(self, day: date) -> list[Any]:
        hours = self.in_force("hours", day)
        if isinstance(hours, list):
            return hours
        for now in (f"{day:%m-%d}", "02-28"):  # 29 February, where no season names it
            for span, shifts in hours.items():
                first, last = span.split("..")
                inside = first <= now <= last
                if inside or (first > last and not last < now < first):
                    return list(shifts)
        raise AssertionError(day)

    def in_force(self, name: str, day: date) -> Any:
        """The hours or the Saturday rule: the last of the later ones that holds by the date."""
        later = self.given.get(f"later_{name}", {})
        begun = [since for since in later if since <= day.isoformat()]
        return later[max(begun)] if begun else self.given[name]

    def kind(self, day: date) -> str:
        """What the date is before its hours are replaced: off, work, saturday, sunday."""
        if day.isoformat() in self.given.get("extra_off", ()):
            return "off"
        if day.isoformat() in self.given.get("extra_work", ()):
            return "work"
        if day in self.national:
            return self.national[day]
        return ("work", "work", "work", "work", "work", "saturday", "off")[day.weekday()]

    def counted(self, day: date) -> bool:
        return self.kind(day) == "work"

    def shifts(self, day: date) -> list[Any]:
        replaced = self.given.get("day_hours", {}).get(day.isoformat())
        if replaced is not None:
            return list(replaced)
        if self.kind(day) == "work":
            return self.profile(day)
        if self.kind(day) == "saturday" and self.in_force("saturday", day) == "working":
            return self.profile(day)[:1]
        return []

    def close(self, day: date) -> datetime:
        last = (self.shifts(day) or self.profile(day))[-1][1]
        return at(day, last)

    def next_counted(self, day: date) -> date:
        day += ONE_DAY
        while not self.counted(day):
            day += ONE_DAY
        return day

    def zero(self, moment: datetime, cutoff: str | None = None) -> date:
        day = moment.date()
        if self.counted(day) and self.shifts(day):
            last = self.shifts(day)[-1][1]
            if moment < at(day, min(last, cutoff or "24:00")):
                return day
        return self.next_counted(day)

    def open_minutes(self, start: datetime) -> Iterator[datetime]:
        """Each open minute from the start on, for ever."""
        day = start.date()
        while True:
            for opens, closes in self.shifts(day):
                minute, close = at(day, opens), at(day, closes)
                while minute < close:
                    if minute >= start:
                        yield minute
                    minute += ONE_MINUTE
            day += ONE_DAY

    def count(self, start: datetime, end: datetime, without: list[Span]) -> int:
        total = 0
        for minute in self.open_minutes(start):
            if minute >= end:
                return total
            total += not any(a <= minute and (b is None or minute < b) for a, b in without)
        raise AssertionError

    # -- conventions 4 to 10

    def due(self, asked: dict[str, Any]) -> tuple[datetime | None, datetime]:
        """The due instant, or None and the start of the open pause."""
        received = moment(asked["received"])
        pauses = joined(
            [(moment(a), b and moment(b)) for a, b in asked.get("pauses", [])], received
        )
        restart = asked.get("supplement") == "restart"
        taken: list[Span] = []
        end = self.plain(asked, received, taken)
        for a, b in pauses:
            if a >= end:
                break
            if b is None:
                return None, a
            if restart:
                end = self.plain(asked, b, [])
            else:
                taken.append((a, b))
                end = self.plain(asked, received, taken)
        return end, end

    def plain(self, asked: dict[str, Any], received: datetime, pauses: list[Span]) -> datetime:
        unit, value = asked["term"]["unit"], asked["term"]["value"]
        if not day_like(unit, value):
            each = {"working_minute": 1, "working_hour": 60, "working_day": 480}[unit]
            left = Fraction(str(value)) * each
            for minute in self.open_minutes(received):
                left -= not any(a <= minute < b for a, b in pauses if b)
                if left <= 0:
                    return minute + ONE_MINUTE
        zero = self.zero(received, asked.get("cutoff"))
        day, more = zero, int(value or 0)
        for a, b in pauses:
            assert b is not None
            first, last = max(self.zero(a), zero), max(self.zero(b), zero)
            while first < last:
                first += ONE_DAY
                more += unit == "calendar_day" or self.counted(first)
        if unit == "calendar_day":
            day += more * ONE_DAY
            return self.close(day if self.counted(day) else self.next_counted(day))
        for _ in range(more):
            day = self.next_counted(day)
        return self.close(day)

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked["type"]:
            case "due":
                end, reach = self.due(asked)
                years = range(moment(asked["received"]).year, reach.year + 1)
                late = end
                if end and day_like(**asked["term"]):
                    late = at(end.date(), "24:00")
                return {
                    "due": told(end),
                    "late_after": told(late),
                    "provisional": any(year not in self.years for year in years),
                }
            case "elapsed":
                start, end = moment(asked["start"]), moment(asked["end"])
                pauses = [(moment(a), b and moment(b)) for a, b in asked["pauses"]]
                return {"minutes": self.count(start, end, pauses)}
            case "leg_due":
                term = {"unit": "working_minute", "value": asked["budget_minutes"]}
                end = self.plain({"term": term}, moment(asked["scanned"]), [])
                return {"due": told(min(end, moment(asked["dossier_due"])))}
        raise AssertionError(asked)


def day_like(unit: str, value: float | None) -> bool:
    if unit == "working_day":
        return value == int(value or 0)
    return unit in {"calendar_day", "same_day"}


def joined(pauses: list[Span], received: datetime) -> list[Span]:
    """Clipped to the receipt, merged, in time order."""
    result: list[Span] = []
    for start, end in sorted(pauses, key=lambda pause: pause[0]):
        a, b = max(start, received), end
        if b is not None and b <= a:
            continue
        if result and (result[-1][1] is None or a <= result[-1][1]):
            first, last = result.pop()
            a, b = first, None if last is None or b is None else max(last, b)
        result.append((a, b))
    return result


def at(day: date, clock: str) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    midnight = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    return midnight + timedelta(hours=hours, minutes=minutes)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(VIETNAM).replace(second=0, microsecond=0)


def told(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


H = [["07:30", "11:30"], ["13:00", "17:00"]]
PROFILES: list[Any] = [
    H,
    [["07:00", "11:30"], ["13:30", "17:00"]],
    [["08:00", "12:00"]],
    [["00:00", "01:15"], ["07:00", "12:00"], ["12:00", "15:00"], ["21:10", "23:59"]],
    {"04-01..10-31": H, "11-01..03-31": [["07:30", "12:00"], ["13:30", "17:00"]]},
    {"01-01..02-28": H[:1], "03-01..06-14": H, "06-15..12-31": [["06:30", "16:00"]]},
]
SATURDAYS = ["none", "reception", "working"]
OVERRIDDEN_HOURS: list[Any] = [
    [],
    [],
    [["08:00", "10:00"]],
    [["07:00", "11:00"], ["18:00", "20:00"]],
]


# The bounds of the shifts, and times near them.
EDGES = [
    *("00:00", "07:00", "07:29", "07:30", "08:00", "10:00", "11:00", "11:29", "11:30", "12:00"),
    *("12:10", "13:00", "15:00", "15:30", "16:00", "16:59", "17:00", "17:01", "23:59"),
]


class Draw:
    """Random questions; times lie on shift bounds and dates near holidays more often than not."""

    def __init__(self, seed: int, national: dict[date, str]) -> None:
        self.random = random.Random(seed)
        self.days = sorted(national)

    def day(self, near: date | None = None) -> date:
        if near is None:
            if self.random.random() < 0.4:
                near = self.random.choice(self.days)
            else:
                near = date(2018, 1, 1) + self.random.randrange(3652) * ONE_DAY
        return near + self.random.randint(-8, 8) * ONE_DAY

    def time(self, day: date) -> str:
        if self.random.random() < 0.5:
            clock = self.random.choice(EDGES)
        else:
            clock = f"{self.random.randrange(24):02d}:{self.random.randrange(60):02d}"
        second = self.random.choice([0, 0, 59])
        offset, shift = self.random.choice([("+07:00", 0), ("+07:00", 0), ("+00:00", 7)])
        return f"{(at(day, clock) - timedelta(hours=shift)):%Y-%m-%dT%H:%M}:{second:02d}{offset}"

    def after(self, day: date, longest: int) -> str:
        return self.time(day + self.random.randint(0, longest) * ONE_DAY)

    def calendar(self, near: date) -> dict[str, Any]:
        given: dict[str, Any] = {
            "hours": self.random.choice(PROFILES),
            "saturday": self.random.choice(SATURDAYS),
        }
        for name, drawn in (("later_hours", PROFILES), ("later_saturday", SATURDAYS)):
            if self.random.random() < 0.3:
                since = {self.day(near).isoformat() for _ in range(self.random.choice([1, 1, 2]))}
                given[name] = {each: self.random.choice(drawn) for each in sorted(since)}
        dates = [self.day(near).isoformat() for _ in range(self.random.choice([0, 0, 2, 5]))]
        work = [day for day in dates if self.random.random() < 0.4]
        given["extra_off"] = [day for day in dates if day not in work]
        given["extra_work"] = work
        if self.random.random() < 0.5:
            given["day_hours"] = {
                self.day(near).isoformat(): self.random.choice(OVERRIDDEN_HOURS)
                for _ in range(self.random.choice([1, 1, 3]))
            }
        return given

    def pauses(self, start: date) -> list[list[str | None]]:
        drawn: list[list[str | None]] = []
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 3])):
            a, b = sorted([self.after(start, 14), self.after(start, 14)], key=moment)
            drawn.append([a, None if self.random.random() < 0.1 else b])
        return drawn

    def term(self) -> dict[str, Any]:
        unit, value = self.random.choice(
            [
                ("working_day", self.random.choice([1, 2, 3, 5, 10])),
                ("working_day", self.random.choice([0.5, 1.5, 2.25, 0.1, 1.1])),
                ("calendar_day", self.random.choice([1, 2, 3, 7, 15])),
                ("same_day", None),
                ("working_hour", self.random.choice([1, 2, 4, 8, 16, 2.5])),
                ("working_minute", self.random.choice([1, 30, 240, 480, 960])),
            ]
        )
        return {"unit": unit, "value": value}

    def question(self) -> dict[str, Any]:
        day = self.day()
        calendar = self.calendar(day)
        kind = self.random.choice(["due", "due", "due", "elapsed", "leg_due"])
        if kind == "elapsed":
            start, end = sorted([self.time(day), self.after(day, 12)], key=moment)
            more: dict[str, Any] = {"start": start, "end": end, "pauses": self.pauses(day)}
        elif kind == "leg_due":
            budget = self.random.choice([1, 60, 240, 500, 1440])
            more = {"scanned": self.time(day), "budget_minutes": budget}
            more["dossier_due"] = self.after(day, 6)
        else:
            more = {
                "received": self.time(day),
                "term": self.term(),
                "cutoff": self.random.choice([None, None, "15:00", "07:00"]),
                "supplement": self.random.choice(["pause", "pause", "restart"]),
                "pauses": self.pauses(day),
            }
        return {"type": kind, "calendar": calendar, **more}


@pytest.mark.no_cover  # traced, each of its minutes would cost ten times as much
@pytest.mark.parametrize("seed", [20_260_302, 20_180_214])
def test_stepping_through_every_minute_gives_the_answers_of_the_bisecting_engine(seed: int) -> None:
    national = table()
    draw = Draw(seed, national)
    asked = [draw.question() for _ in range(CASES // 2)]
    answers = BytesIO()
    assert answer_lines(BytesIO("\n".join(map(json.dumps, asked)).encode()), answers)
    different = []
    for question, line in zip(asked, answers.getvalue().splitlines(), strict=True):
        answer = json.loads(line)
        if question["type"] != "due":
            answer.pop("provisional", None)
        expected = Slow(national, question["calendar"]).answer(question)
        if answer != expected:
            different.append((question, answer, expected))
    assert not different, f"{len(different)} of {len(asked)}; first: {different[0]}"
