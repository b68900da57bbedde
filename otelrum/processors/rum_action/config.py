"""What a user can set on `rum_action` (SPEC section 13), and what of it the domain needs."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from otelrum.actions.naming import check_template
from otelrum.actions.settings import DeadClick, IgnoreRule, NameRule, Settings
from otelrum.collector.forwarded_for import Network
from otelrum.collector.sections import SESSION_ATTRIBUTES, Duration, InputFile, Section

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

    session: list[str] = list(SESSION_ATTRIBUTES)
    view: list[str] = ["view.id", "page.id", "view_id", "page.load.id"]
    tab: list[str] = ["tab.id", "browser.tab.id"]


class GeoConfig(Section):
    """A MaxMind database, and whose address is looked up in it."""

    database: InputFile = ""
    from_: Literal["attribute", "peer", "x-forwarded-for"] = Field(default="attribute", alias="from")
    trusted_proxies: list[Annotated[str, AfterValidator(_network)]] = []
    drop_address: bool = False

    @property
    def trusted_networks(self) -> list[Network]:
        return [ip_network(text, strict=False) for text in self.trusted_proxies]


class NameRuleConfig(Section):
    """Renames or drops the automatic actions that all its expressions fit (SPEC section 7)."""

    name: Pattern = ""
    selector: Pattern = ""
    view: Pattern = ""
    set: str = ""
    drop: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        patterns = [pattern for pattern in (self.name, self.selector, self.view) if pattern]
        if not patterns:
            raise ValueError("a rule of `names` needs `name`, `selector` or `view`: without one it fits every action")
        if bool(self.set) == self.drop:
            raise ValueError("a rule of `names` needs either `set`, which is the new name, or `drop: true`")
        try:
            re.sub(f"(?:{patterns[0]})|", self.set, "")  # the alternative always matches, so the groups are looked up
        except (re.error, IndexError) as error:
            raise ValueError(f"`set: {self.set}` cannot be filled in from {patterns[0]!r}: {error}") from error
        return self

    def rule(self) -> NameRule:
        """The rule as the domain takes it."""
        return NameRule(self.name, self.selector, self.view, self.set, self.drop)


class IgnoreRuleConfig(Section):
    """Where some kinds of frustration are none (SPEC section 8). What is not set fits every action."""

    selector: Pattern = ""
    name: Pattern = ""
    types: Annotated[list[Literal["all", "rage-click", "dead-click", "error-click"]], Field(min_length=1)]

    def rule(self) -> IgnoreRule:
        """The rule as the domain takes it."""
        return IgnoreRule(self.selector, self.name, frozenset(self.types))


class RumActionConfig(Section):
    """The settings of SPEC section 13, and their defaults."""

    idle: Duration = timedelta(milliseconds=100)
    same_click: Duration = timedelta(milliseconds=30)
    max_duration: Duration = timedelta(seconds=10)
    hold: Literal["all", "around_actions"] = "all"
    decision_wait: Duration = timedelta(seconds=16)
    attribution: Literal["session", "trace"] = "session"
    overlap: Literal["allow", "discard"] = "allow"
    event_types: list[str] = ["click"]
    dead_click: Literal["auto", "always", "never"] = "auto"
    network_errors: bool = False
    error_attributes: list[str] = []
    page_by_service: bool = True
    ignore_frustration: list[IgnoreRuleConfig] = []
    names: list[NameRuleConfig] = []
    ignore_urls: list[Pattern] = []
    excluded_activity_urls: list[Pattern] = []
    privacy: Literal["allow", "mask"] = "allow"
    name_template: Annotated[str, AfterValidator(check_template)] = "{verb} on {target}"
    inherit: list[str] = ["context.*", "usr.*", "enduser.*", "user.*"]
    attributes: AttributeNames = AttributeNames()
    interaction_scopes: list[str] = ["@opentelemetry/instrumentation-user-interaction"]
    resource_scopes: list[str] = ["@opentelemetry/instrumentation-document-load", "splunk-post-doc-load-resource"]
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
        """What of it the domain needs, in its units."""
        return Settings(
            idle_ns=_ns(self.idle),
            same_click_ns=_ns(self.same_click),
            max_duration_ns=_ns(self.max_duration),
            hold_all=self.hold == "all",
            decision_wait_ns=_ns(self.decision_wait),
            by_trace=self.attribution == "trace",
            discard_overlaps=self.overlap == "discard",
            event_types=frozenset(self.event_types),
            dead_click=DeadClick(self.dead_click),
            network_errors=self.network_errors,
            error_attributes=tuple(self.error_attributes),
            page_by_service=self.page_by_service,
            ignore_frustration=tuple(one.rule() for one in self.ignore_frustration),
            names=tuple(one.rule() for one in self.names),
            ignore_urls=tuple(self.ignore_urls),
            excluded_activity_urls=tuple(self.excluded_activity_urls),
            resource_scopes=frozenset(self.resource_scopes),
            mask=self.privacy == "mask",
            name_template=self.name_template,
            max_held_bytes=self.max_held_mib << 20,
            max_pages=self.max_pages,
            max_page_events=self.max_page_events,
        )


def _ns(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1) * 1000
