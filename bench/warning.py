"""Early warning: the risk of 25,000 open dossiers after a run was missed, network and all.

    .venv/bin/python bench/warning.py [DOSSIERS]

A province's centre: 20 departments, 2 runs a day to each, a month of them. Raw = what no work list
can do without, taken in slices between ours: sorting the same dossiers by their due date.
"""

import sys
from collections import Counter
from random import Random
from time import perf_counter

from adapters.reference_data.calendar import national_table
from domain.model.instants import MINUTE_US, Micros
from domain.model.legs import CENTRE, COURIER_BACK, COURIER_OUT, DEPARTMENT, RETURN
from domain.model.office_hours import Day, parse_day
from domain.model.runs import RunState, StopState
from domain.model.warning import Network, Outlook, Position
from domain.model.working_time import Calendar, minute_at, to_us

DOSSIERS, DEPARTMENTS, DAYS, SLICES, MOST_S = 25_000, 20, 31, 5, 1.0
FIRST = parse_day("2026-03-02")
NOW_US = to_us(minute_at(FIRST, 9 * 60 + 10))


def main(dossiers: int) -> int:
    calendar = Calendar(national_table(), hours=[["07:30", "11:30"], ["13:00", "17:00"]])
    runs = timetable(calendar)
    positions = open_dossiers(calendar, dossiers)
    least = dict.fromkeys(("raw: sort by due date", "risk list"), float("inf"))
    risks: Counter[str] = Counter()
    for _ in range(SLICES):
        begun = perf_counter()
        sorted(positions, key=lambda at: at.due_us or 0)
        least["raw: sort by due date"] = min(least["raw: sort by due date"], perf_counter() - begun)
        begun = perf_counter()
        network = Network(runs, now_us=NOW_US)
        outlook = Outlook(network, calendar=calendar, calendar_of=lambda _: None, now_us=NOW_US)
        found = [outlook(at) for at in positions]
        least["risk list"] = min(least["risk list"], perf_counter() - begun)
        risks = Counter(one.risk.value for one in found)
    raw, ours = least.values()
    print(f"{dossiers:,} dossiers, {len(runs):,} runs: {dict(risks)}")
    print(f"raw: sort by due date {raw * 1000:8.1f} ms")
    print(f"risk list             {ours * 1000:8.1f} ms  {ours / raw:.0f} × raw")
    met = ours <= MOST_S
    print(f"  bar: ≤ {MOST_S} s: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def timetable(calendar: Calendar) -> list[RunState]:
    """The morning's runs of half the departments are missed by now."""
    return [
        run(day, f"D{number}", slot, hour)
        for day in range(FIRST, FIRST + DAYS)
        if calendar.shape(day).counted
        for number in range(DEPARTMENTS)
        for slot, hour in (("1", 8), ("2", 13))
    ]


def run(day: Day, department: str, slot: str, hour: int) -> RunState:
    def stop(office: str, minute: int) -> StopState:
        at_us: Micros = to_us(minute_at(day, minute))
        missed_us = at_us + 60 * MINUTE_US
        cutoff_us = at_us - 15 * MINUTE_US
        return StopState(office, planned_us=at_us, cutoff_us=cutoff_us, missed_us=missed_us)

    stops = ("A", hour * 60), (department, hour * 60 + 50), ("A", hour * 60 + 110)
    return RunState(
        name=f"{department}/{day}/{slot}",
        route=department,
        slot=slot,
        day=day,
        label="7",
        planned=None,
        stops=tuple(stop(office, minute) for office, minute in stops),
    )


def open_dossiers(calendar: Calendar, number: int) -> list[Position]:
    draw = Random(3)
    found = []
    for _ in range(number):
        department = f"D{draw.randrange(DEPARTMENTS)}"
        leg = draw.choice([CENTRE, CENTRE, COURIER_OUT, *[DEPARTMENT] * 5, COURIER_BACK, RETURN])
        due = calendar.close_of(calendar.counted_after(FIRST, draw.randrange(20)))
        place = department if leg in {COURIER_OUT, DEPARTMENT} else "A"
        due_us = to_us(due)
        left, budget = draw.randrange(4000), draw.choice([600, 1200, 3360, 7920])
        late_us = due_us + 7 * 60 * MINUTE_US
        found.append(Position(leg, place, "A", department, due_us, late_us, left, budget))
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DOSSIERS))
