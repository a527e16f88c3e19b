"""The supervisor's pages in a real browser, at a desk and on a phone, without scripts."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def rows(page: Page) -> int:
    return page.locator("table.cards tbody tr").count()


def fits(page: Page) -> bool:
    """No page is wider than its window: only the drawing scrolls, in its own frame."""
    width = page.locator("body").evaluate("e => e.ownerDocument.documentElement.scrollWidth")
    return bool(page.viewport_size and width <= page.viewport_size["width"])


def test_the_board_tells_where_since_when_and_due_when(signed_in: Any, story: Any) -> None:
    page = signed_in.page
    assert page.locator("h1").inner_text() == "Hồ sơ đang ở đâu"
    assert "02/03/2026 11:20" in page.locator("p.lead").inner_text()
    assert rows(page) == 50
    first = page.locator("table.cards tbody tr").first.inner_text()
    assert "Quá hạn" in first
    assert "Trung tâm Phục vụ hành chính công" in first
    assert "13/02/2026 17:00" in first
    assert "60 hồ sơ" in page.locator("main").inner_text()
    assert fits(page)
    page.locator("a[rel=next]").click()
    assert rows(page) == 10
    assert story.url in page.url


def test_what_a_filter_is_set_to_can_be_read_whole(signed_in: Any) -> None:
    chosen = signed_in.page.locator("form.filters select").evaluate_all(_ROOM)
    assert len(chosen) == 4
    assert {text: room for text, room in chosen if room < 0} == {}


_ROOM = """all => all.map(one => {
  const style = getComputedStyle(one), drawing = document.createElement("canvas").getContext("2d");
  drawing.font = style.font;
  const text = one.selectedOptions[0].textContent, arrow = 20;
  const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
  return [text, one.clientWidth - padding - arrow - drawing.measureText(text).width];
})"""


def test_filters_stand_in_the_address_and_narrow_the_board(signed_in: Any) -> None:
    page = signed_in.page
    page.locator(".tiles a.overdue").click()
    assert "standing=overdue" in page.url
    assert rows(page) == 2
    page.get_by_text("Bỏ lọc").click()
    page.locator("select[name=holder]").select_option("STC")
    page.locator("form.filters button").click()
    assert "holder=STC" in page.url
    assert rows(page) == 10
    page.locator("input[name=search]").fill("không có")
    page.locator("form.filters button").click()
    assert "Không có hồ sơ nào khớp" in page.locator(".empty").inner_text()


def test_the_timeline_shows_inferred_and_verified_apart_and_the_gap_hatched(
    signed_in: Any, story: Any
) -> None:
    page = signed_in.page
    page.goto(f"{story.url}/dossiers/{story.travelled}")
    drawing = page.locator(".drawing svg")
    assert drawing.locator("rect.bar.verified").count() == 2
    assert drawing.locator("rect.bar.inferred").count() == 2
    assert drawing.locator("rect.gap").count() == 1
    patterns = {
        kind: drawing.locator(f"rect.{kind}").first.evaluate("e => getComputedStyle(e).fill")
        for kind in ("bar.verified", "bar.inferred", "gap")
    }
    assert "url" in patterns["bar.inferred"]
    assert len(set(patterns.values())) == 3
    words = drawing.locator("text").all_text_contents()
    assert {"suy ra", "đã kiểm", "bưu tá C1"} <= {word.strip() for word in words}
    table = page.locator("table.cards").first.inner_text()
    assert "bưu tá C1" in table
    assert "đến nay" in table
    assert fits(page)


def test_a_dossier_missing_from_its_pouch_is_still_its_senders(signed_in: Any, story: Any) -> None:
    page = signed_in.page
    page.goto(f"{story.url}/dossiers/{story.missing}")
    text = page.locator("main").inner_text()
    assert "Thiếu trong túi" in text
    assert page.locator("table.cards").first.locator("tbody tr").count() == 1


def test_the_state_at_an_earlier_moment_is_asked_for_in_a_field(signed_in: Any, story: Any) -> None:
    page = signed_in.page
    page.goto(f"{story.url}/dossiers/{story.travelled}")
    page.locator("input[name=as_of]").fill("2026-03-02T09:40")
    page.locator("form.moment button").click()
    assert "as_of=2026-03-02T09" in page.url
    assert "02/03/2026 09:40" in page.locator(".notice").inner_text()
    assert "bưu tá C1" in page.locator("dl.facts").inner_text()
    assert page.locator("table.cards").first.locator("tbody tr").count() == 2
    assert fits(page)


def test_a_pouch_nobody_accepts_flags_the_dossiers_in_it(signed_in: Any, story: Any) -> None:
    page = signed_in.page
    page.goto(f"{story.url}/board?search={story.waiting}")
    assert "Đã giao, chưa ai nhận" in page.locator("table.cards").inner_text()
    page.goto(f"{story.url}/dossiers/{story.waiting}")
    assert fits(page)
    page.goto(f"{story.url}/discrepancies?code=NOT_ACCEPTED")
    assert rows(page) == 1


def test_the_language_is_switched_and_stays(signed_in: Any, story: Any) -> None:
    page = signed_in.page
    page.locator("a[hreflang=en]").click()
    assert page.locator("h1").inner_text() == "Whereabouts of dossiers"
    page.goto(f"{story.url}/discrepancies")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").inner_text() == "Open discrepancies"


def test_scripts_are_never_needed_and_the_policy_forbids_foreign_ones(
    browser: Browser, story: Any
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{story.url}/sign-in")
    assert page.locator("script").count() == 0
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("() => fetch('https://foreign.invalid/').catch(() => null)")
    page.evaluate("() => fetch('/healthz')")
    assert asked == [f"{story.url}/healthz"]
    context.close()
