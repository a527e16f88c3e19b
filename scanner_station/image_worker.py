"""The child process that decodes pictures from strangers into grey pixels; asked by `images`."""

import os
import struct

from scanner_station.child import limit_resources, serve

PIXELS_AT_MOST = 50_000_000
SIZE = struct.Struct(">II")  # height and width ahead of the pixels
REFUSED = b"!"
_PIXELS = b"="


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
        except cv2.error as error:
            too_large = "CV_IO_MAX_IMAGE" in str(error) or error.code == cv2.Error.StsNoMem
            return REFUSED + (b"IMAGE_TOO_LARGE" if too_large else b"NOT_AN_IMAGE")
        if grey is None:
            return REFUSED + b"NOT_AN_IMAGE"
        return _PIXELS + SIZE.pack(*grey.shape) + grey.tobytes()

    serve(answer)


if __name__ == "__main__":
    main()
