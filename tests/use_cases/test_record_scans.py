import base64
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.model.entry import HEADER_BYTES, Algorithm, Checkpoint, entry_digest
from domain.model.errors import Refusal, UnknownStation
from domain.model.instants import DAY_US, SECOND_US
from domain.model.journal import EntryStored, EntryTombstoned
from domain.model.labels import Kind, Label
from domain.use_cases import checkpoints
from domain.use_cases.record_scans import MOST_ENTRIES, BatchTooLarge, Sending, SentEntry
from scanner_station.clock import SystemClock


def test_an_entry_is_stored_byte_for_byte_with_its_fact_in_one_save(world: Any, pen: Any) -> None:
    sent = pen.write()
    answer = world.one(pen, sent)
    assert (answer.outcome, answer.code) == ("recorded", None)
    [stored] = [event for event in world.events() if isinstance(event, EntryStored)]
    assert (stored.raw, stored.originator_version) == (sent.raw, sent.seq)
    [fact] = world.facts()
    assert fact.digest == entry_digest(sent.raw)
    assert fact.not_after_us == fact.recorded_at_us == stored.recorded_at_us == world.clock.us
    assert fact.not_before_us is None


def test_a_fact_stands_in_the_stream_of_each_label_it_names(world: Any, pen: Any) -> None:
    pouch = str(Label(Kind.POUCH, 27001, 26, 1))
    answer = world.one(pen, pen.write("Packed", context={"pouch": pouch}))
    first, second = world.facts()
    assert first == second
    assert set(answer.labels) == {first.subject, pouch}


def test_the_same_bytes_again_are_a_duplicate_and_change_nothing(world: Any, pen: Any) -> None:
    sent = pen.write()
    world.one(pen, sent)
    before = len(world.events())
    world.clock.us += DAY_US
    answer = world.one(pen, sent)
    assert answer.outcome == "duplicate"
    assert answer.labels == (world.facts()[0].subject,)
    assert len(world.events()) == before


def test_the_same_entry_twice_in_one_batch_counts_once(world: Any, pen: Any) -> None:
    sent = pen.write()
    answers = world.send(pen, sent, sent).answers
    assert [answer.outcome for answer in answers] == ["recorded", "duplicate"]
    assert len(world.facts()) == 1


@pytest.mark.parametrize("together", [True, False])
def test_other_bytes_under_one_key_both_count_and_stay_duplicates_afterwards(
    world: Any, pen: Any, together: object
) -> None:
    one, other = pen.write(operator="nv07"), pen.write(operator="nv08", seq=1)
    if together:
        outcomes = [answer.outcome for answer in world.send(pen, one, other).answers]
    else:
        outcomes = [world.one(pen, sent).outcome for sent in (one, other)]
    assert outcomes == ["recorded", "recorded"]
    assert {fact.operator for fact in world.facts()} == {"nv07", "nv08"}
    assert len({fact.key for fact in world.facts()}) == 1
    assert [world.one(pen, sent).outcome for sent in (other, one)] == ["duplicate", "duplicate"]
    third = world.one(pen, pen.write(operator="nv09", seq=1))
    assert third.outcome == "recorded"
    assert len(world.facts()) == 3


def spoilt(sent: SentEntry) -> SentEntry:
    return SentEntry(sent.epoch, sent.seq, sent.raw[:-1] + bytes([sent.raw[-1] ^ 1]))


def test_a_wrong_signature_is_rejected_and_the_chain_goes_on_over_its_tombstone(
    world: Any, pen: Any
) -> None:
    good, bad, after = pen.write(), spoilt(pen.write()), pen.write()
    answer = world.send(pen, good, bad, after)
    assert [each.outcome for each in answer.answers] == ["recorded", "rejected", "recorded"]
    assert answer.answers[1].code == "BAD_SIGNATURE"
    assert answer.answers[1].labels == ()
    assert answer.checkpoint is not None
    assert answer.checkpoint.seq == 3
    [stone] = [event for event in world.events() if isinstance(event, EntryTombstoned)]
    assert (stone.originator_version, stone.code) == (2, "BAD_SIGNATURE")
    assert stone.digest == entry_digest(bad.raw)
    assert {fact.seq for fact in world.facts()} == {1, 3}
    before = len(world.events())
    assert world.one(pen, bad).code == "BAD_SIGNATURE"
    assert len(world.events()) == before


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"\xff" * 300, b"\x01\x01giaonhan.entry" + b"[" * 4000 + b"s" * 64]
)
def test_bytes_that_are_no_entry_leave_one_tombstone_under_a_free_key(
    world: Any, pen: Any, raw: bytes
) -> None:
    answers = world.send(pen, SentEntry(1, 1, raw), SentEntry(1, 1, raw + b"!")).answers
    assert {answer.code for answer in answers} == {"MALFORMED_ENTRY"}
    stones = [event for event in world.events() if isinstance(event, EntryTombstoned)]
    assert [stone.digest for stone in stones] == [entry_digest(raw)]
    assert world.facts() == []


def test_a_body_has_one_spelling_of_its_letters(world: Any, pen: Any) -> None:
    raw = pen.write().raw
    head, body, signature = raw[:HEADER_BYTES], raw[HEADER_BYTES:-64], raw[-64:]
    for spelling in ("utf-16-le", "utf-32-be", "utf-8-sig"):
        told = SentEntry(1, 1, head + body.decode().encode(spelling) + signature)
        assert world.one(pen, told).code == "MALFORMED_ENTRY"
    assert world.one(pen, SentEntry(1, 1, raw)).outcome == "recorded"


def test_a_valid_entry_that_comes_after_a_tombstone_counts_beside_it(world: Any, pen: Any) -> None:
    sent = pen.write()
    world.one(pen, spoilt(sent))
    assert world.one(pen, sent).outcome == "recorded"
    assert [fact.digest for fact in world.facts()] == [entry_digest(sent.raw)]
    assert world.one(pen, sent).outcome == "duplicate"
    assert world.one(pen, spoilt(sent)).code == "BAD_SIGNATURE"


def test_an_entry_of_another_station_is_malformed_and_leaves_no_stone_in_that_journal(
    world: Any, pen: Any
) -> None:
    other = world.station("Q2", key=b"\x02")
    theirs = other.write()
    assert world.one(pen, theirs).code == "MALFORMED_ENTRY"
    assert world.log.standing([("Q2", 1, 1)]) == {}
    assert world.one(other, theirs).outcome == "recorded"


def test_an_entry_sent_under_another_key_than_its_own_is_malformed(world: Any, pen: Any) -> None:
    sent = pen.write()
    assert world.one(pen, SentEntry(1, 7, sent.raw)).code == "MALFORMED_ENTRY"
    assert world.one(pen, sent).outcome == "recorded"


@pytest.mark.parametrize("boot", ["", "Lê Văn Tám", "\ud800", "nv 07", "b" * 65])
def test_a_boot_that_is_no_code_is_malformed(world: Any, pen: Any, boot: str) -> None:
    sent = pen.write(boot=boot)
    assert world.one(pen, sent).code == "MALFORMED_ENTRY"
    assert world.facts() == []


@pytest.mark.parametrize("boot", [str(UUID(int=7)), SystemClock().boot_id, "Q1-12", "rehearsal"])
def test_whatever_a_station_calls_its_boot_is_recorded(world: Any, pen: Any, boot: str) -> None:
    assert world.one(pen, pen.write(boot=boot)).outcome == "recorded"


@pytest.mark.parametrize("key", [(0, 1), (1, 0), (1, -1), (1, 2**53 + 1), (1, 10**30), (2**40, 1)])
def test_keys_out_of_range_are_malformed_and_leave_nothing(
    world: Any, pen: Any, key: tuple[int, int]
) -> None:
    before = len(world.events())
    assert world.one(pen, SentEntry(*key, pen.write().raw)).code == "MALFORMED_ENTRY"
    assert len(world.events()) == before


def test_an_epoch_that_nobody_approved_is_rejected_without_a_stone(world: Any, pen: Any) -> None:
    pen.epoch = 2
    before = len(world.events())
    assert world.one(pen, pen.write()).code == "UNKNOWN_EPOCH"
    assert len(world.events()) == before


def test_a_replaced_device_starts_a_new_epoch_and_the_old_ones_late_entries_still_count(
    world: Any, pen: Any
) -> None:
    late = pen.write()
    new = world.station("Q1", key=b"\x03")
    assert new.epoch == 2
    assert world.one(new, new.write()).outcome == "recorded"
    assert world.one(pen, late).outcome == "recorded"
    pen.epoch = 2  # the old key does not sign in the new epoch
    assert world.one(pen, pen.write(seq=2)).code == "BAD_SIGNATURE"


def test_an_unknown_station_is_refused(world: Any, pen: Any) -> None:
    with pytest.raises(UnknownStation):
        world.record_scans("Q9", [pen.write()])


def test_a_revoked_station_is_quarantined_stored_without_facts(world: Any, pen: Any) -> None:
    before, after = pen.write(), pen.write()
    world.one(pen, before)
    world.enrol_station.revoke(station="Q1", actor=world.admin)
    assert world.one(pen, after).outcome == "quarantined"
    assert world.one(pen, before).outcome == "duplicate"
    assert [fact.seq for fact in world.facts()] == [1]
    stored = [event for event in world.events() if isinstance(event, EntryStored)]
    assert [event.quarantined for event in stored] == [False, True]


def test_a_batch_has_a_limit(world: Any, pen: Any) -> None:
    with pytest.raises(BatchTooLarge):
        world.send(pen, *[SentEntry(1, 1, b"")] * (MOST_ENTRIES + 1))


def test_a_gap_holds_up_the_checkpoint_until_it_is_filled_and_nothing_else(
    world: Any, pen: Any
) -> None:
    one, two, three, four = (pen.write() for _ in range(4))
    assert world.send(pen, one, four).checkpoint.seq == 1
    assert world.send(pen, three).checkpoint.seq == 1
    assert len(world.facts()) == 3
    assert world.send(pen, two).checkpoint.seq == 4
    world.log.close()
    world.open()
    assert world.send(pen).checkpoint.seq == 4


def test_that_nothing_is_here_is_told_as_a_signed_checkpoint_at_nought(
    world: Any, pen: Any
) -> None:
    for answer in (world.send(pen), world.send(pen, pen.write(seq=2))):
        checkpoint = answer.checkpoint
        assert (checkpoint.station, checkpoint.epoch, checkpoint.seq) == ("Q1", 1, 0)
        assert world.signatures.holds(
            checkpoint.signed_bytes(),
            base64.b64decode(checkpoint.signature),
            public_key=world.server.public_key,
            algorithm=Algorithm.ED25519,
        )
    world.one(pen, pen.write(checkpoint=checkpoint))
    assert world.facts()[-1].not_before_us == checkpoint.at_us


def test_an_entry_that_does_not_follow_the_one_before_is_recorded_and_answered_so(
    world: Any, pen: Any
) -> None:
    world.one(pen, pen.write())
    pen.prev = "f" * 64
    broken = pen.write()
    answer = world.one(pen, broken)
    assert (answer.outcome, answer.code) == ("recorded", "CHAIN_BROKEN")
    answer = world.one(pen, broken)
    assert (answer.outcome, answer.code) == ("duplicate", "CHAIN_BROKEN"), "the first may be lost"
    answer = world.one(pen, pen.write())
    assert (answer.outcome, answer.code) == ("recorded", None), "it follows what stands there"
    assert [fact.seq for fact in world.facts()] == [1, 2, 3]


def test_a_first_entry_follows_nothing(world: Any, pen: Any) -> None:
    pen.prev = "f" * 64
    answer = world.one(pen, pen.write())
    assert (answer.outcome, answer.code) == ("recorded", "CHAIN_BROKEN")


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("together", [True, False])
def test_a_broken_chain_is_seen_within_a_batch_across_batches_and_after_a_restart(
    world: Any, pen: Any, together: object, restarted: object
) -> None:
    first = pen.write()
    pen.prev = "f" * 64
    second = pen.write()
    if together:
        codes = [answer.code for answer in world.send(pen, first, second).answers]
    else:
        codes = [world.one(pen, first).code]
        if restarted:
            world.log.close()
            world.open()
        codes.append(world.one(pen, second).code)
    assert codes == [None, "CHAIN_BROKEN"]


def test_an_entry_after_a_gap_is_compared_when_there_is_something_to_compare_it_with(
    world: Any, pen: Any
) -> None:
    one, two = pen.write(), pen.write()
    pen.prev = "f" * 64
    three = pen.write()
    assert [answer.code for answer in world.send(pen, one, three).answers] == [None, None]
    assert world.one(pen, two).code == "CHAIN_BROKEN", "what came sooner does not follow it"
    assert world.one(pen, three).code == "CHAIN_BROKEN"


@pytest.mark.parametrize("restarted", [True, False])
def test_a_fork_whose_middle_never_came_shows_when_the_other_branch_fills_the_gap(
    world: Any, pen: Any, restarted: object
) -> None:
    one = pen.write()
    after_one = pen.prev
    pen.write()  # of the branch that goes on; never sent
    three = pen.write()
    pen.prev = after_one
    other_two = pen.write("Moved", seq=2)
    assert [answer.code for answer in world.send(pen, one, three).answers] == [None, None]
    if restarted:
        world.log.close()
        world.open()
    assert world.one(pen, other_two).code == "CHAIN_BROKEN"


def test_a_gap_filled_by_what_was_left_out_is_no_broken_chain(world: Any, pen: Any) -> None:
    one, two, three = pen.write(), pen.write(), pen.write()
    assert [answer.code for answer in world.send(pen, three).answers] == [None]
    assert [answer.code for answer in world.send(pen, two, one).answers] == [None, None]


def test_the_chain_goes_on_over_each_of_two_entries_under_one_key_and_over_a_tombstone(
    world: Any, pen: Any
) -> None:
    one, other = pen.write(), pen.write(seq=1, operator="nv08")
    world.send(pen, one, other)
    after_other = pen.write(seq=2)
    pen.prev = entry_digest(one.raw)
    after_one = pen.write(seq=2, operator="nv08")
    assert [answer.code for answer in world.send(pen, after_other, after_one).answers] == [None] * 2
    refused = SentEntry(1, 3, b"no entry")
    pen.prev = entry_digest(refused.raw)
    assert [answer.code for answer in world.send(pen, refused, pen.write(seq=4)).answers] == [
        "MALFORMED_ENTRY",
        None,
    ]


def test_comparing_with_the_one_before_costs_no_query_in_the_ordinary_case(
    world: Any, pen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.one(pen, pen.write())
    asked: list[object] = []
    standing = world.log.standing

    def asks(*key: object) -> object:
        asked.append(key)
        return standing(*key)

    monkeypatch.setattr(world.log, "standing", asks)
    assert world.one(pen, pen.write()).code is None
    assert asked == [(set(),)], "what lies beyond the newest is taken to be free"


def test_a_server_started_anew_finds_what_stands_beyond_the_newest_it_has_seen(
    world: Any, pen: Any
) -> None:
    sent = [pen.write() for _ in range(6)]
    world.send(pen, *sent[:5])
    world.log.close()
    world.open()
    assert world.one(pen, sent[2]).outcome == "duplicate"
    answer = world.send(pen, *sent[4:])  # it takes the fifth to be free
    told = [(each.outcome, each.code) for each in answer.answers]
    assert told == [("duplicate", None), ("recorded", None)]
    assert answer.checkpoint.seq == 6


def test_how_far_a_journal_is_here_is_asked_of_the_log_only_beside_a_gap(
    world: Any, pen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.send(pen, pen.write()).checkpoint.seq == 1
    asked: list[object] = []
    reach = world.log.contiguous_seqs

    def asks(journals: Any) -> object:
        asked.extend(journals)
        return reach(journals)

    monkeypatch.setattr(world.log, "contiguous_seqs", asks)
    entries = [pen.write() for _ in range(7)]
    told = [world.send(pen, *batch).checkpoint.seq for batch in (entries[:2], entries[1:3])]
    assert (told, asked) == ([3, 4], [])
    assert world.send(pen, entries[4], entries[6]).checkpoint.seq == 4
    assert asked == [("Q1", 1)]
    assert world.send(pen, entries[3]).checkpoint.seq == 6
    assert world.send(pen, entries[5]).checkpoint.seq == 8
    assert world.send(pen).checkpoint.seq == 8
    bad = spoilt(pen.write())
    assert world.record_scans("Q1", [bad], signed_for=False).checkpoint.seq == 8
    assert world.send(pen, bad, pen.write()).checkpoint.seq == 10


def test_a_checkpoint_of_ours_bounds_the_next_fact_from_below(world: Any, pen: Any) -> None:
    checkpoint = world.send(pen, pen.write()).checkpoint
    given_us = world.clock.us
    world.one(pen, pen.write(checkpoint=checkpoint))
    assert world.facts()[-1].not_before_us == given_us == checkpoint.at_us
    world.log.close()
    world.open()  # a restarted server knows its own signature without having remembered it
    world.one(pen, pen.write(checkpoint=checkpoint))
    assert world.facts()[-1].not_before_us == given_us


@pytest.mark.parametrize("forged", ["signature", "at_us", "station"])
def test_a_checkpoint_that_is_not_ours_bounds_nothing(world: Any, pen: Any, forged: str) -> None:
    genuine = world.send(pen, pen.write()).checkpoint
    values = {
        "station": genuine.station,
        "epoch": 1,
        "seq": 1,
        "at_us": genuine.at_us,
        "signature": genuine.signature,
    }
    if forged == "station":  # another station's, honestly signed by us
        other = world.station("Q2", key=b"\x02")
        shown = world.send(other, other.write()).checkpoint
    else:
        values |= {
            "signature": {"signature": "A" * 86 + "=="},
            "at_us": {"at_us": genuine.at_us + SECOND_US},
        }[forged]
        shown = Checkpoint(**values)
    assert world.one(pen, pen.write(checkpoint=shown)).outcome == "recorded"
    assert world.facts()[-1].not_before_us is None


@pytest.mark.parametrize(
    "spoiling",
    [{"signature": "Nguyen Van Binh"}, {"signature": "không"}, {"station": "Nguyễn Văn Bình"}],
)
def test_nobodys_name_comes_in_as_a_checkpoint(
    world: Any, pen: Any, spoiling: dict[str, str]
) -> None:
    genuine = world.send(pen, pen.write()).checkpoint
    answer = world.one(pen, pen.write(checkpoint=replace(genuine, **spoiling)))
    assert (answer.outcome, answer.code) == ("rejected", "MALFORMED_ENTRY")
    assert len(world.facts()) == 1


def test_checkpoints_are_remembered_in_bounded_number_and_known_again_without_memory(
    world: Any, pen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_MOST_REMEMBERED", 2)
    first = world.send(pen, pen.write()).checkpoint
    for _ in range(3):
        world.send(pen, pen.write())
    world.one(pen, pen.write(checkpoint=first))
    assert world.facts()[-1].not_before_us == first.at_us


def test_batches_of_several_stations_go_into_one_save_and_each_has_its_own_answer(
    world: Any, pen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = world.station("Q2", key=b"\x02")
    saves: list[int] = []
    save = world.log.save

    def counted(*decisions: Any, **given: Any) -> None:
        saves.append(len(given["entries"]))
        save(*decisions, **given)

    monkeypatch.setattr(world.log, "save", counted)
    first, second, theirs = pen.write(), pen.write(), other.write()
    answers = world.record_scans.together(
        [
            Sending("Q1", [first]),
            Sending("Q9", [pen.write(seq=7)]),
            Sending("Q2", [theirs, spoilt(other.write())]),
            Sending("Q1", [first, second]),
            Sending("Q2", [theirs] * (MOST_ENTRIES + 1)),
        ]
    )
    assert saves == [3]
    assert [isinstance(each, Refusal) and each.code for each in answers] == [
        False,
        UnknownStation.code,
        False,
        False,
        BatchTooLarge.code,
    ]
    outcomes = [[one.outcome for one in each.answers] for each in (answers[n] for n in (0, 2, 3))]
    assert outcomes == [["recorded"], ["recorded", "rejected"], ["duplicate", "recorded"]]
    told = [(each.checkpoint.station, each.checkpoint.seq) for each in (answers[2], answers[3])]
    assert told == [("Q2", 2), ("Q1", 2)]
    assert world.one(pen, pen.write()).code is None, "the chain goes on from what was saved"
