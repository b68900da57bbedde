"""Cross-origin requests: which page may send, and which headers its browser needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from otelrum.collector.sections import CorsConfig

Headers = list[tuple[bytes, bytes]]

# What browser exporters send of their own; all else is named in `allowed_headers`.
ALWAYS_ALLOWED = frozenset({
    "accept", "accept-language", "content-encoding", "content-language", "content-type", "x-requested-with",
})  # fmt: skip

METHODS = (b"access-control-allow-methods", b"POST")
VARY = (b"vary", b"origin")
VARY_PREFLIGHT = (b"vary", b"origin, access-control-request-method, access-control-request-headers")


class Cors:
    """Answers for the origins of the configuration.

    The exact origin is echoed and credentials are allowed, because `navigator.sendBeacon` sends
    JSON with credentials, and then browsers refuse `*`. Nothing here keeps anybody out: a refused
    origin's request was made all the same.
    """

    def __init__(self, config: CorsConfig, refused: Callable[[bytes], None]) -> None:
        """`refused` is called with the origin of each request that it refuses."""
        self._refused = refused
        patterns = (re.escape(origin).replace(r"\*", ".*") for origin in config.allowed_origins)
        self._origins = re.compile("|".join(patterns), re.IGNORECASE)
        self._any_header = "*" in config.allowed_headers
        self._headers = ALWAYS_ALLOWED | {name.lower() for name in config.allowed_headers}
        self._exposed = ", ".join(config.exposed_headers).encode()
        self._max_age = config.max_age

    def headers(self, origin: bytes | None) -> Headers:
        """What every answer to this origin carries, errors too."""
        if origin is None:
            return [VARY]
        if not self._origins.fullmatch(origin.decode("latin-1")):
            self._refused(origin)
            return [VARY]
        answer = [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            VARY,
        ]
        if self._exposed:
            answer.append((b"access-control-expose-headers", self._exposed))
        return answer

    def preflight(self, request: Mapping[bytes, bytes]) -> Headers:
        """The answer to an OPTIONS request that asks whether a page may send."""
        asked = request.get(b"access-control-request-headers", b"").decode("latin-1").lower()
        names = {name.strip() for name in asked.split(",") if name.strip()}
        granted = self.headers(request.get(b"origin"))[:2]
        if len(granted) < 2 or request.get(b"access-control-request-method") != b"POST":
            return [VARY_PREFLIGHT]
        if not self._any_header and not names <= self._headers:
            return [VARY_PREFLIGHT]
        answer = [*granted, METHODS, VARY_PREFLIGHT]
        if names:
            answer.append((b"access-control-allow-headers", ", ".join(sorted(names)).encode("latin-1")))
        if self._max_age:
            answer.append((b"access-control-max-age", str(self._max_age).encode()))
        return answer
