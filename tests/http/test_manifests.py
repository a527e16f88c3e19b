"""What a station is told ahead over HTTP: its own desk's paper, as much as has changed."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from domain.model.labels import Kind
from domain.model.policy import Actor, Role

NewLabel = Callable[[Kind], str]
ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
INDEX, CONTENTS = "/api/v1/manifests", "/api/v1/manifests/contents"


@pytest.fixture
def sides(server: Any, visitor: httpx.Client, device: Any) -> tuple[Any, Any]:
    """Two stations at two offices."""
    first, second, *_ = sorted(server.house.reference.offices())
    sender = server.enrol(visitor, code=f"{device.code}-from", office=first)
    return sender, server.enrol(visitor, code=f"{device.code}-to", office=second)


def index(device: Any, known: str = "") -> Any:
    signed = device.authorization("GET", INDEX, b"")
    answer = device.client.get(INDEX, headers=signed | {"x-giaonhan-known": known})
    assert answer.status_code == 200, answer.text
    return answer.json()


def contents(device: Any, labels: list[str]) -> httpx.Response:
    body = json.dumps({"labels": labels}).encode()
    signed = device.authorization("POST", CONTENTS, body) | {"content-type": "application/json"}
    answer: httpx.Response = device.client.post(CONTENTS, content=body, headers=signed)
    return answer


def test_a_station_is_told_of_what_is_coming_and_of_nothing_else(
    sides: tuple[Any, Any], new_label: NewLabel
) -> None:
    sender, receiver = sides
    dossier, other, pouch = new_label(Kind.DOSSIER), new_label(Kind.DOSSIER), new_label(Kind.POUCH)
    entries = [sender.entry("Registered", each) for each in (dossier, other)]
    entries += [sender.entry("Packed", dossier, pouch=pouch)]
    entries += [sender.entry("Sealed", pouch, seal="S1", to=receiver.office)]
    assert sender.send(*entries).status_code == 200
    told = {one[0]: one for one in index(receiver)["things"]}
    assert (told[pouch][2], told[dossier][2:]) == ("coming", ["coming", pouch, None])
    assert other not in told
    assert index(receiver)["truncated"] is False
    facts = contents(receiver, [pouch, other]).json()
    assert facts["told"] == [pouch]
    assert {one["fact"] for one in facts["facts"] if one["subject"] == dossier} == {
        "Registered",
        "Packed",
    }
    assert not any(one["subject"] == other for one in facts["facts"])
    assert index(receiver)["names"][sender.office][0]


def test_what_has_not_changed_is_not_told_again(
    sides: tuple[Any, Any], new_label: NewLabel
) -> None:
    sender, _ = sides
    cursor = index(sender)["cursor"]
    assert index(sender, cursor).keys() == {"now", "cursor"}
    dossier = new_label(Kind.DOSSIER)
    sender.send(sender.entry("Registered", dossier))
    stamps = {one[0]: one[1] for one in index(sender, cursor)["things"]}
    sender.send(sender.entry("Released", dossier))
    changed = {one[0]: one[1] for one in index(sender, cursor)["things"]}
    assert changed[dossier] != stamps[dossier]


def test_a_revoked_station_and_a_person_are_told_nothing(
    server: Any, visitor: httpx.Client, sides: tuple[Any, Any]
) -> None:
    sender, _ = sides
    revoke = server.house.enrol_station.revoke
    server.house.write(lambda: revoke(station=sender.code, actor=ADMIN)).result(60)
    signed = sender.authorization("GET", INDEX, b"")
    assert sender.client.get(INDEX, headers=signed).status_code == 403
    assert visitor.get(INDEX).status_code == 401


def test_a_question_without_or_with_too_many_labels_is_refused(
    sides: tuple[Any, Any], new_label: NewLabel
) -> None:
    _, receiver = sides
    for labels in ([], ["x"], [new_label(Kind.DOSSIER)] * 201):
        assert contents(receiver, labels).status_code == 400
