"""Tokens that travel where others can read them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from otelrum.collector.config.nodes import path_text
from otelrum.collector.config.read import Configuration
from otelrum.collector.factories import ComponentKind

ENDPOINTS = ("endpoint", "traces_endpoint", "metrics_endpoint", "logs_endpoint")


def plain_token_warnings(config: Configuration) -> Iterator[str]:
    """A sentence for each component that shows or takes a token over a connection without TLS."""
    for path, component in config.running():
        if path[0] == ComponentKind.EXPORTERS:
            for endpoint in _plain_targets(component.config):
                yield f"{path_text(path)}: the token goes to {endpoint} over a connection without TLS: use https or tls"
        if path[0] == ComponentKind.RECEIVERS:
            for protocol, endpoint in _plain_listeners(component.config):
                where = path_text((*path, "protocols", protocol))
                yield f"{where}: tokens come to {endpoint} over connections without TLS: give it a certificate (tls)"


def _plain_targets(config: Any) -> list[str]:
    names = [name.lower() for name in getattr(config, "headers", None) or {}]
    if not getattr(config, "auth", None) and "authorization" not in names:
        return []
    insecure = getattr(getattr(config, "tls", None), "insecure", False)
    endpoints = [getattr(config, name, "") for name in ENDPOINTS]
    return [endpoint for endpoint in endpoints if endpoint and _is_plain(endpoint, insecure) and not _is_here(endpoint)]


def _plain_listeners(config: Any) -> Iterator[tuple[str, str]]:
    protocols = getattr(config, "protocols", None)
    for name in ("grpc", "http"):
        protocol = getattr(protocols, name, None)
        if protocol and protocol.enabled and protocol.auth and not protocol.tls and not _is_here(protocol.endpoint):
            yield name, protocol.endpoint


def _is_plain(endpoint: str, insecure: bool) -> bool:
    """A scheme decides, else `tls::insecure`."""
    scheme, separator, _ = endpoint.partition("://")
    return scheme.lower() == "http" if separator and scheme.lower() in ("http", "https") else insecure


def _is_here(endpoint: str) -> bool:
    """Whether it is reached without leaving this machine."""
    host = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or endpoint.startswith("unix:")
