"""What a station is told ahead of what its desk may meet: as the server sends it, and back.

Written by the route of manifests, read by the station, which folds it as the server would.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.model.custody_state import Filling, Link, Unreleased
from domain.model.fact import fact_from_json, fact_to_json
from domain.model.instants import Micros
from domain.model.planned_runs import PlannedRun, PlannedStop
from domain.model.station_time import Identity, Timed

_MAY_LACK = ("courier", "reason")  # of a run
HERE, COMING = "here", "coming"  # in this party's hands; on its way to it


@dataclass(frozen=True, slots=True)
class Thing:
    """A dossier or pouch that the desk may meet.

    `stamp` changes with whatever a verdict on it depends on; `pouch` is the one it is in, `place`
    the shelf or desk where its holder has it, None where no scan said.
    """

    label: str
    stamp: str
    where: str
    pouch: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class RunAhead:
    """A planned run that stops here, or that this courier drives; and what was scanned of it."""

    planned: PlannedRun
    facts: tuple[Timed, ...] = ()


@dataclass(frozen=True, slots=True)
class FiledFact:
    """A fact in its place in time, and the names (labels, fillings) it is filed under."""

    timed: Timed
    under: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All that bears on the labels `told`: facts, how their pouches stood, what people closed.

    `worn`: of dossiers that were relabelled, by each label: the first, of which their facts speak,
    and the newest, which they wear now.
    """

    told: tuple[str, ...]
    facts: tuple[FiledFact, ...]
    begun: tuple[Filling, ...] = ()
    settled: Mapping[Identity, Micros] = field(default_factory=dict)
    worn: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def contents_to_json(contents: Contents) -> dict[str, Any]:
    """As the server answers."""
    return {
        "told": list(contents.told),
        "facts": [filed_to_json(one) for one in contents.facts],
        "begun": [asdict(one) for one in contents.begun],
        "settled": [[*identity, at_us] for identity, at_us in contents.settled.items()],
        "worn": dict(contents.worn),
    }


def contents_from_json(told: Mapping[str, Any]) -> Contents:
    """As the station understands it; raises a refusal, `KeyError`, `TypeError` or `ValueError`."""
    return Contents(
        told=tuple(str(label) for label in told["told"]),
        facts=tuple(filed_from_json(one) for one in told["facts"]),
        begun=tuple(filling_from_json(one) for one in told["begun"]),
        settled={
            Identity(str(code), str(subject), str(key)): int(at_us)
            for code, subject, key, at_us in told["settled"]
        },
        worn={
            str(each): (str(first), str(newest)) for each, (first, newest) in told["worn"].items()
        },
    )


def filed_to_json(filed: FiledFact) -> dict[str, Any]:
    """One fact of the contents, as a line of a fold file with its place in time."""
    timed = filed.timed
    return fact_to_json(timed.fact) | {
        "digest": timed.fact.digest,
        "time": [timed.effective_us, timed.lower_us, timed.upper_us],
        "under": list(filed.under),
    }


def filed_from_json(told: Mapping[str, Any]) -> FiledFact:
    """One fact of the contents; raises as `contents_from_json` does."""
    effective_us, lower_us, upper_us = told["time"]
    fact = fact_from_json(told, digest=str(told["digest"]))
    timed = Timed(
        fact,
        int(effective_us),
        None if lower_us is None else int(lower_us),
        None if upper_us is None else int(upper_us),
    )
    return FiledFact(timed, tuple(str(name) for name in told["under"]))


def run_to_json(ahead: RunAhead) -> dict[str, Any]:
    """One run of the index."""
    run = ahead.planned
    return run._asdict() | {
        "stops": [list(stop) for stop in run.stops],
        "facts": [filed_to_json(FiledFact(timed, ())) for timed in ahead.facts],
    }


def run_from_json(told: Mapping[str, Any]) -> RunAhead:
    """One run of the index; raises as `contents_from_json` does."""
    courier, reason = (None if told[name] is None else str(told[name]) for name in _MAY_LACK)
    run = PlannedRun(
        route=str(told["route"]),
        day=int(told["day"]),
        slot=str(told["slot"]),
        label=str(told["label"]),
        courier=courier,
        stops=tuple(
            PlannedStop(str(office), int(at_us), int(cutoff_us))
            for office, at_us, cutoff_us in told["stops"]
        ),
        kind=str(told["kind"]),
        reason=reason,
    )
    return RunAhead(run, tuple(filed_from_json(one).timed for one in told["facts"]))


def filling_from_json(told: Mapping[str, Any]) -> Filling:
    """How a pouch stood when a filling began, as it was written field by field."""
    flags = ((code, key, at_us, behind) for code, key, at_us, behind in told["flags"])
    tail = (Link(**{**one, "evidence": tuple(one["evidence"])}) for one in told["tail"])
    rebuilt = {
        "via": tuple(told["via"]),
        "flags": tuple(flags),
        "unreleased": tuple(Unreleased(**one) for one in told["unreleased"]),
        "tail": tuple(tail),
    }
    return Filling(**{**told, **rebuilt})
