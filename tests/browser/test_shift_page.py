"""A wedge scanner at the end of a shift: twenty codes as fast as it types, none lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from domain.model.instants import MINUTE_US
from domain.model.policy import Actor, Role
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import Registration

pytestmark = pytest.mark.browser
CLERK = Actor("cb02", "TTHC", frozenset({Role.COUNTER}))
KEY_MS = 4  # between two keys of a usual scanner
CODES = 20


@pytest.fixture
def clerk(browser: Browser, untouched: Any) -> Iterator[Page]:
    """A counter clerk with a scanner and nothing else: no scripts."""
    context = browser.new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{untouched.url}/sign-in/{untouched.sign_in_code(CLERK.person)}")
    page.locator("main button.main").click()
    page.wait_for_url("**/board")
    yield page
    context.close()


def test_twenty_codes_of_a_wedge_scanner_are_confirmed_at_once_and_the_shift_is_closed(
    clerk: Page, untouched: Any
) -> None:
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=ApplicantData(name="Lê Bé"))
    house = untouched.house
    work = [house.write(lambda: house.register_dossier(given, actor=CLERK)) for _ in range(CODES)]
    labels = [each.result(60).label for each in work]
    untouched.clock.instant_us += MINUTE_US  # the round begins after the day's work
    clerk.get_by_role("link", name="Cuối ca").click()
    assert clerk.locator("a[href='#left'] b").inner_text() == str(CODES)
    assert clerk.locator("textarea").evaluate("e => e === e.ownerDocument.activeElement")
    clerk.keyboard.type("".join(f"{label}\n" for label in labels[1:]), delay=KEY_MS)
    clerk.get_by_role("button", name="Xác nhận các mã đã quét").click()
    assert clerk.locator("a[href='#left'] b").inner_text() == "1"
    assert clerk.locator("a[href='#confirmed'] b").inner_text() == str(CODES - 1)
    width = clerk.locator("body").evaluate("e => e.ownerDocument.documentElement.scrollWidth")
    assert width <= 390
    clerk.get_by_label("Người nhận ca").select_option("cb01")
    clerk.get_by_role("button", name="Kết thúc ca").click()
    assert clerk.get_by_role("heading", level=1).inner_text() == "Bàn giao ca"
    assert clerk.locator("a[href='#unseen'] b").inner_text() == "1"
    assert labels[0] in (clerk.locator("#unseen + ul a").get_attribute("href") or "")
