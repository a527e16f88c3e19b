"""The event log as every engine keeps it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest

from adapters.event_store.mapping import Batch, Row
from domain.model.errors import Refusal
from domain.model.fact import Fact
from domain.model.journal import FactStated, fact_of
from domain.model.number_block import NumberBlock
from domain.model.office import Office
from domain.ports.stores import (
    DirectoryLocked,
    DiskFull,
    EventLog,
    StoreFailed,
    StoreReadOnly,
    StoreUnreachable,
    StreamConflict,
    Tombstone,
    UnsafeStore,
)
from tests.storage.reservations import count, reserve


def test_two_who_decided_on_the_same_state_are_not_both_saved(
    log: EventLog, block: NumberBlock, recorded: Any
) -> None:
    log.save(block)
    [one], [other] = (list(log.load(NumberBlock, [block.id]).values()) for _ in range(2))
    log.save(reserve(one))
    before = count(log)
    with pytest.raises(StreamConflict):
        log.save(reserve(other), entries=[recorded(1)])
    assert count(log) == before
    assert log.contiguous_seqs([("Q1", 1), ("Q2", 1)]) == {("Q1", 1): 0, ("Q2", 1): 0}


def test_a_journal_key_is_taken_once(log: EventLog, recorded: Any) -> None:
    log.save(entries=[recorded(1)])
    with pytest.raises(StreamConflict):
        log.save(entries=[recorded(1)])


def test_a_key_that_was_taken_to_be_free_and_is_not_refuses_the_save(
    log: EventLog, recorded: Any
) -> None:
    log.save(entries=[recorded(1)], free=[("Q1", 1, 1), ("Q1", 1, 2)])
    log.save(entries=[recorded(3)])
    for taken in (("Q1", 1, 1), ("Q1", 1, 3)):
        with pytest.raises(StreamConflict):
            log.save(entries=[recorded(2)], free=[("Q1", 1, 2), taken])
    assert log.standing([("Q1", 1, 2)]) == {}
    log.save(entries=[recorded(2)], free=[("Q1", 1, 2), ("Q1", 2, 3)])


def test_a_state_is_kept_byte_for_byte(log: Any) -> None:
    state = orjson.dumps({"digest": '"\\u0000\\', "fact": {"odd": "\0\n\x7f đữ 😀"}})
    row = Row(UUID(int=7), 1, FactStated.TOPIC, state)
    log._insert(Batch(rows=[row]))
    assert log._streams([row.stream]) == [row]


def test_an_empty_save_is_nothing(log: EventLog) -> None:
    log.save()
    assert count(log) == 0


def test_many_decisions_are_loaded_at_once_and_of_one_kind_only(
    log: EventLog, block: NumberBlock
) -> None:
    log.save(block)
    assert log.load(Office, []) == {}
    assert log.load_all(Office) == {}
    with pytest.raises(TypeError, match="no Office"):
        log.load(Office, [block.id])


def test_a_journal_tells_its_newest_digest_also_of_a_tombstone(
    log: EventLog, recorded: Any
) -> None:
    assert log.last_digest("Q1", 1) is None
    first = recorded(1)
    log.save(entries=[first])
    assert log.last_digest("Q1", 1) == (1, first.entry.digest)
    stone = Tombstone("Q1", 1, 2, "d" * 64, "BAD_SIGNATURE", 5)
    log.save(tombstones=[stone])
    assert log.last_digest("Q1", 1) == (2, "d" * 64)
    first_three = [("Q1", 1, 1), ("Q1", 1, 2), ("Q1", 1, 3)]
    stands = log.standing([*first_three, ("Q2", 1, 1), ("Q1", 2, 1)])
    assert sorted(stands) == first_three[:2]
    assert stands["Q1", 1, 1].digests == {first.entry.digest}
    assert stands["Q1", 1, 2].tombstone == stone


def test_what_another_process_adds_is_seen_by_a_reader(
    log: EventLog, open_log: Callable[..., Any], recorded: Any
) -> None:
    with closing(open_log(writer=False)) as reader:
        for seq in (1, 2):
            log.save(entries=[recorded(seq)])
            assert reader.contiguous_seq("Q1", 1) == seq
            assert reader.standing([("Q1", 1, seq)]).keys() == {("Q1", 1, seq)}


def test_whether_a_save_would_be_stored_is_tried_without_leaving_an_event(
    log: EventLog, open_log: Callable[..., Any], recorded: Any
) -> None:
    log.save(entries=[recorded(1)])
    before = log.notifications(after=0, limit=100)
    log.try_writing()  # type: ignore[attr-defined]
    assert log.notifications(after=0, limit=100) == before
    with closing(open_log(writer=False)) as reader, pytest.raises(StoreReadOnly):
        reader.try_writing()
    log.save(entries=[recorded(2)])
    assert log.contiguous_seqs([("Q1", 1)]) == {("Q1", 1): 2}
    assert [each.id for each in log.notifications(after=0, limit=100)] == [1, 2, 3, 4]


def test_events_come_in_the_order_of_the_log_and_in_portions(log: EventLog, recorded: Any) -> None:
    log.save(entries=[recorded(seq) for seq in range(1, 6)])
    everything = log.notifications(after=0, limit=100)
    assert [each.id for each in everything] == list(range(1, 11))
    assert log.notifications(after=4, limit=3) == everything[4:7]


def test_statements_leave_out_the_entries_whose_facts_stand_beside_them(
    log: EventLog, recorded: Any
) -> None:
    assert (log.statements(after=0, limit=9), log.newest_id()) == ([], 0)
    log.save(entries=[recorded(1), replace(recorded(2), quarantined=True), recorded(3)])
    everything = log.notifications(after=0, limit=9)
    said = log.statements(after=0, limit=9)
    kinds = [(type(each.event).__name__, vars(each.event).get("quarantined")) for each in said]
    assert kinds == [("EntryStored", True), ("FactStated", None), ("FactStated", None)]
    assert [each for each in everything if each in said] == said
    assert log.statements(after=said[0].id, limit=1) == said[1:2]
    assert log.newest_id() == everything[-1].id


def test_a_refusal_names_itself() -> None:
    for refusal in (
        DirectoryLocked,
        DiskFull,
        StoreReadOnly,
        StoreFailed,
        StoreUnreachable,
        UnsafeStore,
        StreamConflict,
    ):
        assert issubclass(refusal, Refusal)
        assert refusal.code != Refusal.code


def test_a_journals_entries_are_read_in_order_with_all_bytes_under_a_key(
    log: EventLog, recorded: Any
) -> None:
    stones = [Tombstone("Q1", 1, seq, "d" * 64, "BAD_SIGNATURE", 5) for seq in (2, 3)]
    entries = [recorded(seq) for seq in (1, 4, 6)]
    log.save(entries=entries, tombstones=stones)
    other = replace(recorded(4, operator="nv08"), key_taken=True)
    log.save(entries=[other])
    raws = [entries[0].entry.raw, entries[1].entry.raw, other.entry.raw, entries[2].entry.raw]
    assert [each.raw for each in log.entries("Q1", 1, after=0, limit=9)] == raws
    assert [each.raw for each in log.entries("Q1", 1, after=0, limit=2)] == raws[:3]
    assert [each.raw for each in log.entries("Q1", 1, after=4, limit=9)] == raws[3:]
    assert log.entries("Q1", 1, after=6, limit=9) == []
    assert log.entries("Q1", 2, after=0, limit=9) == []


def test_what_was_quarantined_is_stated_when_it_is_released_with_the_decision(
    log: EventLog, block: NumberBlock, recorded: Any
) -> None:
    kept = replace(recorded(1), quarantined=True)
    log.save(entries=[kept])
    assert stated(log) == []
    since_us = kept.recorded_at_us + 7
    log.save(block, released=[replace(kept, counts_since_us=since_us)])
    [fact] = stated(log)
    assert (fact.digest, fact.recorded_at_us) == (kept.entry.digest, since_us)
    assert fact.not_after_us == kept.recorded_at_us


def stated(log: EventLog) -> list[Fact]:
    events = [each.event for each in log.notifications(after=0, limit=9)]
    return [fact_of(event) for event in events if isinstance(event, FactStated)]
