"""`Photos` by the station's picture reader: a child process with limits; one a house."""

from threading import Lock
from typing import TYPE_CHECKING

from domain.ports.photos import NotAPhoto, Photo, media_type

if TYPE_CHECKING:
    from scanner_station.images import ImageReader

_NAME = "photo"  # what a stranger called it is nobody's business


class DecodedPhotos:
    """See `Photos`; any thread, one picture at a time.

    The reader, and the arrays it stands on, are imported with the first picture.
    """

    def __init__(self) -> None:
        self._reader: ImageReader | None = None
        self._making = Lock()

    def close(self) -> None:
        """End the child process, if one was started."""
        if self._reader is not None:
            self._reader.close()

    def checked(self, content: bytes) -> Photo:
        """See `Photos`."""
        from scanner_station.images import ImageReader, ImageTimeout, ImageTooLarge, NotAnImage

        media_type(content)
        with self._making:
            reader = self._reader = self._reader or ImageReader()
        try:
            reader.decode(content, name=_NAME)
        except (NotAnImage, ImageTooLarge, ImageTimeout):
            raise NotAPhoto from None
        return Photo(content)
