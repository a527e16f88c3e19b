"""Intake at the desk page: no network, no mouse, nothing of it in the browser, then it goes up."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, expect

from domain.model.dossier import Dossier, dossier_id
from domain.model.labels import grouped
from domain.model.policy import Role
from domain.ports.stores import first
from scanner_station.drafts import Drafts
from scanner_station.enrolment import enrol_station
from tests.browser.conftest import ADMIN, Story, Watched
from tests.browser.desk_room import Room, dossier
from tests.browser.readable import objections
from tests.browser.test_desk_and_server import Ticking
from tests.browser.test_desk_page import Clerk

pytestmark = pytest.mark.browser
NAME = "Trịnh Thị Hoắc"


@pytest.fixture
def room(untouched: Story, tmp_path: Path) -> Room:
    """A counter's station that was given numbers and procedures while there was a network."""
    house = untouched.house
    clock = Ticking(untouched.clock.now_us() - time.monotonic_ns() // 1_000)
    invited = house.write(
        lambda: house.enrol_station.invite(
            station="Q8", office="TTHC", purpose="counter", actor=ADMIN
        )
    ).result(60)
    settings = enrol_station(tmp_path / "Q8", server_url=untouched.url, code=invited, clock=clock)
    made = Room.enrolled(settings, clock)
    kit = house.write(lambda: house.offline_intake.kit("Q8", count=5)).result(60)
    people = [
        {"badge": one.badge, "operator": one.code, "party": one.party}
        for one in house.reference.people().values()
        if Role.COUNTER in one.roles
    ]
    settings.directory_file.write_text(json.dumps({"offices": [], "people": people}))
    with closing(Drafts(settings)) as drafts:
        drafts.add_numbers(kit.labels)
        drafts.keep_procedures(
            [
                {"code": code, "title_vi": terms.title_vi, "title_en": terms.title_en,
                 "pieces": [{"kind": kind, "title": title} for kind, title in terms.pieces]}
                for code, terms in kit.procedures.items()
            ]
        )  # fmt: skip
    return made


@pytest.fixture
def clerk(browser: Browser, room: Room) -> Iterator[Clerk]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    watched = Watched(context.new_page())
    yield Clerk(watched, room)
    assert NAME not in watched.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert not [url for url in watched.requests if "Ho%" in url or "Hoắc" in url]
    context.close()


def fill_in(clerk: Clerk, wanted: str) -> None:
    """The form by keys alone: the procedure found without its tones, then the applicant."""
    keys = clerk.page.keyboard
    expect(clerk.page.locator("#intake-find")).to_be_focused()
    keys.type(wanted)
    expect(clerk.page.locator("#intake-procedure option")).to_have_count(1)
    keys.press("Enter")
    keys.type(NAME)
    keys.press("Enter")
    expect(clerk.page.locator("#intake-phone")).to_be_focused()
    keys.type("0912345678")
    for piece in clerk.page.locator("#intake-pieces input").all():
        piece.press("1")


def test_a_dossier_is_taken_in_without_network_or_mouse_and_goes_up_when_it_is_back(
    untouched: Story, room: Room, clerk: Clerk
) -> None:
    page, house = clerk.page, untouched.house
    badge = next(iter(json.loads(room.settings.directory_file.read_bytes())["people"]))["badge"]
    with closing(Drafts(room.settings)) as drafts:
        procedure = drafts.procedures()[0]
        sticker, other = drafts.print_ahead(2)
    with room.run() as desk:
        page.goto(desk.link)
        clerk.scan(badge, sticker)
        fill_in(clerk, procedure["code"])
        assert objections(page) == []
        # A scan in mid-form is a scan, and the field is left as it was.
        page.locator("#intake-name").focus()
        page.keyboard.type(dossier(900), delay=1)
        page.keyboard.press("Enter")
        clerk.sees("Đã số hóa")
        expect(page.locator("#intake-name")).to_have_value(NAME)
        page.keyboard.press("Control+Enter")
        clerk.sees("Tiếp nhận hồ sơ")
        expect(page.locator("#intake")).to_be_hidden()
        expect(page.locator("#intake-name")).to_have_value("")
        receipt = page.request.get(f"http://127.0.0.1:{desk.port}/print/receipt/{sticker}")
        with closing(pypdfium2.PdfDocument(receipt.body())) as document:
            printed = document[0].get_textpage().get_text_bounded()
        for words in (NAME, grouped(sticker), "không thay", "TẠM"):
            assert words in printed
        assert "0912345678" not in printed, "no more than the paper needs"
        page.keyboard.press("Insert")
        fill_in(clerk, procedure["code"])
        page.keyboard.press("Control+Enter")
        expect(page.locator("#intake")).to_be_hidden()
        page.keyboard.press("F8")
        clerk.sees("Hoàn tác")
        waits = page.locator("ul.drafts .label")
        expect(waits).to_have_text([grouped(sticker)])
        assert objections(page) == []
        clerk.scan(other)
        expect(page.locator("#sticker")).to_contain_text(grouped(other))
        expect(page.locator("#intake-find")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        expect(page.locator("#sticker")).not_to_contain_text(grouped(other))
        page.keyboard.press("Insert")
        expect(page.locator("#intake-find")).to_be_focused()
        page.keyboard.type(NAME)
        page.get_by_role("button", name="Khóa bàn").click()
        expect(page.locator("#intake")).to_be_hidden()
        expect(page.locator("#intake-find")).to_have_value("")
        for path in (f"print/receipt/{sticker}", f"drafts/{sticker}"):
            answer = page.request.get(f"http://127.0.0.1:{desk.port}/{path}")
            assert answer.status == 409, "nobody is at the desk"
            assert NAME not in answer.text()
    with room.run(port=desk.port, uplink=True):
        expect(page.locator("#drafts")).to_contain_text("Máy chủ đã nhận")
        assert first(house.log.load(Dossier, [dossier_id(sticker)])) is not None
        expect(waits).to_have_count(0)
    assert "Registered" in [fact for fact, _ in room.journaled()]
    assert not [f for f in room.directory.iterdir() if "Hoắc".encode() in f.read_bytes()]
