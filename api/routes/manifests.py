"""What a station is told ahead, so that it can judge its scans without the network."""

import hashlib
from typing import Annotated, Any

import orjson
from fastapi import Header, Request, Response
from pydantic import BaseModel, Field

from api.auth import station_may
from api.house import House, house_of
from api.routes import interface
from domain.model.instants import iso
from domain.model.manifest import contents_to_json, run_to_json
from domain.model.policy import Act

router = interface("stations")
MOST_LABELS = 200  # in one question; the station asks again for what was not told

_Label = Annotated[str, Field(pattern=r"^[0-9]{16}$")]


class ContentsIn(BaseModel):
    """The labels whose facts are asked for, the most urgent first."""

    labels: Annotated[list[_Label], Field(min_length=1, max_length=MOST_LABELS)]


@router.get("/manifests")
def manifests(
    request: Request,
    station: Annotated[str, station_may(Act.READ_MANIFESTS)],
    known: Annotated[str, Header(alias="X-Giaonhan-Known", max_length=64)] = "",
) -> Response:
    """The labels that the station's desk may meet, each with the stamp of what is known of it.

    `truncated`: there are more labels. `known` is the cursor of the answer before: where nothing
    has changed since, only that is said.
    """
    house = house_of(request)
    now_us = house.clock.now_us()
    ahead = house.tell_ahead.index(_office_of(house, station), now_us=now_us)
    told: dict[str, Any] = {
        "things": [[one.label, one.stamp, one.where, one.pouch, one.place] for one in ahead.things],
        "truncated": ahead.truncated,
        "runs": [run_to_json(run) for run in ahead.runs],
        "names": ahead.names,
    }
    cursor = hashlib.blake2b(orjson.dumps(told), digest_size=12).hexdigest()
    answer = {"now": iso(now_us), "cursor": cursor}
    return _json(answer if cursor == known else answer | told)


@router.post("/manifests/contents")
def contents(
    request: Request, station: Annotated[str, station_may(Act.READ_MANIFESTS)], given: ContentsIn
) -> Response:
    """The facts that bear on these labels, as far as the desk may meet them."""
    house = house_of(request)
    found = house.tell_ahead.contents(_office_of(house, station), given.labels)
    return _json(contents_to_json(found))


def _office_of(house: House, station: str) -> str:
    return house.trust.station(station).office


def _json(told: dict[str, Any]) -> Response:
    """Written by the fast writer: thousands of facts go out here."""
    return Response(orjson.dumps(told), media_type="application/json")
