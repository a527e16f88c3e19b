"""The supervisor's boards by risk in a real browser, at a desk and on a phone."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def fits(page: Any) -> bool:
    """No page is wider than its window."""
    width = page.locator("body").evaluate("e => e.ownerDocument.documentElement.scrollWidth")
    return bool(page.viewport_size and width <= page.viewport_size["width"])


def test_the_work_list_counts_each_class_and_names_the_most_urgent_first(
    signed_in: Any, story: Any
) -> None:
    page = signed_in.page
    page.goto(f"{story.url}/board")
    page.get_by_text("Xem công việc theo mức rủi ro").click()
    assert page.url == f"{story.url}/work"
    tiles = page.locator(".tiles a")
    assert tiles.count() == 7
    assert "2" in tiles.filter(has_text="Đã quá hạn").inner_text()
    first = page.locator("table.cards tbody tr").first.inner_text()
    assert "Đã quá hạn" in first
    assert fits(page)
    tiles.filter(has_text="Đã quá hạn").click()
    assert page.locator("table.cards tbody tr").count() == 2
