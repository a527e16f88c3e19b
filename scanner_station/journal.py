"""The station's journal: signed entries, append-only, in two files on disk before the tone.

One connection behind one lock serves the scanning loop (`append`) and the uplink (`pending`,
`acknowledge`). After a failed write nothing more is accepted until `reopen` has checked
both files and the whole chain again.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from domain.model.entry import (
    FIRST_PREVIOUS,
    Checkpoint,
    Entry,
    entry_digest,
    parse_entry,
    unsigned_entry,
)
from domain.model.errors import Refusal
from domain.model.fact import Fact, check_grammar
from domain.model.journal_lines import Anchor
from scanner_station.chain import Verifier
from scanner_station.clock import StationClock
from scanner_station.gestures import Act
from scanner_station.journal_copy import JournalCopy
from scanner_station.journal_file import (
    ALL_KEPT,
    Answer,
    Counts,
    Forgotten,
    Peek,
    anchors_of,
    counts,
    covered,
    gone,
    keep,
    offset_and_checkpoint,
    peek,
    refusal_of,
    set_anchors,
)
from scanner_station.keys import StationKey
from scanner_station.mending import Mending, open_files
from scanner_station.refusals import JournalBehind, JournalFault
from scanner_station.settings import Settings

__all__ = ["Answer", "Counts", "Journal", "Peek", "copy_of", "open_journal", "peek"]

# A new measurement replaces the clock's offset only if it differs by more than this beyond its own
# uncertainty: entries one after another should not jump to and fro with the network's mood.
OFFSET_TOLERANCE_MS = 250
# What the server has covered stays this long all the same: a server restored from a backup is
# filled again from here. Ten thousand entries are some three weeks of a busy desk, and 20 MB.
COVERED_KEPT = 10_000
PRUNED_AT_ONCE = 1_000


def copy_of(file: Path) -> Path:
    """The journal's second file."""
    return file.with_suffix(".copy")


class Journal:
    """One station's journal in one epoch; opened, verified, and appended to.

    `past_keys`: the public keys of closed epochs, whose entries are still sent; `salvage`: keep of
    damaged files what is authentic. `mended` tells what was amiss when it was opened.

    Raises `JournalDamaged`, `JournalBehind`, `JournalFault` on opening.
    """

    def __init__(
        self,
        file: Path,
        *,
        station: str,
        office: str,
        epoch: int,
        key: StationKey,
        clock: StationClock,
        past_keys: Mapping[int, bytes] | None = None,
        salvage: bool = False,
    ) -> None:
        self._file = file
        self._copy = JournalCopy(copy_of(file), station=station)
        self._station, self._office, self._epoch = station, office, epoch
        self._key, self._clock = key, clock
        self._verifier = Verifier(station, {**(past_keys or {}), epoch: key.public_key})
        self._lock = threading.RLock()
        self.mended: Mending | None = None
        self.forgotten: list[Forgotten] = []  # by the server, and not told to anybody yet
        self._stopped: Refusal | None = None
        self._connection: sqlite3.Connection | None = None
        self._last_seq, self._last_digest = 0, FIRST_PREVIOUS
        self._offset_ms = 0
        self._checkpoint: Checkpoint | None = None
        self._open(renew_copy=False, salvage=salvage)

    @property
    def last_seq(self) -> int:
        """The newest entry's sequence number, 0 before the first."""
        return self._last_seq

    @property
    def stopped(self) -> Refusal | None:
        """Why nothing is accepted, None while all is well."""
        return self._stopped

    @property
    def offset_ms(self) -> int:
        """What is added to the wall clock, as measured against the server."""
        return self._offset_ms

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The server's newest word, embedded in the next entries."""
        return self._checkpoint

    def append(self, act: Act, *, picture: str | None = None) -> Entry:
        """Sign the act and put it on disk; what returns is there after a power cut.

        `picture` is what it was read from, kept with it until `mark_read`.

        Raises `JournalFull` or `JournalFault` (then nothing is acknowledged and nothing more is
        accepted until `reopen`), and what `check_grammar` raises of an act that states nonsense.
        """
        with self._lock:
            if self._stopped is not None:
                raise self._stopped
            entry = self._signed(act)
            key = self._epoch, entry.fact.seq
            with self._transaction() as connection:
                connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (*key, entry.raw))
                if picture is not None:
                    connection.execute(
                        "INSERT INTO journaled_from VALUES (?, ?, ?)", (picture, *key)
                    )
            with self._guarded():
                self._copy.append(entry.raw)
            self._last_seq, self._last_digest = entry.fact.seq, entry.digest
            return entry

    def pending(self, limit: int) -> list[Entry]:
        """The oldest entries without an answer, in order."""
        with self._lock, self._reading() as connection:
            rows = connection.execute(
                "SELECT raw FROM entry LEFT JOIN answer USING (epoch, seq)"
                " WHERE outcome IS NULL ORDER BY epoch, seq LIMIT ?",
                (limit,),
            ).fetchall()
        return [parse_entry(raw) for (raw,) in rows]

    def latest(self, limit: int) -> list[Entry]:
        """The newest entries, also those of the epoch before a new key, in order."""
        newest = "SELECT raw FROM entry ORDER BY epoch DESC, seq DESC LIMIT ?"
        with self._lock, self._reading() as connection:
            rows = connection.execute(newest, (limit,)).fetchall()
        return [parse_entry(raw) for (raw,) in reversed(rows)]

    def outcomes(self) -> dict[tuple[int, int], str]:
        """What the server said of the entries that are here, by epoch and sequence number."""
        with self._lock, self._reading() as connection:
            rows = connection.execute("SELECT epoch, seq, outcome FROM answer").fetchall()
        return {(epoch, seq): outcome for epoch, seq, outcome in rows}

    def acknowledge(self, answers: Sequence[Answer], checkpoint: Checkpoint | None) -> list[Answer]:
        """Keep what the server said; the answers that stand.

        Only the checkpoint (already verified) is signed, so answers of its epoch stand as far as it
        reaches; or all of them, where it stops at an entry that is not here either and never comes.
        What a server restored from a backup has lost is sent again. Raises `JournalBehind` when the
        server holds more than we do.
        """
        with self._lock:
            with self._transaction() as connection:
                bounded = checkpoint is not None and _holds_next(connection, checkpoint)
                if checkpoint is not None:
                    self._follow(connection, checkpoint, bounded=bounded)
                standing = [
                    one
                    for one in answers
                    if checkpoint is None
                    or not bounded
                    or one.epoch != checkpoint.epoch
                    or one.seq <= checkpoint.seq
                ]
                connection.executemany(
                    "INSERT OR IGNORE INTO answer VALUES (?, ?, ?, ?, ?)",
                    [
                        (one.epoch, one.seq, one.outcome, one.code, json.dumps(one.discrepancies))
                        for one in standing
                    ],
                )
            self._read_kept()
            self._demand_not_behind()
            if checkpoint is not None:
                with suppress(Refusal):  # the journal has stopped then, but the answers are stored
                    self._prune(checkpoint)
        return standing

    def last_of_earlier_epochs(self) -> list[Entry]:
        """The newest entry of each epoch before this one, as far as any is still here."""
        with self._lock, self._reading() as connection:
            rows = connection.execute(
                "SELECT raw, max(seq) FROM entry WHERE epoch < ? GROUP BY epoch ORDER BY epoch",
                (self._epoch,),
            ).fetchall()
        return [parse_entry(raw) for raw, _ in rows]

    def offer_again(self, code: str | None = None) -> None:
        """Forget the answers (those of that code) to what is still here: it is sent once more."""
        with self._lock, self._transaction() as connection:
            connection.execute(
                "DELETE FROM answer WHERE (?1 IS NULL OR code = ?1)"
                " AND (epoch, seq) IN (SELECT epoch, seq FROM entry)",
                (code,),
            )

    def measured(self, offset_ms: int, *, uncertain_ms: int) -> None:
        """Take the clock's offset as measured now; small differences leave the old one standing."""
        with self._lock:
            if abs(offset_ms - self._offset_ms) <= uncertain_ms + OFFSET_TOLERANCE_MS:
                return
            with self._reading() as connection:
                keep(connection, "offset_ms", str(offset_ms))
            self._offset_ms = offset_ms

    def now_us(self) -> int:
        """The wall clock with the measured offset: what an entry made now would claim."""
        return self._clock.now_us() + self._offset_ms * 1000

    def counts(self) -> Counts:
        """How much there is and how much of it waits."""
        with self._lock, self._reading() as connection:
            return counts(connection)

    def is_read(self, picture: str) -> bool:
        """Whether every act of that picture was journaled before."""
        with self._lock, self._reading() as connection:
            found = connection.execute("SELECT 1 FROM picture WHERE name = ?", (picture,))
            return found.fetchone() is not None

    def mark_read(self, picture: str) -> None:
        """Remember a picture whose acts are all journaled."""
        with self._lock, self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO picture VALUES (?)", (picture,))
            connection.execute("DELETE FROM journaled_from WHERE picture = ?", (picture,))

    def journaled_from(self, picture: str) -> list[Entry]:
        """What was journaled from a picture that is not marked as read, in order."""
        with self._lock, self._reading() as connection:
            rows = connection.execute(
                "SELECT raw FROM journaled_from JOIN entry USING (epoch, seq)"
                " WHERE picture = ? ORDER BY epoch, seq",
                (picture,),
            ).fetchall()
        return [parse_entry(raw) for (raw,) in rows]

    def reopen(self) -> None:
        """After a fault: close, open, bring everything to disk, verify the chain, accept again.

        Raises as the constructor does; then nothing is accepted still.
        """
        with self._lock:
            self._close_quietly()
            self._open(renew_copy=True)

    def close(self) -> None:
        """Close the files; the last connection folds the write-ahead log into the first."""
        with self._lock:
            self._close_quietly()
            self._stopped = JournalFault(why="closed")

    def _open(self, *, renew_copy: bool, salvage: bool = False) -> None:
        self._stopped = None
        try:
            with self._guarded():
                self._connection, chain, mended = open_files(
                    self._file, self._copy, self._verifier, renew_copy=renew_copy, salvage=salvage
                )
            self.mended = mended or self.mended
            self._last_seq, self._last_digest = chain.last_seq, chain.last_digest
            self._read_kept()
            self._demand_not_behind()
        except Refusal as refusal:
            self._stopped = refusal
            self._close_quietly()
            raise

    def _signed(self, act: Act) -> Entry:
        fact = Fact(
            fact=act.fact,
            subject=act.subject,
            at_us=self.now_us(),
            station=self._station,
            epoch=self._epoch,
            seq=self._last_seq + 1,
            operator=act.operator,
            office=self._office,
            context=act.context,
        )
        check_grammar(fact)
        unsigned = unsigned_entry(
            fact,
            prev=self._last_digest,
            boot=self._clock.boot_id,
            mono_ms=self._clock.monotonic_ms(),
            offset_ms=self._offset_ms,
            checkpoint=self._checkpoint,
        )
        # Parsed before it is stored: what we cannot read back, the server could not either.
        return parse_entry(unsigned + self._key.sign(unsigned))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """A fault of a file stops the journal with a coded refusal."""
        if self._stopped is not None:
            raise self._stopped
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self._stopped = refusal_of(error)
            raise self._stopped from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection; raises what stopped the journal."""
        with self._guarded():
            if self._connection is None:
                raise sqlite3.ProgrammingError("not open")
            yield self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All on disk at the end, or nothing."""
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection

    def _is_newer(self, checkpoint: Checkpoint) -> bool:
        kept = self._checkpoint
        if kept is None:
            return True
        old = (kept.epoch, kept.at_us, kept.seq)
        return (checkpoint.epoch, checkpoint.at_us, checkpoint.seq) > old

    def _follow(
        self, connection: sqlite3.Connection, checkpoint: Checkpoint, *, bounded: bool
    ) -> None:
        """Forget the answers that the server has forgotten, and keep its newest word."""
        # Also an older word than the one kept: sending twice costs nothing, and a server's clock
        # may have been set back. The next word of the true server mends what a replayed one did.
        fewer = checkpoint.seq < covered(connection, checkpoint.epoch)
        place = checkpoint.epoch, checkpoint.seq
        again = 0
        if bounded or fewer:
            again = connection.execute(
                "DELETE FROM answer WHERE epoch = ? AND seq > ?", place
            ).rowcount
        keep(connection, f"covered {checkpoint.epoch}", str(checkpoint.seq))
        if fewer:
            lost = [one for one in gone(connection) if one.epoch == checkpoint.epoch]
            self.forgotten.append(Forgotten(*place, again, lost[0] if lost else None))
        if self._is_newer(checkpoint):
            keep(connection, "checkpoint", json.dumps(checkpoint.to_json()))

    def _read_kept(self) -> None:
        with self._reading() as connection:
            self._offset_ms, self._checkpoint = offset_and_checkpoint(connection)

    def _prune(self, checkpoint: Checkpoint) -> None:
        """Let go of what the server's signed word covers and is not of these days any more.

        What the server rejected is kept, in both files: it is nowhere else.
        """
        with self._reading() as connection:
            known = {anchor.epoch: anchor.seq for anchor in anchors_of(connection)}
            place = checkpoint.epoch, checkpoint.seq - COVERED_KEPT
            found = connection.execute(
                "SELECT raw FROM entry WHERE epoch = ? AND seq = ?", place
            ).fetchone()
        if found is None or place[1] < known.get(place[0], 0) + PRUNED_AT_ONCE:
            return
        anchor = Anchor(*place, entry_digest(found[0]))
        with self._transaction() as connection:
            set_anchors(connection, [anchor])
            connection.execute(
                "INSERT OR IGNORE INTO rejected SELECT epoch, seq, raw FROM entry JOIN answer"
                " USING (epoch, seq) WHERE outcome = 'rejected' AND epoch = ? AND seq <= ?",
                place,
            )
            connection.execute("DELETE FROM entry WHERE epoch = ? AND seq <= ?", place)
            connection.execute(
                "DELETE FROM answer WHERE outcome <> 'rejected' AND epoch = ? AND seq <= ?", place
            )
        with self._reading() as connection:
            rows = sorted(connection.execute(ALL_KEPT).fetchall())
            self._copy.replace(anchors_of(connection), [raw for _, _, raw in rows])

    def _demand_not_behind(self) -> None:
        checkpoint = self._checkpoint
        if (
            checkpoint is not None
            and checkpoint.epoch == self._epoch
            and checkpoint.seq > self._last_seq
        ):
            self._stopped = JournalBehind(seq=self._last_seq, server_seq=checkpoint.seq)
            raise self._stopped

    def _close_quietly(self) -> None:
        """Close what may be broken already; its faults were told when they happened."""
        with suppress(OSError):
            self._copy.close()
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def open_journal(
    settings: Settings, key: StationKey, clock: StationClock, *, salvage: bool = False
) -> Journal:
    """The station's journal, verified; raises the journal's refusals.

    `salvage`: at a new epoch, where what is authentic of the old ones is all that can be had.
    """
    return Journal(
        settings.journal_file,
        station=settings.station,
        office=settings.office,
        epoch=settings.epoch,
        key=key,
        clock=clock,
        past_keys=settings.past_keys,
        salvage=salvage,
    )


def _holds_next(connection: sqlite3.Connection, checkpoint: Checkpoint) -> bool:
    """Whether the entry is here that the server lacks first."""
    place = checkpoint.epoch, checkpoint.seq + 1
    found = connection.execute("SELECT 1 FROM entry WHERE epoch = ? AND seq = ?", place)
    return found.fetchone() is not None
