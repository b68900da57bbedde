"""What a user can set on the `batch` processor."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, model_validator

from otelrum.collector.sections import Duration, Section


class BatchConfig(Section):
    """When a batch goes on, with the OpenTelemetry Collector's defaults."""

    send_batch_size: int = Field(default=8192, ge=0)
    send_batch_max_size: int = Field(default=0, ge=0)
    timeout: Duration = timedelta(milliseconds=200)

    @model_validator(mode="after")
    def _the_cap_is_not_below_the_trigger(self) -> BatchConfig:
        if 0 < self.send_batch_max_size < self.send_batch_size:
            raise ValueError("send_batch_max_size must be at least send_batch_size")
        return self
