"""Every "no" has its words: one table, every code, both languages."""

import ast
import importlib
import pkgutil
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import adapters
import api
import domain
import scanner_station
from api.cli.refusals import EXIT_REFUSED, sentence, telling_refusals
from api.errors import TOLD, as_json, told
from api.pages import words
from api.pages.board_words import AGE_WORDS, DEVICE_STATES
from api.pages.census_words import FINDINGS
from api.pages.minutes_words import (
    ACCOUNT_NAMES,
    LEG_NAMES,
    PART_NAMES,
    REASON_NAMES,
    RISK_NAMES,
    RULING_NAMES,
)
from api.pages.render import _TEMPLATES
from api.pages.run_words import CANCEL_REASONS, RUN_STATUSES, STOP_STATUSES
from api.refusal_reasons import REASONS
from domain.model.errors import BadFact, BadLabel, NotFound, Refusal
from domain.model.succession import SuccessionDate


def every_refusal() -> list[type[Refusal]]:
    for package in (domain, adapters, scanner_station, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    return sorted(set(_below(Refusal)), key=lambda kind: kind.code)


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for narrower in kind.__subclasses__():
        if not narrower.__module__.startswith("test"):
            yield from _below(narrower)


def test_every_refusal_has_a_status_and_a_sentence_in_both_languages() -> None:
    codes = {kind.code for kind in every_refusal()}
    assert codes - TOLD.keys() == set()
    for row in TOLD.values():
        assert 400 <= row.status < 600
        assert row.vi.strip()
        assert row.en.strip()


def test_no_sentence_is_kept_for_a_code_nobody_raises() -> None:
    assert TOLD.keys() - {kind.code for kind in every_refusal()} == set()


def test_both_sentences_of_a_code_explain_the_same_values() -> None:
    for code, row in TOLD.items():
        vi, en = (
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (row.vi, row.en)
        )
        assert vi == en, code


def test_a_sentence_names_the_values_and_survives_one_that_is_absent() -> None:
    assert "“12”" in told(BadLabel(text="12", why="grammar")).vi
    assert "?" in told(BadLabel()).vi
    said = as_json(NotFound(what="dossier", code="X1"))["error"]
    assert (said["code"], said["values"]) == ("NOT_FOUND", {"what": "dossier", "code": "X1"})
    assert "hồ sơ" in said["vi"]


def test_every_reason_of_the_model_is_told_in_vietnamese() -> None:
    codes = {kind.__name__: kind.code for kind in every_refusal()}
    asked = {
        reason
        for package in (domain, api)
        for path in Path(package.__path__[0]).rglob("*.py")
        for reason in _reasons(ast.parse(path.read_text("utf-8")), codes)
    }
    assert len(asked) > 50
    assert asked - REASONS.keys() - _NO_WORDS == set()
    assert "thiếu" in told(BadFact(field="subject", why="missing")).vi


_NO_WORDS = {"pip install 'giaonhan[postgres]'"}  # to be typed


def _reasons(tree: ast.AST, codes: dict[str, str]) -> Iterator[str]:
    """The `why` of refusals whose sentence tells it."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        code = codes.get(getattr(call.func, "id", ""))
        if code is not None and "{why}" in TOLD[code].vi:
            for word in call.keywords:
                if word.arg == "why" and isinstance(word.value, ast.Constant):
                    yield str(word.value.value)


def test_a_sentence_writes_days_and_instants_as_people_do_and_programs_get_them_in_iso() -> None:
    said = as_json(SuccessionDate(effective="2026-03-05T08:00:00+07:00", limit="2026-03-01"))
    assert "05/03/2026 08:00" in said["error"]["vi"]
    assert "01/03/2026" in said["error"]["en"]
    assert said["error"]["values"]["effective"] == "2026-03-05T08:00:00+07:00"
    for odd in ("2026-03-05T08:00", "2026-03-05 08:00", "TTHC.2026-03-05"):
        assert odd in told(SuccessionDate(limit=odd)).vi


def test_a_command_tells_a_refusal_on_standard_error_and_exits_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended, telling_refusals():
        raise NotFound(what="dossier", code="X1")
    assert ended.value.code == EXIT_REFUSED
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == sentence(NotFound(what="dossier", code="X1"))
    assert len(said.err.splitlines()) == 2


def test_every_english_word_of_the_pages_has_its_vietnamese() -> None:
    import re

    asked = set()
    for template in _TEMPLATES.iterdir():
        asked |= set(re.findall(r"_\((?:\"([^\"]+)\"|'([^']+)')\)", template.read_text("utf-8")))
    english = {one or other for one, other in asked}
    english |= {*words.DISCREPANCIES.values(), *words.STANDINGS.values(), *words.STATUSES.values()}
    english |= {*words.FACTS.values(), *words.BASES.values(), *words.SELECTIONS.values()}
    english |= set(words.POUCH_STATES.values())
    english |= {*AGE_WORDS, *FINDINGS.values()}
    for named in (RUN_STATUSES, STOP_STATUSES, CANCEL_REASONS, DEVICE_STATES):
        english |= set(named.values())
    for named in (LEG_NAMES, PART_NAMES, ACCOUNT_NAMES, REASON_NAMES, RULING_NAMES, RISK_NAMES):
        english |= set(named.values())
    assert len(english) > 100
    assert english - words.VIETNAMESE.keys() == set()
    assert words.VIETNAMESE.keys() - english == {"courier"}  # said by a filter


def test_every_fact_and_every_class_has_a_name() -> None:
    from domain.model.fact import FACT_NAMES, RUN_FACTS
    from domain.ports.views import Selection, Standing

    assert set(words.STANDINGS) == set(Standing)
    assert set(words.SELECTIONS) == set(Selection)
    assert FACT_NAMES - RUN_FACTS - {"OfficeSucceeded"} <= words.FACTS.keys()
