"""What a user can have done to attributes: the OpenTelemetry Collector's actions, in their order.

Read by the processors `attributes` and `resource`; each action changes a dict of attributes.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from otelrum.collector.sections import Section
from otelrum.otlp.batch import Client

Attributes = dict[str, Any]

# Where a value can come from instead of the configuration; each action has exactly one.
SOURCES = ("value", "from_attribute", "from_context")


class ActionConfig(Section):
    """One entry of `actions` (`attributes` of the `resource` processor)."""

    key: str = ""
    action: Literal["insert", "update", "upsert", "delete", "hash", "extract", "convert"]
    value: str | bool | int | float | list[str] | list[bool] | list[int] | list[float] | None = Field(
        default=None, union_mode="left_to_right"
    )
    from_attribute: str = ""
    from_context: str = ""
    pattern: str = ""
    converted_type: Literal["", "int", "double", "string"] = ""

    @field_validator("action", "converted_type", mode="before")
    @classmethod
    def _in_any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("pattern")
    @classmethod
    def _a_regular_expression(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return pattern

    @field_validator("from_context")
    @classmethod
    def _a_known_source(cls, source: str) -> str:
        if source and source != "client.address" and not source.startswith(("metadata.", "auth.")):
            raise ValueError(f"{source!r} is none of metadata.NAME, auth.NAME and client.address")
        return source

    @model_validator(mode="after")
    def _what_the_action_needs(self) -> ActionConfig:
        by_pattern = self.action in ("delete", "hash") and self.pattern
        if not self.key and not by_pattern:
            raise ValueError(f"{self.action} needs a key")
        if self.action in ("insert", "update", "upsert"):
            self._check_source()
        if self.action == "extract" and not re.compile(self.pattern).groupindex:
            raise ValueError("extract needs a pattern with named groups, such as (?P<name>...)")
        if self.action == "convert" and not self.converted_type:
            raise ValueError("convert needs converted_type: int, double or string")
        return self

    def _check_source(self) -> None:
        named = [name for name in SOURCES if getattr(self, name) not in (None, "") or name in self.model_fields_set]
        if len(named) != 1:
            raise ValueError(f"{self.action} needs one of value, from_attribute and from_context")


def apply(actions: list[ActionConfig], attributes: Attributes, client: Client) -> None:
    """Do all of it to these attributes, one action after the other."""
    for action in actions:
        APPLY[action.action](action, attributes, client)


def _insert(action: ActionConfig, attributes: Attributes, client: Client) -> None:
    if action.key not in attributes:
        _set(action, attributes, client)


def _update(action: ActionConfig, attributes: Attributes, client: Client) -> None:
    if action.key in attributes:
        _set(action, attributes, client)


def _set(action: ActionConfig, attributes: Attributes, client: Client) -> None:
    """Where its source has nothing, nothing happens."""
    if action.from_attribute:
        if action.from_attribute in attributes:
            attributes[action.key] = attributes[action.from_attribute]
    elif action.from_context:
        if (text := _from_context(action.from_context, client)) is not None:
            attributes[action.key] = text
    else:
        attributes[action.key] = action.value


def _from_context(source: str, client: Client) -> str | None:
    if source == "client.address":
        return client.address or None
    kind, _, name = source.partition(".")
    return client.auth.get(name) if kind == "auth" else client.headers.get(name.lower())


def _delete(action: ActionConfig, attributes: Attributes, client: Client) -> None:
    for key in _chosen(action, attributes):
        del attributes[key]


def _hash(action: ActionConfig, attributes: Attributes, client: Client) -> None:
    for key in _chosen(action, attributes):
        attributes[key] = hashed(attributes[key])


def _chosen(action: ActionConfig, attributes: Attributes) -> list[str]:
    """The keys that an action names, by name or by pattern."""
    pattern = re.compile(action.pattern) if action.pattern else None
    return [key for key in attributes if key == action.key or (pattern and pattern.search(key))]


def hashed(value: object) -> str:
    """SHA-256 in hex of a text's UTF-8, of a bool as a byte, of a number as 8 bytes, little-endian; else empty."""
    if isinstance(value, bool):
        data = bytes([value])
    elif isinstance(value, int):
        data = struct.pack("<q", value)
    elif isinstance(value, float):
        data = struct.pack("<d", value)
    else:
        data = value.encode() if isinstance(value, str) else b""
    return hashlib.sha256(data).hexdigest() if data else ""


def _extract(action: ActionConfig, attributes: Attributes, client: Client) -> None:
    value = attributes.get(action.key)
    found = re.search(action.pattern, value) if isinstance(value, str) else None
    if found:
        attributes.update({name: text or "" for name, text in found.groupdict().items()})


def _convert(action: ActionConfig, attributes: Attributes, client: Client) -> None:
    """What cannot be converted stays as it is."""
    value = attributes.get(action.key)
    if not isinstance(value, str | bool | int | float):
        return
    try:
        attributes[action.key] = CONVERT[action.converted_type](value)
    except (ValueError, OverflowError):
        return


def _text(value: str | bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


CONVERT: Mapping[str, Callable[[Any], object]] = {"int": int, "double": float, "string": _text}

APPLY: Mapping[str, Callable[[ActionConfig, Attributes, Client], None]] = {
    "insert": _insert,
    "update": _update,
    "upsert": _set,
    "delete": _delete,
    "hash": _hash,
    "extract": _extract,
    "convert": _convert,
}
