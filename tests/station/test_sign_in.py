"""Badge and PIN at a station, with the server and without."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.model.instants import DAY_US, MINUTE_US
from scanner_station.keys import make_key
from scanner_station.server import Server
from scanner_station.sign_in import LOCKED_US, MOST_FAILURES, REMEMBERED_US, SignIn

BADGE, OTHER = "3900012600000144", "3900012600000241"
NOW_US = 1_772_413_200_000_000


class Centre:
    """The server's side of a sign-in, or no server at all."""

    def __init__(self) -> None:
        self.pins = {BADGE: "270826"}
        self.reachable = True
        self.asked = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if not self.reachable:
            raise httpx.ConnectError("no route to host")
        self.asked += 1
        told = json.loads(request.content)
        headers = {"X-Giaonhan-Protocol": "1"}
        if self.pins.get(told["badge"]) == told["pin"]:
            return httpx.Response(200, json={"person": "lan"}, headers=headers)
        refused = {"error": {"code": "SIGN_IN_REFUSED", "vi": "", "en": ""}}
        return httpx.Response(401, json=refused, headers=headers)


class Desk:
    def __init__(self, where: Path, clock: Any, centre: Centre, key: str = "key") -> None:
        self._file, self._key = where / "pins.json", make_key(where / key)
        transport = httpx.MockTransport(centre.answer)
        self._server = Server("http://x", clock=clock, transport=transport)
        self.restart()

    def restart(self) -> None:
        self.sign_in = SignIn(self._file, server=self._server, key=self._key)

    def told(self, pin: str, *, badge: str = BADGE, after_us: int = 0, online: bool = True) -> str:
        said = self.sign_in.check(
            badge=badge, operator="lan", pin=pin, now_us=NOW_US + after_us, online=online
        )
        return "signed on" if said is None else said.code


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
def desk(tmp_path: Path, clock: Any, centre: Centre) -> Desk:
    return Desk(tmp_path, clock, centre)


def test_the_server_says_whether_a_pin_is_right(desk: Desk) -> None:
    assert [desk.told("000000"), desk.told("270826")] == ["PIN_WRONG", "signed on"]


def test_without_the_network_who_was_here_before_signs_on(desk: Desk, centre: Centre) -> None:
    desk.told("270826")
    centre.reachable = False
    desk.restart()
    assert [desk.told("000000"), desk.told("270826")] == ["PIN_WRONG", "signed on"]


def test_without_the_network_a_stranger_is_told_to_go_online(desk: Desk, centre: Centre) -> None:
    centre.reachable = False
    assert desk.told("270826") == "PIN_NEEDS_NETWORK"
    assert desk.told("270826", badge=OTHER, online=False) == "PIN_NEEDS_NETWORK"


def test_a_line_known_to_be_down_is_not_waited_for(desk: Desk, centre: Centre) -> None:
    desk.told("270826")
    assert desk.told("270826", online=False) == "signed on"
    assert centre.asked == 1


def test_five_wrong_pins_lock_the_badge_over_a_restart(desk: Desk, centre: Centre) -> None:
    desk.told("270826")
    centre.reachable = False
    assert {desk.told("000000") for _ in range(MOST_FAILURES)} == {"PIN_WRONG"}
    desk.restart()
    assert desk.told("270826") == "PIN_LOCKED"
    assert desk.told("270826", after_us=LOCKED_US) == "signed on"


def test_a_pin_changed_at_the_server_no_longer_counts_here(desk: Desk, centre: Centre) -> None:
    desk.told("270826")
    centre.pins[BADGE] = "314159"
    assert desk.told("270826", after_us=MINUTE_US) == "PIN_WRONG"
    centre.reachable = False
    assert desk.told("270826", after_us=2 * MINUTE_US) == "PIN_NEEDS_NETWORK"


def test_after_a_month_without_the_servers_word_it_is_asked_again(
    desk: Desk, centre: Centre
) -> None:
    desk.told("270826")
    centre.reachable = False
    assert desk.told("270826", after_us=REMEMBERED_US) == "signed on"
    assert desk.told("270826", after_us=REMEMBERED_US + DAY_US) == "PIN_NEEDS_NETWORK"


def test_what_is_remembered_is_of_no_use_without_the_stations_key(
    tmp_path: Path, clock: Any, desk: Desk, centre: Centre
) -> None:
    desk.told("270826")
    kept = (tmp_path / "pins.json").read_text()
    assert "270826" not in kept
    assert "argon2id" in kept
    centre.reachable = False
    assert Desk(tmp_path, clock, centre, key="another key").told("270826") == "PIN_WRONG"


def test_another_persons_answer_signs_nobody_on(desk: Desk) -> None:
    said = desk.sign_in.check(badge=BADGE, operator="minh", pin="270826", now_us=0, online=True)
    assert said is not None
    assert said.code == "PIN_WRONG"
