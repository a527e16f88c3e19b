"""Clerks and couriers of a simulated centre, and where every paper really is.

Each errand is a generator: it scans, moves paper, and yields how long until it goes on. Paper moves
in the same breath as the tone is heard, so the truth can be asked between any two steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.rehearsal.simulator_runs import RUNS_AT_US, Runs
from api.rehearsal.simulator_server import Server
from api.rehearsal.simulator_station import HOUR_US, Device, Scanned
from api.rehearsal.simulator_watch import Watch
from api.rehearsal.simulator_world import Errand, World
from domain.model.instants import DAY_US, iso
from domain.model.labels import Kind, Label

CENTRE = "TTHC"
PROCEDURES = {"SNNMT": "VD-BD", "SXD": "VD-GPXD", "STP": "VD-LLTP"}
STATIONS = (
    ("quay-1", CENTRE, "cb01"),
    ("quay-2", CENTRE, "cb02"),
    ("vanthu-nnmt-1", "SNNMT", "vt-snnmt"),
    ("vanthu-nnmt-2", "SNNMT", "vt-snnmt2"),
    ("vanthu-xd", "SXD", "vt-sxd"),
    ("vanthu-tp", "STP", "vt-stp"),
    ("buuta-1", "courier:C1", "buuta1"),
    ("buuta-2", "courier:C2", "buuta2"),
)
COURIERS = ("courier:C1", "courier:C2")
_POUCH_ISSUER, _POUCH_YEAR = 90_001, 26
_JUDGED_AFTER_US = 5 * HOUR_US  # a supervisor first looks at what a revoked station sent
_MOST_IN_A_BAG = 8


@dataclass(slots=True, eq=False)
class Bag:
    """A pouch; `holder` has it in his hands whatever anybody scanned. `seal` None: open."""

    label: str
    holder: str
    seal: str = ""
    in_use: bool = True


@dataclass(slots=True, eq=False)
class Paper:
    """A dossier's paper; in a bag it is where the bag is. `busy`: somebody is at it."""

    label: str
    need: str
    hand: str | None = CENTRE
    bag: Bag | None = None
    result: bool = False
    busy: bool = True

    @property
    def holder(self) -> str | None:
        """Who really has it; None once the citizen does."""
        return self.bag.holder if self.bag is not None else self.hand

    @property
    def target(self) -> str:
        """Where it is to go."""
        return CENTRE if self.result else self.need


class People:
    """Everybody at work, from the first morning on."""

    def __init__(self, world: World, server: Server, watch: Watch) -> None:
        self._world, self._server = world, server
        self.papers: list[Paper] = []
        self._bags: list[Bag] = []
        self._heirs: dict[str, str] = {}
        self._runs = Runs(
            world, server, desk=self._desk, couriers=COURIERS, offices=(CENTRE, *PROCEDURES)
        )
        self.devices = [
            Device(code, party, operator, world=world, server=server, watch=watch)
            for code, party, operator in STATIONS
        ]

    def work(self, *, days: int, dossiers: int) -> Errand:
        """Take in `dossiers` over `days`; two courier runs a day."""
        start = self._world.timeline.start
        for day in range(days):
            many = dossiers * (day + 1) // days - dossiers * day // days
            start(self._intake(many))
            for slot, after_us in RUNS_AT_US.items():
                start(self._run(), after_us=after_us)
                start(self._runs.drive(slot), after_us=after_us)
            yield DAY_US

    def same(self, one: str | None, other: str | None) -> bool:
        """Whether both are one party, an office and its successor being one."""
        return one == other or (
            one is not None
            and other is not None
            and self._heirs.get(one, one) == self._heirs.get(other, other)
        )

    def inventory(self) -> list[Paper]:
        """Everybody scans each paper that really lies before him; which those are."""
        loose = [paper for paper in self.papers if paper.bag is None and paper.hand is not None]
        for paper in loose:
            for _ in self._desk(str(paper.hand)).scan("Moved", paper.label, steady=True):
                raise AssertionError("a steady scan waits for nothing")
        return loose

    def _intake(self, many: int) -> Errand:
        for _ in range(many):
            yield self._world.seconds(30, 300)
            need = self._world.dice.choice(sorted(PROCEDURES))
            label = self._server.register(
                procedure=PROCEDURES[need], office=CENTRE, operator="cb01"
            )
            paper = Paper(label, need)
            self.papers.append(paper)
            yield self._world.seconds(20, 200)
            yield from self._scan(CENTRE, "Digitised", label)
            paper.busy = False

    def _run(self) -> Errand:
        """What lies ready in every tray sets out."""
        yield 0
        for office in (CENTRE, *PROCEDURES):
            ready = [
                paper
                for paper in self.papers
                if not paper.busy and paper.bag is None and self.same(paper.hand, office)
            ]
            ready = [paper for paper in ready if not self.same(paper.target, office)]
            for target in sorted({paper.target for paper in ready}):
                group = [paper for paper in ready if paper.target == target][:_MOST_IN_A_BAG]
                for paper in group:
                    paper.busy = True
                origin = str(group[0].hand)
                trip = self._by_hand if len(group) == 1 and self._odds(0.4) else self._by_bag
                delay_us = self._world.seconds(0, 90)
                self._world.timeline.start(trip(origin, target, group), after_us=delay_us)

    def _by_bag(self, origin: str, target: str, papers: Sequence[Paper]) -> Errand:
        bag = self._empty_bag(origin)
        yield from self._scan(origin, "Opened", bag.label)
        for paper in papers:
            yield self._world.seconds(3, 40)
            yield from self._pack(origin, bag, paper)
        yield self._world.seconds(10, 60)
        seal = f"S{self._world.dice.randrange(10**6):06d}"
        yield from self._scan(origin, "Sealed", bag.label, seal=seal, to=target)
        bag.seal = seal
        yield self._world.seconds(2, 900)  # at one instant two stations stand in no order
        courier = self._world.dice.choice(COURIERS)
        yield from self._hand_over(bag, origin, courier)
        yield self._world.seconds(600, 4000)
        target = self._merged(target)
        if self._strikes("refusing"):
            yield from self._scan(courier, "Released", bag.label, counterpart=target)
            yield self._world.seconds(10, 300)
            yield from self._scan(target, "Refused", bag.label, reason="NO_TIME")
            yield 5 * HOUR_US
        yield from self._hand_over(bag, courier, target)
        yield self._world.seconds(20, 900)
        yield from self._receive(bag, target)

    def _by_hand(self, origin: str, target: str, papers: Sequence[Paper]) -> Errand:
        """A single dossier goes without a bag."""
        courier = self._world.dice.choice(COURIERS)
        [paper] = papers
        yield from self._scan(origin, "Released", paper.label, counterpart=courier)
        yield self._world.seconds(10, 300)
        yield from self._scan(courier, "Accepted", paper.label)
        paper.hand = courier
        yield self._world.seconds(600, 4000)
        target = self._merged(target)
        yield from self._scan(courier, "Released", paper.label, counterpart=target)
        yield self._world.seconds(10, 300)
        if self._strikes("attested"):
            declared = self._declare(paper, target)
            self._world.timeline.start(declared, after_us=next(declared))
        else:
            yield from self._scan(target, "Received", paper.label)
        self._arrived(paper, target)

    def _declare(self, paper: Paper, office: str) -> Errand:
        """Nobody scans it when it comes; somebody says so later."""
        self._world.unheard += 1
        when = iso(self._world.timeline.now_us())
        yield self._world.seconds(1_000, 9_000)
        yield from self._desk(office).scan(
            "Attested", paper.label, steady=True, holder=office, when=when, reason="not_scanned"
        )
        self._world.unheard -= 1

    def _pack(self, office: str, bag: Bag, paper: Paper) -> Errand:
        """Into the bag, as scanned or not."""
        others = [one for one in self._bags if one is not bag and self._being_packed(one, office)]
        strangers = [one for one in self.papers if one.bag in others]
        if self._strikes("surplus"):
            paper.bag = bag
            self._tell(f"{paper.label} gets into {bag.label} unseen")
            return
        yield from self._scan(office, "Packed", paper.label, pouch=bag.label)
        if self._strikes("missing"):
            self._tell(f"{paper.label} falls under the desk")
            self._world.timeline.start(
                self._found(paper), after_us=self._world.seconds(9_000, 90_000)
            )
        elif others and self._strikes("mis-pack"):
            paper.bag = self._world.faults.dice.choice(others)
            self._tell(f"{paper.label} gets into {paper.bag.label}")
        elif strangers and self._strikes("swapped-labels"):
            other = self._world.faults.dice.choice(strangers)
            paper.bag, other.bag = other.bag, bag
            self._tell(f"{paper.label} and {other.label} wear each other's label")
        else:
            paper.bag = bag

    def _found(self, paper: Paper) -> Errand:
        yield from self._scan(str(paper.hand), "Found", paper.label)
        paper.busy = False

    def _hand_over(self, bag: Bag, giver: str, taker: str) -> Errand:
        if giver in COURIERS and self._strikes("tendered"):
            yield from self._scan(giver, "Tendered", bag.label, counterpart=taker)
            yield 3 * HOUR_US
        else:
            yield from self._scan(giver, "Released", bag.label, counterpart=taker)
            yield 5 * HOUR_US if self._strikes("missed-run") else self._world.seconds(5, 600)
        yield from self._scan(taker, "Accepted", bag.label, seal=bag.seal)
        bag.holder = taker

    def _receive(self, bag: Bag, office: str) -> Errand:
        """Open the bag, look at what is in it, close the receipt."""
        yield from self._scan(office, "Unsealed", bag.label, seal=bag.seal)
        inside = [paper for paper in self.papers if paper.bag is bag]
        for paper in self._world.dice.sample(inside, len(inside)):
            yield self._world.seconds(2, 30)
            word = "ResultArrived" if paper.result and office == CENTRE else "Received"
            yield from self._scan(office, word, paper.label, pouch=bag.label)
            paper.bag = None
            self._arrived(paper, office)
        if self._strikes("cheating"):
            yield from self._cheat(office)
        yield self._world.seconds(5, 120)
        yield from self._scan(office, "Closed", bag.label)
        bag.seal, bag.in_use = "", False

    def _cheat(self, office: str) -> Errand:
        """Scan from a list what is not there."""
        things: list[Paper | Bag] = [*self.papers, *self._bags]
        elsewhere = [
            one for one in things if one.holder is not None and not self.same(one.holder, office)
        ]
        if elsewhere:
            thing = self._world.faults.dice.choice(elsewhere)
            word = "Received" if isinstance(thing, Paper) else "Accepted"
            self._tell(f"{office} has not got {thing.label} and scans it")
            yield from self._scan(office, word, thing.label)

    def _arrived(self, paper: Paper, office: str) -> None:
        """It lies on a desk of that office; who works on it sets out."""
        paper.hand, paper.busy = office, False
        if paper.result and office == CENTRE:
            paper.busy = True
            self._world.timeline.start(
                self._give_back(paper), after_us=self._world.seconds(600, 100_000)
            )
        elif not paper.result and self.same(paper.need, office):
            paper.busy = True
            self._world.timeline.start(
                self._decide(paper, office), after_us=self._world.seconds(300, 9_000)
            )

    def _decide(self, paper: Paper, office: str) -> Errand:
        for word in ("StepStarted", "StepFinished", "ResultIssued"):
            yield from self._scan(office, word, paper.label)
            yield self._world.seconds(60, 12_000)
        paper.result, paper.busy = True, False

    def _give_back(self, paper: Paper) -> Errand:
        yield from self._scan(CENTRE, "Returned", paper.label)
        paper.hand = None

    def _scan(self, party: str, fact: str, subject: str, **context: Any) -> Scanned:
        """Somebody of that party scans; what else happens at a desk happens here."""
        desk = self._desk(party)
        if self._strikes("undone"):
            yield from self._slip(desk)
        others = self._others(subject)
        if others and self._strikes("corrected"):
            other = self._world.faults.dice.choice(others)
            return (yield from self._mistake(desk, fact, subject, other, context))
        by_mistake = not desk.revoked and self._strikes("revoked-by-mistake")
        if by_mistake or (not desk.revoked and self._strikes("revoked")):
            desk.revoke(by_mistake=by_mistake)
            self._world.timeline.start(self._replace(desk), after_us=DAY_US)
            self._world.timeline.start(self._judge(desk), after_us=_JUDGED_AFTER_US)
        return (yield from desk.scan(fact, subject, **context))

    def _slip(self, desk: Device) -> Errand:
        """The wrong label, and undone at once."""
        things: list[Paper | Bag] = [*self.papers, *self._bags]
        if things:
            thing = self._world.faults.dice.choice(things)
            word = "Received" if isinstance(thing, Paper) else "Accepted"
            self._world.unheard += 1
            key = yield from desk.scan(word, thing.label, steady=True)
            yield self._world.seconds(3, 50)
            yield from desk.scan("Undone", thing.label, steady=True, target=key)
            self._world.unheard -= 1

    def _mistake(
        self, desk: Device, fact: str, subject: str, other: str, context: dict[str, Any]
    ) -> Scanned:
        """Another's label in its place, seen too late for an undo: put right, or struck out."""
        self._world.unheard += 1
        key = yield from desk.scan(fact, other, steady=True, **context)
        yield self._world.seconds(61, 400)
        if self._odds(0.5):
            kind: dict[str, Any] = {"kind": "was_wrong", "set": {"subject": subject}}
            yield from desk.scan(
                "Corrected", subject, steady=True, target=key, reason="wrong_label", **kind
            )
        else:
            kind = {"kind": "did_not_occur"}
            yield from desk.scan(
                "Corrected", other, steady=True, target=key, reason="wrong_label", **kind
            )
            key = yield from desk.scan(fact, subject, steady=True, **context)
        self._world.unheard -= 1
        return key

    def _others(self, label: str) -> list[str]:
        """The labels of things of the same kind."""
        things: list[Paper | Bag] = [*self.papers, *self._bags]
        return [one.label for one in things if one.label[0] == label[0] and one.label != label]

    def judge_the_rest(self) -> None:
        """At the end nothing is left in quarantine without a decision."""
        for desk in self.devices:
            self._server.decide(desk.code, by_mistake=desk.by_mistake, all_of_it=True)

    def _judge(self, desk: Device) -> Errand:
        """A supervisor looks at what came since it was revoked, and again at what came late."""
        self._server.decide(desk.code, by_mistake=desk.by_mistake)
        yield DAY_US
        self._server.decide(desk.code, by_mistake=desk.by_mistake)

    def _replace(self, desk: Device) -> Errand:
        if desk.revoked:
            desk.enrol_anew()
        yield from ()

    def _merged(self, office: str) -> str:
        """The office, or who has taken over from it, perhaps just now."""
        if office in PROCEDURES and not self._heirs and self._strikes("merge"):
            heir = self._world.faults.dice.choice(sorted(PROCEDURES.keys() - {office}))
            self._heirs[office] = heir
            self._server.succeed(office, by=heir)
        return self._world.dice.choice((office, self._heirs.get(office, office)))

    def _empty_bag(self, office: str) -> Bag:
        for bag in self._bags:
            if not bag.in_use and self.same(bag.holder, office):
                bag.in_use = True
                return bag
        serial = len(self._bags) + 1
        bag = Bag(str(Label(Kind.POUCH, _POUCH_ISSUER, _POUCH_YEAR, serial)), office)
        self._bags.append(bag)
        return bag

    def _being_packed(self, bag: Bag, office: str) -> bool:
        return bag.in_use and not bag.seal and self.same(bag.holder, office)

    def _desk(self, party: str) -> Device:
        return self._world.dice.choice([one for one in self.devices if one.party == party])

    def _strikes(self, name: str) -> bool:
        return self._world.faults.strikes(name)

    def _odds(self, share: float) -> bool:
        return self._world.dice.random() < share

    def _tell(self, what: str) -> None:
        self._world.trace.tell("truth", what)
