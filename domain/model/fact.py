"""A fact: what one scan says about a label; the stored form and one line of `giaonhan fold`.

A fact is evidence. Nothing here judges it; `custody.fold` says what it means.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.model.errors import BadFact
from domain.model.identifiers import checked_code, checked_party
from domain.model.instants import Micros, iso, parse_instant
from domain.model.labels import is_label

DOSSIER_SIGHTINGS = frozenset(
    "Registered Digitised Packed Unpacked Received Moved Accepted StepStarted StepFinished"
    " ResultIssued ResultArrived Archived Returned Found".split()
)
POUCH_SIGHTINGS = frozenset("Opened Sealed Accepted Unsealed Closed".split())
RUN_FACTS = frozenset("RunDeparted StopReached StopMissed RunCompleted".split())
OFFICE_SUCCEEDED = "OfficeSucceeded"
FACT_NAMES = (
    DOSSIER_SIGHTINGS
    | POUCH_SIGHTINGS
    | RUN_FACTS
    | frozenset(
        "Labelled Relabelled Released Tendered Refused Disputed SupplementRequested"
        " SupplementSupplied FeeRequested FeePaid FeeWaived Withdrawn RefusedAtIntake Stopped"
        " Apologised Reappointed Rated Damaged ReservesNoted DeclaredLost Attested Undone"
        " Corrected".split()
    )
    | {OFFICE_SUCCEEDED}
)
CONTEXT_KEYS = frozenset(
    "pouch seal broken counterpart to via place run reason holder when target kind set"
    " successor pieces paper".split()
)
_AMENDABLE = (CONTEXT_KEYS | {"subject", "office", "at", "fact", "operator"}) - {"set"}
_CORRECTION_KINDS = frozenset({"did_not_occur", "was_wrong"})
_EVIDENCE_FIELDS = ("not_before", "not_after", "recorded_at")  # known later, not part of the line
_MOST_STOPS = 32
_MOST_PIECES = 200
_LONGEST_KEY = 160

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement of one station. Instants are `Micros`.

    `not_before_us` / `not_after_us` bound when it can have happened, None where nothing bounds it;
    `recorded_at_us` is None on a line that no server has seen. `digest` orders two statements made
    under one key: the entry's SHA-256 in hex, or the canonical line of a fold file.
    """

    fact: str
    subject: str
    at_us: Micros
    station: str
    seq: int
    operator: str
    office: str
    context: Context
    epoch: int = 1
    not_before_us: Micros | None = None
    not_after_us: Micros | None = None
    recorded_at_us: Micros | None = None
    digest: str = ""
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", fact_key(self.station, self.epoch, self.seq))


def fact_key(station: str, epoch: int, seq: int) -> str:
    """`station#seq`, from epoch 2 on `station#epoch#seq`."""
    return f"{station}#{seq}" if epoch == 1 else f"{station}#{epoch}#{seq}"


def fact_from_json(line: object, *, digest: str | None = None) -> Fact:
    """Read one line of a fold file; raises `BadFact` or `BadInstant`.

    digest: of the entry that states it; None where the line itself is all there is.

    The grammar of codes and labels is not asked for here: that is the entry's (`check_grammar`).
    """
    if not isinstance(line, dict):
        raise BadFact(field="line", why="not an object")
    context = line.get("context", {})
    if not isinstance(context, dict):
        raise BadFact(field="context", why="not an object")
    return Fact(
        fact=_name(line),
        subject=_text(line, "subject"),
        at_us=parse_instant(_present(line, "at")),
        not_before_us=_instant_or_none(line, "not_before"),
        not_after_us=_instant_or_none(line, "not_after"),
        recorded_at_us=_instant_or_none(line, "recorded_at"),
        station=_text(line, "station"),
        epoch=_count(line, "epoch") if "epoch" in line else 1,
        seq=_count(line, "seq"),
        operator=_text(line, "operator"),
        office=_text(line, "office"),
        context=context,
        digest=_canonical(line) if digest is None else digest,
    )


def fact_as_stored(line: Mapping[str, Any], *, digest: str) -> Fact:
    """The fact of a line that `fact_to_json` has written: what was looked at then is so."""
    not_before, not_after, recorded_at = map(line.get, _EVIDENCE_FIELDS)
    not_after_us = None if not_after is None else parse_instant(not_after)
    recorded_at_us = not_after_us
    if recorded_at != not_after:
        recorded_at_us = None if recorded_at is None else parse_instant(recorded_at)
    return Fact(
        fact=line["fact"],
        subject=line["subject"],
        at_us=parse_instant(line["at"]),
        not_before_us=None if not_before is None else parse_instant(not_before),
        not_after_us=not_after_us,
        recorded_at_us=recorded_at_us,
        station=line["station"],
        epoch=line.get("epoch", 1),
        seq=line["seq"],
        operator=line["operator"],
        office=line["office"],
        context=line["context"],
        digest=digest,
    )


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """The line of a fold file that states this fact; fields without a value are left out."""
    line: dict[str, Any] = {"fact": fact.fact, "subject": fact.subject, "at": iso(fact.at_us)}
    for name in _EVIDENCE_FIELDS:
        if (bound := getattr(fact, f"{name}_us")) is not None:
            line[name] = iso(bound)
    if fact.epoch != 1:
        line["epoch"] = fact.epoch
    return line | {
        "station": fact.station,
        "seq": fact.seq,
        "operator": fact.operator,
        "office": fact.office,
        "context": dict(fact.context),
    }


def check_grammar(fact: Fact) -> None:
    """Demand of a fact from outside that every word in it is a label, a code or a time.

    Raises `BadFact`, `BadCode` or `BadInstant`. Nothing a person could write a name into passes.
    """
    checked_code("station", fact.station)
    checked_code("operator", fact.operator)
    checked_party("office", fact.office)
    if fact.fact == OFFICE_SUCCEEDED:
        checked_party("subject", fact.subject)
    elif not is_label(fact.subject):
        raise BadFact(field="subject", why="not a label")
    for name, value in fact.context.items():
        if name not in CONTEXT_KEYS:
            raise BadFact(field=f"context.{name}"[:64], why="unknown key")
        _check_value(name, value)


def labels_named(fact: Fact) -> list[str]:
    """The streams in which the fact is stored: its subject, its pouch, and what amends either.

    An office that is succeeded has a stream like a label.
    """
    named = [fact.subject]
    context = fact.context
    if not context:  # as of most
        return named
    amended = context.get("set") or {}
    for other in (context.get("pouch"), amended.get("subject"), amended.get("pouch")):
        if isinstance(other, str) and other not in named:
            named.append(other)
    return named


def aims(fact: Fact) -> set[str]:
    """The keys of all that it amends or rests on, or that a correction makes it amend."""
    context = fact.context
    if "target" not in context and "set" not in context:
        return set()
    named = context.get("target"), (context.get("set") or {}).get("target")
    return {key for key in named if isinstance(key, str)}


def may_succeed(fact: Fact) -> bool:
    """Whether it says that an office is succeeded, or amends something into that."""
    amended = fact.context.get("set") or {}
    return OFFICE_SUCCEEDED in {fact.fact, amended.get("fact")}


def under_first_label(fact: Fact, first: Mapping[str, str]) -> Fact:
    """The fact as told of the dossier by its first label; `first` by the label scanned."""
    subject = first.get(fact.subject, fact.subject)
    context: Mapping[str, Any] = fact.context
    put = context.get("set")
    if isinstance(put, dict) and put.get("subject") in first:
        context = {**context, "set": {**put, "subject": first[put["subject"]]}}
    if subject == fact.subject and context is fact.context:
        return fact
    return replace(fact, subject=subject, context=context)


def _check_value(name: str, value: object) -> None:
    _GRAMMAR.get(name, checked_code)(name, value)


def _label(name: str, value: object) -> None:
    _demand(name, holds=isinstance(value, str) and is_label(value))


def _subject(name: str, value: object) -> None:
    """A label, or the office that an `OfficeSucceeded` names."""
    checked_party(name, value)


def _instant(_name: str, value: object) -> None:
    parse_instant(value)


def _true(name: str, value: object) -> None:
    _demand(name, holds=value is True)


def _none_word(name: str, value: object) -> None:
    _demand(name, holds=value == "none")


def _correction_kind(name: str, value: object) -> None:
    _demand(name, holds=isinstance(value, str) and value in _CORRECTION_KINDS)


def _fact_name(name: str, value: object) -> None:
    _demand(name, holds=isinstance(value, str) and value in FACT_NAMES)


def _target(name: str, value: object) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST_KEY:
        raise BadFact(field=name, why="not a key")
    for part in value.split("#"):
        checked_code(name, part)


def _stops(name: str, value: object) -> None:
    if not isinstance(value, list) or len(value) > _MOST_STOPS:
        raise BadFact(field=name, why="not a list of offices")
    for stop in value:
        checked_party(name, stop)


def _pieces(name: str, value: object) -> None:
    """How many, or the codes of each."""
    if isinstance(value, list):
        _demand(name, holds=len(value) <= _MOST_PIECES)
        for piece in value:
            checked_code(name, piece)
    elif not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_PIECES:
        raise BadFact(field=name, why="not a number of pieces")


def _amendments(name: str, value: object) -> None:
    if not isinstance(value, dict):
        raise BadFact(field=name, why="not an object")
    for amended, put in value.items():
        _demand(f"set.{amended}"[:_LONGEST_KEY], holds=amended in _AMENDABLE)
        _check_value(amended, put)


def _demand(name: str, *, holds: bool) -> None:
    if not holds:
        raise BadFact(field=name, why="outside its grammar")


_GRAMMAR: dict[str, Callable[[str, object], object]] = {
    "pouch": _label,
    "subject": _subject,
    "broken": _true,
    "kind": _correction_kind,
    "paper": _none_word,
    "when": _instant,
    "at": _instant,
    "fact": _fact_name,
    "target": _target,
    "via": _stops,
    "pieces": _pieces,
    "set": _amendments,
    "counterpart": checked_party,
    "to": checked_party,
    "holder": checked_party,
    "office": checked_party,
}


def _canonical(line: dict[str, Any]) -> str:
    stated = {name: value for name, value in line.items() if name not in _EVIDENCE_FIELDS}
    return json.dumps(stated, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _present(line: dict[str, Any], name: str) -> object:
    if name not in line:
        raise BadFact(field=name, why="missing")
    return line[name]


def _text(line: dict[str, Any], name: str) -> str:
    value = _present(line, name)
    if not isinstance(value, str) or not value:
        raise BadFact(field=name, why="not a text")
    return value


def _name(line: dict[str, Any]) -> str:
    name = _text(line, "fact")
    if name not in FACT_NAMES:
        raise BadFact(field="fact", why="unknown name")
    return name


def _count(line: dict[str, Any], name: str) -> int:
    value = _present(line, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadFact(field=name, why="not a whole number from 1")
    return value


def _instant_or_none(line: dict[str, Any], name: str) -> Micros | None:
    value = line.get(name)
    return None if value is None else parse_instant(value)
