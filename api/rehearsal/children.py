"""Processes to be killed, forked from one that has the imports behind it; for trials by faults."""

import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

_ANSWER_S = 60.0
_PRELOADED = ["api.rehearsal.journal_faults", "api.rehearsal.server_kills"]


class child:  # noqa: N801 - read as a word: with child(work, …)
    """A process that does `work(*words, say)` and tells by `say`; it has ended after the block.

    What it writes to standard error is shown only where the block fails: a server whose database
    was killed has to complain.
    """

    def __init__(self, work: Callable[..., None], *words: object) -> None:
        forks = get_context("forkserver")
        forks.set_forkserver_preload(_PRELOADED)
        self._hears, says = forks.Pipe(duplex=False)
        self._errors = NamedTemporaryFile()  # noqa: SIM115 - closed by the block's end
        self._process = forks.Process(target=_aside, args=(self._errors.name, work, *words, says))
        self._process.start()
        says.close()

    def __enter__(self) -> "tuple[child, Iterator[Any]]":
        return self, self._heard()

    def __exit__(self, *raised: object) -> None:
        self._process.join(_ANSWER_S if raised[0] is None else 0)
        self._process.kill()
        self._process.join()
        self._hears.close()
        with self._errors:
            if raised[0] is not None:
                sys.stderr.write(self._errors.read().decode(errors="replace"))

    def kill(self) -> None:
        """As if the power failed."""
        self._process.kill()
        self._process.join()

    def _heard(self) -> Iterator[Any]:
        with suppress(EOFError, OSError):  # its end, or the half of a message at its kill
            while self._hears.poll(_ANSWER_S):
                yield self._hears.recv()


def _aside(errors: str, work: Callable[..., None], *words: object) -> None:
    with Path(errors).open("a", encoding="utf-8") as file, redirect_stderr(file):
        work(*words)
