"""`person` as an administrator types it on a data directory, and what a sign-in makes of it."""

from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import person
from api.composition import open_house
from api.founding import create_house
from domain.model.person import SignInRefused

NAME = "Lê Thị Hồng Gấm"
PIN = "270826"
LAN = ("add", "nv-lan", "--office", "TTHC", "--role", "counter", "--name", NAME)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("people") / "data"
    create_house(directory, with_sample=True)
    assert "label print 3" in run(directory, *LAN)
    return directory


def run(data: Path, *words: str, typed: str = "", exit_code: int = 0) -> str:
    """What was said, errors included, white space evened out."""
    environment = {"GIAONHAN_DATA": str(data), "COLUMNS": "300"}
    result = CliRunner().invoke(person.app, list(words), input=typed, env=environment)
    assert result.exit_code == exit_code, result.output + repr(result.exception)
    return " ".join(result.output.split())


def sign_in(data: Path, pin: str) -> frozenset[str]:
    """The roles that nv-lan gets by badge and PIN."""
    with closing(open_house(data)) as house:
        badge = house.reference.people()["nv-lan"].badge
        tried = house.try_pin(badge=badge, pin=pin).result(60)
        return house.write(lambda: house.sign_in.by_pin(tried)).result(60).roles


def test_who_was_added_signs_in_once_a_pin_was_set(data: Path) -> None:
    assert "nv-lan" in run(data, "list")
    with pytest.raises(SignInRefused):
        sign_in(data, PIN)
    for first_then_another in ("975319", PIN):
        said = run(data, "pin", "nv-lan", typed=f"{first_then_another}\n")
        assert first_then_another not in said
    assert sign_in(data, PIN) == {"counter"}
    with pytest.raises(SignInRefused):
        sign_in(data, "975319")


def test_the_name_is_in_the_vault_and_in_no_event(data: Path) -> None:
    with closing(open_house(data, writer=False)) as house:
        lan = house.reference.people()["nv-lan"]
        assert lan.named is not None
        assert house.vault.text(lan.named) == NAME
    assert NAME not in run(data, "list")
    for file in data.rglob("*"):
        assert not file.is_file() or NAME.encode() not in file.read_bytes()


@pytest.mark.parametrize("easy", ["", "12345", "1234567", "27082a", "000000", "345678", "210987"])
def test_a_pin_that_is_no_six_digits_or_easily_guessed_is_refused(data: Path, easy: str) -> None:
    assert "BAD_PIN" in run(data, "pin", "nv-lan", typed=f"{easy}\n", exit_code=2)


def test_what_cannot_be_added_is_refused(data: Path) -> None:
    assert "ALREADY_EXISTS" in run(data, *LAN, exit_code=2)
    role = ("--role", "courier")
    assert "NOT_FOUND" in run(data, "add", "nv-x", "--office", "KHONG", *role, exit_code=2)
    assert "BAD_CODE" in run(data, "add", "nv-x", "--office", "courier:X", *role, exit_code=2)
    device = ("--role", "station")
    assert "BAD_CODE" in run(data, "add", "nv-x", "--office", "TTHC", *device, exit_code=2)
    carried = ("--office", "courier:X", *role, "--issuer", "27001")
    assert "label print 3270" in run(data, "add", "gn-x", *carried)
    assert "NOT_FOUND" in run(data, "pin", "nv-x", typed=PIN, exit_code=2)


def test_whoever_is_dismissed_signs_in_no_more_and_gets_no_new_pin(data: Path) -> None:
    run(data, "add", "nv-roi", "--office", "TTHC", "--role", "counter")
    run(data, "pin", "nv-roi", typed=PIN)
    run(data, "dismiss", "nv-roi")
    with closing(open_house(data)) as house, pytest.raises(SignInRefused):
        house.try_pin(badge=house.reference.people()["nv-roi"].badge, pin=PIN).result(60)
    assert "thôi việc" in run(data, "list")
    for words in (("pin", "nv-roi"), ("dismiss", "nv-roi")):
        assert "PERSON_DISMISSED" in run(data, *words, typed=PIN, exit_code=2)


def test_a_list_of_people_fits_a_screen_of_eighty_letters_with_each_badge_whole(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with closing(open_house(data, writer=False)) as house:
        badges = {one.badge for one in house.reference.people().values()}
    listed = CliRunner().invoke(person.app, ["list", "--data", str(data)]).output
    assert max(map(len, listed.splitlines())) <= 80
    assert [badge for badge in badges if badge not in listed] == []
