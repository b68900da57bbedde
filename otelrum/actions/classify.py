"""What is a span or log record of a browser? The table of SPEC section 2, and that of section 12 for records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from otelrum.actions.event_class import EventClass
from otelrum.actions.facts import url_of

LONG_TASK_SCOPE: Final = "@opentelemetry/instrumentation-long-task"
DOCUMENT_SCOPE: Final = "@opentelemetry/instrumentation-document-load"
DOCUMENT_FETCH: Final = "documentFetch"

_EXPORT_PATH: Final = re.compile(r"^[^?#]*/v1/(?:traces|logs|metrics)/?(?:[?#]|$)")
"""Where OTLP/HTTP exporters post (OTLP specification): the page's own telemetry."""

_RECORDS: Final = {
    "browser.user_action.click": EventClass.INTERACTION,
    "browser.resource_timing": EventClass.RESOURCE,
    "exception": EventClass.ERROR,
    "browser.navigation": EventClass.NAVIGATION,
    "browser.navigation_timing": EventClass.NAVIGATION_TIMING,
}

CLICK_RECORD: Final = "click"
"""The event type of the one interaction that the official log events know."""

_READ: Final = frozenset({
    "action.id", "action.type", "event_type", "target_xpath", "target_element", "longtask.duration",
    "url.full", "http.url",
})  # fmt: skip
_STATUS: Final = ("http.response.status_code", "http.status_code")


class Classifier:
    """The rules, with what is set about them."""

    def __init__(
        self,
        event_types: frozenset[str],
        network_errors: bool,
        ignore_urls: Sequence[str],
        excluded_activity_urls: Sequence[str],
    ) -> None:
        """The URLs are regular expressions, searched in the URL."""
        self.network_errors = network_errors
        self.wanted = _READ | frozenset(_STATUS if network_errors else ())
        """The attributes of a span that its class depends on."""
        self._event_types = event_types
        self._ignored = _any_of(ignore_urls)
        self._excluded = _any_of(excluded_activity_urls)

    def span_kind(
        self,
        scope: str,
        name: str,
        is_client: bool,
        attributes: dict[str, object],
        has_parent: bool,
        has_errors: bool,
    ) -> int:
        """The class of a span."""
        if "action.id" in attributes:
            return EventClass.OTHER
        if attributes.get("action.type") == "custom":
            return EventClass.CUSTOM
        if self._is_interaction(attributes):
            return EventClass.INTERACTION
        if is_client or (scope == DOCUMENT_SCOPE and name == "resourceFetch"):
            return EventClass.OTHER if self.is_ignored(url_of(attributes)) else EventClass.RESOURCE
        if scope == LONG_TASK_SCOPE or _is_number(attributes.get("longtask.duration")):
            return EventClass.LONG_TASK
        if name == "dom.mutation":
            return EventClass.MUTATION
        if name == "documentLoad":
            return EventClass.DOCUMENT
        if name == DOCUMENT_FETCH:
            return EventClass.OTHER
        if has_parent:
            return EventClass.DESCENDANT
        return EventClass.ERROR if has_errors else EventClass.OTHER

    def tells_errors(self, kind: int, name: str) -> bool:
        """Whether `exception` events on this span count: not on what is no RUM event at all."""
        return kind != EventClass.OTHER or name == DOCUMENT_FETCH

    def record_kind(self, name: str, facts: dict[str, object], has_timing: bool) -> int:
        """The class of a log record by its event name. `facts` are its attributes, else its body's."""
        kind = _RECORDS.get(name, EventClass.OTHER)
        if "action.id" in facts:
            return EventClass.OTHER
        if facts.get("action.type") == "custom":
            return EventClass.CUSTOM
        if kind == EventClass.INTERACTION and CLICK_RECORD not in self._event_types:
            return EventClass.OTHER
        if kind == EventClass.RESOURCE and (not has_timing or self.is_ignored(url_of(facts))):
            return EventClass.OTHER
        if kind == EventClass.NAVIGATION_TIMING and not has_timing:
            return EventClass.OTHER
        if kind == EventClass.NAVIGATION and facts.get("browser.navigation.same_document") is not True:
            return EventClass.OTHER
        return kind

    def is_ignored(self, url: str) -> bool:
        """The page's own telemetry, and what the user wants to be no RUM event."""
        is_export = "/v1/" in url and _EXPORT_PATH.match(url) is not None
        return is_export or _found(self._ignored, url)

    def keeps_busy(self, url: str) -> bool:
        """Whether a request to this URL is activity."""
        return not _found(self._excluded, url)

    def has_network_error(self, is_error: bool, attributes: Mapping[str, object]) -> bool:
        """Whether a request failed."""
        status = attributes.get(_STATUS[0], attributes.get(_STATUS[1]))
        return is_error or (isinstance(status, int) and not isinstance(status, bool) and status >= 500)

    def _is_interaction(self, attributes: dict[str, object]) -> bool:
        event_type = attributes.get("event_type")
        if not isinstance(event_type, str) or event_type not in self._event_types:
            return False
        return isinstance(attributes.get("target_xpath"), str) or isinstance(attributes.get("target_element"), str)


def _any_of(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def _found(pattern: re.Pattern[str] | None, url: str) -> bool:
    return pattern is not None and bool(url) and pattern.search(url) is not None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
