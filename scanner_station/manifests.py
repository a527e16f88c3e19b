"""Fetching the manifests: what the desk may meet, and the facts of what has changed.

Runs on the uplink's thread, between two batches; what it fetches is only a copy (`cache.py`).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from domain.model.errors import Refusal
from domain.model.manifest import Thing, contents_from_json, run_from_json
from scanner_station.cache import Cache, Index
from scanner_station.clock import StationClock
from scanner_station.refusals import NotTheServer

# What was packed elsewhere a minute ago has not arrived here; a courier needs longer.
ASK_EVERY_MS = 30_000
_MOST_LABELS = 100  # in one question
_MOST_QUESTIONS = 20  # of one turn: scans are never kept waiting for long

Ask = Callable[[str, str, bytes, Mapping[str, str]], Mapping[str, Any]]


class Manifests:
    """Keeps the cache as new as the line allows. Used by one thread."""

    def __init__(self, cache: Cache, ask: Ask, *, clock: StationClock) -> None:
        """`ask`: a signed question (method, path, body, headers); its answer, or a refusal."""
        self._cache, self._ask, self._clock = cache, ask, clock
        self._due_ms = clock.monotonic_ms()

    def refresh_if_due(self) -> bool:
        """Whether there is more to fetch at once; raises what `ask` raises, and `NotTheServer`."""
        now_ms = self._clock.monotonic_ms()
        if now_ms >= self._due_ms:
            self._refresh_index()
            self._due_ms = now_ms + ASK_EVERY_MS
        return self._fetch()

    def _refresh_index(self) -> None:
        told = self._ask("GET", "/api/v1/manifests", b"", {"X-Giaonhan-Known": self._cache.cursor})
        if told.get("cursor") == self._cache.cursor:
            return
        try:
            self._cache.learn(_index(told))
        except (KeyError, TypeError, ValueError, AttributeError, Refusal) as error:
            raise NotTheServer(why="no manifests in the answer") from error

    def _fetch(self) -> bool:
        """The facts of what has changed, a few questions at a time; whether some is left."""
        wanting = self._cache.wanting()
        for _ in range(_MOST_QUESTIONS):
            if not wanting:
                return False
            some = wanting[:_MOST_LABELS]
            body = json.dumps({"labels": [one.label for one in some]}).encode()
            told = self._ask("POST", "/api/v1/manifests/contents", body, {})
            try:
                contents = contents_from_json(told)
                self._cache.take(contents, {one.label: one.stamp for one in some})
            except (KeyError, TypeError, ValueError, AttributeError, Refusal) as error:
                raise NotTheServer(why="no contents in the answer") from error
            answered = {*contents.told} or {one.label for one in some}  # gone in the meantime
            wanting = [one for one in wanting if one.label not in answered]
        return bool(wanting)


def _word(told: object) -> str | None:
    return None if told is None else str(told)


def _index(told: Mapping[str, Any]) -> Index:
    return Index(
        cursor=str(told["cursor"]),
        truncated=bool(told.get("truncated")),
        things=[
            Thing(str(label), str(stamp), str(where), _word(pouch), _word(place))
            for label, stamp, where, pouch, place in told["things"]
        ],
        runs=[run_from_json(run) for run in told["runs"]],
        names={str(code): (str(vi), str(en)) for code, (vi, en) in told["names"].items()},
    )
