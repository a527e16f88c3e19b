"""What waits in a line is answered together; scans of many stations are stored in one save."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from threading import Event, Semaphore
from time import monotonic, sleep
from typing import Any
from weakref import ref

import pytest

from api.lane import Busy, Followed, Lane, Together
from api.scan_line import ScanLine
from domain.model.errors import BadCode
from domain.ports.stores import StreamConflict
from domain.use_cases.record_scans import Sending, SentEntry

WAIT_S = 60


@pytest.fixture
def lane() -> Iterator[Lane]:
    with closing(Lane("test", most_waiting=6)) as made:
        yield made


@contextmanager
def held(lane: Lane) -> Iterator[None]:
    """Whatever is asked within the block waits until its end."""
    go_on = Event()
    lane.run(lambda: go_on.wait(WAIT_S))
    try:
        yield
    finally:
        go_on.set()


def together(
    lane: Lane, groups: list[list[int]], followed: Followed | None = None
) -> Together[int, int]:
    """Squares of numbers, each as large as it is."""

    def answer(numbers: Sequence[int]) -> list[int | Exception]:
        groups.append([*numbers])
        if 0 in numbers:
            raise ZeroDivisionError
        return [BadCode(field="n", text="3") if n == 3 else n * n for n in numbers]

    return Together(lane, answer, size=lambda number: number, most=10, followed=followed)


def test_questions_that_wait_are_answered_together_up_to_a_limit_and_in_order(lane: Lane) -> None:
    groups: list[list[int]] = []
    squares = together(lane, groups)
    with held(lane):
        asked = [squares.ask(n) for n in (4, 6, 1, 20)]
    assert [each.result(WAIT_S) for each in asked] == [16, 36, 1, 400]
    assert groups == [[4, 6], [1], [20]]
    assert squares.ask(5).result(WAIT_S) == 25


def test_who_goes_away_before_his_turn_puts_nobody_else_out_of_turn(lane: Lane) -> None:
    groups: list[list[int]] = []
    squares = together(lane, groups)
    with held(lane):
        asked = [squares.ask(n) for n in (9, 2, 1, 4, 8)]
        assert all(asked[gone].cancel() for gone in (0, 2))
    assert [asked[n].result(WAIT_S) for n in (1, 3, 4)] == [4, 16, 64]
    assert squares.ask(10).result(WAIT_S) == 100
    assert groups == [[2, 4], [8], [10]]


def test_a_question_refused_is_refused_alone_and_a_fault_is_everybodys(lane: Lane) -> None:
    squares = together(lane, [])
    with held(lane):
        asked = [squares.ask(n) for n in (2, 3, 1)]
    assert (asked[0].result(WAIT_S), asked[2].result(WAIT_S)) == (4, 1)
    with pytest.raises(BadCode):
        asked[1].result(WAIT_S)
    with held(lane):
        asked = [squares.ask(n) for n in (2, 0, 9)]
    for each in asked[:2]:
        with pytest.raises(ZeroDivisionError):
            each.result(WAIT_S)
    assert asked[2].result(WAIT_S) == 81


class Sheets:
    """Looks that last until they are told to end; `looks`: how many groups each has found."""

    def __init__(self, groups: list[list[int]], *, beside: Lane) -> None:
        self.groups = groups
        self.looks: list[int] = []
        self.begun, self.end = Semaphore(0), Semaphore(0)
        self.followed = Followed(beside, self.look, beside=True)

    def look(self) -> None:
        self.looks.append(len(self.groups))
        self.begun.release()
        assert self.end.acquire(timeout=WAIT_S)


@pytest.fixture
def sheets() -> Iterator[Sheets]:
    with closing(Lane("sheets", most_waiting=1)) as beside:
        made = Sheets([], beside=beside)
        yield made
        for _ in range(20):
            made.end.release()


def test_nobody_is_answered_before_a_look_that_began_after_what_was_done(
    lane: Lane, sheets: Sheets
) -> None:
    squares = together(lane, sheets.groups, sheets.followed)
    first = squares.ask(2)
    assert sheets.begun.acquire(timeout=WAIT_S)
    full = squares.ask(10)  # is done beside the look, which cannot have seen it
    while sheets.groups != [[2], [10]]:
        sleep(0.001)
    assert not first.done()
    sheets.end.release()
    assert first.result(WAIT_S) == 4
    assert sheets.begun.acquire(timeout=WAIT_S)
    assert not full.done()
    sheets.end.release()
    assert full.result(WAIT_S) == 100
    assert sheets.looks == [1, 2]


def test_what_comes_during_a_look_is_done_after_it_together(lane: Lane, sheets: Sheets) -> None:
    squares = together(lane, sheets.groups, sheets.followed)
    asked = [squares.ask(2)]
    assert sheets.begun.acquire(timeout=WAIT_S)
    asked.append(squares.ask(3))
    sleep(0.05)  # it would be done by now if it were not held
    asked += [squares.ask(n) for n in (4, 1)]
    for _ in range(20):
        sheets.end.release()
    assert [each.result(WAIT_S) for each in (asked[0], *asked[2:])] == [4, 16, 1]
    with pytest.raises(BadCode):  # nothing was done: nothing has to be followed
        asked[1].result(WAIT_S)
    assert sheets.groups == [[2], [3, 4, 1]]


def test_who_goes_away_during_a_look_takes_nobodys_answer(lane: Lane, sheets: Sheets) -> None:
    squares = together(lane, sheets.groups, sheets.followed)
    first = squares.ask(2)
    assert sheets.begun.acquire(timeout=WAIT_S)
    gone, stays = squares.ask(5), squares.ask(4)  # the one that has gone is held in his turn
    assert first.cancel()
    assert gone.cancel()
    for _ in range(20):
        sheets.end.release()
    assert stays.result(WAIT_S) == 16
    assert squares.ask(1).result(WAIT_S) == 1
    assert sheets.groups == [[2], [4], [1]]


def test_what_is_done_in_the_turn_of_one_who_went_away_is_told_to_be_behind(
    lane: Lane, sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act that comes between it and the others' turns brings the sheets up to it first."""
    hold, turns = sheets.followed.hold, Semaphore(0)

    def in_turn(*, unless: Callable[[], bool]) -> None:
        turns.release()
        hold(unless=unless)

    monkeypatch.setattr(sheets.followed, "hold", in_turn)
    squares = together(lane, sheets.groups, sheets.followed)
    squares.ask(2)
    assert sheets.begun.acquire(timeout=WAIT_S)
    gone = squares.ask(5)
    assert all(turns.acquire(timeout=WAIT_S) for _ in range(2))  # he is held in his turn
    act = lane.run(lambda: (list(sheets.groups), sheets.followed.behind))
    stays = squares.ask(4)
    assert gone.cancel()
    sheets.end.release()
    assert act.result(WAIT_S) == ([[2], [4]], True)
    for _ in range(20):
        sheets.end.release()
    assert stays.result(WAIT_S) == 16


def test_who_closes_the_lane_leaves_nobody_without_an_answer(lane: Lane) -> None:
    looks: list[None] = []
    beside = Lane("sheets", most_waiting=1)
    beside.close()
    squares = together(lane, [], Followed(beside, lambda: looks.append(None), beside=True))
    assert squares.ask(3 * 2).result(WAIT_S) == 36
    assert looks


def test_what_was_answered_is_forgotten_at_once_and_not_left_as_rubbish(lane: Lane) -> None:
    squares = together(lane, [], Followed(lane, lambda: None, beside=False))
    gc.disable()
    try:
        asked = squares.ask(3 * 3)
        assert asked.result(WAIT_S) == 81
        kept, until_s = ref(asked), monotonic() + WAIT_S
        del asked
        while kept() is not None:  # the lane may hold it until its turn is over
            assert monotonic() < until_s
            sleep(0.001)
    finally:
        gc.enable()


def test_a_question_that_finds_no_room_is_not_answered_with_the_others(lane: Lane) -> None:
    groups: list[list[int]] = []
    squares = together(lane, groups)
    with held(lane):
        asked = [squares.ask(1) for _ in range(5)]
        with pytest.raises(Busy):
            squares.ask(2)
    assert [each.result(WAIT_S) for each in asked] == groups[0] == [1] * 5
    lane.close()
    assert len(groups) == 1


class Log:
    """Refuses to save the batch of one station, `times` over, as if another process had its keys.

    Whatever is to be saved together with it is refused too.
    """

    def __init__(self, station: str, *, times: int) -> None:
        self.station, self.times = station, times
        self.saves: list[list[str]] = []

    def together(self, sendings: Sequence[Sending]) -> list[Any]:
        stations = [each.station for each in sendings]
        if self.station in stations and self.times:
            self.times -= 1
            raise StreamConflict
        self.saves.append(stations)
        return stations


def taken(lane: Lane, log: Any) -> list[Any]:
    """What becomes of the batches of five stations that come at once."""
    line = ScanLine(
        writer=lane,
        saved=lambda work: work(),
        followed=Followed(lane, lambda: None, beside=False),
        again=lambda work: work(),
        record=log,
        judge=Any,  # type: ignore[arg-type] # nobody is told here
        views=Any,  # type: ignore[arg-type] # as above
        clock=Any,  # type: ignore[arg-type] # as above
    )
    codes = [f"Q{n}" for n in range(1, 6)]
    with closing(line), held(lane):
        asked = [line.take_in(Sending(code, [SentEntry(1, 1, b"")])) for code in codes]
    return [each.exception(WAIT_S) or each.result(WAIT_S) for each in asked]


def test_after_a_conflict_that_is_over_all_are_saved_together(lane: Lane) -> None:
    log = Log("Q4", times=1)
    assert taken(lane, log) == ["Q1", "Q2", "Q3", "Q4", "Q5"]
    assert log.saves == [["Q1", "Q2", "Q3", "Q4", "Q5"]]


def test_a_conflict_that_lasts_is_told_to_its_own_station_alone(lane: Lane) -> None:
    log = Log("Q4", times=100)
    *before, conflict, after = taken(lane, log)
    assert (before, after) == (["Q1", "Q2", "Q3"], "Q5")
    assert isinstance(conflict, StreamConflict)
    assert log.saves == [["Q1", "Q2"], ["Q3"], ["Q5"]]
