"""The stage of a rehearsal: a real server, real stations with cables, the clock, printed labels."""

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import httpx

from adapters.paper.labels import LabelText, labels_pdf
from adapters.reference_data.sample import sample_timetable
from adapters.reference_data.timetable_csv import read_timetables
from api.composition import CONSOLE, House, open_house
from api.founding import create_house
from api.rehearsal.clock import ScriptedClock
from api.rehearsal.dice import Dice
from api.rehearsal.frames import Conditions, Image, frame, prints
from api.rehearsal.processes import ANSWER_SECONDS, NotAsPlayed, Program
from api.rehearsal.relay import Relay
from domain.model.commands import command
from domain.model.instants import SECOND_US, parse_instant, parse_local
from domain.model.labels import Kind, Label
from domain.model.person import BadPin, checked_pin
from domain.model.policy import Role
from domain.use_cases.maintain_reference import PersonDefinition
from scanner_station.enrolment import enrol_station

# A clerk's phone or stand camera: a little turned, a little tilted, noisy and compressed.
CAMERA = Conditions(noise=(2.0, 10.0), jpeg=(35, 70), contrast=(0.5, 1.0), blur_px=(0.2, 0.8))
MOST_LABELS_A_PICTURE = 6
PIN_DIGITS = 6
_GESTURE_US = 2 * SECOND_US  # between two scans of one hand
_JPEG_QUALITY = 88
_NEWS = frozenset({"ONLINE", "OFFLINE"})


class Desk:
    """One station: its process, its cable, and what it has stored and heard back."""

    def __init__(self, stage: "Stage", station: str, operator: str) -> None:
        self.stage, self.station, self.operator = stage, station, operator
        self.directory = stage.folder / station
        self.cable = stage.close_with(Relay(stage.port))
        self.stored: set[int] = set()
        self.answered: set[int] = set()
        self._program: Program | None = None
        self._pictures = 0

    def open(self) -> None:
        """Start the station's process and sign on with the operator's badge."""
        self._program = self.stage.close_with(
            Program(
                self.station,
                "api.rehearsal.station",
                str(self.directory),
                str(self.stage.clock_file),
                log=self.stage.folder / f"{self.station}.log",
            )
        )
        self.scan(self.stage.badges[self.operator])

    def scan(self, *texts: str) -> None:
        """Scan or type these one after another, waiting for the station's word on each."""
        for text in texts:
            self.stage.pass_time(_GESTURE_US)
            self._running.tell(text)
            self._until(_answers_a_scan)

    def photograph(self, *labels: str) -> None:
        """Lay papers under the camera, several in one picture; each must have been read."""
        for taken in _in_pictures(labels):
            self._read(self._picture(taken), taken)

    def photograph_and_lose_power(self, *labels: str) -> None:
        """The power fails the moment the first of these is on disk, before anyone hears a tone."""
        self.stage.pass_time(_GESTURE_US)
        self._running.tell(str(self._picture(labels)))
        self._until(lambda said: "fact" in said)
        self._running.kill()
        for said in self._running.heard():
            self._note(said)
        self._program = None

    def settled(self) -> None:
        """Wait until the server has answered for everything stored here, if it can be reached."""
        while self.waiting and self._program is not None and not self.cable.is_cut:
            self._note(self._running.hear())

    @property
    def waiting(self) -> int:
        """How many scans are stored here that the server has not answered."""
        return len(self.stored - self.answered)

    @property
    def _running(self) -> Program:
        if self._program is None:
            raise NotAsPlayed(f"{self.station} is not open")
        return self._program

    def _picture(self, labels: Iterable[str]) -> Path:
        stage = self.stage
        seen = frame([stage.printed(label) for label in labels], stage.dice, CAMERA)
        self._pictures += 1
        file = stage.folder / f"{self.station}-{self._pictures:03d}.jpg"
        cv2.imwrite(str(file), seen, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        stage.pictures += 1
        return file

    def _read(self, picture: Path, labels: tuple[str, ...]) -> None:
        self.stage.pass_time(_GESTURE_US)
        self._running.tell(str(picture))
        said = self._until(lambda said: "image" in said)
        if missed := set(labels) - set(said["labels"]):
            raise NotAsPlayed(f"{self.station} did not read {missed} in {picture.name}")
        picture.unlink()

    def _until(self, wanted: Any) -> Mapping[str, Any]:
        while True:
            said = self._running.hear()
            self._note(said)
            if wanted(said):
                return said

    def _note(self, said: Mapping[str, Any]) -> None:
        if said.get("state") == "stored":
            self.stored.add(said["seq"])
            self.stage.scans += 1
        elif said.get("state") in {"recorded", "duplicate"}:
            self.stored.add(said["seq"])
            self.answered.add(said["seq"])
        elif said.get("state") in {"rejected", "quarantined"}:
            raise NotAsPlayed(f"{self.station}: {said}")


def _answers_a_scan(said: Mapping[str, Any]) -> bool:
    """The word on a scan, and no news of the network, which may come at any time."""
    return "fact" in said or said.get("prompt", "ONLINE") not in _NEWS


class Stage:
    """A centre in a temporary directory that is gone when the block ends, with all its processes.

    Counts what was played: `scans` stored, `pictures` taken.
    """

    def __init__(self, *, opens_at: str, dice: Dice) -> None:
        self.dice = dice
        self.scans = self.pictures = 0
        self._stack = ExitStack()
        self._opens_at = opens_at
        self._prints: dict[str, Image] = {}
        self._texts: dict[str, LabelText] = {}
        self._desks: dict[str, Desk] = {}
        self._pins: dict[str, str] = {}

    def __enter__(self) -> Self:
        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="giaonhan-", ignore_cleanup_errors=True)
        )
        self.folder = Path(folder)
        self.clock_file = self.folder / "clock"
        self.clock = ScriptedClock.made_at(self.clock_file, parse_instant(self._opens_at))
        self.data = self.folder / "data"
        create_house(self.data, demo=True, with_sample=True, clock=self.clock)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def close_with(self, part: Any) -> Any:
        """Enter something that ends with the stage."""
        return self._stack.enter_context(part)

    def open_centre(self, desks: Mapping[str, tuple[str, str, str]]) -> None:
        """Start the server and enrol stations: station → (office, purpose, operator)."""
        with closing(self.house()) as house:
            self._learn(house)
            invites = {
                station: house.enrol_station.invite(
                    station=station, office=office, purpose=purpose, actor=CONSOLE
                )
                for station, (office, purpose, _) in desks.items()
            }
        self.start_server()
        for station, (_, _, operator) in desks.items():
            desk = self._desks[station] = Desk(self, station, operator)
            enrol_station(
                desk.directory, server_url=desk.cable.url, code=invites[station], clock=self.clock
            )
            desk.open()

    def publish_route(self, route: str, *, effective_from: str) -> None:
        """Publish one route of the sample's timetable and print its cards; no server may run."""
        rows, problems = read_timetables(sample_timetable(effective_from=effective_from))
        of_route = [row for row in rows if row.route == route]
        with closing(self.house()) as house:
            publish = house.maintain_timetables.publish
            house.write(lambda: publish(of_route, problems, actor=CONSOLE)).result()
            self.runs = {slot: label for label, (_, slot) in house.run_plans.cards().items()}

    def start_server(self) -> None:
        """The server as a process of its own; stations find it at `port`."""
        self.server = self.close_with(
            Program(
                "server",
                "api.rehearsal.serve",
                str(self.data),
                str(self.clock_file),
                log=self.folder / "server.log",
            )
        )
        self.port = int(self.server.hear()["port"])
        self.url = f"http://127.0.0.1:{self.port}"

    def house(self) -> House:
        """The data directory, opened here while no server has it."""
        return open_house(self.data, clock=self.clock)

    def desk(self, station: str) -> Desk:
        """One of the enrolled stations."""
        return self._desks[station]

    def at(self, moment: str) -> None:
        """Wind the clock to an ISO local time, once the server has heard what came before."""
        self.settled()
        self.clock.wind_to(parse_local(moment))

    def pass_time(self, span_us: int) -> None:
        """A gesture takes a moment."""
        self.clock.wind_to(self.clock.now_us() + span_us)

    def acknowledged(self) -> set[tuple[str, int]]:
        """Station and sequence of every scan that a station was told is recorded."""
        return {(desk.station, seq) for desk in self._desks.values() for seq in desk.answered}

    def settled(self) -> None:
        """Wait until every station whose cable is in has heard back about everything."""
        for desk in self._desks.values():
            desk.settled()

    def signed_in(self, person: str) -> httpx.Client:
        """A browser of this person, signed in by badge and PIN."""
        client: httpx.Client = self.close_with(
            httpx.Client(
                base_url=self.url,
                timeout=ANSWER_SECONDS,
                headers={"x-giaonhan-protocol": "1"},
                trust_env=False,
            )
        )
        given = {"badge": self.badges[person], "pin": self._pins[person]}
        client.post("/api/v1/sign-in", json=given).raise_for_status()
        return client

    def print_label(self, text: LabelText) -> str:
        """Print a label as PDF; its picture is made of that print."""
        self._texts[text.label] = text
        return text.label

    def pouch(self, number: int) -> str:
        """A pouch's tag."""
        label = str(Label(Kind.POUCH, _POUCH_ISSUER, 26, number))
        return self.print_label(LabelText(label, f"TÚI {number:03d}", "Túi hồ sơ", "TTHC"))

    def printed(self, label: str) -> Image:
        """The label as a 203 dpi head prints it; all that are not printed yet go into one PDF."""
        if label not in self._prints:
            fresh = [text for known, text in self._texts.items() if known not in self._prints]
            pages = prints(labels_pdf(fresh))
            self._prints |= {text.label: page for text, page in zip(fresh, pages, strict=True)}
        return self._prints[label]

    def _learn(self, house: House) -> None:
        """Give everyone a PIN of this play, and note the badges and the places' labels."""
        for person in list(house.reference.people().values()):
            pin = self._pins[person.code] = self._drawn_pin()
            house.reference.define_person(
                PersonDefinition(
                    code=person.code,
                    party=person.party,
                    roles=frozenset(map(Role, person.roles)),
                    issuer=_POUCH_ISSUER,
                    pin=pin,
                ),
                actor=CONSOLE,
            )
        self.badges = {code: known.badge for code, known in house.reference.people().items()}
        self.places = {code: known.label for code, known in house.reference.offices().items()}

    def _drawn_pin(self) -> str:
        while True:  # an easy one is drawn once in thirty thousand times
            pin = "".join(str(int(self.dice.random() * 10)) for _ in range(PIN_DIGITS))
            with suppress(BadPin):
                return checked_pin(pin)


_POUCH_ISSUER = 90001


def card(word: str) -> str:
    """The command card that says `word`."""
    return command(word).label


def _in_pictures(labels: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    for first in range(0, len(labels), MOST_LABELS_A_PICTURE):
        yield labels[first : first + MOST_LABELS_A_PICTURE]
