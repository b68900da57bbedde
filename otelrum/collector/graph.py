"""All components of a running collector: in which order they start and stop.

    start:  extensions, exporters, processors and connectors against the data, receivers
    stop:   receivers, processors and connectors with the data, exporters, extensions

So whoever sends on finds the next one ready, and what a stopping component still gives away is taken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from otelrum.collector.clock import Clock
from otelrum.collector.component import Component, ComponentId, Host
from otelrum.collector.config.nodes import Location
from otelrum.collector.errors import OtelrumError
from otelrum.collector.factories import ComponentKind

log = logging.getLogger(__name__)

# A request in flight has no answer yet: when it is cut off, its sender sends it again. What is held has
# one, so most of the time is for that.
RECEIVERS_SHARE = 0.3

# A component had its time to count what it lost: one that overstays the deadline so long is cut off.
OVERSTAY_S = 1.0


@dataclass(frozen=True, slots=True)
class Member:
    """A component and where the configuration has it."""

    kind: ComponentKind
    id: ComponentId
    place: Location
    component: Component

    def __str__(self) -> str:
        return f"{self.kind}::{self.id}"


class StartError(OtelrumError):
    """A component could not start."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything that lives while the collector runs; `stages`: processors and connectors in the order of the data."""

    extensions: Sequence[Member]
    receivers: Sequence[Member]
    stages: Sequence[Member]
    exporters: Sequence[Member]
    clock: Clock

    async def start(self, host: Host) -> None:
        """Raises StartError, or what nobody foresaw; then `shutdown` ends what was started."""
        for member in (*self.extensions, *self.exporters, *reversed(self.stages), *self.receivers):
            try:
                await member.component.start(host)
            except (OtelrumError, OSError, ValueError) as error:
                raise StartError(f"{member.place}: {member}: {error}") from error

    async def shutdown(self, deadline_ns: int) -> None:
        """Ends everything, started or not, whatever fails on the way; nothing outlives the deadline long."""
        now_ns = self.clock.now_ns()
        await self._end(self.receivers, now_ns + int((deadline_ns - now_ns) * RECEIVERS_SHARE))
        for stage in self.stages:
            await self._end([stage], deadline_ns)
        await self._end(self.exporters, deadline_ns)
        for extension in reversed(self.extensions):
            await self._end([extension], deadline_ns)

    async def _end(self, members: Sequence[Member], deadline_ns: int) -> None:
        """All at once: a backend that is away must not use up the time of another one."""
        if not members:
            return
        ends = {asyncio.ensure_future(member.component.shutdown(deadline_ns)): member for member in members}
        left_s = max(0.0, (deadline_ns - self.clock.now_ns()) / 1e9)
        done, late = await asyncio.wait(ends, timeout=left_s + OVERSTAY_S)
        for end in late:
            end.cancel()
            log.error("%s did not stop in time", ends[end])
        for end in done:
            if (error := end.exception()) is not None:
                log.error("%s failed while it stopped: %s", ends[end], error, exc_info=error)
