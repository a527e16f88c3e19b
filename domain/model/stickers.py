"""The stickers of one dossier besides its first: what replaced that, and those of single papers.

The first label stays the dossier's name for ever: scans of a later sticker are scans of the dossier
(`fact.under_first_label`), and the old number goes on leading to it.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import Refusal

MOST_STICKERS = 200  # of one dossier, as many as it may have pieces


class TooManyStickers(Refusal):
    """More stickers than any dossier has; values: most."""

    code = "TOO_MANY_STICKERS"


def stickers_id(label: str) -> UUID:
    """The id of the stickers of the dossier with that first label."""
    return decision_id("stickers", label)


def binding_id(label: str) -> UUID:
    """The one id of what a later label, or a paper's, is bound to."""
    return decision_id("binding", label)


class Binding(Decision):
    """That a label is a sticker of a dossier: its id follows from the label, so no other's too."""

    TOPIC = "binding"

    class Bound(FirstEvent):
        """The label leads to the dossier, or to a paper of it, for ever."""

        TOPIC = "binding.Bound"
        label: str
        dossier: str

    @event(Bound)
    def __init__(self, *, id: UUID, timestamp: datetime, label: str, dossier: str) -> None:
        self.label = label
        self.dossier = dossier


class Stickers(Decision):
    """`labels` from the first to the one it wears now; `pieces` (label → kind of paper).

    `given`: each later label and its reason or kind of paper, that of version n at n - 2.
    """

    TOPIC = "stickers"

    class Begun(FirstEvent):
        """The dossier gets a sticker besides its first."""

        TOPIC = "stickers.Begun"
        dossier: str

    class Replaced(Decision.Event):
        """The dossier wears another sticker from now on; nothing named its number before."""

        TOPIC = "stickers.Replaced"
        label: str
        reason: str

    class PieceLabelled(Decision.Event):
        """A paper of the dossier has a label of its own; `kind` as the procedure codes it."""

        TOPIC = "stickers.PieceLabelled"
        label: str
        kind: str

    @event(Begun)
    def __init__(self, *, id: UUID, timestamp: datetime, dossier: str) -> None:
        self.dossier = dossier
        self.labels = [dossier]
        self.pieces: dict[str, str] = {}
        self.given: list[tuple[str, str]] = []

    def replace(self, *, label: str, reason: str, timestamp: datetime) -> None:
        """Wear another one; raises `TooManyStickers`."""
        self._demand_room()
        self._replace(label=label, reason=reason, timestamp=timestamp)

    def label_piece(self, *, label: str, kind: str, timestamp: datetime) -> None:
        """Bind a paper's own label; raises `TooManyStickers`."""
        self._demand_room()
        self._label_piece(label=label, kind=kind, timestamp=timestamp)

    def _demand_room(self) -> None:
        if len(self.labels) + len(self.pieces) > MOST_STICKERS:
            raise TooManyStickers(most=MOST_STICKERS)

    @event(Replaced)
    def _replace(self, *, label: str, reason: str, timestamp: datetime) -> None:
        self.labels.append(label)
        self.given.append((label, reason))

    @event(PieceLabelled)
    def _label_piece(self, *, label: str, kind: str, timestamp: datetime) -> None:
        self.pieces[label] = kind
        self.given.append((label, kind))
