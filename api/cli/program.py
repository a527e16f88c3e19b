"""How this command line was started, so that what it tells people to type is what works for them.

Texts say `giaonhan WORD`; in a fresh clone only `python3 run.py WORD` is on the path.
"""

import inspect
import os
import re
from typing import TYPE_CHECKING

from api.cli import COMMANDS

if TYPE_CHECKING:  # the table of words is told without it, and it is slow to import
    from typer import Typer
    from typer.models import CommandInfo, TyperInfo

OWN_NAME = "giaonhan"
STARTED_AS = "GIAONHAN_PROGRAM"  # `run.py` says here how it was called
_COMMAND = re.compile(rf"\b{OWN_NAME} (?=(?:{'|'.join(COMMANDS)}|COMMAND)\b)")
_BROKEN = re.compile(r"(?<=\S)\n(?=\S)")


def program() -> str:
    """What stands before the word: `giaonhan`, or `python3 run.py`."""
    return os.environ.get(STARTED_AS) or OWN_NAME


def as_typed(text: str) -> str:
    """The text with every command in it as this person has to type it."""
    return _COMMAND.sub(f"{program()} ", text)


def name_in_help(app: "Typer") -> None:
    """Put the name into the help of an app and of all below it."""
    told_by: list[CommandInfo | TyperInfo] = [*app.registered_commands]
    if app.registered_callback is not None:
        told_by.append(app.registered_callback)
    for info in told_by:
        told = info.help or inspect.getdoc(info.callback) or ""
        # A paragraph is as wide as the screen, whatever its lines are in the code.
        info.help = _BROKEN.sub(" ", as_typed(str(told)))
    for group in app.registered_groups:
        if group.typer_instance is not None:
            name_in_help(group.typer_instance)
