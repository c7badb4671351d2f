"""Which port a program can listen on: the one asked for, or the next free one above it."""

from __future__ import annotations

import errno
import socket

PORTS_TRIED = 100


class PortTaken(RuntimeError):
    """Somebody listens there already; the message names the address."""


class BadHost(ValueError):
    """The host is not an address of this machine; the message names it."""


def is_free(host: str, port: int) -> bool:
    """Whether a program could listen on `host`:`port` now.

    Raises:
        BadHost: it could not on any port, because `host` is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: closing ones are no hindrance
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise BadHost(f"cannot listen on host {host!r}: {error.strerror or error}") from error
    return True


def next_free_port(host: str, wanted: int, taken: frozenset[int] = frozenset()) -> int:
    """`wanted` if it is free (and not in `taken`), else the next free one above it; 0 finds any.

    Raises:
        BadHost: `host` is not an address of this machine.
        PortTaken: none of the next hundred is free.
    """
    if wanted == 0:
        return _any_free_port(host)
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        if port not in taken and is_free(host, port):
            return port
    raise PortTaken(f"no port from {wanted} to {wanted + PORTS_TRIED - 1} is free on {host}")


def _any_free_port(host: str) -> int:
    is_free(host, 0)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host.strip("[]"), 0))
        return int(probe.getsockname()[1])
