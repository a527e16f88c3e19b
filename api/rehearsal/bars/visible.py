"""Bar 11: from sending a scan to reading it on the board, under fifty scans a second."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import count
from statistics import quantiles
from time import perf_counter, sleep

from api.composition import open_house
from api.rehearsal.bars.bar import Bar, Context, Figure
from api.rehearsal.bars.centre import COUNTER, centre, enrolled, register
from api.rehearsal.bars.pen import Pen, dossier
from api.rehearsal.bars.receipt import SUPERVISOR
from api.rehearsal.bars.serving import Line, Serving, cookie_of, scans, serving
from api.rehearsal.engines import EngineName

A_SECOND, STATIONS = 50, 10


def seen(context: Context) -> Bar:
    """Bar 11."""
    slices = context.of(trial=1, short=2, long=6)
    seconds = context.of(trial=1, short=4, long=30)
    of_each = seconds * A_SECOND // STATIONS
    p99_ms, stored_ms = [], []
    with centre(context, EngineName.POSTGRES) as data:
        with closing(open_house(data)) as house:
            register(house, range(STATIONS * of_each * (slices + 1)))
            pens = [enrolled(house, f"Q{n}", office=COUNTER, number=n + 1) for n in range(STATIONS)]
            house.catch_up()
            cookie = cookie_of(house, SUPERVISOR)
        with serving(data) as server, ThreadPoolExecutor(STATIONS) as crowd:
            for number in context.slices(slices + 1):
                first = number * STATIONS * of_each
                parts = [
                    range(first + n * of_each, first + (n + 1) * of_each) for n in range(STATIONS)
                ]
                taken = crowd.map(partial(_station, server, cookie), count(), pens, parts)
                told = [each for one in taken for each in one]
                if number:
                    p99_ms.append(quantiles([seen_ms for _, seen_ms in told], n=100)[-1])
                    stored_ms.append(quantiles([ms for ms, _ in told], n=100)[-1])
    return Bar(
        number=11,
        name=f"scan sent → read on the board, p99 under {A_SECOND} scans/s, PostgreSQL",
        figures=(
            Figure.of("seen", p99_ms, unit="ms", at_least=1000, aim=300, more_is_better=False),
            Figure.of("of it until answered", stored_ms, unit="ms", more_is_better=False),
        ),
        note=(
            f"{slices} slices of {seconds} s; {STATIONS} stations scan by the clock, late or not,"
            " and each scan is looked up on the board over HTTP as soon as it is answered."
        ),
    )


def _station(
    server: Serving, cookie: str, which: int, pen: Pen, numbers: Sequence[int]
) -> list[tuple[float, float]]:
    """Ms from when each was due to be scanned until answered, and until the board showed it."""
    every_s = STATIONS / A_SECOND
    taken: list[tuple[float, float]] = []
    with Line(server, cookie=cookie) as line:
        began = perf_counter()
        for n, number in enumerate(numbers):
            due = began + which / A_SECOND + n * every_s
            sleep(max(0.0, due - perf_counter()))
            place = f"K{number}"
            line.send(*scans(pen, [pen.write("Moved", dossier(number), place=place)]))
            answered = perf_counter()
            rows = line.board(search=dossier(number), limit=1)["rows"]
            if [row["place"] for row in rows] != [place]:
                raise AssertionError(rows)
            taken.append(((answered - due) * 1000, (perf_counter() - due) * 1000))
    return taken
