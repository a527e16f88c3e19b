"""Pictures from strangers: read, or refused with a code, and never waited for."""

import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from domain.model.errors import Refusal
from scanner_station.camera import CameraUnavailable, frames
from scanner_station.child import Child, ChildLostError
from scanner_station.images import (
    BYTES_AT_MOST,
    FileUnreadable,
    ImageReader,
    ImageTimeout,
    ImageTooLarge,
    NotAnImage,
    read_image,
)


@pytest.fixture(scope="module")
def reader() -> Iterator[ImageReader]:
    with closing(ImageReader()) as reader:
        yield reader


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises so many pixels and whose body holds none of them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".bmp", ".tiff"])
def test_a_picture_is_read_as_grey_pixels(ending: str, reader: ImageReader, tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 255, 300).astype(np.uint8), (200, 1))
    cv2.imwrite(str(tmp_path / f"ảnh{ending}"), cv2.cvtColor(ramp, cv2.COLOR_GRAY2BGR))
    read = reader.read(tmp_path / f"ảnh{ending}")
    assert read.dtype == np.uint8
    assert np.abs(read.astype(int) - ramp).max() < 12


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_what_is_transparent_in_a_png_is_white(
    depth: type, reader: ImageReader, tmp_path: Path
) -> None:
    ink: Any = np.zeros((40, 60), depth)
    ink[10:30, 20:40] = np.iinfo(depth).max
    cv2.imwrite(str(tmp_path / "x.png"), np.dstack([np.zeros((40, 60, 3), depth), ink]))
    read = reader.read(tmp_path / "x.png")
    assert read[20, 30] == 0
    assert read[5, 5] == 255


def test_sixteen_bits_and_a_turned_phone_make_no_difference(
    reader: ImageReader, tmp_path: Path
) -> None:
    ramp = np.tile(np.linspace(0, 255, 300).astype(np.uint8), (200, 1))
    cv2.imwrite(str(tmp_path / "deep.png"), ramp.astype(np.uint16) * 257)
    assert np.array_equal(reader.read(tmp_path / "deep.png"), ramp)
    jpeg = cv2.imencode(".jpg", np.rot90(ramp))[1].tobytes()
    turned = b"MM" + struct.pack(">HIH", 42, 8, 1) + struct.pack(">HHIHHI", 0x0112, 3, 1, 6, 0, 0)
    exif = b"Exif\0\0" + turned
    (tmp_path / "turned.jpg").write_bytes(
        jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    )
    read = reader.read(tmp_path / "turned.jpg")
    assert read.shape == ramp.shape
    assert np.abs(read.astype(int) - ramp).max() < 12


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", NotAnImage),
        (b"%PDF-1.4 no picture", NotAnImage),
        (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40, NotAnImage),
        (png_of(20, 20)[:40], NotAnImage),
        (png_of(40_000, 40_000), ImageTooLarge),
        (png_of(8_000, 7_000), ImageTooLarge),
    ],
)
def test_what_is_no_picture_or_too_many_pixels_is_refused(
    content: bytes, refusal: type[Refusal], reader: ImageReader, tmp_path: Path
) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(refusal):
        reader.read(tmp_path / "x.png")


def test_a_huge_file_is_refused_before_anything_looks_inside(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(BYTES_AT_MOST + 1)
    with pytest.raises(ImageTooLarge):
        read_image(tmp_path / "huge.jpg")


def test_missing_files_folders_and_pipes_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    paths = [tmp_path / "missing.png", tmp_path, Path("zero\0byte.png")]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        paths.append(tmp_path / "pipe.png")
    for path in paths:
        with pytest.raises(FileUnreadable):
            read_image(path)


def test_a_picture_that_takes_too_long_costs_its_child_and_not_the_next_picture(
    tmp_path: Path,
) -> None:
    slow = np.random.default_rng(1).integers(0, 255, (5000, 9000), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "slow.png"), slow[:3000], [cv2.IMWRITE_PNG_COMPRESSION, 0])
    cv2.imwrite(str(tmp_path / "quick.png"), slow[:4, :4])
    with closing(ImageReader(limit_s=0.004)) as reader:
        with pytest.raises(ImageTimeout):
            reader.read(tmp_path / "slow.png")
        reader._child._limit_s = 2.0
        assert reader.read(tmp_path / "quick.png").shape == (4, 4)


def test_a_child_that_cannot_start_is_our_fault_and_not_the_pictures() -> None:
    with closing(Child("scanner_station.no_such_worker", limit_s=1)) as child:
        with pytest.raises(ChildLostError) as lost:
            child.ask(b"")
        assert lost.value.at_start


def test_a_module_lying_beside_the_pictures_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("open('imported', 'w')")
    cv2.imwrite(str(tmp_path / "x.png"), np.zeros((9, 9), np.uint8))
    program = (
        "from pathlib import Path\n"
        "from scanner_station.images import read_image\n"
        "assert read_image(Path('x.png')).shape == (9, 9)"
    )
    subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, check=True, timeout=60)
    assert not (tmp_path / "imported").exists()


def test_frames_of_a_video_come_in_order_and_end(tmp_path: Path) -> None:
    video = tmp_path / "desk.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 5, (64, 48))
    for shade in (0, 100, 200):
        writer.write(np.full((48, 64, 3), shade, np.uint8))
    writer.release()
    assert [round(float(seen.mean()), -2) for seen in frames(video)] == [0, 100, 200]


@pytest.mark.parametrize("content", [None, b"no video"])
def test_a_camera_or_video_that_is_not_there_is_refused(
    content: bytes | None, tmp_path: Path
) -> None:
    video = tmp_path / "desk.avi"
    if content is not None:
        video.write_bytes(content)
    with pytest.raises(CameraUnavailable):
        next(frames(video))
    with pytest.raises(CameraUnavailable):
        next(frames(97))
