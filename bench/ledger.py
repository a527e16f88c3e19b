"""The ledger of one dossier: µs for 20 links with steps, a pause, a tender and a detour.

    .venv/bin/python bench/ledger.py [ROUNDS]

Raw = what no ledger can do without, taken in slices between ours: the elapsed working minutes of
each of its entries, asked of the calendar one by one.
"""

import sys
from collections.abc import Callable
from time import perf_counter

from adapters.reference_data.calendar import national_table
from domain.model.claims import Detour, Said
from domain.model.custody_state import DossierState, Link, Tendered
from domain.model.deadline import Pause, Rule, Term, elapsed
from domain.model.instants import DAY_US, MINUTE_US, parse_instant
from domain.model.lateness import lateness
from domain.model.legs import Mark, account_of
from domain.model.responsibility import Case, ledger
from domain.model.working_time import Calendar

ROUNDS, SLICES, LINKS, MOST_US = 10, 300, 20, 300.0  # short slices: the best is undisturbed
START_US = parse_instant("2026-03-02T08:00:00+07:00")
PARTIES = ("A", "courier:c1", "B", "courier:c2")


def main(rounds: int) -> int:
    calendar = Calendar(national_table(), hours=[["07:30", "11:30"], ["13:00", "17:00"]])
    state, case, said = history(calendar)
    now_us = START_US + LINKS * DAY_US
    found = ledger(state, case, said, now_us=now_us)
    spans = [(entry.start, entry.end) for entry in found.entries]
    least = best(
        rounds,
        {
            "raw: elapsed of each entry": lambda: [elapsed(calendar, a, b) for a, b in spans],
            "ledger": lambda: ledger(state, case, said, now_us=now_us),
            "by account and by leg": lambda: (found.by_account(), found.by_leg()),
            "lateness": lambda: lateness(found, calendar),
        },
    )
    raw = least["raw: elapsed of each entry"]
    print(f"{len(state.chain)} links, {len(said.marks)} marks, {len(spans)} entries")
    for name, us in least.items():
        print(f"{name:<28}{us:8.1f} µs  {us / raw:5.2f} × raw")
    met = least["ledger"] <= MOST_US
    print(f"  bar: ≤ {MOST_US:.0f} µs: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def best(rounds: int, subjects: dict[str, Callable[[], object]]) -> dict[str, float]:
    """µs per call, the best of interleaved slices."""
    least = dict.fromkeys(subjects, float("inf"))
    for _ in range(SLICES):
        for name, call in subjects.items():
            begun = perf_counter()
            for _ in range(rounds):
                call()
            least[name] = min(least[name], (perf_counter() - begun) / rounds * 1e6)
    return least


def history(calendar: Calendar) -> tuple[DossierState, Case, Said]:
    """Half a day in each hand; an office starts and ends a step and gets it ready for pick-up."""
    half = DAY_US // 2
    chain = [
        Link(
            PARTIES[n % 4],
            None,
            START_US + n * half,
            START_US + (n + 1) * half if n + 1 < LINKS else None,
            "inferred" if n % 2 else "verified",
            (f"station-{n}#1", f"station-{n}#2"),
        )
        for n in range(LINKS)
    ]
    marks = [
        Mark(link.from_us + minutes * MINUTE_US, act, link.holder, "check")
        for link in chain[::2]
        for minutes, act in ((10, "started"), (90, "finished"), (120, "ready"))
    ]
    minute = START_US // MINUTE_US
    case = Case(
        offices=("A",),
        start_us=START_US,
        rule=Rule(Term("working_day", 3)),
        calendar=calendar,
        legs_minutes={"centre": 240, "courier_out": 240, "department": 600, "courier_back": 240},
        pauses=(Pause(minute + 2000, minute + 3000),),
    )
    since = chain[9].from_us
    tendered = Tendered(chain[9].holder, "B", since + 15 * MINUTE_US, chain[9].to_us)
    astray = Detour(
        "misrouted", account_of("A"), chain[13].from_us, chain[14].from_us, "station-13#1"
    )
    state = DossierState(
        "open", None, ((START_US, None),), chain, registered_us=START_US, tendered=(tendered,)
    )
    return state, case, Said(marks, [astray])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
