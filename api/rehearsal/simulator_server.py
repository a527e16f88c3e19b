"""The server of a simulated centre: a real house, and in place of HTTP one function."""

import base64
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.composition import House, open_house
from api.founding import create_house
from api.rehearsal.simulator_watch import Watch
from api.rehearsal.simulator_world import World
from api.schemas import ScansIn
from domain.model.fact import labels_named
from domain.model.instants import iso
from domain.model.policy import Actor, Role
from domain.model.quarantine import KEPT_OUT, LET_IN
from domain.model.timetable_sheet import StopRow
from domain.use_cases.record_scans import BatchAnswer, SentEntry
from domain.use_cases.register_dossier import ApplicantData, Registration

if TYPE_CHECKING:
    from domain.model.entry import Entry

ADMIN = Actor("quantri", "TTHC", frozenset({Role.ADMIN}))
SUPERVISOR = Actor("lanhdao", "TTHC", frozenset({Role.SUPERVISOR}))
_DECIDED, _LET_IN, _THOUGHT_BETTER = 0.7, 0.6, 0.2  # how often, of quarantined entries
_SERVER_KEY = Path("keys", "server.ed25519")
_KEY_BYTES = 32


class Died(Exception):  # noqa: N818 - it is what happened to the server, no error of ours
    """The server died before it could answer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came over the line."""

    authorization: str
    body: bytes


class Server:
    """Takes what stations send, as `api.routes.scans` does, and may die at the worst moment."""

    def __init__(self, world: World, watch: Watch) -> None:
        self._world, self._watch = world, watch
        self._lives = 1
        create_house(
            self._directory,
            demo=True,
            with_sample=True,
            clock=world.timeline,
            entropy=world.entropy,
        )
        # Stations embed the server's signatures in their entries: another key, another day.
        (self._directory / _SERVER_KEY).write_bytes(world.dice.randbytes(_KEY_BYTES))
        self.house = self._open()

    def hear(self, heard: Heard) -> bytes:
        """The answer to `POST /api/v1/scans`; raises `Died`, and what the house refuses."""
        station = self._authentic(heard)
        batch = ScansIn.model_validate_json(heard.body).sent()
        taken = self._take(station, batch)
        labels = {label for answer in taken.answers for label in answer.labels}
        told = " ".join(f"{one.epoch}#{one.seq}={one.outcome}" for one in taken.answers)
        self._world.trace.tell("server", f"{station} {told}")
        self._watch.arrived(labels)
        if self._world.faults.strikes("server-crash"):
            self.die()
            raise Died
        self.house.catch_up()
        return json.dumps(_told(taken) | {"now": iso(self._now_us)}).encode()

    def hear_partly(self, heard: Heard) -> None:
        """Only the later half of a batch comes through, and no answer goes back."""
        station = self._authentic(heard)
        batch = ScansIn.model_validate_json(heard.body).sent()
        taken = self.house.record_scans(station, batch[len(batch) // 2 :])
        self._world.trace.tell("server", f"{station} sent the end first, {len(taken.answers)}")
        self._watch.arrived(label for answer in taken.answers for label in answer.labels)
        self.house.catch_up()

    def register(self, *, procedure: str, office: str, operator: str) -> str:
        """A dossier is taken in on a web page; its label."""
        registered = self.house.register_dossier(
            Registration(
                procedure=procedure,
                office=office,
                applicant=ApplicantData(name="Nguyễn Văn Mẫu (ví dụ)"),
            ),
            actor=Actor(operator, office, frozenset({Role.COUNTER})),
        )
        self.house.catch_up()
        self._world.trace.tell("server", f"registered {registered.label}")
        self._watch.arrived([registered.label])
        return registered.label

    def publish(self, rows: list[StopRow]) -> dict[str, str]:
        """A timetable; the card of each slot."""
        self.house.maintain_timetables.publish(rows, actor=ADMIN)
        self.house.catch_up()
        return {slot: label for label, (_, slot) in self.house.run_plans.cards().items()}

    def succeed(self, office: str, *, by: str) -> None:
        """One office takes over from another."""
        stated = self.house.desk.state(
            "OfficeSucceeded", office, {"successor": by}, operator=ADMIN.person, office=ADMIN.office
        )
        self.house.log.save(entries=[stated])
        self.house.catch_up()
        self._world.trace.tell("server", f"{office} is succeeded by {by}")
        self._watch.arrived(self._watch.labels)

    def decide(self, station: str, *, by_mistake: bool, all_of_it: bool = False) -> None:
        """A supervisor looks at what is quarantined: lets in, keeps out, or leaves for later.

        What was kept out may be let in after all. `by_mistake`: it should never have been revoked,
        so all is let in; `all_of_it`: nothing is left for later.
        """
        quarantine, dice = self.house.decide_quarantine, self._world.faults.dice
        let_in: list[Entry] = []
        kept_out: list[Entry] = []
        for one in quarantine.entries(station, actor=SUPERVISOR):
            if one.verdict is None:
                if all_of_it or dice.random() < _DECIDED:
                    counts = by_mistake or dice.random() < _LET_IN
                    (let_in if counts else kept_out).append(one.entry)
            elif not one.verdict.counts and dice.random() < _THOUGHT_BETTER:
                let_in.append(one.entry)
        said: dict[str, Any] = {"actor": SUPERVISOR}
        if kept_out:
            digests = [entry.digest for entry in kept_out]
            quarantine.keep_out(station, digests, reason=KEPT_OUT[0], **said)
        if let_in:
            digests = [entry.digest for entry in let_in]
            quarantine.let_in(station, digests, reason=LET_IN[0], **said)
        self.house.catch_up()
        if let_in or kept_out:
            told = f"quarantine of {station}: {len(let_in)} let in, {len(kept_out)} kept out"
            self._world.trace.tell("server", told)
        self._watch.arrived(label for entry in let_in for label in labels_named(entry.fact))

    def die(self) -> None:
        """Lose all that is not in the files, and start again on a copy of them as they are."""
        dying, before = self.house, self._directory
        self._lives += 1
        shutil.copytree(
            before, self._directory, ignore=shutil.ignore_patterns("*-shm", "writer.lock")
        )
        dying.close()
        shutil.rmtree(before)
        self.house = self._open()
        self._world.trace.tell("server", f"starts for the {self._lives}. time")

    @property
    def _directory(self) -> Path:
        return self._world.root / f"house-{self._lives}"

    @property
    def _now_us(self) -> int:
        return self._world.timeline.now_us()

    def _open(self) -> House:
        house = open_house(self._directory, clock=self._world.timeline, entropy=self._world.entropy)
        self._watch.watches(house)
        return house

    def _take(self, station: str, batch: list[SentEntry]) -> BatchAnswer:
        """In one save; or one by one, as if every entry had come by a way of its own."""
        faults = self._world.faults
        if len(batch) < 2 or not faults.strikes("reordering"):
            return self.house.record_scans(station, batch)
        told = []
        for one in faults.dice.sample(batch, len(batch)):
            taken = self.house.record_scans(station, [one])
            told += taken.answers
            self.house.catch_up()
        return BatchAnswer(told, taken.checkpoint)

    def _authentic(self, heard: Heard) -> str:
        """The station whose key has signed the request, as `api.auth` demands it."""
        said = heard.authorization.removeprefix("Station ").split(",")
        fields = dict(part.partition("=")[::2] for part in said)
        digest = hashlib.sha256(heard.body).hexdigest()
        signed = f"giaonhan.request|POST|/api/v1/scans|{fields['at']}|{digest}".encode()
        station = self.house.trust.station(fields["station"])
        signature = base64.b64decode(fields["signature"], validate=True)
        if not any(
            self.house.signatures.holds(
                signed, signature, public_key=key.public_key, algorithm=key.algorithm
            )
            for key in station.keys.values()
        ):
            raise AssertionError(f"{station.code} has not signed its request")
        return station.code


def _told(taken: BatchAnswer) -> dict[str, Any]:
    """What a station reads of the answer; the discrepancies on its screen are for people."""
    return {
        "answers": [
            {
                "epoch": one.epoch,
                "seq": one.seq,
                "outcome": one.outcome,
                "code": one.code,
                "discrepancies": [],
            }
            for one in taken.answers
        ],
        "checkpoint": taken.checkpoint and taken.checkpoint.to_json(),
    }
