"""What a user can set on the `attributes` processor."""

from __future__ import annotations

from pydantic import Field

from otelrum.collector.attribute_actions import ActionConfig
from otelrum.collector.sections import Section


class AttributesConfig(Section):
    """`actions`, done in their order."""

    actions: list[ActionConfig] = Field(min_length=1)
