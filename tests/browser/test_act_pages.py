"""A supervisor states facts in a real browser, at a desk and on a phone, without scripts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from domain.model.instants import MINUTE_US
from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import Registration

pytestmark = pytest.mark.browser
CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))


@pytest.fixture(params=[1280, 390])
def boss(request: pytest.FixtureRequest, browser: Browser, untouched: Any) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{untouched.url}/sign-in/{untouched.sign_in_code()}")
    page.locator("main button.main").click()
    page.wait_for_url("**/board")
    yield page
    context.close()
    assert said == []
    assert all(url.startswith(untouched.url) for url in asked)


@pytest.fixture
def received(untouched: Any) -> str:
    """A dossier that the counter registered and a department received."""
    house = untouched.house
    given = Registration(
        procedure="VD-HKD", office="TTHC", applicant=ApplicantData(name="Trần Thị Bưởi")
    )
    label = house.write(lambda: house.register_dossier(given, actor=CLERK)).result(60).label

    def scan() -> None:
        entry = house.desk.state("Received", label, {}, operator="vt-stc", office="STC")
        house.log.save(entries=[entry])

    untouched.clock.instant_us += MINUTE_US
    house.write(scan).result(60)
    untouched.clock.instant_us += MINUTE_US
    return str(label)


def fits(page: Page) -> bool:
    width = page.locator("body").evaluate("e => e.ownerDocument.documentElement.scrollWidth")
    return bool(page.viewport_size and width <= page.viewport_size["width"])


def test_a_supervisor_corrects_attests_and_notes_damage_seeing_first_what_comes_of_it(
    boss: Page, untouched: Any, received: str, tmp_path: Path
) -> None:
    boss.goto(f"{untouched.url}/dossiers/{received}")
    boss.get_by_role("link", name="Đính chính lượt quét").last.click()
    assert fits(boss)
    boss.get_by_label("Việc này không xảy ra").check()
    boss.get_by_label("Lý do").select_option(label="Quét nhầm nhãn")
    boss.get_by_role("button", name="Xem trước kết quả").click()
    now, afterwards = boss.locator(".before-after section").all()
    assert "Sở Tài chính" in now.inner_text()
    assert "Sở Tài chính" not in afterwards.inner_text()
    assert fits(boss)
    boss.get_by_role("button", name="Khai báo bằng tên tôi").click()
    boss.wait_for_url("**/dossiers/*")
    struck = boss.locator("tr.removed s")
    assert struck.inner_text() == "Nhận hồ sơ"

    boss.get_by_role("link", name="Khai lại người đang giữ").click()
    boss.get_by_label("Ai đang giữ").select_option("courier:C1")
    boss.get_by_label("Lý do").select_option(label="Lý do khác (ghi rõ)")
    boss.get_by_label("Nội dung, nếu cần").fill("Bưu tá ký nhận trên sổ giấy")
    boss.get_by_role("button", name="Xem trước kết quả").click()
    boss.get_by_role("button", name="Khai báo bằng tên tôi").click()
    boss.wait_for_url("**/dossiers/*")
    assert "khai lại" in boss.locator("table.chain tbody tr").last.inner_text()
    colours = {
        basis: boss.locator(f".tag.{basis}").first.evaluate("e => getComputedStyle(e).color")
        for basis in ("verified", "attested")
    }
    assert colours["verified"] != colours["attested"]
    assert "Bưu tá ký nhận trên sổ giấy" in boss.locator("main").inner_text()

    photo = tmp_path / "rách.jpg"
    _, jpeg = cv2.imencode(".jpg", np.full((300, 400, 3), (90, 140, 200), np.uint8))
    photo.write_bytes(jpeg.tobytes())
    boss.get_by_role("link", name="Ghi nhận hư hỏng").click()
    boss.get_by_label("Lý do").select_option(label="Rách, nát")
    boss.locator("input[type=file]").set_input_files(photo)
    assert fits(boss)
    boss.get_by_role("button", name="Khai báo bằng tên tôi").click()
    boss.wait_for_url("**/dossiers/*")
    shown = boss.locator("img.photo")
    assert shown.get_attribute("alt") == "Ảnh kèm lượt quét này"
    shown.scroll_into_view_if_needed()
    assert shown.bounding_box()
    assert fits(boss)


def test_labels_and_papers_stand_on_the_dossiers_page_and_a_pouch_has_its_own(
    boss: Page, untouched: Any, received: str
) -> None:
    house = untouched.house
    pouch = str(Label(Kind.POUCH, 90_001, 26, int(received[8:14])))

    def work() -> None:
        house.stick_labels.relabel(received, new=None, reason="label_lost", actor=CLERK)
        house.stick_labels.label_piece(received, piece=None, kind="to-khai", actor=CLERK)
        for fact, subject, context in (
            ("Packed", received, {"pouch": pouch}),
            ("Sealed", pouch, {"seal": "NP-7", "to": "TTHC"}),
            ("Tendered", pouch, {"counterpart": "TTHC", "reason": "will_not_scan/12345678"}),
            ("Refused", pouch, {"reason": "seal_damaged"}),
        ):
            entry = house.desk.state(fact, subject, context, operator="vt-stc", office="STC")
            house.log.save(entries=[entry])

    house.write(work).result(60)
    boss.goto(f"{untouched.url}/dossiers/{received}#labels")
    text = boss.locator("main").inner_text()
    assert "Đã thay; vẫn tra được hồ sơ này" in text
    assert "đi cùng hồ sơ" in text
    assert fits(boss)
    boss.get_by_role("link", name="Thay nhãn hồ sơ").click()
    assert "Số cũ vẫn dẫn đến hồ sơ này" in boss.locator("main").inner_text()
    assert fits(boss)
    boss.goto(f"{untouched.url}/pouches/{pouch}")
    text = boss.locator("main").inner_text()
    assert "Mã nhận: chưa xác minh được" in text
    assert "Niêm phong hỏng" in text
    assert fits(boss)
