"""One stored specimen of each version of each event: what was written once is read for ever."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from eventsourcing.persistence import Mapper, StoredEvent

from adapters.event_store.topics import DECISIONS, event_kinds, log_shape, register_topics
from adapters.event_store.transcoder import OrjsonTranscoder
from domain.model.decision import Decision
from domain.model.fact import Fact
from domain.model.instants import micros
from domain.model.journal import FactStated, fact_of

SPECIMENS = sorted((Path(__file__).parent / "specimens").glob("*.json"))


def read(file: Path) -> tuple[dict[str, Any], Any]:
    register_topics()
    specimen = json.loads(file.read_text("utf-8"))
    state = orjson.dumps(specimen["state"])
    stored = StoredEvent(UUID(specimen["stream"]), specimen["version"], specimen["topic"], state)
    return specimen, Mapper[UUID](OrjsonTranscoder()).to_domain_event(stored)


@pytest.mark.parametrize("file", SPECIMENS, ids=lambda file: file.stem)
def test_a_stored_event_is_read_and_would_be_written_as_it_was(file: Path) -> None:
    specimen, event = read(file)
    again = Mapper[UUID](OrjsonTranscoder()).to_stored_event(event)
    topic, _, version = file.stem.rpartition(".v")
    assert again.topic == specimen["topic"] == topic
    if int(version) == getattr(event, "class_version", 1):  # an older shape is read, not written
        assert json.loads(again.state) == specimen["state"]


def test_every_event_has_a_specimen_of_its_version() -> None:
    wanted = {
        f"{event.TOPIC}.v{version}.json"
        for event in event_kinds()
        for version in range(1, getattr(event, "class_version", 1) + 1)
    }
    assert wanted == {file.name for file in SPECIMENS}
    assert log_shape() == len(SPECIMENS)  # so a program with one more is newer


@pytest.mark.parametrize("file", SPECIMENS, ids=lambda file: file.stem)
def test_a_stored_event_has_the_fields_its_kind_has_now(file: Path) -> None:
    _, event = read(file)
    assert set(vars(event)) == {field.name for field in fields(event)}


@pytest.mark.parametrize("kind", DECISIONS)
def test_the_specimens_of_a_decision_make_one_again(kind: type[Decision]) -> None:
    topic = vars(kind)["TOPIC"]
    events = [event for _, event in map(read, SPECIMENS) if type(event).__name__ in vars(kind)]
    events = [event for event in events if type(event).TOPIC.startswith(f"{topic}.")]
    decision: Any = None
    for event in sorted(events, key=lambda event: event.originator_version):
        decision = event.mutate(decision)
    assert isinstance(decision, kind)
    assert decision.version == len(events)


def test_a_stated_fact_is_a_fact_again() -> None:
    [stated] = [event for _, event in map(read, SPECIMENS) if isinstance(event, FactStated)]
    fact = fact_of(stated)
    assert isinstance(fact, Fact)
    assert (fact.key, fact.digest) == ("Q1#1", stated.digest)
    assert fact.recorded_at_us == fact.not_after_us == fact.at_us
    assert fact.not_before_us == fact.at_us - 5


def test_a_succession_stored_before_it_had_a_date_holds_from_its_decision() -> None:
    file = Path(__file__).parent / "specimens" / "office.Succeeded.v1.json"
    _, event = read(file)
    assert event.effective_us == micros(event.timestamp)


def test_what_has_no_stored_form_is_refused() -> None:
    with pytest.raises(TypeError):
        OrjsonTranscoder().encode({"x": object()})
