"""Printed pages looked at as a 203 dpi head and a reader would."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

Raster = Callable[..., NDArray[np.uint8]]


@pytest.fixture
def raster() -> Raster:
    """raster(pdf, page, times): the page in grey, `times` points a printer dot."""

    def render(pdf: bytes, page: int = 0, *, times: int = 1) -> NDArray[np.uint8]:
        document = pypdfium2.PdfDocument(pdf)
        try:
            picture: Any = document[page].render(scale=times * 203.2 / 72, grayscale=True)
            pixels: NDArray[np.uint8] = picture.to_numpy().copy()
            return pixels.reshape(pixels.shape[:2])
        finally:
            document.close()

    return render


@pytest.fixture
def words() -> Callable[[bytes], list[str]]:
    """words(pdf): the text of each page, as a reader would copy it."""

    def read(pdf: bytes) -> list[str]:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
        finally:
            document.close()

    return read
