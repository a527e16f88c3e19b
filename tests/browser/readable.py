"""What a page must be for everybody: text that stands out, named fields, a focus that is seen."""

from playwright.sync_api import Page

# WCAG 2.2 AA by computed styles: contrast of each visible text with what lies behind it (1.4.3), a
# name for each field and button (4.1.2), an outline or another border where the focus is (2.4.7).
_OBJECTIONS = """
() => {
  const told = [];
  const parsed = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = parsed(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const light = (rgb) => rgb.map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const hidings = { opacityProperty: true, visibilityProperty: true };
  const seen = (element) => element.checkVisibility(hidings)
    && element.getBoundingClientRect().width > 1;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !seen(element)) continue;
    const style = getComputedStyle(element);
    const large = parseFloat(style.fontSize) >= 24
      || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    const [r, g, b, alpha = 1] = parsed(style.color);
    const ground = behind(element);
    const shown = [r, g, b].map((one, at) => one * alpha + ground[at] * (1 - alpha));
    const is = contrast(shown, ground);
    const text = texts.currentNode.data.trim();
    if (is < (large ? 3 : 4.5)) told.push(`contrast ${is.toFixed(2)}: ${text}`);
  }
  const fields = "input, select, textarea, button, a[href], summary";
  for (const field of document.querySelectorAll(fields)) {
    const name = field.getAttribute("aria-label") || field.textContent.trim()
      || [...(field.labels ?? [])].map((one) => one.textContent.trim()).join("");
    if (!name) told.push(`no name: ${field.outerHTML.slice(0, 80)}`);
    if (!seen(field) || field.disabled) continue;
    field.focus({ focusVisible: true });
    const style = getComputedStyle(field);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) {
      told.push(`focus not seen: ${field.outerHTML.slice(0, 80)}`);
    }
    field.blur();
  }
  if (!document.querySelector("h1")) told.push("no heading of the first level");
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) told.push(`${wide} px wider than the screen`);
  return told;
}
"""
WIDTHS = (1280, 390)


def objections(page: Page) -> list[str]:
    """What somebody would stumble over on this page now, at a desk's and at a telephone's width."""
    told: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.keyboard.press("Shift")  # a browser shows the focus to who uses the keyboard
        told += [f"{width}: {one}" for one in page.evaluate(_OBJECTIONS)]
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    return told
