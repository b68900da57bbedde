"""What is safe when `put` returns, and what happens where there is no room."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from otelrum.collector.clock import SystemClock
from otelrum.collector.errors import RetryableError
from otelrum.extensions.file_storage.database import RESERVE_BYTES, Database, Work
from otelrum.extensions.file_storage.rows import COMMIT_BYTES, FileRows
from otelrum.testing import run_until_quiet
from tests.small_disk import fill, small_disk

pytestmark = pytest.mark.anyio
MIB = 1 << 20
KIND, OTHER = 1, 2


def opened(folder: Path, max_mib: int = 1024) -> FileRows:
    database = Database(folder / "rows.db", fsync=True, clock=SystemClock())
    return FileRows(database, max_mib * MIB, SystemClock(), logging.getLogger(__name__))


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[FileRows]:
    own = opened(tmp_path)
    yield own
    await own.close()


async def kept(folder: Path, *kinds: int) -> dict[int, bytes]:
    """What a new life finds."""
    own = opened(folder)
    found = {row.id: row.data async for row in own.read(*(kinds or (KIND, OTHER)))}
    await own.close()
    return found


def on_disk(folder: Path, copy: Path) -> Path:
    """What would be there if the power failed now."""
    copy.mkdir()
    for path in folder.glob("rows.db*"):
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


async def test_a_row_is_on_disk_when_put_returns(tmp_path: Path, rows: FileRows) -> None:
    id = await rows.put(KIND, b"one")
    assert await kept(on_disk(tmp_path, tmp_path / "copy")) == {id: b"one"}


async def test_a_note_is_safe_no_later_than_the_next_put(tmp_path: Path, rows: FileRows) -> None:
    note = rows.note(OTHER, b"note")
    put = await rows.put(KIND, b"put")
    assert await kept(on_disk(tmp_path, tmp_path / "copy")) == {note: b"note", put: b"put"}


async def test_a_flush_waits_for_the_notes_before_it(tmp_path: Path, rows: FileRows) -> None:
    for n in range(3):  # with nothing on its way to the disk, and with a commit that began before
        first = rows.note(OTHER, b"first")
        for _ in range(n):
            await asyncio.sleep(0)
        second = rows.note(OTHER, b"second")
        await rows.flush()
        assert {first, second} <= (await kept(on_disk(tmp_path, tmp_path / f"copy{n}"))).keys()
    await rows.flush()  # nothing new: nothing to wait for


class CountedCommits(Database):
    commits = 0

    def write(self, work: Work) -> None:
        self.commits += 1
        super().write(work)


@pytest.mark.parametrize("callers", [1, 8])
async def test_callers_who_come_together_share_their_commits(tmp_path: Path, callers: int) -> None:
    database = CountedCommits(tmp_path / "rows.db", fsync=False, clock=SystemClock())
    own = FileRows(database, 1 << 30, SystemClock(), logging.getLogger(__name__))

    async def call(number: int) -> None:
        for _ in range(25):
            await own.put(KIND, b"one")
            for _ in range(number * 5):  # each comes again at another time
                await run_until_quiet()

    await asyncio.gather(*map(call, range(callers)))
    assert database.commits <= 100
    await own.close()
    assert len(await kept(tmp_path)) == 25 * callers


async def test_rows_come_by_id_and_kind_in_a_new_life_too(tmp_path: Path) -> None:
    own = opened(tmp_path)
    ids = await asyncio.gather(*(own.put(KIND + n % 2, bytes([n])) for n in range(20)))
    own.mark([ids[0]], OTHER)
    own.remove([ids[1]])
    await own.close()
    assert await kept(tmp_path, KIND) == {ids[n]: bytes([n]) for n in range(2, 20, 2)}
    assert list(await kept(tmp_path)) == [ids[0], *ids[2:]]


async def test_more_than_is_read_at_once_is_read(tmp_path: Path, rows: FileRows) -> None:
    ids = await asyncio.gather(*(rows.put(KIND, bytes([n]) * MIB) for n in range(20)))
    assert [(row.id, row.data[:1]) async for row in rows.read(KIND)] == [(id, bytes([n])) for n, id in enumerate(ids)]
    assert await rows.data(ids[7]) == bytes([7]) * MIB


async def test_who_goes_away_leaves_no_row(tmp_path: Path, rows: FileRows) -> None:
    for steps in range(6):
        putting = asyncio.create_task(rows.put(KIND, bytes([steps])))
        for _ in range(steps):
            await asyncio.sleep(0)
        putting.cancel()
        await asyncio.gather(putting, return_exceptions=True)
    last = await rows.put(KIND, b"last")
    assert [row.id async for row in rows.read(KIND)] == [last]


async def test_beyond_its_limit_it_refuses_until_rows_are_gone(tmp_path: Path) -> None:
    own = opened(tmp_path, max_mib=2)
    ids: list[int] = []
    with pytest.raises(RetryableError, match="full"):
        while True:
            ids.append(await own.put(KIND, bytes(MIB // 4)))
    assert own.size_bytes <= 2 * MIB and len(ids) >= 6
    own.remove(ids)
    await finish_writes(own)
    await own.put(KIND, bytes(MIB))
    await own.close()
    assert (tmp_path / "rows.db").stat().st_size <= 2 * MIB + 8192


async def finish_writes(own: FileRows) -> None:
    """Until what nobody waits for is written, or has failed: then one more turn changes nothing."""
    while own._writing is not None:
        await own._writing
    await run_until_quiet()


async def test_rows_that_wait_for_a_commit_count_too(rows: FileRows, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    own = opened(tmp_path / "other", max_mib=8)
    outcomes = await asyncio.gather(*(own.put(KIND, bytes(MIB)) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, int) for one in outcomes) in (6, 7)
    assert all(isinstance(one, int | RetryableError) for one in outcomes)
    await own.close()


# ---------------------------------------------------------------- a disk that is really full

DISK_MIB = RESERVE_BYTES // MIB + 24


async def test_a_full_disk_refuses_and_forgetting_makes_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", DISK_MIB) as disk:
        own = opened(disk)
        safe: dict[int, bytes] = {}
        for life in range(3):
            with pytest.raises(RetryableError, match="no room on the disk"):
                while True:
                    data = random.Random(len(safe)).randbytes(300_000)
                    safe[await own.put(KIND, data)] = data
            gone = list(safe)[: len(safe) - life]
            own.remove(gone)
            await finish_writes(own)
            for id in gone:
                del safe[id]
        assert len(safe) == 2
        await own.close()
        assert await kept(disk) == safe


async def test_with_no_byte_left_nothing_acknowledged_is_lost_and_all_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", DISK_MIB) as disk:
        own = opened(disk)
        safe = {await own.put(KIND, bytes([n]) * 50_000): bytes([n]) * 50_000 for n in range(20)}
        filler = fill(disk)
        with pytest.raises(RetryableError):
            await own.put(KIND, bytes(COMMIT_BYTES))
        notes = [own.note(OTHER, bytes(2000)) for _ in range(5000)]  # more than the log has room for
        await finish_writes(own)
        with pytest.raises(RetryableError):
            await own.put(KIND, b"small")
        assert await kept(on_disk(disk, tmp_path / "copy"), KIND) == safe
        filler.unlink()
        safe[await own.put(KIND, b"room again")] = b"room again"
        await own.close()
        assert await kept(disk, KIND) == safe
        assert list(await kept(disk, OTHER)) == notes


async def test_a_file_with_rows_opens_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", DISK_MIB) as disk:
        own = opened(disk)
        safe = {await own.put(KIND, b"one"): b"one"}
        copy = on_disk(disk, disk / "after_the_crash")
        await own.close()
        fill(disk)
        assert await kept(copy, KIND) == safe


HARMS: list[Callable[[Path], object]] = [
    Path.unlink,
    lambda path: os.truncate(path, 0),
    lambda path: path.rename(path.with_name("moved")),
    lambda path: shutil.rmtree(path.parent),
]


@pytest.mark.parametrize("harm", HARMS)
async def test_without_its_file_it_acknowledges_nothing_and_what_nobody_waits_for_goes_on(
    tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    own = opened(folder)
    for n in range(300):  # the log is moved into the file now and then
        await own.put(KIND, bytes([n % 256]) * 30_000)
    harm(folder / "rows.db")
    with pytest.raises(RetryableError, match="a restart begins a new one"):
        while True:
            await own.put(KIND, bytes(20_000))
    own.note(OTHER, b"note")
    await own.flush()
    await own.close()


@pytest.mark.parametrize("size", [10, COMMIT_BYTES])
async def test_where_sqlite_finds_no_room_callers_hear_it_and_notes_wait(tmp_path: Path, size: int) -> None:
    database = Database(tmp_path / "rows.db", fsync=False, clock=SystemClock())
    own = FileRows(database, 1 << 30, SystemClock(), logging.getLogger(__name__))
    limit = database._connection.execute("PRAGMA max_page_count=64").fetchone()[0]
    note = own.note(OTHER, bytes(limit * 4096))
    asked = [*(own.put(KIND, bytes(size)) for _ in range(3)), own.flush()]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(one, RetryableError) for one in outcomes), outcomes
    database._connection.execute("PRAGMA max_page_count=1000000")
    id = await own.put(KIND, b"room again")
    await own.close()
    assert list(await kept(tmp_path)) == [note, id]
