"""Opens the browser on the desk page when the station starts at somebody's desk; for `running`."""

import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping

_COMES_BACK_WITHIN_S = 5.0  # a page left open finds the station again in three
_LOOK_EVERY_S = 0.1


def has_screen(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether somebody sits before this machine: no build server, no Linux without a display."""
    if environment.get("CI"):
        return False
    if platform in {"win32", "darwin"}:
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def open_unless_watched(
    link: Callable[[], str],
    *,
    known: bool,
    is_watched: Callable[[], bool],
    end: threading.Event,
) -> None:
    """Open the link at once, or, where a browser is `known`, if its page does not come back."""
    waits = round(_COMES_BACK_WITHIN_S / _LOOK_EVERY_S) if known else 0
    for _ in range(waits):
        if is_watched() or end.wait(_LOOK_EVERY_S):
            return
    webbrowser.open(link())
