"""The desk page beside a real server: sign-in, verdicts, a pouch with a dossier missing, photos."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from adapters.paper.labels import LabelText, sheets_pdf
from api.composition import House
from domain.model.instants import parse_instant
from domain.model.labels import grouped
from domain.model.policy import Role
from domain.use_cases.maintain_reference import PersonDefinition
from scanner_station.desk.running import DeskPage
from scanner_station.enrolment import enrol_station
from tests.browser.conftest import (
    ADMIN,
    POUCH,
    Scanner,
    Story,
    Watched,
    WoundClock,
    register,
    served,
)
from tests.browser.desk_room import Room
from tests.browser.test_desk_page import Clerk

pytestmark = pytest.mark.browser
OFFICE, PIN = "STC", "270826"
PACKED = 4


class Ticking(WoundClock):
    """The story's clock, for server and station alike: it goes on by itself."""

    boot_id = "story"

    def now_us(self) -> int:
        return self.instant_us + time.monotonic_ns() // 1_000

    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000


@dataclass
class Desk:
    """A department's desk: its page, its clerk, and the server behind it."""

    story: Story
    room: Room
    page: DeskPage
    clerk: Clerk
    badge: str

    @property
    def browser(self) -> Page:
        return self.clerk.page

    def sign_on(self, pin: str = PIN) -> None:
        self.clerk.scan(self.badge)
        self.type_pin(pin)

    def type_pin(self, pin: str) -> None:
        expect(self.browser.locator("#pin")).to_be_focused()
        self.browser.keyboard.type(pin)
        with self.browser.expect_response("**/pin"):
            self.browser.keyboard.press("Enter")


def sealed_pouch(house: House, clock: WoundClock) -> list[str]:
    """Four dossiers in a sealed pouch, released to the department; one more at the counter."""
    dossiers = [register(house, number) for number in range(PACKED + 1)]
    counter = Scanner(house, clock, "Q1", "TTHC", "cb01").enrol()
    counter.scan("08:20", "Packed", *dossiers[:PACKED], pouch=POUCH)
    counter.scan("08:30", "Sealed", POUCH, seal="4711", to=OFFICE)
    counter.scan("08:35", "Released", POUCH, counterpart=OFFICE)
    clock.instant_us = parse_instant("2026-03-02T08:40:00+07:00") - time.monotonic_ns() // 1_000
    return dossiers


def printed(desk: Desk, path: str) -> str:
    """The text of what the page prints, fetched as its links do."""
    answer = desk.browser.request.get(f"http://127.0.0.1:{desk.page.port}/print/{path}")
    assert answer.headers["content-type"] == "application/pdf"
    with closing(pypdfium2.PdfDocument(answer.body())) as document:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    begun_us = parse_instant("2026-03-02T07:40:00+07:00") - time.monotonic_ns() // 1_000
    with served(tmp_path_factory.mktemp("house") / "data", Ticking(begun_us), sealed_pouch) as told:
        yield told


@pytest.fixture
def desk(story: Story, browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    house, clock = story.house, story.clock
    assert isinstance(clock, Ticking)
    people = house.reference.people()
    person = next(one for one in people.values() if one.party == OFFICE)
    house.write(
        lambda: house.reference.define_person(
            PersonDefinition(
                code=person.code,
                badge=person.badge,
                party=OFFICE,
                roles=frozenset({Role.DEPARTMENT}),
                pin=PIN,
                issuer=90_001,
            ),
            actor=ADMIN,
        )
    ).result(60)
    invited = house.write(
        lambda: house.enrol_station.invite(
            station="VT9", office=OFFICE, purpose="department", actor=ADMIN
        )
    ).result(60)
    settings = enrol_station(tmp_path / "VT9", server_url=story.url, code=invited, clock=clock)
    room = Room.enrolled(settings, clock)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    with room.run(by_pin=True, uplink=True) as page:
        watched = Watched(context.new_page())
        watched.page.goto(page.link)
        yield Desk(story, room, page, Clerk(watched, room), person.badge)
        context.close()
    assert watched.errors == []


def test_a_receipt_with_one_dossier_missing_and_one_that_is_surplus_by_keys_alone(
    desk: Desk,
) -> None:
    clerk, dossiers = desk.clerk, desk.story.dossiers
    desk.sign_on()
    clerk.sees("Người quét")
    clerk.scan(POUCH)
    expect(desk.browser.locator("#health")).to_contain_text("đã nối")
    desk.browser.keyboard.press("F2")
    clerk.scan("S4711", *dossiers[: PACKED - 1])
    clerk.sees(f"Đúng bảng kê: {PACKED - 1}/{PACKED}")
    expect(desk.browser.locator("#count .n")).to_contain_text(f"{PACKED - 1}/")
    missing = desk.browser.locator("ul.missing .label")
    expect(missing).to_have_text([grouped(dossiers[PACKED - 1])])
    clerk.scan(dossiers[PACKED])
    clerk.sees("không có trong bảng kê")
    expect(desk.browser.locator("ul.surplus .label")).to_have_text([grouped(dossiers[PACKED])])
    expect(desk.browser.locator("body")).to_have_attribute("data-tone", "bad")
    desk.browser.keyboard.press("F4")
    clerk.sees("thiếu 1 hồ sơ")
    expect(desk.browser.locator("#count")).to_contain_text("THIẾU 1")
    with desk.browser.expect_popup():
        desk.browser.keyboard.press("F6")
    differences = printed(desk, f"differences/{POUCH}")
    assert "Thiếu: 1" in differences
    assert grouped(dossiers[PACKED - 1]) in differences
    assert grouped(dossiers[PACKED]) in printed(desk, f"reroute/{dossiers[PACKED]}")
    assert grouped(POUCH) in printed(desk, f"label/{POUCH}")
    expect(desk.browser.locator("#log .state").first).to_contain_text("đã gửi")


def test_a_wrong_pin_is_said_and_the_right_one_signs_on_until_the_desk_is_locked(
    desk: Desk,
) -> None:
    desk.sign_on("000000")
    desk.clerk.sees("Mã PIN không đúng")
    expect(desk.browser.locator("#pin")).to_be_focused()
    desk.type_pin(PIN)
    desk.clerk.sees("Người quét")
    desk.browser.get_by_role("button", name="Khóa bàn").click()
    desk.clerk.sees("Đã khóa bàn quét")
    desk.clerk.scan(desk.story.dossiers[0])
    desk.clerk.sees("Quét thẻ cán bộ trước")
    assert desk.room.journaled() == []


def test_a_photo_of_many_labels_is_one_receipt(desk: Desk, tmp_path: Path) -> None:
    desk.sign_on()
    sheet = sheets_pdf([LabelText(label, "", "Hồ sơ", "TTHC") for label in desk.story.dossiers])
    picture = tmp_path / "sheet.png"
    document = pypdfium2.PdfDocument(sheet)
    document[0].render(scale=200 / 72).to_pil().save(picture)
    document.close()
    desk.browser.locator("#photo").set_input_files(picture)
    expect(desk.browser.locator("#picture-said")).to_have_text(f"Số nhãn đọc được: {PACKED + 1}")
    assert sorted({subject for _, subject in desk.room.journaled()}) == sorted(desk.story.dossiers)
    assert desk.browser.locator("#picture polygon").count() >= PACKED + 1
    (tmp_path / "broken.png").write_bytes(b"no picture at all")
    desk.browser.locator("#photo").set_input_files(tmp_path / "broken.png")
    desk.clerk.sees("Không phải ảnh")
