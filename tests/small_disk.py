"""A disk of some MiB that a test can fill: a tmpfs of its own, where the tests may mount one."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BLOCK = bytes(64 << 10)


@contextmanager
def mounted(folder: Path, mib: int) -> Iterator[Path]:
    """An empty disk at `folder`. Raises OSError where nobody may mount one."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        raise OSError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """The same for a test, which is skipped where nobody may mount one: then there is no disk to fill."""
    try:
        disk = mounted(folder, mib)
        path = disk.__enter__()
    except OSError as error:
        pytest.skip(f"a disk that can be filled needs the right to mount one: {error}")
    try:
        yield path
    finally:
        disk.__exit__(None, None, None)


def fill(folder: Path) -> Path:
    """A file that leaves no byte free on its disk."""
    path = folder / "filler"
    file = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        size = len(BLOCK)
        while size:
            try:
                os.write(file, BLOCK[:size])
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
    finally:
        os.close(file)
    return path
