"""The scans behind a page as it shows them: set aside, put right, with reason, words and photo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.model.fact import Fact
from domain.model.reasons import Reason, photo_of, read_reason
from domain.model.station_time import Timed
from domain.use_cases.trace_dossier import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One scan. `removed` and `changed` are the undos and corrections that count.

    `reason` is None where the fact gives none or one that this version does not know; then
    `reason_code` has what stands there. `photo` is the SHA-256 of a photo, `words` what was
    written, None where the reader may not see it; `tender` is None of what is no tender.
    """

    timed: Timed
    removed: Sequence[Fact]
    changed: Sequence[Fact]
    reason: Reason | None
    reason_code: str
    photo: str | None
    words: str | None
    tender: str | None


def shown(
    facts: Sequence[Timed],
    trace: Trace,
    *,
    words: Mapping[str, str],
    tenders: Mapping[str, str],
) -> list[Shown]:
    """These facts, which are of the trace or of its pouches, as a page tells them.

    By key: `words` what was written, `tenders` whether the receiver's code was verified.
    """
    by_key = {timed.fact.key: timed.fact for timed in (*trace.facts, *facts)}
    void = {one.key for one in trace.folded.set_aside}
    removed: dict[str, list[Fact]] = {}
    for one in trace.folded.set_aside:
        if one.by in by_key:
            removed.setdefault(one.key, []).append(by_key[one.by])
    changed: dict[str, list[Fact]] = {}
    for fact in by_key.values():
        if fact.key not in void and _changes(fact):
            changed.setdefault(fact.context["target"], []).append(fact)
    return [
        _one(
            timed,
            removed=removed.get(timed.fact.key, ()),
            changed=changed.get(timed.fact.key, ()),
            words=words.get(timed.fact.key),
            tender=tenders.get(timed.fact.key),
        )
        for timed in facts
    ]


def _changes(fact: Fact) -> bool:
    context: Mapping[str, Any] = fact.context
    return (
        fact.fact == "Corrected"
        and context.get("kind") == "was_wrong"
        and bool(context.get("set") and context.get("reason") and context.get("target"))
    )


def _one(
    timed: Timed,
    *,
    removed: Sequence[Fact],
    changed: Sequence[Fact],
    words: str | None,
    tender: str | None,
) -> Shown:
    told = timed.fact.context.get("reason")
    text = told if isinstance(told, str) else ""
    return Shown(
        timed=timed,
        removed=removed,
        changed=changed,
        reason=read_reason(text)[0],
        reason_code=text.partition("/")[0],
        photo=photo_of(text),
        words=words,
        tender=tender,
    )
