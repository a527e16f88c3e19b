"""Plays many simulated stretches, in this process or in several; for `giaonhan simulate`, tests."""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from api.rehearsal.simulator import Outcome, Plan, Told, simulate

# Objects made before rubbish is looked for; the usual 700 cost a tenth of the time.
_UNTIDY = 50_000


def play_all(plans: Sequence[Plan], *, workers: int, told: Told) -> Iterator[Outcome]:
    """The outcome of each plan, in their order; whoever stops asking stops the rest.

    Each is played on one thread of one process, so it is the same however many `workers` there
    are. `told` hears of scans within a plan where there is one worker only.
    """
    if workers == 1 or len(plans) == 1:
        with _untidy():
            for plan in plans:
                yield simulate(plan, told=told)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)
    try:
        yield from pool.map(simulate, plans)
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _untidy() -> Iterator[None]:
    usual = gc.get_threshold()
    _set_out()
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _begin() -> None:
    gc.freeze()  # the modules' own objects are no rubbish and need not be looked through
    _set_out()


def _set_out() -> None:
    gc.set_threshold(_UNTIDY, *gc.get_threshold()[1:])
