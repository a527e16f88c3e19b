"""L3 on histories nobody planned: every minute has one owner, and lateness is divided exactly."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.reference_data.calendar import national_table
from domain.model.claims import DETOURS, Detour, Said
from domain.model.corrections import amend
from domain.model.custody import fold_facts
from domain.model.custody_state import DossierState, Link, Milestones, Tendered
from domain.model.deadline import Pause, Rule, Term
from domain.model.fact import Fact
from domain.model.instants import DAY_US, MINUTE_US, Micros
from domain.model.lateness import lateness
from domain.model.laws import every_minute_has_one_owner
from domain.model.leg_evidence import Legs, said_of
from domain.model.legs import LEGAL, LEGS, THE_POST, Mark, account_of
from domain.model.responsibility import Case, Entry, Ledger, ledger
from domain.model.station_time import settle
from domain.model.working_time import Calendar
from tests.model.random_days import random_day
from tests.model.worked_ledgers import BUDGETS, CALENDAR, MONDAY_US

PARTIES = ("A", "B", "C", "courier:c1", "courier:c2")
TERMS = (
    Term("working_hour", 8),
    Term("working_minute", 1),
    Term("working_day", 1),
    Term("calendar_day", 3),
    Term("same_day"),
)
CALENDARS = (
    CALENDAR,
    Calendar(national_table(), hours=[["08:00", "12:00"]], saturday="working"),
    Calendar(national_table(), hours=[["07:00", "11:00"], ["14:00", "18:00"]]),
)
SPAN_MINUTES = 14 * 1440

instants = st.integers(0, SPAN_MINUTES).map(lambda n: MONDAY_US + n * MINUTE_US)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Micros, Micros | None]:
    start, end = sorted((draw(instants), draw(instants)))
    return start, draw(st.sampled_from([end, end, None]))


@st.composite
def states(draw: st.DrawFn) -> DossierState:
    """A chain with and without gaps, finished, ended or running."""
    edges = sorted(draw(st.lists(instants, min_size=1, max_size=12, unique=True)))
    chain: list[Link] = []
    for start, end in zip(edges, [*edges[1:], None], strict=True):
        if draw(st.integers(0, 9)) or end is None:
            basis = draw(st.sampled_from(["verified", "inferred", "attested"]))
            holder = draw(st.sampled_from(PARTIES))
            chain.append(Link(holder, None, start, end, basis, (f"s#{len(chain)}",)))
    finished = draw(st.none() | instants)
    closed = draw(st.none() | instants)
    ended = draw(st.none() | instants) if finished is None else None
    offered = [
        Tendered("A", draw(st.sampled_from(PARTIES)), *draw(windows()))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return DossierState(
        status="open",
        pouch=None,
        windows=((edges[0], closed),),
        chain=chain,
        finished_us=finished,
        finished_provisional=draw(st.booleans()),
        tendered=tuple(offered),
        milestones=Milestones(ended_us=ended),
    )


marks = st.builds(
    Mark,
    instants,
    st.sampled_from(["ready", "not_ready", "started", "finished"]),
    st.sampled_from(PARTIES),
    st.sampled_from(["", "check"]),
)
detours = st.builds(
    lambda cause, party, window: Detour(cause, account_of(party), window[0], window[1], "r"),
    st.sampled_from(DETOURS),
    st.sampled_from(PARTIES),
    windows(),
)
pauses = st.builds(
    lambda window, reason: Pause(
        window[0] // MINUTE_US, None if window[1] is None else window[1] // MINUTE_US, reason
    ),
    windows(),
    st.sampled_from(["supplement", "financial_obligation", "other_agency"]),
)
cases = st.builds(
    Case,
    offices=st.just(("A",)),
    start_us=instants,
    rule=st.builds(Rule, st.sampled_from(TERMS), st.none(), st.sampled_from(["pause", "restart"])),
    calendar=st.sampled_from(CALENDARS),
    legs_minutes=st.dictionaries(st.sampled_from(LEGS), st.integers(0, 900)),
    pauses=st.lists(pauses, max_size=3),
    calendars=st.dictionaries(st.sampled_from(PARTIES), st.sampled_from(CALENDARS)),
)
saids = st.builds(
    lambda marked, gone, disputed: Said(sorted(marked), gone, disputed),
    st.lists(marks, max_size=12),
    st.lists(detours, max_size=3),
    st.lists(windows(), max_size=2),
)


@settings(max_examples=200, deadline=None)
@given(states(), cases, saids, instants)
def test_every_minute_is_charged_once_whatever_happened(
    state: DossierState, case: Case, said: Said, now_us: Micros
) -> None:
    found = ledger(state, case, said, now_us=now_us)
    assert every_minute_has_one_owner(found, case) == []
    late = lateness(found, case.calendar)
    if late is not None:
        assert sum(share.late_minutes for share in late.shares) == late.late_minutes
        assert all(share.late_minutes >= 0 for share in late.shares)
        assert len({(share.leg, share.account) for share in late.shares}) == len(late.shares)


@settings(max_examples=60, deadline=None)
@given(states(), cases, saids)
def test_a_ledger_agrees_with_asking_minute_by_minute_who_answers(
    state: DossierState, case: Case, said: Said
) -> None:
    """The plainest count there is: for a minute the first claim that holds, else the chain."""
    now_us = MONDAY_US + 3 * DAY_US
    found = ledger(state, case, said, now_us=now_us)
    for minute in range(found.start, min(found.end, found.start + 4000), 61):
        entry = next(each for each in found.entries if each.start <= minute < each.end)
        assert entry.account == answers(state, case, said, found, minute), minute


def answers(state: DossierState, case: Case, said: Said, found: Ledger, minute: int) -> Any:
    spans = [
        (
            link.from_us // MINUTE_US,
            1 << 60 if link.to_us is None else link.to_us // MINUTE_US,
            link,
        )
        for link in state.chain
    ]
    held = [link.holder for start, end, link in spans if start <= minute < end]
    if not held and any(found.start < end and start < end <= minute for start, end, _ in spans):
        return ("applicant", "", None)
    if found.legal_end is not None and minute >= found.legal_end:
        return ("shelf", "", None)
    running = sorted(
        (pause.start, pause.reason)
        for pause in case.pauses
        if pause.start <= minute and (pause.end is None or minute < pause.end)
    )
    stopped = [reason for start, reason in running if found.due is None or minute < found.due]
    if stopped:
        return ("agency" if stopped[0] == "other_agency" else "applicant", "", None)
    for one in state.tendered:
        if one.from_us // MINUTE_US <= minute and (
            one.to_us is None or minute < one.to_us // MINUTE_US
        ):
            return account_of(one.receiver)
    gone = sorted(
        (DETOURS.index(one.cause), one.from_us, one.account)
        for one in said.detours
        if one.from_us // MINUTE_US <= minute
        and (one.to_us is None or minute < one.to_us // MINUTE_US)
    )
    return gone[0][2] if gone else account_of((held or ["A"])[-1])


def test_on_random_days_the_ledgers_of_all_dossiers_balance() -> None:
    accounts, legs, charged = set(), set(), 0
    for seed in range(150):
        rng = Random(seed)
        facts = random_day(rng, rng.choice([15, 40, 80]))
        now_us = max(fact.at_us for fact in facts) + rng.choice([0, DAY_US])
        for found, case in ledgers(facts, now_us):
            assert every_minute_has_one_owner(found, case) == [], seed
            accounts |= {entry.account.kind for entry in found.entries}
            legs |= {entry.leg for entry in found.entries if entry.minutes}
            charged += found.minutes
    assert charged > 10_000, "the days are not all at night"
    assert accounts >= {"office", "courier", "shelf"}
    assert legs >= {*LEGS, "misrouted", "tendered", "shelf"}


def test_the_order_in_which_facts_come_in_changes_no_charge() -> None:
    """L5: charges, too, depend on the set of facts alone."""
    for seed in range(40):
        rng = Random(seed)
        facts = random_day(rng, 40)
        now_us = max(fact.at_us for fact in facts)
        answer = ledgers(facts, now_us)
        again = [*facts, *rng.sample(facts, 5)]
        rng.shuffle(again)
        by_start = [(found.entries, case.start_us) for found, case in ledgers(again, now_us)]
        assert sorted(by_start) == sorted((found.entries, case.start_us) for found, case in answer)


def ledgers(facts: list[Fact], now_us: Micros) -> list[tuple[Ledger, Case]]:
    folded = fold_facts(facts, now_us=now_us)
    legs = Legs(amend(settle(facts).timed)[0])
    found = []
    for label, state in folded.dossiers.items():
        if state.registered_us is not None and abs(state.registered_us - now_us) < 300 * DAY_US:
            case = Case(
                offices=(str(state.registered_office),),
                start_us=state.registered_us,
                rule=Rule(Term("working_hour", 2)),
                calendar=CALENDAR,
                legs_minutes=BUDGETS,
            )
            said = said_of(legs.of(label), folded.discrepancies, steps=("check", "sign"))
            found.append((ledger(state, case, said, now_us=now_us), case))
    return found


def test_the_law_names_a_minute_that_nobody_or_two_answer_for() -> None:
    state = DossierState("open", None, (), [Link("A", None, MONDAY_US, None, "verified", ())])
    case = Case(
        offices=("A",),
        start_us=MONDAY_US + 9 * 60 * MINUTE_US,
        rule=Rule(Term("working_hour", 8)),
        calendar=CALENDAR,
        legs_minutes=BUDGETS,
    )
    found = ledger(state, case, now_us=MONDAY_US + DAY_US)
    (entry,) = found.entries
    assert every_minute_has_one_owner(found, case) == []
    middle = entry.start + 60
    halves = entry._replace(end=middle, minutes=60), entry._replace(start=middle, minutes=330)
    assert every_minute_has_one_owner(changed(found, *halves), case) == []
    gap = halves[0], halves[1]._replace(start=middle + 1, minutes=329)
    assert any("nobody" in said for said in every_minute_has_one_owner(changed(found, *gap), case))
    twice = halves[0], halves[1]._replace(start=middle - 1, minutes=331)
    assert any("two" in said for said in every_minute_has_one_owner(changed(found, *twice), case))
    wrong = (entry._replace(minutes=389),)
    assert len(every_minute_has_one_owner(changed(found, *wrong), case)) == 3
    stopped = (entry._replace(clock="outside", account=THE_POST),)
    assert any(
        "legal" in said for said in every_minute_has_one_owner(changed(found, *stopped), case)
    )
    assert entry.clock == LEGAL


def changed(found: Ledger, *entries: Entry) -> Ledger:
    return Ledger(
        entries=entries,
        start=found.start,
        end=found.end,
        minutes=found.minutes,
        due=found.due,
        late_after=found.late_after,
        day_like=found.day_like,
        legal_end=found.legal_end,
        provisional=found.provisional,
        budgets=found.budgets,
        left=found.left,
    )
