"""The verdict in the answer to a scan: the same as the fold's, for each of a batch, and in time."""

import base64
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role
from domain.use_cases import judge_scan
from domain.use_cases.record_scans import SentEntry

NewLabel = Callable[[Kind], str]
ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
MANIFEST, MISSING = 60, 3
BAR_MS = 5.0


@pytest.fixture
def offices(house: Any) -> tuple[str, str, str]:
    first, second, third, *_ = sorted(house.reference.offices())
    return first, second, third


@pytest.fixture
def stations(server: Any, visitor: httpx.Client, offices: Any, device: Any) -> dict[str, Any]:
    """A station at each of three offices, and a courier's."""
    places = {"sender": offices[0], "receiver": offices[1], "other": offices[2]}
    made = {
        name: server.enrol(visitor, code=f"{device.code}-{name}", office=office)
        for name, office in (places | {"courier": "courier:C1"}).items()
    }
    return {**made}


def verdicts(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [one["verdict"] for one in answer.json()["answers"]]


def numbers(kind: Kind) -> Iterator[str]:
    """Labels of an issuer of this file alone."""
    return (str(Label(kind, 97_311, 26, serial)) for serial in count(time.time_ns() % 900_000 + 1))


def sent_pouch(stations: dict[str, Any], to: str, pouch: str, dossiers: list[str]) -> None:
    sender, courier = stations["sender"], stations["courier"]
    told = [sender.entry("Registered", each) for each in dossiers]
    told += [sender.entry("Packed", each, pouch=pouch) for each in dossiers]
    told += [sender.entry("Sealed", pouch, seal="S1", to=to), sender.entry("Released", pouch)]
    assert sender.send(*told).status_code == 200
    assert courier.send(courier.entry("Accepted", pouch)).status_code == 200
    assert courier.send(courier.entry("Released", pouch)).status_code == 200


def test_a_scan_is_answered_with_what_it_met_and_what_to_do(
    stations: dict[str, Any], offices: Any, new_label: NewLabel
) -> None:
    dossier, pouch = new_label(Kind.DOSSIER), new_label(Kind.POUCH)
    sent_pouch(stations, offices[1], pouch, [dossier])
    wrong = stations["other"]
    [said] = verdicts(wrong.send(wrong.entry("Accepted", pouch)))
    assert (said["code"], said["severity"]) == ("WRONG_OFFICE", "bad")
    name = wrong.office
    assert name not in said["vi"], "it names where it belongs, not where it is"
    assert said["next_vi"]
    assert said["next_en"]


def test_each_scan_of_a_batch_is_judged_at_its_own_moment_and_a_duplicate_as_before(
    stations: dict[str, Any], offices: Any, new_label: NewLabel
) -> None:
    dossiers, pouch = [new_label(Kind.DOSSIER) for _ in range(3)], new_label(Kind.POUCH)
    sent_pouch(stations, offices[1], pouch, dossiers)
    here, other = stations["receiver"], new_label(Kind.DOSSIER)
    batch = [here.entry("Accepted", pouch, seal="S1"), here.entry("Unsealed", pouch)]
    batch += [here.entry("Received", each, pouch=pouch) for each in dossiers]
    batch += [here.entry("Registered", other)]
    first = verdicts(here.send(*batch))
    told = [(one["code"], one["seen"], one["expected"]) for one in first]
    assert told[2:] == [("OK", 1, 3), ("OK", 2, 3), ("OK", 3, 3), ("OK", None, None)]
    assert verdicts(here.send(*batch)) == first


def test_what_is_rejected_or_quarantined_has_no_verdict(
    server: Any, device: Any, new_label: NewLabel
) -> None:
    assert device.send(device.entry("Received", new_label(Kind.DOSSIER))).status_code == 200
    broken = device.entry("Received", new_label(Kind.DOSSIER))
    raw = bytearray(base64.b64decode(broken["entry"]))
    raw[-1] ^= 1
    broken["entry"] = base64.b64encode(bytes(raw)).decode()
    assert verdicts(device.send(broken)) == [None]
    revoked = server.house.enrol_station.revoke
    server.house.write(lambda: revoked(station=device.code, actor=ADMIN)).result(60)
    assert verdicts(device.send(device.entry("Received", new_label(Kind.DOSSIER)))) == [None]


def test_a_fault_of_the_verdict_never_fails_a_scan_that_is_on_disk(
    device: Any, new_label: NewLabel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(judge_scan, "verdict_along", broken)
    answer = device.send(device.entry("Received", new_label(Kind.DOSSIER)))
    assert verdicts(answer) == [None]
    assert answer.json()["answers"][0]["outcome"] == "recorded"


def test_a_long_backlog_is_judged_from_its_newest_scan_back(
    stations: dict[str, Any], new_label: NewLabel, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, dossier = stations["sender"], new_label(Kind.DOSSIER)
    monkeypatch.setattr(judge_scan, "MOST_FOLDED", 100)
    batch = [here.entry("Registered", dossier), here.entry("Moved", dossier, place="K0")]
    # What amends has each scan folded by itself.
    batch += [here.entry("Undone", dossier, target=f"{here.code}#{batch[1]['seq']}")]
    batch += [here.entry("Moved", dossier, place=f"K{n}") for n in range(1, 20)]
    judged = [one is not None for one in verdicts(here.send(*batch))]
    assert 2 <= sum(judged) <= 4  # mergers of offices, if there are any, bear on every scan
    assert judged == sorted(judged)


def test_a_long_backlog_in_which_nothing_is_amended_is_judged_in_one_walk(
    stations: dict[str, Any], new_label: NewLabel, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, dossier = stations["sender"], new_label(Kind.DOSSIER)
    monkeypatch.setattr(judge_scan, "MOST_FOLDED", 100)
    batch = [here.entry("Registered", dossier)]
    batch += [here.entry("Moved", dossier, place=f"K{n}") for n in range(20)]
    assert [one["code"] for one in verdicts(here.send(*batch))] == ["OK"] * 21


def test_a_scan_of_a_runs_card_is_answered_beside_those_of_paper(
    stations: dict[str, Any],
) -> None:
    courier, card = stations["courier"], next(numbers(Kind.RUN))
    paper = courier.entry("Accepted", next(numbers(Kind.DOSSIER)))
    said = verdicts(courier.send(courier.entry("RunDeparted", card), paper))
    assert [one["code"] for one in said] == ["UNKNOWN", "UNKNOWN"]
    assert said[0]["vi"] == "Thẻ chuyến này không thuộc lịch chạy nào."
    assert "thẻ" not in said[1]["vi"].lower()
    assert verdicts(courier.send(courier.entry("StopReached", card)))[0]["code"] == "UNKNOWN"


def test_an_office_that_succeeded_the_destination_is_no_wrong_office(
    stations: dict[str, Any], offices: Any, new_label: NewLabel
) -> None:
    """The succession is a fact about no label: it bears on every scan of the batch."""
    dossier, pouch = new_label(Kind.DOSSIER), new_label(Kind.POUCH)
    old = f"OLD-{pouch[-6:]}"
    sent_pouch(stations, old, pouch, [dossier])
    here = stations["receiver"]
    succeeded = here.entry("OfficeSucceeded", old, successor=offices[1])
    assert here.send(succeeded).status_code == 200
    other = here.entry("Registered", new_label(Kind.DOSSIER))
    said, _ = verdicts(here.send(here.entry("Accepted", pouch, seal="S1"), other))
    assert said["code"] == "OK"


def test_a_receipt_of_sixty_is_judged_scan_by_scan_and_the_time_it_takes_is_told(
    server: Any,
    stations: dict[str, Any],
    offices: Any,
    new_label: NewLabel,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Three are missing, one is surplus, one is foreign; in the use case, without HTTP."""
    house, labels = server.house, numbers(Kind.DOSSIER)
    pouch, other_pouch = new_label(Kind.POUCH), new_label(Kind.POUCH)
    listed = [next(labels) for _ in range(MANIFEST)]
    surplus, foreign = next(labels), next(labels)
    sent_pouch(stations, offices[1], pouch, listed)
    sender, here = stations["sender"], stations["receiver"]
    told = [sender.entry("Registered", surplus), sender.entry("Registered", foreign)]
    told += [sender.entry("Packed", foreign, pouch=other_pouch)]
    told += [sender.entry("Sealed", other_pouch, to=offices[2])]
    assert sender.send(*told).status_code == 200
    taken_ms, codes = [], []

    def scan(fact: str, subject: str, **context: Any) -> Any:
        entry = here.entry(fact, subject, **context)
        batch = [SentEntry(entry["epoch"], entry["seq"], base64.b64decode(entry["entry"]))]
        recorded = house.write(lambda: house.record_scans(here.code, batch)).result(60)
        began = time.thread_time()  # what others do on the machine meanwhile is not its cost
        [said] = house.judge_scan(batch, recorded.answers)
        taken_ms.append((time.thread_time() - began) * 1000)
        codes.append(said.code)
        return said

    scan("Accepted", pouch, seal="S1")
    scan("Unsealed", pouch)
    for label in (*listed[MISSING:], surplus, foreign):
        last = scan("Received", label, pouch=pouch)
    assert (last.code, last.seen, last.expected) == ("FOREIGN", MANIFEST - MISSING, MANIFEST)
    closed = scan("Closed", pouch)
    assert (closed.code, closed.reason, closed.seen) == ("BLOCKED", "MISSING", MANIFEST - MISSING)
    assert f"thiếu {MISSING}" in closed.vi
    assert codes == [*["OK"] * (2 + MANIFEST - MISSING), "SURPLUS", "FOREIGN", "BLOCKED"]
    typical, worst = statistics.median(taken_ms), max(taken_ms)
    spent = f"median {typical:.1f} ms, worst {worst:.1f} ms; bar {BAR_MS:.0f} ms on a quiet machine"
    with capsys.disabled():
        print(f"\n  verdicts of a receipt of 60, CPU: {spent}")  # noqa: T201 - a figure to read
    early, late = (statistics.median(part) for part in (taken_ms[2:22], taken_ms[-22:-2]))
    assert late < 3 * early, "a scan's verdict costs more with every scan before it"
