"""What every page with a form needs: doing what was sent, or showing the form again; used by them.

A refusal leaves a person with what was typed and the sentence that explains it; what one may not do
at all is answered by the house's own page instead, as for any other door that is closed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.errors import Told, told
from domain.model.errors import NotAllowed, Refusal
from domain.model.instants import Micros, local

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood in a form with a coded reason that was refused, so that it can be shown again."""

    act: str = ""
    reason: str = ""
    text: str = ""
    to: str = ""


async def answered(
    act: Callable[[], Awaitable[T]],
    *,
    done: Callable[[T], Response],
    again: Callable[[Told], Response],
) -> Response:
    """What `done` makes of the act's outcome, or `again` of the refusal; raises `NotAllowed`.

    `act` is called here, because a full or a read-only house refuses before there is anything to
    await; the two pages read, so they are made beside the event loop.
    """
    try:
        outcome = await act()
    except NotAllowed:
        raise
    except Refusal as refusal:
        return await run_in_threadpool(again, told(refusal))
    return await run_in_threadpool(done, outcome)


def to(address: str) -> Callable[[object], Response]:
    """On to another page, whatever came of the act."""
    return lambda _outcome: RedirectResponse(address, HTTPStatus.SEE_OTHER)


def local_field(instant_us: Micros) -> str:
    """`2026-03-02T08:00` in Asia/Ho_Chi_Minh, as a `datetime-local` field holds it."""
    return local(instant_us).strftime("%Y-%m-%dT%H:%M")
