"""Stories told in short lines, folded, and shown in short lines.

A line: `Accepted c1 09:12 P1 seal=S1 place=desk`. Parties: A, B, … offices, c1, c2, … couriers.
D1, P1, G1, R1: the first dossier, pouch, piece, run; without a label the subject is D1 or, for acts
on pouches, P1. Each party has one station of its own name unless `station=` says otherwise; entries
are numbered in the order of their times. A time may carry a day: `+1d09:00`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from domain.model.custody import Folded, fold_facts
from domain.model.fact import Fact, fact_from_json
from domain.model.instants import DAY_US, iso, local, parse_instant

MIDNIGHT_US = parse_instant("2026-03-02T00:00:00+07:00")
LABELS = {"D": "1", "P": "2", "G": "6", "K": "3", "R": "7"}
POUCH_ACTS = "Opened Sealed Released Tendered Accepted Refused Unsealed Closed".split()
OWN_WORDS = {"station", "seq", "epoch", "operator", "at", "not_before", "not_after", "recorded_at"}
INSTANTS = {"at", "not_before", "not_after", "recorded_at", "when"}
PARTIES = {"counterpart", "to", "holder", "successor", "office"}


def label(short: str) -> str:
    """`D1` → a 16-digit label of that kind; anything else stays what it is."""
    if re.fullmatch(r"[DPGKR]\d+", short):
        return f"{LABELS[short[0]]}{int(short[1:]):015d}"
    return short


def short(text: str) -> str:
    """The reverse, and `courier:c1` → `c1`."""
    if re.fullmatch(r"\d{16}", text):
        return {kind: letter for letter, kind in LABELS.items()}[text[0]] + str(int(text[1:]))
    return text.removeprefix("courier:")


def party(word: str) -> str:
    return f"courier:{word}" if re.fullmatch(r"c\d+", word) else word


def instant_us(word: str) -> int:
    days, clock = re.fullmatch(r"(?:\+(\d+)d)?([\d:.]+)", word).groups()  # type: ignore[union-attr]
    hours, minutes, seconds = ([float(part) for part in clock.split(":")] + [0.0])[:3]
    micros = round((hours * 3600 + minutes * 60 + seconds) * 1_000_000)
    return MIDNIGHT_US + int(days or 0) * DAY_US + micros


def clock(at_us: int | None) -> str:
    if at_us is None:
        return ""
    days, moment = (at_us - MIDNIGHT_US) // DAY_US, local(at_us)
    return (f"+{days}d" if days else "") + moment.strftime("%H:%M:%S").removesuffix(":00")


def value(name: str, word: str) -> Any:
    match name:
        case "set":
            pairs = (one.split(":", 1) for one in word.split(","))
            return {key: value(key, put) for key, put in pairs}
        case "via":
            return word.split("+")
        case "pieces":
            return int(word) if word.isdigit() else word.split("+")
        case "broken":
            return word == "True"
    if name in INSTANTS:
        return iso(instant_us(word))
    return party(word) if name in PARTIES else label(word)


def parsed(line: str) -> dict[str, Any]:
    name, who, time, *rest = line.split()
    context: dict[str, Any] = {}
    told: dict[str, Any] = {"fact": name, "office": party(who), "at": iso(instant_us(time))}
    for word in rest:
        key, sign, put = word.partition("=")
        if not sign and name == "Packed" and word.startswith("P") and "pouch=" not in line:
            context["pouch"] = label(word)
        elif not sign:
            told["subject"] = label(word)
        elif key in OWN_WORDS:
            told[key] = int(put) if key in {"seq", "epoch"} else value(key, put)
        else:
            context[key] = value(key, put)
    usual = "P1" if name in POUCH_ACTS else who if name == "OfficeSucceeded" else "D1"
    if "office" in context:  # somebody at another party's station
        told["office"] = context.pop("office")
    told = {"subject": label(usual), "station": who, "operator": who} | told
    return told | {"context": context}


def facts(text: str) -> list[Fact]:
    lines = [parsed(line) for line in re.split(r"[;\n]", text) if line.strip()]
    last: dict[str, int] = defaultdict(int)
    for line in sorted(lines, key=lambda one: one["at"]):
        last[line["station"]] = line.setdefault("seq", last[line["station"]] + 1)
    return [fact_from_json(line) for line in lines]


class Told:
    """What a story comes to."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.json = folded.to_json()

    def chain(self, which: str = "D1") -> list[str]:
        states: dict[str, Any] = {**self.folded.dossiers, **self.folded.pouches}
        return [
            f"{short(link.holder)} {link.basis} {clock(link.from_us)}-{clock(link.to_us)}"
            + (f" at {link.place}" if link.place else "")
            for link in states[label(which)].chain
        ]

    def evidence(self, which: str = "D1") -> list[str]:
        states: dict[str, Any] = {**self.folded.dossiers, **self.folded.pouches}
        return [" ".join(link.evidence) for link in states[label(which)].chain]

    @property
    def flags(self) -> list[str]:
        return [
            f"{one.code} {short(one.subject)} {clock(one.opened_us)}-{clock(one.closed_us)}"
            for one in self.folded.discrepancies
        ]

    @property
    def noted(self) -> list[str]:
        return [
            f"{one.code} {short(one.subject)} {clock(one.opened_us)}-{clock(one.closed_us)}"
            for one in self.folded.noted
        ]

    @property
    def aside(self) -> list[str]:
        return [f"{one.key} by {one.by}" for one in self.folded.set_aside]

    def dossier(self, which: str = "D1") -> Any:
        return self.folded.dossiers[label(which)]

    def pouch(self, which: str = "P1") -> Any:
        return self.folded.pouches[label(which)]

    def windows(self, which: str = "D1") -> list[str]:
        return [f"{clock(start)}-{clock(end)}" for start, end in self.dossier(which).windows]

    def inside(self, which: str = "P1") -> list[str]:
        return [short(one) for one in self.pouch(which).contents]


@pytest.fixture(scope="session")
def stated() -> Callable[[str], list[Fact]]:
    """The facts of a story."""
    return facts


@pytest.fixture(scope="session")
def told() -> Callable[..., Told]:
    """The fold of a story: `told(text, now="12:00", as_of=…, known_at=…)`."""

    def tell(text: str | Iterable[Fact], **instants: str) -> Told:
        given = facts(text) if isinstance(text, str) else list(text)
        at = {f"{name}_us": instant_us(word) for name, word in instants.items()}
        return Told(fold_facts(given, **at))

    return tell


@pytest.fixture(scope="session")
def as_line() -> Callable[[str], str]:
    """One line of a story as a line of a fold file."""
    return lambda line: json.dumps({"seq": 1} | parsed(line))
