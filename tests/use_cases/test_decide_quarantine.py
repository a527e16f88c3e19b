from typing import Any

import pytest

from domain.model.discrepancy import BadReason
from domain.model.entry import entry_digest
from domain.model.errors import NotAllowed, NotFound
from domain.model.instants import DAY_US, SECOND_US
from domain.model.policy import Actor, Role
from domain.model.quarantine import MOST_AT_ONCE, EntryCounts
from domain.model.station_time import settle
from domain.use_cases.checkpoints import Checkpoints
from domain.use_cases.decide_quarantine import DecideQuarantine
from domain.use_cases.record_scans import BatchTooLarge

BOSS = Actor("ld01", "TTHC", frozenset({Role.SUPERVISOR}))


@pytest.fixture
def desk(world: Any) -> DecideQuarantine:
    checkpoints = Checkpoints(signer=world.server, signatures=world.signatures)
    return DecideQuarantine(
        log=world.log, trust=world.trust, checkpoints=checkpoints, clock=world.clock
    )


def revoke(world: Any, pen: Any) -> None:
    world.enrol_station.revoke(station=pen.station, actor=world.admin)


def sent(world: Any, pen: Any, serial: int) -> str:
    """One entry more; its digest."""
    entry = pen.write(serial=serial)
    world.send(pen, entry)
    return entry_digest(entry.raw)


def test_what_a_revoked_station_sends_waits_and_states_nothing(
    world: Any, pen: Any, desk: DecideQuarantine
) -> None:
    trusted = sent(world, pen, 1)
    revoke(world, pen)
    first, second = sent(world, pen, 2), sent(world, pen, 3)
    assert [fact.digest for fact in world.facts()] == [trusted]
    assert desk.stations(actor=BOSS) == [pen.station]
    waiting = desk.entries(pen.station, actor=BOSS)
    assert [each.entry.digest for each in waiting] == [first, second]
    assert [each.verdict for each in waiting] == [None, None]


def test_what_is_let_in_counts_from_its_scan_and_is_known_from_the_decision_on(
    world: Any, pen: Any, desk: DecideQuarantine
) -> None:
    revoke(world, pen)
    sent(world, pen, 2)
    entry = sent(world, pen, 3)
    arrived_us = world.clock.us
    world.clock.us += DAY_US
    say: Any = {"reason": "paper_checked", "actor": BOSS}
    assert desk.let_in(pen.station, [entry], **say) == 1
    [fact] = world.facts()
    assert (fact.digest, fact.not_after_us) == (entry, arrived_us)
    assert fact.recorded_at_us == world.clock.us, "before it nobody could know"
    assert desk.let_in(pen.station, [entry], **say) == 0
    assert len(world.facts()) == 1, "deciding the same again states nothing again"
    accounted = {pen.station: [(1, 1), (1, 2)]}
    assert settle([fact], accounted=accounted).discrepancies == []


def test_what_is_kept_out_stays_and_can_still_be_let_in(
    world: Any, pen: Any, desk: DecideQuarantine
) -> None:
    revoke(world, pen)
    entry = sent(world, pen, 1)
    desk.keep_out(pen.station, [entry], reason="not_by_staff", actor=BOSS)
    [shown] = desk.entries(pen.station, actor=BOSS)
    assert shown.verdict is not None
    assert (shown.verdict.counts, shown.verdict.by) == (False, "ld01")
    assert world.facts() == []
    world.clock.us += SECOND_US
    desk.let_in(pen.station, [entry], reason="confirmed_by_operator", actor=BOSS)
    [shown] = desk.entries(pen.station, actor=BOSS)
    assert shown.verdict is not None
    assert shown.verdict.counts
    assert len(world.facts()) == 1
    with pytest.raises(EntryCounts):
        desk.keep_out(pen.station, [entry], reason="not_by_staff", actor=BOSS)


def test_other_bytes_under_a_quarantined_key_are_decided_apart(
    world: Any, pen: Any, desk: DecideQuarantine
) -> None:
    revoke(world, pen)
    one = pen.write(operator="nv07")
    other = pen.write(operator="nv08", seq=1)
    world.send(pen, one, other)
    assert len(desk.entries(pen.station, actor=BOSS)) == 2
    chosen = entry_digest(other.raw)
    desk.let_in(pen.station, [chosen], reason="paper_checked", actor=BOSS)
    assert [fact.operator for fact in world.facts()] == ["nv08"]
    assert world.one(pen, one).outcome == "duplicate"


def test_a_decision_names_entries_in_quarantine_a_coded_reason_and_somebody_entitled(
    world: Any, pen: Any, desk: DecideQuarantine
) -> None:
    trusted = sent(world, pen, 1)
    revoke(world, pen)
    entry = sent(world, pen, 2)
    before = len(world.events())
    for strange in (trusted, "0" * 64):
        with pytest.raises(NotFound):
            desk.let_in(pen.station, [strange], reason="paper_checked", actor=BOSS)
    with pytest.raises(NotFound):
        desk.let_in(pen.station, [], reason="paper_checked", actor=BOSS)
    with pytest.raises(BatchTooLarge):
        desk.let_in(pen.station, ["0"] * (MOST_AT_ONCE + 1), reason="paper_checked", actor=BOSS)
    for decide, reason in ((desk.let_in, "not_by_staff"), (desk.keep_out, "paper_checked")):
        with pytest.raises(BadReason):
            decide(pen.station, [entry], reason=reason, actor=BOSS)
    for actor in (None, world.admin, world.clerk):
        with pytest.raises(NotAllowed):
            desk.let_in(pen.station, [entry], reason="paper_checked", actor=actor)
        with pytest.raises(NotAllowed):
            desk.entries(pen.station, actor=actor)
    assert len(world.events()) == before
