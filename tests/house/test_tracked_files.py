"""What must never stand in a tracked file, and what the README must keep true."""

import re
import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
# Domain and suffix apart, so that this file passes its own test.
REGISTRY_HOSTS = [f"{name}.org" for name in ("pypi", "pythonhosted", "npmjs", "deb.debian")]
SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|(?:password|passwd)\s*=\s*[\"'][^\"']+[\"']")


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a checkout: nothing says which files are tracked")
    return [HOUSE / name for name in listed.stdout.splitlines() if (HOUSE / name).is_file()]


def _texts() -> list[tuple[str, str]]:
    texts = []
    for file in _tracked():
        try:
            texts.append((str(file.relative_to(HOUSE)), file.read_text("utf-8")))
        except UnicodeDecodeError:
            continue  # pictures and specimens
    assert len(texts) > 100
    return texts


def test_no_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in _texts() for host in REGISTRY_HOSTS if host in text]
    assert found == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    root = re.compile(r"/(?:work|home|Users)/[a-z]")
    found = [name for name, text in _texts() if root.search(text)]
    assert found == []


def test_no_file_holds_a_secret() -> None:
    found = [name for name, text in _texts() if SECRETS.search(text)]
    assert found == []


def test_tone_marks_are_placed_as_in_the_texts_of_the_law() -> None:
    """One style everywhere, or a search finds half: the mark stands on the o of such a syllable."""
    newer = re.compile(r"(?<![qQ])(?:[oO][áàảãạéèẻẽẹ]|[uU][ýỳỷỹỵ])(?!\w)")
    own = str(Path(__file__).relative_to(HOUSE))
    found = [
        (name, each[0]) for name, text in _texts() if name != own for each in newer.finditer(text)
    ]
    assert found == []


def test_every_locked_package_has_a_hash() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        text = (HOUSE / lock).read_text()
        pinned = re.findall(r"^[a-z0-9.\-]+(?:\[[^\]]+\])?==.*$", text, re.MULTILINE)
        assert len(pinned) > 30
        assert all(line.endswith("\\") for line in pinned), lock
        assert text.count("--hash=sha256:") >= len(pinned)


def test_every_file_the_readme_names_exists() -> None:
    text = (HOUSE / "README.md").read_text()
    named = re.findall(r"`([a-z_]+(?:/[a-z_.-]+)*(?:\.py|/))`", text)
    named += re.findall(r"\]\((deploy/[^)]+)\)", text)
    assert len(named) > 10
    missing = [name for name in named if not (HOUSE / name).exists()]
    assert [name for name in missing if not (HOUSE / "scanner_station" / name).exists()] == []
