"""A station that sends without pause to a server that dies again and again; for trials by kills."""

import json
import threading
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import TYPE_CHECKING, Self

from api.rehearsal.bars.pen import Pen
from api.rehearsal.bars.serving import SCANS, scans
from domain.model.entry import parse_entry

if TYPE_CHECKING:
    from domain.use_cases.record_scans import SentEntry

_BATCH = 5
_ANSWER_S = 20.0
_AGAIN_S = 0.01
_STORY_S = 3_600.0  # nobody waits for longer
_RECORDED, _KNOWN = "recorded", "duplicate"


class Sender:
    """Sends batch after batch on a thread of its own; what is not acknowledged is sent again.

    `acknowledged`: number → digest, of what the server has answered for; `resent`: how many of them
    it had on disk already when they were sent again; `refused`: how often it said that it cannot.
    """

    def __init__(self, pen: Pen, port: int) -> None:
        self.acknowledged: dict[int, str] = {}
        self.resent = 0
        self.refused = 0
        self.fault: str | None = None
        self._pen, self._port = pen, port
        self._pending: list[SentEntry] = []
        self._outstanding = False
        self._heard = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"send {pen.station}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(2 * _ANSWER_S)

    @property
    def in_flight(self) -> bool:
        """Whether a batch is on its way that was not answered yet."""
        return self._outstanding

    def wait_for_more(self, seconds: float) -> None:
        """Until something more is acknowledged; raises `TimeoutError`."""
        before = len(self.acknowledged)
        with self._heard:
            if not self._heard.wait_for(lambda: len(self.acknowledged) > before, seconds):
                raise TimeoutError(f"nothing acknowledged for {seconds} s: {self.fault}")

    def _run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER_S)
        began = time.perf_counter()
        while not self._stop.is_set() and time.perf_counter() - began < _STORY_S:
            try:
                self._send(connection)
            except (OSError, HTTPException):  # it died, or is not there yet
                connection.close()
                self._outstanding = False
                self._stop.wait(_AGAIN_S)
        connection.close()

    def _send(self, connection: HTTPConnection) -> None:
        while len(self._pending) < _BATCH:
            self._pending.append(self._pen.receive(len(self.acknowledged) + len(self._pending)))
        headers, body = scans(self._pen, self._pending)
        connection.connect() if connection.sock is None else None
        self._outstanding = True
        connection.request("POST", SCANS, body, headers)
        response = connection.getresponse()
        content = response.read()
        self._outstanding = False
        if response.status != HTTPStatus.OK:
            self.refused += 1
            self.fault = f"{response.status} {content[:200]!r}"
            self._stop.wait(_AGAIN_S)
            return
        for answer in json.loads(content)["answers"]:
            if answer["outcome"] not in {_RECORDED, _KNOWN}:
                self.fault = str(answer)
                return
            self.resent += answer["outcome"] == _KNOWN
        with self._heard:
            self.acknowledged |= {one.seq: parse_entry(one.raw).digest for one in self._pending}
            self._heard.notify_all()
        self._pending.clear()
