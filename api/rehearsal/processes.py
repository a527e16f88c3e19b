"""The programs of a rehearsal: a real server and real stations, each a process of its own."""

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ANSWER_SECONDS = 30.0  # the slowest machine we know decodes a frame in under three
STOP_SECONDS = 10.0


class NotAsPlayed(Exception):  # noqa: N818 - the play went another way than the script
    """A process said something the script does not expect, or nothing at all."""


class Program:
    """A child process that says one JSON object a line; leaving the block kills it."""

    def __init__(self, name: str, module: str, *words: str, log: Path) -> None:
        self.name = name
        self._log = log.open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", module, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._said: queue.Queue[Mapping[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._listen, name=f"hear {name}", daemon=True).start()

    def tell(self, text: str) -> None:
        """Type a line into it."""
        if self._process.stdin is None:
            raise NotAsPlayed(f"{self.name} has no keyboard")
        self._process.stdin.write(f"{text}\n".encode())
        self._process.stdin.flush()

    def hear(self, *, seconds: float = ANSWER_SECONDS) -> Mapping[str, Any]:
        """The next object it says; raises `NotAsPlayed` when it ends or stays silent."""
        try:
            said = self._said.get(timeout=seconds)
        except queue.Empty:
            raise NotAsPlayed(f"{self.name} says nothing for {seconds:.0f} s") from None
        if said is None:
            raise NotAsPlayed(f"{self.name} ended: {self.last_words()}")
        return said

    def heard(self) -> Iterator[Mapping[str, Any]]:
        """What it has said and nobody has listened to yet; does not wait."""
        with contextlib.suppress(queue.Empty):
            while (said := self._said.get_nowait()) is not None:
                yield said

    def kill(self) -> None:
        """As if the power failed."""
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Ask it to end, and see to it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        self._log.flush()
        return Path(self._log.name).read_text(errors="replace")[-800:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _listen(self) -> None:
        pipe = self._process.stdout
        if pipe is not None:
            with contextlib.suppress(ValueError, OSError):  # closed while reading
                for line in pipe:
                    self._said.put(json.loads(line))
        self._said.put(None)
