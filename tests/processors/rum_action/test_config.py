"""Each setting reaches the domain, and mistakes are reported with a remedy (SPEC section 13)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from pydantic import ValidationError

from otelrum.actions.settings import DeadClick, IgnoreRule, NameRule, Settings
from otelrum.processors.rum_action.config import RumActionConfig

SECOND = 10**9

CHANGED: dict[str, tuple[dict[str, Any], Any]] = {
    "idle_ns": ({"idle": "200ms"}, SECOND // 5),
    "same_click_ns": ({"same_click": "1us"}, 1000),
    "max_duration_ns": ({"max_duration": "5s"}, 5 * SECOND),
    "hold_all": ({"hold": "around_actions"}, False),
    "decision_wait_ns": ({"decision_wait": "1m"}, 60 * SECOND),
    "by_trace": ({"attribution": "trace"}, True),
    "discard_overlaps": ({"overlap": "discard"}, True),
    "event_types": ({"event_types": ["keydown"]}, frozenset({"keydown"})),
    "dead_click": ({"dead_click": "never"}, DeadClick.NEVER),
    "network_errors": ({"network_errors": True}, True),
    "error_attributes": ({"error_attributes": ["error"]}, ("error",)),
    "page_by_service": ({"page_by_service": False}, False),
    "ignore_frustration": (
        {"ignore_frustration": [{"selector": "^#x", "name": "Copy", "types": ["dead-click", "rage-click"]}]},
        (IgnoreRule("^#x", "Copy", frozenset({"dead-click", "rage-click"})),),
    ),
    "names": (
        {"names": [{"name": "Copy (.)", "set": r"Copy \1"}, {"selector": "^#x", "view": "^/a", "drop": True}]},
        (NameRule("Copy (.)", set=r"Copy \1"), NameRule(selector="^#x", view="^/a", drop=True)),
    ),
    "ignore_urls": ({"ignore_urls": ["/ping"]}, ("/ping",)),
    "excluded_activity_urls": ({"excluded_activity_urls": ["/poll"]}, ("/poll",)),
    "resource_scopes": ({"resource_scopes": ["own"]}, frozenset({"own"})),
    "mask": ({"privacy": "mask"}, True),
    "name_template": ({"name_template": "{target}"}, "{target}"),
    "max_held_bytes": ({"max_held_mib": 1}, 1 << 20),
    "max_pages": ({"max_pages": 7}, 7),
    "max_page_events": ({"max_page_events": 7}, 7),
}
"""By field of `Settings`: a configuration that changes it, and what it becomes."""


def test_the_defaults_of_the_configuration_are_those_of_the_domain() -> None:
    assert RumActionConfig().settings() == Settings()


def test_every_setting_of_the_domain_can_be_set() -> None:
    assert {field.name for field in fields(Settings)} == set(CHANGED)


@pytest.mark.parametrize("name", CHANGED)
def test_a_setting_changes_its_field_and_no_other(name: str) -> None:
    section, expected = CHANGED[name]
    settings, default = RumActionConfig.model_validate(section).settings(), Settings()
    assert getattr(settings, name) == expected != getattr(default, name)
    others = {field.name for field in fields(Settings)} - {name}
    assert {other for other in others if getattr(settings, other) != getattr(default, other)} == set()


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"names": [{"set": "x"}]}, "fits every action"),
        ({"names": [{"name": "", "set": "x"}]}, "fits every action"),
        ({"names": [{"name": "x"}]}, "either `set`"),
        ({"names": [{"name": "x", "set": "y", "drop": True}]}, "either `set`"),
        ({"names": [{"name": "(x)", "set": r"\2"}]}, "invalid group reference"),
        ({"names": [{"selector": "x", "view": "(y)", "set": r"\1"}]}, "cannot be filled in"),
        ({"names": [{"name": "x", "set": r"\g<n>"}]}, "cannot be filled in"),
        ({"names": [{"name": "(", "set": "x"}]}, "no regular expression"),
        ({"ignore_frustration": [{"name": "x", "types": []}]}, "at least 1"),
        ({"ignore_frustration": [{"name": "x", "types": ["rage"]}]}, "rage-click"),
        ({"ignore_frustration": [{"selector": "(", "types": ["all"]}]}, "no regular expression"),
        ({"name_template": "{verb} {what}"}, "only {verb} and {target}"),
        ({"geo": {"trusted_proxies": ["proxy"]}}, "proxy"),
        ({"hold": "none"}, "around_actions"),
    ],
)
def test_a_mistake_is_refused_in_words_that_help(section: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        RumActionConfig.model_validate(section)
    assert words in str(refused.value)


def test_a_wait_that_is_shorter_than_a_browsers_delay_decides_too_early() -> None:
    assert not RumActionConfig().decides_too_early
    assert RumActionConfig.model_validate({"decision_wait": "15s"}).decides_too_early
    assert not RumActionConfig.model_validate({"decision_wait": "15s", "max_duration": "9s"}).decides_too_early
