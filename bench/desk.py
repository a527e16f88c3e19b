"""From the last key, and from the camera's frame, to the clerk's screen: a real browser's figures.

`python bench/desk.py [ROUNDS]`: fifty codes a round at 4 ms a key through the desk page of a
station in this process, then labels held before a camera of frames. Prints median and p95 beside
the raw limit of the same machine in the same run: a POST that does nothing but fsync.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

import scanner_station.camera
from adapters.paper.labels import LabelText, labels_pdf
from api.rehearsal import frames
from domain.model.labels import Kind, Label
from scanner_station.clock import SystemClock
from scanner_station.desk.running import DeskPage
from scanner_station.keys import make_key
from scanner_station.running import run_station
from scanner_station.settings import Purpose, Settings, save_settings

CODES, KEY_MS, SEEN = 50, 4, 10
WEDGE_BAR_MS, CAMERA_BAR_MS = 100, 300
BADGE = str(Label(Kind.BADGE, 90_001, 26, 1))
TYPE = """async ({ text, gap }) => {
  for (const sign of text) {
    const code = `Digit${sign}`;
    document.body.dispatchEvent(new KeyboardEvent("keydown", { code, bubbles: true }));
    await new Promise((done) => setTimeout(done, gap));
  }
  document.body.dispatchEvent(new KeyboardEvent("keydown", { code: "Enter", bubbles: true }));
}"""
WATCH = """() => {
  window.seen = {};
  new MutationObserver(() => {
    const label = document.querySelector("#now .what .label")?.textContent.replaceAll(" ", "");
    if (label) window.seen[label] ??= Date.now();
  }).observe(document.querySelector("#now"), { childList: true, subtree: true });
}"""


def label(serial: int) -> str:
    return str(Label(Kind.DOSSIER, 90_001, 26, serial))


@contextmanager
def station(directory: Path, *, camera: bool) -> Iterator[DeskPage]:
    """A station without a network, its page, and its loop in a thread."""
    directory.mkdir()
    make_key(directory / "station.ed25519")
    settings = Settings(
        directory=directory, station="VT1", office="STC", purpose=Purpose.DEPARTMENT,
        server_url="http://127.0.0.1:9", server_public_key=bytes(32), epoch=1,
    )  # fmt: skip
    save_settings(settings)
    people = [{"badge": BADGE, "operator": "lan", "party": "STC", "roles": ["department"]}]
    settings.directory_file.write_text(json.dumps({"offices": [], "people": people}))
    stop, links = threading.Event(), list[str]()
    with closing(
        DeskPage(
            settings,
            port=0,
            by_pin=False,
            say=links.append,
            clock=SystemClock(),
            camera=0 if camera else None,
        )
    ) as page:
        loop = threading.Thread(
            target=lambda: run_station(
                settings,
                clock=SystemClock(),
                source=page.source,
                out=page.and_to(lambda _: None),
                uplink=False,
                stop=stop,
                watcher=page,
            )
        )
        loop.start()
        while not links:
            time.sleep(0.01)
        yield page
        stop.set()
        loop.join()


def wait_for(page: Page, count: str, least: int) -> None:
    """Asked from outside: the page's own policy forbids what playwright would run inside."""
    until = time.monotonic() + 120
    while page.evaluate(count) < least:
        if time.monotonic() > until:
            raise TimeoutError(count)
        time.sleep(0.2)


def wedge(page: Page, rounds: int) -> list[float]:
    """Milliseconds from the Enter of each scan to the frame that shows it."""
    for serial in range(rounds * CODES):
        page.evaluate(TYPE, {"text": label(serial), "gap": KEY_MS})
    wait_for(page, "performance.getEntriesByType('measure').length", rounds * CODES)
    took: list[float] = page.evaluate(
        "performance.getEntriesByType('measure').map((one) => one.duration)"
    )
    return took[-rounds * CODES :]


def shown_to_a_camera(page: Page, given: dict[str, float]) -> list[float]:
    """Milliseconds from the first frame with each label to the screen."""
    wait_for(page, "Object.keys(window.seen).length", SEEN)
    seen: dict[str, float] = page.evaluate("window.seen")
    return [seen[text] - given[text] for text in given]


def scenes(given: dict[str, float], begin: threading.Event) -> Any:
    """A camera: bare desk, then one label after another, 15 frames a second, 1080p."""
    dice = Random(7)
    bare = np.full((1080, 1920, 3), 190, np.uint8)
    pictures = [
        frames.frame(frames.prints(labels_pdf([LabelText(label(9_000 + one))])), dice)
        for one in range(SEEN)
    ]

    def looked(_source: object) -> Iterator[Any]:
        while not begin.is_set():
            yield bare
            time.sleep(1 / 15)
        for one, picture in enumerate(pictures):
            for count in range(12):
                if count == 4:
                    given[label(9_000 + one)] = time.time() * 1000
                yield bare if count < 4 else picture
                time.sleep(1 / 15)
        while True:
            yield bare
            time.sleep(1 / 15)

    return looked


def raw_fsync_ms(directory: Path) -> float:
    """What one forced write costs here and now."""
    took = []
    with (directory / "raw").open("wb") as file:
        for _ in range(50):
            began = time.perf_counter()
            file.write(b"x" * 500)
            file.flush()
            os.fsync(file.fileno())
            took.append(1_000 * (time.perf_counter() - began))
    return statistics.median(took)


def told(name: str, took: Sequence[float], bar: float) -> None:
    ordered = sorted(took)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"{name:8} n={len(took):4} median {statistics.median(took):6.1f} ms"
          f"  p95 {p95:6.1f} ms  max {ordered[-1]:6.1f} ms  (bar {bar} ms)")  # fmt: skip


def main() -> None:
    rounds = int(sys.argv[1]) if sys.argv[1:] else 1
    given: dict[str, float] = {}
    signed_on = threading.Event()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        print(f"load {os.getloadavg()}, raw fsync {raw_fsync_ms(Path(scratch)):.1f} ms")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with station(Path(scratch) / "wedge", camera=False) as desk:
            page = browser.new_page()
            page.goto(desk.link)
            page.evaluate(TYPE, {"text": BADGE, "gap": KEY_MS})
            told("wedge", wedge(page, rounds), WEDGE_BAR_MS)
            page.close()
        scanner_station.camera.frames = scenes(given, signed_on)
        with station(Path(scratch) / "camera", camera=True) as desk:
            page = browser.new_page()
            page.goto(desk.link)
            page.evaluate(WATCH)
            page.evaluate(TYPE, {"text": BADGE, "gap": KEY_MS})
            signed_on.set()
            told("camera", shown_to_a_camera(page, given), CAMERA_BAR_MS)
        browser.close()


if __name__ == "__main__":
    main()
