"""The element that the user acted on: all that later rules need to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from otelrum.actions.facts import text
from otelrum.actions.naming import BUTTON_TYPES, PRIVACY, NameSource, target_name
from otelrum.actions.selector import css_selector

TARGET_KEYS: Final = (
    "target_xpath", "target_element", "data-dd-action-name", "data-action-name", "target.id", "target.type",
    "target.role", "target.href", "target.contenteditable", "target.text", "target.label", "target.value",
    "target.aria_label", "target.labelled_by", "target.alt", "target.name", "target.title", "target.placeholder",
    PRIVACY, "target.ignore_frustration",
)  # fmt: skip
"""The attributes of an interaction span that its target is made of."""

_HIDDEN: Final = "hidden"
_CHOICE_TYPES: Final = frozenset({"checkbox", "radio", "range"})
"""Types of INPUT in which a click changes the value: dead where it did not, and the page would have reported."""

_NOTHING: Final[frozenset[str]] = frozenset()
_QUIET_TAGS: Final = frozenset({"TEXTAREA", "SELECT", "CANVAS"})
_EDITABLE: Final = frozenset({"", "true", "plaintext-only"})  # values of the HTML attribute that switch it on


@dataclass(frozen=True, slots=True)
class Target:
    """An interaction's element, kept instead of its attributes: two texts and some facts.

    Targets of one page are the same element when their selectors are equal.
    """

    selector: str
    name: str
    name_source: NameSource
    may_do_nothing: bool
    """A click here may rightly set nothing off, so that it is never dead (SPEC section 8)."""
    is_choice: bool = False
    """The same, unless the page reports inputs."""
    is_hidden: bool = False
    """The page wants no action here (SPEC section 7)."""
    ignores: frozenset[str] = _NOTHING
    """The words of `target.ignore_frustration`."""

    def named_by(self, record: Target) -> Target:
        """This target of a span, where a log record describes the same click.

        The record's custom name counts where the span has none (SPEC section 12).
        """
        custom = NameSource.CUSTOM_ATTRIBUTE
        if self.name_source is custom or record.name_source is not custom:
            return self
        return replace(self, name=record.name, name_source=custom)


def span_target(attributes: Mapping[str, object], mask: bool) -> Target:
    """The target of an interaction span, from its attributes (SPEC section 7)."""
    return _target(attributes, css_selector(text(attributes, "target_xpath"), _tag(attributes)), mask)


def record_target(facts: Mapping[str, object], mask: bool) -> Target:
    """The target of a `browser.user_action.click` record, from its attributes or body (SPEC section 12)."""
    in_words_of_spans = {**facts, "target_element": facts.get("browser.tag_name")}
    element = facts.get("browser.element.attributes")
    if isinstance(element, Mapping) and "action-name" in element:
        in_words_of_spans["data-action-name"] = element["action-name"]
    selector = text(facts, "browser.css_selector").strip()
    return _target(in_words_of_spans, selector or css_selector(None, _tag(in_words_of_spans)), mask)


def words(value: object) -> frozenset[str]:
    """The words of a list of texts, or of one text with blanks between (`target.ignore_frustration`)."""
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset([word for word in value if isinstance(word, str)]) if isinstance(value, list | tuple) else _NOTHING


def _target(attributes: Mapping[str, object], selector: str, mask: bool) -> Target:
    name = target_name(attributes, selector, mask)
    tag = _tag(attributes).upper()
    type = text(attributes, "target.type").lower() if tag == "INPUT" else ""
    is_choice = type in _CHOICE_TYPES
    return Target(
        selector,
        name.text,
        name.source,
        not is_choice and _may_do_nothing(tag, type, attributes),
        is_choice,
        attributes.get(PRIVACY) == _HIDDEN,
        words(attributes.get("target.ignore_frustration")),
    )


def _may_do_nothing(tag: str, type: str, attributes: Mapping[str, object]) -> bool:
    if tag == "INPUT":
        return type not in BUTTON_TYPES
    if tag == "A" and attributes.get("target.href") != "":
        return True
    return tag in _QUIET_TAGS or _is_editable(attributes.get("target.contenteditable"))


def _tag(attributes: Mapping[str, object]) -> str:
    return text(attributes, "target_element")


def _is_editable(value: object) -> bool:
    return value.lower() in _EDITABLE if isinstance(value, str) else value is True
