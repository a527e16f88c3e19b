"""A station's key and journal epochs over its life, with the real station and the real server."""

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from domain.model.entry import parse_entry
from domain.model.instants import SECOND_US, iso
from domain.model.labels import Kind
from domain.model.policy import Actor, Role
from domain.model.rotation import rotation_bytes
from scanner_station.__main__ import app
from scanner_station.clock import SystemClock
from scanner_station.drafts import Drafts, DraftsUnusable
from scanner_station.enrolment import enrol_station, renew_station, rotate_key
from scanner_station.gestures import Act
from scanner_station.journal import Journal, copy_of, open_journal
from scanner_station.keys import StationKey, read_key
from scanner_station.refusals import (
    JournalBehind,
    JournalDamaged,
    NotTheServer,
    OtherStation,
    ServerRefused,
)
from scanner_station.settings import Settings, read_settings, save_settings
from scanner_station.uplink import Uplink

ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
CLOCK = SystemClock()
NewLabel = Callable[[Kind], str]


class Desk:
    """One station's directory beside the running server."""

    def __init__(self, server: Any, directory: Path, office: str) -> None:
        self.server, self.directory, self.office = server, directory, office
        self.code = f"K{directory.parent.name}"[:60]
        enrol_station(directory, server_url=server.url, code=self.invited(), clock=CLOCK)

    @property
    def settings(self) -> Settings:
        return read_settings(self.directory)

    def invited(self, station: str | None = None) -> str:
        house = self.server.house
        work = lambda: house.enrol_station.invite(  # noqa: E731
            station=station or self.code, office=self.office, purpose="counter", actor=ADMIN
        )
        return str(house.write(work).result(60))

    def journal(self) -> Journal:
        return open_journal(self.settings, read_key(self.settings.key_file), CLOCK)

    def scan(self, *labels: str, send: bool = False) -> None:
        with closing(self.journal()) as journal:
            for label in labels:
                journal.append(Act("Digitised", label, {}, "lan"))
        if send:
            self.send()

    def send(self) -> list[str]:
        """Everything that waits; the outcomes."""
        settings = self.settings
        key = read_key(settings.key_file)
        with (
            closing(self.journal()) as journal,
            closing(Uplink(settings, journal, key, clock=CLOCK)) as uplink,
        ):
            outcomes: list[str] = []
            while answers := uplink.send():
                outcomes += [answer.outcome for answer in answers]
            assert journal.counts().pending == 0
            return outcomes

    def held(self, epoch: int) -> int:
        return int(self.server.house.log.contiguous_seq(self.code, epoch))


@pytest.fixture
def desk(server: Any, tmp_path: Path, office: str) -> Desk:
    return Desk(server, tmp_path / "station", office)


def test_a_new_key_follows_the_old_one_and_what_was_not_sent_is_sent_all_the_same(
    desk: Desk, new_label: NewLabel
) -> None:
    old = desk.settings.key_file
    desk.scan(new_label(Kind.DOSSIER), send=True)
    desk.scan(new_label(Kind.DOSSIER))
    done = CliRunner().invoke(app, ["rotate", "--dir", str(desk.directory)])
    assert (done.exit_code, "epoch 2" in done.output) == (0, True), done.output
    assert not old.exists(), "nobody shall sign with the old key again"
    desk.scan(new_label(Kind.DOSSIER))
    assert desk.send() == ["recorded"] * 2
    assert (desk.held(1), desk.held(2)) == (2, 1)
    with closing(desk.journal()) as journal:
        assert journal.mended is None
        assert journal.last_seq == 1
        assert [entry.fact.epoch for entry in journal.latest(2)] == [1, 2]


def test_a_rotation_whose_answer_was_lost_is_asked_for_again_with_the_same_key(
    desk: Desk, new_label: NewLabel
) -> None:
    before, old = desk.settings, read_key(desk.settings.key_file)
    seed = before.key_file.read_bytes()
    rotate_key(desk.directory, clock=CLOCK)
    save_settings(before)  # as if the answer had never come
    before.key_file.write_bytes(seed)
    assert rotate_key(desk.directory, clock=CLOCK).epoch == 2
    assert desk.settings.past_keys == {1: old.public_key}
    desk.scan(new_label(Kind.DOSSIER), send=True)
    assert desk.held(2) == 1


def test_a_key_that_the_one_before_did_not_sign_for_is_refused(
    desk: Desk, visitor: httpx.Client
) -> None:
    key, new = read_key(desk.settings.key_file), StationKey(b"\x05" * 32)
    stated = rotation_bytes(desk.code, 2, new.public_key)

    def asked(by_old: bytes, by_new: bytes, epoch: int = 2) -> str:
        given = {
            "epoch": epoch,
            "public_key": base64.b64encode(new.public_key).decode(),
            "algorithm": 1,
            "by_old": base64.b64encode(by_old).decode(),
            "by_new": base64.b64encode(by_new).decode(),
        }
        with (
            closing(desk.journal()) as journal,
            closing(Uplink(desk.settings, journal, key, clock=CLOCK)) as uplink,
            pytest.raises(ServerRefused) as refused,
        ):
            uplink._signed_ask("POST", "/api/v1/stations/rotations", json.dumps(given).encode())
        return str(refused.value.values["server_code"])

    assert asked(new.sign(stated), new.sign(stated)) == "ROTATION_REFUSED"
    assert asked(key.sign(stated), key.sign(stated)) == "ROTATION_REFUSED"
    assert asked(key.sign(stated), new.sign(stated), epoch=3) == "ROTATION_REFUSED"
    unsigned = visitor.post("/api/v1/stations/rotations", json={})
    assert unsigned.status_code in {400, 401}
    desk.server.house.write(
        lambda: desk.server.house.enrol_station.revoke(station=desk.code, actor=ADMIN)
    ).result(60)
    assert asked(key.sign(stated), new.sign(stated)) == "NOT_ALLOWED"


def test_the_key_before_sends_what_was_scanned_and_learns_nothing_more(
    desk: Desk, new_label: NewLabel
) -> None:
    before, old = desk.settings, read_key(desk.settings.key_file)
    desk.scan(new_label(Kind.DOSSIER))
    with (
        closing(desk.journal()) as journal,
        closing(Uplink(before, journal, old, clock=CLOCK)) as uplink,
    ):
        uplink.rotate(StationKey(b"\x05" * 32), epoch=2)
        with pytest.raises(ServerRefused) as refused:
            uplink.fetch_directory()
        assert refused.value.values["server_code"] == "KEY_OUTDATED"
        uplink.rotate(StationKey(b"\x05" * 32), epoch=2)  # its answer was lost
        assert [answer.outcome for answer in uplink.send()] == ["recorded"]


def test_a_captured_request_is_good_for_minutes_and_a_wrong_clock_locks_no_station_out(
    desk: Desk, new_label: NewLabel, visitor: httpx.Client
) -> None:
    key, path = read_key(desk.settings.key_file), "/api/v1/directory"
    digest = hashlib.sha256(b"").hexdigest()

    def told(at: str) -> tuple[int, str | None]:
        signature = key.sign(f"giaonhan.request|GET|{path}|{at}|{digest}".encode())
        proof = f"at={at},signature={base64.b64encode(signature).decode()}"
        signed = {"authorization": f"Station station={desk.code},{proof}"}
        answer = visitor.get(path, headers=signed)
        return answer.status_code, answer.json().get("error", {}).get("code")

    now_us = CLOCK.now_us()
    for minutes in (-11, 11):
        at = iso(now_us + minutes * 60 * SECOND_US)
        assert told(at) == (401, "REQUEST_OUTDATED")
    assert told(iso(now_us - 9 * 60 * SECOND_US)) == (200, None)
    assert told("yesterday") == (401, "NOT_SIGNED_IN")
    desk.scan(new_label(Kind.DOSSIER))
    with (
        closing(desk.journal()) as journal,
        closing(Uplink(desk.settings, journal, key, clock=CLOCK)) as uplink,
    ):
        journal.measured(86_400_000, uncertain_ms=0)  # the clock was set right by a person since
        assert uplink.fetch_directory().people
        assert abs(journal.offset_ms) < 60_000


def test_an_old_disk_image_is_recognised_and_goes_on_in_an_epoch_that_somebody_approved(
    desk: Desk, new_label: NewLabel, tmp_path: Path
) -> None:
    """What was scanned before anybody knew collides with what the server has: both count."""
    desk.scan(new_label(Kind.DOSSIER), send=True)
    shutil.copytree(desk.directory, tmp_path / "image")
    first = new_label(Kind.DOSSIER)
    desk.scan(first, new_label(Kind.DOSSIER), send=True)
    shutil.rmtree(desk.directory)
    shutil.copytree(tmp_path / "image", desk.directory)
    again = new_label(Kind.DOSSIER)
    desk.scan(again)
    with pytest.raises(JournalBehind):
        desk.send()
    with pytest.raises(JournalBehind):
        desk.scan(new_label(Kind.DOSSIER))
    words = ["renew", "--dir", str(desk.directory), "--code", desk.invited()]
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, "epoch 2" in done.output) == (0, True), done.output
    desk.scan(new_label(Kind.DOSSIER))
    desk.send()
    assert (desk.held(1), desk.held(2)) == (3, 1)
    under_2 = desk.server.house.log.entries(desk.code, 1, after=1, limit=1)
    assert {parse_entry(each.raw).fact.subject for each in under_2} == {first, again}


def test_a_renewed_counter_gives_no_number_of_an_old_disk_image_to_an_applicant(
    desk: Desk, new_label: NewLabel
) -> None:
    with closing(Drafts(desk.settings)) as drafts:
        drafts.add_numbers([new_label(Kind.DOSSIER), new_label(Kind.DOSSIER)])
        kept = drafts.write({"operator": "lan", "registration": {}}, at_us=1)
    renew_station(desk.directory, code=desk.invited(), clock=CLOCK)
    with closing(Drafts(desk.settings)) as drafts:
        assert drafts.counts().numbers == 0
        assert drafts.read(kept), "what was taken in stays"


def test_a_counter_whose_drafts_cannot_be_read_spends_no_code_on_a_renewal(
    desk: Desk, new_label: NewLabel
) -> None:
    with closing(Drafts(desk.settings)) as drafts:
        drafts.add_numbers([new_label(Kind.DOSSIER)])
        drafts.write({"operator": "lan", "registration": {}}, at_us=1)
    key = desk.directory / "drafts.key"
    kept = key.read_bytes()
    key.unlink()
    code = desk.invited()
    with pytest.raises(DraftsUnusable):
        renew_station(desk.directory, code=code, clock=CLOCK)
    key.write_bytes(kept)
    assert renew_station(desk.directory, code=code, clock=CLOCK).epoch == 2


def test_a_journal_damaged_in_both_files_gives_what_is_left_under_a_new_epoch(
    desk: Desk, new_label: NewLabel
) -> None:
    labels = [new_label(Kind.DOSSIER) for _ in range(4)]
    desk.scan(*labels)
    copy = copy_of(desk.settings.journal_file)
    lines = copy.read_bytes().splitlines(keepends=True)
    copy.write_bytes(b"".join([*lines[:2], b"garbled\n", *lines[3:]]))
    desk.settings.journal_file.write_bytes(b"x" * 8192)
    with pytest.raises(JournalDamaged):
        desk.scan(new_label(Kind.DOSSIER))
    renew_station(desk.directory, code=desk.invited(), clock=CLOCK)
    desk.scan(new_label(Kind.DOSSIER))
    assert desk.send() == ["recorded"] * 4, "1, 3 and 4 of the old epoch, 1 of the new"
    assert (desk.held(1), desk.held(2)) == (1, 1)
    kept = sorted(file.name for file in desk.directory.glob("set-aside/*/*"))
    assert kept == ["journal.copy", "journal.db"]


def test_a_code_of_another_station_renews_nothing(desk: Desk, new_label: NewLabel) -> None:
    desk.scan(new_label(Kind.DOSSIER))
    before = (desk.directory / "station.json").read_bytes()
    with pytest.raises(OtherStation):
        renew_station(desk.directory, code=desk.invited(f"{desk.code}x"), clock=CLOCK)
    assert (desk.directory / "station.json").read_bytes() == before
    assert desk.send() == ["recorded"]


@pytest.mark.parametrize(
    "past",
    [
        {str(epoch): base64.b64encode(bytes(32)).decode() for epoch in range(1, 102)},
        {"0": base64.b64encode(bytes(32)).decode()},
        {"1000001": base64.b64encode(bytes(32)).decode()},
        {"1": base64.b64encode(bytes(33)).decode()},
        {"1": base64.b64encode(bytes(31)).decode()},
        {"1": "no base64"},
    ],
)
def test_what_cannot_be_a_stations_earlier_keys_is_refused_and_the_code_stays_good(
    desk: Desk, visitor: httpx.Client, past: dict[str, str]
) -> None:
    code, key = desk.invited(), base64.b64encode(b"\x06" * 32).decode()
    given = {"code": code, "public_key": key, "algorithm": 1}
    refused = visitor.post("/api/v1/enrolments", json=given | {"past": past})
    assert (refused.status_code, refused.json()["error"]["code"]) in {
        (400, "MALFORMED_REQUEST"),
        (400, "BAD_KEY"),
    }
    too_far = visitor.post("/api/v1/enrolments", json=given | {"after": 10**6 + 1})
    assert too_far.json()["error"]["code"] == "MALFORMED_REQUEST"
    assert visitor.post("/api/v1/enrolments", json=given).json()["epoch"] == 2


def test_a_server_that_names_an_epoch_used_already_is_not_believed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (desk.directory / "station.json").read_bytes()
    enrol = desk.server.house.enrol_station.enrol
    used = lambda **given: replace(enrol(**given), epoch=1)  # noqa: E731
    monkeypatch.setattr(desk.server.house.enrol_station, "enrol", used)
    with pytest.raises(NotTheServer):
        renew_station(desk.directory, code=desk.invited(), clock=CLOCK)
    assert (desk.directory / "station.json").read_bytes() == before
