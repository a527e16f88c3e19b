"""Badge and PIN at a station: asked of the server, remembered here for hours without a network.

A PIN is short, so whoever had a list of hashes would soon have the PINs. The server gives none
away: it answers for one badge at a time, and counts. What is remembered here, of people who have
signed on at this very station, is a slow hash mixed with the station's private key.
"""

import hashlib
import hmac
import json
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from adapters.durable import write_whole
from domain.model.errors import Refusal
from domain.model.instants import DAY_US, MINUTE_US, Micros, local
from scanner_station.keys import StationKey
from scanner_station.prompts import Prompt, prompt
from scanner_station.refusals import ServerRefused
from scanner_station.server import Server

MOST_FAILURES = 5  # as at the server
LOCKED_US = 15 * MINUTE_US
REMEMBERED_US = 30 * DAY_US  # without the server's word for so long, a PIN is asked of it again
_MOST_REMEMBERED = 200  # badges; a station has a dozen people
_REFUSED = frozenset({"SIGN_IN_REFUSED"})


@dataclass(frozen=True, slots=True)
class _Known:
    """One badge: the hash that the server's word stood for, when, and the wrong attempts since."""

    pin_hash: str = ""
    proved_us: Micros = 0
    failures: int = 0
    locked_until_us: Micros = 0


class SignIn:
    """`check` may be called by any thread; attempts are taken one at a time."""

    def __init__(self, file: Path, *, server: Server, key: StationKey) -> None:
        self._file, self._server = file, server
        # Ed25519 signatures are the same each time: this one is known to the key's owner alone.
        self._pepper = hashlib.sha256(key.sign(b"giaonhan.pins")).digest()
        self._hasher = Argon2Hasher()
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            told = json.loads(file.read_bytes())
            self._known = {badge: _Known(**one) for badge, one in told.items()}

    def check(
        self, *, badge: str, operator: str, pin: str, now_us: Micros, online: bool
    ) -> Prompt | None:
        """None if that is the operator's PIN, else what to tell. `online`: whether to ask first."""
        with self._lock:
            known = self._known.get(badge, _Known())
            if now_us < known.locked_until_us:
                until = local(known.locked_until_us).strftime("%H:%M")
                return prompt("PIN_LOCKED", until=until)
            fits = self._fits(known, pin, now_us)
            right = True if fits and not online else self._asked(badge, operator, pin)
            if right is None:
                if not _is_fresh(known, now_us):
                    return prompt("PIN_NEEDS_NETWORK")
                right = fits
            elif right:
                known = _Known(self._hash(pin), now_us)
            elif fits:  # the PIN was changed, or the person has left: it no longer counts here
                known = replace(known, pin_hash="")
            self._keep(badge, known if right else _failed(known, now_us), right=right)
            return None if right else prompt("PIN_WRONG")

    def close(self) -> None:
        """Let go of the line to the server."""
        self._server.close()

    def _asked(self, badge: str, operator: str, pin: str) -> bool | None:
        """The server's word; None where there is none."""
        body = json.dumps({"badge": badge, "pin": pin}).encode()
        try:
            told = self._server.ask("POST", "/api/v1/sign-in", body=body)
        except ServerRefused as refusal:
            return False if refusal.values["server_code"] in _REFUSED else None
        except Refusal:  # no network, a busy server, something that is no server
            return None
        return told.body.get("person") == operator

    def _fits(self, known: _Known, pin: str, now_us: Micros) -> bool:
        if not _is_fresh(known, now_us):
            return False
        try:
            return self._hasher.verify(self._mixed(pin), known.pin_hash)
        except PwdlibError:
            return False

    def _hash(self, pin: str) -> str:
        return self._hasher.hash(self._mixed(pin))

    def _mixed(self, pin: str) -> str:
        return hmac.new(self._pepper, pin.encode(), hashlib.sha256).hexdigest()

    def _keep(self, badge: str, known: _Known, *, right: bool) -> None:
        if right:
            known = replace(known, failures=0, locked_until_us=0)
        self._known.pop(badge, None)
        self._known[badge] = known
        for oldest in list(self._known)[:-_MOST_REMEMBERED]:
            del self._known[oldest]
        with suppress(OSError):  # a full disk keeps nobody from the desk
            told = {each: asdict(one) for each, one in self._known.items()}
            write_whole(self._file, json.dumps(told).encode())


def _is_fresh(known: _Known, now_us: Micros) -> bool:
    return bool(known.pin_hash) and 0 <= now_us - known.proved_us <= REMEMBERED_US


def _failed(known: _Known, now_us: Micros) -> _Known:
    failures = known.failures + 1
    locked_until_us = now_us + LOCKED_US if failures % MOST_FAILURES == 0 else 0
    return replace(known, failures=failures, locked_until_us=locked_until_us)
