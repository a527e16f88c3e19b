"""How the station's commands tell a refusal: in words on standard error, with exit code 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from domain.model.errors import Refusal
from scanner_station.prompts import prompt_for


@contextmanager
def said_in_words() -> Iterator[None]:
    """A refusal ends the command; a fault keeps its trace."""
    try:
        yield
    except Refusal as refusal:
        said = prompt_for(refusal)
        typer.echo(f"{said.code}: {said.vi}\n{said.en}", err=True)
        raise typer.Exit(1) from None
