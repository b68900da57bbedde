"""What a user can set on `rum_action` (SPEC section 13), and what of it the domain needs."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from otelrum.actions.naming import check_template
from otelrum.actions.settings import DeadClick, Settings
from otelrum.collector.forwarded_for import Network
from otelrum.collector.sections import Duration, Section

REPORTING_DELAY = timedelta(seconds=5.3)
"""A span is exported so long after its end: 5 s of batch delay, 0.3 s for the resource timing (SPEC section 11)."""


def _checked_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


def _network(text: str) -> str:
    ip_network(text, strict=False)
    return text


Pattern = Annotated[str, AfterValidator(_checked_pattern)]


class AttributeNames(Section):
    """Where session, view and tab ids are found: the first name that a span has, else its resource."""

    session: list[str] = ["session.id", "session_id", "rum.session_id", "splunk.rumSessionId"]
    view: list[str] = ["view.id", "page.id", "view_id"]
    tab: list[str] = ["tab.id", "browser.tab.id"]


class GeoConfig(Section):
    """A MaxMind database, and whose address is looked up in it."""

    database: str = ""
    from_: Literal["attribute", "peer", "x-forwarded-for"] = Field(default="attribute", alias="from")
    trusted_proxies: list[Annotated[str, AfterValidator(_network)]] = []
    drop_address: bool = False

    @property
    def trusted_networks(self) -> list[Network]:
        return [ip_network(text, strict=False) for text in self.trusted_proxies]


class RumActionConfig(Section):
    """The whole section."""

    idle: Duration = timedelta(milliseconds=100)
    same_click: Duration = timedelta(milliseconds=30)
    max_duration: Duration = timedelta(seconds=10)
    decision_wait: Duration = timedelta(seconds=16)
    attribution: Literal["session", "trace"] = "session"
    overlap: Literal["allow", "discard"] = "allow"
    event_types: list[str] = ["click"]
    dead_click: Literal["auto", "always", "never"] = "auto"
    network_errors: bool = False
    ignore_urls: list[Pattern] = []
    excluded_activity_urls: list[Pattern] = []
    privacy: Literal["allow", "mask"] = "allow"
    name_template: Annotated[str, AfterValidator(check_template)] = "{verb} on {target}"
    inherit: list[str] = ["context.*", "usr.*", "enduser.*", "user.*"]
    attributes: AttributeNames = AttributeNames()
    interaction_scopes: list[str] = ["@opentelemetry/instrumentation-user-interaction"]
    geo: GeoConfig = GeoConfig()
    max_held_mib: int = Field(default=512, ge=1)
    max_pages: int = Field(default=200_000, ge=1)
    max_page_events: int = Field(default=50_000, ge=1)
    storage: str | None = None

    @property
    def decides_too_early(self) -> bool:
        """Whether requests of an action may come after its decision."""
        return self.decision_wait < self.max_duration + REPORTING_DELAY

    def settings(self) -> Settings:
        return Settings(
            idle_ns=_ns(self.idle),
            same_click_ns=_ns(self.same_click),
            max_duration_ns=_ns(self.max_duration),
            decision_wait_ns=_ns(self.decision_wait),
            by_trace=self.attribution == "trace",
            discard_overlaps=self.overlap == "discard",
            dead_click=DeadClick(self.dead_click),
            name_template=self.name_template,
            max_held_bytes=self.max_held_mib << 20,
            max_pages=self.max_pages,
            max_page_events=self.max_page_events,
            event_types=frozenset(self.event_types),
        )


def _ns(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1) * 1000
