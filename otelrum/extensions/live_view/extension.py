"""The life of the page: it listens to the feed, remembers what it hears, and sends it to whoever looks."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from ipaddress import ip_address

from otelrum.collector.addresses import host_and_port
from otelrum.collector.component import Build, Host
from otelrum.collector.errors import OtelrumError
from otelrum.collector.feed import Findings, Finished, Missed, News, Pending, RefusedOrigin, Value
from otelrum.collector.listening import bound_to
from otelrum.collector.web_page import WebServer
from otelrum.extensions.live_view.application import application
from otelrum.extensions.live_view.audience import Audience, event
from otelrum.extensions.live_view.config import LiveViewConfig
from otelrum.extensions.live_view.guard import Guard
from otelrum.extensions.live_view.store import Store, json_bytes

WATCHED_A_SECOND = 100
"""More actions than anybody can follow."""

UNWATCHED_A_SECOND = 20
"""Actions a second that are kept while no page is open, so that one opened later has a list; under 1 % of a core."""

SHOWN_AT_FIRST = 1000
MAX_CONNECTIONS = 1000
MAX_ORIGINS = 100
"""Refused origins that are shown: anybody can send one."""


class LiveView:
    """A Listener of the feed with a web server."""

    def __init__(self, config: LiveViewConfig, build: Build) -> None:
        self._config = config
        self._feed = build.feed
        self._clock = build.clock
        self._log = build.log
        self._store = Store(config.max_mib << 20)
        self._audience = Audience()
        self._pending: dict[str, tuple[int, Pending]] = {}
        """The last news of each source, and when it came."""
        self._lacks: dict[str, bytes] = {}
        self._origins: dict[str, None] = {}
        self._token = config.token.get_secret_value() or (
            "" if is_local(config.endpoint) else secrets.token_urlsafe(24)
        )
        host, _ = host_and_port(config.endpoint)
        pages = application(self._store, self._audience, self._first_events)
        guard = Guard(pages, self._token, ["localhost", host, *config.allowed_hosts])
        self._server = WebServer(config.endpoint, guard, MAX_CONNECTIONS)

    @property
    def port(self) -> int:
        """The bound port, once started; 0 where there is no page."""
        return self._server.port

    async def start(self, host: Host) -> None:
        """Where the port is taken the collector goes on without the page."""
        try:
            await self._server.start()
        except OtelrumError as error:
            self._log.warning("no live page: %s", error)
            return
        query = f"/?token={self._token}" if self._token and not self._config.token.get_secret_value() else "/"
        self._log.info("live page on http://%s%s", bound_to(self._config.endpoint, self.port), query)
        self._feed.listen(self)

    async def shutdown(self, deadline_ns: int) -> None:
        self._feed.leave(self)
        await self._server.stop()

    # ------------------------------------------------------------------ what is heard
    @property
    def actions_a_second(self) -> int:
        """Fewer when nobody looks."""
        return WATCHED_A_SECOND if len(self._audience) else UNWATCHED_A_SECOND

    def hear(self, news: News) -> None:
        """Remember it and send it to whoever looks."""
        match news:
            case Finished():
                self._audience.send("action", self._store.add(news).summary)
            case Pending():
                self._pending[news.source] = self._clock.now_ns(), news
                self._audience.send("pending", pending_bytes(news, 0))
            case Missed(count):
                self._audience.send("missed", json_bytes({"count": count}))
            case Findings(source, findings):
                self._lacks[source] = json_bytes({"source": source, "findings": findings})
                self._audience.send("lacks", self._lacks[source])
            case RefusedOrigin(origin) if len(self._origins) < MAX_ORIGINS and origin not in self._origins:
                self._origins[origin] = None
                self._audience.send("refused", json_bytes({"origin": origin}))

    def _first_events(self) -> Iterator[bytes]:
        """The events for a page that has just been opened."""
        yield event("hello", json_bytes({"trace_url": self._config.trace_url}))
        for entry in self._store.latest(SHOWN_AT_FIRST):
            yield event("action", entry.summary)
        for reported_ns, pending in list(self._pending.values()):
            yield event("pending", pending_bytes(pending, self._clock.now_ns() - reported_ns))
        for data in list(self._lacks.values()):
            yield event("lacks", data)
        for origin in list(self._origins):
            yield event("refused", json_bytes({"origin": origin}))
        yield event("ready", b"{}")


def pending_bytes(pending: Pending, age_ns: int) -> bytes:
    """Pending actions that were published so long ago, as they are now."""

    def left_ms(action: Value) -> float:
        due_ms = action["due_ms"]
        assert isinstance(due_ms, float)
        return max(0.0, due_ms - age_ns / 1e6)

    actions = [{**action, "due_ms": left_ms(action)} for action in pending.actions]
    return json_bytes({"source": pending.source, "actions": actions})


def is_local(endpoint: str) -> bool:
    """Whether only this machine can reach it."""
    host, _ = host_and_port(endpoint)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
