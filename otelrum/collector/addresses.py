"""Addresses in a configuration: where to listen, and which pages may send. Each check says how to write it."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

MAX_PORT = 65535

# RFC 3986 section 3.2.2, without what is between percent signs; underscores occur in names of containers.
HOST = re.compile(r"[A-Za-z0-9._-]*")
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+")


def host_and_port(address: str) -> tuple[str, int]:
    """`localhost:4317`, `[::1]:4317`, `:4317` (every address). Raises ValueError."""
    host, colon, port = address.rpartition(":")
    if "://" in address or "/" in address:
        raise ValueError(f"{address!r} has more than a host and a port: write host:port, such as localhost:4317")
    if not colon or not (port.isascii() and port.isdecimal()):
        raise ValueError(f"{address!r} has no port: write host:port, such as {host_text(address) or 'localhost'}:4317")
    if int(port) > MAX_PORT:
        raise ValueError(f"{address!r}: ports end at {MAX_PORT}")
    return _checked_host(host, address), int(port)


def host_text(host: str) -> str:
    """A host as it stands before a colon."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def check_listener(address: str) -> str:
    """An address to listen on, as it is. Raises ValueError."""
    host_and_port(address)
    return address


def check_origin(origin: str) -> str:
    """An origin as browsers send it (RFC 6454 section 6.2), or a pattern of some with `*`. Raises ValueError."""
    if origin == "null" or ("*" in origin and "://" not in origin):
        return origin
    if not ORIGIN.fullmatch(origin):
        scheme, _, rest = origin.rpartition("://")
        host = rest.partition("/")[0] or "shop.example"
        raise ValueError(f"no browser sends {origin!r} as its origin: write {scheme or 'https'}://{host}")
    return origin


def _checked_host(host: str, address: str) -> str:
    """Without the brackets of an IPv6 address."""
    if host.startswith("[") and host.endswith("]"):
        IPv6Address(host[1:-1].partition("%")[0])
        return host[1:-1]
    if ":" in host:
        raise ValueError(f"{address!r} may be read in two ways: write [{host}]:port")
    if not HOST.fullmatch(host):
        raise ValueError(f"{host!r} is no name of a host")
    return host
