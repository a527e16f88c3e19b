"""Turns a snapshot into the page and its regions, in the reader's language; used by `app`."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.model.instants import local
from domain.model.labels import grouped, is_label
from scanner_station.desk import words
from scanner_station.desk.board import Said, Snapshot
from scanner_station.desk.health import Health
from scanner_station.prompts import Tone
from scanner_station.settings import Purpose, Settings

REGIONS = ("top", "now", "count", "acts", "list", "log", "health", "sticker", "drafts")
# What the scripts say by themselves, also when the station does not answer.
_SCRIPTED = (
    "THE STATION DOES NOT ANSWER",
    "Start the station again. What waits here is stored as soon as it answers.",
    "Not stored, scan again",
    "Waiting to be stored",
    "Turn the Vietnamese input method off",
    "Check digits right",
    "Check digits wrong: look again",
    "Sound is off: press any key",
    "The photo cannot be read.",
    "Labels read",
    "procedures found",
    "No procedure is known here yet: go online once.",
    "Choose the procedure.",
    "Type the applicant's name.",
    "Waiting for the station…",
    "Not taken in.",
)
_FOLDER = Path(__file__).parent
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_SIGNS = {Tone.GOOD: "✓", Tone.ASK: "?", Tone.BAD: "✗"}
_SAID_OF_SCANS = {Tone.GOOD: "RIGHT", Tone.ASK: "LOOK AGAIN", Tone.BAD: "STOP"}
_SAID_BESIDES = {Tone.GOOD: "Ready", Tone.ASK: "ONE THING MORE", Tone.BAD: "NOT STORED"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page's own."""

    content: bytes
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """By file name. Only these are served: no path from outside reaches the disk."""
    return {
        path.name: Asset(path.read_bytes(), _TYPES[path.suffix])
        for path in sorted((_FOLDER / "static").iterdir())
        if path.suffix in _TYPES
    }


def page(snapshot: Snapshot, health: Health, *, settings: Settings, language: str) -> str:
    """The whole page with every region in it."""
    scripted = {english: words.translated(language, english) for english in _SCRIPTED}
    return _rendered(
        "page",
        language,
        regions=regions(snapshot, health, settings=settings, language=language),
        camera=health.camera is not None,
        counter=settings.purpose is Purpose.COUNTER,
        fields=words.APPLICANT,
        words=json.dumps(scripted, ensure_ascii=False),
    )


def regions(
    snapshot: Snapshot, health: Health, *, settings: Settings, language: str
) -> dict[str, str]:
    """Each region's markup by its name."""
    values = {
        "s": snapshot,
        "health": health,
        "station": settings.station,
        "office": health.office_name or settings.office,
        "server": settings.server_url,
        "office_code": settings.office,
        "places": health.places,
        "purpose": words.PURPOSES.get(settings.purpose, settings.purpose),
        "main_cards": list(zip(words.CARD_KEYS, words.main_cards(settings.purpose), strict=False)),
        "other_cards": words.other_cards(settings.purpose),
        "reasons": words.reasons_of(_reasoned(snapshot)),
        "cards": words.LABELS,
    }
    return {name: _rendered(name, language, **values) for name in REGIONS}


def draft(label: str, told: Mapping[str, Any], *, language: str) -> str:
    """One draft on a page of its own, for who is at the desk."""
    registration = told["registration"]
    names = {name: english for name, english, _ in words.APPLICANT}
    pieces = ", ".join(f"{one['kind']}: {one['count']}" for one in registration["pieces"])
    lines = [
        ("Operator", told["operator"]),
        ("Procedure", registration["procedure"]),
        *((names[name], value) for name, value in registration["applicant"].items()),
        ("Papers handed in: how many of each", pieces),
        ("What is asked for", registration["request_text"] or ""),
    ]
    return _rendered("draft", language, label=label, lines=lines)


def _reasoned(snapshot: Snapshot) -> str | None:
    """The fact that a reason may be given for now."""
    if snapshot.held is not None:
        return snapshot.held[0]
    return snapshot.card.word if snapshot.card is not None else None


def _rendered(name: str, language: str, **values: Any) -> str:
    def translate(english: str) -> str:
        return words.translated(language, english)

    template = _environment().get_template(f"{name}.html")
    return template.render(values, _=translate, lang=language)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"asset": _address, "states": words.STATES}
    environment.filters |= {
        "clock": lambda at_us: local(at_us).strftime("%H:%M:%S"),
        "moment": lambda at_us: local(at_us).strftime("%d/%m/%Y %H:%M:%S"),
        "second": lambda at_us: local(at_us).strftime("%Y-%m-%dT%H:%M:%S"),
        "grouped": lambda label: grouped(label) if is_label(label) else label,
        "sign": lambda tone: _SIGNS[tone],
        "word": word,
        "draft_reason": words.draft_reason,
    }
    return environment


def word(said: Said, *, of_scan: bool) -> str:
    """The one word that goes with the colour and the sign."""
    if said.code.startswith("ALREADY_SCANNED"):
        return "SCANNED ALREADY"  # nothing is asked of the clerk
    return (_SAID_OF_SCANS if of_scan else _SAID_BESIDES)[said.tone]


@cache
def _address(name: str) -> str:
    """The address of an asset; a new content has a new one, so a browser may keep the old."""
    return f"/static/{name}?v={hashlib.sha256(assets()[name].content).hexdigest()[:12]}"
