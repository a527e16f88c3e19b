"""The server's words on journals, for the use cases that take entries in."""

import base64
import binascii

from domain.model.entry import Algorithm, Checkpoint
from domain.model.instants import Micros
from domain.ports.signatures import Signatures, Signer

_MOST_REMEMBERED = 4096  # about one per station


class Checkpoints:
    """The server's signed words on journals: gives them, and knows its own again."""

    def __init__(self, *, signer: Signer, signatures: Signatures) -> None:
        self._signer = signer
        self._signatures = signatures
        self._genuine: dict[Checkpoint, None] = {}  # oldest first

    def give(self, station: str, epoch: int, seq: int, *, at_us: Micros) -> Checkpoint:
        """The word that everything up to `seq` is here."""
        unsigned = Checkpoint(station, epoch, seq, at_us, signature="")
        signature = base64.b64encode(self._signer.sign(unsigned.signed_bytes())).decode()
        given = Checkpoint(station, epoch, seq, at_us, signature)
        self._remember(given)
        return given

    def not_before(self, shown: Checkpoint | None, *, station: str) -> Micros | None:
        """The time of a checkpoint that we gave to this station, None of anything else."""
        if shown is None or shown.station != station:
            return None
        if shown not in self._genuine:
            if not self._signed_by_us(shown):
                return None
            self._remember(shown)
        return shown.at_us

    def _signed_by_us(self, shown: Checkpoint) -> bool:
        try:
            signature = base64.b64decode(shown.signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        return self._signatures.holds(
            shown.signed_bytes(),
            signature,
            public_key=self._signer.public_key,
            algorithm=Algorithm.ED25519,
        )

    def _remember(self, genuine: Checkpoint) -> None:
        self._genuine[genuine] = None
        if len(self._genuine) > _MOST_REMEMBERED:
            del self._genuine[next(iter(self._genuine))]
