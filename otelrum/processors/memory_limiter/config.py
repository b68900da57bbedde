"""What a user can set on the `memory_limiter` processor."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from otelrum.collector.sections import Duration, Section


class MemoryLimiterConfig(Section):
    """`limit_mib` wins over `limit_percentage`; spike 0 is a fifth of the limit."""

    check_interval: Duration = timedelta(seconds=1)
    limit_mib: int = Field(default=0, ge=0)
    spike_limit_mib: int = Field(default=0, ge=0)
    limit_percentage: int = Field(default=0, ge=0, le=100)
    spike_limit_percentage: int = Field(default=0, ge=0, le=100)
    usage: Literal["rss", "cgroup"] = "rss"

    @model_validator(mode="after")
    def _a_limit_above_its_spike(self) -> MemoryLimiterConfig:
        if not (self.limit_mib or self.limit_percentage):
            raise ValueError("one of limit_mib and limit_percentage must be there")
        if not self.check_interval:
            raise ValueError("check_interval must be more than 0")
        if self.limit_mib and self.spike_limit_mib >= self.limit_mib:
            raise ValueError("spike_limit_mib must be less than limit_mib")
        if self.limit_percentage and self.spike_limit_percentage >= self.limit_percentage:
            raise ValueError("spike_limit_percentage must be less than limit_percentage")
        return self
