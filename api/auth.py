"""Who calls: session tokens of people, signatures of stations, and the act every route declares.

A route takes one of `may(Act…)`, `station_may(Act…)` and `anyone(why)` among its parameters;
`undeclared` finds those that do not, and `create_app` refuses to serve them: deny by default.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from api.doors import digest_of
from api.errors import told
from api.house import house_of
from api.http_refusals import KeyOutdated, NoSuchPage, NotSignedIn, RateLimited, RequestOutdated
from domain.model.errors import BadCode, BadInstant, BadSignature, Refusal
from domain.model.identifiers import checked_code
from domain.model.instants import MINUTE_US, SECOND_US, Micros, parse_instant
from domain.model.policy import Act, Actor, allowed, demand
from domain.ports.stores import StoreUnreachable

SESSION_COOKIE = "giaonhan_session"
SESSION_SECONDS = 12 * 3600  # one working day: nobody signs in twice, nobody stays in overnight
MOST_FAILURES = 120  # a minute from one address: a whole office may be behind one router
MOST_ADDRESSES = 10_000  # a minute; more is an attack on the table itself
SIGN_IN, LOOK_UP = "sign-in", "look-up"  # the doors where somebody could guess
_LONGEST_HEADER = 600
_TIMELY_MINUTES = 10  # from the server's clock; stations go by what it told them


def session_token(actor: Actor, *, key: bytes, now_us: Micros) -> str:
    """`payload.mac`, both base64url: who signed in, for which office, as what, until when."""
    payload = _encoded(
        json.dumps(
            {
                "person": actor.person,
                "expires": now_us + SESSION_SECONDS * SECOND_US,
            }
        ).encode()
    )
    return f"{payload}.{_mac(payload, key)}"


def read_session(token: str, *, key: bytes, now_us: Micros) -> str | None:
    """The person's code in a valid token; None for one that is absent, altered or expired."""
    said = _said(token, key)
    return None if said is None or said["expires"] <= now_us else str(said["person"])


def _said(token: str, key: bytes) -> dict[str, Any] | None:
    """What the token says, expired or not; None for one that this server did not sign."""
    payload, _, mac = token.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(payload, key).encode()):
        return None
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload))
    return said


def _mac(payload: str, key: bytes) -> str:
    return _encoded(hmac.digest(key, f"giaonhan.session|{payload}".encode(), "sha256"))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def start_session(request: Request, response: Response, actor: Actor) -> None:
    """Put the session cookie on the answer."""
    house = house_of(request)
    response.set_cookie(
        SESSION_COOKIE,
        session_token(actor, key=house.session_key, now_us=house.clock.now_us()),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def end_session(request: Request, response: Response) -> None:
    """Take the cookie away, and make the token worthless wherever it was copied to."""
    house = house_of(request)
    token = request.cookies.get(SESSION_COOKIE, "")
    said = _said(token, house.session_key)
    if said is not None:
        now_us = house.clock.now_us()
        house.doors.end(digest_of(token), until_us=int(said["expires"]), now_us=now_us)
    response.delete_cookie(SESSION_COOKIE)


def signed_in(request: Request) -> Actor | None:
    """The person whose session the request carries, if any, with the rights they have now."""
    house = house_of(request)
    token = request.cookies.get(SESSION_COOKIE, "")
    code = read_session(token, key=house.session_key, now_us=house.clock.now_us())
    if code is None or house.doors.has_ended(digest_of(token)):
        return None
    person = house.reference.people().get(code)
    return None if person is None or person.dismissed else person.as_actor()


class Declared:
    """A dependency that says who may call its route."""


class PersonMay(Declared):
    """Lets a person do the act if the policy does; the public counts as a person without roles."""

    def __init__(self, act: Act) -> None:
        self.act = act

    def __call__(self, request: Request) -> Actor | None:
        """The person, None for the public. Raises `NotSignedIn` or `NotAllowed`."""
        request.state.actor = None  # so that a refusal's page does not ask again
        actor = request.state.actor = signed_in(request)
        if actor is None and not allowed(None, self.act):
            raise NotSignedIn
        demand(actor, self.act)
        return actor


class StationMay(Declared):
    """Lets an enrolled station do the act on proof of one of its keys."""

    def __init__(self, act: Act) -> None:
        self.act = act

    async def __call__(self, request: Request) -> str:
        """The station's code.

        Raises `NotSignedIn`, `UnknownStation`, `BadSignature`, `NotAllowed`, `KeyOutdated`,
        `RequestOutdated`. For scans a key of an older epoch still counts, at any time: a replaced
        device may have some left to send, and a clock may be years off until the answer tells it
        the time. So does a revoked station's: its scans are stored, in quarantine.
        """
        code, at, signature = _station_header(request.headers.get("authorization", ""))
        digest = hashlib.sha256(await request.body()).hexdigest()
        path = request.scope["path"]
        signed = f"giaonhan.request|{request.method}|{path}|{at}|{digest}".encode()
        house = house_of(request)
        station = house.trust.known(code)
        if station is None:
            few = request.app.state.first_asked
            station = await to_thread.run_sync(house.trust.station, code, limiter=few)
        epoch = next(
            (
                epoch
                for epoch, key in reversed(station.keys.items())
                if house.signatures.holds(
                    signed, signature, public_key=key.public_key, algorithm=key.algorithm
                )
            ),
            None,
        )
        if epoch is None:
            raise BadSignature(station=code)
        demand(house.trust.actor(code, epoch=epoch), self.act)
        # With the old key a new one is asked for once more, if the answer was lost.
        if self.act not in {Act.SCAN, Act.ROTATE_KEY} and epoch != station.epoch:
            raise KeyOutdated(station=code)
        if self.act is not Act.SCAN:
            _demand_timely(at, house.clock.now_us())
        request.app.state.metrics.heard(code)
        return code


class MonitorMay(Declared):
    """Lets whoever has the monitors' token read; where none is set there is no such page."""

    def __call__(self, request: Request) -> None:
        """Raises `NoSuchPage` or `NotSignedIn`."""
        token = request.app.state.metrics_token
        if token is None:
            raise NoSuchPage
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
            raise NotSignedIn


class Anyone(Declared):
    """Open to everybody; `why` is the reason a reviewer reads."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __call__(self, request: Request) -> Actor | None:
        """The person if one is signed in; nobody while the database that knows it is away."""
        request.state.actor = None
        with suppress(StoreUnreachable):
            request.state.actor = signed_in(request)
        actor: Actor | None = request.state.actor
        return actor


def may(act: Act) -> Any:
    """Declares a person's route: the annotation of its parameter for the actor."""
    return Depends(PersonMay(act))


def station_may(act: Act) -> Any:
    """Declares a station's route: the annotation of its parameter for the station's code."""
    return Depends(StationMay(act))


def anyone(why: str) -> Any:
    """Of a route that needs no right, with the reason: `dependencies=[anyone("…")]`."""
    return Depends(Anyone(why))


def monitor_may() -> Any:
    """Of a route for monitors: `dependencies=[monitor_may()]`."""
    return Depends(MonitorMay())


def _station_header(text: str) -> tuple[str, str, bytes]:
    """Station, time as written, signature of `Station station=…,at=…,signature=…`.

    Of scans the time is signed and otherwise unused: clocks may be years off, and a replayed
    request only repeats entries that are stored already.
    """
    scheme, _, rest = text.partition(" ")
    fields = dict(part.partition("=")[::2] for part in rest.split(","))
    if scheme != "Station" or len(text) > _LONGEST_HEADER or not fields.keys() >= _HEADER_FIELDS:
        raise NotSignedIn
    try:
        station = checked_code("station", fields["station"])
        return station, fields["at"], base64.b64decode(fields["signature"], validate=True)
    except (BadCode, binascii.Error):
        raise NotSignedIn from None


def _demand_timely(at: str, now_us: Micros) -> None:
    """Whoever has captured a request can repeat it for a few minutes only."""
    try:
        off_us = abs(parse_instant(at) - now_us)
    except BadInstant:
        raise NotSignedIn from None
    if off_us > _TIMELY_MINUTES * MINUTE_US:
        raise RequestOutdated(minutes=_TIMELY_MINUTES)


_HEADER_FIELDS = frozenset({"station", "at", "signature"})


def attempt(request: Request) -> None:
    """Dependency of the routes where somebody could guess: sign-in and enrolment."""
    _demand_few_failures(request, SIGN_IN)


def look_up(request: Request) -> None:
    """The same of the public's page, counted apart: its readers keep nobody from signing in."""
    _demand_few_failures(request, LOOK_UP)


def failed(request: Request, door: str) -> None:
    """An attempt was a wrong guess: too many in a minute, and its address has to wait."""
    house_of(request).doors.failed(door, _address(request), minute=_minute(request))


@asynccontextmanager
async def failures_counted(request: Request) -> AsyncIterator[None]:
    """Around an attempt to sign in or to enrol: a refusal counts, unless it is the server's."""
    try:
        yield
    except Refusal as refusal:
        if told(refusal).status < HTTPStatus.INTERNAL_SERVER_ERROR:
            await run_in_threadpool(failed, request, SIGN_IN)
        raise


def _demand_few_failures(request: Request, door: str) -> None:
    """At most so many in a minute from one address, whatever it tries; raises `RateLimited`."""
    doors, minute = house_of(request).doors, _minute(request)
    failures, addresses = doors.failures(door, _address(request), minute=minute)
    if failures >= MOST_FAILURES or addresses > MOST_ADDRESSES:
        raise RateLimited(seconds=MINUTE_US // SECOND_US)


def _address(request: Request) -> str:
    return request.client.host if request.client else "-"


def _minute(request: Request) -> int:
    return house_of(request).clock.now_us() // MINUTE_US


def undeclared(routes: Iterable[BaseRoute]) -> list[str]:
    """The paths of routes that do not say exactly once who may call them."""
    return [
        str(context.path)
        for context in iter_route_contexts(list(routes))
        if len(list(declared(getattr(context, "dependant", None)))) != 1
    ]


def declared(dependant: Dependant | None) -> Iterator[Declared]:
    """What a route says about its callers."""
    for needed in dependant.dependencies if dependant else ():
        if isinstance(needed.call, Declared):
            yield needed.call
        yield from declared(needed)
