"""What the page sends, in order, until the loop has taken it; used by the app and `running`."""

import queue
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress

from scanner_station.sources import View

MOST_WAITING = 256  # then the page waits and keeps what it has
_MOST_REMEMBERED = 1_024  # posts whose name is known again; a page asks again within seconds
_LOOK_UP_S = 0.2  # how soon the end of the station is noticed


class Inbox:
    """A queue from the page's threads to the loop; a post of the same name is taken once."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[View] = queue.Queue(MOST_WAITING)
        self._posts: OrderedDict[str, Future[View]] = OrderedDict()
        self._lock = threading.Lock()

    def post(self, view: View) -> Future[View]:
        """Give the loop a named view; the future is done when it is on disk or said why not.

        It is the view that was first posted under that name. Raises `queue.Full`.
        """
        with self._lock:
            name = view.post or ""
            if name in self._posts:
                return self._posts[name]
            self._waiting.put_nowait(view)
            self._posts[name] = Future()
            while len(self._posts) > _MOST_REMEMBERED:
                self._posts.popitem(last=False)
            return self._posts[name]

    def see(self, view: View) -> None:
        """What a camera shows or the clock asks for: shown again soon, so a full queue drops it."""
        with suppress(queue.Full):
            self._waiting.put_nowait(view)

    def taken(self, view: View) -> None:
        """The loop is through with this view."""
        with self._lock:
            done = self._posts.get(view.post or "")
        if done is not None:
            done.set_result(view)

    def views(self, stop: threading.Event) -> Iterator[View]:
        """All that arrives, until `stop`."""
        while not stop.is_set():
            with suppress(queue.Empty):
                yield self._waiting.get(timeout=_LOOK_UP_S)
