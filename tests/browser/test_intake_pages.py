"""A clerk takes in a dossier in a real browser, at a desk and on a phone, without scripts."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
NAME = "Nguyễn Thị Thúy Hường"


@pytest.fixture(params=[1280, 390])
def clerk(request: pytest.FixtureRequest, browser: Browser, untouched: Any) -> Iterator[Page]:
    """The counter clerk, on the Monday of the story; no error and no foreign request."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda line: said.append(line.text))  # a refused form is told there too
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{untouched.url}/sign-in/{untouched.sign_in_code('cb01')}")
    page.locator("main button.main").click()
    page.wait_for_url("**/board")
    yield page
    context.close()
    assert [line for line in said if not line.endswith("400 (Bad Request)")] == []
    assert all(url.startswith(untouched.url) for url in asked)


def fits(page: Page) -> bool:
    width = page.locator("body").evaluate("e => e.ownerDocument.documentElement.scrollWidth")
    return bool(page.viewport_size and width <= page.viewport_size["width"])


def fill(page: Page) -> None:
    page.get_by_label("Họ và tên").fill(NAME)
    page.get_by_label("Số điện thoại").fill("0912 345 678")
    page.get_by_label("Số định danh cá nhân hoặc mã số thuế").fill("027186004512")
    page.get_by_label("Địa chỉ").fill("Số 12, đường Lý Thái Tổ, phường Kinh Bắc")
    page.get_by_label("Nội dung yêu cầu giải quyết").fill("Xây nhà ở ba tầng trên đất thổ cư")


def test_a_clerk_takes_in_a_dossier_and_prints_what_belongs_to_it(
    clerk: Page, untouched: Any
) -> None:
    clerk.get_by_role("link", name="Tiếp nhận hồ sơ").click()
    assert fits(clerk)
    clerk.get_by_role("link", name="Cấp giấy phép xây dựng nhà ở riêng lẻ").click()
    facts = clerk.locator("dl.facts").inner_text()
    assert "15 ngày" in facts
    assert "17/03/2026 17:00" in facts  # 15 days by the calendar from Monday, 2 March
    clerk.get_by_text("Cách tính ngày hẹn trả").click()
    assert "ngày thứ 15" in clerk.locator("details.count").inner_text()
    assert fits(clerk)

    fill(clerk)
    clerk.get_by_label("Bản vẽ thiết kế").check()
    clerk.locator("input[name=count-ban-ve]").fill("2")
    clerk.get_by_label("Mã hồ sơ trên Cổng dịch vụ công").fill("sai mã")
    clerk.get_by_role("button", name="Tiếp nhận").click()
    assert "giữ nguyên" in clerk.get_by_role("alert").inner_text()
    assert clerk.get_by_label("Họ và tên").input_value() == NAME
    assert clerk.get_by_label("Bản vẽ thiết kế").is_checked()
    assert fits(clerk)

    clerk.get_by_label("Mã hồ sơ trên Cổng dịch vụ công").fill("")
    clerk.get_by_label("Đơn đề nghị cấp giấy phép xây dựng").check()
    clerk.get_by_role("button", name="Tiếp nhận").click()
    clerk.wait_for_url("**/intake/1*")
    assert "17/03/2026 17:00" in clerk.locator("main").inner_text()
    assert "Giấy tờ về đất" in clerk.locator(".notice").inner_text()
    assert fits(clerk)
    receipt = clerk.get_by_role("link", name="Giấy tiếp nhận (PDF)").get_attribute("href")
    pdf = clerk.request.get(f"{untouched.url}{receipt}").body()
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert NAME in document[0].get_textpage().get_text_bounded()


def test_back_forward_and_reload_register_nothing_more(clerk: Page, untouched: Any) -> None:
    house = untouched.house
    before = house.views.summary(now_us=house.clock.now_us()).open_total
    clerk.goto(f"{untouched.url}/intake?procedure=VD-TL")
    clerk.get_by_label("Họ và tên").fill(NAME)
    clerk.get_by_label("Tờ khai cấp bản sao trích lục").check()
    clerk.get_by_role("button", name="Tiếp nhận").click()
    clerk.wait_for_url("**/intake/1*")
    told = clerk.url
    clerk.go_back()
    assert clerk.get_by_role("button", name="Tiếp nhận").is_visible()
    clerk.go_forward()
    clerk.reload()
    assert clerk.url == told
    assert house.views.summary(now_us=house.clock.now_us()).open_total == before + 1
