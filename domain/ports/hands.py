"""What lies in whose hands inside an office, as the end of a shift asks it of the read side."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from domain.model.instants import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A dossier outside any pouch, or a pouch with something in it.

    `basis` is how its holder is known; `operator` made the newest scan of it by its holder, at
    `scanned_us`; `place` is None where that scan gave none. `official_code` and `procedure` are
    None of a pouch.
    """

    label: str
    holder: str
    basis: str
    place: str | None
    operator: str
    scanned_us: Micros
    official_code: str | None
    procedure: str | None


class Hands(Protocol):
    """The answer is one consistent snapshot of the read model."""

    def held(
        self,
        office: str,
        *,
        operator: str | None = None,
        place: str | None = None,
        labels: Collection[str] | None = None,
    ) -> tuple[HeldRow, ...]:
        """What the party holds, and what an office holds whose work it carries on.

        Of one operator, at one place, or among these labels; None does not narrow. By place and
        label, all of it.
        """
        ...
