"""Files that are sound, damaged, in use or of no use."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otelrum.collector.clock import SystemClock
from otelrum.collector.errors import ConfigError
from otelrum.collector.telemetry import Telemetry
from otelrum.extensions.file_storage.config import FileStorageConfig
from otelrum.extensions.file_storage.extension import FileStorage
from otelrum.testing import Extensions, build

pytestmark = pytest.mark.anyio
KIND = 1


def storage(folder: Path, telemetry: Telemetry | None = None, **settings: Any) -> FileStorage:
    config = FileStorageConfig.model_validate({"directory": str(folder), **settings})
    return FileStorage(config, build("file_storage", SystemClock(), telemetry))


async def kept(folder: Path, **settings: Any) -> list[bytes]:
    """What a new life finds."""
    own = storage(folder, **settings)
    rows = await own.open("owner")
    found = [row.data async for row in rows.read(KIND)]
    await own.shutdown(0)
    return found


async def write(folder: Path, *data: bytes) -> None:
    own = storage(folder)
    rows = await own.open("owner")
    for one in data:
        await rows.put(KIND, one)
    await own.shutdown(0)


async def test_a_directory_is_made_only_where_that_is_wished(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no directory that can be written"):
        await storage(tmp_path / "new").start(Extensions())
    await storage(tmp_path / "new", create_directory=True).start(Extensions())
    assert (tmp_path / "new").is_dir()


async def test_an_owner_opens_once(tmp_path: Path) -> None:
    own = storage(tmp_path)
    await own.open("owner")
    with pytest.raises(ConfigError, match="open already"):
        await own.open("owner")
    await own.shutdown(0)


@pytest.mark.parametrize("damage", [b"no database at all" * 1000, None])
async def test_a_damaged_file_is_set_aside_and_counted(tmp_path: Path, damage: bytes | None) -> None:
    await write(tmp_path, *(bytes(5000) for _ in range(50)))
    path = tmp_path / "owner.db"
    whole = path.read_bytes()
    path.write_bytes(damage or whole[:8192] + b"\xff" * 40000 + whole[48192:])
    telemetry = Telemetry()
    own = storage(tmp_path, telemetry)
    rows = await own.open("owner")
    assert [row async for row in rows.read(KIND)] == []
    await rows.put(KIND, b"new")
    await own.shutdown(0)
    assert len(list(tmp_path.glob("owner.db.corrupt.*"))) == 1
    assert telemetry.snapshot()["otelrum_storage_corrupt_files", (("storage", "file_storage"),)] == 1
    assert await kept(tmp_path) == [b"new"]


async def test_a_damaged_row_is_left_out_and_counted(tmp_path: Path) -> None:
    rows_data = [bytes([n]) * 5000 for n in range(9)]
    await write(tmp_path, *rows_data)
    path = tmp_path / "owner.db"
    path.write_bytes(path.read_bytes().replace(b"\4" * 2000, b"\4" * 1999 + b"\5", 1))
    telemetry = Telemetry()
    own = storage(tmp_path, telemetry)
    rows = await own.open("owner")
    found = [(row.id, row.data) async for row in rows.read(KIND)]
    assert [data for _, data in found] == rows_data[:4] + rows_data[5:]
    with pytest.raises(KeyError):
        await rows.data(found[4][0] - 1)
    await own.shutdown(0)
    series = "otelrum_storage_damaged_rows", (("owner", "owner"), ("storage", "file_storage"))
    assert telemetry.snapshot()[series] >= 1
    assert not list(tmp_path.glob("*.corrupt.*"))
    assert len(await kept(tmp_path)) == 8


async def test_a_file_of_a_version_without_sums_is_read_and_written_on(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "owner.db")
    old.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, data BLOB NOT NULL)")
    old.execute("INSERT INTO rows VALUES (1, 1, x'6F6C64')")
    old.commit()
    old.close()
    await write(tmp_path, b"new")
    assert await kept(tmp_path) == [b"old", b"new"]


async def test_a_damaged_file_can_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "owner.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(ConfigError, match="cannot use"):
        await storage(tmp_path, on_corrupt="fail").open("owner")
    assert not list(tmp_path.glob("*.corrupt.*"))


async def test_a_file_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "owner.db").mkdir()
    with pytest.raises(ConfigError, match="cannot use"):
        await storage(tmp_path).open("owner")
    assert (tmp_path / "owner.db").is_dir()


async def test_a_second_process_with_the_same_file_does_not_start(tmp_path: Path) -> None:
    own = storage(tmp_path)
    rows = await own.open("owner")
    await rows.put(KIND, b"mine")
    program = (
        "import asyncio, sys; from pathlib import Path; "
        "from tests.extensions.file_storage.test_extension import storage; "
        "asyncio.run(storage(Path(sys.argv[1])).open('owner'))"
    )
    other = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True)
    assert "in use by another process" in other.stderr
    await own.shutdown(0)
    assert await kept(tmp_path) == [b"mine"]
    assert not list(tmp_path.glob("*.corrupt.*"))
