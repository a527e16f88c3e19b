"""A stolen device goes on sending: what it says waits for a person, and nothing is lost."""

import base64
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from adapters.read_model.dump import digest_at
from domain.model.entry import entry_digest
from domain.model.labels import Kind
from domain.model.policy import Actor, Role
from domain.use_cases.maintain_reference import PersonDefinition

CONSOLE = Actor("console", "console", frozenset({Role.ADMIN}))
QUARANTINE = "/api/v1/quarantine"


@pytest.fixture(scope="module")
def keeper(server: Any) -> str:
    """Who looks after the devices."""
    house = server.house
    given = PersonDefinition(
        code="T-KEEPER",
        party=min(house.reference.offices()),
        roles=frozenset({Role.ADMIN}),
        issuer=99_001,
    )
    work = lambda: house.reference.define_person(given, actor=CONSOLE)  # noqa: E731
    return str(house.write(work).result(60).code)


@pytest.fixture
def admin(server: Any, keeper: str) -> Iterator[httpx.Client]:
    with closing(server.sign_in(keeper)) as client:
        yield client


def digest_of(entry: dict[str, Any]) -> str:
    return entry_digest(base64.b64decode(entry["entry"]))


def outcome(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["answers"][0]["outcome"])


def test_a_scan_of_a_revoked_station_counts_once_a_supervisor_lets_it_in(
    server: Any,
    device: Any,
    admin: httpx.Client,
    supervisor: httpx.Client,
    new_label: Callable[[Kind], str],
) -> None:
    seen, kept = new_label(Kind.DOSSIER), new_label(Kind.DOSSIER)
    answer = admin.post("/stations/revoke", data={"station": device.code})
    assert answer.status_code == 303
    first, second = (device.entry("Received", label) for label in (seen, kept))
    assert [outcome(device.send(one)) for one in (first, second)] == ["quarantined"] * 2
    page = supervisor.get("/quarantine", params={"station": device.code}).text
    assert page.count("chờ quyết định") == 2
    chosen = {"station": device.code, "entries": [digest_of(first)]}
    refused = supervisor.post("/quarantine/let-in", data=chosen | {"let_in": "because"})
    assert refused.status_code == 400
    assert f'value="{digest_of(first)}" checked' in refused.text, "what was ticked stays ticked"
    done = supervisor.post("/quarantine/let-in", data=chosen | {"let_in": "paper_checked"})
    assert done.status_code == 303
    told = supervisor.post(
        f"{QUARANTINE}/keep-out",
        json={"station": device.code, "entries": [digest_of(second)], "reason": "device_stolen"},
    )
    assert (told.status_code, told.json()) == (200, {"let_in": 0})
    assert supervisor.get(f"/api/v1/dossiers/{seen}/trace").status_code == 200
    assert supervisor.get(f"/api/v1/dossiers/{kept}/trace").status_code == 404
    found = supervisor.get(QUARANTINE, params={"station": device.code}).json()
    verdicts = {one["entry"]: one["verdict"] for one in found["entries"]}
    assert verdicts[digest_of(first)].items() >= {"counts": True, "by": "T-BOSS"}.items()
    assert verdicts[digest_of(second)]["counts"] is False
    assert device.code in found["stations"]
    assert outcome(device.send(first)) == "duplicate"
    running = digest_at(server.house.source)
    server.house.write(server.house.rebuild).result(60)
    assert digest_at(server.house.source) == running, "L4: a rebuild says the same"


def test_only_an_administrator_revokes_and_only_a_supervisor_decides(
    device: Any, admin: httpx.Client, counter: httpx.Client, supervisor: httpx.Client
) -> None:
    station = {"station": device.code}
    for client in (counter, supervisor):
        answer = client.post("/api/v1/stations/revocations", json=station)
        assert answer.status_code == 403
    decision = station | {"entries": ["0" * 64], "reason": "paper_checked"}
    for client in (counter, admin):
        assert client.get(QUARANTINE).status_code == 403
        assert client.post(f"{QUARANTINE}/let-in", json=decision).status_code == 403
    assert admin.post("/api/v1/stations/revocations", json=station).status_code == 204
    unknown = supervisor.post(f"{QUARANTINE}/let-in", json=decision)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "NOT_FOUND")
    nobody = admin.post("/api/v1/stations/revocations", json={"station": "nowhere"})
    assert nobody.json()["error"]["code"] == "UNKNOWN_STATION"
    malformed = supervisor.post(f"{QUARANTINE}/keep-out", json=decision | {"entries": ["x"]})
    assert malformed.status_code == 400
