"""Tokens in a header: asked of those who send to us, shown to those we send to."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from otelrum.collector.auth import Unauthenticated
from otelrum.collector.component import Build, Host
from otelrum.collector.tls import FileWatch
from otelrum.extensions.bearertokenauth.config import BearerTokenAuthConfig

# A token file is often rotated by a sidecar: a second is soon enough, and one stat is cheap.
LOOK_EVERY = timedelta(seconds=1)


class BearerTokenAuth:
    """Both sides of token authentication: a ServerAuthenticator and a ClientAuthenticator."""

    def __init__(self, config: BearerTokenAuthConfig, build: Build) -> None:
        self._header = config.header.lower()
        self._scheme = config.scheme
        self._challenge = f'{config.scheme or "Token"} realm="otelrum"'
        self._file = Path(config.filename) if config.filename else None
        self._watch = FileWatch([config.filename], LOOK_EVERY, build.clock)
        self._log = build.log
        one = config.token.get_secret_value()
        several = [token.get_secret_value() for token in config.tokens]
        self._tokens = ([one] if one else []) + several

    async def start(self, host: Host) -> None:
        if self._file is not None:
            self._tokens = _read(self._file)

    async def shutdown(self, deadline_ns: int) -> None:
        """Nothing to close."""

    def authenticate(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        shown = headers.get(self._header)
        if shown is None:
            raise Unauthenticated(f"the header {self._header} is missing", self._challenge)
        if not self._known(self._token(shown)):
            raise Unauthenticated("the token is not known here", self._challenge)
        return {}

    def headers(self) -> Mapping[str, str]:
        token = self._current()[0]
        return {self._header: f"{self._scheme} {token}" if self._scheme else token}

    def _token(self, shown: str) -> str:
        """What stands behind the scheme, whose case means nothing (RFC 9110 section 11.1); empty with another one."""
        if not self._scheme:
            return shown
        scheme, _, token = shown.partition(" ")
        return token.strip(" ") if scheme.lower() == self._scheme.lower() else ""

    def _known(self, shown: str) -> bool:
        """Every token is compared, each in constant time: the time it takes gives nothing away."""
        found = False
        for token in self._current():
            found |= hmac.compare_digest(shown.encode(), token.encode())
        return found

    def _current(self) -> list[str]:
        if self._file is not None and self._watch.changed():
            try:
                self._tokens = _read(self._file)
            except (OSError, ValueError) as error:
                self._log.error("keeping the tokens that were read before: %s", error)
        return self._tokens


def _read(file: Path) -> list[str]:
    """One token a line. Raises OSError, ValueError when there is none."""
    tokens = [line.strip() for line in file.read_text().splitlines() if line.strip()]
    if not tokens:
        raise ValueError(f"{file} holds no token")
    return tokens
