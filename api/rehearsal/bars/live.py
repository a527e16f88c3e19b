"""Bar 8: the live projection follows a centre's log, every label truly refolded."""

from time import perf_counter, process_time

from api.rehearsal.bars.bar import Bar, Context, Figure
from api.rehearsal.bars.centre import (
    COUNTER,
    DEPARTMENT,
    accepted,
    bags,
    begun,
    enrolled,
    open_centre,
    packed,
    received,
    register,
    take_in,
)
from api.rehearsal.engines import EngineName

A_POUCH = 20


def followed(context: Context) -> Bar:
    """Bar 8."""
    slices, pouches = context.of(trial=1, short=4, long=12), context.of(trial=1, short=12, long=25)
    speeds, cpu_us = [], []
    with open_centre(context, EngineName.SQLITE) as house:
        counter = enrolled(house, "Q1", office=COUNTER)
        desk = enrolled(house, "VT1", office=DEPARTMENT, number=2)
        facts = pouches * (4 * A_POUCH + 5)
        for number in context.slices(slices + 1):
            moving = bags(pouches, holding=A_POUCH, first=number * pouches)
            for bag in moving:
                register(house, bag.dossiers)
                take_in(house, counter, packed(counter, bag))
            for bag in moving:
                last = [accepted(desk, bag), *received(desk, bag), *begun(desk, bag)]
                take_in(house, desk, last)
            started, cpu_started = perf_counter(), process_time()
            house.catch_up()
            if number:
                speeds.append(facts / (perf_counter() - started))
                cpu_us.append((process_time() - cpu_started) / facts * 1e6)
    return Bar(
        number=8,
        name="live projection with the true refold",
        figures=(
            Figure.of("speed", speeds, unit="facts/s", at_least=2500, aim=8000),
            Figure.of("CPU a fact", cpu_us, unit="µs", more_is_better=False),
        ),
        note=f"{slices} slices of {facts:,} facts; pouches of {A_POUCH}.",
    )
