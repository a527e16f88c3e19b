"""What to tell the person who has just scanned: asked by the server and by stations alike.

All of it is read off the fold of what was known up to that scan; nothing here judges custody.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.model.custody_along import Along, Bearing
from domain.model.custody_state import DossierState, Filling, FoldSettings, PouchState
from domain.model.expected import sent_to
from domain.model.fact import DOSSIER_SIGHTINGS, Fact
from domain.model.identifiers import COURIER, is_courier
from domain.model.instants import Micros, local
from domain.model.labels import Kind, grouped
from domain.model.station_time import Discrepancy, Identity, Timed
from domain.model.verdict_words import (
    REPLACED_LABEL,
    SAYINGS,
    UNREADABLE_LABEL,
    Saying,
    Severity,
)

NameOf = Callable[[str], tuple[str, str]]  # an office's name in Vietnamese and English
_DEFAULT_SETTINGS = FoldSettings()
BLOCKED = "BLOCKED"
UNHEARD = "unheard"  # the reason of a verdict by a station that was told nothing of the thing
_LONGEST_TEXT = 400
_POUCH = str(int(Kind.POUCH))

# On the subject, whoever's scan opened them: as long as they stand, a person has to look at it.
STANDING = ("LOST", "DUPLICATE_LABEL", "DISPUTED", "WITHDRAWN_IN_TRANSIT")
# Opened by this very scan: it is recorded, and something is wrong with what was scanned.
_JUST_FOUND = (
    "SEAL_BROKEN",
    "SEAL_MISMATCH",
    "WRONG_POUCH",
    "WRONG_PERSON",
    "SHORT_CONTENT",
    "EXCESS_CONTENT",
)
_ABOUT_LABELS = frozenset({"ReservesNoted", "Relabelled"})
_ENDED = frozenset({"withdrawn", "stopped", "refused"})
_ENDS_IT = frozenset({"Returned", "Archived"})  # what is still to be done with what has ended
_ARRIVALS = frozenset({"Received", "Accepted", "Unsealed", "Closed"})
_FILLS = frozenset({"Packed", "Unpacked", "Opened", "Sealed"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer to one scan, in words, and what to do next.

    `seen` of `expected` dossiers of the pouch at hand: expected None where nobody said how many,
    both None where no pouch is. `reason` says why it is BLOCKED (a discrepancy or a status), or
    that it is UNKNOWN only to this station (`unheard`).
    """

    code: str
    severity: Severity
    vi: str
    en: str
    next_vi: str
    next_en: str
    seen: int | None = None
    expected: int | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it goes to the station and onto its lines."""
        return {name: getattr(self, name) for name in self.__slots__}


def read_verdict(told: object) -> Verdict | None:
    """The verdict in a server's answer; None where there is none in a form that we know."""
    if not isinstance(told, dict):
        return None
    code, vi, en, next_vi, next_en, reason = (
        _plain(told.get(name)) for name in ("code", "vi", "en", "next_vi", "next_en", "reason")
    )
    if not (code and vi and en):
        return None
    severity = _plain(told.get("severity"))
    return Verdict(
        code,
        Severity(severity) if severity in set(Severity) else Severity.ASK,
        vi,
        en,
        next_vi,
        next_en,
        _number(told.get("seen")),
        _number(told.get("expected")),
        reason or None,
    )


def _plain(text: object) -> str:
    """What of it may stand on a screen."""
    shown = text[:_LONGEST_TEXT] if isinstance(text, str) else ""
    return "".join(sign for sign in shown if sign.isprintable())


def _number(told: object) -> int | None:
    return told if isinstance(told, int) else None


def by_code(code: str) -> tuple[str, str]:
    """The code itself, where no names are at hand."""
    return code, code


def not_told_ahead() -> Verdict:
    """Of a station that was told nothing of what it scanned."""
    saying = SAYINGS[f"UNKNOWN.{UNHEARD}"]
    return Verdict("UNKNOWN", *saying, reason=UNHEARD)


def verdict(
    around: Sequence[Timed],
    scan: Timed,
    *,
    begun: Iterable[Filling] = (),
    settled: Mapping[Identity, Micros] | None = None,
    name_of: NameOf = by_code,
    settings: FoldSettings = _DEFAULT_SETTINGS,
    heard: bool = True,
) -> Verdict:
    """What the scan met at its own moment.

    around: the facts that bear on its labels in order, itself among them (`Views.facts_around`);
    those after it do not count, so the answer to a scan sent late or twice is the same.
    begun: how pouches stood of which earlier facts are left out.
    settled: the discrepancies that people have closed, and when.
    heard: whether `around` is all that is known of the subject; a station that was told nothing of
    it says so instead of calling it unregistered.
    """
    along = Along(Bearing(around, list(begun)), settings)
    return verdict_along(along, scan, settled=settled, name_of=name_of, heard=heard)


def verdict_along(
    along: Along,
    scan: Timed,
    *,
    settled: Mapping[Identity, Micros] | None = None,
    name_of: NameOf = by_code,
    heard: bool = True,
) -> Verdict:
    """The same of one scan among others that the same facts bear on; cheapest in their order."""
    look = _Look(along, scan, settled or {})
    look.heard = heard
    seen, expected = look.counted
    name = next(look.sayings())
    code, _, variant = name.partition(".")
    saying = SAYINGS[name]
    told = (saying.vi, saying.en, saying.next_vi, saying.next_en)
    in_vi, in_en = look.values(name_of, office=any("{office}" in each for each in told))
    said = Verdict(
        code=code,
        severity=saying.severity,
        vi=saying.vi.format_map(in_vi),
        en=saying.en.format_map(in_en),
        next_vi=saying.next_vi.format_map(in_vi),
        next_en=saying.next_en.format_map(in_en),
        seen=seen,
        expected=expected,
        reason=variant if code == BLOCKED or variant == UNHEARD else None,
    )
    return _with(said, UNREADABLE_LABEL) if look.unreadable else said


def of_replaced(said: Verdict, newest: str | None) -> Verdict:
    """With a word about a label that another has replaced: the scan counts all the same."""
    return said if newest is None else _with(said, REPLACED_LABEL, label=grouped(newest))


def _with(said: Verdict, word: Saying, **values: str) -> Verdict:
    """And a word about the label; what the scan met comes first."""
    return replace(
        said,
        severity=word.severity if said.severity is Severity.GOOD else said.severity,
        vi=f"{said.vi} {word.vi.format(**values)}",
        en=f"{said.en} {word.en.format(**values)}",
        next_vi=f"{said.next_vi} {word.next_vi}",
        next_en=f"{said.next_en} {word.next_en}",
    )


class _Look:
    """The fold just after one scan, and what of it concerns the scan."""

    heard = True

    def __init__(self, along: Along, scan: Timed, settled: Mapping[Identity, Micros]) -> None:
        self.fact, self.at_us = scan.fact, scan.effective_us
        self.known, self.folded = along.after(scan)
        self._is_pouch = self.fact.subject[:1] == _POUCH
        said = list(self._said_before())
        self.repeated = said[0] if said else None
        keys = {self.fact.key} | {one.fact.key for one in said}
        about = [one for one in self.folded.all_discrepancies if one.subject == self.fact.subject]
        # Closed at this instant: by this scan, which met it open.
        self._met = {
            one.code
            for one in about
            if one.closed_us in (None, self.at_us) and not self._is_settled(one, settled)
        }
        self._open = {one.code for one in about if one.closed_us is None}
        causes = (*about, *(one for one in self.folded.repeats if one.subject == self.fact.subject))
        self._found = {one.code for one in causes if one.closed_us is None and one.key in keys}
        self.counted = self._count()

    @property
    def unreadable(self) -> bool:
        """Whether whoever has it in hand should put another label on it."""
        return "LABEL_UNREADABLE" in self._met and self.fact.fact not in _ABOUT_LABELS

    def sayings(self) -> Iterator[str]:
        """What can be said, the most pressing first; the last always holds."""
        yield from self._not_to_go_on()
        fact = self.fact
        misrouted = "MISROUTED" in self._found or (
            "MISROUTED" in self._open and fact.fact in _ARRIVALS and not is_courier(fact.office)
        )
        if "UNKNOWN_CODE" in self._open and self._sighted and self.heard:
            yield "UNKNOWN"
        if "MANIFEST_MISSING" in self._found and self.heard:
            yield "UNKNOWN.pouch"
        if self._surplus:
            yield "FOREIGN" if misrouted else "SURPLUS"
        if misrouted:
            yield "WRONG_OFFICE"
        yield from (f"BLOCKED.{code}" for code in _JUST_FOUND if code in self._found)
        if any(self._missing()):
            yield "BLOCKED.MISSING"
        if self.repeated is not None:
            yield "ALREADY_SCANNED" if self.counted[1] is None else "ALREADY_SCANNED.receipt"
        if not self.heard and not (self._is_pouch and fact.fact in _FILLS):
            yield f"UNKNOWN.{UNHEARD}"
        yield self._good()

    def _not_to_go_on(self) -> Iterator[str]:
        """What stands on the subject, whoever's scan it began with."""
        fact, state = self.fact, self._dossier
        if fact.fact != "DeclaredLost":  # it is no news to who declares it
            yield from (f"BLOCKED.{code}" for code in STANDING if code in self._met)
        if state is not None and self._sighted:
            anew = state.windows[1:] and state.windows[-1][0] == self.at_us
            if "SURPLUS" in (self._open if anew else self._found) and (anew or not self._pouch):
                yield "BLOCKED.returned"
            if state.status in _ENDED and fact.fact not in _ENDS_IT:
                yield f"BLOCKED.{state.status}"

    def values(
        self, name_of: NameOf, *, office: bool
    ) -> tuple[dict[str, object], dict[str, object]]:
        """What the sentences name, in Vietnamese and in English; the `office` is looked for."""
        seen, expected = self.counted
        both: dict[str, object] = {"seen": seen, "expected": expected}
        both["missing"] = sum(1 for _ in self._missing())
        belongs = sent_to(self.folded, self.known, self.fact.subject) if office else None
        vi, en = ("nơi khác", "another office") if belongs is None else _named(belongs, name_of)
        in_vi, in_en = both | {"office": vi}, both | {"office": en}
        if (earlier := self.repeated) is not None:
            moment = local(earlier.effective_us)
            when = {"by": earlier.fact.operator, "when": moment.strftime("%H:%M")}
            in_vi, in_en = in_vi | when, in_en | when
            if moment.date() != local(self.at_us).date():
                in_vi["when"] = moment.strftime("%H:%M ngày %d/%m/%Y")
                in_en["when"] = moment.strftime("%H:%M on %d/%m/%Y")
        return in_vi, in_en

    @property
    def _dossier(self) -> DossierState | None:
        return self.folded.dossiers.get(self.fact.subject)

    @property
    def _sighted(self) -> bool:
        """Whether the scan says where a dossier is."""
        return not self._is_pouch and self.fact.fact in DOSSIER_SIGHTINGS

    @property
    def _pouch(self) -> PouchState | None:
        """The pouch scanned, or named with the dossier scanned."""
        label = self.fact.subject if self._is_pouch else self.fact.context.get("pouch")
        return self.folded.pouches.get(label) if label else None

    @property
    def _surplus(self) -> bool:
        """Found by this scan; or again by it, while an older one stands and hides it (rule 9)."""
        if "SURPLUS" in self._found:
            return True
        pouch = None if self._is_pouch or self.fact.fact == "Packed" else self._pouch
        listed = pouch.manifest if pouch is not None else ()
        return "SURPLUS" in self._open and bool(listed) and self.fact.subject not in listed

    def _is_settled(self, one: Discrepancy, settled: Mapping[Identity, Micros]) -> bool:
        """Whether people have closed it, and every further cause of it up to the newest."""
        if Identity(one.code, one.subject, one.key) not in settled:
            return False
        again = [
            each
            for each in self.folded.repeats
            if (each.code, each.subject, each.behind) == (one.code, one.subject, one.key)
        ]
        keys = [one.key, *(each.key for each in again)]
        closed_us = max(settled.get(Identity(one.code, one.subject, key), 0) for key in keys)
        return all(each.opened_us <= closed_us for each in again)

    def _said_before(self) -> Iterator[Timed]:
        """The same statement earlier in the same hands, the newest first."""
        fact, state = self.fact, self._dossier or self.folded.pouches.get(self.fact.subject)
        if isinstance(state, DossierState) and fact.fact == "Returned":
            yield from (
                one
                for one in self.known
                if self._same(one.fact) and one.effective_us == state.returned_us != self.at_us
            )
            return
        evidence = state.chain[-1].evidence if state is not None and state.chain else ()
        if fact.key not in evidence:
            return
        before = evidence[: evidence.index(fact.key)]
        facts = {timed.fact.key: timed for timed in self.known} if before else {}
        for key in reversed(before):
            if key not in facts:  # from before the pouch was filled: another trip of the bag
                return
            earlier = facts[key].fact
            if self._same(earlier):
                yield facts[key]
            elif {earlier.fact, fact.fact} & {"Packed", "Unpacked", "Sealed"}:
                return

    def _same(self, earlier: Fact) -> bool:
        fact = self.fact
        if (earlier.fact, earlier.subject) != (fact.fact, fact.subject):
            return False
        if self._is_pouch:
            return earlier.context == fact.context
        return fact.context.get("pouch") in (None, earlier.context.get("pouch"))

    def _missing(self) -> Iterator[Discrepancy]:
        return (
            one
            for one in self.folded.discrepancies
            if one.code == "MISSING" and one.key == self.fact.key
        )

    def _count(self) -> tuple[int | None, int | None]:
        pouch = self._pouch
        if pouch is None:
            return None, None
        if self.fact.fact in _FILLS:
            return len(pouch.contents), None
        received = pouch.received if pouch.manifest or self.fact.fact == "Closed" else None
        if received is None:
            return None, None
        told = not self._is_pouch or not pouch.manifest
        return (received.seen if told else None), received.listed

    def _good(self) -> str:
        fact, (seen, expected) = self.fact, self.counted
        if fact.fact in _FILLS and seen is not None:
            return "OK.sealed" if fact.fact == "Sealed" else "OK.packing"
        if self._is_pouch:
            if fact.fact == "Closed" and seen is not None:
                return "OK.closed"
            return "OK" if expected is None else "OK.pouch"
        if seen is None:
            return "OK"
        if expected is None:
            return "OK.unlisted"
        return "OK.complete" if seen == expected else "OK.receipt"


def _named(party: str, name_of: NameOf) -> tuple[str, str]:
    if is_courier(party):
        code = party.removeprefix(COURIER)
        return f"bưu tá {code}", f"courier {code}"
    return name_of(party)
