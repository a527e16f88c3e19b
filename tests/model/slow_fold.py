"""A second, slow, plain fold of custody, written from facts.md alone; the tests' oracle.

It replays all facts in order for each question and looks everything up by walking through lists.
The numbers in the comments are those of facts.md §4.
"""

from typing import Any

from domain.model.fact import DOSSIER_SIGHTINGS, OFFICE_SUCCEEDED, POUCH_SIGHTINGS, Fact
from domain.model.identifiers import is_courier
from domain.model.instants import Micros, iso
from tests.model.slow_amend import amend, put_attestations_at_when
from tests.model.slow_rules import AT_A_DOOR, Receipts
from tests.model.slow_tender import Offer, standing_offers, tendered
from tests.model.slow_things import (
    Dossier,
    Outside,
    Pouch,
    chain_json,
    is_dossier,
    is_piece,
    is_pouch,
)
from tests.model.slow_time import (
    Placed,
    known_at,
    place_in_time,
    station_discrepancies,
    without_duplicates,
)

NOTED = {"FOUND", "LABEL_UNREADABLE", *AT_A_DOOR}  # `giaonhan fold` prints none of them


def slow_fold(facts: list[Fact], **instants: Micros | None) -> dict[str, Any]:
    """The JSON object of `giaonhan fold`."""
    return slow_answer(facts, **instants)[0]


def slow_answer(
    facts: list[Fact],
    *,
    now_us: Micros | None = None,
    as_of_us: Micros | None = None,
    known_at_us: Micros | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same; and what is not in it: who answers for a tendered dossier's time, the causes that
    add nothing, and what people declare (rule 9)."""
    entries = place_in_time(without_duplicates(known_at(facts, known_at_us)))
    standing, set_aside = amend(entries)
    if now_us is None:
        now_us = max((entry.effective_us for entry in [*entries, *standing]), default=0)
    put_attestations_at_when(standing)
    whole = Replay(standing, None)
    then = whole if as_of_us is None else Replay(standing, as_of_us)
    discrepancies = [
        {
            "code": one.code,
            "subject": one.subject,
            "opened": one.opened_us,
            "closed": one.closed_us,
            "key": one.key,
        }
        for one in [*station_discrepancies(entries), *whole.book.all]
        if one.opened_us <= now_us and (as_of_us is None or one.opened_us <= as_of_us)
    ]
    for row in discrepancies:
        closed = row["closed"]
        if as_of_us is not None and isinstance(closed, int) and closed > as_of_us:
            row["closed"] = None
    discrepancies.sort(key=lambda d: (d["opened"], d["code"], d["subject"], d["key"]))
    for row in discrepancies:
        row["opened"] = iso(_int(row["opened"]))
        row["closed"] = None if row["closed"] is None else iso(_int(row["closed"]))
    noted = [row for row in discrepancies if row["code"] in NOTED]
    discrepancies = [row for row in discrepancies if row["code"] not in NOTED]
    answer = {
        "dossiers": {
            label: _dossier_json(dossier, whole, as_of_us)
            for label, dossier in sorted(then.dossiers.items())
        },
        "pouches": {
            label: _pouch_json(pouch, whole, as_of_us)
            for label, pouch in sorted(then.pouches.items())
        },
        "discrepancies": discrepancies,
        "set_aside": set_aside,
    }
    limit_us = now_us if as_of_us is None else min(now_us, as_of_us)
    offered = {
        label: tendered(whole.dossiers[label], whole.offers, whole._same, limit_us)
        for label in then.dossiers
    }
    offered = {
        label: [
            (giver, receiver, from_us, _until(to_us, as_of_us))
            for giver, receiver, from_us, to_us in rows
        ]
        for label, rows in offered.items()
    }
    known = {(one.code, one.subject, one.key) for one in whole.book.all}
    further = sorted(
        (one.opened_us, one.code, one.subject, one.key, one.behind, _until(one.closed_us, as_of_us))
        for one in {(one.code, one.subject, one.key): one for one in whole.book.further}.values()
        if one.opened_us <= limit_us and (one.code, one.subject, one.key) not in known
    )
    return answer, {"tendered": offered, "further": further, "noted": noted}


def _until(end_us: Micros | None, as_of_us: Micros | None) -> Micros | None:
    later = end_us is not None and as_of_us is not None and end_us > as_of_us
    return None if later else end_us


def _dossier_json(dossier: Dossier, whole: "Replay", as_of_us: Micros | None) -> dict[str, Any]:
    return {
        "status": dossier.status,
        "pouch": dossier.pouch.label if dossier.pouch else None,
        "windows": [
            [iso(start), None if end is None else iso(end)] for start, end in dossier.windows
        ],
        "chain": chain_json(whole.dossiers[dossier.label].links, as_of_us),
    }


def _pouch_json(pouch: Pouch, whole: "Replay", as_of_us: Micros | None) -> dict[str, Any]:
    return {
        "state": pouch.state,
        "holder": pouch.holder,
        "seal": pouch.seal,
        "contents": sorted(pouch.contents),
        "manifest": sorted(pouch.manifest),
        "chain": chain_json(whole.pouches[pouch.label].links, as_of_us),
    }


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


class Replay(Receipts):
    """All standing facts (up to `until_us`, if given), one after the other."""

    def __init__(self, entries: list[Placed], until_us: Micros | None) -> None:
        super().__init__(
            [
                (entry.effective_us, entry.fact.subject, entry.fact.context.get("successor"))
                for entry in entries
                if entry.fact.fact == OFFICE_SUCCEEDED
            ]
        )
        self.offers: list[Offer] = []
        for entry in sorted(entries, key=lambda e: e.order):
            if until_us is not None and entry.effective_us > until_us:
                break
            self._let_time_pass(entry.effective_us)
            self._note_offers(entry.effective_us)
            self._begin(entry)
            self._tell()
            self._nobody_in_transit_any_more()
        self._note_offers(None)
        self._let_time_pass(None)

    def _note_offers(self, until_us: Micros | None) -> None:
        """What stood tendered from the fact before until here."""
        for dossier in self.dossiers.values():
            self.offers += standing_offers(dossier, self.at_us, until_us)

    def _tell(self) -> None:
        name, label = self.fact.fact, self.fact.subject
        if name == OFFICE_SUCCEEDED:
            return
        self._named_pouch()
        if is_dossier(label):
            dossier = self._dossier(label)
            if name in DOSSIER_SIGHTINGS:
                self._sighting_of_dossier(dossier)
            elif name == "Attested":
                self._attested(dossier)
            else:
                self._act_on(dossier)
                self._life_act(dossier)
        elif is_pouch(label):
            pouch = self._pouch(label)
            if name in POUCH_SIGHTINGS:
                self._sighting_of_pouch(pouch)
            elif name == "Packed" and self._named_pouch():
                self._open("WRONG_POUCH", pouch)  # 3: a pouch packed into a pouch
            else:
                self._act_on(pouch)

    # 1. A scan puts it there.

    def _sighting_of_dossier(self, dossier: Dossier) -> None:
        name = self.fact.fact
        if name == "Returned" and dossier.status == "returned":
            self._note_scan(dossier)
            return  # 8: a second Returned while returned changes nothing
        if name == "Registered" and not self._registration_is_a_sighting(dossier):
            return
        self._note_scan(dossier)
        if not dossier.registered and not dossier.scanned and not is_piece(dossier.label):
            self._open("UNKNOWN_CODE", dossier)  # 8
        dossier.scanned = True
        if dossier.status == "returned":  # 8: scanned after Returned
            self._open("SURPLUS", dossier)
            dossier.status = "open"
            if not dossier.window_open:
                dossier.windows.append((self.at_us, None))
        named = self._named_pouch()
        came_from = dossier.pouch
        inside = self._pouches_it_is_seen_inside(dossier, named)
        surplus = self._is_surplus(dossier, named)
        properly_packed = self._can_be_packed(named)
        explained = (
            came_from is not None
            or any(dossier.label not in pouch.seen for pouch in inside)
            or surplus
            or self._stands("MISSING", dossier)
            or self._stands("LOST", dossier)
        )
        # 3: its last scan decides; any scan takes it out
        if came_from is not None:
            came_from.contents.discard(dossier.label)
            came_from.packed.discard(dossier.label)
            dossier.pouch = None
        self._taken(dossier, flag=not explained)
        link = dossier.put(
            self.party, self._said("place"), self.at_us, self._basis("verified"), self.key
        )
        self._close("MISSING", dossier)  # 9
        self._close("LOST", dossier)
        if surplus:
            self._open("SURPLUS", dossier)  # 6
        for pouch in inside:
            self._seen_inside(dossier, pouch, came_from)
        if properly_packed:
            self._close("WRONG_POUCH", dossier)  # 7: when it is next packed properly
        if came_from is not None and came_from not in inside and came_from.state == "sealed":
            self._open("WRONG_POUCH", dossier)  # 7
            made_by_it = link.evidence[0] == (self.key, self.at_us)
            came_from.outside[dossier.label] = Outside(
                self._same(self.party, came_from.sealer),
                link if made_by_it else None,
                dossier.packed_pieces,
            )
        if name in ("Received", "Accepted"):
            self._dossier_arrives(dossier, [p for p in (*inside, named) if p is not None])
        if name == "Packed" and named is not None:
            self._pack(dossier, named, properly=properly_packed, left=came_from)
        if name == "Returned":
            self._nobody_in_transit_any_more()
            self._end(dossier, "returned")

    def _sighting_of_pouch(self, pouch: Pouch) -> None:
        name = self.fact.fact
        was_sealed = pouch.state == "sealed"
        if pouch.holder is None and name in ("Accepted", "Unsealed"):
            self._open("MANIFEST_MISSING", pouch)  # 3: accepted with no history
            pouch.no_history = pouch.moved = True
        self._pouch_taken(pouch, "verified")
        if was_sealed and name in ("Accepted", "Unsealed"):
            self._read_seal(pouch)
        if name != "Sealed":
            self._pouch_arrives(pouch, was_sealed=was_sealed)
        self._close("LOST", pouch)
        if name == "Opened" and pouch.state != "sealed" and pouch.is_empty:
            pouch.state = "open"  # 3: on a sealed pouch it only shows where it is
            pouch.begun = True
        elif name == "Sealed":
            self._seal(pouch, was_sealed=was_sealed)
        elif name == "Unsealed":
            pouch.state = "unsealed"  # 3: contents stay
            if pouch.moved and pouch.holder != pouch.sealer:
                pouch.unsealed = pouch.unsealed or (self.at_us, self.key)
        elif name == "Closed" and self._is_receipt(pouch):
            self._close_receipt(pouch)

    # 8. Life.

    def _registration_is_a_sighting(self, dossier: Dossier) -> bool:
        if dossier.window_open:
            self._open("DUPLICATE_LABEL", dossier)  # 7: moves nothing
            return False
        scanned_before = not dossier.registered and dossier.scanned
        paperless = self._said("paper") == "none"
        self._close("UNKNOWN_CODE", dossier)
        dossier.registered = True
        dossier.windows.append((self.at_us, None))
        if paperless or dossier.status != "returned":
            dossier.status = "open"
        if scanned_before and dossier.holder is not None:
            return False  # 8: registering then moves nothing
        if paperless:
            if dossier.holder is None:  # 8: the registering office holds the record
                dossier.put(self.party, self._said("place"), self.at_us, "attested", self.key)
            return False
        return True

    def _life_act(self, dossier: Dossier) -> None:
        name = self.fact.fact
        if name == "RefusedAtIntake" and dossier.status != "returned":
            self._end(dossier, "refused")
        elif name in ("Withdrawn", "Stopped") and dossier.window_open:
            dossier.status = "withdrawn" if name == "Withdrawn" else "stopped"
            if name == "Withdrawn" and self._in_transit(dossier):
                self._open("WITHDRAWN_IN_TRANSIT", dossier)

    def _end(self, dossier: Dossier, status: str) -> None:
        """The chain ends; an end before the registration makes no window."""
        if dossier.pouch is not None:
            dossier.pouch.contents.discard(dossier.label)
            dossier.pouch.packed.discard(dossier.label)
            dossier.pouch = None
        if dossier.holder is not None:
            dossier.links[-1].end_us = self.at_us
        dossier.release = None
        if dossier.registered:
            dossier.status = status
        if dossier.window_open:
            dossier.windows[-1] = (dossier.windows[-1][0], self.at_us)

    def _in_transit(self, dossier: Dossier) -> bool:
        sealed_in = dossier.pouch is not None and dossier.pouch.state == "sealed"
        return sealed_in or (dossier.holder is not None and is_courier(dossier.holder))

    def _nobody_in_transit_any_more(self) -> None:
        """WITHDRAWN_IN_TRANSIT is closed when an office has it."""
        for dossier in self.dossiers.values():
            if dossier.holder is not None and not self._in_transit(dossier):
                self._close("WITHDRAWN_IN_TRANSIT", dossier)

    def _attested(self, dossier: Dossier) -> None:
        """§3: with `holder` from here until its next scan, out of its pouch, MISSING closed."""
        holder = self._said("holder") or self.party
        if dossier.status == "returned":
            return
        if dossier.pouch is not None:
            dossier.pouch.contents.discard(dossier.label)
            dossier.pouch.packed.discard(dossier.label)
            dossier.pouch = None
        if not self._same(dossier.holder, holder):
            self._close("REFUSED", dossier)
            if not is_courier(holder):
                self._let_in(dossier)
            self._close_not_accepted(dossier)
            dossier.release = dossier.given_by = None
        dossier.put(holder, self._said("place"), self.at_us, "attested", self.key)
        self._close("MISSING", dossier)
