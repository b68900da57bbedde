"""A queue on disk: what is in it outlives the process, and is no more than so much in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelrum.collector.clock import SystemClock
from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.exporters.sending_queue import QueueConfig
from otelrum.exporters.stored_queue import IN_MEMORY_BYTES, SharedRows, StoredQueue
from otelrum.extensions.file_storage.config import FileStorageConfig
from otelrum.extensions.file_storage.database import RESERVE_BYTES
from otelrum.extensions.file_storage.extension import FileStorage
from otelrum.otlp.batch import Batch, Signal, join, parts
from otelrum.testing import Extensions, build
from tests.conftest import span_request
from tests.small_disk import fill, small_disk

pytestmark = pytest.mark.anyio
MIB = 1 << 20


class Life:
    """A storage and a queue in it."""

    def __init__(self, folder: Path, **config: object) -> None:
        settings = FileStorageConfig(directory=str(folder), fsync=False)
        self.storage = FileStorage(settings, build("file_storage", SystemClock()))
        self.queue = StoredQueue(
            QueueConfig.model_validate(config), SharedRows("file_storage", "exporter"), Signal.TRACES
        )

    async def begin(self) -> StoredQueue:
        await self.queue.open(Extensions({"file_storage": self.storage}))
        return self.queue

    async def end(self) -> None:
        await self.queue.close()
        assert await self.queue.abandon() == []
        await self.storage.shutdown(0)


def batch(number: int, size_bytes: int = 0) -> Batch:
    return Batch(Signal.TRACES, span_request(number + 1, padding="x" * size_bytes))


async def taken(queue: StoredQueue, count: int) -> list[Batch]:
    """The next ones, done with."""
    out = []
    for _ in range(count):
        queued = await queue.take()
        assert queued is not None
        out.append(queued.batch)
        await queue.done(queued)
    return out


async def test_what_is_not_done_comes_first_in_the_next_life_in_its_order(tmp_path: Path) -> None:
    first = Life(tmp_path)
    queue = await first.begin()
    sent = [batch(n) for n in range(4)]
    for one in sent:
        await queue.put(one)
    await taken(queue, 1)
    assert await queue.take() is not None  # on its way when the process ends
    await first.end()
    second = Life(tmp_path)
    queue = await second.begin()
    assert queue.size == 3
    got = await taken(queue, 3)
    assert [(one.data, one.items) for one in got] == [(one.data, one.items) for one in sent[1:]]
    assert queue.size == 0
    await second.end()


async def test_what_does_not_fit_in_memory_is_read_again_from_disk(tmp_path: Path) -> None:
    life = Life(tmp_path)
    queue = await life.begin()
    sent = [batch(0, MIB) for _ in range(2 * IN_MEMORY_BYTES // MIB)]
    for one in sent:
        await queue.put(one)
    in_memory = sum(len(waiting.batch.data) for waiting in queue._line if waiting.batch is not None)
    assert 0 < in_memory <= IN_MEMORY_BYTES
    assert [one.data for one in await taken(queue, len(sent))] == [one.data for one in sent]
    assert queue._in_memory_bytes == 0
    await life.end()


async def test_a_batch_that_is_lost_on_disk_takes_no_consumer_and_no_room_with_it(tmp_path: Path) -> None:
    life = Life(tmp_path, sizer="items")
    queue = await life.begin()
    sent = [batch(0, MIB) for _ in range(IN_MEMORY_BYTES // MIB + 3)]
    for one in sent:
        await queue.put(one)
    lost = next(waiting for waiting in queue._line if waiting.batch is None)
    queue._opened.remove(lost.keys)
    await queue._opened.flush()
    await taken(queue, len(sent) - 1)
    assert queue.size == queue.items == 0
    await life.end()


async def test_a_joined_request_is_put_back_in_its_parts_and_they_outlive_the_process(tmp_path: Path) -> None:
    first = Life(tmp_path, sizer="items")
    queue = await first.begin()
    await queue.put(join([batch(0), batch(1), batch(2)]))
    queued = await queue.take()
    assert queued is not None and queue.size == 6
    await queue.replace(queued, list(parts(queued.batch)))
    assert queue.size == 6
    await first.end()
    second = Life(tmp_path, sizer="items")
    queue = await second.begin()
    assert [one.items for one in await taken(queue, 3)] == [1, 2, 3]
    await second.end()


async def test_beyond_its_size_it_refuses_and_more_than_its_size_never_fits(tmp_path: Path) -> None:
    life = Life(tmp_path, sizer="items", queue_size=3)
    queue = await life.begin()
    with pytest.raises(PermanentError):
        await queue.put(batch(3))
    await queue.put(batch(1))
    with pytest.raises(RetryableError):
        await queue.put(batch(1))
    await taken(queue, 1)
    await queue.put(batch(2))
    await life.end()


async def test_a_closed_queue_gives_what_it_has_and_then_says_so_to_every_consumer(tmp_path: Path) -> None:
    life = Life(tmp_path)
    queue = await life.begin()
    await queue.put(batch(0))
    await queue.close()
    with pytest.raises(RetryableError):
        await queue.put(batch(0))
    await taken(queue, 1)
    assert [await queue.take() for _ in range(3)] == [None] * 3
    await life.storage.shutdown(0)


async def test_a_full_disk_refuses_and_takes_no_room_in_the_queue(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", RESERVE_BYTES // MIB + 8) as disk:
        life = Life(disk)
        queue = await life.begin()
        await queue.put(batch(0))
        filler = fill(disk)
        with pytest.raises(RetryableError):
            await queue.put(batch(1, 100_000))
        assert queue.size == 1
        filler.unlink()
        await queue.put(batch(2))
        assert [one.items for one in await taken(queue, 2)] == [1, 3]
        await life.end()
