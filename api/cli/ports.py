"""Finding a port to listen on; used by `serve`, `doctor` and the demonstration."""

import errno
import socket
import sys
from contextlib import suppress

from domain.model.errors import Refusal

HOST, PORT = "127.0.0.1", 8000  # where `serve` listens unless it is told otherwise
MOST_PORTS_TRIED = 100
BACKLOG = 1024  # every station of a province calls when the server is back
_LAST_PORT = 65_535
_IN_USE = {errno.EADDRINUSE, 10048}  # and what Windows calls it


class PortInUse(Refusal):
    """Another program listens there; values: port, free (the next that is not taken, 0: none)."""

    code = "PORT_IN_USE"


class AddressUnusable(Refusal):
    """No listening at that address on this machine; values: host, port."""

    code = "ADDRESS_UNUSABLE"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: early callers wait until the server answers; raises what `bind` does."""
    bound = bind(host, port)
    begin(bound)
    return bound


def begin(bound: socket.socket) -> None:
    """Let callers come in to a socket made by `bind`; raises `PortInUse`."""
    host, port = bound.getsockname()[:2]
    try:
        bound.listen(BACKLOG)
    except OSError as error:  # another was bound in the same moment, and was faster
        bound.close()
        raise PortInUse(port=port, free=next_free(host, port)) from error


def bind(host: str, port: int) -> socket.socket:
    """A socket that refuses callers as yet: whoever has another server to ask asks that one.

    Port 0 takes any free one. Raises `PortInUse`, and `AddressUnusable` for a foreign address or a
    reserved port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's delay off only where it stands: without
    # it each answer waits 40 ms for the other side's acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there the option would let two servers share one port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OverflowError:
        bound.close()
        raise AddressUnusable(host=host, port=port) from None
    except OSError as error:
        bound.close()
        if error.errno in _IN_USE:
            raise PortInUse(port=port, free=next_free(host, port)) from None
        raise AddressUnusable(host=host, port=port) from None
    return bound


def next_free(host: str, port: int) -> int:
    """The first free port after `port`, 0 if there is none near."""
    for candidate in range(port + 1, min(port + MOST_PORTS_TRIED, _LAST_PORT) + 1):
        if is_free(host, candidate):
            return candidate
    return 0


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    with (
        suppress(OSError),
        socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as one,
    ):
        if sys.platform != "win32":
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
        return True
    return False
