"""Taking in at a counter without the network: number, scan, encrypted draft, and the way out."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.model.labels import grouped, is_label
from scanner_station.__main__ import app
from scanner_station.drafts import Drafts, DraftsUnusable, NoNumbersLeft
from scanner_station.gestures import Act
from scanner_station.intake import BadDraft, IntakeLine, OfflineIntake, counter_intake
from scanner_station.journal import copy_of
from scanner_station.refusals import JournalFull, NotTheServer, Offline, ServerRefused
from scanner_station.running import run_station

Dossier = Callable[[int], str]
NAME = "Trịnh Thị Hoắc"
PROCEDURE = {
    "code": "1.004227",
    "title_vi": "Cấp đổi giấy chứng nhận",
    "title_en": "Exchange of a certificate",
    "pieces": [{"kind": "don", "title": "Đơn"}],
}
TYPED: dict[str, Any] = {
    "procedure": "1.004227",
    "applicant": {"name": NAME, "phone": "0900000000"},
    "pieces": [{"kind": "don", "count": 2}],
    "request_text": "Xin cấp đổi",
}


class Counter:
    """A counter's station with three numbers and one procedure."""

    def __init__(self, place: Any, dossier: Dossier) -> None:
        self.place = place
        self.opened = ExitStack()
        self.journal = place.journal()
        self.drafts = Drafts(place.settings)
        self.drafts.add_numbers([dossier(serial) for serial in (1, 2, 3)])
        self.drafts.keep_procedures([PROCEDURE])
        self.intake = OfflineIntake(self.drafts, self.journal, office="TTHC", journal_is_whole=True)

    def register(self, **other: Any) -> str:
        subject: str = self.intake.register(TYPED | other, operator="lan").fact.subject
        return subject

    def anew(self) -> None:
        """The process ended and starts again."""
        self.close()
        self.opened = ExitStack()
        self.journal = self.place.journal()
        made = counter_intake(self.place.settings, self.journal, self.opened)
        assert made is not None
        self.drafts, self.intake = made

    def close(self) -> None:
        self.opened.close()
        self.drafts.close()
        self.journal.close()


@pytest.fixture
def counter(place: Any, dossier: Dossier) -> Iterator[Counter]:
    made = Counter(place, dossier)
    yield made
    made.close()


def holding(directory: Path, words: str) -> list[str]:
    files = (file for file in directory.rglob("*") if file.is_file())
    return [file.name for file in files if words.encode() in file.read_bytes()]


def test_a_registration_is_a_scan_in_the_journal_and_a_draft_that_no_file_shows(
    counter: Counter, dossier: Dossier
) -> None:
    assert counter.register() == dossier(1)
    [entry] = counter.journal.latest(5)
    assert (entry.fact.fact, entry.fact.subject, entry.fact.operator) == (
        "Registered",
        dossier(1),
        "lan",
    )
    assert entry.fact.context == {"pieces": 2}
    for words in (NAME, "Hoắc", "0900000000", "Xin cấp", json.dumps(NAME)):
        assert holding(counter.place.directory, words) == []
    assert counter.drafts.read(dossier(1))["registration"]["applicant"]["name"] == NAME
    assert (counter.place.directory / "drafts.key").stat().st_mode & 0o077 == 0


def test_without_numbers_nothing_is_registered(counter: Counter) -> None:
    labels = {counter.register() for _ in range(3)}
    assert len(labels) == 3
    assert all(map(is_label, labels))
    with pytest.raises(NoNumbersLeft):
        counter.register()
    assert counter.journal.last_seq == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"procedure": "unknown"},
        {"applicant": {"name": "  "}},
        {"applicant": {"name": "x", "secret": "y"}},
        {"applicant": {"name": "x" * 201}},
        {"pieces": [{"kind": "other", "count": 1}]},
        {"pieces": [{"kind": "don", "count": 0}]},
        {"pieces": "don"},
        {"pieces": 1},
        {"pieces": [{"kind": ["don"], "count": 1}]},
        {"pieces": [{"kind": "don", "count": True}]},
        {"pieces": [{"kind": "don", "count": 150}, {"kind": "don", "count": 51}]},
        {"request_text": "x" * 4_001},
        {"request_text": 7},
        {"procedure": 1.004227},
        {"applicant": {"name": 7}},
        {"applicant": {"name": "x", "phone": 900000000}},
        {"applicant": {"name": "x\ud800"}},
    ],
)
def test_a_draft_with_a_slip_uses_up_no_number(counter: Counter, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadDraft):
        counter.register(**wrong)
    assert counter.drafts.counts().numbers == 3
    assert counter.journal.last_seq == 0


@pytest.mark.parametrize("on_disk", [False, True])
def test_of_a_write_that_failed_the_next_start_tells_whether_its_draft_counts(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, *, on_disk: bool
) -> None:
    append = counter.journal.append

    def full(act: Act, **_: Any) -> Any:
        if on_disk:
            append(act)
        raise JournalFull(why="SQLITE_FULL")

    monkeypatch.setattr(counter.journal, "append", full)
    with pytest.raises(JournalFull):
        counter.register()
    assert counter.drafts.waiting() == [], "it is sent before it is known to be scanned"
    counter.anew()
    assert len(counter.drafts.waiting()) == on_disk
    assert counter.drafts.counts().numbers == 2, "a number is never given to two dossiers"


def test_after_a_power_cut_a_draft_counts_only_if_its_scan_is_in_the_journal(
    counter: Counter, dossier: Dossier
) -> None:
    lost = counter.drafts.write({"operator": "lan", "registration": {}}, at_us=1)
    kept = counter.drafts.write({"operator": "lan", "registration": {}}, at_us=1)
    counter.journal.append(Act("Registered", kept, {}, "lan"))
    counter.anew()
    assert counter.drafts.waiting() == [kept]
    assert counter.drafts.unscanned() == []
    assert {lost, kept} == {dossier(1), dossier(2)}


def test_a_registration_is_found_however_much_was_scanned_since(
    counter: Counter, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = counter.drafts.write({"operator": "lan", "registration": {}}, at_us=1)
    counter.journal.append(Act("Registered", kept, {}, "lan"))
    monkeypatch.setattr(os, "fsync", lambda _file: None)
    counter.journal._connection.execute("PRAGMA synchronous = OFF")  # no disk is waited for here
    for _ in range(1_001):
        counter.journal.append(Act("Digitised", dossier(9), {}, "lan"))
    counter.anew()
    assert counter.drafts.waiting() == [kept]


@pytest.mark.parametrize("mended", ["now", "once", "from one file"])
def test_where_the_journal_has_lost_something_the_server_is_asked_and_nothing_is_erased(
    counter: Counter, mended: str
) -> None:
    draft = counter.drafts.write({"operator": "lan", "registration": {}}, at_us=1)
    counter.journal.append(Act("Digitised", draft, {}, "lan"))
    counter.close()
    copy = copy_of(counter.place.settings.journal_file)
    copy.unlink()
    if mended != "from one file":
        copy.write_bytes(b"no journal")
    if mended == "once":
        counter.place.journal().close()
    counter.anew()
    assert (counter.journal.mended is None) == (mended == "once")
    assert counter.drafts.waiting() == [draft]


def test_drafts_that_fail_once_it_is_on_disk_do_not_unsay_a_registration(
    counter: Counter, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_label: str) -> None:
        raise DraftsUnusable(why="OperationalError")

    with monkeypatch.context() as broken:
        broken.setattr(counter.drafts, "scanned", full)
        assert counter.register() == dossier(1)
    assert counter.drafts.waiting() == []
    assert counter.register() == dossier(2)
    assert counter.drafts.waiting() == [dossier(1), dossier(2)]


def test_a_draft_moved_under_another_label_does_not_open(counter: Counter) -> None:
    one, other = counter.register(), counter.register()
    counter.drafts._file.execute(
        "UPDATE draft SET sealed = (SELECT sealed FROM draft WHERE label = ?) WHERE label = ?",
        (one, other),
    )
    with pytest.raises(DraftsUnusable):
        counter.drafts.read(other)
    assert counter.drafts.read(one)["operator"] == "lan"


def test_drafts_without_their_key_are_not_given_another(counter: Counter) -> None:
    label = counter.register()
    counter.drafts.close()
    key_file = counter.place.directory / "drafts.key"
    away = key_file.rename(counter.place.directory / "elsewhere")
    with pytest.raises(DraftsUnusable):
        Drafts(counter.place.settings)
    assert not key_file.exists()
    told: list[Mapping[str, Any]] = []
    counter.journal.close()
    run_station(
        counter.place.settings,
        clock=counter.place.clock,
        source=lambda *_: iter(()),
        out=told.append,
        uplink=False,
    )
    assert [line["prompt"] for line in told] == ["DRAFTS_UNUSABLE"], "scanning goes on, and it says"
    counter.journal = counter.place.journal()
    away.rename(key_file)
    counter.anew()
    assert counter.drafts.read(label)["operator"] == "lan"


class Line:
    """The server's answers to questions, as they are wanted."""

    def __init__(self, dossier: Dossier) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusals: list[Exception | None] = []
        self.labels = [dossier(serial) for serial in range(100, 220)]

    def __call__(
        self, _method: str, path: str, body: bytes, _headers: Mapping[str, str]
    ) -> Mapping[str, Any]:
        told = json.loads(body)
        self.asked.append((path, told))
        if path.endswith("intake-kit"):
            return {"labels": self.labels[: told["count"]], "procedures": [PROCEDURE]}
        if self.refusals and (refusal := self.refusals.pop(0)):
            raise refusal
        return {"label": told["registration"]["label"]}


def refused(code: str) -> ServerRefused:
    return ServerRefused(status=409, server_code=code, vi="không", en="no")


def test_numbers_are_fetched_ahead_and_drafts_are_erased_once_the_server_has_them(
    counter: Counter, clock: Any, dossier: Dossier
) -> None:
    line, told = Line(dossier), list[tuple[str, str]]()
    outward = IntakeLine(counter.drafts, line, clock=clock, refused=lambda *said: told.append(said))
    label = counter.register()
    line.refusals = [refused("SCAN_NOT_ARRIVED")]
    outward.work_if_due()
    assert counter.drafts.counts().numbers == 122
    assert counter.drafts.waiting() == [label], "it overtook its scan: later again"
    outward.work_if_due()
    assert [path for path, _ in line.asked].count("/api/v1/intake-kit") == 1
    sent = line.asked[-1][1]
    assert (sent["operator"], sent["registration"]["label"]) == ("lan", label)
    assert sent["registration"]["applicant"]["name"] == NAME
    assert counter.drafts.counts().waiting == 0
    assert told == []


def test_a_refused_draft_stays_and_is_told_once(
    counter: Counter, clock: Any, dossier: Dossier
) -> None:
    line, told = Line(dossier), list[tuple[str, str]]()
    outward = IntakeLine(counter.drafts, line, clock=clock, refused=lambda *said: told.append(said))
    label = counter.register()
    line.refusals = [refused("NOT_FROM_BLOCK")]
    outward.work_if_due()
    outward.work_if_due()
    assert told == [(label, "NOT_FROM_BLOCK")]
    assert counter.drafts.counts().refused == {label: "NOT_FROM_BLOCK"}
    assert counter.drafts.read(label)["registration"]["applicant"]["name"] == NAME


def test_a_draft_that_has_to_wait_keeps_no_other_back(
    counter: Counter, clock: Any, dossier: Dossier
) -> None:
    counter.drafts.add_numbers([dossier(serial) for serial in range(4, 14)])
    labels = [counter.register() for _ in range(12)]
    line = Line(dossier)
    outward = IntakeLine(counter.drafts, line, clock=clock)
    line.refusals = [refused("SCAN_NOT_ARRIVED")] * 11
    assert outward.work_if_due(), "ten of twelve were tried"
    assert not outward.work_if_due()
    assert counter.drafts.waiting() == labels[:11]
    line.refusals = [NotTheServer(why="not JSON")]
    with pytest.raises(NotTheServer):
        outward.work_if_due()
    outward.work_if_due()
    assert counter.drafts.waiting() == labels[:1], "the others went on behind it"


def test_a_draft_that_nobody_can_read_is_set_aside_and_told_and_the_others_go_on(
    counter: Counter, clock: Any, dossier: Dossier
) -> None:
    bad, good = counter.register(), counter.register()
    counter.drafts._file.execute("UPDATE draft SET sealed = x'00' WHERE label = ?", (bad,))
    line, told = Line(dossier), list[tuple[str, str]]()
    outward = IntakeLine(counter.drafts, line, clock=clock, refused=lambda *said: told.append(said))
    outward.work_if_due()
    assert told == [(bad, "DRAFTS_UNUSABLE")]
    assert line.asked[-1][1]["registration"]["label"] == good
    assert counter.drafts.waiting() == []
    assert list(counter.drafts.counts().refused) == [bad]


@pytest.mark.parametrize(
    "code", ["NOT_ALLOWED", "BAD_SIGNATURE", "UNKNOWN_STATION", "KEY_OUTDATED", "REQUEST_OUTDATED"]
)
def test_a_draft_waits_while_the_server_does_not_know_who_sends_it(
    counter: Counter, clock: Any, dossier: Dossier, code: str
) -> None:
    line = Line(dossier)
    outward = IntakeLine(counter.drafts, line, clock=clock)
    label = counter.register()
    line.refusals = [refused(code)]
    outward.work_if_due()
    [listed] = counter.drafts.listed()
    assert (listed.label, listed.is_refused, listed.code) == (label, False, code)
    outward.work_if_due()
    assert counter.drafts.listed() == []


def test_each_start_tries_what_was_refused_once_more(
    counter: Counter, clock: Any, dossier: Dossier
) -> None:
    label = counter.register()
    counter.drafts.refuse(label, "NOT_FROM_BLOCK")
    line, told = Line(dossier), list[tuple[str, str]]()
    for _start in range(2):
        outward = IntakeLine(
            counter.drafts, line, clock=clock, refused=lambda *said: told.append(said)
        )
        line.refusals = [refused("ALREADY_EXISTS")]
        for _turn in range(3):
            outward.work_if_due()
    assert told == [(label, "ALREADY_EXISTS")] * 2
    assert len([path for path, _ in line.asked if path.endswith("intakes")]) == 2


def staff(counter: Counter, dossier: Dossier) -> tuple[str, str]:
    """The badges of a clerk of the office and of a stranger."""
    badge, stranger = dossier(77), dossier(78)
    people = [
        {"badge": badge, "operator": "lan", "party": "TTHC"},
        {"badge": stranger, "operator": "hoa", "party": "SXD"},
    ]
    counter.place.settings.directory_file.write_text(json.dumps({"offices": [], "people": people}))
    return badge, stranger


def command(counter: Counter, *words: str, badge: str) -> str:
    told = CliRunner().invoke(
        app, ["drafts", "--dir", str(counter.place.directory), "--badge", badge, *words]
    )
    return f"{told.exit_code} {told.output}"


def test_a_clerk_of_the_office_sees_what_lies_here_and_sends_it_again(
    counter: Counter, dossier: Dossier
) -> None:
    badge, stranger = staff(counter, dossier)
    bad, good = counter.register(), counter.register()
    counter.drafts.refuse(bad, "NOT_FROM_BLOCK")
    listed = command(counter, badge=badge)
    first, second = listed.splitlines()
    assert grouped(bad) in first
    assert first.endswith("2026-03-02T08:00:00+07:00  bị từ chối / refused (NOT_FROM_BLOCK)")
    assert grouped(good) in second
    assert second.endswith("chờ gửi / waiting")
    assert "Hoắc" not in listed
    assert NAME in command(counter, "--show", grouped(bad), badge=badge)
    for words in ((), ("--show", bad), ("--resend", bad)):
        answered = command(counter, *words, badge=stranger)
        assert answered.startswith("1 NOT_AN_OPERATOR")
        assert NAME not in answered
    assert counter.drafts.waiting() == [good]
    assert command(counter, "--resend", bad, badge=badge).startswith("0 ")
    assert counter.drafts.waiting() == [bad, good]
    assert "NO_SUCH_DRAFT" in command(counter, "--resend", dossier(9), badge=badge)
    assert "NO_SUCH_DRAFT" in command(counter, "--show", dossier(9), badge=badge)


def test_drafts_of_the_version_before_are_kept(counter: Counter) -> None:
    label = counter.register()
    for column in ("since_us", "put_off"):
        counter.drafts._file.execute(f"ALTER TABLE draft DROP COLUMN {column}")
    counter.anew()
    assert counter.drafts.waiting() == [label]
    assert counter.drafts.read(label)["operator"] == "lan"


def test_without_the_network_drafts_wait(counter: Counter, clock: Any, dossier: Dossier) -> None:
    line = Line(dossier)
    outward = IntakeLine(counter.drafts, line, clock=clock)
    label = counter.register()
    line.refusals = [Offline(why="ConnectError", retry_after_s=None)]
    with pytest.raises(Offline):
        outward.work_if_due()
    assert counter.drafts.waiting() == [label]


def test_a_draft_whose_scan_is_nowhere_is_erased_by_a_person_with_a_reason(
    counter: Counter, dossier: Dossier
) -> None:
    badge, stranger = staff(counter, dossier)
    scanned = counter.register()
    lost = counter.drafts.write({"operator": "lan", "registration": {}}, at_us=1)
    counter.drafts.scanned(lost)
    erase = ("--erase", grouped(lost), "--reason", "taken_in_again")
    assert "DRAFT_NOT_ERASABLE" in command(counter, *erase, badge=badge), "the server may have it"
    for label in (scanned, lost):
        counter.drafts.put_off(label, "SCAN_NOT_ARRIVED")
    for words, who in (
        (("--erase", scanned, "--reason", "mistake"), badge),  # its scan is still to be sent
        (("--erase", lost, "--reason", "why not"), badge),
        (("--erase", lost), badge),
        (erase, stranger),
    ):
        assert command(counter, *words, badge=who).startswith("1 ")
    assert counter.drafts.read(lost)
    done = command(counter, *erase, badge=badge)
    assert done.startswith("0 "), done
    assert "erased: taken in again under another label  (lan)" in done
    assert [one.label for one in counter.drafts.listed()] == [scanned]
    assert "NO_SUCH_DRAFT" in command(counter, *erase, badge=badge)


def test_status_tells_every_draft_and_its_state_and_what_keeps_it_from_reading_them(
    counter: Counter,
) -> None:
    waiting, refused = counter.register(), counter.register()
    counter.drafts.refuse(refused, "NOT_FROM_BLOCK")
    told = CliRunner().invoke(app, ["status", "--dir", str(counter.place.directory)]).stdout
    lines = {line.strip().partition("   ")[0]: line for line in told.splitlines()}
    assert lines[grouped(waiting)].rstrip().endswith("02/03/2026 08:00  chờ gửi / waiting")
    assert lines[grouped(refused)].rstrip().endswith("bị từ chối / refused (NOT_FROM_BLOCK)")
    assert NAME not in told
    (counter.place.directory / "drafts.key").unlink()
    broken = CliRunner().invoke(app, ["status", "--dir", str(counter.place.directory)])
    assert broken.exit_code == 0
    assert "không dùng được / unusable" in broken.stdout
