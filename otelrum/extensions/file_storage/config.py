"""What a user can set on the `file_storage` extension."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from otelrum.collector.sections import Folder, Section


class FileStorageConfig(Section):
    """The keys are the OpenTelemetry Collector's where it has them; `fsync` is on by default."""

    directory: Folder = Field(default="/var/lib/otelrum/file_storage", min_length=1)
    create_directory: bool = False
    fsync: bool = True
    max_mib: int = Field(default=1024, ge=1)
    """Largest size of each owner's file; beyond it new rows are refused until old ones are gone."""
    on_corrupt: Literal["set_aside", "fail"] = "set_aside"
