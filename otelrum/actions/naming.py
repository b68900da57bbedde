"""What an action and its target are called (SPEC section 7)."""

from __future__ import annotations

import enum
import string
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from otelrum.actions.facts import text
from otelrum.actions.selector import css_escape

MAX_NAME: Final = 100  # code points, as the Datadog browser SDK cuts (SPEC section 7)
CUT: Final = " [...]"

PRIVACY: Final = "target.privacy"
MASK: Final = "mask"
_MASKED_NAME: Final = "Masked Element"

BUTTON_TYPES: Final = frozenset({"button", "submit", "reset"})
"""Types of INPUT that are buttons."""

_NAMED_BY_TEXT: Final = frozenset({"BUTTON", "A", "LABEL"})
_ROLES_NAMED_BY_TEXT: Final = frozenset({"button", "link", "tab", "menuitem", "option"})
_TEXT_IS_CONTENT: Final = frozenset({"INPUT", "SELECT", "TEXTAREA"})


class NameSource(enum.StrEnum):
    """Values of `action.name_source`."""

    CUSTOM_ATTRIBUTE = "custom_attribute"
    TEXT_CONTENT = "text_content"
    STANDARD_ATTRIBUTE = "standard_attribute"
    SELECTOR = "selector"
    MASK_PLACEHOLDER = "mask_placeholder"
    RULE = "rule"


class Name(NamedTuple):
    """A target's name and where it was found."""

    text: str
    source: NameSource


_CUSTOM: Final = (
    ("data-dd-action-name", NameSource.CUSTOM_ATTRIBUTE),
    ("data-action-name", NameSource.CUSTOM_ATTRIBUTE),
)
_LABEL: Final = ("target.label", NameSource.TEXT_CONTENT)
_VALUE: Final = ("target.value", NameSource.TEXT_CONTENT)
_TEXT: Final = ("target.text", NameSource.TEXT_CONTENT)
_STANDARD: Final = (
    ("target.aria_label", NameSource.STANDARD_ATTRIBUTE),
    ("target.labelled_by", NameSource.TEXT_CONTENT),
    ("target.alt", NameSource.STANDARD_ATTRIBUTE),
    ("target.name", NameSource.STANDARD_ATTRIBUTE),
    ("target.title", NameSource.STANDARD_ATTRIBUTE),
    ("target.placeholder", NameSource.STANDARD_ATTRIBUTE),
)


def target_name(attributes: Mapping[str, object], selector: str, mask: bool) -> Name:
    """The name of the element that an interaction span speaks of.

    `selector` is the last resort; with `mask` (`privacy: mask`) only names that the application
    set itself come before it. An element that the page masks has no other name either.
    """
    is_masked = attributes.get(PRIVACY) == MASK
    for key, source in name_candidates(attributes, mask or is_masked):
        if name := tidy(text(attributes, key)):
            return Name(name, source)
    if is_masked:
        return Name(_MASKED_NAME, NameSource.MASK_PLACEHOLDER)
    known_id = text(attributes, "target.id")
    return Name(tidy(f"#{css_escape(known_id)}" if known_id else selector), NameSource.SELECTOR)


def name_candidates(attributes: Mapping[str, object], mask: bool) -> Iterator[tuple[str, NameSource]]:
    """The attributes that may hold the name, best first: points 1 to 4 of SPEC section 7."""
    yield from _CUSTOM
    if mask:
        return
    tag = text(attributes, "target_element").upper()
    yield _LABEL
    if tag == "INPUT" and text(attributes, "target.type").lower() in BUTTON_TYPES:
        yield _VALUE
    if tag in _NAMED_BY_TEXT or text(attributes, "target.role").lower() in _ROLES_NAMED_BY_TEXT:
        yield _TEXT
    yield from _STANDARD
    if tag not in _TEXT_IS_CONTENT:
        yield _TEXT


def tidy(name: str) -> str:
    """The name on one line, with single spaces, cut after MAX_NAME characters."""
    line = " ".join(name.split())
    return line if len(line) <= MAX_NAME else line[:MAX_NAME] + CUT


def action_name(template: str, event_type: str, target: str) -> str:
    """`action.name` by a template that `check_template` has accepted, such as `{verb} on {target}`."""
    return template.format(verb=event_type[:1].upper() + event_type[1:], target=target)


def check_template(template: str) -> str:
    """The template as it is. Raises ValueError where it holds more than `{verb}` and `{target}`."""
    for _, field, spec, conversion in string.Formatter().parse(template):
        if field is not None and (field not in ("verb", "target") or spec or conversion):
            raise ValueError(f"only {{verb}} and {{target}} can be filled in, not {{{field}}}")
    return template
