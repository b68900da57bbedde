"""What an extension must do to say who may send, or to sign what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from otelrum.collector.component import ComponentId, Host
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.sections import Auth


class Unauthenticated(OtelrumError):
    """This sender may not send: UNAUTHENTICATED, 401. `challenge` says how it could (RFC 9110 section 11.6.1)."""

    def __init__(self, message: str, challenge: str) -> None:
        super().__init__(message)
        self.challenge = challenge


@runtime_checkable
class ServerAuthenticator(Protocol):
    """Stands before a receiver."""

    def authenticate(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Check a request by its headers (names in lower case) before its body is read.

        Returns what `Client.auth` shall hold. Raises Unauthenticated.
        """
        ...


@runtime_checkable
class ClientAuthenticator(Protocol):
    """Stands behind an exporter."""

    def headers(self) -> Mapping[str, str]:
        """What is added to each request, names in lower case."""
        ...


def server_authenticator(auth: Auth | None, host: Host) -> ServerAuthenticator | None:
    """The running extension that a receiver's `auth` names. Raises ConfigError."""
    if auth is None:
        return None
    extension = host.extension(_id(auth))
    if not isinstance(extension, ServerAuthenticator):
        raise ConfigError(f"extension {auth.authenticator!r} is no server authenticator")
    return extension


def client_authenticator(auth: Auth | None, host: Host) -> ClientAuthenticator | None:
    """The running extension that an exporter's `auth` names. Raises ConfigError."""
    if auth is None:
        return None
    extension = host.extension(_id(auth))
    if not isinstance(extension, ClientAuthenticator):
        raise ConfigError(f"extension {auth.authenticator!r} is no client authenticator")
    return extension


def _id(auth: Auth) -> ComponentId:
    kind, _, name = auth.authenticator.partition("/")
    return ComponentId(kind, name)
