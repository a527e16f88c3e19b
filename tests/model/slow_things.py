"""What the slow fold remembers of a dossier and of a pouch, their chains, and the discrepancies.

Read by `slow_fold` only. Nothing here decides; the rules stand in `slow_fold` under their numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from domain.model.instants import Micros, iso
from tests.model.slow_time import Raised

Same = Callable[[str | None, str | None], bool]


def is_dossier(label: object) -> bool:
    """A piece with scans of its own is folded as a dossier is."""
    return isinstance(label, str) and label.startswith(("1", "6"))


def is_piece(label: str) -> bool:
    return label.startswith("6")


def is_pouch(label: object) -> bool:
    return isinstance(label, str) and label.startswith("2")


@dataclass(eq=False)
class Link:
    holder: str
    place: str | None
    start_us: Micros
    basis: str
    evidence: list[tuple[str, Micros]]
    end_us: Micros | None = None


@dataclass
class Release:
    by: str
    at_us: Micros
    key: str
    counterpart: str | None
    told_late: bool = False  # its 30 minutes have been looked at
    tendered_by: str | None = None  # the holder, if it is a tender


@dataclass
class Unreleased:
    """An acceptance that no release was paired with."""

    previous: str
    taker: str
    key: str


@dataclass(eq=False)
class Thing:
    """What dossier and pouch have in common."""

    label: str
    links: list[Link] = field(default_factory=list)
    release: Release | None = None
    unreleased: list[Unreleased] = field(default_factory=list)
    given_by: str | None = None  # from whom the holder has it
    destination: str | None = None

    @property
    def holder(self) -> str | None:
        if not self.links or self.links[-1].end_us is not None:
            return None
        return self.links[-1].holder

    def put(self, holder: str, place: str | None, at_us: Micros, basis: str, key: str) -> Link:
        """In `holder`'s hands from now on; his later scan adds to a verified link's evidence."""
        last = self.links[-1] if self.holder is not None else None
        if last and (last.holder, last.place, last.basis) == (holder, place, basis):
            if basis == "verified" and (key, at_us) not in last.evidence:
                last.evidence.append((key, at_us))
            return last
        if last:
            last.end_us = at_us
        self.links.append(Link(holder, place, at_us, basis, [(key, at_us)]))
        return self.links[-1]

    def withdraw(
        self, before: Link | None, party: str | None, limit_us: Micros, same: Same
    ) -> None:
        """Withdraw the unbroken inferred run at the end (or just before the link `before`), back
        to the newest link of `party` in it begun by `limit_us`; the whole run if there is none."""
        stop = len(self.links) if before is None else self.links.index(before)
        first = stop
        while first > 1 and self.links[first - 1].basis == "inferred":
            first -= 1
        keep = first  # how many links stay
        for here in range(first, stop):
            if same(self.links[here].holder, party) and self.links[here].start_us <= limit_us:
                keep = here + 1
        if keep == stop:
            return
        keys = {link.evidence[0][0] for link in self.links[keep:stop]}
        self.unreleased = [one for one in self.unreleased if one.key not in keys]
        self.links[keep - 1].end_us = self.links[stop - 1].end_us
        del self.links[keep:stop]
        if before is None:  # who never had it has given nothing either
            self.release = self.given_by = None


@dataclass(eq=False)
class Dossier(Thing):
    status: str = "unknown"
    registered: bool = False
    scanned: bool = False
    windows: list[tuple[Micros, Micros | None]] = field(default_factory=list)
    pouch: "Pouch | None" = None
    sent_by: str | None = None
    excused: str | None = None  # to whom it came in a misrouted pouch
    packed_pieces: Any = None

    @property
    def window_open(self) -> bool:
        return bool(self.windows) and self.windows[-1][1] is None


@dataclass
class Outside:
    """A dossier seen elsewhere while its pouch was sealed; `link`: what that scan made."""

    by_sealer: bool
    link: Link | None
    pieces: Any  # as packed


@dataclass(eq=False)
class Pouch(Thing):
    state: str = "new"
    seal: str | None = None
    contents: set[str] = field(default_factory=set)
    manifest: set[str] = field(default_factory=set)
    via: list[str] = field(default_factory=list)
    tenures: list[tuple[str, Micros]] = field(default_factory=list)  # (party, since)
    # of the newest sealing or packing:
    sealer: str | None = None
    sealed_us: Micros = 0
    moved: bool = False  # has changed hands since
    travelled_open: bool = False
    no_history: bool = False  # accepted with none: what is seen naming it is its manifest
    packed: set[str] = field(default_factory=set)  # since the sealing or the journey
    seen: set[str] = field(default_factory=set)  # inside, in this receipt
    outside: dict[str, Outside] = field(default_factory=dict)
    whole: list[tuple[str, Micros]] = field(default_factory=list)  # good readings
    bad: tuple[str | None, Micros] | None = None  # whom a bad seal charges, up to when
    unsealed: tuple[Micros, str] | None = None  # (when, key) until closed, sealed anew or overdue
    # of the receipt closed last:
    was_inside: set[str] | None = None
    begun: bool = False  # opened, empty, for the next filling

    @property
    def is_empty(self) -> bool:
        return not self.contents and not self.manifest

    def new_sealing(self) -> None:
        """Forget what belonged to the sealing or the receipt before."""
        self.seal, self.sealer, self.sealed_us = None, None, 0
        self.moved = self.travelled_open = self.no_history = self.begun = False
        self.packed, self.seen, self.outside = set(), set(), {}
        self.whole, self.bad, self.unsealed, self.was_inside = [], None, None, None


class Book:
    """The discrepancies raised so far; at most one of a code is open on a subject (rule 9)."""

    def __init__(self) -> None:
        self.all: list[Raised] = []
        self.further: list[Raised] = []  # causes that added nothing

    def standing(self, code: str, subject: str) -> Raised | None:
        for one in self.all:
            if (one.code, one.subject, one.closed_us) == (code, subject, None):
                return one
        return None

    def open(
        self,
        code: str,
        subject: str,
        at_us: Micros,
        key: str,
        *,
        claimer: str | None = None,
    ) -> None:
        stands = self.standing(code, subject)
        if stands is not None:
            told = [stands.key] + [one.key for one in self._further_open(code, subject)]
            if key not in told:
                self.further.append(Raised(code, subject, at_us, key, behind=stands.key))
            return
        known = [r for r in self.all if (r.code, r.subject, r.key) == (code, subject, key)]
        if known:
            known[0].closed_us, known[0].claimer = None, claimer  # the same identity, open again
        else:
            self.all.append(Raised(code, subject, at_us, key, claimer=claimer))

    def close(self, code: str, subject: str, at_us: Micros) -> None:
        if (one := self.standing(code, subject)) is not None:
            one.closed_us = at_us
            for other in self._further_open(code, subject):
                other.closed_us = at_us

    def _further_open(self, code: str, subject: str) -> list[Raised]:
        return [
            one
            for one in self.further
            if (one.code, one.subject, one.closed_us) == (code, subject, None)
        ]


def chain_json(links: list[Link], as_of_us: Micros | None) -> list[dict[str, Any]]:
    """The chain as at `as_of_us`: equal neighbours merged, zero-length links dropped."""
    shown: list[dict[str, Any]] = []
    for link in links:
        end = link.end_us
        evidence = [key for key, _ in link.evidence]
        if as_of_us is not None:
            if link.start_us > as_of_us:
                continue
            end = None if end is None or end > as_of_us else end
            evidence = [key for key, at_us in link.evidence if at_us <= as_of_us]
        last = shown[-1] if shown else None
        if (
            last is not None
            and last["to"] == link.start_us
            and (last["holder"], last["place"], last["basis"])
            == (link.holder, link.place, link.basis)
        ):
            last["to"] = end
            last["evidence"] += evidence if link.basis == "verified" else []
            continue
        if end == link.start_us:
            continue
        shown.append(
            {
                "holder": link.holder,
                "place": link.place,
                "from": link.start_us,
                "to": end,
                "basis": link.basis,
                "evidence": evidence,
            }
        )
    for row in shown:
        row["evidence"] = list(dict.fromkeys(row["evidence"]))
        row["from"] = iso(row["from"])
        row["to"] = None if row["to"] is None else iso(row["to"])
    return shown
