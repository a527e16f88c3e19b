"""The courses of open dossiers as rows: written by the refold, read for the work list by risk."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from domain.model.course import Course, Stay, course_of
from domain.model.custody_state import DossierState
from domain.model.leg_evidence import LegFacts, said_of
from domain.model.station_time import Discrepancy

Row = dict[str, Any]
Astray = Mapping[str, Sequence[Discrepancy]]


def astray_among(discrepancies: Iterable[Discrepancy]) -> dict[str, list[Discrepancy]]:
    """By subject, what was seen where it should not be: evidence alone ends that."""
    astray: dict[str, list[Discrepancy]] = defaultdict(list)
    for found in discrepancies:
        if found.code == "MISROUTED":
            astray[found.subject].append(found)
    return astray


def course_rows(state: DossierState, case: Any, legs: LegFacts, astray: Astray) -> list[Row]:
    """The row of a case whose clock runs, by what is known of its legs; none for any other."""
    found = [one for name in legs.subjects for one in astray.get(name, ())] if astray else ()
    start_us = case.received_us if state.registered_us is None else state.registered_us
    course = course_of(state, said_of(legs, found), office=case.office, start_us=start_us)
    return [] if course is None else [written(case.label, course)]


def written(label: str, course: Course) -> Row:
    """The row of table `course`."""
    stays, elsewhere = (orjson.dumps([tuple(span) for span in spans]) for spans in course)
    party, waiting, start, been, _, begun = course.present
    return {
        "label": label,
        "party": party,
        "waiting": waiting,
        "start": start,
        "been": " ".join(been),
        "begun": begun,
        "stays": stays.decode(),
        "elsewhere": elsewhere.decode(),
    }


def read(stays: str, elsewhere: str) -> Course:
    """The course of a row."""
    return Course(
        tuple(Stay(*stay) for stay in orjson.loads(stays)),
        tuple((since, until) for since, until in orjson.loads(elsewhere)),
    )


NOWHERE_ELSE = "[]"
