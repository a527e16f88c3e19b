"""Eight clients on eight dossiers at once: whatever they were told, one true course explains it."""

import sys
from pathlib import Path

import pytest

from api.databases import DATABASE_URL
from api.rehearsal.histories.clients import CLIENTS, DOSSIERS, play
from api.rehearsal.histories.history import Act, History, Look, Told

ACTS = 7  # of each client; in full: giaonhan bench histories
SERVERS = {"sqlite": 1, "postgres": 2}


@pytest.mark.skipif(sys.platform == "win32", reason="a forkserver is POSIX")
def test_what_eight_clients_were_told_at_once_has_one_explanation(
    tmp_path: Path,
    engine_name: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if engine_name == "postgres":
        postmaster = request.getfixturevalue("postmaster")
        monkeypatch.setenv(DATABASE_URL, postmaster.new_database("histories"))
    history = play(tmp_path, seed=3, acts=ACTS, servers=SERVERS[engine_name])
    assert list(history.broken()) == []
    assert len({look.label for look in history.traces}) == DOSSIERS
    acts = [*history.scans, *history.deeds]
    assert len(acts) > CLIENTS
    assert Told.DONE in {act.told for act in acts}  # a busy server may leave one unanswered
    together = [(one, two) for one in acts for two in acts if one is not two]
    assert any(one.began < two.began < one.ended for one, two in together), "all one by one"


def act(name: str, began: int, ended: int, told: Told = Told.DONE, seen: int | None = None) -> Act:
    return Act(label="A", name=name, began=began, ended=ended, told=told, seen=seen)


def look(began: int, ended: int, *shown: str) -> Look:
    return Look(label="A", began=began, ended=ended, shown=shown)


def true_history() -> History:
    """Two scans and three decisions, of which two at once on the same sight."""
    return History(
        scans=[act("s1", 0, 10), act("s2", 20, 40)],
        traces=[look(11, 15, "s1"), look(25, 35, "s1", "s2"), look(90, 95, "s1", "s2")],
        deeds=[
            act("d1", 0, 10, seen=0),
            act("d2", 20, 40, seen=1),
            act("d3", 22, 38, Told.REFUSED, seen=1),
        ],
        lists=[look(11, 15, "d1"), look(41, 45, "d1", "d2"), look(90, 95, "d1", "d2")],
    )


def test_a_true_history_has_an_explanation() -> None:
    assert list(true_history().broken()) == []


def test_what_was_asked_without_an_answer_may_stand_or_not() -> None:
    for shown in ((), ("s3",)):
        history = true_history()
        history.scans.append(act("s3", 50, 60, Told.UNKNOWN))
        history.traces.append(look(96, 99, "s1", "s2", *shown))
        assert list(history.broken()) == []


DOCTORED: dict[str, tuple[str, int, Act | Look]] = {
    "s2 was acknowledged and is not shown": ("traces", 2, look(90, 95, "s1")),
    "something is shown twice": ("traces", 2, look(90, 95, "s1", "s2", "s2")),
    "s2 is shown and was not begun": ("traces", 0, look(11, 15, "s1", "s2")),
    "s9 is shown and was not begun": ("traces", 2, look(90, 95, "s1", "s2", "s9")),
    "s2 was shown and is gone": ("traces", 2, look(36, 38, "s1")),
    "d3 is shown and was refused": ("lists", 2, look(90, 95, "d1", "d2", "d3")),
    "its deeds were shown in another order": ("lists", 1, look(41, 45, "d2", "d1")),
    "d1 stands after one that was begun when it was done": (
        *("lists", 2),
        look(90, 95, "d2", "d1"),
    ),
    "d2 does not stand where it was decided": ("deeds", 1, act("d2", 20, 40, seen=0)),
    "d3 was refused and nobody had been faster": (
        *("deeds", 2),
        act("d3", 11, 18, Told.REFUSED, seen=1),
    ),
}


@pytest.mark.parametrize("told", DOCTORED)
def test_a_doctored_history_has_none(told: str) -> None:
    part, place, doctored = DOCTORED[told]
    history = true_history()
    getattr(history, part)[place] = doctored
    assert f"A: {told}" in list(history.broken())
