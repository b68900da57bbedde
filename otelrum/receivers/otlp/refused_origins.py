"""Pages that may not send: their developers see why in the browser's console, operators see it here."""

from __future__ import annotations

from otelrum.collector.component import Build
from otelrum.collector.feed import RefusedOrigin

# Anybody can make up an origin: a log that names more would be theirs to fill.
MAX_NAMED = 100
MAX_NAME = 200


class RefusedOrigins:
    """Counts the requests, and warns once of each origin."""

    def __init__(self, build: Build) -> None:
        self._counter = build.telemetry.counter("otelrum_receiver_refused_origins", receiver=str(build.id))
        self._log = build.log
        self._feed = build.feed
        self._named: set[str] = set()

    def note(self, origin: bytes) -> None:
        """A request came from a page of this origin."""
        self._counter.add(1)
        name = ascii(origin[:MAX_NAME].decode("latin-1"))
        if name in self._named or len(self._named) >= MAX_NAMED:
            return
        self._named.add(name)
        self._log.warning("pages of %s cannot send: protocols::http::cors::allowed_origins does not name them", name)
        self._feed.publish(RefusedOrigin(name.strip("'\"")))
        if len(self._named) == MAX_NAMED:
            self._log.warning("further origins that cannot send are only counted")
