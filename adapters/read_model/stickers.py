"""Which dossier a label leads to besides its first, as rows; projection and queries use it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Select, bindparam, select

from adapters.read_model.engine import among, listed, unless_there
from adapters.read_model.tables import Tables
from domain.model.decision import Decision
from domain.model.fact import Fact, under_first_label
from domain.model.instants import micros
from domain.model.stickers import Stickers
from domain.ports.views import StickerRow

StickerEvent = Decision.Event
STICKER_EVENTS: tuple[type[StickerEvent], ...] = (
    Stickers.Begun,
    Stickers.Replaced,
    Stickers.PieceLabelled,
)


class StickerQueries:
    """What `Views` says of stickers, over one engine; `_snapshot` is what its heirs read by."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._stickers = StickerRows(tables)

    def first_label(self, label: str) -> str:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._stickers.first_labels(connection, [label]).get(label, label)

    def replaced(self, labels: Collection[str]) -> Mapping[str, str]:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._stickers.replaced(connection, labels)

    def stickers(self, label: str) -> tuple[StickerRow, ...]:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._stickers.of_dossier(connection, label)

    def dossier_of_piece(self, label: str) -> str | None:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._stickers.dossier_of_piece(connection, label)

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection


class StickerRows:
    """The stickers in one set of tables: each later label of a dossier, each label of a piece."""

    def __init__(self, tables: Tables) -> None:
        sticker = self._sticker = tables.sticker.c
        self._add = unless_there(tables.sticker)
        self._of_decision = select(sticker.dossier).where(sticker.decision == bindparam("of"))
        self._first = select(sticker.label, sticker.dossier).where(
            among(sticker.label, "wanted"), sticker.piece.is_(None)
        )
        self._of_dossier = (
            select(sticker.label, sticker.dossier, sticker.piece, sticker.since_us)
            .where(sticker.dossier == bindparam("of"))
            .order_by(sticker.n)
        )
        concerned = select(sticker.dossier).where(among(sticker.label, "wanted"))
        self._worn = (
            select(sticker.dossier, sticker.label)
            .where(sticker.dossier.in_(concerned), sticker.piece.is_(None))
            .order_by(sticker.n)
        )
        self._piece = select(sticker.dossier).where(
            sticker.label == bindparam("of"), sticker.piece.is_not(None)
        )

    def take(self, connection: Connection, events: Sequence[StickerEvent]) -> None:
        """Store what was decided, in the order of the log; people write few of these a day.

        A dossier's first label stands here too, so that its stickers are found by their decision.
        A label that two logged decisions name is the first one's.
        """
        for event in events:
            decision = event.originator_id.hex
            first: str | None
            if isinstance(event, Stickers.Begun):
                first, label, piece = event.dossier, event.dossier, None
            elif isinstance(event, Stickers.Replaced | Stickers.PieceLabelled):
                found = connection.execute(self._of_decision, {"of": decision})
                first, label = found.scalars().first(), event.label
                piece = event.kind if isinstance(event, Stickers.PieceLabelled) else None
            else:
                continue
            if first is None:  # its dossier's own label was another's sticker before
                continue
            row = {"label": label, "dossier": first, "piece": piece, "decision": decision}
            since = {"n": event.originator_version, "since_us": micros(event.timestamp)}
            connection.execute(self._add, row | since)

    def first_labels(self, connection: Connection, labels: Collection[str]) -> dict[str, str]:
        """The first label of the dossier that each leads to; one that leads nowhere is left out."""
        rows = connection.execute(self._first, {"wanted": listed(labels)})
        return {label: dossier for label, dossier in rows if label != dossier}

    def replaced(self, connection: Connection, labels: Collection[str]) -> dict[str, str]:
        """What each label that a dossier wears no more was replaced by in the end."""
        return {
            label: newest
            for label, (_, newest) in self.worn(connection, labels).items()
            if label != newest
        }

    def worn(self, connection: Connection, labels: Collection[str]) -> dict[str, tuple[str, str]]:
        """The first and the newest label of the dossier, by each that dossiers of these wore."""
        rows = connection.execute(self._worn, {"wanted": listed(labels)}).all()
        newest = dict(rows)
        return {label: (dossier, newest[dossier]) for dossier, label in rows}

    def told(self, connection: Connection, facts: Iterable[Fact]) -> list[Fact]:
        """The facts, each told of its dossier's first label."""
        facts = list(facts)
        named = {fact.subject for fact in facts} | {
            str((fact.context.get("set") or {}).get("subject")) for fact in facts
        }
        first = self.first_labels(connection, named)
        return [under_first_label(fact, first) for fact in facts] if first else facts

    def of_dossier(self, connection: Connection, label: str) -> tuple[StickerRow, ...]:
        """Its stickers, the oldest first; none for one that has its first label alone."""
        rows = connection.execute(self._of_dossier, {"of": label}).mappings()
        return tuple(StickerRow(**row) for row in rows)

    def dossier_of_piece(self, connection: Connection, label: str) -> str | None:
        """The dossier that the piece is of."""
        return connection.execute(self._piece, {"of": label}).scalar()

    def found_by(self, digits: str) -> Select[tuple[str]]:
        """The dossiers with a sticker whose number holds the digits."""
        held = self._sticker.label.contains(digits, autoescape=True)
        return select(self._sticker.dossier).where(held)
