import base64
from collections.abc import Sequence
from typing import Any

import pytest

from domain.model.errors import NotAllowed, UnknownStation
from domain.model.journal import EntryTombstoned
from domain.model.journal_lines import Anchor, NotAJournalFile, journal_lines
from domain.use_cases import import_journal
from domain.use_cases.import_journal import ImportJournal, JournalFileTooLarge
from domain.use_cases.record_scans import SentEntry


@pytest.fixture
def take_in(world: Any) -> ImportJournal:
    return ImportJournal(record_scans=world.record_scans, trust=world.trust)


def written(station: str, entries: Sequence[SentEntry]) -> bytes:
    return b"".join(journal_lines(station, [Anchor(1, 3)], [one.raw for one in entries]))


def test_a_journal_carried_as_a_file_is_recorded_once_however_often(
    world: Any, pen: Any, take_in: ImportJournal
) -> None:
    entries = [pen.write(serial=serial) for serial in range(450)]
    world.send(pen, *entries[:10])
    content = written(pen.station, entries)
    first = take_in(content, actor=world.admin)
    assert first.outcomes == {"duplicate": 10, "recorded": 440}
    assert (first.checkpoints[1].seq, first.rejected, first.unreadable_lines) == (450, [], [])
    again = take_in(content, actor=world.admin)
    assert again.outcomes == {"duplicate": 450}
    assert len(world.facts()) == 450


def test_a_garbled_or_foreign_entry_is_named_and_takes_no_key(
    world: Any, pen: Any, take_in: ImportJournal
) -> None:
    """Nobody vouches for a file: rubbish in it must not bar the true entry's way."""
    one, two, three = (pen.write(serial=serial) for serial in range(3))
    spoilt = SentEntry(1, 2, two.raw[:-1] + bytes([two.raw[-1] ^ 1]))
    rubbish = SentEntry(1, 9, b"\x01" * 300)
    done = take_in(written(pen.station, [one, spoilt, rubbish, three]), actor=world.admin)
    assert done.outcomes == {"recorded": 2, "rejected": 2}
    assert sorted(done.rejected) == [(0, "MALFORMED_ENTRY"), (2, "BAD_SIGNATURE")]
    assert not [event for event in world.events() if isinstance(event, EntryTombstoned)]
    assert done.checkpoints[1].seq == 1
    assert take_in(written(pen.station, [two]), actor=world.admin).checkpoints[1].seq == 3


def test_what_is_readable_in_a_torn_file_counts_and_the_rest_is_named(
    world: Any, pen: Any, take_in: ImportJournal
) -> None:
    lines = written(pen.station, [pen.write(serial=serial) for serial in range(4)]).splitlines(
        keepends=True
    )
    torn = b"".join([*lines[:3], b"{}\n", b"[" * 100_000 + b"\n", *lines[3:5], lines[5][:50]])
    done = take_in(torn, actor=world.admin)
    assert done.outcomes == {"recorded": 3}
    assert done.unreadable_lines == [4, 5, 8]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{}",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"giaonhan":"journal","version":2,"station":"Q1"}\n',
        b'{"giaonhan":"journal","version":1,"station":"<b>"}\n',
        b'{"giaonhan":"journal","version":1,"station":["Q1"]}\n',
        base64.b64encode(b"station"),
    ],
)
def test_what_is_no_journal_is_refused_as_a_whole(
    world: Any, pen: Any, take_in: ImportJournal, content: bytes
) -> None:
    assert pen.station == "Q1"
    with pytest.raises(NotAJournalFile):
        take_in(content, actor=world.admin)


def test_only_an_administrator_imports_and_only_of_an_enrolled_station_within_limits(
    world: Any, pen: Any, take_in: ImportJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = written(pen.station, [pen.write()])
    for actor in (None, world.clerk):
        with pytest.raises(NotAllowed):
            take_in(content, actor=actor)
    with pytest.raises(UnknownStation):
        take_in(written("la", []), actor=world.admin)
    monkeypatch.setattr(import_journal, "MOST_BYTES", len(content) - 1)
    with pytest.raises(JournalFileTooLarge):
        take_in(content, actor=world.admin)
    assert world.facts() == []


def test_a_file_of_a_revoked_station_is_quarantined(
    world: Any, pen: Any, take_in: ImportJournal
) -> None:
    world.enrol_station.revoke(station=pen.station, actor=world.admin)
    done = take_in(written(pen.station, [pen.write()]), actor=world.admin)
    assert done.outcomes == {"quarantined": 1}
    assert world.facts() == []
