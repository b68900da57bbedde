"""The addresses and sockets of a listener: each is bound, or the start fails loudly."""

from __future__ import annotations

import errno
import socket
from typing import Any

from otelrum.collector.addresses import host_and_port
from otelrum.collector.errors import OtelrumError

# A machine without IPv6 still resolves localhost to ::1.
NOT_ON_THIS_MACHINE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

BACKLOG = 2048


def addresses(host: str) -> list[str]:
    """What a host name (empty: every address) means on this machine. Raises OtelrumError."""
    try:
        found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise OtelrumError(f"cannot resolve {host!r}: {error}") from error
    usable = [str(address[0]) for family, _, _, _, address in found if _usable(family, address)]
    if not usable:
        raise OtelrumError(f"{host!r} is no address of this machine")
    return list(dict.fromkeys(usable))


def bind(endpoint: str) -> list[socket.socket]:
    """A bound socket for each address of an endpoint. Raises OtelrumError when one is taken."""
    host, port = host_and_port(endpoint)
    bound: list[socket.socket] = []
    try:
        for address in addresses(host):
            bound.append(_bound(address, port))
            port = bound[0].getsockname()[1]  # port 0 is one free port for all
    except OSError as error:
        for each in bound:
            each.close()
        raise OtelrumError(f"cannot listen on {endpoint}: {error}") from error
    return bound


def bound_to(endpoint: str, port: int) -> str:
    """Where a listener is, for the log: who binds localhost in a container is heard by nobody outside."""
    host, _ = host_and_port(endpoint)
    return f"[{host}]:{port}" if ":" in host else f"{host or '*'}:{port}"


def check_free(address: str, port: int) -> None:
    """For servers that bind themselves and do not say why they cannot. Raises OSError."""
    if port:
        _bound(address, port).close()


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _usable(family: int, address: tuple[Any, ...]) -> bool:
    """Whether a socket can have this address at all, on some free port."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address[0], 0))
    except OSError as error:
        return error.errno not in NOT_ON_THIS_MACHINE
    return True
