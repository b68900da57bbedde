"""What a user can set on the `debug` exporter."""

from __future__ import annotations

from typing import Literal

from otelrum.collector.sections import Section


class DebugConfig(Section):
    """The whole section."""

    verbosity: Literal["basic", "normal", "detailed"] = "basic"
