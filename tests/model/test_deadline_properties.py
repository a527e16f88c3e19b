"""What holds for every calendar, receipt and term, whatever the numbers are."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.reference_data.calendar import national_table
from domain.model.deadline import Due, Pause, Term, classify, due, elapsed, near_from
from domain.model.explanation import explain
from domain.model.office_hours import parse_day, parse_shifts
from domain.model.working_time import Calendar, minute_at

FIRST, LAST = parse_day("2018-01-01"), parse_day("2027-10-01")
CENTRE = parse_day("2026-03-05")  # dates lie close together, so that overrides and pauses meet
PROFILES: list[Any] = [
    [["07:30", "11:30"], ["13:00", "17:00"]],
    [["08:00", "12:00"]],
    {
        "04-01..10-31": [["07:00", "11:30"], ["13:30", "17:00"]],
        "11-01..03-31": [["08:00", "15:00"]],
    },
]
DAY_HOURS = [parse_shifts(given) for given in ([], [["08:00", "10:00"]], [["06:00", "20:00"]])]

near_days = st.integers(CENTRE - 12, CENTRE + 40)
minutes = st.one_of(
    st.builds(minute_at, near_days, st.integers(0, 1439)),
    st.builds(minute_at, near_days, st.sampled_from([0, 450, 690, 780, 1019, 1020])),
    st.builds(minute_at, st.integers(FIRST, LAST), st.integers(0, 1439)),
)


@st.composite
def laid(draw: st.DrawFn) -> dict[str, Any]:
    """The arguments of a calendar."""
    off, work = draw(st.sets(near_days, max_size=5)), draw(st.sets(near_days, max_size=4))
    return {
        "hours": draw(st.sampled_from(PROFILES)),
        "saturday": draw(st.sampled_from(["none", "reception", "working"])),
        "extra_off": off,
        "extra_work": work - off,
        "day_hours": draw(st.dictionaries(near_days, st.sampled_from(DAY_HOURS), max_size=3)),
    }


calendars = laid().map(lambda given: Calendar(national_table(), **given))
hour_terms = st.one_of(
    st.builds(Term, st.just("working_minute"), st.integers(1, 5000)),
    st.builds(Term, st.just("working_hour"), st.integers(1, 80)),
    st.builds(Term, st.just("working_day"), st.sampled_from([0.5, 1.5, 7.25])),
)
day_terms = st.one_of(
    st.just(Term("same_day")),
    st.builds(Term, st.sampled_from(["working_day", "calendar_day"]), st.integers(1, 40)),
)
terms = st.one_of(hour_terms, day_terms)
cutoffs = st.sampled_from([None, 900, 480])


@st.composite
def pause(draw: st.DrawFn) -> Pause:
    start = minute_at(draw(near_days), draw(st.sampled_from([0, 540, 690, 1019, 1020, 1100])))
    return Pause(start, start + draw(st.integers(0, 15_000)))


pauses = st.lists(pause(), max_size=3)
asked_of = st.fixed_dictionaries(
    {
        "cutoff": cutoffs,
        "supplement": st.sampled_from(["pause", "restart"]),
        "pauses": pauses,
    }
)


def end_of(answer: Due) -> int:
    assert answer.due_minute is not None
    return answer.due_minute


@given(calendars, minutes, terms, cutoffs, st.integers(1, 30))
def test_a_longer_term_is_never_due_earlier(
    calendar: Calendar, received: int, term: Term, cutoff: int | None, more: int
) -> None:
    if term.value is None:
        return
    longer = Term(term.unit, term.value + more)
    first = end_of(due(calendar, received, term, cutoff=cutoff))
    assert first <= end_of(due(calendar, received, longer, cutoff=cutoff))


@given(calendars, minutes, terms, cutoffs, st.integers(0, 20_000))
def test_a_later_receipt_is_never_due_earlier(
    calendar: Calendar, received: int, term: Term, cutoff: int | None, later: int
) -> None:
    first = end_of(due(calendar, received, term, cutoff=cutoff))
    assert first <= end_of(due(calendar, received + later, term, cutoff=cutoff))


@given(calendars, minutes, st.integers(0, 20_000), st.integers(0, 20_000), pauses)
def test_elapsed_time_is_additive(
    calendar: Calendar, start: int, first: int, second: int, given_pauses: list[Pause]
) -> None:
    middle, end = start + first, start + first + second
    parts = elapsed(calendar, start, middle, given_pauses)
    parts += elapsed(calendar, middle, end, given_pauses)
    assert parts == elapsed(calendar, start, end, given_pauses)


@given(calendars, minutes, hour_terms, pauses)
def test_exactly_the_minutes_of_an_hour_term_pass_until_it_is_due_and_one_fewer_before(
    calendar: Calendar, received: int, term: Term, given_pauses: list[Pause]
) -> None:
    end = end_of(due(calendar, received, term, pauses=given_pauses))
    assert elapsed(calendar, received, end, given_pauses) == term.amount
    assert elapsed(calendar, received, end - 1, given_pauses) == term.amount - 1


@given(calendars, minutes, st.integers(1, 20_000))
def test_the_time_elapsed_to_an_open_minute_is_the_hour_term_due_there(
    calendar: Calendar, start: int, length: int
) -> None:
    passed = elapsed(calendar, start, start + length)
    if passed == 0 or elapsed(calendar, start + length - 1, start + length) == 0:
        return
    assert due(calendar, start, Term("working_minute", passed)).due_minute == start + length


@given(laid(), asked_of, minutes, terms, near_days)
@settings(max_examples=300)
def test_a_day_off_more_never_moves_a_due_date_earlier(
    arguments: dict[str, Any],
    asked: dict[str, Any],
    received: int,
    term: Term,
    day_off: int,
) -> None:
    """Calendar days with pauses excepted: a pause may then add fewer of them.

    The date loses its other overrides first, because hours of its own would stay open.
    """
    if term.unit == "calendar_day":
        asked["pauses"] = []
    arguments["extra_work"] = arguments["extra_work"] - {day_off}
    arguments["day_hours"] = {
        day: shifts for day, shifts in arguments["day_hours"].items() if day != day_off
    }
    before = Calendar(national_table(), **arguments)
    arguments["extra_off"] = {*arguments["extra_off"], day_off}
    after = Calendar(national_table(), **arguments)
    earlier = end_of(due(before, received, term, **asked))
    assert earlier <= end_of(due(after, received, term, **asked))


@given(calendars, asked_of, minutes, terms)
@settings(max_examples=200)
def test_the_count_day_by_day_ends_where_the_engine_says(
    calendar: Calendar,
    asked: dict[str, Any],
    received: int,
    term: Term,
) -> None:
    answer = due(calendar, received, term, **asked)
    steps = explain(calendar, received, term, **asked)
    end = [step for step in steps if step.en.startswith("Due ")]
    assert len(end) == 1
    if not term.day_like:
        left = [step.en for step in steps if step.en.endswith(" left")]
        assert left[-1].endswith(" 0 left")
    else:
        counted = [s for s in steps if s.rule in {4, 5, 6} and not s.en.startswith("Due")]
        assert counted[-1].date == end[0].date
    assert answer.late_after_minute is not None


@given(calendars, minutes, terms, st.integers(0, 3000))
def test_finishing_later_never_improves_the_class(
    calendar: Calendar, received: int, term: Term, later: int
) -> None:
    order = ["truoc_han", "dung_han", "qua_han"]
    end = end_of(due(calendar, received, term))
    classes = [
        order.index(classify(day_like=term.day_like, due_minute=end, finished_minute=at))
        for at in (end - later, end, end + later)
    ]
    assert classes == sorted(classes)
    assert classes[1] == 1


@given(calendars, minutes, st.integers(0, 2000))
def test_near_begins_with_the_first_minute_that_leaves_so_little(
    calendar: Calendar, end: int, left: int
) -> None:
    begins = near_from(calendar, end, near_minutes=left)
    assert elapsed(calendar, begins, end) <= left
    assert elapsed(calendar, begins - 1, end) == left + 1
