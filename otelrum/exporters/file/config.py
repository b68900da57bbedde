"""What a user can set on the `file` exporter."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from otelrum.collector.sections import Section


class RotationConfig(Section):
    """When a file is full, and which full ones stay; 0 days or backups: all."""

    max_megabytes: int = Field(default=100, gt=0)
    max_days: int = Field(default=0, ge=0)
    max_backups: int = Field(default=100, ge=0)


class FileConfig(Section):
    """`path` and how it grows: without `append` a start empties the file; with `rotation` it never does."""

    path: str = Field(min_length=1)
    format: Literal["json"] = "json"
    append: bool = False
    create_directory: bool = False
    rotation: RotationConfig | None = None
