"""The database goes away and comes back: what people and stations are told, and that it passes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.postmaster import Postmaster
from api.app import create_app
from api.composition import CONSOLE, House, open_house

PATIENCE_S = 60
PROTOCOL = {"x-giaonhan-protocol": "1"}
PERSON = PROTOCOL | {"accept": "text/html"}


@pytest.fixture
def house(on_postgres: Path) -> Iterator[House]:
    with closing(open_house(on_postgres)) as opened:
        yield opened


@contextmanager
def away(house: Any, postmaster: Postmaster, url: str) -> Iterator[None]:
    """Nobody can reach that database meanwhile, and nobody waits long for it."""
    name = conninfo_to_dict(url)["dbname"]
    pools = [house.log._pool, house.vault._pool, house.doors._pool]
    with psycopg.connect(postmaster.url(), autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        for pool in pools:
            pool.timeout = 0.2
        try:
            yield
        finally:
            for pool in pools:
                pool.timeout = PATIENCE_S
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def visit(house: House, story: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    async def run() -> None:
        transport = httpx.ASGITransport(create_app(house))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://centre", headers=PROTOCOL, timeout=PATIENCE_S
        ) as client:
            await story(client)

    with ThreadPoolExecutor(1) as aside:  # a browser's tests leave a loop running in this thread
        aside.submit(asyncio.run, run()).result()


def test_while_the_database_is_away_every_page_says_so_and_afterwards_serves_again(
    house: House, postmaster: Postmaster, url: str
) -> None:
    code = house.write(lambda: house.sign_in.issue_code(person="quantri", actor=CONSOLE)).result(
        PATIENCE_S
    )

    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.post("/api/v1/sign-in", json={"code": code})).is_success
        assert (await client.get("/board", headers=PERSON)).status_code == 200
        with away(house, postmaster, url):
            for path in ("/board", "/h/some-token", "/no-such-page"):
                page = await client.get(path, headers=PERSON)
                assert (path, page.status_code) == (path, 503)
                assert int(page.headers["retry-after"]) > 0
                assert "Cơ sở dữ liệu chưa trả lời" in page.text
                assert "<html" in page.text
            api = await client.get("/api/v1/board")
            assert (api.status_code, api.json()["error"]["code"]) == (503, "STORE_UNREACHABLE")
            written = await client.post("/api/v1/sign-in", json={"code": "quantri.wrong"})
            assert written.status_code == 503
            ready = await client.get("/readyz")
            assert ready.status_code == 503
            assert "STORE_UNREACHABLE" in ready.json()["reasons"]
            assert (await client.get("/healthz")).status_code == 200
        deadline = monotonic() + PATIENCE_S
        while (await client.get("/board", headers=PERSON)).status_code != 200:
            assert monotonic() < deadline
        ready = await client.get("/readyz")
        assert ready.json()["reasons"] == []

    visit(house, story)
