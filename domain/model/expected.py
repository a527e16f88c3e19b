"""What is to be in a pouch and what of it has been seen: the list beside a receipt or a packing.

Read off the fold by the station's desk and by the verdict; it judges nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.model.custody_state import Folded
from domain.model.identifiers import is_courier
from domain.model.station_time import Timed


@dataclass(frozen=True, slots=True)
class Line:
    """One dossier of the list, and whether it was seen itself."""

    label: str
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The list of a pouch, in the order of the manifest; while it is packed, what is in it.

    `expected` is None where nobody has said how many. `surplus` were seen with it and are not on
    the list. `holder`, `seal`, `destination` are None where none is known.
    """

    pouch: str
    state: str
    holder: str | None
    seal: str | None
    destination: str | None
    lines: tuple[Line, ...]
    surplus: tuple[str, ...]
    seen: int
    expected: int | None

    @property
    def missing(self) -> tuple[str, ...]:
        """On the list and not seen yet."""
        return tuple(line.label for line in self.lines if not line.seen)


def expected_in(folded: Folded, facts: Sequence[Timed], pouch: str) -> Expected | None:
    """The list of that pouch; None where the facts know no such pouch.

    facts: what was folded, in order.
    """
    state = folded.pouches.get(pouch)
    if state is None:
        return None
    if state.manifest:
        lines = tuple(Line(label, _is_out(folded, label, pouch)) for label in state.manifest)
    else:
        lines = tuple(Line(label, seen=True) for label in state.contents)
    received = state.received
    listed = len(lines) if state.manifest else None if received is None else received.listed
    return Expected(
        pouch=pouch,
        state=state.state,
        holder=state.holder,
        seal=state.seal,
        destination=state.destination,
        lines=lines,
        surplus=_surplus(folded, facts, pouch),
        seen=sum(line.seen for line in lines) if received is None else received.seen,
        expected=None if _is_its_own_list(folded, facts, pouch) else listed,
    )


def _is_its_own_list(folded: Folded, facts: Sequence[Timed], pouch: str) -> bool:
    """Whether nobody said what is in it, so that what is seen is all there is to go by."""
    missing = any(
        (one.code, one.subject) == ("MANIFEST_MISSING", pouch) and one.closed_us is None
        for one in folded.discrepancies
    )
    return missing and not any(
        one.fact.fact == "Packed" and one.fact.context.get("pouch") == pouch for one in facts
    )


def _is_out(folded: Folded, label: str, pouch: str) -> bool:
    """Out of the pouch and in the hands of whoever has it."""
    state, holder = folded.dossiers.get(label), folded.pouches[pouch].holder
    if state is None or state.pouch == pouch or not state.chain:
        return False
    return state.chain[-1].to_us is None and state.chain[-1].holder == holder


def _surplus(folded: Folded, facts: Sequence[Timed], pouch: str) -> tuple[str, ...]:
    named = {one.fact.key for one in facts if one.fact.context.get("pouch") == pouch}
    found = (
        one.subject
        for one in folded.discrepancies
        if one.code == "SURPLUS" and one.closed_us is None and one.key in named
    )
    return tuple(dict.fromkeys(found))


def sent_to(folded: Folded, facts: Sequence[Timed], label: str) -> str | None:
    """Where it was sent: with the pouch it was last packed into, or by its last release.

    facts: what was folded, in order.
    """
    if (pouch := folded.pouches.get(label)) is not None:
        return pouch.destination
    for fact in (timed.fact for timed in reversed(facts) if timed.fact.subject == label):
        to = fact.context.get("counterpart")
        if fact.fact in {"Released", "Tendered"} and to and not is_courier(to):
            return str(to)
        packed = folded.pouches.get(fact.context.get("pouch", ""))
        if fact.fact == "Packed" and packed is not None and packed.destination:
            return packed.destination
    return None
