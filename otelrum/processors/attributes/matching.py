"""Which items `include` and `exclude` of the `attributes` processor mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from otelrum.processors.attributes.config import AttributesConfig, MatchConfig, PairConfig

Texts = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be asked of an item; what its signal does not have is empty."""

    resource: Mapping[str, object] = field(default_factory=dict)
    library: tuple[str, str] = ("", "")
    """Name and version of its scope."""
    name: str = ""
    """The name of the span or metric."""
    kind: str = ""
    body: str = ""
    severity: str = ""


class ItemSelection:
    """What is included and not excluded."""

    def __init__(self, config: AttributesConfig) -> None:
        self._include = Match(config.include) if config.include else None
        self._exclude = Match(config.exclude) if config.exclude else None
        self.is_of_all = self._include is self._exclude is None

    def has(self, facts: Facts, attributes: Mapping[str, object]) -> bool:
        """Whether the actions are done to this item."""
        if self._include is not None and not self._include.fits(facts, attributes):
            return False
        return self._exclude is None or not self._exclude.fits(facts, attributes)


class Match:
    """All that is set must fit: one of the names, every attribute."""

    def __init__(self, config: MatchConfig) -> None:
        self._is_regexp = config.match_type == "regexp"
        self._named = {of: self._one_of(getattr(config, name)) for of, name in NAMES.items() if getattr(config, name)}
        self._libraries = [
            (self._one_of([each.name]), self._one_of([each.version]) if each.version else None)
            for each in config.libraries
        ]
        self._attributes = [(pair.key, self._value(pair)) for pair in config.attributes]
        self._resources = [(pair.key, self._value(pair)) for pair in config.resources]

    def fits(self, facts: Facts, attributes: Mapping[str, object]) -> bool:
        return (
            all(fits(FACTS[of](facts)) for of, fits in self._named.items())
            and self._is_of_library(*facts.library)
            and _has_all(self._attributes, attributes)
            and _has_all(self._resources, facts.resource)
        )

    def _is_of_library(self, name: str, version: str) -> bool:
        found = (fits(name) and (of_version is None or of_version(version)) for fits, of_version in self._libraries)
        return not self._libraries or any(found)

    def _one_of(self, texts: Sequence[str]) -> Texts:
        if not self._is_regexp:
            return frozenset(texts).__contains__
        patterns = [re.compile(text) for text in texts]
        return lambda text: any(pattern.search(text) for pattern in patterns)

    def _value(self, pair: PairConfig) -> Callable[[object], bool] | None:
        """Whether a value fits; None where the key is enough."""
        expected = pair.value
        if expected is None:
            return None
        if self._is_regexp:
            fits = self._one_of([str(expected)])
            return lambda value: fits(_text(value))
        return lambda value: type(value) is type(expected) and value == expected


NAMES: Mapping[str, str] = {
    "service": "services",
    "span": "span_names",
    "kind": "span_kinds",
    "metric": "metric_names",
    "body": "log_bodies",
    "severity": "log_severity_texts",
}
"""What can be named, and the setting that names it."""

FACTS: Mapping[str, Callable[[Facts], str]] = {
    "service": lambda facts: _text(facts.resource.get("service.name", "")),
    "span": lambda facts: facts.name,
    "metric": lambda facts: facts.name,
    "kind": lambda facts: facts.kind,
    "body": lambda facts: facts.body,
    "severity": lambda facts: facts.severity,
}


def _has_all(expected: Sequence[tuple[str, Callable[[object], bool] | None]], found: Mapping[str, Any]) -> bool:
    return all(key in found and (fits is None or fits(found[key])) for key, fits in expected)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
