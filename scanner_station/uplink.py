"""The uplink: sends the journal's entries in order, at least once, and keeps the answers.

Being offline is normal. Every call either returns what the server said or raises one coded refusal;
`run` is the loop of the station's second thread.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx

from adapters.durable import write_whole
from domain.model.entry import Algorithm, Checkpoint, Entry, read_checkpoint
from domain.model.errors import Refusal
from domain.model.instants import iso
from domain.model.rotation import rotation_bytes
from domain.model.verdict import read_verdict
from scanner_station.clock import StationClock, jitter
from scanner_station.directory import Directory
from scanner_station.journal import Answer, Journal
from scanner_station.keys import StationKey, holds
from scanner_station.prompts import Prompt, prompt, prompt_for
from scanner_station.refusals import CheckpointForged, NotTheServer, Offline, ServerRefused
from scanner_station.server import Server, Told
from scanner_station.settings import Settings

MOST_ENTRIES = 200  # of one batch, as the server takes them
MOST_ENTRY_TEXT = 900_000  # characters of base64 in one batch; the server takes a body of 1 MiB
_FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0  # a server that is back is found within a minute
_ASK_EVERY_MS = 3_600_000  # new staff is known, what a server lost is sent, within the hour
_TOO_MUCH = 413
_OUTDATED = "REQUEST_OUTDATED"
_UNKNOWN_EPOCH = "UNKNOWN_EPOCH"  # the server's word for a journal it may yet come to know
_OUTCOMES = frozenset({"recorded", "duplicate", "rejected", "quarantined"})

Jitter = Callable[[], float]
Report = Callable[[Sequence[Answer] | Prompt], None]
Learn = Callable[[Directory], None]


class Uplink:
    """One station's line to its server. Used by one thread at a time."""

    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        key: StationKey,
        *,
        clock: StationClock,
        waits: "Waits | None" = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings, self._journal, self._key = settings, journal, key
        self._server = Server(settings.server_url, clock=clock, transport=transport)
        self._waits, self._clock = waits or Waits(jitter), clock
        self._asking_due_ms = clock.monotonic_ms()
        self._batch = MOST_ENTRIES
        self._stopped_by: dict[Callable[[], bool], str] = {}  # jobs, each told once

    def send(self) -> list[Answer]:
        """Send the oldest entries that have no answer; their answers, [] when there are none.

        Raises `Offline`, `ServerRefused`, `NotTheServer`, `CheckpointForged` (nothing of the answer
        is believed then), and the journal's refusals.
        """
        while entries := _fitting(self._journal.pending(self._batch)):
            try:
                answers = self._exchange(entries)
            except ServerRefused as refusal:
                if refusal.values["status"] != _TOO_MUCH or len(entries) == 1:
                    raise
                self._batch = len(entries) // 2
                continue
            if answers:
                return answers
            if self._journal.pending(1) == entries[:1]:
                raise NotTheServer(why="its checkpoint does not reach its answers")
        return []

    def ask(self) -> None:
        """Hear how far the server has the journal, so that what it lost is sent again.

        Raises as `send` does.
        """
        self._journal.offer_again(_UNKNOWN_EPOCH)
        # The server speaks of one journal at a time: of an earlier one when it is shown its end.
        for entry in self._journal.last_of_earlier_epochs():
            self._exchange([entry])
        self._exchange([])

    def _exchange(self, entries: Sequence[Entry]) -> list[Answer]:
        """Send these; the answers that stand."""
        sent = [
            {
                "epoch": entry.fact.epoch,
                "seq": entry.fact.seq,
                "entry": base64.b64encode(entry.raw).decode(),
            }
            for entry in entries
        ]
        body = json.dumps({"entries": sent}, separators=(",", ":")).encode()
        told = self._signed_ask("POST", "/api/v1/scans", body)
        answers, checkpoint, offset = self._understood(told, entries)
        self._journal.measured(offset[0], uncertain_ms=offset[1])
        return self._journal.acknowledge(answers, checkpoint)

    def fetch_directory(self) -> Directory:
        """Download the directory and keep a copy for the next start without a network."""
        told = self._timely_ask("GET", "/api/v1/directory", b"")
        try:
            directory = Directory.from_json(told.body)
        except ValueError as error:
            raise NotTheServer(why="no directory in the answer") from error
        with suppress(OSError):  # only a copy: a full disk keeps no new staff from scanning
            write_whole(self._settings.directory_file, json.dumps(told.body).encode())
        return directory

    def rotate(self, new: StationKey, *, epoch: int) -> None:
        """Let the server know the next key, which begins that epoch; raises as `Server.ask`."""
        stated = rotation_bytes(self._settings.station, epoch, new.public_key)
        asked = {
            "epoch": epoch,
            "public_key": base64.b64encode(new.public_key).decode(),
            "algorithm": int(Algorithm.ED25519),
            "by_old": base64.b64encode(self._key.sign(stated)).decode(),
            "by_new": base64.b64encode(new.sign(stated)).decode(),
        }
        told = self._timely_ask("POST", "/api/v1/stations/rotations", json.dumps(asked).encode())
        if told.body.get("epoch") != epoch:
            raise NotTheServer(why="no rotation in the answer")

    def run(
        self,
        *,
        stop: threading.Event,
        wake: threading.Event,
        report: Report,
        learn: Learn,
        before: Callable[[], None] = lambda: None,
        also: Sequence[Callable[[], bool]] = (),
    ) -> None:
        """Send whenever there is something, until `stop`; `wake` says that there is something.

        `report` hears the answers and, once per change, whether the line is up or why it is not;
        `learn` hears the directory; `before` is done first each time, at least each minute; `also`
        is done last while the line is up, and each says whether it has more to do at once. What
        waits at `stop` is offered once more.
        """
        state = "ONLINE"
        while not stop.is_set():
            try:
                before()
                answers = self.send()
                if answers:
                    report(answers)
                asked = self._ask_if_due(learn, lost=state != "ONLINE")
                for job in also:
                    asked = self._done(job, report) or asked
            except Refusal as refusal:
                if refusal.code != state and not stop.is_set():
                    report(prompt_for(refusal))
                state = refusal.code
                stop.wait(self._waits.after(refusal))
                continue
            if state != "ONLINE":
                report(prompt("ONLINE"))
            state = "ONLINE"
            self._waits.worked()
            if not (answers or asked):
                wake.wait(LONGEST_WAIT_S)
                wake.clear()
        with suppress(Refusal):
            while answers := self.send():
                report(answers)

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()

    def _done(self, job: Callable[[], bool], report: Report) -> bool:
        """Whether the job has more to do at once; what stops it keeps no scan from being sent.

        Raises as `send` does where the line itself is down.
        """
        try:
            return job()
        except Offline:
            self.ask()  # only what scans are sent by tells whether they have to wait
        except (ServerRefused, NotTheServer):
            pass  # it takes scans all the same
        except Refusal as refusal:
            if self._stopped_by.get(job) != refusal.code:
                self._stopped_by[job] = refusal.code
                report(prompt_for(refusal))
        return False

    def _ask_if_due(self, learn: Learn, *, lost: bool) -> bool:
        """At the start and every hour: what the server has, and who works there.

        Also while the line is `lost`: with nothing to send only an answer shows that it is back.
        """
        now_ms = self._clock.monotonic_ms()
        if now_ms < self._asking_due_ms and not lost:
            return False
        self.ask()
        self._asking_due_ms = now_ms + _ASK_EVERY_MS
        # A server that refuses its directory still takes scans: the cached copy goes on.
        with suppress(ServerRefused, NotTheServer):
            learn(self.fetch_directory())
        return True

    def question(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """The answer to any signed question; raises `Offline`, `ServerRefused`, `NotTheServer`."""
        return self._timely_ask(method, path, body, headers).body

    def _timely_ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Told:
        """What the server answers only near its own time: with a wrong clock, hear the time first.

        Scans it takes with any clock, and tells the time.
        """
        try:
            return self._signed_ask(method, path, body, headers)
        except ServerRefused as refusal:
            if refusal.values["server_code"] != _OUTDATED:
                raise
        self.ask()
        return self._signed_ask(method, path, body, headers)

    def _signed_ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Told:
        at = iso(self._journal.now_us())
        digest = hashlib.sha256(body).hexdigest()
        signature = self._key.sign(f"giaonhan.request|{method}|{path}|{at}|{digest}".encode())
        proof = base64.b64encode(signature).decode()
        authorization = f"Station station={self._settings.station},at={at},signature={proof}"
        told = {"Authorization": authorization} | dict(headers or {})
        return self._server.ask(method, path, body=body, headers=told)

    def _understood(
        self, told: Told, entries: Sequence[Entry]
    ) -> tuple[list[Answer], Checkpoint | None, tuple[int, int]]:
        sent = {(entry.fact.epoch, entry.fact.seq) for entry in entries}
        try:
            answers = [_answer(one) for one in told.body["answers"]]
            checkpoint = read_checkpoint(told.body["checkpoint"])
            offset = told.offset()
        except (KeyError, TypeError, ValueError, Refusal) as error:
            raise NotTheServer(why="no answers in the answer") from error
        if not {(one.epoch, one.seq) for one in answers} <= sent:
            raise NotTheServer(why="answers to what was not sent")
        if checkpoint is not None and not self._is_genuine(checkpoint):
            raise CheckpointForged(station=checkpoint.station[:64])
        signed_epoch = None if checkpoint is None else checkpoint.epoch
        if any(one.outcome != "rejected" and one.epoch != signed_epoch for one in answers):
            raise NotTheServer(why="answers without a checkpoint")
        return answers, checkpoint, offset

    def _is_genuine(self, checkpoint: Checkpoint) -> bool:
        try:
            signature = base64.b64decode(checkpoint.signature, validate=True)
        except ValueError:
            return False
        key = self._settings.server_public_key
        mine = checkpoint.station == self._settings.station
        return mine and holds(checkpoint.signed_bytes(), signature, key)


class Waits:
    """How long to wait after each failure: doubling to a limit, shortened by up to a half."""

    def __init__(self, jitter: Jitter, *, longest_s: float = LONGEST_WAIT_S) -> None:
        self._jitter, self._longest_s = jitter, longest_s
        self._next_s = _FIRST_WAIT_S

    def worked(self) -> None:
        """The next failure waits shortly again."""
        self._next_s = _FIRST_WAIT_S

    def after(self, refusal: Refusal) -> float:
        """Seconds to wait now; a server that names a time within the limit is obeyed.

        A refusal ends when a person acts, so asking often helps nobody: it waits longest.
        """
        if not isinstance(refusal, Offline):
            return self._longest_s
        wait_s = self._next_s * (1 - self._jitter() / 2)
        self._next_s = min(self._next_s * 2, self._longest_s)
        asked = refusal.values["retry_after_s"]
        if isinstance(asked, float):
            wait_s = max(wait_s, asked)
        return min(wait_s, self._longest_s)


def _fitting(entries: list[Entry]) -> list[Entry]:
    """As many of the first, of one epoch, as the body has room for."""
    used = 0
    for count, entry in enumerate(entries):
        used += len(entry.raw) * 4 // 3 + 64
        # One checkpoint comes back, and only what it covers counts as answered.
        if used > MOST_ENTRY_TEXT or entry.fact.epoch != entries[0].fact.epoch:
            return entries[:count]
    return entries


def _answer(one: Mapping[str, Any]) -> Answer:
    if one["outcome"] not in _OUTCOMES:
        raise ValueError("unknown outcome")
    return Answer(
        epoch=int(one["epoch"]),
        seq=int(one["seq"]),
        outcome=str(one["outcome"]),
        code=None if one.get("code") is None else str(one["code"])[:64],
        discrepancies=tuple(str(code)[:64] for code in one.get("discrepancies", ())),
        verdict=read_verdict(one.get("verdict")),
    )
