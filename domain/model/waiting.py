"""Stretches in which an office waits for others; used by the dossier's case and by its deadline."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.model.deadline import Pause
from domain.model.instants import MINUTE_US, Micros

SUPPLEMENT, FEE, AGENCY = "supplement", "financial_obligation", "other_agency"


class Waiting(NamedTuple):
    """A stretch in which the office waits for others; `until_us` is None while it lasts.

    `agency`: which other agency was asked, empty where it waits for the applicant.
    """

    reason: str
    since_us: Micros
    until_us: Micros | None = None
    agency: str = ""


def pauses_of(waits: Iterable[Waiting], *, settled_us: Micros | None = None) -> list[Pause]:
    """The waits as the deadline counts them.

    `settled_us` is when the dossier was finished or closed: nobody waits for anything after that.
    """
    pauses = []
    for reason, since_us, ended_us, agency in waits:
        until_us = settled_us if ended_us is None else ended_us
        start = since_us // MINUTE_US
        end = None if until_us is None else max(start, until_us // MINUTE_US)
        pauses.append(Pause(start, end, reason, agency))
    return pauses


def waits_after(waits: list[Waiting], reason: str, until_us: Micros) -> list[Waiting]:
    """The waits once that reason is over; a clock that went back does not make time run back."""
    return [
        wait._replace(until_us=max(wait.since_us, until_us))
        if wait.reason == reason and wait.until_us is None
        else wait
        for wait in waits
    ]
