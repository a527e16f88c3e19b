"""A house is lost and restored from its backup; the stations send again what it lacks (L1)."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import chain, pairwise
from pathlib import Path

import pytest
import uvicorn
from typer.testing import CliRunner

from adapters.clock import SystemClock as HostClock
from adapters.postmaster import Postmaster
from adapters.whole_copy.rows import Told
from api import backup, escrow
from api.app import create_app
from api.backup import (
    MANIFEST,
    NotABackup,
    back_up,
    lay_out,
)
from api.cli import backup as backup_command
from api.cli.ports import listen
from api.composition import House, open_house
from api.data_dir import KEY_FILES, PlaceTaken
from api.databases import DATABASE, DATABASE_URL, KEYS, VAULT
from api.escrow import ESCROW, BackupDamaged, PassphraseShort, PassphraseWrong
from api.founding import ADMIN_ISSUER, create_house
from domain.model.instants import DAY_US, MINUTE_US, Micros
from domain.model.labels import Kind, Label, parse_label
from domain.model.number_block import LEFT_OUT
from domain.model.policy import Actor, Role
from domain.model.station import Station, station_id
from domain.ports.stores import StoreNotEmpty
from domain.ports.vault import ApplicantData
from domain.use_cases.maintain_reference import OfficeDefinition, PersonDefinition
from domain.use_cases.record_scans import DESK
from domain.use_cases.register_dossier import Registration
from domain.use_cases.reserve_labels import NumberSource
from scanner_station.clock import SystemClock
from scanner_station.enrolment import enrol_station, renew_station, rotate_key
from scanner_station.gestures import Act
from scanner_station.journal import open_journal
from scanner_station.keys import read_key
from scanner_station.settings import Settings, read_settings
from scanner_station.uplink import Uplink

PASSPHRASE = "một con đường dài"  # noqa: S105 - of a test
WAIT_S = 60.0
NOW_US = HostClock().now_us()
ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))


def quiet(_file: str, _done: int, _of: int) -> None:
    pass


def backed_up(data: Path, target: Path) -> None:
    with closing(open_house(data, writer=False)) as house:
        now_us = house.clock.now_us()
    back_up(data, target, passphrase=PASSPHRASE, now_us=now_us, told=quiet)


@contextmanager
def serving(data: Path, port: int = 0) -> Iterator[tuple[House, str]]:
    with closing(open_house(data)) as house, listen("127.0.0.1", port) as bound:
        running = uvicorn.Server(uvicorn.Config(create_app(house), log_config=None))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            yield house, f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(WAIT_S)


def registered(house: House, name: str) -> str:
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=ApplicantData(name=name))
    return house.write(lambda: house.register_dossier(given, actor=CLERK)).result(WAIT_S).label


class Desk:
    """One real station: journal on disk, uplink over HTTP."""

    def __init__(self, settings: Settings) -> None:
        clock = SystemClock()
        key = read_key(settings.key_file)
        self.journal = open_journal(settings, key, clock)
        self.uplink = Uplink(settings, self.journal, key, clock=clock)

    def close(self) -> None:
        self.uplink.close()
        self.journal.close()

    def scan(self, first: int, count: int) -> list[str]:
        """Scan so many and send until all are acknowledged."""
        labels = [str(Label(Kind.DOSSIER, 97_000, 26, first + n)) for n in range(count)]
        for label in labels:
            self.journal.append(Act("Received", label, {}, "cb01"))
        self.send()
        return labels

    def send(self) -> None:
        while self.uplink.send():
            pass
        assert self.journal.pending(1) == []


def pouch_labels(house: House) -> list[str]:
    return house.write(
        lambda: house.reserve_labels(Kind.POUCH, office="TTHC", count=3, actor=ADMIN)
    ).result(WAIT_S)


def invited(house: House, station: str) -> str:
    return house.write(
        lambda: house.enrol_station.invite(
            station=station, office="TTHC", purpose="counter", actor=ADMIN
        )
    ).result(WAIT_S)


@pytest.fixture
def clean_place(
    engine_name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Whatever is opened after a call stands on a new machine of that engine."""

    def moved_on() -> None:
        if engine_name == "postgres":
            new_database = request.getfixturevalue("postmaster").new_database
            monkeypatch.setenv(DATABASE_URL, new_database(f"drill{next(_drills)}"))

    return moved_on


_drills = iter(range(1_000))


def test_nothing_acknowledged_is_missing_after_backup_loss_and_restore(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine_name: str,
    clean_place: Callable[[], None],
) -> None:
    clean_place()
    monkeypatch.setattr("api.backup._PAGES_A_STEP", 4)  # many steps, with writes between them
    data, copy, elsewhere = tmp_path / "data", tmp_path / "copy", tmp_path / "elsewhere"
    create_house(data, with_sample=True)
    with serving(data) as (house, url):
        code = invited(house, "B1")
        settings = enrol_station(tmp_path / "desk", server_url=url, code=code, clock=SystemClock())
        registered(house, "Nguyễn Thị Hạnh")
        on_paper = pouch_labels(house)
        with closing(Desk(settings)) as desk:
            early = desk.scan(1, 30)
            copying = threading.Thread(target=backed_up, args=(data, copy))
            copying.start()
            meanwhile = desk.scan(500, 30)
            copying.join(WAIT_S)
            late = desk.scan(1_000, 40)
            on_paper += pouch_labels(house)
    for lost in sorted(data.rglob("*"), reverse=True):
        lost.unlink() if lost.is_file() else lost.rmdir()
    clean_place()

    epoch = lay_out(
        copy, elsewhere, passphrase=PASSPHRASE, now_us=NOW_US, told=quiet, leave_out=500
    ).epoch
    port = int(url.rsplit(":", 1)[1])
    with serving(elsewhere, port) as (house, again):
        assert again == url
        stated = house.log.last_digest("SERVER", 1)
        assert house.views.facts_around(late) == []
        with closing(Desk(settings)) as desk:
            desk.uplink.ask()  # as every station does at its start and each hour
            desk.send()
        scanned = [*early, *meanwhile, *late]
        there = [timed.fact.subject for timed in house.views.facts_around(scanned)]
        assert sorted(there) == sorted(scanned), "none missing, none twice"
        assert house.log.contiguous_seq("B1", settings.epoch) == 100
        opaque = house.vault.search("nguyen thi hanh")
        assert [house.vault.applicant(one).name for one in opaque] == ["Nguyễn Thị Hạnh"]
        assert not {*on_paper} & {*pouch_labels(house)}, "a number on paper is given out again"
        registered(house, "Trần Văn Tám")
        assert house.log.last_digest("SERVER", 1) == stated, "a lost act's key is given out again"
        assert house.log.contiguous_seq("SERVER", epoch) == 1
        code = invited(house, "B9")  # which may have been enrolled after the backup, and died
        anew = enrol_station(tmp_path / "B9", server_url=url, code=code, clock=SystemClock())
        assert anew.epoch == epoch
        with closing(Desk(anew)) as desk:
            assert len(desk.scan(2_000, 1)) == 1
    if engine_name == "sqlite":
        with sqlite3.connect(elsewhere / DATABASE) as file:
            assert file.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_a_restore_that_is_broken_off_gives_out_no_number_that_is_on_paper(
    tmp_path: Path, clean_place: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is killed, there is a whole house or none."""
    clean_place()
    copy, new = tmp_path / "copy", tmp_path / "new"
    create_house(tmp_path / "data", with_sample=True)
    with closing(open_house(tmp_path / "data")) as house:
        pouch_labels(house)
    backed_up(tmp_path / "data", copy)
    with closing(open_house(tmp_path / "data")) as house:
        on_paper = pouch_labels(house)
    clean_place()

    def restored(now_us: Micros) -> None:
        lay_out(copy, new, passphrase=PASSPHRASE, now_us=now_us, told=quiet)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda *_: 1 / 0)  # killed before it is in its place
        with pytest.raises(ZeroDivisionError):
            restored(NOW_US)
        assert not new.exists()
    restored(NOW_US + MINUTE_US)  # and killed before its read model is built
    with closing(open_house(new)) as house:
        assert not {*on_paper} & {*pouch_labels(house)}, "a number on paper is given out again"
        desk = house.log.load(Station, [station_id(DESK)])[station_id(DESK)]
        assert desk.epoch == NOW_US // MINUTE_US + 1, "a lost act's key is given out again"


def test_a_restore_in_the_new_year_leaves_out_the_first_numbers_of_that_year(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_house(kept.parent / "data")) as house:
        pouch_labels(house)
    backed_up(kept.parent / "data", tmp_path / "copy")
    later_us = NOW_US + 366 * DAY_US
    new = tmp_path / "new"
    lay_out(
        tmp_path / "copy", new, passphrase=PASSPHRASE, now_us=later_us, told=quiet, leave_out=70
    )
    monkeypatch.setattr(HostClock, "now_us", lambda _clock: later_us)
    with closing(open_house(new)) as house:
        assert parse_label(pouch_labels(house)[0]).serial == 71


def test_a_restore_in_the_new_year_leaves_out_what_was_given_since_the_backup_in_the_old(
    kept: Path, tmp_path: Path
) -> None:
    """A station may have registered by these numbers, and its drafts are taken."""
    lived = Path(shutil.copytree(kept.parent / "data", tmp_path / "data"))
    with closing(open_house(lived)) as house:
        since = [parse_label(label) for label in begun(house)]
    new = tmp_path / "new"
    later_us = NOW_US + 366 * DAY_US
    lay_out(kept, new, passphrase=PASSPHRASE, now_us=later_us, told=quiet, leave_out=200)
    with closing(open_house(new)) as house:
        numbers = NumberSource(house.log)
        lost = [label for label in since if numbers.holder_of(label) is None]
    assert since
    assert not lost


def test_a_restore_gives_out_no_number_of_a_series_that_was_begun_after_the_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its kind, its office or its badges' issuer is known to the backup or not."""
    data, places = tmp_path / "data", [tmp_path / "new", tmp_path / "newer"]
    with monkeypatch.context() as patch:
        patch.setattr(HostClock, "now_us", lambda _clock: NOW_US - 366 * DAY_US)
        create_house(data, with_sample=True)  # who has printed badges last year
        backed_up(data, copy := tmp_path / "copy")
    with closing(open_house(data)) as house:
        on_paper = {*begun(house)}
    for new in places:  # the second restore knows of the first
        lay_out(copy, new, passphrase=PASSPHRASE, now_us=NOW_US, told=quiet, leave_out=200)
        backed_up(new, copy := tmp_path / f"copy-of-{new.name}")
        with closing(open_house(new)) as house:
            numbers = NumberSource(house.log)
            known = {numbers.holder_of(parse_label(label)) for label in on_paper}
            assert known == {LEFT_OUT}, "whose they are is lost"
            given = begun(house)
            assert not on_paper & {*given}, "a number on paper is given out again"
            on_paper |= {*given}


def begun(house: House) -> list[str]:
    """Labels of every kind that is printed, of a new office and of a badge issuer."""

    def numbered() -> list[str]:
        office = OfficeDefinition(code="TTHC-VL", issuer=86_000, name_vi="Vĩnh Long", name_en="VL")
        person = PersonDefinition(
            code="vl01", party="TTHC-VL", roles=frozenset({Role.COUNTER}), issuer=ADMIN_ISSUER
        )
        place = house.reference.define_office(office, actor=ADMIN).label
        badge = house.reference.define_person(person, actor=ADMIN).badge
        printed = [
            house.reserve_labels(kind, office=code, count=3, actor=ADMIN)
            for kind in (Kind.DOSSIER, Kind.POUCH, Kind.PIECE, Kind.PLACE)
            for code in ("TTHC", "TTHC-VL")
        ]
        return [place, badge, *chain(*printed)]

    return house.write(numbered).result(WAIT_S)


def test_a_person_whose_dossier_the_log_does_not_have_is_not_in_a_restored_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_house(tmp_path / "data", with_sample=True)
    with closing(open_house(tmp_path / "data")) as house:
        registered(house, "Trần Thị Sớm")

        def copied(source: Path, target: Path, told: Told) -> None:
            if source.name == VAULT:  # the log is copied by now
                registered(house, "Lê Văn Muộn")
            copy_database(source, target, told)

        copy_database = backup._copy_database
        monkeypatch.setattr(backup, "_copy_database", copied)
        backed_up(tmp_path / "data", tmp_path / "copy")
        assert house.vault.search("Muộn")
    lay_out(tmp_path / "copy", tmp_path / "new", passphrase=PASSPHRASE, now_us=NOW_US, told=quiet)
    with closing(open_house(tmp_path / "new")) as house:
        assert house.vault.search("Sớm")
        assert not house.vault.search("Muộn")


def test_a_backup_of_either_engine_is_restored_into_the_other(
    tmp_path: Path, postmaster: Postmaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [tmp_path / name for name in ("files", "postgres", "files-again")]
    create_house(places[0], with_sample=True)
    with closing(open_house(places[0])) as house:
        label = registered(house, "Nguyễn Thị Hạnh")
    shown = []
    for before, after in pairwise(places):
        backed_up(before, copy := tmp_path / f"copy-of-{before.name}")
        if after.name == "postgres":
            monkeypatch.setenv(DATABASE_URL, postmaster.new_database("other_engine"))
        else:
            monkeypatch.delenv(DATABASE_URL)
        lay_out(copy, after, passphrase=PASSPHRASE, now_us=NOW_US, told=quiet, leave_out=0)
        with closing(open_house(after)) as house:
            [opaque] = house.vault.search("hanh")
            assert house.vault.applicant(opaque).name == "Nguyễn Thị Hạnh"
            assert house.views.dossier(label, now_us=house.clock.now_us()).row.holder == "TTHC"
            shown.append(
                [(each.id, each.event) for each in house.log.notifications(after=0, limit=9_999)]
            )
    assert shown[1][: len(shown[0])] == shown[0], "what comes after is told by the restore itself"


def test_a_postgresql_that_holds_something_is_not_written_over(
    kept: Path, tmp_path: Path, postmaster: Postmaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_URL, postmaster.new_database("taken"))
    create_house(tmp_path / "there")
    with pytest.raises(StoreNotEmpty):
        lay_out(kept, tmp_path / "new", passphrase=PASSPHRASE, now_us=NOW_US, told=quiet)
    assert not (tmp_path / "new").exists()
    open_house(tmp_path / "there").close()


def test_a_journal_that_began_after_the_backup_is_there_when_its_station_is_enrolled_anew(
    tmp_path: Path,
) -> None:
    """One station had a new key since, another was enrolled since."""
    data, copy, elsewhere = tmp_path / "data", tmp_path / "copy", tmp_path / "elsewhere"
    desks = tmp_path / "B1", tmp_path / "B2"
    create_house(data, with_sample=True)
    with serving(data) as (house, url):
        enrol_station(desks[0], server_url=url, code=invited(house, "B1"), clock=SystemClock())
        backed_up(data, copy)
        enrol_station(desks[1], server_url=url, code=invited(house, "B2"), clock=SystemClock())
        rotate_key(desks[0], clock=SystemClock())
        scanned = []
        for serial, desk in enumerate(desks):
            with closing(Desk(read_settings(desk))) as opened:
                scanned += opened.scan(1 + 100 * serial, 3)
    begun = lay_out(copy, elsewhere, passphrase=PASSPHRASE, now_us=NOW_US, told=quiet).epoch
    with serving(elsewhere, int(url.rsplit(":", 1)[1])) as (house, _):
        for serial, desk in enumerate(desks):
            code = invited(house, desk.name)
            renewed = renew_station(desk, code=code, clock=SystemClock())
            assert renewed.epoch == begun, "never an epoch that was used"
            assert sorted(renewed.past_keys) == [[1, 2], [1]][serial]
            with closing(Desk(renewed)) as opened:
                scanned += opened.scan(1_000 + 100 * serial, 1)
                assert opened.journal.counts().rejected == 0
            assert house.log.contiguous_seq(desk.name, (2, 1)[serial]) == 3
        there = [timed.fact.subject for timed in house.views.facts_around(scanned)]
        assert sorted(there) == sorted(scanned), "none missing, none twice"


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """A passphrase is slow to try on purpose; the commands, in processes of their own, stay so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(escrow._SCRYPT, "n", 2**10)
        yield


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a small house."""
    place = Path(tmp_path_factory.mktemp("kept"))
    create_house(place / "data", with_sample=True)
    backed_up(place / "data", place / "copy")
    return place / "copy"


def a_copy_of(kept: Path, target: Path) -> Path:
    target.mkdir()
    for file in kept.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


def test_a_wrong_passphrase_opens_nothing_and_leaves_nothing(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(PassphraseWrong):
        lay_out(kept, tmp_path / "data", passphrase=PASSPHRASE[::-1], now_us=NOW_US, told=quiet)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [DATABASE, "vault.db"])
def test_a_file_that_has_changed_by_one_bit_is_refused(
    kept: Path, tmp_path: Path, name: str
) -> None:
    copy = a_copy_of(kept, tmp_path / "copy")
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BackupDamaged, match=name):
        lay_out(copy, tmp_path / "data", passphrase=PASSPHRASE, now_us=NOW_US, told=quiet)
    assert not (tmp_path / "data").exists()


def test_a_manifest_made_to_fit_a_changed_file_does_not_open_the_keys(
    kept: Path, tmp_path: Path
) -> None:
    copy = a_copy_of(kept, tmp_path / "copy")
    told = json.loads((copy / MANIFEST).read_text())
    told["files"][DATABASE] = "0" * 64
    (copy / MANIFEST).write_text(json.dumps(told))
    with pytest.raises(PassphraseWrong):
        lay_out(copy, tmp_path / "data", passphrase=PASSPHRASE, now_us=NOW_US, told=quiet)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": 9}', b"\xff"])
def test_what_is_no_backup_is_said_to_be_none(kept: Path, tmp_path: Path, content: bytes) -> None:
    copy = a_copy_of(kept, tmp_path / "copy")
    (copy / MANIFEST).write_bytes(content)
    with pytest.raises(NotABackup):
        lay_out(copy, tmp_path / "data", passphrase=PASSPHRASE, now_us=NOW_US, told=quiet)
    with pytest.raises(NotABackup):
        lay_out(tmp_path, tmp_path / "data", passphrase=PASSPHRASE, now_us=NOW_US, told=quiet)


def test_no_backup_and_no_house_is_ever_written_over(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(PlaceTaken):
        lay_out(kept, tmp_path / "full", passphrase=PASSPHRASE, now_us=NOW_US, told=quiet)
    with pytest.raises(PlaceTaken):
        backed_up(kept.parent / "data", tmp_path / "full")
    with pytest.raises(PassphraseShort):
        back_up(kept.parent / "data", tmp_path / "new", passphrase="ngắn", now_us=0, told=quiet)  # noqa: S106 - refused
    assert not (tmp_path / "new").exists()


def test_a_backup_holds_no_key_in_clear_and_is_its_owners_only(kept: Path) -> None:
    keys = [(kept.parent / "data" / KEYS / name).read_bytes() for name in KEY_FILES]
    for file in kept.iterdir():
        assert file.stat().st_mode & 0o077 == 0 or sys.platform == "win32"
        assert not any(key in file.read_bytes() for key in keys)
    assert (kept / ESCROW).is_file()


def test_the_commands_back_up_and_restore(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(PASSPHRASE + "\n", encoding="utf-8")

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "api.cli", *words]
        command += ["--passphrase-file", str(tmp_path / "secret")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    data = str(kept.parent / "data")
    assert "Backed up to" in run("backup", str(tmp_path / "copy"), "--data", data)
    assert "Restored" in run("restore", str(tmp_path / "copy"), "--data", str(tmp_path / "new"))
    with closing(open_house(tmp_path / "new", writer=False)) as house:
        assert "TTHC" in house.reference.offices()
    keys = {name: (Path(data, KEYS, name), tmp_path / "new" / KEYS / name) for name in KEY_FILES}
    changed = {name for name, (old, new) in keys.items() if old.read_bytes() != new.read_bytes()}
    assert changed == {"session.key"}, "whoever signed out since would be signed in again"


def test_a_backup_without_a_passphrase_says_what_to_do(kept: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(
        backup_command.app, [str(tmp_path / "copy"), "--data", str(kept.parent / "data")], input=""
    )
    assert told.exit_code == 2
    assert told.output.startswith("PASSPHRASE_MISSING")
    assert "--passphrase-file" in told.output
    assert not (tmp_path / "copy").exists()
