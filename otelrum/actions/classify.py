"""What is a span or log record of a browser? The table of SPEC section 2, and that of section 12 for records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from otelrum.actions.details import Fault
from otelrum.actions.event_class import EventClass
from otelrum.actions.facts import number, text, url_of, whole
from otelrum.actions.gesture import GESTURE_ID
from otelrum.actions.settings import Settings

LONG_TASK_SCOPE: Final = "@opentelemetry/instrumentation-long-task"
DOCUMENT_FETCH: Final = "documentFetch"

_EXPORT_PATH: Final = re.compile(r"^[^?#]*/v1/(?:traces|logs|metrics)/?(?:[?#]|$)")
"""Where OTLP/HTTP exporters post (OTLP specification): the page's own telemetry."""

_NAMED: Final = {
    "dom.mutation": EventClass.MUTATION,
    "page.exit": EventClass.PAGE_EXIT,
    "documentLoad": EventClass.DOCUMENT,
    DOCUMENT_FETCH: EventClass.OTHER,
}

_RECORDS: Final = {
    "browser.user_action.click": EventClass.INTERACTION,
    "browser.resource_timing": EventClass.RESOURCE,
    "exception": EventClass.ERROR,
    "browser.console": EventClass.ERROR,
    "browser.navigation": EventClass.NAVIGATION,
    "browser.navigation_timing": EventClass.NAVIGATION_TIMING,
    "browser.web_vital": EventClass.WEB_VITAL,
}

_FRAMES: Final = frozenset({"long-animation-frame", "long_animation_frame"})
_ACTIVITIES: Final = frozenset({"input", "scroll", "selection"})

CLICK_RECORD: Final = "click"
"""The event type of the one interaction that the official log events know."""

FRAME_REPORTED_MS: Final = "long_animation_frame.told_ms"
ACTIVITY_TYPE: Final = "user.activity.type"

_READ: Final = frozenset({
    "action.id", "action.type", "event_type", "target_xpath", "target_element", "longtask.duration",
    "longtask.source", FRAME_REPORTED_MS, ACTIVITY_TYPE, GESTURE_ID, "url.full", "http.url", "http.request.method",
    "http.method", "error.type", "exception.type",
})  # fmt: skip
_STATUS: Final = ("http.response.status_code", "http.status_code")
_ABORTED: Final = "AbortError"


class Classifier:
    """The rules, with what is set about them."""

    def __init__(self, settings: Settings) -> None:
        self.network_errors = settings.network_errors
        self.keys = _READ | frozenset(settings.error_attributes) | frozenset(_STATUS if self.network_errors else ())
        """The attributes of a span that its class and its errors depend on."""
        self.sees_silent_errors = self.network_errors or bool(settings.error_attributes)
        """Whether a span without an exception can be an error."""
        self._event_types = settings.event_types
        self._resource_scopes = settings.resource_scopes
        self._error_attributes = settings.error_attributes
        self._ignored = _any_of(settings.ignore_urls)
        self._excluded = _any_of(settings.excluded_activity_urls)

    # ------------------------------------------------------------------ spans
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
        if self._is_interaction(attributes):
            return EventClass.INTERACTION
        if "action.type" in attributes and text(attributes, "action.type"):
            return EventClass.CUSTOM
        if is_client or (name == "resourceFetch" and scope in self._resource_scopes):
            return EventClass.OTHER if self.is_ignored(url_of(attributes)) else EventClass.RESOURCE
        if scope == LONG_TASK_SCOPE or (
            "longtask.duration" in attributes and number(attributes, "longtask.duration") is not None
        ):
            return EventClass.LONG_TASK
        kind = _of_name(name, attributes)
        if kind is not None:
            return kind
        if has_parent:
            return EventClass.DESCENDANT
        return EventClass.ERROR if has_errors or self._says_error(attributes) else EventClass.OTHER

    def reports_errors(self, kind: int, name: str, is_abort: bool) -> bool:
        """Whether errors on a span count: not on what is no RUM event, nor on a request that the page gave up."""
        if kind == EventClass.RESOURCE:
            return not is_abort
        return kind != EventClass.OTHER or name == DOCUMENT_FETCH

    def silent_error(
        self, kind: int, start_ns: int, end_ns: int, is_error: bool, attributes: Mapping[str, object]
    ) -> Fault | None:
        """The error of a span that has no exception: what its status (`is_error`) and attributes say of it."""
        if self.network_errors and kind == EventClass.RESOURCE and self._has_failed(is_error, attributes):
            return Fault(max(start_ns, end_ns), "")
        return Fault(start_ns, "") if self._says_error(attributes) else None

    def _has_failed(self, is_error: bool, attributes: Mapping[str, object]) -> bool:
        status = whole(attributes, *_STATUS)
        return not is_data_url(url_of(attributes)) and (is_error or (status is not None and status >= 500))

    def _says_error(self, attributes: Mapping[str, object]) -> bool:
        return bool(self._error_attributes) and any(attributes.get(key) is True for key in self._error_attributes)

    def _is_interaction(self, attributes: dict[str, object]) -> bool:
        event_type = attributes.get("event_type")
        if not isinstance(event_type, str) or event_type not in self._event_types:
            return False
        return isinstance(attributes.get("target_xpath"), str) or isinstance(attributes.get("target_element"), str)

    # ------------------------------------------------------------------ records
    def record_kind(self, name: str, facts: Mapping[str, object], has_timing: bool) -> int:
        """The class of a log record by its event name. `facts` are its attributes, else its body's."""
        if "action.id" in facts:
            return EventClass.OTHER
        kind = EventClass.FRAME if _is_frame(name) else _RECORDS.get(name, EventClass.OTHER)
        if kind == EventClass.INTERACTION and CLICK_RECORD in self._event_types:
            return kind
        if text(facts, "action.type"):
            return EventClass.CUSTOM
        if kind == EventClass.WEB_VITAL and facts.get("browser.web_vital.name") == "inp":
            return EventClass.INP
        return kind if self._is_complete(kind, name, facts, has_timing) else EventClass.OTHER

    def _is_complete(self, kind: int, name: str, facts: Mapping[str, object], has_timing: bool) -> bool:
        """Whether a record has what its class needs (SPEC section 12)."""
        if kind == EventClass.RESOURCE:
            return has_timing and not self.is_ignored(url_of(facts))
        if kind == EventClass.NAVIGATION_TIMING:
            return has_timing
        if kind == EventClass.NAVIGATION:
            return facts.get("browser.navigation.same_document") is True
        if name == "browser.console":
            return facts.get("browser.console.method") == "error"
        return kind != EventClass.INTERACTION

    # ------------------------------------------------------------------ URLs
    def is_ignored(self, url: str) -> bool:
        """The page's own telemetry, and what the user wants to be no RUM event."""
        is_export = "/v1/" in url and _EXPORT_PATH.match(url) is not None
        return is_export or _found(self._ignored, url)

    def keeps_busy(self, url: str) -> bool:
        """Whether a request to this URL is activity."""
        return not _found(self._excluded, url)


def is_data_url(url: str) -> bool:
    """Whether a request carries its answer in its own address: it is activity, but no resource."""
    return url[:5].lower() == "data:"


def is_aborted(attributes: Mapping[str, object]) -> bool:
    """Whether these attributes, of a resource or of an exception on it, say that the page itself gave it up."""
    return attributes.get("error.type") == _ABORTED or attributes.get("exception.type") == _ABORTED


def _of_name(name: str, attributes: Mapping[str, object]) -> int | None:
    kind = _NAMED.get(name)
    if kind is not None:
        return kind
    if name == "user.activity" and text(attributes, ACTIVITY_TYPE) in _ACTIVITIES:
        return EventClass.USER_ACTIVITY
    return EventClass.FRAME if _is_frame(name) else None


def _is_frame(name: str) -> bool:
    return name.endswith("frame") and name.rpartition(".")[2] in _FRAMES


def _any_of(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def _found(pattern: re.Pattern[str] | None, url: str) -> bool:
    return pattern is not None and bool(url) and pattern.search(url) is not None
