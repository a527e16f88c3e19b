"""Keeping personal data in step with the decision that names it; used by all that write both."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from domain.model.errors import Refusal
from domain.ports.stores import UNSURE
from domain.ports.vault import Vault


@contextmanager
def keeping(vault: Vault) -> Iterator[list[str]]:
    """Give a list for the ids put into the vault: they stay if the block saves their owner.

    The vault is a file of its own: what a crash leaves in between is settled at the next start.
    """
    kept: list[str] = []
    try:
        yield kept
    except UNSURE:
        raise
    except Refusal:
        vault.forget(kept)
        raise
    with suppress(Refusal):  # the owner is on disk; the next start settles what this could not
        vault.settle(kept)
