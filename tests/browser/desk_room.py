"""A station with its desk page, run in a thread, for the browser's tests."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.model.labels import Kind, Label
from scanner_station.clock import StationClock, SystemClock
from scanner_station.desk.running import DeskPage
from scanner_station.journal import Journal, open_journal
from scanner_station.keys import make_key, read_key
from scanner_station.running import run_station
from scanner_station.settings import Purpose, Settings, save_settings

START_S = 60.0
LAN = str(Label(Kind.BADGE, 90_001, 26, 1))
POUCH = str(Label(Kind.POUCH, 90_001, 26, 1))


def dossier(serial: int) -> str:
    return str(Label(Kind.DOSSIER, 90_001, 26, serial))


@dataclass
class Room:
    """One enrolled station in a directory; `run` serves its page."""

    directory: Path
    purpose: Purpose = Purpose.DEPARTMENT
    office: str = "STC"
    server_url: str = "http://127.0.0.1:9"
    clock: StationClock = field(default_factory=SystemClock)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.directory.mkdir(exist_ok=True)
        self.key = make_key(self.directory / "station.ed25519")
        self.settings = Settings(
            directory=self.directory,
            station="VT1",
            office=self.office,
            purpose=self.purpose,
            server_url=self.server_url,
            server_public_key=bytes(32),
            epoch=1,
        )
        save_settings(self.settings)
        people = [{"badge": LAN, "operator": "lan", "party": self.office, "roles": ["department"]}]
        offices = [{"code": self.office, "label": "", "name": "Sở Tài chính"}]
        told = {"offices": offices, "people": people}
        self.settings.directory_file.write_text(json.dumps(told))

    @contextmanager
    def run(
        self,
        *,
        port: int = 0,
        by_pin: bool = False,
        camera: Path | None = None,
        opens: bool = False,
        **options: Any,
    ) -> Iterator[DeskPage]:
        """The station with its page, until the block ends."""
        stop = threading.Event()
        faults: list[BaseException] = []
        with closing(
            DeskPage(
                self.settings,
                port=port,
                by_pin=by_pin,
                say=self.links.append,
                clock=self.clock,
                camera=camera,
                opens=opens,
            )
        ) as page:

            def work() -> None:
                try:
                    run_station(
                        self.settings,
                        clock=self.clock,
                        source=page.source,
                        out=page.and_to(lambda _: None),
                        stop=stop,
                        watcher=page,
                        **({"uplink": False} | options),
                    )
                except BaseException as fault:  # noqa: BLE001 - raised again below
                    faults.append(fault)

            thread = threading.Thread(target=work)
            thread.start()
            wait_until(lambda: bool(self.links) or bool(faults))
            try:
                yield page
            finally:
                stop.set()
                thread.join(START_S)
        assert not thread.is_alive()
        if faults:
            raise faults[0]

    @classmethod
    def enrolled(cls, settings: Settings, clock: StationClock) -> "Room":
        """The station that a real server knows."""
        room = cls.__new__(cls)
        room.directory, room.settings, room.clock, room.links = (
            settings.directory,
            settings,
            clock,
            [],
        )
        room.key = read_key(settings.key_file)
        return room

    def journaled(self) -> list[tuple[str, str]]:
        with closing(self.journal()) as journal:
            return [(one.fact.fact, one.fact.subject) for one in journal.latest(9_999)]

    def journal(self) -> Journal:
        return open_journal(self.settings, self.key, self.clock)


def wait_until(holds: Callable[[], bool], seconds: float = START_S) -> None:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert holds()
