"""The child process that decodes pictures from strangers into grey pixels; asked by `images`."""

import os
import struct
from typing import Any

from scanner_station.child import limit_resources, serve

PIXELS_AT_MOST = 50_000_000
SIZE = struct.Struct(">II")  # height and width ahead of the pixels
REFUSED = b"!"
_PIXELS = b"="
# What is transparent in a PNG is white: makers of QR draw black on nothing.
_PNG, _COLOUR_TYPE, _ALPHA = b"\x89PNG", 25, (4, 6)


def main() -> None:
    """Answer pictures with `=` height width pixels, or with `!` and the code of a refusal."""
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(PIXELS_AT_MOST)  # OpenCV asks the header first
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    limit_resources()

    def answer(picture: bytes) -> bytes:
        try:
            data = np.frombuffer(picture, dtype=np.uint8)
            grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if picture else None
            if grey is not None and picture.startswith(_PNG) and picture[_COLOUR_TYPE] in _ALPHA:
                whole: Any = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
                ink = (whole[:, :, 3] >> 8 * (whole.itemsize - 1)).astype(np.uint8)
                grey = cv2.add(cv2.multiply(grey, ink, scale=1 / 255), cv2.bitwise_not(ink))
        except cv2.error as error:
            too_large = "CV_IO_MAX_IMAGE" in str(error) or error.code == cv2.Error.StsNoMem
            return REFUSED + (b"IMAGE_TOO_LARGE" if too_large else b"NOT_AN_IMAGE")
        if grey is None:
            return REFUSED + b"NOT_AN_IMAGE"
        return _PIXELS + SIZE.pack(*grey.shape) + grey.tobytes()

    serve(answer)


if __name__ == "__main__":
    main()
