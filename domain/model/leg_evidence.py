"""What facts say of a dossier's legs besides its chain: steps, waiting, misrouting, disputes.

Read once per dossier for the ledger of minutes (`responsibility`).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from domain.model.corrections import Standing
from domain.model.fact import DOSSIER_SIGHTINGS, POUCH_SIGHTINGS, Fact
from domain.model.instants import Micros
from domain.model.legs import Mark, account_of
from domain.model.responsibility import MISROUTED, Detour, Said
from domain.model.station_time import Discrepancy, earliest

_READY = frozenset({"Sealed", "Released", "Tendered"})
_STEPS = {"StepStarted": "started", "StepFinished": "finished"}
_ARRIVALS = frozenset({"Received", "Accepted"})


class _Stay(NamedTuple):
    """The dossier was put into the pouch; None: it was out of any from then on."""

    at_us: Micros
    pouch: str | None


class _Sending(NamedTuple):
    """Who sent it away, and to which office."""

    at_us: Micros
    sender: str
    to: str | None


def said_of(
    label: str,
    standing: Iterable[Standing],
    discrepancies: Sequence[Discrepancy],
    *,
    steps: Sequence[str] = (),
) -> Said:
    """Read the facts that stand, those of its pouches among them; `steps` in the order of work.

    The n-th StepStarted begins the n-th step; what comes after the last has no name.
    """
    reader = _Reader(label, steps)
    for one in sorted(standing, key=lambda each: each.timed.order):
        reader.read(one.timed.fact, one.timed.effective_us)
    return Said(
        marks=reader.marks,
        detours=list(reader.misrouted(discrepancies)),
        disputes=[
            (one.opened_us, one.closed_us)
            for one in discrepancies
            if one.code == "DISPUTED" and reader.concerns(one)
        ],
        runs=reader.runs,
    )


class _Reader:
    """What was read so far, in the order of time."""

    def __init__(self, label: str, steps: Sequence[str]) -> None:
        self.marks: list[Mark] = []
        self.runs: dict[str, str] = {}
        self._label = label
        self._steps = iter(steps)
        self._stays: list[_Stay] = []
        self._sendings: list[_Sending] = []
        self._arrivals: list[tuple[Micros, str]] = []

    def read(self, fact: Fact, at_us: Micros) -> None:
        """Take in the next fact; one about another dossier or pouch says nothing."""
        if fact.subject == self._label:
            self._of_dossier(fact, at_us)
        elif self._stays and fact.subject == self._stays[-1].pouch:
            self._of_pouch(fact, at_us)
        else:
            return
        if (run := fact.context.get("run")) is not None:
            self.runs[fact.key] = run

    def _of_dossier(self, fact: Fact, at_us: Micros) -> None:
        name, party = fact.fact, fact.office
        if name in DOSSIER_SIGHTINGS:
            self._stay(at_us, fact.context.get("pouch") if name == "Packed" else None)
            step = next(self._steps, "") if name == "StepStarted" else ""
            self.marks.append(Mark(at_us, _STEPS.get(name, "not_ready"), party, step))
            if name in _ARRIVALS:
                self._arrivals.append((at_us, party))
        elif name == "Attested":
            self._stay(at_us, None)
        elif name in _READY:
            self._send(fact, at_us, fact.context.get("counterpart"))

    def _of_pouch(self, fact: Fact, at_us: Micros) -> None:
        name = fact.fact
        if name == "Sealed":
            self._send(fact, at_us, fact.context.get("to"))
        elif name in _READY:
            self.marks.append(Mark(at_us, "ready", fact.office))
        elif name in POUCH_SIGHTINGS:
            self.marks.append(Mark(at_us, "not_ready", fact.office))

    def _stay(self, at_us: Micros, pouch: str | None) -> None:
        if pouch is not None or (self._stays and self._stays[-1].pouch is not None):
            self._stays.append(_Stay(at_us, pouch))

    def _send(self, fact: Fact, at_us: Micros, to: str | None) -> None:
        self.marks.append(Mark(at_us, "ready", fact.office))
        self._sendings.append(_Sending(at_us, fact.office, to))

    def concerns(self, found: Discrepancy) -> bool:
        """Whether it is about the dossier, or about the pouch it was in when it opened."""
        if found.subject == self._label:
            return True
        pouch = None
        for stay in self._stays:
            if stay.at_us > found.opened_us:
                break
            pouch = stay.pouch
        return found.subject == pouch

    def misrouted(self, discrepancies: Iterable[Discrepancy]) -> Iterator[Detour]:
        """From when it was seen astray until it arrived: the one's who had sent it."""
        for found in discrepancies:
            if found.code != "MISROUTED" or not self.concerns(found):
                continue
            before = [one for one in self._sendings if one.at_us <= found.opened_us]
            if not before:
                continue
            _, sender, to = before[-1]
            arrived_us = min(
                (at for at, party in self._arrivals if at > found.opened_us and party == to),
                default=None,
            )
            until_us = earliest(found.closed_us, arrived_us)
            yield Detour(MISROUTED, account_of(sender), found.opened_us, until_us, found.key)
