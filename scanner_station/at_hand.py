"""What the next scan is understood by, and what it means where no card says so; for `gestures`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.model.commands import SEAL_BROKEN, TENDER_CODE, UNDO, Command
from domain.model.fact import RUN_FACTS
from domain.model.labels import Kind
from domain.model.tender_code import with_code
from scanner_station.settings import Purpose

AWAITS_SEAL = frozenset({"Sealed", "Unsealed"})
AT_ONCE = frozenset({UNDO, SEAL_BROKEN, TENDER_CODE})  # cards that change no card before them
LEAVES_HAND = frozenset({"Sealed", "Closed", "Released", "Tendered", "Refused"})
GIVES = frozenset({"Released", "Tendered"})
NAMES_POUCH = frozenset({"Packed", "Unpacked", "Received"})
NAMES_PLACE = RUN_FACTS | {"Moved"}
AT_STOPS = frozenset({"StopReached", "StopMissed"})
# A card for dossiers, then a pouch: what the pouch's own scan states.
POUCH_UNDER_CARD = {"Packed": "Opened", "Unpacked": "Opened", "Received": "Accepted"}
# What a scan without a card means: (of a pouch, of a dossier outside any pouch).
DEFAULTS: Mapping[Purpose, tuple[str | None, str]] = {
    Purpose.COUNTER: ("Opened", "Digitised"),
    Purpose.DEPARTMENT: ("Accepted", "Received"),
    Purpose.COURIER: ("Accepted", "Accepted"),
    Purpose.RESULTS: ("Accepted", "ResultArrived"),
    Purpose.SHELF: (None, "Moved"),  # a pouch on a shelf is nobody's receipt
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the next scan is understood by.

    `pouch` is the one being filled (`packing`) or received; `reading` what was seen of a seal whose
    pouch comes next; `reason` holds for all that the card is said of; `held` (fact, label) an act
    that waits for its seal number, its reason or its code. `once`: the card is said of one paper.
    """

    card: Command | None = None
    once: bool = False
    pouch: str | None = None
    packing: bool = False
    to: str | None = None
    counterpart: str | None = None
    place: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    held: tuple[str, str] | None = None

    def context(self, fact: str, kind: Kind, reading: Mapping[str, Any]) -> dict[str, Any]:
        """What an act says besides its subject, as the desk stands."""
        told: dict[str, Any] = {}
        if fact in NAMES_POUCH and self.pouch is not None:
            told["pouch"] = self.pouch
        if kind is Kind.POUCH and fact in AWAITS_SEAL | {"Accepted"}:
            told |= reading
        if fact == "Sealed":
            told.pop("broken", None)  # a new seal is whole
            if self.to is not None:
                told["to"] = self.to
        if fact in GIVES | RUN_FACTS and self.counterpart is not None:
            told["counterpart"] = self.counterpart
        if fact in NAMES_PLACE and self.place is not None:
            told["place"] = self.place
        if self.reason is not None and self.card is not None and self.card.word == fact:
            told["reason"] = self.reason
        if fact == "Tendered" and "code" in reading:
            told["reason"] = with_code(self.reason, reading["code"])
        return told

    def after(self, fact: str, pouch: str, purpose: Purpose) -> "Desk":
        """The desk once this was stated of a pouch."""
        if fact == "Opened":
            return replace(self, pouch=pouch, packing=True)
        if fact == "Unsealed" or (fact == "Accepted" and purpose is not Purpose.COURIER):
            return replace(self, pouch=pouch, packing=False)
        desk = replace(self, to=None) if fact == "Sealed" else self
        if fact in LEAVES_HAND and desk.pouch == pouch:
            return replace(desk, pouch=None, packing=False)
        return desk
