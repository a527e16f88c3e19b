"""Runs the desk page beside the station's loop: server thread, inbox, board, health."""

import asyncio
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn

from domain.model.errors import Refusal
from scanner_station.clock import StationClock, secret
from scanner_station.desk.app import create_app
from scanner_station.desk.board import Board
from scanner_station.desk.door import Door
from scanner_station.desk.eyes import Eyes, Photo
from scanner_station.desk.health import Health, look
from scanner_station.desk.inbox import Inbox
from scanner_station.desk.opening import open_unless_watched
from scanner_station.desk.printing import PAPERS
from scanner_station.drafts import Drafts, DraftsUnusable
from scanner_station.intake import NobodySignedOn
from scanner_station.journal import Journal
from scanner_station.keys import read_key
from scanner_station.prompts import prompt_for
from scanner_station.server import Server
from scanner_station.settings import DESK_PORT, Settings
from scanner_station.sign_in import SignIn
from scanner_station.sources import Order, View
from scanner_station.station import Out, Station

HOST = "127.0.0.1"
IDLE_MS = 5 * 60_000  # a clerk who is at the counter's other end for longer signs on again
_LOOK_EVERY_S = 2.0
_GRACE_S = 3.0

Say = Callable[[str], None]


class PortTaken(Refusal):
    """Another program listens there; values: port."""

    code = "DESK_PORT_TAKEN"


class DeskPage:
    """One station's page; the loop's `Watcher`. `say` tells the clerk the link that opens it.

    `opens`: the browser is opened on it at the start.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        say: Say,
        port: int = DESK_PORT,
        by_pin: bool = True,
        idle_ms: int | None = IDLE_MS,
        clock: StationClock,
        camera: int | Path | None = None,
        opens: bool = False,
    ) -> None:
        self.settings, self.by_pin, self.idle_ms = settings, by_pin, idle_ms
        self._opens = opens
        self._signing_in = SignIn(
            settings.directory / "pins.json",
            server=Server(settings.server_url, clock=clock),
            key=read_key(settings.key_file),
        )
        self._eyes = Eyes(camera, see=self.inbox_sees)
        self.board, self.inbox, self.health = Board(), Inbox(), Health()
        self.door = Door(settings.directory / "desk.json")
        self._end = threading.Event()
        self._say = say
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _server(self)
        self._threads: list[threading.Thread] = []
        self._station: Station | None = None

    @property
    def _joined(self) -> Station:
        if self._station is None:
            raise RuntimeError("the page is served after the station has joined")
        return self._station

    @property
    def ended(self) -> bool:
        """Whether the station is ending: nobody is told anything more."""
        return self._end.is_set()

    @property
    def link(self) -> str:
        """Opens the page once in one browser."""
        return f"http://{HOST}:{self.port}/open/{self.door.code}"

    def and_to(self, out: Out) -> Out:
        """The station's `out`: the page hears it, and so does `out`."""

        def hear(told: Mapping[str, Any]) -> None:
            out(told)
            self.board.hear(told)

        return hear

    def joined(self, station: Station) -> None:
        """See `Watcher`: now there is something to show."""
        self._station = station
        self.board.joined(station)
        self.look()
        self._eyes.open()
        for work in (lambda: self._server.run(sockets=[self._socket]), self._look_on):
            thread = threading.Thread(target=work, name="desk", daemon=True)
            thread.start()
            self._threads.append(thread)
        self._say(self.link)
        if self._opens:
            threading.Thread(target=self._open_browser, name="browser", daemon=True).start()

    def _open_browser(self) -> None:
        open_unless_watched(
            lambda: self.link,
            known=self.door.knows_a_browser,
            is_watched=lambda: bool(self.board.listeners),
            end=self._end,
        )

    def taken(self, view: View) -> None:
        """See `Watcher`."""
        self.board.taken(view)
        self.inbox.taken(view)

    def source(self, _journal: Journal, stop: threading.Event) -> Iterator[View]:
        """The station's source."""
        return self.inbox.views(stop)

    def sign_on(self, pin: str) -> View | None:
        """What signs on whose badge was scanned; None if it was said why not."""
        session = self._joined.session
        person, journal = session.awaited, self._joined.journal
        badges = (badge for badge, one in session.directory.people.items() if one == person)
        badge = next(badges, None)
        if person is None or badge is None:
            return None
        objection = self._signing_in.check(
            badge=badge,
            operator=person.operator,
            pin=pin,
            now_us=journal.now_us(),
            online=self.board.is_online,
        )
        if objection is None:
            return View((), order=Order.SIGN_ON, operator=person.operator, post=secret())
        self.board.say(objection)
        return None

    def read_photo(self, data: bytes) -> Photo | None:
        """The labels in an uploaded picture; None if it was said why it cannot be read."""
        try:
            return self._eyes.read(data)
        except Refusal as refusal:
            self.board.say(prompt_for(refusal))
            return None

    def print_out(self, what: str, label: str) -> bytes:
        """One of the `PAPERS` about that label, as PDF."""
        return PAPERS[what](label, self._joined, self.settings, self.board.snapshot())

    @property
    def drafts(self) -> Drafts:
        """What was taken in here and is not yet with the server; raises `DraftsUnusable`."""
        if self._joined.intake is None:
            raise DraftsUnusable(why="only a counter takes in")
        return self._joined.intake.drafts

    def demand_operator(self) -> None:
        """Raises `NobodySignedOn`: what is said of applicants is for who is at the desk."""
        if self._joined.session.operator is None:
            raise NobodySignedOn

    def read_draft(self, label: str) -> Mapping[str, Any]:
        """What was typed; raises `NobodySignedOn`, `NoSuchDraft`, `DraftsUnusable`."""
        self.demand_operator()
        return self.drafts.read(label)

    @property
    def office_name(self) -> str:
        """As people call the office."""
        return self.health.office_name or self.settings.office

    def send_now(self) -> None:
        """The uplink has something to do."""
        self._joined.wake.set()

    def see_camera(self) -> bytes | None:
        """What the camera sees, with outlines, as JPEG; None without one."""
        return self._eyes.preview()

    def inbox_sees(self, view: View) -> None:
        """A camera shows something."""
        self.inbox.see(view)

    def close(self) -> None:
        """End the server and let go of the port."""
        self._end.set()
        self._eyes.close()
        self._signing_in.close()
        self.board.publish()
        self._server.should_exit = True
        for thread in self._threads:
            thread.join(_GRACE_S)
        self._socket.close()

    def enter(self, code: str) -> str | None:
        """A browser comes by the link: its cookie, or None; the next one needs a new link."""
        cookie = self.door.enter(code)
        if cookie is not None:
            self._say(self.link)
        return cookie

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event of the running event loop that is set with each change of the board."""
        changed, loop = asyncio.Event(), asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has ended with the server
                loop.call_soon_threadsafe(changed.set)

        self.board.listeners.append(tell)
        try:
            yield changed
        finally:
            self.board.listeners.remove(tell)

    def _look_on(self) -> None:
        while not self._end.wait(_LOOK_EVERY_S):
            self.look()

    def look(self) -> None:
        """How the station is; and the loop is asked whether the operator has left."""
        if self._station is None:
            return
        seen = look(
            self._station,
            self.settings,
            camera=self._eyes.fault,
            decoders=self._eyes.decoders,
            before=self.health,
        )
        if seen != self.health:
            self.health = seen
            self.board.publish()
        self.board.look_again()
        self.inbox.see(View(()))


def _listening(port: int) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's delay off only where it stands.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there the option would let two stations share one port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        bound.listen()
    except OSError:
        bound.close()
        raise PortTaken(port=port) from None
    return bound


def _server(desk: DeskPage) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(desk, port=desk.port),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
