"""Taking in what stations journaled: each entry answered once and for ever; called by /scans.

An entry is refused only when it is malformed or not authentic. Its signature is its authority, so
the policy is not asked here: who may state what is a matter for people, after the fact is stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.model.entry import (
    FIRST_PREVIOUS,
    Checkpoint,
    Entry,
    entry_digest,
    parse_entry,
    unsigned_entry,
)
from domain.model.errors import BadSignature, MalformedEntry, Refusal, UnknownStation
from domain.model.fact import Fact, labels_named
from domain.model.instants import Micros
from domain.model.station import Station, station_id
from domain.ports.clock import Clock
from domain.ports.signatures import Signatures, Signed, Signer
from domain.ports.stores import (
    EventLog,
    Journal,
    Key,
    RecordedEntry,
    Standing,
    StreamConflict,
    Tombstone,
    first,
)
from domain.use_cases.checkpoints import Checkpoints
from domain.use_cases.trust import StationTrust

DESK = "SERVER"  # the server's own station, for acts on web pages
DESK_EPOCH = 1  # its first
MOST_ENTRIES = 200  # a batch is one transaction; the next batch follows at once
_LAST_EPOCH = 2**31
_LAST_SEQ = 2**53  # what every JSON reader keeps exactly
_FREE = Standing()
CHAIN_BROKEN = "CHAIN_BROKEN"

Outcome = Literal["recorded", "duplicate", "rejected", "quarantined"]


class BatchTooLarge(Refusal):
    """More entries than one batch takes; values: most."""

    code = "BATCH_TOO_LARGE"


class UnknownEpoch(Refusal):
    """No key was approved for that journal epoch; values: station, epoch."""

    code = "UNKNOWN_EPOCH"


@dataclass(frozen=True, slots=True)
class SentEntry:
    """One entry as it came: the key it is sent under, and its bytes."""

    epoch: int
    seq: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Sending:
    """What one authenticated station sends at once.

    `signed_for`: the station itself sends this; only then a tombstone takes a refused key.
    """

    station: str
    entries: Sequence[SentEntry]
    signed_for: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one entry; `labels` are those its fact names, none when rejected.

    `code` is why it was rejected, or `CHAIN_BROKEN` of an entry that was taken in although it does
    not follow what stands before it, or is not followed by what stands after it: nothing authentic
    is thrown away.
    """

    epoch: int
    seq: int
    outcome: Outcome
    code: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """Answers in the order sent; the checkpoint is of the newest epoch sent, at 0 while empty."""

    answers: list[Answer]
    checkpoint: Checkpoint


@dataclass(slots=True)
class _Save:
    """What stands under each key that matters now, and what is to be saved."""

    now_us: Micros
    sent: set[Key]
    standing: dict[Key, Standing]
    free: set[Key]  # taken to be, without a look
    entries: list[RecordedEntry] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)


@dataclass(slots=True)
class _Intake:
    """One batch while it is judged; `buries`: whether a refused entry leaves a tombstone."""

    station: Station
    save: _Save
    buries: bool

    def standing(self, epoch: int, seq: int) -> Standing:
        """What stands under a key of the station."""
        return self.save.standing.get((self.station.code, epoch, seq), _FREE)

    def stands(self, epoch: int, seq: int, now: Standing) -> None:
        """From now on that stands there."""
        self.save.standing[self.station.code, epoch, seq] = now


class RecordScans:
    """Batches of authenticated stations, one or several in one save."""

    def __init__(
        self,
        *,
        log: EventLog,
        trust: StationTrust,
        signatures: Signatures,
        checkpoints: Checkpoints,
        clock: Clock,
    ) -> None:
        self._log = log
        self._trust = trust
        self._signatures = signatures
        self._checkpoints = checkpoints
        self._clock = clock
        self._newest: dict[Journal, tuple[int, Standing]] = {}
        self._reach: dict[Journal, int] = {}  # up to where each was whole when last asked for

    def __call__(
        self, station: str, batch: Sequence[SentEntry], *, signed_for: bool = True
    ) -> BatchAnswer:
        """Store what is authentic, and answer for each.

        Raises `UnknownStation`, `BatchTooLarge`, and what the log refuses; then nothing is stored.
        """
        [answer] = self.together([Sending(station, batch, signed_for)])
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def together(self, sendings: Sequence[Sending]) -> list[BatchAnswer | Refusal]:
        """The same of several batches in one save; a refusal for each that is refused as a whole.

        Raises what the log refuses; then nothing of any is stored.
        """
        stations = [self._trusted(sending) for sending in sendings]
        taken = [
            (sending, station)
            for sending, station in zip(sendings, stations, strict=True)
            if isinstance(station, Station)
        ]
        sent: set[Key] = {
            (station.code, one.epoch, one.seq)
            for sending, station in taken
            for one in sending.entries
            if one.epoch in station.keys and 1 <= one.seq <= _LAST_SEQ
        }
        save = _Save(self._clock.now_us(), sent, *self._standing(sent))
        answers = []
        for (sending, station), read in zip(taken, self._read(taken), strict=True):
            intake = _Intake(station, save, sending.signed_for)
            pairs = zip(sending.entries, read, strict=True)
            answers.append([self._answer(sent, found, intake) for sent, found in pairs])
        try:
            if save.entries or save.tombstones:
                self._log.save(entries=save.entries, tombstones=save.tombstones, free=save.free)
        except StreamConflict:
            if not save.free:
                raise
            for code, epoch, _ in save.sent:  # another was here first: the log is asked
                self._newest.pop((code, epoch), None)
            return self.together(sendings)
        self._remember(save)
        given = self._given(taken, save)
        recorded = map(BatchAnswer, answers, given)
        return [each if isinstance(each, Refusal) else next(recorded) for each in stations]

    def _trusted(self, sending: Sending) -> Station | Refusal:
        if len(sending.entries) > MOST_ENTRIES:
            return BatchTooLarge(most=MOST_ENTRIES)
        try:
            return self._trust.station(sending.station)
        except UnknownStation as refusal:
            return refusal

    def _standing(self, sent: set[Key]) -> tuple[dict[Key, Standing], set[Key]]:
        """What stands under the keys sent, under those before them and under those after.

        Where a journal goes on after its newest, as mostly, that is known; what lies beyond is
        taken to be free without a look: such keys are told beside.
        """
        near = {(code, epoch, seq + by) for code, epoch, seq in sent for by in (-1, 1) if seq + by}
        known: dict[Key, Standing] = {}
        ends: dict[Journal, int] = {}
        for journal in {key[:2] for key in sent} & self._newest.keys():
            seq, stands = self._newest[journal]
            if (*journal, seq + 1) in sent and (*journal, seq) not in sent:
                known[*journal, seq] = stands
                ends[journal] = seq
        free = {key for key in sent | near if key[2] > ends.get(key[:2], _LAST_SEQ + 1)}
        asked = (sent | near) - known.keys() - free
        return {**known, **self._log.standing(asked)}, free

    def _remember(self, save: _Save) -> None:
        """The newest of each journal, which the next batch follows: that spares it a query."""
        for (code, epoch, seq), stands in save.standing.items():
            if seq >= self._newest.get((code, epoch), (0, _FREE))[0]:
                self._newest[code, epoch] = seq, stands

    def _read(
        self, taken: Sequence[tuple[Sending, Station]]
    ) -> Sequence[Sequence[Entry | Refusal]]:
        """Each entry sent, or why it is not one of this station; all signatures at once."""
        read = [[_own(sent, station) for sent in sending.entries] for sending, station in taken]
        signed = [
            Signed(
                found.signed,
                found.signature,
                station.keys[found.fact.epoch].public_key,
                found.algorithm,
            )
            for (_, station), those in zip(taken, read, strict=True)
            for found in those
            if isinstance(found, Entry)
        ]
        holds = iter(self._signatures.each_holds(signed))
        return [
            [
                found
                if isinstance(found, Refusal) or next(holds)
                else BadSignature(station=station.code)
                for found in those
            ]
            for (_, station), those in zip(taken, read, strict=True)
        ]

    def _answer(self, sent: SentEntry, entry: Entry | Refusal, intake: _Intake) -> Answer:
        key = sent.epoch, sent.seq
        if not (1 <= sent.epoch <= _LAST_EPOCH and 1 <= sent.seq <= _LAST_SEQ):
            return Answer(*key, "rejected", MalformedEntry.code)
        stands = intake.standing(*key)
        if isinstance(entry, Refusal):
            if not isinstance(entry, UnknownEpoch):
                self._bury(sent, entry.code, stands, intake)
            return Answer(*key, "rejected", entry.code)
        labels = tuple(labels_named(entry.fact))
        code = None if _follows(entry, intake) else CHAIN_BROKEN
        if entry.digest in stands.digests:
            return Answer(*key, "duplicate", code, labels)
        now = stands.digests | {entry.digest}, stands.tombstone, stands.follow | {entry.prev}
        intake.stands(*key, Standing(*now))
        intake.save.entries.append(
            RecordedEntry(
                entry=entry,
                recorded_at_us=intake.save.now_us,
                not_before_us=self._checkpoints.not_before(
                    entry.checkpoint, station=intake.station.code
                ),
                key_taken=stands != _FREE,
                quarantined=intake.station.distrusts(sent.epoch),
            )
        )
        outcome: Outcome = "quarantined" if intake.station.distrusts(sent.epoch) else "recorded"
        return Answer(*key, outcome, code, labels)

    def _bury(self, sent: SentEntry, code: str, stands: Standing, intake: _Intake) -> None:
        """Leave a tombstone under a free key, one at most: a taken key needs none to go on."""
        if stands == _FREE and intake.buries:
            station, digest = intake.station.code, entry_digest(sent.raw)
            stone = Tombstone(station, sent.epoch, sent.seq, digest, code, intake.save.now_us)
            intake.save.tombstones.append(stone)
            intake.stands(sent.epoch, sent.seq, Standing(tombstone=stone))

    def _given(self, taken: Sequence[tuple[Sending, Station]], save: _Save) -> Iterator[Checkpoint]:
        """Our word for each, on the newest epoch that it sent."""
        journals: list[Journal] = [
            (
                station.code,
                max(
                    {one.epoch for one in sending.entries} & station.keys.keys(),
                    default=station.epoch,
                ),
            )
            for sending, station in taken
        ]
        reach = self._whole(set(journals), save)
        for journal in journals:
            yield self._checkpoints.give(*journal, reach[journal], at_us=save.now_us)

    def _whole(self, journals: set[Journal], save: _Save) -> dict[Journal, int]:
        """Up to where each has no gap; the log is asked where what was sent does not tell.

        The key behind each that was sent was looked at, so the last in a row is the end of it.
        """
        told: dict[Journal, int] = {}
        for journal in journals & self._reach.keys():
            seq = self._reach[journal]
            while (*journal, seq + 1) in save.standing:
                seq += 1
            if (*journal, seq) in save.sent:
                told[journal] = seq
        told.update(self._log.contiguous_seqs(journals - told.keys()))
        self._reach.update(told)
        return told


def _own(sent: SentEntry, station: Station) -> Entry | Refusal:
    """The entry, if it says that it is this station's own under the key it is sent under."""
    key = station.keys.get(sent.epoch)
    if key is None:
        return UnknownEpoch(station=station.code, epoch=sent.epoch)
    try:
        entry = parse_entry(sent.raw)
    except MalformedEntry as refusal:
        return refusal
    fact = entry.fact
    if (fact.station, fact.epoch, fact.seq) != (station.code, sent.epoch, sent.seq):
        return MalformedEntry(why="another key than the one it is sent under")
    return entry if entry.algorithm is key.algorithm else BadSignature(station=station.code)


def _follows(entry: Entry, intake: _Intake) -> bool:
    """Whether it names what stands before it, and what stands after it names it or its like.

    Beside a gap there is nothing to compare; what fills the gap is compared with both its sides.
    """
    epoch, seq = entry.fact.epoch, entry.fact.seq
    here, before, after = (intake.standing(epoch, near) for near in (seq, seq - 1, seq + 1))
    if seq == 1:
        follows = entry.prev == FIRST_PREVIOUS
    else:
        follows = before == _FREE or entry.prev in _digests(before)
    return follows and (not after.follow or bool(after.follow & (_digests(here) | {entry.digest})))


def _digests(stands: Standing) -> frozenset[str]:
    stone = stands.tombstone
    return stands.digests if stone is None else stands.digests | {stone.digest}


class DeskStation:
    """The server's own station: acts on web pages are entries too, claimed time = receipt time.

    A restored server has begun a new epoch: what the lost one stated keeps its keys.
    """

    def __init__(self, *, log: EventLog, signer: Signer, clock: Clock) -> None:
        self._log = log
        self._signer = signer
        self._clock = clock
        self._epoch: int | None = None  # asked for once: nobody begins another while it serves

    def state(
        self,
        fact: str,
        subject: str,
        context: Mapping[str, Any],
        *,
        operator: str,
        office: str,
        after: RecordedEntry | None = None,
    ) -> RecordedEntry:
        """The next entry of the journal, to be saved with the act it tells of.

        `after` is an entry that goes into the same save just before it.

        Raises `MalformedEntry` for words outside their grammar.
        """
        now_us = self._clock.now_us()
        if self._epoch is None:
            desk = first(self._log.load(Station, [station_id(DESK)]))
            self._epoch = DESK_EPOCH if desk is None else desk.epoch
        if after is None:
            seq, previous = self._log.last_digest(DESK, self._epoch) or (0, FIRST_PREVIOUS)
        else:
            seq, previous = after.entry.fact.seq, after.entry.digest
        stated = Fact(
            fact=fact,
            subject=subject,
            at_us=now_us,
            station=DESK,
            epoch=self._epoch,
            seq=seq + 1,
            operator=operator,
            office=office,
            context=context,
        )
        unsigned = unsigned_entry(
            stated,
            prev=previous,
            boot="server",
            mono_ms=now_us // 1000,
            offset_ms=0,
            checkpoint=None,
        )
        entry = parse_entry(unsigned + self._signer.sign(unsigned))
        return RecordedEntry(entry=entry, recorded_at_us=now_us)
