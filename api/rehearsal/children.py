"""Processes to be killed, forked from one that has the imports behind it; for trials by faults."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from typing import Any

_ANSWER_S = 60.0
_PRELOADED = ["api.rehearsal.journal_faults", "api.rehearsal.server_kills"]


class child:  # noqa: N801 - read as a word: with child(work, …)
    """A process that does `work(*words, say)` and tells by `say`; it has ended after the block."""

    def __init__(self, work: Callable[..., None], *words: object) -> None:
        forks = get_context("forkserver")
        forks.set_forkserver_preload(_PRELOADED)
        self._hears, says = forks.Pipe(duplex=False)
        self._process = forks.Process(target=work, args=(*words, says))
        self._process.start()
        says.close()

    def __enter__(self) -> "tuple[child, Iterator[Any]]":
        return self, self._heard()

    def __exit__(self, *raised: object) -> None:
        self._process.join(_ANSWER_S if raised[0] is None else 0)
        self._process.kill()
        self._process.join()
        self._hears.close()

    def kill(self) -> None:
        """As if the power failed."""
        self._process.kill()
        self._process.join()

    def _heard(self) -> Iterator[Any]:
        with suppress(EOFError, OSError):  # its end, or the half of a message at its kill
            while self._hears.poll(_ANSWER_S):
                yield self._hears.recv()
