"""`Photos` by the station's picture reader: a child process with limits; one a house."""

from domain.ports.photos import NotAPhoto, Photo, media_type
from scanner_station.images import ImageReader, ImageTimeout, ImageTooLarge, NotAnImage

_NAME = "photo"  # what a stranger called it is nobody's business


class DecodedPhotos:
    """See `Photos`; any thread, one picture at a time."""

    def __init__(self) -> None:
        self._reader = ImageReader()

    def close(self) -> None:
        """End the child process, if one was started."""
        self._reader.close()

    def checked(self, content: bytes) -> Photo:
        """See `Photos`."""
        media_type(content)
        try:
            self._reader.decode(content, name=_NAME)
        except (NotAnImage, ImageTooLarge, ImageTimeout):
            raise NotAPhoto from None
        return Photo(content)
