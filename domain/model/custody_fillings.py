"""Where the history of a pouch can be cut: closed and empty, before it is opened or packed anew.

What a bag carried before says nothing about what it carries now, except through the little that a
`Filling` keeps. The read model folds a dossier with the fillings it was in, not with all the years
of a bag; the answer is that of the whole.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from domain.model.corrections import AMENDING, Standing
from domain.model.custody_state import Filling
from domain.model.custody_things import CLOSED, Flags, Pouch, Stretch
from domain.model.fact import aims, labels_named
from domain.model.instants import Micros, parse_instant
from domain.model.station_time import Timed


def happened_us(timed: Timed) -> Micros:
    """Where a fact stands in the walk: an attestation where it says, never later than itself."""
    when = timed.fact.context.get("when") if timed.fact.fact == "Attested" else None
    return min(timed.effective_us, parse_instant(when)) if when else timed.effective_us


def filling(pouch: Pouch, at_us: Micros, flags: Flags, links_before: int) -> Filling | None:
    """The cut before this instant, None where something is still pending or of the same instant.

    As long as a pouch counts as astray, so does whatever came out of it there.
    """
    pending = (
        pouch.release is not None
        or pouch.stray_releaser is not None
        or bool(pouch.outside)
        or flags.is_open("MISROUTED", pouch.label)
    )
    if pouch.phase != CLOSED or not pouch.empty or pending or pouch.told_us >= at_us:
        return None
    shown = pouch.links()
    tail = list(takewhile(lambda link: link.holder == pouch.holder, reversed(shown)))[::-1]
    return Filling(
        pouch.label,
        at_us,
        pouch.holder,
        pouch.previous,
        pouch.since_us,
        pouch.destination,
        tuple(pouch.via),
        tuple(pouch.unreleased),
        tuple(flags.of(pouch.label)),
        tuple(tail),
        links_before + len(shown) - len(tail),
    )


def resumed(begun: Filling, flags: Flags) -> Pouch:
    """The pouch as it stood then."""
    flags.resume(begun.pouch, begun.flags)
    return Pouch(
        begun.pouch,
        holder=begun.holder,
        previous=begun.previous,
        since_us=begun.since_us,
        chain=[
            Stretch(link.holder, link.place, link.basis, link.from_us, key)
            for link in begun.tail
            for key in link.evidence
        ],
        unreleased=list(begun.unreleased),
        destination=begun.destination,
        via=begun.via,
        phase=CLOSED,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last instant of facts that belong together, and their labels."""

    from_us: Micros
    to_us: Micros
    labels: frozenset[str]

    def forbids(self, cut: Filling) -> bool:
        """A cut must not part them: what amends from what it amends, the old form from the new."""
        return cut.pouch in self.labels and self.from_us < cut.from_us <= self.to_us


def spans(timed: Iterable[Timed], standing: Iterable[Standing]) -> list[Span]:
    """Of each fact that amends others: with all under the keys it aims at, as told and as amended.

    Several facts under one key that nothing amends are nothing to one another.
    """
    told = list(timed)
    forms: dict[object, list[Timed]] = defaultdict(list)
    for one in (*told, *(one.timed for one in standing if one.amended)):
        forms[one.fact.key].append(one)
    tied = [
        [one, *(each for key in aims(one.fact) for each in forms.get(key, ()))]
        for one in told
        if one.fact.fact in AMENDING
    ]
    return [
        Span(
            min(happened_us(each) for each in together),
            max(happened_us(each) for each in together),
            frozenset(label for each in together for label in labels_named(each.fact)),
        )
        for together in tied
    ]
