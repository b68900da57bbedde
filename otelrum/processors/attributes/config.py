"""What a user can set on the `attributes` processor."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from otelrum.collector.attribute_actions import ActionConfig
from otelrum.collector.sections import Section

LISTS = ("services", "span_names", "span_kinds", "metric_names", "log_bodies", "log_severity_texts")


class PairConfig(Section):
    """An attribute; without a `value` it only has to be there."""

    key: str = Field(min_length=1)
    value: str | bool | int | float | None = Field(default=None, union_mode="left_to_right")


class LibraryConfig(Section):
    """A scope."""

    name: str = Field(min_length=1)
    version: str = ""


class MatchConfig(Section):
    """All that is set must fit: one of the names, every attribute."""

    match_type: Literal["strict", "regexp"]
    services: list[str] = []
    span_names: list[str] = []
    span_kinds: list[str] = []
    metric_names: list[str] = []
    log_bodies: list[str] = []
    log_severity_texts: list[str] = []
    libraries: list[LibraryConfig] = []
    attributes: list[PairConfig] = []
    resources: list[PairConfig] = []

    @model_validator(mode="after")
    def _something_that_can_fit(self) -> MatchConfig:
        pairs = [*self.attributes, *self.resources]
        texts = [text for name in LISTS for text in getattr(self, name)]
        if not (texts or pairs or self.libraries):
            raise ValueError(f"one of {', '.join(LISTS)}, libraries, attributes and resources must be there")
        if self.match_type == "regexp":
            texts += [pair.value for pair in pairs if isinstance(pair.value, str)]
            for text in [*texts, *(text for each in self.libraries for text in (each.name, each.version))]:
                try:
                    re.compile(text)
                except re.error as error:
                    raise ValueError(f"{text!r} is no regular expression: {error}") from error
        return self


class AttributesConfig(Section):
    """`actions`, done in their order to what is included and not excluded."""

    actions: list[ActionConfig] = Field(min_length=1)
    include: MatchConfig | None = None
    exclude: MatchConfig | None = None
