"""A child process that answers one question at a time and is killed when it dawdles.

Pictures from strangers and a library that can abort are kept out of the station's own process:
`images` and `decoder` ask, `image_worker` and `zbar_worker` answer.
"""

import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Timer
from typing import IO

START_LIMIT_S = 20.0  # a cold disk and a busy machine together; a warm start takes 0.2 s
_LENGTH = struct.Struct(">Q")
_ADDRESS_SPACE = 3 << 30  # bytes; a picture of 50 megapixels and its codec need a tenth of it


class ChildLostError(Exception):
    """The child died over this question, or was killed for time (`late`).

    `at_start`: it never became ready, so asking again is of no use.
    """

    def __init__(self, *, late: bool, at_start: bool) -> None:
        super().__init__(f"late={late} at_start={at_start}")
        self.late = late
        self.at_start = at_start


class Child:
    """One worker module in a process of its own, started at the first question."""

    def __init__(self, module: str, *, limit_s: float) -> None:
        self._module = module
        self._limit_s = limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._asking = Lock()

    def ask(self, question: bytes) -> bytes:
        """The answer; raises `ChildLostError`, after which the next question starts a new child."""
        with self._asking:
            if self._process is None:
                # -P: a module lying beside a stranger's pictures must not be imported.
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-P", "-m", self._module],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
                self._exchange(b"", START_LIMIT_S, at_start=True)
            return self._exchange(question, self._limit_s)

    def close(self) -> None:
        """End the child, if there is one."""
        with self._asking:
            self._end()

    def _exchange(self, question: bytes, limit_s: float, *, at_start: bool = False) -> bytes:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("the child is started with pipes")
        timer = Timer(limit_s, process.kill)
        timer.start()
        try:
            _write(process.stdin, question)
            return _read(process.stdout)
        except (OSError, EOFError):
            late = timer.finished.is_set()
            self._end()
            raise ChildLostError(late=late, at_start=at_start) from None
        finally:
            timer.cancel()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not written yet has no reader any more
                    pipe.close()
        process.wait()


def serve(answer: Callable[[bytes], bytes]) -> None:
    """The child's side: answer until the parent closes the pipe; the first answer says ready."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    with suppress(EOFError):
        _read(questions)
        _write(answers, b"ready")
        while True:
            _write(answers, answer(_read(questions)))


def limit_resources() -> None:
    """Memory, open files and written bytes, where the system can limit them (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def _write(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError
    return data
