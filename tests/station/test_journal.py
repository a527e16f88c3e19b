import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from domain.model.commands import COMMANDS, SEAL_BROKEN, TENDER_CODE, command_of
from domain.model.entry import FIRST_PREVIOUS, Checkpoint, Entry
from domain.model.errors import BadCode, BadFact
from domain.model.fact import FACT_NAMES
from domain.model.instants import SECOND_US
from domain.model.journal_lines import read_journal_lines
from domain.model.labels import parse_label
from scanner_station.export import export_journal
from scanner_station.gestures import Act
from scanner_station.journal import Answer, copy_of, peek
from scanner_station.keys import holds, make_key
from scanner_station.prompts import prompt_for
from scanner_station.reasons import REASONS
from scanner_station.refusals import (
    JournalBehind,
    JournalDamaged,
    JournalFault,
    JournalFull,
    JournalNewer,
    StationLocked,
)
from scanner_station.settings import sole_use

SIGNATURE = "A" * 86 + "=="  # the journal keeps it and asks nobody whose it is

Dossier = Callable[[int], str]


def digitised(subject: str, **context: Any) -> Act:
    return Act("Digitised", subject, context, "lan")


def recorded(seq: int, outcome: str = "recorded", code: str | None = None) -> Answer:
    return Answer(1, seq, outcome, code, ())


def altered(file: Path, statement: str, *values: object) -> None:
    """Change the journal behind its back, as someone with the file and time would."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.create_function("flipped", 1, lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]))
        connection.execute(statement, values)


def test_each_entry_is_signed_numbered_and_chained_to_the_one_before(
    place: Any, dossier: Dossier
) -> None:
    with closing(place.journal()) as journal:
        first, second = (journal.append(digitised(dossier(serial))) for serial in (1, 2))
    assert (first.fact.seq, second.fact.seq) == (1, 2)
    assert (first.prev, second.prev) == (FIRST_PREVIOUS, first.digest)
    assert holds(second.signed, second.signature, place.key.public_key)
    assert (second.fact.station, second.fact.office, second.fact.operator) == ("T1", "TTHC", "lan")


def test_a_reopened_journal_goes_on_where_it_ended(place: Any, dossier: Dossier) -> None:
    with closing(place.journal()) as journal:
        last = journal.append(digitised(dossier(1)))
    with closing(place.journal()) as journal:
        assert journal.append(digitised(dossier(2))).prev == last.digest


def test_the_file_itself_refuses_to_change_to_forget_or_to_skip(
    place: Any, dossier: Dossier
) -> None:
    with closing(place.journal()) as journal:
        entry = journal.append(digitised(dossier(1)))
    with closing(sqlite3.connect(place.settings.journal_file)) as connection:
        for statement in (
            "UPDATE entry SET raw = x'00'",
            "DELETE FROM entry",
            "INSERT INTO entry VALUES (1, 3, x'00')",
            "INSERT INTO entry VALUES (1, 1, x'00')",
            "INSERT OR REPLACE INTO entry VALUES (1, 1, x'00')",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
    with closing(place.journal()) as journal:
        assert journal.pending(10) == [entry]


TAMPERED = [
    ("DELETE FROM entry WHERE seq = 2", 2, "an entry is missing"),
    ("DELETE FROM entry WHERE seq = 1", 1, "an entry is missing"),
    (
        "UPDATE entry SET raw = (SELECT raw FROM entry WHERE seq = 1) WHERE seq = 2",
        2,
        "another station's entry",
    ),
    ("UPDATE entry SET raw = flipped(raw) WHERE seq = 3", 3, "signature"),
    ("UPDATE entry SET raw = 'text' WHERE seq = 3", 3, "no bytes of an entry"),
    ("UPDATE entry SET raw = 7 WHERE seq = 1", 1, "no bytes of an entry"),
    ("UPDATE entry SET seq = 'three' WHERE seq = 3", 3, "no bytes of an entry"),
    ("INSERT INTO anchor VALUES (1, 'two', 'x')", 1, "an anchor is garbled"),
    ("INSERT INTO kept VALUES ('checkpoint', '{', 0)", 4, "what was kept is garbled"),
    ("INSERT INTO kept VALUES ('offset_ms', 'soon', 0)", 4, "what was kept is garbled"),
    ("UPDATE entry SET raw = zeroblob(300) WHERE seq = 3", 3, "no bytes of an entry"),
]


@pytest.mark.parametrize(("statement", "seq", "why"), TAMPERED)
def test_a_journal_that_was_tampered_with_in_both_files_does_not_open(
    place: Any, dossier: Dossier, statement: str, seq: int, why: str
) -> None:
    with closing(place.journal()) as journal:
        for serial in range(3):
            journal.append(digitised(dossier(serial)))
    altered(place.settings.journal_file, statement)
    copy_of(place.settings.journal_file).unlink()
    with pytest.raises(JournalDamaged) as refused:
        place.journal()
    assert refused.value.values["seq"] == seq
    assert refused.value.values["why"] == why
    said = prompt_for(refused.value)
    assert f"({why})" in said.en
    assert f"({REASONS[why]})" in said.vi


@pytest.mark.parametrize("statement", [statement for statement, _, _ in TAMPERED])
def test_what_was_tampered_with_in_one_file_is_told_by_the_other_and_kept_aside(
    place: Any, dossier: Dossier, statement: str
) -> None:
    with closing(place.journal()) as journal:
        entries = [journal.append(digitised(dossier(serial))) for serial in range(3)]
    altered(place.settings.journal_file, statement)
    with closing(place.journal()) as journal:
        assert journal.pending(9) == entries
        mended = journal.mended
        assert mended is not None
        assert mended.kept_in is not None
        assert journal.append(digitised(dossier(9))).prev == entries[-1].digest
    with closing(place.journal()) as journal:
        assert journal.mended is None


@pytest.mark.parametrize(
    ("damage", "is_kept"),
    [
        (lambda content: content[: len(content) // 2], True),
        (lambda content: content[:-7] + b"Vietnam", True),
        (lambda content: b"x" + content[1:], True),
        (lambda content: content[: content.rindex(b"\n", 0, -1) + 1], False),
    ],
)
def test_a_torn_or_garbled_copy_is_written_anew_and_what_was_torn_is_kept(
    place: Any, dossier: Dossier, damage: Callable[[bytes], bytes], *, is_kept: bool
) -> None:
    copy = copy_of(place.settings.journal_file)
    with closing(place.journal()) as journal:
        entries = [journal.append(digitised(dossier(serial))) for serial in range(3)]
    whole = copy.read_bytes()
    copy.write_bytes(damage(whole))
    with closing(place.journal()) as journal:
        assert journal.pending(9) == entries
        mended = journal.mended
        assert mended is not None
        assert (mended.kept_in is not None) == is_kept
        if mended.kept_in is not None:
            assert (mended.kept_in / copy.name).read_bytes() == damage(whole)
    assert copy.read_bytes() == whole


def test_a_journal_whose_files_have_each_lost_something_does_not_guess(
    place: Any, dossier: Dossier
) -> None:
    """Entry 2 is garbled here and missing there, but 3 was written: the station stops."""
    with closing(place.journal()) as journal:
        for serial in range(3):
            journal.append(digitised(dossier(serial)))
    file = place.settings.journal_file
    altered(file, "UPDATE entry SET raw = flipped(raw) WHERE seq = 2")
    lines = copy_of(file).read_bytes().splitlines(keepends=True)
    copy_of(file).write_bytes(b"".join(lines[:2]))
    with pytest.raises(JournalDamaged, match="signature"):
        place.journal()


def test_an_entry_signed_by_another_key_breaks_the_journal(place: Any, dossier: Dossier) -> None:
    with closing(place.journal()) as journal:
        journal.append(digitised(dossier(1)))
    place.settings.key_file.unlink()
    place.key = make_key(place.settings.key_file)
    with pytest.raises(JournalDamaged, match="signature"):
        place.journal()


def test_an_entry_taken_from_a_copy_of_the_journal_breaks_the_chain(
    place: Any, dossier: Dossier, tmp_path: Path
) -> None:
    """Right key, right number, right station: only the hash of the one before tells."""
    with closing(place.journal()) as journal:
        journal.append(digitised(dossier(1)))
    shutil.copytree(place.directory, tmp_path / "copy")
    with closing(type(place)(tmp_path / "copy", place.clock).journal()) as copy:
        other = copy.append(digitised(dossier(9)))
    with closing(place.journal()) as journal:
        journal.append(digitised(dossier(2)))
        journal.append(digitised(dossier(3)))
    altered(place.settings.journal_file, "UPDATE entry SET raw = ? WHERE seq = 2", other.raw)
    copy_of(place.settings.journal_file).unlink()
    with pytest.raises(JournalDamaged, match="broken chain") as refused:
        place.journal()
    assert refused.value.values["seq"] == 3


def test_what_a_torn_log_has_lost_is_taken_from_the_copy_and_the_log_kept_aside(
    place: Any, dossier: Dossier, tmp_path: Path
) -> None:
    journal = place.journal()
    entries = [journal.append(digitised(dossier(serial))) for serial in range(12)]
    file = place.settings.journal_file
    log = file.with_name(file.name + "-wal").read_bytes()
    main = file.read_bytes()
    journal.close()
    restored = []
    for cut in range(0, len(log), 1_777):
        where = tmp_path / f"torn{cut}"
        shutil.copytree(place.directory, where)
        (where / file.name).write_bytes(main)
        (where / f"{file.name}-wal").write_bytes(log[:cut])
        torn = type(place)(where, place.clock)
        with closing(torn.journal()) as reopened:
            assert reopened.pending(99) == entries
            assert reopened.append(digitised(dossier(99))).fact.seq == 13
            if (mended := reopened.mended) is not None:
                restored.append(mended.restored)
                if cut:
                    assert (mended.kept_in / f"{file.name}-wal").read_bytes() == log[:cut]
    assert restored == sorted(restored, reverse=True)
    assert restored[0] == 12, "the first cut leaves nothing of the log"
    assert restored[-1] < 3


def test_a_journal_older_than_what_the_server_has_is_not_continued(
    place: Any, dossier: Dossier
) -> None:
    with closing(place.journal()) as journal:
        journal.append(digitised(dossier(1)))
        with pytest.raises(JournalBehind):
            journal.acknowledge([], Checkpoint("T1", 1, 5, place.clock.now_us(), SIGNATURE))
        with pytest.raises(JournalBehind):
            journal.append(digitised(dossier(2)))
    with pytest.raises(JournalBehind):
        place.journal()


def test_a_full_disk_stops_the_journal_until_there_is_room(place: Any, dossier: Dossier) -> None:
    journal = place.journal()
    stored = [journal.append(digitised(dossier(1))).fact.seq]
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    acts = [digitised(dossier(serial)) for serial in range(2, 1_000)]
    with pytest.raises(JournalFull):
        stored.extend(journal.append(act).fact.seq for act in acts)
    assert len(stored) > 1, "something was acknowledged before the disk was full"
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    with pytest.raises(JournalFull):
        journal.append(digitised(dossier(1_000)))
    journal.reopen()
    stored.append(journal.append(digitised(dossier(1_001))).fact.seq)
    assert stored == list(range(1, len(stored) + 1))
    assert [entry.fact.seq for entry in journal.pending(9_999)] == stored
    journal.close()


def test_a_read_only_disk_is_a_fault_and_nothing_is_acknowledged(
    place: Any, dossier: Dossier
) -> None:
    journal = place.journal()
    journal.append(digitised(dossier(1)))
    journal._connection.execute("PRAGMA query_only = 1")
    with pytest.raises(JournalFault, match="SQLITE_READONLY"):
        journal.append(digitised(dossier(2)))
    assert journal.stopped is not None
    journal.reopen()
    assert journal.append(digitised(dossier(2))).fact.seq == 2
    journal.close()


def test_a_failed_sync_is_never_taken_for_success(place: Any, dossier: Dossier) -> None:
    """The disk fails at the commit: whatever reached it, the number is not used for other bytes."""
    journal = place.journal()
    journal.append(digitised(dossier(1)))
    real = journal._connection

    class FailingAtCommit:
        def execute(self, statement: str, *values: Any) -> Any:
            return real.execute(statement, *values)

        def __enter__(self) -> None:
            pass

        def __exit__(self, *_: object) -> None:
            real.commit()  # written, but the disk does not confirm it
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise error

        def close(self) -> None:
            real.close()

    journal._connection = FailingAtCommit()
    with pytest.raises(JournalFault, match="SQLITE_IOERR_FSYNC"):
        journal.append(digitised(dossier(2)))
    journal.reopen()
    entry = journal.append(digitised(dossier(3)))
    assert entry.fact.seq == 3, "number 2 was written, so number 2 stays what it is"
    assert [one.fact.subject for one in journal.pending(9)] == [dossier(n) for n in (1, 2, 3)]
    journal.close()


def test_only_what_the_servers_word_covers_is_pruned_and_what_it_rejected_is_kept(
    place: Any, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner_station.journal.COVERED_KEPT", 4)
    monkeypatch.setattr("scanner_station.journal.PRUNED_AT_ONCE", 3)
    file = place.settings.journal_file
    with closing(place.journal()) as journal:
        entries = [journal.append(digitised(dossier(serial))) for serial in range(12)]
        size = copy_of(file).stat().st_size
        answers = [recorded(seq) for seq in range(1, 9)]
        answers[1] = recorded(2, "rejected", "BAD_SIGNATURE")
        now = place.clock.now_us()
        journal.acknowledge(answers[:6], Checkpoint("T1", 1, 6, now, SIGNATURE))
        assert copy_of(file).stat().st_size == size, "too little to be worth while"
        journal.acknowledge(answers[6:], Checkpoint("T1", 1, 8, now, SIGNATURE))
        assert copy_of(file).stat().st_size < 0.8 * size
        assert journal.pending(99) == entries[8:]
        assert journal.counts().entries == 12
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT min(seq) FROM entry").fetchone() == (5,)
        rejected = connection.execute("SELECT seq, raw FROM rejected").fetchall()
        assert rejected == [(2, entries[1].raw)]
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DELETE FROM entry WHERE seq = 5")
    assert peek(file).rejected == [recorded(2, "rejected", "BAD_SIGNATURE")]
    with closing(place.journal()) as journal:
        assert journal.mended is None
        assert journal.append(digitised(dossier(50))).prev == entries[-1].digest
    file.unlink()
    with closing(place.journal()) as journal:
        assert [entry.fact.seq for entry in journal.pending(99)] == list(range(5, 14))


def pruned_of_one_rejected(place: Any, dossier: Dossier, monkeypatch: Any) -> list[Entry]:
    """Of ten entries the server rejected the second; 1 to 7 were let go."""
    monkeypatch.setattr("scanner_station.journal.COVERED_KEPT", 3)
    monkeypatch.setattr("scanner_station.journal.PRUNED_AT_ONCE", 1)
    with closing(place.journal()) as journal:
        entries = [journal.append(digitised(dossier(serial))) for serial in range(10)]
        answers = [recorded(seq) for seq in range(1, 11)]
        answers[1] = recorded(2, "rejected", "BAD_SIGNATURE")
        journal.acknowledge(answers, Checkpoint("T1", 1, 10, place.clock.now_us(), SIGNATURE))
    return [entries[1], *entries[7:]]


def test_what_was_rejected_is_exported_when_the_others_are_pruned(
    place: Any, dossier: Dossier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [entry.raw for entry in pruned_of_one_rejected(place, dossier, monkeypatch)]
    assert read_journal_lines(copy_of(place.settings.journal_file).read_bytes()).entries == left
    assert export_journal(place.settings, tmp_path / "file") == len(left)
    assert read_journal_lines((tmp_path / "file").read_bytes()).entries == left
    copy_of(place.settings.journal_file).unlink()
    assert export_journal(place.settings, tmp_path / "file") == len(left), "of either file alone"


@pytest.mark.parametrize("damage", ["garbled", "gone", "one row gone", "copy gone"])
def test_what_was_rejected_and_kept_is_mended_like_any_entry(
    place: Any, dossier: Dossier, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = pruned_of_one_rejected(place, dossier, monkeypatch)
    file = place.settings.journal_file
    match damage:
        case "garbled":
            altered(file, "UPDATE rejected SET raw = flipped(raw)")
        case "gone":
            file.unlink()
        case "one row gone":
            altered(file, "DELETE FROM rejected")
        case "copy gone":
            copy_of(file).unlink()
    with closing(place.journal()) as journal:
        assert journal.mended is not None
        assert journal.counts().rejected == 1
        assert journal.pending(9) == (left[1:] if damage in {"garbled", "gone"} else [])
    with closing(sqlite3.connect(file)) as connection:
        kept = connection.execute("SELECT seq, raw FROM rejected").fetchall()
    assert kept == [(2, left[0].raw)]
    lines = read_journal_lines(copy_of(file).read_bytes())
    assert lines.entries == [entry.raw for entry in left]
    with closing(place.journal()) as journal:
        assert journal.mended is None


def test_an_act_outside_its_grammar_is_refused_and_uses_no_number(
    place: Any, dossier: Dossier
) -> None:
    with closing(place.journal()) as journal:
        with pytest.raises(BadCode):
            journal.append(digitised(dossier(1), seal="Nguyễn Văn A"))
        with pytest.raises(BadFact):
            journal.append(digitised("4711"))
        assert journal.append(digitised(dossier(1))).fact.seq == 1


def test_answered_entries_are_no_longer_pending_and_rejected_ones_stay_shown(
    place: Any, dossier: Dossier
) -> None:
    with closing(place.journal()) as journal:
        for serial in range(4):
            journal.append(digitised(dossier(serial)))
        journal.acknowledge([recorded(1), recorded(2, "rejected", "BAD_SIGNATURE")], None)
        journal.acknowledge([recorded(2, "duplicate")], None)  # the first answer stands
        assert [entry.fact.seq for entry in journal.pending(1)] == [3]
    seen = peek(place.settings.journal_file)
    assert (seen.counts.entries, seen.counts.pending, seen.counts.last_seq) == (4, 2, 4)
    assert seen.rejected == [recorded(2, "rejected", "BAD_SIGNATURE")]


def test_what_a_restored_server_has_lost_is_sent_again(place: Any, dossier: Dossier) -> None:
    with closing(place.journal()) as journal:
        for serial in range(5):
            journal.append(digitised(dossier(serial)))
        now = place.clock.now_us()
        journal.acknowledge(
            [recorded(seq) for seq in range(1, 5)], Checkpoint("T1", 1, 4, now, SIGNATURE)
        )
        assert [entry.fact.seq for entry in journal.pending(9)] == [5]
        restored = Checkpoint("T1", 1, 2, now + 1, SIGNATURE)
        journal.acknowledge([recorded(5)], restored)
        assert [entry.fact.seq for entry in journal.pending(9)] == [3, 4, 5]
        journal.acknowledge([recorded(3), recorded(4)], Checkpoint("T1", 1, 3, now, SIGNATURE))
        assert [entry.fact.seq for entry in journal.pending(9)] == [4, 5]
        assert journal.checkpoint == restored, "by its time the newest word"


def test_an_answer_counts_as_far_as_the_checkpoint_that_came_with_it(
    place: Any, dossier: Dossier
) -> None:
    with closing(place.journal()) as journal:
        for serial in range(4):
            journal.append(digitised(dossier(serial)))
        checkpoint = Checkpoint("T1", 1, 3, place.clock.now_us(), SIGNATURE)
        answers = [recorded(seq) for seq in range(1, 5)]
        assert journal.acknowledge(answers, checkpoint) == answers[:3]
        assert [entry.fact.seq for entry in journal.pending(9)] == [4]


def test_an_act_of_a_picture_is_remembered_with_its_entry_until_the_picture_is_read(
    place: Any, dossier: Dossier
) -> None:
    with closing(place.journal()) as journal:
        entry = journal.append(digitised(dossier(1)), picture="desk.png")
        journal.append(digitised(dossier(2)), picture="shelf.png")
    with closing(place.journal()) as journal:
        assert journal.journaled_from("desk.png") == [entry]
        journal.mark_read("desk.png")
        assert journal.journaled_from("desk.png") == []
        assert journal.is_read("desk.png")


def test_the_newest_checkpoint_is_embedded_in_the_next_entries_also_after_a_restart(
    place: Any, dossier: Dossier
) -> None:
    checkpoint = Checkpoint("T1", 1, 1, place.clock.now_us(), SIGNATURE)
    with closing(place.journal()) as journal:
        assert journal.append(digitised(dossier(1))).checkpoint is None
        journal.acknowledge([recorded(1)], checkpoint)
        assert journal.append(digitised(dossier(2))).checkpoint == checkpoint
    with closing(place.journal()) as journal:
        assert journal.append(digitised(dossier(3))).checkpoint == checkpoint


def test_a_measured_offset_corrects_later_entries_and_survives_a_restart(
    place: Any, dossier: Dossier
) -> None:
    hour_ms = 3_600_000
    with closing(place.journal()) as journal:
        journal.measured(100, uncertain_ms=20)
        assert journal.append(digitised(dossier(1))).offset_ms == 0, "within what is tolerated"
        journal.measured(-hour_ms, uncertain_ms=20)
        entry = journal.append(digitised(dossier(2)))
        assert entry.offset_ms == -hour_ms
        assert entry.fact.at_us == place.clock.now_us() - 3_600 * SECOND_US
    with closing(place.journal()) as journal:
        assert journal.append(digitised(dossier(3))).offset_ms == -hour_ms


def test_a_station_is_run_by_one_process(place: Any) -> None:
    with sole_use(place.directory), pytest.raises(StationLocked), sole_use(place.directory):
        pass
    with sole_use(place.directory):
        pass


def test_the_key_is_for_its_owner_only_and_made_once(place: Any) -> None:
    assert place.settings.key_file.stat().st_mode & 0o777 == 0o600
    assert make_key(place.settings.key_file).public_key == place.key.public_key


def test_each_command_card_says_its_own_fact() -> None:
    for command in COMMANDS:
        assert command_of(parse_label(command.label)) == command
        assert command.word in FACT_NAMES or command in {SEAL_BROKEN, TENDER_CODE}
    assert len({command.serial for command in COMMANDS}) == len(COMMANDS)


def test_a_journal_of_a_newer_program_is_left_alone(place: Any, dossier: Dossier) -> None:
    with closing(place.journal()) as journal:
        journal.append(digitised(dossier(1)))
    altered(place.settings.journal_file, f"PRAGMA user_version={2 * 0x01010101}")
    with pytest.raises(JournalNewer):
        place.journal()
    with closing(sqlite3.connect(place.settings.journal_file)) as connection:
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (1,)


def test_a_garbled_shape_is_mended_and_not_taken_for_a_newer_one(
    place: Any, dossier: Dossier
) -> None:
    with closing(place.journal()) as journal:
        journal.append(digitised(dossier(1)))
    altered(place.settings.journal_file, "PRAGMA user_version=3")
    with closing(place.journal()) as journal:
        assert journal.mended.restored == 1
        assert journal.last_seq == 1
