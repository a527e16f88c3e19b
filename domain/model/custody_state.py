"""The answer of the fold: chains, pouches, discrepancies; stored by the read side, shown by all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.model.instants import DAY_US, MINUTE_US, Micros, iso
from domain.model.station_time import Discrepancy

VERIFIED = "verified"  # the thing itself was scanned
INFERRED = "inferred"  # the sealed pouch it is in was scanned
ATTESTED = "attested"  # somebody declared it later

Window = tuple[Micros, Micros | None]


@dataclass(frozen=True, slots=True)
class FoldSettings:
    """The patience of the fold, versioned with the rules of a centre."""

    acceptance_us: Micros = 30 * MINUTE_US  # a release may wait so long for its acceptance
    tender_us: Micros = 15 * MINUTE_US  # who is offered it answers for its time after so long
    receipt_us: Micros = 24 * 60 * MINUTE_US  # an unsealed pouch may wait so long for its close
    collection_us: Micros = 30 * DAY_US  # a result that is ready may wait so long for the applicant


@dataclass(frozen=True, slots=True)
class Link:
    """One stretch of a chain: who held it, where, from when, until when (None: still)."""

    holder: str
    place: str | None
    from_us: Micros
    to_us: Micros | None
    basis: str
    evidence: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """LINK of `facts.md` §4."""
        return {
            "holder": self.holder,
            "place": self.place,
            "from": iso(self.from_us),
            "to": _iso_or_none(self.to_us),
            "basis": self.basis,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class Tendered:
    """A stretch in which the giver still holds it and the receiver answers for the time."""

    giver: str
    receiver: str
    from_us: Micros
    to_us: Micros | None


@dataclass(frozen=True, slots=True)
class Milestones:
    """What a period's report counts of a dossier, in its newest window.

    `online`: applied for without paper. `issued_us`: the result first existed, wherever. `ended`:
    withdrawn, stopped or refused before there was a result, at `ended_us`; all None while none of
    it has happened. `rating`: the applicant's word, coded.
    """

    online: bool = False
    issued_us: Micros | None = None
    ended: str | None = None
    ended_us: Micros | None = None
    rating: str | None = None


NO_MILESTONES = Milestones()


@dataclass(frozen=True, slots=True)
class DossierState:
    """Where a dossier stands. The fields after `chain` are for deadlines, not for the JSON.

    `finished_us`: the result is ready at the office that registered it; provisional while only its
    pouch was scanned there. `destination`: the office that is to receive it next. `tendered`: in
    order, none over another; whoever holds it answers for the rest of its time.
    """

    status: str
    pouch: str | None
    windows: Sequence[Window]
    chain: Sequence[Link]
    registered_us: Micros | None = None
    registered_office: str | None = None
    finished_us: Micros | None = None
    finished_provisional: bool = False
    returned_us: Micros | None = None
    destination: str | None = None
    tendered: tuple[Tendered, ...] = ()
    milestones: Milestones = NO_MILESTONES

    def to_json(self) -> dict[str, Any]:
        """As `giaonhan fold` prints a dossier."""
        return {
            "status": self.status,
            "pouch": self.pouch,
            "windows": [[iso(start), _iso_or_none(end)] for start, end in self.windows],
            "chain": [link.to_json() for link in self.chain],
        }


class Received(NamedTuple):
    """How many of a manifest are out of the pouch and in its holder's hands, of how many.

    `listed` is None where nobody had said what is inside.
    """

    seen: int
    listed: int | None


@dataclass(frozen=True, slots=True)
class PouchState:
    """Where a pouch stands and what is said to be in it.

    The fields after `chain` are not in the JSON. `received`: once its receipt is closed, until it
    is filled again. `ahead`: the offices where it is still to come, on its way and at the end.
    """

    state: str
    holder: str | None
    seal: str | None
    contents: Sequence[str]
    manifest: Sequence[str]
    chain: Sequence[Link]
    destination: str | None = None
    received: Received | None = None
    ahead: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """As `giaonhan fold` prints a pouch."""
        return {
            "state": self.state,
            "holder": self.holder,
            "seal": self.seal,
            "contents": list(self.contents),
            "manifest": list(self.manifest),
            "chain": [link.to_json() for link in self.chain],
        }


@dataclass(frozen=True, slots=True)
class Repeat(Discrepancy):
    """A further cause while one of its code was open: it adds nothing unless people closed that.

    `behind` is the key of the one it stands behind.
    """

    behind: str


@dataclass(frozen=True, slots=True, order=True)
class SetAside:
    """A fact that does not count, and the undo or correction that says so."""

    key: str
    by: str


@dataclass(frozen=True, slots=True)
class Unreleased:
    """An acceptance that no release is paired with yet."""

    giver: str
    taker: str
    key: str


@dataclass(frozen=True, slots=True)
class Filling:
    """How a pouch stood when a filling began with what was packed at `from_us`.

    `flags`: code, key, since when, and the key of the one it stands behind or None. `tail`: the
    links of the present holder, before which there are `links_before` others that nothing changes.
    """

    pouch: str
    from_us: Micros
    holder: str | None
    previous: str | None
    since_us: Micros
    destination: str | None
    via: Sequence[str]
    unreleased: Sequence[Unreleased]
    flags: Sequence[tuple[str, str, Micros, str | None]]
    tail: Sequence[Link]
    links_before: int


@dataclass(frozen=True, slots=True)
class Folded:
    """All that follows from a set of facts."""

    dossiers: Mapping[str, DossierState] = field(default_factory=dict)
    pouches: Mapping[str, PouchState] = field(default_factory=dict)
    discrepancies: Sequence[Discrepancy] = ()
    set_aside: Sequence[SetAside] = ()
    repeats: Sequence[Repeat] = ()  # not in the JSON, nor are:
    fillings: Sequence[Filling] = ()  # where the history of a pouch can be cut
    noted: Sequence[Discrepancy] = ()  # of the codes in `custody_noted`

    @property
    def all_discrepancies(self) -> list[Discrepancy]:
        """What the fold says and what is noted beside it, in their one order."""
        return sorted([*self.discrepancies, *self.noted])

    def to_json(self) -> dict[str, Any]:
        """The output of `giaonhan fold`, labels sorted."""
        return {
            "dossiers": {label: state.to_json() for label, state in sorted(self.dossiers.items())},
            "pouches": {label: state.to_json() for label, state in sorted(self.pouches.items())},
            "discrepancies": [
                {
                    "code": one.code,
                    "subject": one.subject,
                    "opened": iso(one.opened_us),
                    "closed": _iso_or_none(one.closed_us),
                    "key": one.key,
                }
                for one in self.discrepancies
            ],
            "set_aside": [{"key": one.key, "by": one.by} for one in self.set_aside],
        }


def _iso_or_none(instant_us: Micros | None) -> str | None:
    return None if instant_us is None else iso(instant_us)
