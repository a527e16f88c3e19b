"""Rule 8 of the fold: when a dossier's life opens and ends, and when its result is ready."""

from dataclasses import replace

from domain.model.custody_noted import Noted
from domain.model.custody_state import ATTESTED, Milestones
from domain.model.custody_things import (
    OPEN,
    REFUSED,
    RETURNED,
    SEALED,
    STOPPED,
    UNKNOWN,
    WITHDRAWN,
    Dossier,
    Flags,
    Parties,
    Stretch,
)
from domain.model.fact import Fact
from domain.model.identifiers import is_courier
from domain.model.instants import Micros
from domain.model.labels import Kind

_PIECE = str(int(Kind.PIECE))


class Life:
    """Rule 8. The window of a dossier: from Registered until Returned or RefusedAtIntake."""

    def __init__(self, flags: Flags, parties: Parties, noted: Noted) -> None:
        self.flags = flags
        self.same = parties.same
        self.noted = noted

    def register(self, dossier: Dossier, fact: Fact, at_us: Micros) -> bool:
        """Open the window; whether the registration also puts the dossier there."""
        label, flags = dossier.label, self.flags
        if dossier.open:
            flags.raise_("DUPLICATE_LABEL", label, at_us, fact.key)
            return False
        if dossier.status == RETURNED and fact.context.get("paper") != "none":
            flags.raise_("SURPLUS", label, at_us, fact.key)
        self._open_window(dossier, at_us)
        if fact.context.get("paper") == "none":
            dossier.milestones = Milestones(online=True)
        dossier.registered_us, dossier.registered_office = at_us, fact.office
        flags.close("UNKNOWN_CODE", label, at_us)
        scanned_before, dossier.scanned_unknown = dossier.scanned_unknown, False
        if fact.context.get("paper") != "none":
            return not scanned_before or dossier.holder is None
        if dossier.holder is None:  # online: the office holds the record
            place = fact.context.get("place")
            dossier.hold(Stretch(fact.office, place, ATTESTED, at_us, fact.key))
        return False

    def awaken(self, dossier: Dossier, at_us: Micros, key: str) -> None:
        """A scan of what nobody registered yet, or of what was returned."""
        if dossier.status == RETURNED:
            # Its time is over and stays so: only the paper is here again.
            self.flags.raise_("SURPLUS", dossier.label, at_us, key)
            dossier.windows.append((at_us, None))
            dossier.status = OPEN
        elif dossier.status == UNKNOWN and not dossier.scanned_unknown:
            dossier.scanned_unknown = True
            if dossier.label[0] != _PIECE:  # a piece is never registered by itself
                self.flags.raise_("UNKNOWN_CODE", dossier.label, at_us, key)

    def scanned(self, dossier: Dossier, fact: Fact, at_us: Micros) -> None:
        """What the scan itself says about the life, once the dossier is in its place."""
        name = fact.fact
        if name == "ResultIssued" and dossier.milestones.issued_us is None:
            dossier.milestones = replace(dossier.milestones, issued_us=at_us)
        arrived = name in {"ResultArrived", "Returned"}
        self.finish(dossier, at_us, fact.key, inferred=False, arrived=arrived)
        self.end_transit(dossier, at_us)
        if name in {"Returned", "Archived"}:
            self.noted.collect(dossier, at_us)
        if name == "Returned":
            if dossier.open and dossier.returned_us is None:
                dossier.returned_us = at_us
            self._end(dossier, at_us, fact.key, RETURNED)

    def refuse_at_intake(self, dossier: Dossier, at_us: Micros, key: str) -> None:
        """The other end of a window; what was in a pouch no longer moves with it."""
        if dossier.status == RETURNED:
            return
        dossier.leave_pouch(at_us)
        if dossier.open:
            _end_without_result(dossier, REFUSED, at_us)
        self._end(dossier, at_us, key, REFUSED)

    def withdraw(self, dossier: Dossier, at_us: Micros, key: str) -> None:
        """Withdrawn by the applicant; while on its way somebody has to stop it."""
        if not dossier.open:
            return
        dossier.status = WITHDRAWN
        _end_without_result(dossier, WITHDRAWN, at_us)
        if _in_transit(dossier):
            self.flags.raise_("WITHDRAWN_IN_TRANSIT", dossier.label, at_us, key)

    def stop(self, dossier: Dossier, at_us: Micros) -> None:
        """Stopped by the office."""
        if dossier.open:
            dossier.status = STOPPED
            _end_without_result(dossier, STOPPED, at_us)

    def rate(self, dossier: Dossier, fact: Fact) -> None:
        """The applicant's word on how it went; the last one counts."""
        if dossier.windows and (rating := fact.context.get("reason")):
            dossier.milestones = replace(dossier.milestones, rating=rating)

    def end_transit(self, dossier: Dossier, at_us: Micros) -> None:
        """An office has it in its hands, not in a sealed pouch."""
        if not _in_transit(dossier):
            self.flags.close("WITHDRAWN_IN_TRANSIT", dossier.label, at_us)

    def finish(
        self, dossier: Dossier, at_us: Micros, key: str, *, inferred: bool, arrived: bool = False
    ) -> None:
        """The result is ready at the desk that registered it; by its pouch alone, provisionally."""
        issued = dossier.milestones.issued_us is not None
        if arrived or (issued and self.same(dossier.holder, dossier.registered_office)):
            if dossier.finished_us is None:
                dossier.finished_us, dossier.finished_provisional = at_us, inferred
                dossier.finished_key = key
            elif not inferred:
                dossier.finished_provisional = False
        else:
            self.unfinish(dossier)

    def unfinish(self, dossier: Dossier) -> None:
        """It went on, or was not in its pouch, before anyone saw it: it was not ready."""
        if dossier.finished_provisional:
            dossier.finished_us, dossier.finished_provisional = None, False
            dossier.finished_key = None

    def _open_window(self, dossier: Dossier, at_us: Micros) -> None:
        dossier.windows.append((at_us, None))
        dossier.status, dossier.milestones = OPEN, Milestones()
        dossier.finished_us = dossier.returned_us = dossier.finished_key = None
        dossier.finished_provisional = dossier.collected = False

    def _end(self, dossier: Dossier, at_us: Micros, key: str, status: str) -> None:
        """The chain ends; the window too, if there is one."""
        if dossier.open:
            dossier.windows[-1] = (dossier.windows[-1][0], at_us)
        if dossier.windows:
            dossier.status = status
        dossier.holder = None
        dossier.end_release(at_us)
        dossier.chain.append(Stretch(None, None, ATTESTED, at_us, key))


def _end_without_result(dossier: Dossier, why: str, at_us: Micros) -> None:
    """Its clock ends here, unless it had a result or had ended already."""
    if dossier.finished_us is None and dossier.milestones.ended is None:
        dossier.milestones = replace(dossier.milestones, ended=why, ended_us=at_us)


def _in_transit(dossier: Dossier) -> bool:
    pouch, holder = dossier.pouch, dossier.holder
    return (pouch is not None and pouch.phase == SEALED) or holder is None or is_courier(holder)
