"""Centres played from seeds: real journals, uplinks, ingest, log, read model and fold."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from adapters.postmaster import Postmaster
from api.databases import DATABASE_URL
from api.rehearsal.simulator import Outcome, Plan, simulate
from api.rehearsal.simulator_faults import KINDS, chosen_faults
from api.rehearsal.simulator_many import play_all

HARMFUL = [name for name, kind in KINDS.items() if not kind.harmless]
SEEDS, SCANS_A_SEED = 100, 300  # 90 s on two cores; the long form is `giaonhan simulate --seeds`
_WORKERS = min(2, os.cpu_count() or 1)
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
    assert sum((one.codes for one in outcomes), Counter()).keys() <= {"OFFLINE_TOO_LONG"}
    assert sum((one.fired for one in outcomes), Counter()).keys() >= {
        *("loss", "duplication", "delay", "partition", "station-crash"),
        *("server-crash", "undone", "corrected", "reordering"),
    }


@pytest.mark.no_cover  # all kinds at once are played above
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


def test_no_law_breaks_in_a_hundred_seeds_and_every_kind_of_fault_fires() -> None:
    plans = [
        Plan(seed, 6, 40, chosen_faults("mixed", seed=seed), SCANS_A_SEED)
        for seed in range(1, SEEDS + 1)
    ]
    fired: Counter[str] = Counter()
    scans = 0
    for outcome in play_all(plans, workers=_WORKERS, told=lambda _scans: None):
        seed = outcome.plan.seed
        assert outcome.violations == [], f"seed {seed}: {outcome.violations}\n{outcome.tail}"
        fired += outcome.fired
        scans += outcome.scans

    assert scans >= SEEDS * SCANS_A_SEED
    assert fired.keys() == KINDS.keys()


def test_a_seed_is_the_same_among_others_in_another_process() -> None:
    plans = [Plan(seed, 6, 40, frozenset(KINDS), scans=60) for seed in (5, 6)]

    apart = list(play_all(plans, workers=2, told=lambda _scans: None))

    assert [one.to_json() for one in apart] == [simulate(plan).to_json() for plan in plans]


def test_a_seed_says_the_same_on_both_engines(
    postmaster: Postmaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law L4: the digest is over the read model's canonical dump, too."""
    on_files = play(5, *KINDS, scans=40)
    monkeypatch.setenv(DATABASE_URL, postmaster.url())
    assert play(5, *KINDS, scans=40).to_json() == on_files.to_json()
    assert on_files.violations == []
    assert on_files.fired


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
