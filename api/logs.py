"""What the server writes about itself: one line an event, no name, text, label or code in it.

Used by whatever opens a house. A fault is told by its kind and the places it came through, not by
its message, which may quote what a request said.
"""

import errno
import logging
import os
import sys
from collections.abc import Iterator
from traceback import walk_tb
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

FORM = "GIAONHAN_LOG"  # `json` asks for JSON lines on a terminal too
MOST_PLACES = 40  # of one error, the innermost; a recursion's trace would fill a page
MOST_CAUSES = 5


class _Stderr:
    """Standard error as it is when a line is written, not as it was when the log was set up."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def log_to_stderr(level: int) -> None:
    """Set the log up: JSON lines with their time in UTC, or plain words for a person who looks."""
    for_people = sys.stderr.isatty() and os.environ.get(FORM) != "json"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _trace,
            structlog.dev.ConsoleRenderer()
            if for_people
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Stderr())),
    )


def log_somewhere() -> None:
    """Warnings to standard error where nothing was set up.

    The library's own default goes to standard output, among a command's answer, and draws every
    local variable into a trace: slow, and full of what must not be logged.
    """
    if not structlog.is_configured():
        log_to_stderr(logging.WARNING)


def kind_of(error: BaseException) -> str:
    """The error's class, with its number or state where it has one: `OSError ENOSPC`."""
    code = (
        getattr(error, "sqlite_errorname", None)
        or getattr(error, "sqlstate", None)
        or errno.errorcode.get(getattr(error, "errno", None) or 0)
    )
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put where the error came through in the place of the error itself."""
    if event.pop("exc_info", None) and (error := sys.exc_info()[1]) is not None:
        event["exception"] = "\n".join(_told(error))
    return event


def _told(error: BaseException | None) -> Iterator[str]:
    """The error and what it was caused by, the newest first; its places from without to within."""
    for _ in range(MOST_CAUSES):
        if error is None:
            return
        yield kind_of(error)
        places = [
            f"  {frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
            for frame, line in walk_tb(error.__traceback__)
        ]
        yield from places[-MOST_PLACES:]
        error = error.__cause__ or error.__context__
