"""Who may speak to the desk page: its own browser, and nobody else's script."""

import threading
import webbrowser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from scanner_station.desk import opening
from scanner_station.settings import Purpose
from tests.browser.desk_room import LAN, POUCH, Room, dossier, wait_until

NAME = "0000-a-name-of-the-page"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path / "station")


@pytest.fixture
def page(room: Room) -> Iterator[httpx.Client]:
    """A browser that came by the link."""
    with room.run() as desk, client(desk.port) as browser:
        assert browser.get(desk.link).status_code == 200
        yield browser


def client(port: int, **headers: str) -> httpx.Client:
    own = f"http://127.0.0.1:{port}"
    return httpx.Client(
        base_url=own, headers={"Origin": own} | headers, follow_redirects=True, trust_env=False
    )


def scans(*codes: str, name: str = NAME, **more: Any) -> dict[str, Any]:
    return {"scans": [{"id": name, "codes": list(codes), **more}]}


def test_the_page_that_came_by_the_link_may_scan(room: Room, page: httpx.Client) -> None:
    answer = page.post("/scans", json=scans(LAN, POUCH))
    assert answer.json() == {"taken": True}
    assert [subject for _, subject in _after(room, page)] == [POUCH]


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Origin": "http://evil.example"}, "another site"),
        ({"Origin": "http://127.0.0.1:1"}, "another server of this machine"),
        ({"Origin": "null"}, "a frame without an origin"),
        ({"Sec-Fetch-Site": "same-site"}, "another port, told by the browser"),
        ({"Host": "evil.example"}, "a foreign name pointed at this machine"),
    ],
)
def test_no_other_page_posts_a_scan(page: httpx.Client, headers: dict[str, str], why: str) -> None:
    assert page.post("/scans", json=scans(LAN), headers=headers).status_code == 403, why


def test_a_post_without_an_origin_is_nobodys(page: httpx.Client) -> None:
    del page.headers["Origin"]
    assert page.post("/scans", json=scans(LAN)).status_code == 403


def test_a_foreign_name_reads_nothing_and_no_answer_allows_another_origin(
    page: httpx.Client,
) -> None:
    assert page.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert page.get("/events", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    answer = page.options("/scans", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    own = page.get("/")
    assert "default-src 'none'" in own.headers["Content-Security-Policy"]
    assert own.headers["Cache-Control"] == "no-store"


def test_a_browser_without_the_cookie_sees_and_says_nothing(room: Room) -> None:
    with room.run() as desk, client(desk.port) as stranger:
        assert stranger.get("/").status_code == 403
        assert stranger.post("/scans", json=scans(LAN)).status_code == 403
        assert stranger.get("/open/guessed").status_code == 403


def test_the_link_opens_one_browser_and_the_next_one_needs_another(room: Room) -> None:
    with room.run() as desk, client(desk.port) as first, client(desk.port) as second:
        link = desk.link
        assert first.get(link).status_code == 200
        assert second.get(link).status_code == 403
        assert second.get(desk.link).status_code == 200
        assert len(room.links) == 3, "each used link is followed by a new one"
        assert first.get("/").status_code == 200


def test_a_page_left_open_goes_on_after_the_station_was_started_again(room: Room) -> None:
    with room.run() as desk, client(desk.port) as browser:
        browser.get(desk.link)
        port, cookies = desk.port, dict(browser.cookies)
    with room.run(port=port), client(port) as browser:
        browser.cookies.update(cookies)
        assert browser.get("/").status_code == 200
    kept = (room.directory / "desk.json").read_text()
    assert not any(cookie in kept for cookie in cookies.values()), "only hashes are kept"


def test_what_is_posted_twice_under_one_name_is_scanned_once(
    room: Room, page: httpx.Client
) -> None:
    page.post("/scans", json=scans(LAN, POUCH))
    once = scans(dossier(1), name="1111-once-and-again")
    with ThreadPoolExecutor(4) as posting:
        answers = list(posting.map(lambda _: page.post("/scans", json=once), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert [subject for _, subject in _after(room, page)] == [POUCH, dossier(1)]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"scans": []},
        {"scans": [{"id": NAME}]},
        {"scans": [{"id": "x", "codes": [LAN]}]},
        {"scans": [{"id": NAME, "codes": [1]}]},
        {"scans": [{"id": NAME, "codes": ["9" * 5_000]}]},
        {"scans": [{"id": NAME, "codes": [LAN], "order": "sign on"}]},
        {"scans": [{"id": NAME, "codes": [LAN], "operator": "lan"}]},
        {"scans": [{"id": NAME, "codes": [LAN]}] * 65},
    ],
)
def test_what_our_page_does_not_send_is_refused(page: httpx.Client, told: Any) -> None:
    assert page.post("/scans", json=told).status_code == 400


def test_a_post_without_end_is_cut_off(page: httpx.Client) -> None:
    answer = page.post(
        "/scans", json=scans(*["1" * 4_000] * 8, name="2222-too-much") | {"x": "y" * 65_536}
    )
    assert answer.status_code == 400


def _after(room: Room, page: httpx.Client) -> list[tuple[str, str]]:
    """What is on disk once the station answers again; read beside it."""
    page.get("/")
    return room.journaled()


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_its_words_and_cards_in_both_languages(
    purpose: Purpose, tmp_path: Path
) -> None:
    with Room(tmp_path / purpose, purpose=purpose).run() as desk, client(desk.port) as browser:
        pages = [browser.get(desk.link).text, browser.get("/?lang=en").text]
    for page, word in zip(pages, ("Bàn quét", "Scanning desk"), strict=True):
        assert word in page
        assert 'data-key="F1"' in page


@pytest.mark.parametrize(
    ("environment", "platform", "screen"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "win32", True),
        ({"CI": "true"}, "win32", False),
        ({"CI": "true", "DISPLAY": ":0"}, "linux", False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(
    environment: dict[str, str], platform: str, *, screen: bool
) -> None:
    assert opening.has_screen(environment, platform) is screen


def test_the_station_opens_its_page_at_the_first_start(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    with room.run(opens=True) as desk, client(desk.port) as browser:
        wait_until(lambda: bool(opened))
        assert browser.get(opened[0]).status_code == 200, "it leads to the page"


@pytest.mark.parametrize("comes_back", [True, False])
def test_where_a_page_was_left_open_it_is_opened_only_if_that_does_not_come_back(
    monkeypatch: pytest.MonkeyPatch, *, comes_back: bool
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(opening, "_COMES_BACK_WITHIN_S", 0.3)
    opening.open_unless_watched(
        lambda: "link", known=True, is_watched=lambda: comes_back, end=threading.Event()
    )
    assert opened == ([] if comes_back else ["link"])
