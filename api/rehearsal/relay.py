"""A cable that can be pulled: a TCP relay between one station and the server of a rehearsal."""

import contextlib
import selectors
import socket
import threading
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 65_536
_POLL_SECONDS = 0.05


class Relay:
    """Listens on a free port of 127.0.0.1 and forwards to `target_port` until it is cut.

    Cutting closes the listener and every connection, as a pulled cable does; mending listens on the
    same port again.
    """

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = _listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._peers: dict[socket.socket, socket.socket] = {}
        self.is_cut = False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where a station reaches the server through this cable."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Pull the cable."""
        with self._lock:
            self.is_cut = True
            self._selector.unregister(self._listener)
            self._listener.close()
            for end in list(self._peers):
                self._drop(end)

    def mend(self) -> None:
        """Put it back on the same port."""
        with self._lock:
            self._listener = _listen(self.port)
            self._selector.register(self._listener, selectors.EVENT_READ)
            self.is_cut = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(self._listener)
        self._listener.close()
        for end in list(self._peers):
            self._drop(end)
        self._selector.close()

    def _run(self) -> None:
        while not self._stop.wait(0 if self._selector.get_map() else _POLL_SECONDS):
            for ready, _ in self._selector.select(_POLL_SECONDS):
                with self._lock:
                    if ready.fileobj is self._listener:
                        self._connect()
                    elif isinstance(ready.fileobj, socket.socket):
                        self._forward(ready.fileobj)

    def _connect(self) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(self._target, timeout=2)
        except OSError:
            near.close()
            return
        for end, other in ((near, far), (far, near)):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a cable adds no 40 ms
            self._peers[end] = other
            self._selector.register(end, selectors.EVENT_READ)

    def _forward(self, end: socket.socket) -> None:
        other = self._peers.get(end)
        if other is None:
            return
        try:
            data = end.recv(_CHUNK_BYTES)
            if data:
                other.sendall(data)
                return
        except OSError:
            pass
        self._drop(end)

    def _drop(self, end: socket.socket) -> None:
        other = self._peers.pop(end, None)
        for closing in filter(None, (end, other)):
            self._peers.pop(closing, None)
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(closing)
            closing.close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener
