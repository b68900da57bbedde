"""A file that is full is put aside, and old ones go."""

from __future__ import annotations

from pathlib import Path

import pytest

from otelrum.testing import ManualClock
from tests.exporters.file.writing import request, writing

pytestmark = pytest.mark.anyio


DAY_S = 24 * 3600


HALF_MEGABYTE = "x" * 500_000


async def test_a_full_file_is_put_aside_and_the_names_sort_by_time(tmp_path: Path) -> None:
    clock, path = ManualClock(), tmp_path / "out.jsonl"
    async with writing(path, clock, rotation={"max_megabytes": 1}) as exporter:
        for n in range(5):
            await exporter.consume(request(1, a=f"{n}{HALF_MEGABYTE}"))
            await clock.advance(1)
    files = [*sorted(tmp_path.glob("out-*.jsonl")), path]
    lines = [line for file in files for line in file.read_text().splitlines()]
    assert [f'"{n}xxx' in line for n, line in enumerate(lines)] == [True] * 5
    assert len(files) > 2
    assert all(file.stat().st_size <= 1_000_000 for file in files)


async def test_a_request_larger_than_a_file_has_one_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    async with writing(path, rotation={"max_megabytes": 1}) as exporter:
        await exporter.consume(request())
        await exporter.consume(request(1, a=HALF_MEGABYTE * 3))
    (aside,) = tmp_path.glob("out-*.jsonl")
    assert len(aside.read_bytes().splitlines()) == len(path.read_bytes().splitlines()) == 1


@pytest.mark.parametrize("limit", [{"max_backups": 2}, {"max_days": 3, "max_backups": 0}])
async def test_old_files_go_and_other_files_stay(tmp_path: Path, limit: dict[str, int]) -> None:
    clock, path = ManualClock(), tmp_path / "out.jsonl"
    foreign = tmp_path / "out-of-this-world.jsonl"
    foreign.write_text("mine")
    async with writing(path, clock, rotation={"max_megabytes": 1, **limit}) as exporter:
        for _ in range(8):
            await exporter.consume(request(1, a=HALF_MEGABYTE * 2))
            await clock.advance(DAY_S)
    assert len(list(tmp_path.glob("out-2*.jsonl"))) == (2 if limit["max_backups"] else 4)
    assert foreign.read_text() == "mine"


async def test_a_restart_with_rotation_goes_on_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    for _ in range(2):
        async with writing(path, rotation={}) as exporter:
            await exporter.consume(request())
    assert len(path.read_bytes().splitlines()) == 2
