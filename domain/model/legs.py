"""A dossier's chain as legs and their parts: who carries it where, waits, works, receives.

The ledger of minutes (`responsibility`) counts what is cut here. A leg is a stretch of the journey
with a budget (chặng); its parts are told apart by what was scanned meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from domain.model.custody_state import ATTESTED, INFERRED, Link
from domain.model.identifiers import is_courier
from domain.model.instants import MINUTE_US, Micros
from domain.model.working_time import Minute

OFFICE, COURIER, APPLICANT, AGENCY = "office", "courier", "applicant", "agency"
SHELF, POST = "shelf", "post"

# The legs that have a budget: the names under which `Terms.legs_minutes` gives it.
CENTRE, COURIER_OUT, DEPARTMENT = "centre", "courier_out", "department"
COURIER_BACK, RETURN = "courier_back", "return"
LEGS = (CENTRE, COURIER_OUT, DEPARTMENT, COURIER_BACK, RETURN)
_CARRIED = (COURIER_OUT, COURIER_BACK)
WITH_APPLICANT = "with_applicant"  # returned, and not yet back

HANDLING, RECEPTION, STEP, PICKUP, CARRIAGE = "handling", "reception", "step", "pickup", "carriage"
NO_PART = ""

# What a mark says: it waits for pick-up, it does not (any more), a step is begun, or is done.
READY, NOT_READY, STARTED, FINISHED = "ready", "not_ready", "started", "finished"

LEGAL, OUTSIDE = "legal", "outside"


class Account(NamedTuple):
    """Who minutes are charged to: `code` is the party's, empty for those who are no party of ours.

    `run` is the run a courier was on, None where none is stated.
    """

    kind: str
    code: str = ""
    run: str | None = None


THE_APPLICANT: Final = Account(APPLICANT)
THE_AGENCY: Final = Account(AGENCY)
THE_SHELF: Final = Account(SHELF)
THE_POST: Final = Account(POST)


def account_of(party: str, run: str | None = None) -> Account:
    """The account of an office or courier."""
    return Account(COURIER, party, run) if is_courier(party) else Account(OFFICE, party)


class Mark(NamedTuple):
    """What a fact says about the parts of a leg; `leg_evidence` makes them.

    `step` is the code of the step that is started, empty where the procedure names none.
    """

    at_us: Micros
    act: str
    party: str
    step: str = ""


class Stretch(NamedTuple):
    """A stretch in one party's hands, before anybody else is charged for it."""

    start: Minute
    end: Minute
    account: Account
    leg: str
    part: str
    step: str
    clock: str
    holder: str | None
    basis: str
    evidence: tuple[str, ...]
    disputed: bool = False


def stretches_of(
    chain: Sequence[Link],
    *,
    offices: Sequence[str],
    marks: Sequence[Mark],
    runs: Mapping[str, str],
    within: tuple[Minute, Minute],
) -> list[Stretch]:
    """The chain in [start, end) as legs and their parts, without a gap.

    `offices`: the one that registered it first, then its successors. `runs`: the run of a scan that
    accepted it, by its key.
    """
    held = list(_held(chain, *within))
    stretches: list[Stretch] = []
    parts = _Parts(marks)
    for (begins, until, link), leg in zip(held, _legs(held, offices), strict=True):
        if link is None:
            stretches.append(_nobody(begins, until, offices, before=bool(stretches)))
            continue
        account, rest = Account(OFFICE, link.holder), HANDLING
        if leg in _CARRIED:
            run = runs.get(link.evidence[0]) if runs and link.evidence else None
            account, rest = Account(COURIER, link.holder, run), CARRIAGE
        elif link.basis == INFERRED:
            rest = RECEPTION
        whole = Stretch(
            begins, until, account, leg, rest, "", LEGAL, link.holder, link.basis, link.evidence
        )
        stretches += [whole] if rest == CARRIAGE else parts.of(whole)
    return stretches


Held = tuple[Minute, Minute, Link | None]


def _held(chain: Sequence[Link], start: Minute, end: Minute) -> Iterator[Held]:
    """Who had it, minute by minute, without gaps; None: nobody of ours."""
    cursor = start
    for link in chain:
        begins = link.from_us // MINUTE_US
        until = end if link.to_us is None else link.to_us // MINUTE_US
        if begins >= end:
            break
        until = min(until, end)
        if until <= cursor:
            continue
        if begins > cursor:
            yield cursor, begins, None
            cursor = begins
        yield cursor, until, link
        cursor = until
    if cursor < end:
        yield cursor, end, None


def _legs(held: Sequence[Held], offices: Sequence[str]) -> list[str]:
    """The leg of each stretch.

    The registering office has it at first and, once another office had it, on its return; a courier
    who takes it from there brings it back unless the next office to hold it is another one.
    """
    home = True  # the next office, if any, is the one that registered it
    homeward = []
    for _, _, link in reversed(held):
        homeward.append(home)
        if link is not None and not is_courier(link.holder):
            home = link.holder in offices
    legs, away = [], False
    for (_, _, link), home in zip(held, reversed(homeward), strict=True):
        if link is None:
            legs.append(WITH_APPLICANT)
        elif is_courier(link.holder):
            legs.append(COURIER_BACK if away and home else COURIER_OUT)
        elif link.holder in offices:
            legs.append(RETURN if away else CENTRE)
        else:
            away = True
            legs.append(DEPARTMENT)
    return legs


def _nobody(begins: Minute, until: Minute, offices: Sequence[str], *, before: bool) -> Stretch:
    """Once returned the applicant has it; before its first scan the office that took it in."""
    if before:
        who, leg, part, clock, holder = THE_APPLICANT, WITH_APPLICANT, NO_PART, OUTSIDE, None
    else:
        holder = offices[0]
        who, leg, part, clock = Account(OFFICE, holder), CENTRE, HANDLING, LEGAL
    return Stretch(begins, until, who, leg, part, "", clock, holder, ATTESTED, ())


class _Parts:
    """Walks along the marks: what an office does with a dossier, or that it waits for pick-up."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._marks = marks
        self._next = 0
        self._holder: str | None = None
        self._ready = False
        self._step: str | None = None

    def of(self, whole: Stretch) -> Iterator[Stretch]:
        """The parts of one link, in order and without gaps; its own part is what no mark tells."""
        holder, until, rest = whole.holder, whole.end, whole.part
        if holder != self._holder:
            self._holder, self._ready, self._step = holder, False, None
        begins, part = whole.start, self._now(rest)
        marks, number = self._marks, self._next
        while number < len(marks) and (at := marks[number].at_us // MINUTE_US) < until:
            mark = marks[number]
            number += 1
            if mark.party != holder:
                continue
            self._take(mark)
            changed = self._now(rest)
            if changed != part and at > begins:
                yield _part(whole, begins, at, part)
                begins = at
            part = changed
        self._next = number
        if begins == whole.start and part == (rest, ""):
            yield whole
        else:
            yield _part(whole, begins, until, part)

    def _take(self, mark: Mark) -> None:
        if mark.act == READY:
            self._ready = True
            return
        self._ready = False
        if mark.act == STARTED:
            self._step = mark.step
        elif mark.act == FINISHED:
            self._step = None

    def _now(self, rest: str) -> tuple[str, str]:
        if self._ready:
            return PICKUP, ""
        return (rest, "") if self._step is None else (STEP, self._step)


def _part(whole: Stretch, begins: Minute, until: Minute, part: tuple[str, str]) -> Stretch:
    _, _, account, leg, _, _, clock, holder, basis, evidence, disputed = whole
    return Stretch(begins, until, account, leg, *part, clock, holder, basis, evidence, disputed)


def cut(
    stretches: Iterable[Stretch], disputes: Sequence[tuple[Micros, Micros | None]]
) -> Iterator[Stretch]:
    """The stretches cut where a dispute begins and ends, those inside marked."""
    windows = [
        (from_us // MINUTE_US, None if to_us is None else to_us // MINUTE_US)
        for from_us, to_us in disputes
    ]
    edges = sorted({edge for window in windows for edge in window if edge is not None})
    for stretch in stretches:
        inner = [edge for edge in edges if stretch.start < edge < stretch.end]
        for a, b in zip([stretch.start, *inner], [*inner, stretch.end], strict=True):
            disputed = any(x <= a and (y is None or a < y) for x, y in windows)
            yield stretch._replace(start=a, end=b, disputed=disputed)
