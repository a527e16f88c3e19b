"""Whole files in and out, refused in words; used by the commands that take or leave a file."""

from pathlib import Path

from domain.model.errors import Refusal


class InputUnreadable(Refusal):
    """The file cannot be read; values: file, why."""

    code = "INPUT_UNREADABLE"


class OutputUnwritable(Refusal):
    """The file cannot be written there; values: file, why."""

    code = "OUTPUT_UNWRITABLE"


def read_file(path: Path, *, most_bytes: int) -> bytes:
    """At most one byte more than `most_bytes`, so that the reader can refuse what is larger."""
    try:
        with path.open("rb") as file:
            return file.read(most_bytes + 1)
    except OSError as error:
        raise InputUnreadable(file=str(path), why=error.strerror or str(error)) from None


def write_file(path: Path, content: bytes) -> None:
    """The whole file or none of it."""
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputUnwritable(file=str(path), why=error.strerror or str(error)) from None
