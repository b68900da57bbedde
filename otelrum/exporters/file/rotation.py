"""A file of lines that is put aside when it is full."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path

from otelrum.collector.clock import Clock
from otelrum.exporters.file.config import FileConfig, RotationConfig

MEGABYTE = 1_000_000

# traces.jsonl is put aside as traces-2026-11-24T02-41-57.123456.jsonl: names sort by time.
STAMP = "%Y-%m-%dT%H-%M-%S.%f"


class LineFile:
    """Blocking; not for the loop's thread. All methods raise OSError."""

    def __init__(self, config: FileConfig, clock: Clock) -> None:
        self._path = Path(config.path)
        self._rotation = config.rotation
        self._clock = clock
        if config.create_directory:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._open()
        if not (config.append or config.rotation):
            self._file.truncate(0)

    def write(self, line: bytes) -> None:
        """Add a line; it is with the operating system when this returns. With an error nothing of it is there."""
        if self._rotation and self._file.tell() and self._is_full(len(line), self._rotation):
            self._put_aside(self._rotation)
        left, end = memoryview(line + b"\n"), self._file.tell()
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            with suppress(OSError):
                self._file.truncate(end)
            raise

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _open(self) -> FileIO:
        """Without a buffer: what did not fit must not wait there, and come after the next try."""
        return self._path.open("ab", buffering=0)

    def _is_full(self, more_bytes: int, rotation: RotationConfig) -> bool:
        return self._file.tell() + more_bytes + 1 > rotation.max_megabytes * MEGABYTE

    def _put_aside(self, rotation: RotationConfig) -> None:
        now = datetime.fromtimestamp(self._clock.wall_ns() / 1e9, UTC)
        self._file.close()
        self._path.rename(self._path.with_stem(f"{self._path.stem}-{now.strftime(STAMP)}"))
        self._file = self._open()
        for old in self._too_many(now, rotation):
            old.unlink(missing_ok=True)

    def _too_many(self, now: datetime, rotation: RotationConfig) -> list[Path]:
        aside = sorted(path for path in self._path.parent.iterdir() if self._stamped(path))
        too_many = aside[: -rotation.max_backups] if rotation.max_backups else []
        if rotation.max_days:
            oldest = now - timedelta(days=rotation.max_days)
            too_many += [path for path in aside if (stamp := self._stamped(path)) and stamp < oldest]
        return too_many

    def _stamped(self, path: Path) -> datetime | None:
        """When a file was put aside; None when it is none of ours."""
        stem, prefix = path.stem, f"{self._path.stem}-"
        if path.suffix != self._path.suffix or not stem.startswith(prefix):
            return None
        try:
            return datetime.strptime(stem.removeprefix(prefix), STAMP).replace(tzinfo=UTC)
        except ValueError:
            return None
