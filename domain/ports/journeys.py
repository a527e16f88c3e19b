"""The journeys of many dossiers at once, as the read model keeps them; for the ledgers of minutes.

What one statement reads anew from facts and decisions, a pass over thousands reads here in a few
queries a thousand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from domain.model.custody_state import DossierState
from domain.model.instants import Micros
from domain.model.leg_evidence import LegFacts
from domain.model.legs import Account
from domain.model.period_report import Period
from domain.model.responsibility import Charged
from domain.model.station_time import Discrepancy
from domain.model.waiting import Waiting


class Contested(NamedTuple):
    """What became of an objection to a charge: whose it is after all (None: as charged).

    `undecided`: it waits for a decision, and stands as it was decided before.
    """

    to: Account | None
    undecided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One dossier with a case: what was decided, where it was, what its legs are made of.

    `state` has what a ledger goes by and no more: status, windows, chain, when it was registered,
    finished and returned, tenders and the end without a result. `bearing`: what was found that
    bears on its minutes, as evidence or else a person closed it. `contests` by charge.
    """

    label: str
    office: str
    procedure: str
    procedure_version: int
    received_us: Micros
    waits: Sequence[Waiting]
    state: DossierState
    legs: LegFacts
    bearing: Sequence[Discrepancy]
    contests: Mapping[Charged, Contested]


class Journeys(Protocol):
    """The read side. Every pass is one consistent snapshot; close the iterator to end it early."""

    def of_period(self, period: Period) -> Iterator[Journey]:
        """Those that lived in it: registered before its end, and not returned before it began."""
        ...

    def how_many(self, period: Period) -> int:
        """How many `of_period` has."""
        ...

    def running(self) -> Iterator[Journey]:
        """Those whose clock runs: registered, no result, not ended without one."""
        ...

    def of_labels(self, labels: Iterable[str]) -> Iterator[Journey]:
        """Those under these labels, their first."""
        ...
