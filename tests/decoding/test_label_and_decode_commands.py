"""`giaonhan label` and `giaonhan decode`: from numbers to a PDF, to a picture, and back."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np

from api.rehearsal.frames import Conditions, frame, prints

NUMBER = "1270012600004283"


def giaonhan(*words: str, cwd: Path) -> Any:
    return subprocess.run(
        [sys.executable, "-P", "-m", "api.cli", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_printed_numbers_are_decoded_from_a_picture_and_a_broken_file_is_told(
    tmp_path: Path,
) -> None:
    done = giaonhan("label", "print", "1 27001 26 000042 83", "--title", "Cấp phép", "--office",
                    "Sở Xây dựng", "--out", "label.pdf", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    pages = prints((tmp_path / "label.pdf").read_bytes())
    cv2.imwrite(str(tmp_path / "desk.png"), frame(pages, Random(1), Conditions()))
    (tmp_path / "broken.png").write_bytes(b"no picture")

    done = giaonhan("decode", "broken.png", "desk.png", "absent.png", "--json", cwd=tmp_path)
    assert done.returncode == 1
    broken, desk, absent = map(json.loads, done.stdout.splitlines())
    assert (broken["file"], broken["error"], broken["symbols"]) == (
        "broken.png",
        "NOT_AN_IMAGE",
        [],
    )
    assert absent["error"] == "FILE_UNREADABLE"
    assert "error" not in desk
    assert desk["ms"] > 0
    for symbol in desk["symbols"]:
        assert list(symbol) == ["text", "format", "stage", "corners", "label"]
        assert symbol["text"] == NUMBER
        assert symbol["label"] is True
        assert np.shape(symbol["corners"]) == (4, 2)
    assert {symbol["format"] for symbol in desk["symbols"]} == {"QRCode", "Code128"}

    table = giaonhan("decode", "desk.png", cwd=tmp_path)
    assert table.returncode == 0
    assert "1 27001 26 000042 83" in table.stdout


def test_a_block_of_new_numbers_fills_a_sheet_with_consecutive_serials(tmp_path: Path) -> None:
    done = giaonhan("label", "new", "--kind", "dossier", "--issuer", "27001", "--year", "26",
                    "--from", "1", "--count", "24", "--out", "sheet.pdf", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    [sheet] = prints((tmp_path / "sheet.pdf").read_bytes())
    small = cv2.resize(sheet, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "sheet.png"), small)
    done = giaonhan("decode", "sheet.png", "--json", cwd=tmp_path)
    read = {symbol["text"] for symbol in json.loads(done.stdout)["symbols"]}
    assert sorted(text[8:14] for text in read) == [f"{n:06}" for n in range(1, 25)]


def test_a_number_is_checked_and_a_slip_in_it_refused(tmp_path: Path) -> None:
    good = giaonhan("label", "check", "1 27001 26 000042 83", cwd=tmp_path)
    assert good.returncode == 0
    assert "dossier" in good.stdout
    slip = giaonhan("label", "check", "1270012600004238", cwd=tmp_path)
    assert slip.returncode == 2
    assert "BAD_LABEL" in slip.stderr


def test_a_pdf_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.pdf").mkdir()
    for out in ("absent/label.pdf", "folder.pdf"):
        done = giaonhan("label", "print", NUMBER, "--out", out, cwd=tmp_path)
        assert done.returncode == 2
        assert "OUTPUT_UNWRITABLE" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["folder.pdf"]
