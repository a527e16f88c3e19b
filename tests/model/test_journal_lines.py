"""A journal as a file of lines: what was written is read, what was garbled is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.model.journal_lines import (
    Anchor,
    NotAJournalFile,
    entry_line,
    in_parts,
    journal_lines,
    read_journal_lines,
)

ENTRIES = some.lists(some.binary(min_size=1, max_size=80), max_size=6)


@given(ENTRIES, some.lists(some.integers(1, 9), max_size=3))
def test_what_is_written_is_read(entries: list[bytes], epochs: list[int]) -> None:
    anchors = [Anchor(epoch, epoch * 7, "a" * 64) for epoch in epochs]
    read = read_journal_lines(b"".join(journal_lines("T1", anchors, entries)))
    assert (read.station, read.entries, read.anchors) == ("T1", entries, anchors)
    assert (read.unreadable, read.torn) == ([], False)


@given(ENTRIES, some.data())
def test_a_file_cut_anywhere_gives_its_whole_lines(
    entries: list[bytes], data: some.DataObject
) -> None:
    lines = list(journal_lines("T1", [], entries))
    content = b"".join(lines)
    cut = data.draw(some.integers(len(lines[0]), len(content)))
    read = read_journal_lines(content[:cut])
    assert read.entries == entries[: len(read.entries)]
    whole = sum(len(line) for line in lines[: 1 + len(read.entries)])
    assert whole <= cut
    assert read.torn == (cut > whole)


@given(ENTRIES, some.data(), some.integers(1, 4))
def test_the_parts_of_a_file_say_what_the_whole_says(
    entries: list[bytes], data: some.DataObject, most: int
) -> None:
    first, *lines = journal_lines("T1", [Anchor(1, 3, "a" * 64)], entries)
    rubbish = some.sampled_from([b"\r\n", b"x" * 9_000 + b"\n", b"{}\n", b"\xff\n"])
    mixed = data.draw(some.permutations([*lines, *data.draw(some.lists(rubbish, max_size=3))]))
    content = first + b"".join(mixed)
    content = content[: data.draw(some.integers(len(first), len(content)))]
    whole, parts = read_journal_lines(content), in_parts(content, most_lines=most)
    read = [read_journal_lines(part) for part in parts]
    assert [raw for part in read for raw in part.entries] == whole.entries
    assert [anchor for part in read for anchor in part.anchors] == whole.anchors
    lost = [line + n * most for n, part in enumerate(read) for line in part.unreadable]
    assert lost == whole.unreadable
    assert max(map(len, parts)) < len(first) + most * 6_000


@given(some.binary(max_size=300))
def test_any_bytes_are_a_journal_or_refused(content: bytes) -> None:
    try:
        read_journal_lines(content)
    except NotAJournalFile:
        return
    assert content.startswith(b"{")


@pytest.mark.parametrize(
    "line",
    [
        b'{"entry":7}',
        b'{"entry":"@@@"}',
        b'{"pruned":{"epoch":1,"seq":"2","digest":"' + b"a" * 64 + b'"}}',
        b'{"pruned":{"epoch":1,"seq":2,"digest":"a"}}',
        b'{"entry":"' + b"A" * 9_000 + b'"}',
        b"null",
    ],
)
def test_a_line_that_says_nothing_is_named_and_the_next_still_counts(line: bytes) -> None:
    head = next(journal_lines("T1", [], []))
    read = read_journal_lines(head + line + b"\n" + entry_line(b"x"))
    assert (read.entries, read.unreadable, read.torn) == ([b"x"], [2], False)
