"""What concurrent clients asked and were told, and the check that one true course explains it.

Scans of a dossier are a set; what people do about its discrepancy is a list, each act decided on
the list its person had seen. Both only grow. So one look at the end tells everything that happened,
and everything told before must agree with it and with the time at which it was told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Told(StrEnum):
    """What a client knows of its act: it stands, it was refused, or nothing (no answer came)."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A scan or a deed on a dossier: its unique name, when it was asked and answered (ns).

    `seen`: how many deeds its person had before the eyes; None for a scan, which asks for nothing.
    """

    label: str
    name: str
    began: int
    ended: int
    told: Told
    seen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a reading of a dossier showed: names of scans, or of deeds in their order."""

    label: str
    began: int
    ended: int
    shown: tuple[str, ...]


@dataclass(slots=True)
class History:
    """All that was asked and told; the last look at each dossier is taken when all is quiet."""

    scans: list[Act] = field(default_factory=list)
    deeds: list[Act] = field(default_factory=list)
    traces: list[Look] = field(default_factory=list)
    lists: list[Look] = field(default_factory=list)

    def broken(self) -> Iterator[str]:
        """What cannot be, dossier by dossier; nothing if the history has an explanation."""
        for label in sorted({look.label for look in [*self.traces, *self.lists]}):
            for acts, looks in ((self.scans, self.traces), (self.deeds, self.lists)):
                of = [act for act in acts if act.label == label]
                seen = sorted((look for look in looks if look.label == label), key=_end)
                yield from _untrue(of, seen)
                yield from _gone(seen)
            deeds = [act for act in self.deeds if act.label == label]
            lists = sorted((look for look in self.lists if look.label == label), key=_end)
            yield from _out_of_order(deeds, lists)


def _end(look: Look) -> int:
    return look.ended


def _untrue(acts: Sequence[Act], looks: Sequence[Look]) -> Iterator[str]:
    """Each look shows once all that was acknowledged before it, and nothing that had not begun."""
    by_name = {act.name: act for act in acts}
    for look in looks:
        shown = set(look.shown)
        if len(shown) != len(look.shown):
            yield f"{look.label}: something is shown twice"
        for act in acts:
            if act.told is Told.DONE and act.ended < look.began and act.name not in shown:
                yield f"{look.label}: {act.name} was acknowledged and is not shown"
        for name in look.shown:
            act_shown = by_name.get(name)
            if act_shown is None or act_shown.began > look.ended:
                yield f"{look.label}: {name} is shown and was not begun"
            elif act_shown.told is Told.REFUSED:
                yield f"{look.label}: {name} is shown and was refused"


def _gone(looks: Sequence[Look]) -> Iterator[str]:
    """What one look has shown, every later one shows."""
    shown_by_then: set[str] = set()
    ended = list(looks)
    for look in sorted(looks, key=lambda look: look.began):
        while ended and ended[0].ended < look.began:
            shown_by_then |= set(ended.pop(0).shown)
        if gone := shown_by_then - set(look.shown):
            yield f"{look.label}: {min(gone)} was shown and is gone"


def _out_of_order(deeds: Sequence[Act], lists: Sequence[Look]) -> Iterator[str]:
    """The deeds stand in one order, which nobody saw otherwise, and each where it was decided."""
    if not lists:
        return
    last = lists[-1].shown
    for look in lists:
        if look.shown != last[: len(look.shown)]:
            yield f"{look.label}: its deeds were shown in another order"
    by_name = {act.name: act for act in deeds}
    newest = 0
    for act in (by_name[name] for name in last if name in by_name):
        if act.ended < newest:
            yield f"{act.label}: {act.name} stands after one that was begun when it was done"
        newest = max(newest, act.began)
    for act in deeds:
        if act.seen is None:
            raise AssertionError("a deed is decided on what its person saw")
        stands = last[act.seen] if act.seen < len(last) else None
        if act.told is Told.DONE and stands != act.name:
            yield f"{act.label}: {act.name} does not stand where it was decided"
        if act.told is Told.REFUSED and (
            stands not in by_name or by_name[stands].began > act.ended
        ):
            yield f"{act.label}: {act.name} was refused and nobody had been faster"
