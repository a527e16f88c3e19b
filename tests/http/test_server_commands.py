"""`init`, `serve`, `trace`, `rebuild` and `doctor` as a person types them."""

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from api.cli import COMMANDS
from api.cli.ports import PortInUse, listen, next_free
from api.composition import open_house
from api.founding import create_house
from domain.model.policy import Actor, Role
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import Registration

START_S = 60.0
CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))


def run(word: str, *words: str) -> Result:
    """In this process; the imports of one of its own would cost more than all that is tried."""
    module, _ = COMMANDS[word]
    return CliRunner().invoke(import_module(f"api.cli.{module}").app, words)


def run_apart(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


@pytest.fixture(scope="module")
def label_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory with one dossier, bound to an official code."""
    data = Path(tmp_path_factory.mktemp("commands")) / "data"
    create_house(data, with_sample=True)
    registration = Registration(
        procedure="VD-HKD",
        office="TTHC",
        applicant=ApplicantData(name="Nguyễn Thị Hạnh"),
        official_code="H10.14-260302-0001",
    )
    with closing(open_house(data)) as house:
        registered = house.write(lambda: house.register_dossier(registration, actor=CLERK)).result(
            10
        )
    return data, registered.label


@pytest.fixture
def running(label_in: tuple[Path, str]) -> Iterator[subprocess.Popen[str]]:
    words = ["serve", "--data", str(label_in[0]), "--port", "0", "--sign-in-link", "lanhdao"]
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=START_S)


def test_init_prints_the_first_sign_in_and_refuses_a_directory_that_exists(tmp_path: Path) -> None:
    data = tmp_path / "new"
    made = run_apart("init", "--data", str(data))
    assert made.returncode == 0, made.stderr
    assert re.search(r"/sign-in/quantri\.\S+", made.stdout)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (data / "keys").iterdir())
    before = sorted((path.name, path.read_bytes()) for path in (data / "keys").iterdir())
    again = run_apart("init", "--data", str(data))
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("PLACE_TAKEN: Thư mục")
    assert before == sorted((path.name, path.read_bytes()) for path in (data / "keys").iterdir())


def test_serve_tells_its_link_keeps_others_out_and_stops_cleanly(
    running: subprocess.Popen[str], label_in: tuple[Path, str]
) -> None:
    assert running.stdout is not None
    link = re.search(r"http://127\.0\.0\.1:(\d+)/", running.stdout.readline())
    assert link
    sign_in = re.search(r"http://\S+/sign-in/(\S+)", running.stdout.readline())
    assert sign_in
    with httpx.Client(base_url=link.group(0), timeout=START_S) as client:
        assert client.get("/healthz").json()["status"] == "ok"
        entered = client.post("/sign-in", data={"code": sign_in.group(1)})
        assert entered.headers["location"] == "/board"
        assert label_in[1] in client.get("/board").text
    second = run_apart("serve", "--data", str(label_in[0]), "--port", "0")
    assert (second.returncode, second.stderr[:16]) == (2, "DIRECTORY_LOCKED")
    busy = run_apart("serve", "--data", str(label_in[0]), "--port", link.group(1))
    assert busy.returncode == 2
    assert f"--port {next_free('127.0.0.1', int(link.group(1)))}" in busy.stderr
    beside = run_apart("trace", label_in[1], "--json", "--data", str(label_in[0]))
    assert json.loads(beside.stdout)["label"] == label_in[1]
    running.send_signal(signal.SIGTERM)
    _, logged = running.communicate(timeout=START_S)
    assert running.returncode == 0
    assert "/sign-in" in [json.loads(line).get("route") for line in logged.splitlines()]
    assert [each for each in (sign_in.group(1), label_in[1], "lanhdao") if each in logged] == []


def test_trace_finds_a_dossier_by_label_and_by_its_official_code(
    label_in: tuple[Path, str],
) -> None:
    data, label = label_in
    by_label = run("trace", label, "--data", str(data))
    assert by_label.exit_code == 0, by_label.stderr
    assert "đã kiểm" in by_label.stdout
    assert "TTHC" in by_label.stdout
    by_code = run("trace", "H10.14-260302-0001", "--json", "--data", str(data))
    assert json.loads(by_code.stdout)["dossiers"][label]["status"] == "open"
    earlier = "2020-01-01T00:00:00+07:00"
    before = run("trace", label, "--as-of", earlier, "--json", "--data", str(data))
    assert json.loads(before.stdout)["dossiers"] == {}
    unknown = run("trace", "NO-SUCH", "--data", str(data))
    assert (unknown.exit_code, unknown.stderr[:9]) == (2, "NOT_FOUND")
    misread = label[:-1] + str((int(label[-1]) + 1) % 10)
    slip = run("trace", misread, "--data", str(data))
    assert (slip.exit_code, slip.stderr[:9]) == (2, "BAD_LABEL")


def test_rebuild_says_what_it_built_and_the_board_is_the_same(label_in: tuple[Path, str]) -> None:
    data, label = label_in
    built = run("rebuild", "--data", str(data))
    assert built.exit_code == 0, built.stderr
    assert "1 labels" in built.stdout
    assert label in run("trace", label, "--json", "--data", str(data)).stdout


def test_sheets_that_somebody_changed_are_told_by_name_and_put_right(
    label_in: tuple[Path, str],
) -> None:
    data, _ = label_in
    words = ("verify", "read-model", "--data", str(data))
    whole = run(*words)
    assert whole.exit_code == 0, whole.stderr
    with closing(sqlite3.connect(data / "giaonhan.db", isolation_level=None)) as stranger:
        stranger.execute("UPDATE board SET holder = 'SXD'")
    wrong = run(*words)
    assert (wrong.exit_code, "NOT equal: board" in wrong.stdout) == (1, True)
    repaired = run(*words, "--repair")
    assert (repaired.exit_code, "repaired: board" in repaired.stdout) == (0, True)
    assert run(*words).stdout == whole.stdout


def test_a_directory_that_is_no_house_is_refused_by_every_command(tmp_path: Path) -> None:
    for words in (["trace", "1"], ["rebuild"]):
        refused = run(*words, "--data", str(tmp_path))
        assert (refused.exit_code, refused.stderr[:11]) == (2, "NOT_A_HOUSE"), words
    served = run_apart("serve", "--port", "0", "--data", str(tmp_path))
    assert (served.returncode, served.stderr[:11]) == (2, "NOT_A_HOUSE")


def test_doctor_finds_keys_that_others_can_read(label_in: tuple[Path, str]) -> None:
    data, _ = label_in
    healthy = run("doctor", "--data", str(data))
    assert healthy.exit_code == 0, healthy.stdout
    assert "SQLite" in healthy.stdout
    assert "fsync" in healthy.stdout
    key = data / "keys" / "session.key"
    key.chmod(0o644)
    try:
        exposed = run("doctor", "--data", str(data))
    finally:
        key.chmod(0o600)
    assert exposed.exit_code == 1
    assert "session.key" in exposed.stdout


def test_doctor_says_what_keeps_a_directory_from_opening(tmp_path: Path) -> None:
    data = tmp_path / "data"
    create_house(data)
    (data / "keys" / "vault.key").unlink()
    missing = run("doctor", "--data", str(data))
    assert missing.exit_code == 1
    assert "vault.key" in missing.stdout
    shutil.rmtree(data)
    create_house(data)
    (data / "vault.db").unlink()
    (data / "giaonhan.db").write_bytes(b"not a database at all" * 100)
    garbage = run("doctor", "--data", str(data))
    assert garbage.exit_code == 1
    for name in ("giaonhan.db cannot be read", "vault.db cannot be read"):
        assert name in garbage.stdout
    refused = run("trace", "1", "--data", str(data))
    assert (refused.exit_code, refused.stderr[:12]) == (2, "STORE_FAILED")


def test_a_port_in_use_is_refused_with_the_next_free_one() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse) as refused:
            listen("127.0.0.1", port)
        free = int(str(refused.value.values["free"]))
        assert free > port
        with listen("127.0.0.1", free):
            pass


@pytest.mark.parametrize("word", ["init", "serve", "trace", "rebuild", "doctor"])
def test_every_command_teaches_its_use(word: str) -> None:
    said = run(word, "--help")
    assert said.exit_code == 0
    assert "--data" in said.stdout
