"""What the fold knows so far of one dossier or pouch while it walks along the facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from domain.model.custody_state import (
    NO_MILESTONES,
    VERIFIED,
    DossierState,
    Link,
    Milestones,
    PouchState,
    Received,
    Repeat,
    Unreleased,
    Window,
)
from domain.model.instants import Micros
from domain.model.station_time import Discrepancy

Flag = tuple[str, str, Micros, str]  # code, subject, since when, by the key of which fact
UNKNOWN, OPEN, RETURNED, REFUSED = "unknown", "open", "returned", "refused"
WITHDRAWN, STOPPED = "withdrawn", "stopped"
NEW, SEALED, UNSEALED, CLOSED = "new", "sealed", "unsealed", "closed"


@dataclass(eq=False, slots=True)
class Stretch:
    """A raw link: in these hands from then on. `holder` None: the chain ends here."""

    holder: str | None
    place: str | None
    basis: str
    from_us: Micros
    key: str


@dataclass(eq=False, slots=True)
class Release:
    """One side of a handoff, waiting for the other until `ended_us`."""

    giver: str
    to: str | None
    at_us: Micros
    key: str
    ended_us: Micros | None = None


@dataclass(eq=False, slots=True)
class Thing:
    """A dossier or a pouch: what can be held and handed over."""

    label: str
    holder: str | None = None
    previous: str | None = None  # the party before the present holder
    since_us: Micros = 0  # when it came from that one
    chain: list[Stretch] = field(default_factory=list)
    release: Release | None = None  # the holder's, not yet accepted
    tenders: list[Release] = field(default_factory=list)
    stray_releaser: str | None = None  # whose release without holding opened NOT_ACCEPTED
    unreleased: list[Unreleased] = field(default_factory=list)  # oldest first
    destination: str | None = None
    _shown: tuple[list[Stretch], list[Link]] | None = None  # of which chain, and what it comes to

    def hold(self, scan: Stretch) -> None:
        """From this scan on it is in these hands."""
        self.holder = scan.holder
        self.chain.append(scan)

    @property
    def last_holder(self) -> str | None:
        """Who holds it, or held it when its chain ended."""
        return next((one.holder for one in reversed(self.chain) if one.holder is not None), None)

    def links(self) -> list[Link]:
        """Its chain as shown; made again only if it is another: of many things a scan moves one."""
        if self._shown is None or self._shown[0] != self.chain:
            self._shown = list(self.chain), links(self.chain, None)
        return self._shown[1]

    def end_release(self, at_us: Micros) -> None:
        """Nobody waits for its acceptance any more."""
        if self.release is not None:
            self.release.ended_us = at_us
            self.release = None


@dataclass(eq=False, slots=True)
class Stay:
    """How long a dossier lay in a pouch."""

    pouch: "Pouch"
    from_us: Micros
    to_us: Micros | None = None


@dataclass(eq=False, slots=True)
class Dossier(Thing):
    """A dossier, or a piece with scans of its own."""

    status: str = UNKNOWN
    windows: list[Window] = field(default_factory=list)
    scanned_unknown: bool = False  # scanned before anyone registered it
    pouch: "Pouch | None" = None
    stays: list[Stay] = field(default_factory=list)
    seen_outside: list["Pouch"] = field(default_factory=list)  # sealed pouches said to hold it
    sender: str | None = None  # who gave it the destination
    excused: str | None = None  # office it reached in a pouch that was itself misrouted
    pieces: object = None  # as packed
    milestones: Milestones = NO_MILESTONES
    registered_us: Micros | None = None
    registered_office: str | None = None
    finished_us: Micros | None = None
    finished_provisional: bool = False
    finished_key: str | None = None  # of the fact by which the result was ready
    collected: bool = False  # given back or archived since then
    returned_us: Micros | None = None

    @property
    def open(self) -> bool:
        """Whether its window is open."""
        return bool(self.windows) and self.windows[-1][1] is None

    def enter_pouch(self, pouch: "Pouch", at_us: Micros) -> None:
        """It lies in the pouch and moves with it."""
        self.pouch = pouch
        pouch.contents[self.label] = self
        self.stays.append(Stay(pouch, at_us))

    def leave_pouch(self, at_us: Micros) -> None:
        """It is no longer in the pouch it was in, if it was in any."""
        if (pouch := self.pouch) is not None:
            self.pouch = None
            del pouch.contents[self.label]
            self.stays[-1].to_us = at_us

    def state(self) -> partial[DossierState]:
        """Everything but the chain, which later facts may still withdraw."""
        return partial(
            DossierState,
            self.status,
            None if self.pouch is None else self.pouch.label,
            tuple(self.windows),
            registered_us=self.registered_us,
            registered_office=self.registered_office,
            finished_us=self.finished_us,
            finished_provisional=self.finished_provisional,
            returned_us=self.returned_us,
            destination=self.destination,
            milestones=self.milestones,
        )


@dataclass(eq=False, slots=True)
class Pouch(Thing):
    """A pouch; what concerns one sealing or one filling is forgotten with it."""

    phase: str = NEW
    told_us: Micros = -(2**63)  # when it was last named
    seal: str | None = None
    contents: dict[str, Dossier] = field(default_factory=dict)
    manifest: dict[str, Dossier] = field(default_factory=dict)
    said: frozenset[str] | None = None  # the newest frozen manifest; None: nothing was said
    unannounced: bool = False  # accepted with no history: what is seen in it is its manifest
    seen: set[str] = field(default_factory=set)  # inside, in this receipt
    packed_since: set[str] = field(default_factory=set)  # since the manifest was frozen
    via: Sequence[str] = ()
    ahead: list[str] = field(default_factory=list)  # where it is still to come in this sealing
    sealer: str | None = None
    sealed_us: Micros = 0
    moved: bool = False  # to another party since it was sealed or filled
    travelled_open: bool = False
    found_whole: list[str] = field(default_factory=list)  # parties who found this seal good
    blamed: tuple[str | None, Micros] | None = None  # who held it by when, once the seal was bad
    outside: dict[str, "OutsideScan"] = field(default_factory=dict)  # of what it should hold
    unsealed: tuple[Micros, str] | None = None  # the receipt that must be closed
    received: Received | None = None  # in the receipt that its newest scan closed

    @property
    def empty(self) -> bool:
        """Nothing in it, no manifest."""
        return not self.contents and not self.manifest

    def surplus(self, label: str) -> bool:
        """Whether it was said what is inside, and not this."""
        return not self.unannounced and self.said is not None and label not in self.said

    def awaits(self, label: str) -> bool:
        """Whether it is said to be inside, and was not seen yet."""
        return (self.unannounced or label in self.manifest) and label not in self.seen

    def forget_outside(self) -> None:
        """What was scanned elsewhere is no longer looked for in it."""
        for scan in self.outside.values():
            scan.dossier.seen_outside.remove(self)
        self.outside = {}

    def begin_anew(self) -> None:
        """What was found out about one sealing or filling ends with it."""
        self.forget_outside()
        self.seal = self.sealer = self.blamed = self.unsealed = None
        self.moved = self.travelled_open = False
        self.found_whole, self.ahead = [], []
        self.seen = set()

    def state(self, received: Received | None) -> partial[PouchState]:
        """Everything but the chain."""
        return partial(
            PouchState,
            self.phase,
            self.holder,
            self.seal,
            sorted(self.contents),
            sorted(self.manifest),
            destination=self.destination,
            received=received,
            ahead=tuple(self.ahead) if self.phase in {SEALED, UNSEALED} else (),
        )


@dataclass(frozen=True, slots=True)
class OutsideScan:
    """A dossier scanned elsewhere while its pouch was sealed."""

    dossier: Dossier
    scan: Stretch
    by_sealer: bool
    pieces: object  # as packed


def links(chain: Iterable[Stretch], as_of_us: Micros | None) -> list[Link]:
    """The chain as shown: equal neighbours merged, links without length dropped, cut at as-of."""
    merged: list[tuple[Stretch, list[str]]] = []
    for one in chain:
        if as_of_us is not None and one.from_us > as_of_us:
            break
        while merged and merged[-1][0].from_us == one.from_us and not _alike(merged[-1][0], one):
            merged.pop()
        if merged and _alike(merged[-1][0], one):
            if one.basis == VERIFIED:
                merged[-1][1].append(one.key)
        else:
            merged.append((one, [one.key]))
    ends = [later.from_us for later, _ in merged[1:]] + [None]
    return [
        Link(one.holder, one.place, one.from_us, to_us, one.basis, tuple(dict.fromkeys(evidence)))
        for (one, evidence), to_us in zip(merged, ends, strict=False)  # no link, no end
        if one.holder is not None
    ]


def _alike(one: Stretch, other: Stretch) -> bool:
    return one.holder == other.holder and one.place == other.place and one.basis == other.basis


class Parties:
    """Which offices are one party: an office and those that succeeded it, from then on."""

    __slots__ = ("_party",)

    def __init__(self) -> None:
        self._party: dict[str, str] = {}

    def join(self, office: str, successor: str) -> None:
        """From now on the two are one party."""
        old, new = self._party.get(office, office), self._party.get(successor, successor)
        self._party |= {name: new for name, party in self._party.items() if party == old}
        self._party |= {office: new, old: new, successor: new}

    def same(self, one: str | None, other: str | None) -> bool:
        """Whether the two are one party; nobody is the same as nobody."""
        if one is None or other is None:
            return False
        party = self._party
        return one == other or (bool(party) and party.get(one, one) == party.get(other, other))


@dataclass(eq=False, slots=True)
class _Flagged:
    """The discrepancies of one subject: those ever opened by code and key, and what is open."""

    all: dict[tuple[str, str], tuple[Micros, Micros | None]] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    behind: dict[str, dict[str, Micros]] = field(default_factory=dict)  # further causes while open
    repeats: list[Repeat] = field(default_factory=list)

    def copy(self) -> "_Flagged":
        behind = {code: dict(causes) for code, causes in self.behind.items()}
        return _Flagged(dict(self.all), dict(self.open), behind, list(self.repeats))


class Flags:
    """The discrepancies: at most one of a code open on a subject (rule 9)."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[str, _Flagged] = {}

    def copy(self) -> "Flags":
        """The same, to be told what the original is not."""
        other = Flags()
        other._of = {subject: mine.copy() for subject, mine in self._of.items()}
        return other

    def raise_(self, code: str, subject: str, at_us: Micros, key: str) -> bool:
        """Open it unless one is open, then a further cause adds nothing; whether it was opened."""
        mine = self._of.setdefault(subject, _Flagged())
        if (standing := mine.open.get(code)) is not None:
            if standing != key:
                mine.behind.setdefault(code, {}).setdefault(key, at_us)
            return False
        mine.open[code] = key
        opened_us = mine.all.get((code, key), (at_us,))[0]
        mine.all[code, key] = opened_us, None
        return True

    def close(self, code: str, subject: str, at_us: Micros) -> None:
        """Close the open one, if there is one."""
        mine = self._of.get(subject)
        if mine is not None and (key := mine.open.pop(code, None)) is not None:
            mine.all[code, key] = mine.all[code, key][0], at_us
            for cause, since_us in mine.behind.pop(code, {}).items():
                mine.repeats.append(Repeat(since_us, code, subject, at_us, cause, key))

    def of(self, subject: str) -> list[tuple[str, str, Micros, str | None]]:
        """What is open on the subject, and what stands behind it."""
        found: list[tuple[str, str, Micros, str | None]] = []
        if (mine := self._of.get(subject)) is not None:
            for code, key in sorted(mine.open.items()):
                found.append((code, key, mine.all[code, key][0], None))
                behind = mine.behind.get(code, {})
                found += [(code, cause, at_us, key) for cause, at_us in behind.items()]
        return found

    def resume(self, subject: str, flags: Iterable[tuple[str, str, Micros, str | None]]) -> None:
        """Of the subject this is open, and of what was before only what was closed is known."""
        mine = self._of.pop(subject, None)
        closed = {} if mine is None else mine.all
        closed = {name: span for name, span in closed.items() if span[1] is not None}
        if flags or closed:
            mine = self._of[subject] = _Flagged(closed)
            for code, key, at_us, behind in flags:
                if behind is None:
                    mine.open[code] = key
                    mine.all[code, key] = at_us, None
                else:
                    mine.behind.setdefault(code, {})[key] = at_us

    def is_open(self, code: str, subject: str) -> bool:
        """Whether one of the code is open on the subject."""
        mine = self._of.get(subject)
        return mine is not None and code in mine.open

    def opened_by(self, code: str, subject: str) -> str | None:
        """The key of the fact that opened the open one."""
        mine = self._of.get(subject)
        return None if mine is None else mine.open.get(code)

    def subjects(self) -> list[str]:
        """On what there is, or was, anything."""
        return list(self._of)

    def forget(self, subject: str) -> tuple[list[Discrepancy], list[Repeat]]:
        """All that was ever found about the subject, and the further causes; known no more."""
        mine = self._of.pop(subject, None)
        return ([], []) if mine is None else (_listed(subject, mine), _repeats(subject, mine))

    def listed(self) -> list[Discrepancy]:
        """All of them, in no order."""
        return [one for subject, mine in self._of.items() for one in _listed(subject, mine)]

    def repeats(self) -> list[Repeat]:
        """The further causes, in no order; none has the identity of a discrepancy."""
        return [one for subject, mine in self._of.items() for one in _repeats(subject, mine)]


def _listed(subject: str, mine: _Flagged) -> list[Discrepancy]:
    return [
        Discrepancy(opened_us, code, subject, closed_us, key)
        for (code, key), (opened_us, closed_us) in mine.all.items()
    ]


def _repeats(subject: str, mine: _Flagged) -> list[Repeat]:
    standing = [
        Repeat(since_us, code, subject, None, key, mine.open[code])
        for code, causes in mine.behind.items()
        for key, since_us in causes.items()
    ]
    found = {(one.code, one.key): one for one in (*mine.repeats, *standing)}
    return [one for identity, one in found.items() if identity not in mine.all]
