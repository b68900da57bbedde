"""What a user can set on the `debug` exporter."""

from __future__ import annotations

from typing import Annotated, Literal

from otelrum.collector.sections import AnyCase, Section


class DebugConfig(Section):
    """`verbosity`: a line a request, also a line an item, or everything."""

    verbosity: Annotated[Literal["basic", "normal", "detailed", "actions"], AnyCase] = "basic"
