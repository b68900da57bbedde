"""What was decided about actions: known for their late spans and copies, also after a restart."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from otelrum.collector.clock import Clock
from otelrum.collector.component import Host
from otelrum.collector.recent import Recent
from otelrum.collector.storage import Rows, open_rows

KEEP_NS: Final = 5 * 60 * 10**9
"""So long members of an action may come late (SPEC section 15)."""

MAX_VERDICTS: Final = 250_000
"""Actions remembered, two times: at most some 60 MiB; 800 actions a second for 5 minutes."""

WAIT_S: Final = 1.0
"""`rum_action` releases an action's span before its other spans, in another request perhaps, or by the other
pipeline: so long they are waited for."""

_ROW: Final = 1


class Verdicts:
    """Whether each of the latest actions is kept. One that is unknown for too long is kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: Recent[bool] = Recent(KEEP_NS, MAX_VERDICTS)
        self._decided = asyncio.Event()
        self._rows: Rows | None = None
        self._row_ids: deque[tuple[int, int]] = deque()
        """Time and id of each row."""

    async def open(self, host: Host, storage: str, owner: str) -> None:
        """Know what an earlier life decided."""
        rows = await open_rows(host, storage, owner)
        async for row in rows.read(_ROW):
            for line in row.data.decode().splitlines():
                self._put(line[1:], line[0] == "+")
            self._row_ids.append((self._clock.now_ns(), row.id))
        self._rows = rows

    async def close(self) -> None:
        """Let go of the storage."""
        if self._rows is not None:
            await self._rows.close()
            self._rows = None

    def get(self, id: str) -> bool | None:
        return self._known.get(id.encode())

    async def put(self, verdicts: Mapping[str, bool]) -> None:
        """Decide what is not decided yet; returns when it is safe. Raises RetryableError, and then nothing is."""
        await self._write(verdicts)
        for id, is_kept in verdicts.items():
            self._put(id, is_kept)
        if verdicts:
            self._decided.set()
            self._decided = asyncio.Event()

    async def until_known(self, ids: Iterable[str]) -> None:
        """Wait until all are decided. One whose action does not come is kept, and so will be the action."""
        unknown = [id for id in ids if self.get(id) is None]
        if not unknown:
            return
        timer = asyncio.ensure_future(self._clock.sleep(WAIT_S))
        try:
            while not timer.done() and any(self.get(id) is None for id in unknown):
                decided = asyncio.ensure_future(self._decided.wait())
                await asyncio.wait((timer, decided), return_when=asyncio.FIRST_COMPLETED)
                decided.cancel()
        finally:
            timer.cancel()
        await self.put({id: True for id in unknown if self.get(id) is None})

    def _put(self, id: str, is_kept: bool) -> None:
        if self.get(id) is None:
            self._known.put(id.encode(), is_kept, self._clock.now_ns())

    async def _write(self, verdicts: Mapping[str, bool]) -> None:
        """With a storage: a row of lines, `+` and `-` before the ids."""
        if self._rows is None or not verdicts:
            return
        now_ns = self._clock.now_ns()
        lines = "\n".join(f"{'+' if is_kept else '-'}{id}" for id, is_kept in verdicts.items())
        self._row_ids.append((now_ns, await self._rows.put(_ROW, lines.encode())))
        old = []
        while self._row_ids[0][0] + KEEP_NS < now_ns:
            old.append(self._row_ids.popleft()[1])
        if old:
            self._rows.remove(old)
