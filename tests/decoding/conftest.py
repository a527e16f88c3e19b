"""Printed stickers as rasters, and a decoder that is closed again."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from numpy.typing import NDArray

from adapters.paper.labels import LabelText, labels_pdf
from api.rehearsal.frames import prints
from domain.model.labels import Kind, Label
from scanner_station.decoder import Decoder

Image = NDArray[Any]


@pytest.fixture(scope="session")
def stickers() -> dict[str, Image]:
    """Sixteen dossier stickers: number → raster as `frames.frame` takes it."""
    texts = [
        LabelText(
            str(Label(Kind.DOSSIER, 27001, 26, serial)),
            f"H10.14-260302-{serial:04}",
            "Cấp giấy phép xây dựng nhà ở riêng lẻ",
            "Sở Xây dựng",
        )
        for serial in range(40, 56)
    ]
    return dict(zip((text.label for text in texts), prints(labels_pdf(texts)), strict=True))


@pytest.fixture(scope="module")
def still() -> Iterator[Decoder]:
    with closing(Decoder("still")) as decoder:
        yield decoder
