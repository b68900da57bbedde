"""Where an exporter can send to, checked before anything is accepted that could never arrive."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

# What grpcio resolves by itself; what stands behind it is no matter of ours.
OTHER_RESOLVERS = ("unix:", "unix-abstract:", "vsock:", "xds:")


def check_grpc_target(endpoint: str) -> str:
    """`host:port`, with or without `http://`, `https://` or `dns:///` before it. Raises ValueError."""
    if endpoint.startswith(OTHER_RESOLVERS):
        return endpoint
    address = endpoint.removeprefix("dns:///")
    url = _split(address if address.startswith(("http://", "https://")) else f"//{address}", endpoint)
    if url.path.rstrip("/") or url.query or url.fragment:
        raise ValueError(f"{endpoint!r} has something behind the port: gRPC takes host:port, such as backend:4317")
    if url.port is None:
        raise ValueError(f"{endpoint!r} has no port: write host:port, such as {url.hostname}:4317")
    return endpoint


def check_base_url(url: str) -> str:
    """An `http` or `https` URL that a path can be added to, without its last slash. Raises ValueError."""
    found = _split(_with_scheme(url), url)
    if found.query or found.fragment:
        raise ValueError(f"{url!r} goes on behind its path, where /v1/traces must be added: use traces_endpoint")
    return url.rstrip("/")


def check_url(url: str) -> str:
    """A whole `http` or `https` URL. Raises ValueError."""
    _split(_with_scheme(url), url)
    return url


def _with_scheme(url: str) -> str:
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is no URL: write http://host:port or https://host:port")
    return url


def _split(url: str, written: str) -> SplitResult:
    found = urlsplit(url)
    host = found.netloc.rpartition("@")[2]
    if host.count(":") > 1 and not host.startswith("["):
        raise ValueError(f"{written!r}: write an IPv6 address in brackets, such as [::1]:4317")
    if any(char.isspace() for char in written) or not found.hostname:
        raise ValueError(f"{written!r} names no host")
    try:
        is_port = found.port != 0 and not host.endswith(":")
    except ValueError:
        is_port = False
    if not is_port:
        raise ValueError(f"{written!r} has no port between 1 and 65535 behind its colon")
    return found
