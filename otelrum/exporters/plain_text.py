"""Warns of a token that anybody on the way can read."""

from __future__ import annotations

import logging
from ipaddress import ip_address
from urllib.parse import urlsplit

from otelrum.collector.sections import Auth, Secrets


def warn_of_plain_token(url: str, headers: Secrets, auth: Auth | None, log: logging.Logger) -> None:
    """Once, when an exporter is made: `url` has a scheme. What stays on this machine is no matter."""
    parts = urlsplit(url)
    if parts.scheme == "https" or _is_here(parts.hostname or ""):
        return
    if auth is not None or "authorization" in headers:
        log.warning("a token goes to %s without TLS: whoever is on the way can read and use it", parts.netloc)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
