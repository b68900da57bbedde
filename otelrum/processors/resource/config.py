"""What a user can set on the `resource` processor."""

from __future__ import annotations

from pydantic import Field

from otelrum.collector.attribute_actions import ActionConfig
from otelrum.collector.sections import Section


class ResourceConfig(Section):
    """`attributes`: actions, done in their order."""

    attributes: list[ActionConfig] = Field(min_length=1)
