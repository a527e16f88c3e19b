"""Random days, plausible and not, from one seed: what the slow and the fast fold are compared on.

Time runs in coarse steps, so that equal instants and exact limits (30 minutes, 24 hours) occur.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

from domain.model.fact import Fact, fact_from_json
from domain.model.instants import DAY_US, MINUTE_US, SECOND_US, Micros, iso, parse_instant
from domain.model.labels import Kind, Label

OFFICES = ["A", "B", "C"]
COURIERS = ["courier:c1", "courier:c2"]
PARTIES = [*OFFICES, *COURIERS]
HEIR = "D"  # succeeds an office now and then, then scans itself
DOSSIERS = [str(Label(Kind.DOSSIER, 27001, 26, serial)) for serial in range(1, 6)]
PIECE = str(Label(Kind.PIECE, 27001, 26, 1))  # with scans of its own
POUCHES = [str(Label(Kind.POUCH, 27001, 26, serial)) for serial in range(1, 4)]
RUN = str(Label(Kind.RUN, 27001, 26, 1))
SEALS = ["S1", "S2", "S3"]
PLACES = ["desk-1", "shelf-2"]
MORNING = parse_instant("2026-03-02T07:00:00+07:00")
STEPS_US = [0, SECOND_US, 40 * SECOND_US, *(m * MINUTE_US for m in (1, 1, 2, 5, 10, 29, 30, 31))]
SKEWS_US = [*(0 for _ in range(8)), 90 * SECOND_US, -90 * SECOND_US, 5 * MINUTE_US]
SKEWS_US += [-5 * MINUTE_US, 120 * MINUTE_US, -120 * MINUTE_US, 400 * DAY_US, -400 * DAY_US]
OF_A_DOSSIER = (
    "Registered Digitised Packed Unpacked Received Moved Accepted StepStarted StepFinished"
    " ResultIssued ResultArrived Archived Returned Found Released Tendered Refused Disputed"
    " Withdrawn RefusedAtIntake Stopped DeclaredLost Attested Damaged FeePaid Labelled Relabelled"
    " ReservesNoted"
).split()
OF_A_POUCH = (
    "Opened Sealed Accepted Unsealed Closed Released Tendered Refused Disputed Packed Received"
    " DeclaredLost Attested Damaged ReservesNoted"
).split()
# What these may be given for; each declares something of one of them and nothing of the others.
REASONS = {
    "Refused": "wrong_recipient office_closed org_changed torn WRONG_OFFICE",
    "ReservesNoted": "label_unreadable org_changed given_to_another office_closed not_counted",
    "Relabelled": "label_unreadable label_lost",
}


@dataclass
class _Act:
    """What somebody means to scan; `at_us` is the true time."""

    fact: str
    subject: str
    party: str
    at_us: Micros
    context: dict[str, Any] = field(default_factory=dict)


class _Plan:
    """A day as it is meant to go, with people's slips in it."""

    def __init__(self, rng: Random, slips: float) -> None:
        self.rng, self.slips, self.now_us = rng, slips, MORNING
        self.heir_of_c: str | None = None
        self.acts: list[_Act] = []

    def say(self, fact: str, subject: str, party: str, **context: Any) -> None:
        rng = self.rng
        if rng.random() < self.slips:  # forgotten
            return
        said = {name: value for name, value in context.items() if value is not None}
        if rng.random() < 0.15:
            said["place"] = rng.choice(PLACES)
        if rng.random() < self.slips:
            party = rng.choice([*PARTIES, HEIR])
        if party == "C" and self.heir_of_c and rng.random() < 0.5:
            party = self.heir_of_c
        if rng.random() < self.slips and "pouch" in said:
            said["pouch"] = rng.choice(POUCHES)
        self.acts.append(_Act(fact, subject, party, self.now_us, said))
        if rng.random() < self.slips:  # scanned twice
            self.pause()
            self.acts.append(_Act(fact, subject, party, self.now_us, dict(said)))
        if rng.random() < self.slips and len(self.acts) > 1:  # the other way round
            one, other = self.acts[-1], self.acts[-2]
            one.at_us, other.at_us = other.at_us, one.at_us
        self.pause()

    def pause(self) -> None:
        self.now_us += self.rng.choice(STEPS_US)
        if self.rng.random() < 0.02:
            self.now_us += DAY_US

    def read(self, seal: str | None) -> dict[str, Any]:
        """The seal read well, badly, as broken, or not at all."""
        drawn = self.rng.random()
        if drawn < 0.5:
            return {"seal": seal}
        if drawn < 0.8:
            return {}
        return {"seal": self.rng.choice(SEALS)} if drawn < 0.9 else {"broken": True}


def random_day(rng: Random, size: int) -> list[Fact]:
    """About `size` facts in no order, some of them told twice; each within `check_grammar`."""
    plan = _Plan(rng, rng.choice([0.0, 0.02, 0.05, 0.12]))
    clutter = rng.choice([0.0, 0.1, 0.4])
    while len(plan.acts) < size:
        if rng.random() < clutter:
            _anything(plan)
        else:
            rng.choice([_round, _round, _hand_over, _office_work])(plan)
    acts = sorted(plan.acts[:size], key=lambda act: act.at_us)
    facts = _Stations(rng).scan(acts)
    facts += [_told_again(rng, fact) for fact in facts if rng.random() < 0.05]
    rng.shuffle(facts)
    return facts


def _round(plan: _Plan) -> None:
    """Register, pack, seal, release, accept, release, accept, unseal, receive, close."""
    rng = plan.rng
    pouch, courier = rng.choice(POUCHES), rng.choice(COURIERS)
    origin, target = rng.sample(OFFICES, 2)
    dossiers = rng.sample(DOSSIERS, rng.randint(1, 3))
    if rng.random() < 0.6:
        plan.say("Opened", pouch, origin)
    for dossier in dossiers:
        if rng.random() < 0.5:
            plan.say("Registered", dossier, origin)
        pieces = rng.choice([None, None, 3, ["p1", "p2"]])
        plan.say("Packed", dossier, origin, pouch=pouch, pieces=pieces)
    seal = rng.choice(SEALS)
    if rng.random() < 0.9:
        via = [rng.choice(OFFICES)] if rng.random() < 0.2 else None
        to = rng.choice([target, target, target, None, courier])
        plan.say("Sealed", pouch, origin, seal=rng.choice([seal, seal, seal, None]), to=to, via=via)
    holders = [origin, courier, target]
    if rng.random() < 0.2:
        holders.insert(2, rng.choice(PARTIES))
    for giver, taker in pairwise(holders):
        release = rng.choice(["Released", "Released", "Released", "Tendered"])
        plan.say(release, pouch, giver, counterpart=rng.choice([taker, taker, None]))
        plan.say("Accepted", pouch, taker, **plan.read(seal))
        if rng.random() < plan.slips:
            _incident(plan, rng.choice(dossiers), pouch)
    if rng.random() < 0.9:
        plan.say("Unsealed", pouch, target, **plan.read(seal))
    for dossier in dossiers:
        if rng.random() < 0.8:
            inside = rng.choice([pouch, None])
            pieces = rng.choice([None, None, 2, 3, ["p1", "p3"], ["p1", "p2", "p4"]])
            seen = rng.choice(["Received", "Received", "Unpacked", "Accepted"])
            plan.say(seen, dossier, target, pouch=inside, pieces=pieces)
    plan.say("Closed", pouch, target)


def _incident(plan: _Plan, dossier: str, pouch: str) -> None:
    """Something happens to a dossier that is said to lie in a pouch on its way."""
    rng = plan.rng
    party = rng.choice(PARTIES)
    name = rng.choice(
        "Withdrawn Withdrawn Stopped RefusedAtIntake DeclaredLost Attested Moved Received"
        " Returned Packed Unsealed".split()
    )
    if name == "Unsealed":
        plan.say(name, pouch, party, **plan.read(rng.choice(SEALS)))
    else:
        other = rng.choice([*POUCHES, None]) if name in ("Packed", "Received") else None
        plan.say(name, dossier, party, **_some_context(plan, name) | {"pouch": other})


def _hand_over(plan: _Plan) -> None:
    """One dossier from hand to hand without a pouch."""
    rng = plan.rng
    dossier = rng.choice(DOSSIERS)
    giver, taker = rng.sample(PARTIES, 2)
    plan.say("Moved", dossier, giver)
    plan.say("Released", dossier, giver, counterpart=rng.choice([taker, None]))
    if rng.random() < 0.2:
        why = rng.choice(REASONS["Refused"].split())
        plan.say("Refused", dossier, rng.choice([taker, giver]), reason=why)
    plan.say(rng.choice(["Accepted", "Received"]), dossier, taker)


def _office_work(plan: _Plan) -> None:
    """Steps, result, return, at one office."""
    rng = plan.rng
    dossier, office = rng.choice(DOSSIERS), rng.choice(OFFICES)
    if rng.random() < 0.5:
        paper = rng.choice([None, None, "none"])
        plan.say("Registered", dossier, office, paper=paper)
    work = ["Digitised", "StepStarted", "StepFinished", "ResultIssued", "ResultArrived", "Returned"]
    for name in sorted(rng.sample(work, 2), key=work.index):
        plan.say(name, dossier, office)


def _anything(plan: _Plan) -> None:
    """Some fact about some label by somebody; rarely an office is succeeded, or a run departs."""
    rng = plan.rng
    party = rng.choice(PARTIES)
    drawn = rng.random()
    if drawn < 0.04 and plan.heir_of_c is None:
        plan.heir_of_c = rng.choice([HEIR, "B"])
        successor = {"successor": plan.heir_of_c}
        plan.acts.append(_Act("OfficeSucceeded", "C", "A", plan.now_us, successor))
        return
    if drawn < 0.06:
        plan.acts.append(_Act("RunDeparted", RUN, party, plan.now_us))
        return
    if drawn < 0.4:
        name, subject = rng.choice(OF_A_POUCH), rng.choice(POUCHES)
    else:
        name, subject = rng.choice(OF_A_DOSSIER), rng.choice([*DOSSIERS, PIECE])
    plan.say(name, subject, party, **_some_context(plan, name))


def _some_context(plan: _Plan, name: str) -> dict[str, Any]:
    rng = plan.rng
    said: dict[str, Any] = {}
    if name in ("Packed", "Unpacked", "Received", "Accepted", "Moved") and rng.random() < 0.6:
        said["pouch"] = rng.choice(POUCHES)
    if name in ("Sealed", "Accepted", "Unsealed"):
        said |= plan.read(rng.choice(SEALS))
    if name == "Sealed" and rng.random() < 0.7:
        said["to"] = rng.choice(PARTIES)
    if name in ("Released", "Tendered") and rng.random() < 0.7:
        said["counterpart"] = rng.choice(PARTIES)
    if name == "Registered" and rng.random() < 0.3:
        said["paper"] = "none"
    if name in REASONS and rng.random() < 0.8:
        said["reason"] = rng.choice(REASONS[name].split())
    if name == "Attested":
        said["holder"] = rng.choice(PARTIES)
        if rng.random() < 0.8:
            said["when"] = iso(plan.now_us + rng.randint(-90, 20) * MINUTE_US)
    return said


@dataclass
class _Device:
    """One station: its clock's error, and the last number of its journal."""

    name: str
    skew_us: Micros
    honest: float  # how often the server's evidence bounds an entry
    epoch: int = 1
    seq: int = 0


class _Stations:
    """Turns what was meant into what devices say: numbers, clocks, evidence, second thoughts."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.gaps = rng.choice([0.0, 0.0, 0.03])
        self.seconds_thoughts = rng.choice([0.0, 0.05, 0.15])
        skewed = rng.random() < 0.5
        self.devices = {
            f"{party.replace(':', '-')}-{number}": _Device(
                f"{party.replace(':', '-')}-{number}",
                rng.choice(SKEWS_US) if skewed else 0,
                rng.choice([0.0, 0.5, 1.0]),
            )
            for party in [*PARTIES, HEIR]
            for number in (1, 2)
        }
        self.facts: list[Fact] = []

    def scan(self, acts: list[_Act]) -> list[Fact]:
        rng = self.rng
        for act in acts:
            device = self.devices[f"{act.party.replace(':', '-')}-{rng.choice([1, 1, 1, 2])}"]
            operator = f"{act.party.replace(':', '-')}-op{rng.choice([1, 1, 2])}"
            fact = self._write(device, act, operator)
            if rng.random() < 0.01:
                self._equivocate(fact, act)
            if rng.random() < self.seconds_thoughts:
                rng.choice([self._undo, self._correct, self._correct])(fact, act, device, operator)
        return self.facts

    def _write(self, device: _Device, act: _Act, operator: str) -> Fact:
        rng = self.rng
        if device.epoch == 1 and rng.random() < 0.01:
            device.epoch, device.seq = 2, 0
        device.seq += 1 + (rng.randint(1, 3) if rng.random() < self.gaps else 0)
        line: dict[str, Any] = {
            "fact": act.fact,
            "subject": act.subject,
            "at": iso(act.at_us + device.skew_us),
            "station": device.name,
            "epoch": device.epoch,
            "seq": device.seq,
            "operator": operator,
            "office": act.party,
            "context": act.context,
        }
        if device.epoch == 1 and rng.random() < 0.9:
            del line["epoch"]
        self.facts.append(fact_from_json(line | self._evidence(device, act.at_us)))
        return self.facts[-1]

    def _evidence(self, device: _Device, true_us: Micros) -> dict[str, str]:
        rng = self.rng
        known: dict[str, str] = {}
        if rng.random() < device.honest:
            received = true_us + rng.choice([0, 1, 1, 30, 300]) * MINUTE_US
            known["recorded_at"] = iso(received)
            if rng.random() < 0.7:
                known["not_after"] = iso(received)
            if rng.random() < 0.5:
                known["not_before"] = iso(true_us - rng.choice([0, 1, 60]) * MINUTE_US)
        if rng.random() < 0.005:  # evidence that contradicts itself
            known["not_before"] = iso(true_us + 200 * MINUTE_US)
        return known

    def _equivocate(self, fact: Fact, act: _Act) -> None:
        line = {
            "fact": fact.fact,
            "subject": fact.subject,
            "at": iso(fact.at_us + self.rng.choice([0, MINUTE_US])),
            "station": fact.station,
            "epoch": fact.epoch,
            "seq": fact.seq,
            "operator": fact.operator,
            "office": self.rng.choice(PARTIES),
            "context": dict(act.context),
        }
        self.facts.append(fact_from_json(line))

    def _undo(self, fact: Fact, act: _Act, device: _Device, operator: str) -> None:
        """Mostly at once, at the same station by the same person; rarely not."""
        rng = self.rng
        later = act.at_us + rng.choice([0, 5, 40, 60, 61, 90]) * SECOND_US
        who = rng.choice([operator, operator, operator, "A-op1"])
        where = device if rng.random() < 0.9 else rng.choice(list(self.devices.values()))
        key = fact.key if rng.random() < 0.9 else rng.choice(self.facts).key
        undone = self._write(
            where, _Act("Undone", _label(act), act.party, later, {"target": key}), who
        )
        if rng.random() < 0.2:
            self._correct(undone, act, device, operator)

    def _correct(self, fact: Fact, act: _Act, device: _Device, operator: str) -> None:
        """A correction of this fact or another one, of a correction, or a circle of them."""
        rng = self.rng
        target = fact.key if rng.random() < 0.6 else rng.choice(self.facts).key
        if rng.random() < 0.05:
            target = f"{device.name}#{device.seq + rng.choice([1, 2, 50])}"
        context: dict[str, Any] = {"target": target, "reason": "SLIP"}
        if rng.random() < 0.05:
            del context["reason"]
        context["kind"] = rng.choice(["did_not_occur", "was_wrong", "was_wrong"])
        if context["kind"] == "was_wrong":
            names = rng.sample(list(_AMENDMENTS), rng.randint(1, 2))
            context["set"] = {name: _AMENDMENTS[name](rng, act) for name in names}
        later = act.at_us + rng.choice([0, 1, 30, 600]) * MINUTE_US
        correction = self._write(
            device, _Act("Corrected", _label(act), act.party, later, context), operator
        )
        if rng.random() < 0.2:
            self._correct(correction, act, device, operator)


def _label(act: _Act) -> str:
    """What an amendment of the act is about; a succession is of an office, which is no label."""
    return DOSSIERS[0] if act.fact == "OfficeSucceeded" else act.subject


_AMENDMENTS: dict[str, Callable[[Random, _Act], Any]] = {
    "subject": lambda rng, _: rng.choice([*DOSSIERS, *POUCHES]),
    "office": lambda rng, _: rng.choice(PARTIES),
    "operator": lambda rng, _: rng.choice(["A-op1", "B-op1"]),
    "at": lambda rng, act: iso(act.at_us + rng.randint(-60, 60) * MINUTE_US),
    "fact": lambda rng, _: rng.choice([*OF_A_DOSSIER, *OF_A_POUCH]),
    "pouch": lambda rng, _: rng.choice(POUCHES),
    "seal": lambda rng, _: rng.choice(SEALS),
    "place": lambda rng, _: rng.choice(PLACES),
    "to": lambda rng, _: rng.choice(PARTIES),
    "counterpart": lambda rng, _: rng.choice(PARTIES),
    "target": lambda rng, act: f"{act.party.replace(':', '-')}-1#{rng.randint(1, 9)}",
    "reason": lambda rng, _: rng.choice(["OTHER", "label_unreadable", "org_changed"]),
    "kind": lambda rng, _: rng.choice(["did_not_occur", "was_wrong"]),
}


def _told_again(rng: Random, fact: Fact) -> Fact:
    """The same bytes once more, with other evidence."""
    line: dict[str, Any] = {
        "not_before": fact.not_before_us,
        "not_after": fact.not_after_us,
        "recorded_at": fact.recorded_at_us,
    }
    near = fact.at_us + rng.randint(0, 600) * MINUTE_US
    line[rng.choice(list(line))] = near
    return Fact(
        fact=fact.fact,
        subject=fact.subject,
        at_us=fact.at_us,
        station=fact.station,
        epoch=fact.epoch,
        seq=fact.seq,
        operator=fact.operator,
        office=fact.office,
        context=fact.context,
        digest=fact.digest,
        not_before_us=line["not_before"],
        not_after_us=line["not_after"],
        recorded_at_us=line["recorded_at"],
    )
