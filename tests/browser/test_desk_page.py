"""The desk page in a real browser: keys in, verdicts out, nothing lost, no mouse."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Self

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from domain.model.commands import command
from domain.model.labels import Kind, Label, grouped
from domain.model.manifest import HERE, Thing
from scanner_station.cache import Cache, Index
from scanner_station.desk.running import DeskPage
from scanner_station.settings import Purpose
from tests.browser.conftest import Watched
from tests.browser.desk_room import LAN, POUCH, Room, dossier, wait_until
from tests.browser.readable import objections

pytestmark = pytest.mark.browser

# A scanner's keys, `gap` milliseconds apart: by their place on the keyboard, as a scanner has none
# of the signs an input method would put there.
SCANNER = """
async ({ text, gap, end, more }) => {
  const press = (code, key) => (document.activeElement ?? document.body).dispatchEvent(
    new KeyboardEvent("keydown", { code, key, bubbles: true, cancelable: true, ...more }));
  const place = (sign) => /[0-9]/.test(sign) ? `Digit${sign}` : sign === "]" ? "BracketRight"
    : /[A-Z]/.test(sign) ? `Key${sign}` : "";
  for (const sign of text) {
    press(place(sign), more.key ?? sign);
    await new Promise((done) => setTimeout(done, gap));
  }
  if (end) press(end, end);
}
"""
FASTEST_MS = 4


class Clerk:
    """Somebody at the page: scans, keys, and what the page shows."""

    def __init__(self, watched: Watched, room: Room) -> None:
        self.watched, self.page, self.room = watched, watched.page, room
        self.lost = watched.page.locator("#lost")

    @classmethod
    def receiving(cls, context: BrowserContext, desk: DeskPage, room: Room) -> Self:
        """Come by the link, with the first dossier of a pouch on disk."""
        clerk = cls(Watched(context.new_page()), room)
        clerk.page.goto(desk.link)
        clerk.scan(LAN, POUCH, dossier(1))
        clerk.scanned(dossier(1))
        return clerk

    def scan(
        self, *codes: str, gap: float = FASTEST_MS, end: str = "Enter", **more: object
    ) -> None:
        for text in codes:
            told = {"text": text, "gap": gap, "end": end, "more": more}
            self.page.evaluate(SCANNER, told)

    def sees(self, text: str) -> None:
        expect(self.page.locator("#now")).to_contain_text(text)

    def scanned(self, *labels: str) -> None:
        """Just these are on disk after the badge and the pouch, in this order."""
        wait_until(lambda: len(self.subjects()) >= len(labels))
        assert self.subjects() == list(labels)

    def subjects(self) -> list[str]:
        return [subject for _, subject in self.room.journaled() if subject != POUCH]


@pytest.fixture
def clerk(browser: Browser, tmp_path: Path) -> Iterator[Clerk]:
    """Signed on, with a pouch being received."""
    room = Room(tmp_path / "station")
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    with room.run() as desk:
        watched = Watched(context.new_page())
        watched.page.goto(desk.link)
        signed_on = Clerk(watched, room)
        signed_on.scan(LAN, POUCH)
        expect(watched.page.locator("#count")).to_contain_text("Túi đang kiểm nhận")
        yield signed_on
        context.close()
    assert watched.errors == []
    assert all(url.startswith(desk.link.partition("/open")[0]) for url in watched.requests)


def test_fifty_codes_at_four_milliseconds_a_key_are_fifty_scans(clerk: Clerk) -> None:
    codes = [dossier(serial) for serial in range(50)]
    clerk.scan(*codes)
    clerk.scanned(*codes)
    expect(clerk.page.locator("#count .n b")).to_have_text("50")


@pytest.mark.parametrize("where", ["button", "#others summary", "#typed", "a"])
def test_whatever_has_the_focus_a_scan_is_a_scan(clerk: Clerk, where: str) -> None:
    clerk.page.locator(where).first.focus()
    clerk.scan(dossier(1))
    clerk.scanned(dossier(1))


def test_suffix_prefix_run_on_and_no_suffix_at_all(clerk: Clerk) -> None:
    clerk.scan(dossier(1), end="Tab")
    clerk.scan("]C1" + dossier(2), end="NumpadEnter")
    clerk.scan(dossier(3) + dossier(4) + dossier(5))
    clerk.scan(dossier(6), end="")
    clerk.scanned(*map(dossier, range(1, 7)))


def test_a_slow_wireless_scanner_is_read_like_a_fast_one(clerk: Clerk) -> None:
    clerk.scan(dossier(1), gap=110)
    clerk.scanned(dossier(1))


def test_a_half_typed_number_does_not_spoil_the_scan_that_follows(clerk: Clerk) -> None:
    clerk.page.keyboard.type("1900", delay=60)
    expect(clerk.page.locator("#typed")).to_have_value("1900")
    clerk.page.wait_for_timeout(500)
    clerk.scan(dossier(1))
    clerk.scanned(dossier(1))
    expect(clerk.page.locator("#typed")).to_have_value("")


def test_a_person_types_a_number_and_is_told_whether_it_checks(clerk: Clerk) -> None:
    clerk.page.keyboard.type(dossier(1)[:-1] + "0", delay=1)
    expect(clerk.page.locator("#hint")).to_contain_text("Số kiểm tra sai")
    clerk.page.keyboard.press("Backspace")
    clerk.page.keyboard.type(dossier(1)[-1])
    expect(clerk.page.locator("#hint")).to_contain_text("Số kiểm tra đúng")
    clerk.page.keyboard.press("Enter")
    clerk.scanned(dossier(1))


def test_digits_survive_a_vietnamese_input_method_by_their_place(clerk: Clerk) -> None:
    clerk.scan("]C1" + dossier(1), key="Process", isComposing=True)
    expect(clerk.page.locator("#advice")).to_contain_text("Tắt bộ gõ tiếng Việt")
    clerk.page.locator("#typed").focus()
    composed(clerk.page, dossier(2))
    clerk.scan(dossier(3), key="ậ")  # VNI: the place of a digit, the sign of another letter
    clerk.scanned(*map(dossier, (1, 2, 3)))


def composed(page: Page, digits: str) -> None:
    """A scanner types while an input method is on and holds what is typed in the field."""
    browser = page.context.new_cdp_session(page)
    pressed = {"type": "rawKeyDown", "key": "Process", "windowsVirtualKeyCode": 229}
    for count, digit in enumerate(digits, start=1):
        browser.send("Input.dispatchKeyEvent", pressed | {"code": f"Digit{digit}"})
        held = {"text": digits[:count], "selectionStart": count, "selectionEnd": count}
        browser.send("Input.imeSetComposition", held)
    browser.send("Input.dispatchKeyEvent", pressed | {"code": "Enter"})


def test_what_an_input_method_put_in_the_place_of_keys_gets_the_advice(clerk: Clerk) -> None:
    clerk.scan("Đ" + dossier(1)[1:])
    clerk.sees("Tắt bộ gõ tiếng Việt")
    clerk.scan(dossier(1))
    clerk.sees("Kiểm nhận hồ sơ")
    clerk.scanned(dossier(1))


def test_the_next_good_scan_clears_the_last_error_and_the_tones_differ(clerk: Clerk) -> None:
    body = clerk.page.locator("body")
    clerk.scan("8" * 16)
    clerk.sees("CHƯA GHI")
    expect(body).to_have_attribute("data-tone", "bad")
    clerk.scan(dossier(1))
    clerk.sees("ĐÃ GHI")
    expect(body).to_have_attribute("data-tone", "good")
    tones = clerk.page.evaluate(
        "import('/static/tones.js').then(({ TONES }) => Object.values(TONES).map(({ notes }) =>"
        " [Math.max(...notes.map((n) => n.hz)), notes.reduce((ms, n) => ms + n.ms, 0)]))"
    )
    pitches, lengths = zip(*tones, strict=True)
    assert len(set(pitches)) == len(set(lengths)) == 3
    assert tones[2][1] > 1_000, "the error is long enough to make one walk back"


def test_what_is_scanned_while_the_station_is_down_is_stored_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    room = Room(tmp_path / "station")
    context = browser.new_context()
    with room.run() as desk:
        clerk = Clerk.receiving(context, desk, room)
    clerk.scan(LAN, dossier(2), dossier(3))
    expect(clerk.lost).to_contain_text("TRẠM KHÔNG TRẢ LỜI")
    expect(clerk.lost).to_contain_text("Đang chờ ghi: 3")
    with room.run(port=desk.port):
        clerk.scanned(*map(dossier, (1, 2, 3)))
        expect(clerk.lost).to_be_hidden()
        expect(clerk.page.locator("#count .n b")).to_have_text("3")
        context.close()


def reopened(clerk: Clerk, *scans: tuple[str, str | None, int]) -> None:
    """The page, closed with these scans in its outbox: (code, order, age in ms)."""
    box = "localStorage.getItem('giaonhan.desk.outbox')"
    wait_until(lambda: clerk.page.evaluate(box) == "[]")  # or an answer on its way empties it
    clerk.page.evaluate(
        "(scans) => localStorage.setItem('giaonhan.desk.outbox', JSON.stringify(scans.map("
        "([code, order, age]) => ({ id: crypto.randomUUID(), codes: [code],"
        " ...(order && { order }), at: Date.now() - age }))))",
        scans,
    )
    clerk.page.reload()


def test_what_waited_too_long_is_to_be_scanned_again_until_the_station_stores_a_scan(
    browser: Browser, tmp_path: Path
) -> None:
    room = Room(tmp_path / "station")
    context = browser.new_context()
    with room.run() as desk:
        clerk = Clerk.receiving(context, desk, room)
        reopened(clerk, (dossier(7), None, 20_000))
        expect(clerk.lost).to_contain_text(f"Chưa ghi, quét lại: {dossier(7)}")
        reopened(clerk)
        expect(clerk.lost).to_contain_text(f"Chưa ghi, quét lại: {dossier(7)}")
        assert clerk.watched.errors == []
    clerk.scan(LAN, dossier(2))
    expect(clerk.lost).to_contain_text("Đang chờ ghi: 2")
    expect(clerk.lost).to_contain_text(f"Chưa ghi, quét lại: {dossier(7)}")
    with room.run(port=desk.port):
        clerk.scanned(dossier(1), dossier(2))
        expect(clerk.lost).to_be_hidden()
        context.close()


def test_a_scan_that_the_station_cannot_read_costs_no_other_its_place(
    browser: Browser, tmp_path: Path
) -> None:
    room = Room(tmp_path / "station")
    context = browser.new_context()
    with room.run() as desk:
        clerk = Clerk.receiving(context, desk, room)
        reopened(clerk, (dossier(2), None, 0), (dossier(8), "unheard-of", 0), (dossier(3), None, 0))
        clerk.scanned(*map(dossier, (1, 2, 3)))
        expect(clerk.lost).to_have_text(f"Chưa ghi, quét lại: {dossier(8)}")
        clerk.scan(dossier(8))
        clerk.scanned(*map(dossier, (1, 2, 3, 8)))
        expect(clerk.lost).to_be_hidden()
        context.close()


def test_a_whole_pouch_receipt_needs_no_mouse(clerk: Clerk) -> None:
    clerk.page.keyboard.press("F2")
    clerk.sees("số niêm phong")
    clerk.page.keyboard.type("S4711", delay=30)
    clerk.page.keyboard.press("Enter")
    clerk.sees("Mở niêm phong")
    clerk.scan(*map(dossier, range(3)))
    clerk.scan(str(Label(Kind.DOSSIER, 90_002, 26, 9)))
    clerk.page.keyboard.press("F8")
    clerk.sees("Hoàn tác")
    clerk.page.keyboard.press("F4")
    expect(clerk.page.locator("#count")).to_contain_text("Đã kết thúc kiểm nhận")
    facts = [fact for fact, _ in clerk.room.journaled()]
    assert facts == ["Accepted", "Unsealed", *["Received"] * 4, "Undone", "Closed"]


def test_every_state_of_the_desk_can_be_read_named_and_reached_by_everybody(clerk: Clerk) -> None:
    page = clerk.page
    states: dict[str, list[str]] = {"a pouch is accepted": objections(page)}
    page.keyboard.press("F2")
    clerk.sees("số niêm phong")
    states["a seal number is wanted"] = objections(page)
    page.keyboard.press("F4")
    clerk.scan(dossier(1), "8" * 16)
    clerk.sees("CHƯA GHI")
    expect(page.locator("#count .n")).to_have_text("1")  # of how many nobody said
    states["a code was misread"] = objections(page)
    clerk.scan(command("Refused").label)
    clerk.sees("Từ chối nhận")
    page.locator("#others summary").click()
    states["a card and its reasons"] = objections(page)
    page.keyboard.press("F4")
    expect(page.locator("#count")).to_contain_text("Đã kết thúc kiểm nhận")
    states["a receipt is closed"] = objections(page)
    page.get_by_role("button", name="Khóa bàn").click()
    clerk.sees("Đã khóa")
    states["nobody is signed on"] = objections(page)
    page.evaluate("document.querySelector('#now h1').style.color = '#ccc'")
    assert objections(page), "the check itself objects"
    assert {name: found for name, found in states.items() if found} == {}


def test_a_shelf_is_counted_and_what_does_not_belong_there_is_named(
    browser: Browser, tmp_path: Path
) -> None:
    room = Room(tmp_path / "station", purpose=Purpose.SHELF)
    shelf, other = (str(Label(Kind.PLACE, 90_001, 26, serial)) for serial in (8, 9))
    here = [Thing(dossier(serial), "s", HERE, None, shelf) for serial in (1, 5)]
    with closing(Cache(room.settings.manifests_file)) as cache:
        stray = Thing(dossier(2), "s", HERE, None, other)
        cache.learn(Index("c", [*here, stray], [], {}, truncated=False))
    context = browser.new_context()
    with room.run() as desk:
        watched = Watched(context.new_page())
        clerk = Clerk(watched, room)
        watched.page.goto(desk.link)
        page, count = watched.page, watched.page.locator("#count")
        clerk.scan(LAN)
        page.locator(".places button").first.click()
        expect(count).to_contain_text("còn thiếu: 2")
        clerk.scan(dossier(1), dossier(2), dossier(3))
        expect(count.locator(".n")).to_have_text("1/trên2")
        page.keyboard.press("F4")
        expect(count).to_contain_text("Đã kết thúc kiểm kê")
        for kind, found in (("misplaced", 2), ("foreign", 3), ("missing", 5)):
            expect(page.locator(f"ul.{kind} .label").first).to_have_text(grouped(dossier(found)))
        assert objections(page) == []
        printed = page.request.get(f"http://127.0.0.1:{desk.port}/print/census/{shelf}")
        assert printed.headers["content-type"] == "application/pdf"
        clerk.scanned(dossier(1), dossier(2), dossier(3))
        context.close()
    assert watched.errors == []
