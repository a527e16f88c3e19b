"""What was seen a moment ago, so that a label that stays in view is one scan; for `gestures`."""

from dataclasses import dataclass, replace

from domain.model.commands import Command

DEBOUNCE_MS = 3_000  # a label that stays in view, or a trigger pulled twice, is one scan
_MOST_REMEMBERED = 4_096  # labels


@dataclass(frozen=True, slots=True)
class Sight:
    """When a code was last seen, and what it was understood by."""

    at_ms: int
    operator: str | None
    card: Command | None
    about: str | None  # the paper a seal reading speaks of, the pouch a dossier is scanned for


class Sights:
    """The last sight of each code."""

    def __init__(self) -> None:
        self._last: dict[str, Sight] = {}

    def again(self, code: str, now: Sight, *, live: bool) -> bool:
        """Whether it is the same scan still; see `Session.read`."""
        seen = self._last.get(code)
        if seen is None or now.at_ms - seen.at_ms > DEBOUNCE_MS:
            return False
        if (seen.operator, seen.card) != (now.operator, now.card):
            return False
        if seen.about != now.about and not live:
            return False
        self._last[code] = replace(seen, at_ms=now.at_ms)
        return True

    def see(self, code: str, now: Sight) -> None:
        """It was understood by this."""
        if len(self._last) >= _MOST_REMEMBERED:
            self._last.clear()
        self._last[code] = now

    def forget(self, code: str) -> None:
        """Seen next, it is another scan."""
        self._last.pop(code, None)

    def clear(self) -> None:
        """Whatever is seen next is another scan."""
        self._last.clear()
