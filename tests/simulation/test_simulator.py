"""Centres played from seeds: real journals, uplinks, ingest, log, read model and fold."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest

from adapters.event_store.sqlite_log import SqliteEventLog
from api.rehearsal.simulator import Outcome, Plan, simulate
from api.rehearsal.simulator_faults import KINDS, chosen_faults
from api.rehearsal.simulator_watch import Watch
from domain.model.fact import labels_named

HARMFUL = [name for name, kind in KINDS.items() if not kind.harmless]
BUDGET_S = 12.0  # CPU; the long form is `giaonhan simulate --seeds`
MOST_SEEDS, SCANS_A_SEED = 100, 300
_MOST_SEEDS_OF_A_KIND = 8


def play(seed: int, *faults: str, scans: int = 200) -> Outcome:
    return simulate(Plan(seed, days=6, dossiers=40, faults=frozenset(faults), scans=scans))


def test_the_same_seed_replays_bit_for_bit() -> None:
    once, again = play(5, *KINDS), play(5, *KINDS)

    assert once.fired
    assert once.to_json() == again.to_json()


def test_another_seed_is_another_day() -> None:
    assert play(5, scans=40).digest != play(6, scans=40).digest


def test_another_process_replays_the_same_day_whatever_order_its_sets_have() -> None:
    told = []
    for order in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-m", "api.cli", *"simulate --seed 5 --scans 120 --json".split()],
            env=os.environ | {"PYTHONHASHSEED": order},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        told.append(json.loads(run.stdout.splitlines()[0]))

    assert told[0] == told[1]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_centre_without_faults_shows_the_truth_and_no_discrepancy(seed: int) -> None:
    outcome = play(seed, scans=300)

    assert outcome.violations == []
    assert outcome.scans >= 300
    assert outcome.acks >= 300
    assert not outcome.codes
    assert outcome.checked["truth"] == 2


def test_a_bad_network_crashes_and_slips_leave_no_mark_once_all_has_arrived() -> None:
    harmless = [name for name, kind in KINDS.items() if kind.harmless]

    outcomes = [play(seed, *harmless) for seed in (1, 2, 3)]

    assert [one.violations for one in outcomes] == [[], [], []]
    assert not sum((one.codes for one in outcomes), Counter())
    assert sum((one.fired for one in outcomes), Counter()).keys() >= {
        *("loss", "duplication", "delay", "partition", "station-crash"),
        *("server-crash", "undone", "reordering"),
    }


@pytest.mark.parametrize("name", HARMFUL)
def test_a_kind_of_fault_alone_fires_and_is_told(name: str) -> None:
    fired: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for seed in range(1, _MOST_SEEDS_OF_A_KIND + 1):
        outcome = play(seed, name)
        assert outcome.violations == []
        fired, codes = fired + outcome.fired, codes + outcome.codes
        if fired and KINDS[name].tells & codes.keys():
            break

    assert fired.keys() == {name}
    assert KINDS[name].tells & codes.keys()


def test_no_law_breaks_in_as_many_seeds_as_the_time_allows() -> None:
    began = time.process_time()
    seeds = scans = 0
    fired: Counter[str] = Counter()
    for seed in range(1, MOST_SEEDS + 1):
        outcome = simulate(Plan(seed, 6, 40, chosen_faults("mixed", seed=seed), SCANS_A_SEED))
        assert outcome.violations == [], f"seed {seed}: {outcome.violations}\n{outcome.tail}"
        fired += outcome.fired
        seeds, scans = seeds + 1, scans + outcome.scans
        if time.process_time() - began > BUDGET_S:
            break

    assert seeds >= 3
    assert scans >= seeds * SCANS_A_SEED
    assert sum(map(bool, fired.values())) >= 3, f"only {fired} in {seeds} seeds"


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
        "adapters.event_store.sqlite_log.labels_named", lambda fact: labels_named(fact) * 2
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


def test_an_unknown_kind_of_fault_is_named() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "api.cli", "simulate", "--faults", "loss,rain"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 2
    assert "rain" in run.stderr


def test_the_report_counts_faults_discrepancies_and_checks() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "api.cli", *"simulate --seed 3 --scans 120 --report".split()],
        env=os.environ | {"COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stdout
    for word in ("duplication", "0 vi phạm / violations", "L9", "sai lệch / discrepancy"):
        assert word in run.stdout
