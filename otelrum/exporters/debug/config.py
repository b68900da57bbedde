"""What a user can set on the `debug` exporter."""

from __future__ import annotations

from typing import Annotated, Literal

from otelrum.collector.sections import AnyCase, Section


class DebugConfig(Section):
    """The whole section."""

    verbosity: Annotated[Literal["basic", "normal", "detailed", "actions"], AnyCase] = "basic"
