"""The longest valid chain that two files of one journal can tell between them; used at each start.

Every entry is written to both. What one of them lost or garbled stands in the other; which bytes
are right is told by signature and chain, never by which file they come from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.model.entry import Entry, parse_entry
from domain.model.errors import Refusal
from domain.model.journal_lines import Anchor
from scanner_station.keys import holds

Place = tuple[int, int]  # epoch, sequence
_Candidates = Mapping[Place, set[bytes]]


def is_covered(place: Place, anchors: Iterable[Anchor]) -> bool:
    """Whether that was pruned, or kept aside as rejected."""
    return any(place[0] == anchor.epoch and place[1] <= anchor.seq for anchor in anchors)


@dataclass(slots=True)
class Held:
    """What one file holds. `fault`: why something written to it is not there any more, or None.

    `torn`: what is not there any more was the last that was written. An entry that its own anchor
    covers was rejected by the server, and kept when the others were pruned.
    """

    anchors: list[Anchor] = field(default_factory=list)
    entries: dict[Place, bytes] = field(default_factory=dict)
    fault: str | None = None
    torn: bool = False

    def rejected(self) -> set[Place]:
        """The places of what was kept when it was pruned."""
        return {place for place in self.entries if is_covered(place, self.anchors)}


@dataclass(slots=True)
class Chain:
    """What is authentic, in order, and the anchors it hangs on, one an epoch.

    What the anchors cover stands in no chain any more: of that it has what was rejected.
    `flaw` is the first place of the newest epoch for which nothing valid was found, and why;
    `lost`: something authentic stands behind it, so there was an entry.
    """

    anchors: list[Anchor] = field(default_factory=list)
    entries: dict[Place, bytes] = field(default_factory=dict)
    last_seq: int = 0
    last_digest: str = Anchor(0).digest
    flaw: tuple[int, str] = 1, "an entry is missing"
    lost: bool = False

    def whole_in(self, held: Held) -> bool:
        """Whether that file holds all of this, and nothing that does not belong to it."""
        kept = {
            place: raw
            for place, raw in held.entries.items()
            if place in self.entries or not is_covered(place, self.anchors)
        }
        return held.fault is None and kept == self.entries

    def same_as(self, held: Held) -> bool:
        """Whether that file holds exactly this."""
        return (held.fault, held.anchors, held.entries) == (None, self.anchors, self.entries)


class Verifier:
    """Knows the station's keys by epoch; the newest epoch is the one that is appended to."""

    def __init__(self, station: str, keys: Mapping[int, bytes]) -> None:
        self._station, self._keys = station, keys

    def longest(self, files: Sequence[Held]) -> Chain:
        """The longest valid chain of the newest epoch, and all that is authentic of older ones."""
        candidates: dict[Place, set[bytes]] = {}
        for held in files:
            for place, raw in held.entries.items():
                candidates.setdefault(place, set()).add(raw)
        anchors = {anchor for held in files for anchor in held.anchors}
        rejected = {place for held in files for place in held.rejected()}
        chain = Chain()
        for epoch in sorted(self._keys):
            known = sorted(anchor for anchor in anchors if anchor.epoch == epoch)
            if epoch == max(self._keys):
                self._follow([Anchor(epoch), *known], candidates, chain)
            else:
                self._gather([Anchor(epoch), *known][-1], candidates, chain)
        self._add_signed((p for p in rejected if is_covered(p, chain.anchors)), candidates, chain)
        chain.entries = dict(sorted(chain.entries.items()))
        return chain

    def _follow(self, starts: list[Anchor], candidates: _Candidates, chain: Chain) -> None:
        """Of each start that either file knows the one that leads farthest; the later of equals."""
        found = [(start, list(self._from(start, candidates))) for start in starts]
        start, entries = max(found, key=lambda each: (each[0].seq + len(each[1]), each[0].seq))
        if start.seq:
            chain.anchors.append(start)
        chain.entries |= {(start.epoch, entry.fact.seq): entry.raw for entry in entries}
        chain.last_seq = start.seq + len(entries)
        chain.last_digest = entries[-1].digest if entries else start.digest
        place = start.epoch, chain.last_seq + 1
        whys = [self._read(raw, place, chain.last_digest) for raw in candidates.get(place, ())]
        why = next((str(why) for why in whys), "an entry is missing")
        chain.flaw = place[1], why
        chain.lost = any(
            isinstance(self._read(raw, behind, None), Entry)
            for behind, raws in candidates.items()
            if behind > place and behind[0] == start.epoch
            for raw in raws
        )

    def _from(self, start: Anchor, candidates: _Candidates) -> Iterator[Entry]:
        entry: Entry | None
        seq, digest = start.seq, start.digest
        while entry := self._first(candidates, (start.epoch, seq + 1), digest):
            yield entry
            seq, digest = seq + 1, entry.digest

    def _gather(self, start: Anchor, candidates: _Candidates, chain: Chain) -> None:
        """A closed epoch is only sent: what is signed counts, also behind a gap."""
        if start.seq:
            chain.anchors.append(start)
        behind = (p for p in candidates if p[0] == start.epoch and p[1] > start.seq)
        self._add_signed(behind, candidates, chain)

    def _add_signed(self, places: Iterable[Place], candidates: _Candidates, chain: Chain) -> None:
        for place in places:
            entry = self._first(candidates, place, None)
            if entry is not None:
                chain.entries[place] = entry.raw

    def _first(self, candidates: _Candidates, place: Place, digest: str | None) -> Entry | None:
        read = (self._read(raw, place, digest) for raw in candidates.get(place, ()))
        return next((each for each in read if isinstance(each, Entry)), None)

    def _read(self, raw: bytes, place: Place, digest: str | None) -> Entry | str:
        """The entry of that place after that digest, or why these bytes are not it."""
        try:
            entry = parse_entry(raw)
        except Refusal:
            return "no bytes of an entry"
        fact = entry.fact
        if (fact.station, fact.epoch, fact.seq) != (self._station, *place):
            return "another station's entry"
        if digest is not None and entry.prev != digest:
            return "broken chain"
        sound = holds(entry.signed, entry.signature, self._keys[place[0]])
        return entry if sound else "signature"
