"""Each law broken on purpose: the simulator must find it, and say where."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.read_model.refold import Refold
from adapters.read_model.sheets import Sheets
from api.rehearsal.simulator import Outcome, Plan, simulate
from api.rehearsal.simulator_watch import Watch
from domain.model.custody import fold
from domain.model.custody_state import INFERRED, VERIFIED, Folded, Link
from domain.model.custody_things import Stretch, links
from domain.model.entry import unsigned_entry
from domain.model.fact import Fact, labels_named
from domain.model.instants import Micros
from domain.model.responsibility import Ledger, ledger
from domain.model.station_time import Timed

pytestmark = pytest.mark.no_cover  # the simulator's own tests cover the same
REVOKED_SEED = 2  # in which a station is revoked by mistake soon


def play(seed: int) -> Outcome:
    return simulate(Plan(seed, days=6, dossiers=40, faults=frozenset(), scans=120))


def test_a_server_that_forgets_what_it_acknowledged_is_found_out_by_its_station(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saves: list[int] = []
    really = SqliteEventLog.save

    def forgetful(log: SqliteEventLog, *decisions: Any, entries: Any = (), **more: Any) -> None:
        saves.extend([1] * (not decisions))
        if decisions or len(saves) < 10:
            really(log, *decisions, entries=entries, **more)

    monkeypatch.setattr(SqliteEventLog, "save", forgetful)

    outcome = play(1)

    assert any("NOT_THE_SERVER" in violation for violation in outcome.violations)
    assert outcome.violations[0].startswith("step ")
    assert outcome.tail


def test_a_log_that_states_a_scan_twice_breaks_the_first_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "adapters.event_store.mapping.labels_named", lambda fact: labels_named(fact) * 2
    )

    assert any("L1: " in violation for violation in play(1).violations)


def test_an_entry_that_is_gone_from_the_log_breaks_the_first_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Watch.acknowledge

    def misheard(watch: Watch, station: str, epoch: int, seq: int, *, digest: str) -> None:
        told(watch, station, epoch, seq, digest="0" * 64 if seq == 5 else digest)

    monkeypatch.setattr(Watch, "acknowledge", misheard)

    assert any("L1: " in violation for violation in play(1).violations)


def test_an_entry_that_was_let_in_and_does_not_count_breaks_the_first_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really = SqliteEventLog.save

    def forgetful(log: SqliteEventLog, *decisions: Any, released: Any = (), **more: Any) -> None:
        del released
        really(log, *decisions, **more)

    monkeypatch.setattr(SqliteEventLog, "save", forgetful)
    faults = frozenset({"revoked-by-mistake"})
    outcome = simulate(Plan(REVOKED_SEED, days=6, dossiers=40, faults=faults, scans=60))

    assert outcome.fired
    assert any("was quarantined, and does not count" in one for one in outcome.violations)


def test_a_fold_that_calls_inferred_verified_breaks_the_sixth_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("domain.model.custody.INFERRED", "verified")

    assert any("L6: " in violation for violation in play(1).violations)


def test_a_fold_that_loses_a_hand_over_differs_from_the_truth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("domain.model.custody._RELEASES", frozenset({"Tendered"}))

    assert any("truth: NOT_RELEASED" in violation for violation in play(1).violations)


def test_a_fold_that_loses_a_stretch_of_custody_breaks_the_second_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def without_the_first(chain: Iterable[Stretch], as_of_us: Micros | None) -> list[Link]:
        whole = links(chain, as_of_us)
        return whole[1:] or whole

    monkeypatch.setattr("domain.model.custody.links", without_the_first)

    assert any("L2: " in violation for violation in play(1).violations)


def test_a_read_model_that_leaves_out_a_change_breaks_the_fourth_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, times = Refold.replace, [0]

    def careless(one: Refold, connection: Any, touched: Iterable[str], **more: Any) -> Any:
        times[0] += 1
        return whole(one, connection, set(touched), **more) if times[0] % 20 else {}

    monkeypatch.setattr(Refold, "replace", careless)

    assert any("L4: " in violation for violation in play(1).violations)


def test_a_sheet_that_shows_inferred_as_verified_breaks_the_fourth_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Sheets.add_links

    def embellished(one: Sheets, label: str, chain: Sequence[Link], *more: Any) -> Any:
        verified = [replace(one, basis=VERIFIED) if one.basis == INFERRED else one for one in chain]
        return whole(one, label, verified, *more)

    monkeypatch.setattr(Sheets, "add_links", embellished)

    assert any("L4: the chain of" in violation for violation in play(1).violations)


def test_a_fold_that_believes_the_order_of_arrival_breaks_the_fifth_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gullible(facts: Iterable[Fact]) -> Folded:
        return fold([Timed(fact, place) for place, fact in enumerate(facts)])

    monkeypatch.setattr("api.rehearsal.simulator_watch.fold_facts", gullible)

    assert any("L5: " in violation for violation in play(1).violations)


def test_a_station_that_does_not_chain_its_entries_breaks_the_ninth_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unchained(fact: Fact, *, prev: str, **more: Any) -> bytes:
        return unsigned_entry(fact, prev=prev if fact.seq % 7 else "0" * 64, **more)

    monkeypatch.setattr("scanner_station.journal.unsigned_entry", unchained)

    assert any("L9: " in violation for violation in play(1).violations)


def test_a_ledger_that_forgets_a_minute_breaks_the_third_law(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(*given: Any, **more: Any) -> Ledger:
        told = ledger(*given, **more)
        *kept, last = told.entries
        return replace(told, entries=[*kept, last._replace(minutes=last.minutes - 1)])

    monkeypatch.setattr("domain.use_cases.account_for_time.ledger", forgetful)

    assert any("L3: " in violation for violation in play(1).violations)
