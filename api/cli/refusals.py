"""How every command tells a refusal: one sentence in two languages on standard error, exit 2."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from api.cli.program import as_typed
from api.errors import TOLD, told
from domain.model.errors import Refusal
from domain.ports.stores import StoreUnreachable

EXIT_REFUSED = 2


@contextmanager
def telling_refusals() -> Iterator[None]:
    """Run a command's body; a refusal ends the process, a fault keeps its trace."""
    try:
        yield
    except Refusal as refusal:
        sys.stderr.write(sentence(refusal))
        if isinstance(refusal, StoreUnreachable) and refusal.__cause__ is not None:
            sys.stderr.write(f"  {str(refusal.__cause__).strip()}\n")  # never has the password
        raise SystemExit(EXIT_REFUSED) from None


def sentence(refusal: Refusal) -> str:
    """Code, Vietnamese, English, one a line."""
    if refusal.code not in TOLD:
        return f"{refusal}\n"
    row = told(refusal)
    return as_typed(f"{refusal.code}: {row.vi}\n  {row.en}\n")
