"""The citizen's page on a phone and at 200 %, without scripts, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from domain.model.policy import Actor, Role
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import PieceGiven, Registration

pytestmark = pytest.mark.browser
CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))


@pytest.mark.parametrize(("width", "zoom"), [(1280, 1), (390, 1), (390, 2)])
def test_the_receipts_page_fits_and_can_be_read(
    browser: Browser, untouched: Any, width: int, zoom: int
) -> None:
    registration = Registration(
        procedure="VD-DN",
        office="TTHC",
        applicant=ApplicantData(name="Nguyễn Thị Hạnh"),
        pieces=(PieceGiven("to-khai", 1),),
    )
    told = untouched.house.write(
        lambda: untouched.house.register_dossier(registration, actor=CLERK)
    ).result(60)
    # What a browser does at 200 %: half as many CSS pixels to lay the page out in.
    context = browser.new_context(
        viewport={"width": width // zoom, "height": 844 // zoom},
        device_scale_factor=zoom,
        java_script_enabled=False,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{untouched.url}/h/{told.lookup_token}")
    assert "Đã tiếp nhận tại Trung tâm" in page.locator("h1").inner_text()
    assert "Trong hạn" in page.locator("dl").inner_text()
    html = page.locator("html")
    assert html.evaluate("e => e.scrollWidth") <= width // zoom
    smallest = html.evaluate(
        "e => Math.min(...[...e.querySelectorAll('body *')]"
        ".map(each => parseFloat(getComputedStyle(each).fontSize)))"
    )
    assert smallest >= 16
    page.get_by_role("link", name="English").click()
    assert "Received at" in page.locator("h1").inner_text()
    context.close()
    assert said == []
    assert all(url.startswith(untouched.url) for url in asked)
