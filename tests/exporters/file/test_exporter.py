"""OTLP/JSON lines in a file, and files that are put aside."""

from __future__ import annotations

import asyncio
import json
import resource
from pathlib import Path

import pytest

from otelrum.collector.errors import PermanentError, RetryableError
from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.json import from_json
from tests.conftest import span_request
from tests.exporters.file.writing import request, writing

pytestmark = pytest.mark.anyio


async def test_each_request_is_a_line_of_otlp_json(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    async with writing(path) as exporter:
        for spans in (1, 2):
            await exporter.consume(request(spans))
        lines = path.read_bytes().splitlines()
    assert [from_json(Signal.TRACES, line) for line in lines] == [span_request(1), span_request(2)]
    assert len(json.loads(lines[0])["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"]) == 32


async def test_requests_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    async with writing(path) as exporter:
        await asyncio.gather(*(exporter.consume(request(n)) for n in range(1, 30)))
    assert sorted(len(from_json(Signal.TRACES, line)) for line in path.read_bytes().splitlines()) == sorted(
        len(span_request(n)) for n in range(1, 30)
    )


async def test_a_start_empties_the_file_unless_it_appends(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    for append, lines in ((False, 1), (True, 2), (True, 3), (False, 1)):
        async with writing(path, append=append) as exporter:
            await exporter.consume(request())
        assert len(path.read_bytes().splitlines()) == lines


async def test_a_folder_that_is_missing_fails_at_start_unless_it_may_be_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "out.jsonl"
    with pytest.raises(FileNotFoundError):
        async with writing(path):
            pass
    async with writing(path, create_directory=True) as exporter:
        await exporter.consume(request())
    assert path.exists()


async def test_a_disk_that_is_full_is_reported_as_retryable() -> None:
    async with writing(Path("/dev/full"), append=True) as exporter:
        with pytest.raises(RetryableError, match="No space left"):
            await exporter.consume(request())


async def test_what_did_not_fit_leaves_nothing_behind_and_is_there_once_after_the_next_try(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with writing(path) as exporter:
        await exporter.consume(request())
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
        try:
            with pytest.raises(RetryableError, match="too large"):
                await exporter.consume(request(2))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        await exporter.consume(request(2))
    requests = [from_json(Signal.TRACES, line) for line in path.read_bytes().splitlines()]
    assert requests == [span_request(1), span_request(2)]


async def test_after_the_end_nothing_is_taken(tmp_path: Path) -> None:
    async with writing(tmp_path / "out.jsonl") as exporter:
        pass
    with pytest.raises(RetryableError):
        await exporter.consume(request())


async def test_what_is_no_otlp_is_refused_for_good(tmp_path: Path) -> None:
    async with writing(tmp_path / "out.jsonl") as exporter:
        with pytest.raises(PermanentError):
            await exporter.consume(Batch(Signal.TRACES, b"\xff"))
