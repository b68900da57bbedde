"""The configuration's own words on actions: their names, and where frustration is none (SPEC sections 7 and 8)."""

from __future__ import annotations

import re

from otelrum.actions.counters import Counters
from otelrum.actions.facts import path_of
from otelrum.actions.frustration import ALL
from otelrum.actions.model import Click
from otelrum.actions.naming import action_name
from otelrum.actions.settings import IgnoreRule, NameRule, Settings

Pattern = re.Pattern[str] | None


class _NamePatterns:
    """One rule of `names`."""

    def __init__(self, rule: NameRule) -> None:
        self.rule = rule
        self._patterns = _compiled(rule.name), _compiled(rule.selector), _compiled(rule.view)

    def match(self, texts: tuple[str, str, str]) -> re.Match[str] | None:
        """The match of the first expression, where all that are set fit."""
        first = None
        for pattern, text in zip(self._patterns, texts, strict=True):
            found = pattern.search(text) if pattern else None
            if pattern and found is None:
                return None
            first = first or found
        return first


class _IgnorePatterns:
    """One rule of `ignore_frustration`."""

    def __init__(self, rule: IgnoreRule) -> None:
        self.types = rule.types
        self._selector, self._name = _compiled(rule.selector), _compiled(rule.name)

    def fits(self, selector: str, name: str) -> bool:
        """Whether all expressions that are set fit."""
        return _fits(self._selector, selector) and _fits(self._name, name)


class Rules:
    """All rules of a configuration, compiled."""

    def __init__(self, settings: Settings) -> None:
        self._template = settings.name_template
        self._names = [_NamePatterns(rule) for rule in settings.names]
        self._ignores = [_IgnorePatterns(rule) for rule in settings.ignore_frustration]

    def is_dropped(self, click: Click, address: str) -> bool:
        """Name a click by the first rule that fits; whether it is to be no action at all.

        `address` is that of its view; rules ask for its path.
        """
        if click.target.is_hidden or not self._names:
            return click.target.is_hidden
        view_path = path_of(address)
        name = action_name(self._template, click.event_type, click.target.name)
        for at, patterns in enumerate(self._names):
            match = patterns.match((name, click.target.selector, view_path))
            if match is not None:
                click.name_rule = at
                click.name = "" if patterns.rule.drop else match.expand(patterns.rule.set)
                return patterns.rule.drop
        return False

    def name(self, click: Click) -> str:
        """The name of a click's action."""
        return click.name or action_name(self._template, click.event_type, click.target.name)

    def ignores(self, click: Click, type: str) -> bool:
        """Whether the page or the configuration says that a click shows no frustration of this type."""
        words = click.target.ignores
        if type in words or ALL in words:
            return True
        selector = click.target.selector
        return any(
            (type in some.types or ALL in some.types) and some.fits(selector, self.name(click))
            for some in self._ignores
        )

    def count(self, clicks: list[Click], counters: Counters) -> None:
        """Count the rules that these decided clicks fit."""
        for click in clicks:
            if click.name_rule >= 0:
                counters.name_rules[click.name_rule] += 1
            for at, some in enumerate(self._ignores):
                counters.ignore_rules[at] += some.fits(click.target.selector, self.name(click))


def _compiled(pattern: str) -> Pattern:
    return re.compile(pattern) if pattern else None


def _fits(pattern: Pattern, text: str) -> bool:
    return pattern is None or pattern.search(text) is not None
