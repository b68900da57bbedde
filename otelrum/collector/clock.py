"""The only door to time: everything that waits or stamps takes a Clock."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Two times and a wait. Monotonic time says how long; wall time is for people and journals."""

    def now_ns(self) -> int:
        """Nanoseconds of a clock that never steps."""
        ...

    def wall_ns(self) -> int:
        """Unix time in nanoseconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of this clock."""
        ...


class SystemClock:
    """The machine's time; sleeping is asyncio's."""

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        return time.time_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
