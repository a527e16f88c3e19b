"""A simulated scanning station: its own clock, the real journal and uplink, and a bad network."""

import shutil
from collections.abc import Generator, Mapping
from typing import Any

import httpx

from api.rehearsal.simulator_server import ADMIN, Died, Heard, Server
from api.rehearsal.simulator_watch import Watch
from api.rehearsal.simulator_world import Errand, World
from domain.model.entry import Algorithm
from domain.model.fact import fact_key
from domain.model.instants import DAY_US, MINUTE_US, SECOND_US, Micros
from scanner_station.gestures import Act
from scanner_station.journal import Journal
from scanner_station.keys import StationKey
from scanner_station.refusals import JournalBehind, Offline
from scanner_station.server import PROTOCOL, PROTOCOL_HEADER
from scanner_station.settings import Purpose, Settings
from scanner_station.uplink import LONGEST_WAIT_S, MOST_ENTRIES, Uplink, Waits

HOUR_US = 60 * MINUTE_US
_URL = "http://127.0.0.1"  # never called: the line below stands in for the network
_SEED_BYTES = 32
_SKEWS_US = (3 * MINUTE_US, 40 * MINUTE_US, 7 * HOUR_US, 3 * DAY_US, 400 * DAY_US, 3650 * DAY_US)
_REBOOT_S = (40, 180)
_MOST_ROUNDS = 200  # of a flush: each sends at least one entry or mends one station

Scanned = Generator[Micros, None, str]  # a scan until its tone; gives the entry's key


class DeviceClock:
    """A station's own clock (`StationClock`): off by `skew_us`, counting from its last start."""

    def __init__(self, world: World, station: str) -> None:
        self._world, self._station = world, station
        self.skew_us = 0
        self._boots = 0
        self.start()

    def start(self) -> None:
        """Another boot: monotonic time begins anew."""
        self._boots += 1
        self.boot_id = f"{self._station}-{self._boots}"
        self._started_us = self._world.timeline.now_us()

    def now_us(self) -> Micros:
        """The wall clock."""
        return self._world.timeline.now_us() + self.skew_us

    def monotonic_ms(self) -> int:
        """Since the boot."""
        return (self._world.timeline.now_us() - self._started_us) // 1000


class Line(httpx.BaseTransport):
    """The network between one station and the server."""

    def __init__(self, world: World, server: Server, station: str) -> None:
        self._world, self._server, self._station = world, server, station
        self.cut_until_us: Micros = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request over and the answer back, or not."""
        world, faults = self._world, self._world.faults
        heard = Heard(request.headers["authorization"], request.read())
        if faults.strikes("partition"):
            hours = faults.dice.choice((1, 3, 9, 30, 72))
            self._fails(f"no network for {hours} h")
            self.cut_until_us = world.timeline.now_us() + hours * HOUR_US
        if world.timeline.now_us() < self.cut_until_us:
            raise httpx.ConnectError("no network")
        if faults.strikes("loss"):
            self._fails("a message is lost")
            if faults.dice.random() < 0.5:
                raise httpx.ConnectError("the request is lost")
            self._carried(heard)
            raise httpx.ReadTimeout("the answer is lost")
        if faults.strikes("delay"):
            self._fails("the request is late")
            self._again(heard)
            raise httpx.ReadTimeout("the request is late")
        if faults.strikes("duplication"):
            self._fails("the request arrives twice")
            if faults.dice.random() < 0.5:
                self._again(heard)
            else:
                self._carried(heard)
        elif not faults.possible("old-image") and faults.strikes("reordering"):
            # Not with old images: a fork whose middle never arrives is a chain nobody can mend,
            # and a real uplink, which sends in order, cannot make one.
            self._server.hear_partly(heard)
            raise httpx.ReadTimeout("only the end of the batch came through")
        answer = self._carried(heard)
        return httpx.Response(200, headers={PROTOCOL_HEADER: str(PROTOCOL)}, content=answer)

    def _carried(self, heard: Heard) -> bytes:
        try:
            return self._server.hear(heard)
        except Died as died:
            raise httpx.ReadError("the server died") from died

    def _again(self, heard: Heard) -> None:
        """The same request comes through (once more) later."""
        delay_us = self._world.faults.dice.choice((SECOND_US, 5 * MINUTE_US, 8 * HOUR_US))
        self._world.timeline.start(self._late(heard), after_us=delay_us)

    def _late(self, heard: Heard) -> Errand:
        try:
            self._server.hear(heard)
        except Died:
            self._fails("the server died of a late request")
        yield from ()

    def _fails(self, what: str) -> None:
        self._world.trace.tell(self._station, what)


class Device:
    """One station of one party: what is scanned on it is journaled, then sent."""

    def __init__(
        self, code: str, party: str, operator: str, *, world: World, server: Server, watch: Watch
    ) -> None:
        self.code, self.party, self.operator = code, party, operator
        self._world, self._server, self._watch = world, server, watch
        self._directory = world.root / code
        self._directory.mkdir()
        self._clock = DeviceClock(world, code)
        self._line = Line(world, server, code)
        self._waits = Waits(world.dice.random)
        self._old_image: tuple[Settings, StationKey, dict[str, bytes]] | None = None
        self._sending = False
        self.revoked = self.by_mistake = False
        self._enrol({})

    def scan(self, fact: str, subject: str, *, steady: bool = False, **context: Any) -> Scanned:
        """Scan until the tone is heard; `steady` without faults of the device."""
        act = Act(fact, subject, context, self.operator)
        world = self._world
        world.unheard += 1
        while not steady and (fault := self._fault(act)):
            yield world.seconds(*_REBOOT_S)
            if fault == "toneless" and fact == "Sealed":
                break  # the screen shows it; sealed once more would be another sealing
        else:
            self._write(act)
        world.unheard -= 1
        return fact_key(self.code, self._settings.epoch, self._journal.last_seq)

    def revoke(self, *, by_mistake: bool) -> None:
        """The administrator trusts it no longer; `by_mistake`: rightly it was to be trusted."""
        self.by_mistake = by_mistake
        self._server.house.enrol_station.revoke(station=self.code, actor=ADMIN)
        self.revoked = True
        self._world.trace.tell(self.code, "is revoked")

    def enrol_anew(self) -> None:
        """A technician brings the next journal epoch."""
        self._journal.close()
        self._uplink.close()
        settings = self._settings
        self._enrol({**settings.past_keys, settings.epoch: self._key.public_key})

    def flush(self) -> None:
        """At the end: nothing fails any more, and everything there is gets sent.

        As a real uplink does every hour, it asks first: that sets its clock right.
        """
        self._line.cut_until_us = 0
        if self.revoked:
            self.enrol_anew()
        try:
            self._uplink.ask()
        except JournalBehind as behind:
            self._begin_anew(behind)
            self._uplink.ask()
        for _ in range(_MOST_ROUNDS):
            if not self._send():
                return
        raise AssertionError(f"{self.code} does not get rid of its entries")

    @property
    def entries(self) -> int:
        """How many there are in its journal."""
        return self._journal.counts().entries

    def close(self) -> None:
        """Let go of the files."""
        self._journal.close()
        self._uplink.close()

    def _enrol(self, past_keys: Mapping[int, bytes]) -> None:
        purpose = Purpose.COURIER if self.party.startswith("courier:") else Purpose.COUNTER
        house = self._server.house
        code = house.enrol_station.invite(
            station=self.code, office=self.party, purpose=purpose, actor=ADMIN
        )
        self._key = StationKey(self._world.dice.randbytes(_SEED_BYTES))
        agreed = house.enrol_station.enrol(
            code=code, public_key=self._key.public_key, algorithm=Algorithm.ED25519
        )
        self._settings = Settings(
            directory=self._directory,
            station=self.code,
            office=self.party,
            purpose=purpose,
            server_url=_URL,
            server_public_key=agreed.server_public_key,
            epoch=agreed.epoch,
            past_keys=past_keys,
        )
        self.revoked = False
        # Copies of an earlier epoch are destroyed: a station's times run along one sequence of all
        # its epochs (facts.md §3), so what an old one went on to say would be placed before.
        self._old_image = None
        self._world.trace.tell(self.code, f"enrolled, epoch {agreed.epoch}")
        self._open()

    def _open(self) -> None:
        settings = self._settings
        self._journal = Journal(
            settings.journal_file,
            station=settings.station,
            office=settings.office,
            epoch=settings.epoch,
            key=self._key,
            clock=self._clock,
            past_keys=settings.past_keys,
        )
        self._uplink = Uplink(
            settings,
            self._journal,
            self._key,
            clock=self._clock,
            waits=self._waits,
            transport=self._line,
        )

    def _write(self, act: Act) -> None:
        entry = self._journal.append(act)
        self._world.scans += 1
        context = " ".join(f"{name}={value}" for name, value in act.context.items())
        self._world.trace.tell(entry.key, f"{act.fact} {act.subject} {context} {entry.digest[:12]}")
        if not self._sending:
            self._sending = True
            after_us = self._world.seconds(1, self._world.patience_s)
            self._world.timeline.start(self._deliver(), after_us=after_us)

    def _fault(self, act: Act) -> str | None:
        """What keeps the tone from being heard, or just happens to the device meanwhile."""
        faults = self._world.faults
        if faults.strikes("clock-skew"):
            off_us = faults.dice.choice(_SKEWS_US) * faults.dice.choice((-1, 1))
            self._clock.skew_us = 0 if self._clock.skew_us else off_us
            self._tell(f"its clock is {self._clock.skew_us // SECOND_US} s off")
        if self._old_image is not None and faults.strikes("old-image"):
            self._settings, self._key, files = self._old_image
            self._restart(files)
            self._tell(f"runs on an old disk image that ends at {self._journal.last_seq}")
        elif self._old_image is None or faults.dice.random() < 0.05:
            self._old_image = self._settings, self._key, self._files()
        if not faults.strikes("station-crash"):
            return None
        before = self._files()
        self._write(act)
        toneless = faults.dice.random() < 0.5
        self._restart(self._files() if toneless else before)
        self._tell("power cut: " + ("no tone was heard" if toneless else "the scan is lost"))
        return "toneless" if toneless else "lost"

    def _files(self) -> dict[str, bytes]:
        """The journal as it is on the disk now; what a copy or a power cut leaves of it."""
        return {
            file.name: file.read_bytes()
            for file in sorted(self._directory.iterdir())
            if file.is_file() and not file.name.endswith("-shm")
        }

    def _restart(self, files: dict[str, bytes]) -> None:
        """Another process on these files."""
        self.close()
        shutil.rmtree(self._directory)
        self._directory.mkdir()
        for name, content in files.items():
            (self._directory / name).write_bytes(content)
        self._clock.start()
        self._open()

    def _deliver(self) -> Errand:
        """Send until nothing waits, trying again as `Uplink.run` does."""
        while True:
            try:
                if not self._send():
                    break
            except Offline as offline:
                yield self._pause_us(offline)
            else:
                self._waits.worked()
                yield SECOND_US
        self._sending = False

    def _pause_us(self, offline: Offline) -> Micros:
        """As long as the uplink waits; trying each minute for days in vain shows nothing new."""
        pause_us = round(self._waits.after(offline) * SECOND_US)
        away_us = self._line.cut_until_us - self._world.timeline.now_us()
        return max(pause_us, away_us) if pause_us > LONGEST_WAIT_S * SECOND_US // 2 else pause_us

    def _send(self) -> bool:
        """Whether there may be more to send."""
        if not (waiting := self._journal.pending(MOST_ENTRIES)):
            return False
        digests = {(entry.fact.epoch, entry.fact.seq): entry.digest for entry in waiting}
        try:
            answers = self._uplink.send()
        except JournalBehind as behind:
            self._begin_anew(behind)
            return True
        for answer in answers:
            self._watch.acknowledge(
                self.code,
                answer.epoch,
                answer.seq,
                digest=digests[answer.epoch, answer.seq],
            )
        return bool(answers)

    def _begin_anew(self, behind: JournalBehind) -> None:
        self._tell(f"stops: the server has {behind.values['server_seq']}")
        self.enrol_anew()

    def _tell(self, what: str) -> None:
        self._world.trace.tell(self.code, what)
