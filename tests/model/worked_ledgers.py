"""Stories of one dossier, their ledger of minutes and their lateness, in short words.

All on Mondays to Fridays 07:30-11:30 and 13:00-17:00, no Saturday. 2026-03-02 is a Monday. The term
is eight working hours unless a test says otherwise: received Monday 08:00, there are 210 minutes
before and 240 after lunch, so 30 are left and it is due on Tuesday at 08:00. Budgets: centre 60,
courier out 60, department 240, courier back 60, return 60.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.reference_data.calendar import national_table
from domain.model.claims import Detour
from domain.model.corrections import amend
from domain.model.custody import fold_facts
from domain.model.deadline import Rule, Term
from domain.model.fact import Fact
from domain.model.instants import DAY_US, MINUTE_US, Micros, local, parse_instant
from domain.model.lateness import Lateness, lateness
from domain.model.leg_evidence import Legs, said_of
from domain.model.legs import Account
from domain.model.responsibility import Case, Ledger, ledger
from domain.model.station_time import settle
from domain.model.working_time import Calendar

D1 = f"1{1:015d}"
MONDAY_US = parse_instant("2026-03-02T00:00:00+07:00")
HOURS = [["07:30", "11:30"], ["13:00", "17:00"]]
CALENDAR = Calendar(national_table(), hours=HOURS)
EIGHT_HOURS = Rule(Term("working_hour", 8))
BUDGETS = {"centre": 60, "courier_out": 60, "department": 240, "courier_back": 60, "return": 60}
STEPS = ("check", "sign")

# Centre 08:00-09:00 (ready from 08:30), courier 09:00-10:00, department from 10:00, seen 10:10.
OUT = (
    "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B; Released A 08:50;"
    "Accepted c1 09:00 seal=S1; Released c1 09:55; Accepted B 10:00 seal=S1;"
    "Unsealed B 10:05 seal=S1; Received B 10:10 pouch=P1; Closed B 10:11;"
)


def at(clock: str, day: int = 0) -> Micros:
    hours, minutes = map(int, clock.split(":"))
    return MONDAY_US + day * DAY_US + (hours * 60 + minutes) * MINUTE_US


def minute(clock: str, day: int = 0) -> int:
    return at(clock, day) // MINUTE_US


class Worked:
    """A story, its ledger and its lateness, in short words."""

    def __init__(
        self,
        facts: Sequence[Fact],
        now_us: Micros,
        detours: Sequence[Detour] = (),
        **case: Any,
    ) -> None:
        folded = fold_facts(facts, now_us=now_us)
        standing, _ = amend(settle(facts).timed)
        said = said_of(Legs(standing).of(D1), folded.discrepancies, steps=STEPS)
        given = {"rule": EIGHT_HOURS, "legs_minutes": BUDGETS} | case
        self.state, self.said = folded.dossiers[D1], said
        self.ledger: Ledger = ledger(
            folded.dossiers[D1],
            Case(offices=("A",), start_us=at("08:00"), calendar=CALENDAR, **given),
            replace(said, detours=[*said.detours, *detours]),
            now_us=now_us,
        )
        assert sum(entry.minutes for entry in self.ledger.entries) == self.ledger.minutes
        self.late: Lateness | None = lateness(self.ledger, CALENDAR)

    @property
    def entries(self) -> list[str]:
        """`B department handling 10:10-17:00 380`; the day too after the first."""
        return [
            " ".join(
                word
                for word in (
                    short(entry.account),
                    entry.leg,
                    entry.part,
                    entry.step,
                    f"{clock(entry.start)}-{clock(entry.end)}",
                    str(entry.minutes),
                    f"over {entry.overrun}" if entry.overrun else "",
                    "inferred" if entry.basis == "inferred" else "",
                    "disputed" if entry.disputed else "",
                    "provisional" if entry.provisional else "",
                )
                if word
            )
            for entry in self.ledger.entries
        ]

    @property
    def shares(self) -> list[str]:
        assert self.late is not None
        return [
            f"{short(one.account)} {one.leg} over {one.overrun}: {one.late_minutes}"
            for one in self.late.shares
        ]

    @property
    def saved(self) -> list[str]:
        assert self.late is not None
        return [f"{total.leg} {total.left}" for total in self.late.saved]

    @property
    def accounts(self) -> list[str]:
        return [
            f"{short(one.account)} {one.legal}+{one.outside}" for one in self.ledger.by_account()
        ]


def short(account: Account) -> str:
    words = account.code.removeprefix("courier:") or account.kind
    return words if account.run is None else f"{words}@{account.run}"


def clock(when: int) -> str:
    days = (when - MONDAY_US // MINUTE_US) // 1440
    return (f"+{days}d" if days else "") + local(when * MINUTE_US).strftime("%H:%M")
