"""Keeps rows in SQLite files: one for each component that asks, so that they never wait for each other."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from pathlib import Path

from otelrum.collector.component import Build, Host
from otelrum.collector.errors import ConfigError
from otelrum.extensions.file_storage.config import FileStorageConfig
from otelrum.extensions.file_storage.database import Database, is_damage
from otelrum.extensions.file_storage.rows import FileRows


class FileStorage:
    """The extension `file_storage`."""

    def __init__(self, config: FileStorageConfig, build: Build) -> None:
        self._config = config
        self._build = build
        self._directory = Path(config.directory)
        self._open: dict[str, FileRows] = {}
        self._corrupt = build.telemetry.counter("otelrum_storage_corrupt_files", storage=str(build.id))

    async def start(self, host: Host) -> None:
        if self._config.create_directory:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._directory.is_dir() or not os.access(self._directory, os.W_OK | os.X_OK):
            raise ConfigError(f"{self._build.id}: {self._directory} is no directory that can be written")

    async def shutdown(self, deadline_ns: int) -> None:
        for rows in self._open.values():
            await rows.close()
        self._open.clear()

    async def open(self, owner: str) -> FileRows:
        """The rows of this owner. Raises ConfigError when its file cannot be used."""
        if owner in self._open:
            raise ConfigError(f"{self._build.id}: {owner!r} is open already")
        path = self._directory / (re.sub(r"[^\w.-]", "_", owner) + ".db")
        database = await asyncio.to_thread(self._load, path)
        labels = {"storage": str(self._build.id), "owner": owner}
        damaged = self._build.telemetry.counter("otelrum_storage_damaged_rows", **labels)
        rows = FileRows(database, self._config.max_mib << 20, self._build.clock, self._build.log, damaged)
        self._open[owner] = rows
        self._build.telemetry.observe("otelrum_storage_bytes", lambda: rows.size_bytes, **labels)
        return rows

    def _load(self, path: Path) -> Database:
        try:
            return self._sound(path)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise ConfigError(f"{self._build.id}: {path} is in use by another process") from error
            if self._config.on_corrupt == "fail" or not is_damage(error):
                raise ConfigError(f"{self._build.id}: cannot use {path}: {error}") from error
            self._set_aside(path, error)
            return self._sound(path)

    def _sound(self, path: Path) -> Database:
        """Raises sqlite3.DatabaseError where it cannot be opened or read."""
        database = Database(path, self._config.fsync, self._build.clock)
        try:
            if not database.check():
                damaged = sqlite3.DatabaseError("the file is damaged")
                damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise damaged
            return database
        except BaseException:
            database.close()
            raise

    def _set_aside(self, path: Path, error: Exception) -> None:
        """A damaged file must not stop the collector for ever, and must not be lost for who can read it."""
        aside = path.with_name(f"{path.name}.corrupt.{self._build.clock.wall_ns()}")
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        self._build.log.error("%s cannot be read (%s): set aside as %s, starting empty", path, error, aside)
        self._corrupt.add(1)
