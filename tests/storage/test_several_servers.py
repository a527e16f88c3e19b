"""Several servers on one PostgreSQL: who is let in or kept out at one is so at every other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from adapters.postgres_doors import PostgresDoors
from api import auth
from api.app import create_app
from api.composition import CONSOLE, MOST_WAITING, House, open_house
from api.doors import Doors, OwnDoors
from domain.model.policy import Actor, Role
from domain.ports.photos import Photo
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import Registration
from domain.use_cases.state_act import Wanted, version_of

CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))
SUPERVISOR = Actor("lanhdao", "TTHC", frozenset({Role.SUPERVISOR}))
PROTOCOL = {"x-giaonhan-protocol": "1"}
Clients = list[httpx.AsyncClient]


@pytest.fixture
def houses(on_postgres: Path) -> Iterator[list[House]]:
    with closing(open_house(on_postgres)) as one, closing(open_house(on_postgres)) as other:
        yield [one, other]


def visit(houses: list[House], story: Callable[[Clients], Awaitable[None]]) -> None:
    """A browser for each server."""

    def browser(app: FastAPI) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app)
        return httpx.AsyncClient(transport=transport, base_url="http://centre", headers=PROTOCOL)

    async def run() -> None:
        clients = [browser(create_app(house)) for house in houses]
        await story(clients)
        for client in clients:
            await client.aclose()

    with ThreadPoolExecutor(1) as aside:  # a browser's tests leave a loop running in this thread
        aside.submit(asyncio.run, run()).result()


def one_time_code(house: House) -> str:
    return house.write(lambda: house.sign_in.issue_code(person="quantri", actor=CONSOLE)).result(60)


def test_a_session_begun_at_one_server_holds_at_all_and_is_over_at_all_when_it_is_ended(
    houses: list[House],
) -> None:
    code = one_time_code(houses[0])

    async def story(clients: Clients) -> None:
        answers = await asyncio.gather(
            *(client.post("/api/v1/sign-in", json={"code": code}) for client in clients * 3)
        )
        assert sorted(answer.status_code for answer in answers) == [200, *[401] * 5]
        [token] = [answer.cookies["giaonhan_session"] for answer in answers if answer.is_success]
        for client in clients:
            client.cookies.set("giaonhan_session", token)
            assert (await client.get("/api/v1/board")).status_code == 200
        signed_out = await clients[1].post("/api/v1/sign-out")
        assert signed_out.status_code == 204
        for client in clients:
            copied = {"cookie": f"giaonhan_session={token}"}
            assert (await client.get("/api/v1/board", headers=copied)).status_code == 401

    visit(houses, story)


def test_who_guesses_at_one_server_is_slowed_down_at_all(
    houses: list[House], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "MOST_FAILURES", 4)
    monkeypatch.setattr(auth, "_minute", lambda _request: 7)

    async def story(clients: Clients) -> None:
        seen = []
        for client in clients * 3:
            guess = await client.post("/api/v1/sign-in", json={"code": "quantri.wrong"})
            page = await client.get("/h/nobody")
            seen.append((guess.status_code, page.status_code))
        assert seen == [(401, 404)] * 4 + [(429, 429)] * 2

    visit(houses, story)


def test_a_server_whose_line_is_full_asks_to_wait_and_the_other_goes_on(
    houses: list[House],
) -> None:
    held = Event()
    waiting = [houses[0].write(lambda: held.wait(60)) for _ in range(MOST_WAITING)]

    async def story(clients: Clients) -> None:
        guess = {"code": "quantri.wrong"}
        full, free = [await client.post("/api/v1/sign-in", json=guess) for client in clients]
        assert (full.status_code, full.json()["error"]["code"]) == (503, "BUSY")
        assert int(full.headers["retry-after"]) > 0
        assert (free.status_code, free.json()["error"]["code"]) == (401, "SIGN_IN_REFUSED")
        held.set()
        assert all(done.result(60) for done in waiting)
        again = await clients[0].post("/api/v1/sign-in", json=guess)
        assert again.status_code == 401

    try:
        visit(houses, story)
    finally:
        held.set()


def test_a_photo_sent_to_two_servers_at_once_stays_whichever_of_them_saves_it(
    houses: list[House], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = houses
    label = registered(one)
    version = version_of(one.trace(label))
    photo = Photo(b"\xff\xd8\xff torn")
    wanted = Wanted(fact="Damaged", label=label, reason="torn", photo=photo)
    save = one.log.save
    keys: list[str] = []

    def stated(house: House) -> str:
        act = partial(house.state_act, wanted, actor=SUPERVISOR, version=version)
        return str(house.write(act).result(60))

    def overtaken(*args: Any, **named: Any) -> None:
        if not keys:
            keys.append(stated(other))
        save(*args, **named)

    monkeypatch.setattr(one.log, "save", overtaken)
    assert [stated(one)] == keys
    assert one.vault.photo(photo.digest) == photo.content


def registered(house: House) -> str:
    given = Registration(procedure="VD-HKD", office="TTHC", applicant=ApplicantData(name="A"))
    return house.write(lambda: house.register_dossier(given, actor=CLERK)).result(60).label


@pytest.fixture
def doors(engine_name: str, request: pytest.FixtureRequest) -> Iterator[Doors]:
    if engine_name == "sqlite":
        yield OwnDoors(request.getfixturevalue("tmp_path") / "ended")
        return
    with closing(PostgresDoors(request.getfixturevalue("postgres_url"))) as made:
        yield made


def test_failures_are_counted_by_door_and_address_and_forgotten_with_their_minute(
    doors: Doors,
) -> None:
    for address in ("a", "a", "b"):
        doors.failed("in", address, minute=7)
    doors.failed("out", "a", minute=7)
    assert doors.failures("in", "a", minute=7) == (2, 2)
    assert doors.failures("in", "c", minute=7) == (0, 2)
    assert doors.failures("out", "b", minute=7) == (0, 1)
    assert doors.failures("in", "a", minute=8) == (0, 0)
    doors.failed("in", "b", minute=8)
    assert doors.failures("in", "b", minute=8) == (1, 1)


def test_an_ended_session_is_remembered_until_it_would_have_expired(doors: Doors) -> None:
    doors.end("a", until_us=10, now_us=0)
    doors.end("a", until_us=10, now_us=0)
    doors.end("b", until_us=20, now_us=10)
    assert [doors.has_ended(digest) for digest in ("a", "b", "c")] == [False, True, False]
