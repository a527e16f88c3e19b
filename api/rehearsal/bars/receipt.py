"""Bars 5 and 6: a pouch of fifty arrives and stands on the board; its receipt is taken in."""

from collections.abc import Iterator
from contextlib import closing
from time import perf_counter, process_time

from api.composition import open_house
from api.rehearsal.bars.bar import Bar, Context, Figure
from api.rehearsal.bars.centre import (
    COUNTER,
    DEPARTMENT,
    accepted,
    bags,
    centre,
    enrolled,
    open_centre,
    packed,
    received,
    register,
    take_in,
)
from api.rehearsal.bars.pen import dossier
from api.rehearsal.bars.serving import Line, cookie_of, scans, serving
from api.rehearsal.engines import EngineName
from domain.model.policy import Actor, Role

A_POUCH = 50
SUPERVISOR = Actor("lanhdao", COUNTER, frozenset({Role.SUPERVISOR}))


def on_the_board(context: Context) -> Bar:
    """Bar 5."""
    pouches = context.of(trial=2, short=10, long=60)
    ms = list(_arrivals(context, EngineName.SQLITE, pouches))
    return Bar(
        number=5,
        name=f"pouch of {A_POUCH} accepted → all {A_POUCH} right on the board, over HTTP",
        figures=(
            Figure.of(
                "scan sent → board read", ms, unit="ms", at_least=150, aim=50, more_is_better=False
            ),
        ),
        note=f"{pouches} pouches.",
    )


def _arrivals(context: Context, engine: EngineName, pouches: int) -> Iterator[float]:
    """Ms from sending the scan to having read the rows; the first warms up.

    Each pouch is another courier's, so that the board of that holder is this pouch's dossiers.
    """
    moving = bags(pouches + 1, holding=A_POUCH)
    with centre(context, engine) as data:
        with closing(open_house(data)) as house:
            register(house, range(len(moving) * A_POUCH))
            counter = enrolled(house, "Q1", office=COUNTER)
            for bag in moving:
                take_in(house, counter, packed(counter, bag))
            couriers = [
                enrolled(house, f"BT{bag.number}", office=f"courier:C{bag.number}")
                for bag in moving
            ]
            house.catch_up()
            cookie = cookie_of(house, SUPERVISOR)
        with serving(data) as server, Line(server, cookie=cookie) as line:
            for number in context.slices(len(moving)):
                request = scans(couriers[number], [accepted(couriers[number], moving[number])])
                started = perf_counter()
                line.send(*request)
                page = line.board(holder=f"courier:C{number}", limit=A_POUCH)
                ms = (perf_counter() - started) * 1000
                there = {row["label"] for row in page["rows"] if row["basis"] == "inferred"}
                if there != {dossier(one) for one in moving[number].dossiers}:
                    raise AssertionError(page)
                if number:
                    yield ms


def taken_in(context: Context) -> Bar:
    """Bar 6."""
    pouches = context.of(trial=1, short=8, long=40)
    with open_centre(context, EngineName.SQLITE) as house:
        moving = bags(pouches + 1, holding=A_POUCH)
        register(house, range(len(moving) * A_POUCH))
        counter = enrolled(house, "Q1", office=COUNTER)
        desk = enrolled(house, "VT1", office=DEPARTMENT, number=2)
        for bag in moving:
            take_in(house, counter, packed(counter, bag))
            take_in(house, desk, [accepted(desk, bag)])
        house.catch_up()
        writes, verdicts = [], []
        for number in context.slices(len(moving)):
            batch = received(desk, moving[number])
            started = process_time()
            answers = house.write(lambda: house.record_scans(desk.station, batch)).result().answers  # noqa: B023
            between = process_time()
            told = house.judge_scan(batch, answers)
            if number:
                writes.append((between - started) * 1000)
                verdicts.append((process_time() - between) * 1000)
        if None in told:
            raise AssertionError(told)
    return Bar(
        number=6,
        name=f"receipt of {A_POUCH} dossiers as one batch, CPU",
        figures=(
            Figure.of(
                "stored and on the sheets",
                writes,
                unit="ms",
                at_least=250,
                aim=100,
                more_is_better=False,
            ),
            Figure.of("the verdicts told of it", verdicts, unit="ms", more_is_better=False),
        ),
        note=f"{pouches} receipts of {A_POUCH + 2} entries each.",
    )
