"""How much memory there is, and how much of it this process uses, in bytes."""

from __future__ import annotations

from pathlib import Path

from otelrum.collector.process import resident_bytes


class ResidentMemory:
    """Reads what Linux shows. `root` is `/`, but for tests."""

    def __init__(self, root: Path) -> None:
        self._proc = root / "proc"
        self._cgroup = root / "sys/fs/cgroup"

    def rss(self) -> int:
        """What this process holds of the machine's memory."""
        return resident_bytes(self._proc / "self/statm")

    def cgroup(self) -> int:
        """What the container holds, without the files that the kernel may drop (cgroup v2).

        Kubernetes evicts by the same figure.
        """
        current = int((self._cgroup / "memory.current").read_text())
        lines = (line.split() for line in (self._cgroup / "memory.stat").read_text().splitlines())
        inactive = next((int(value) for key, value in lines if key == "inactive_file"), 0)
        return current - inactive

    def total(self) -> int:
        """What the container may use; without a limit, what the machine has."""
        machine = self._machine()
        try:
            most = (self._cgroup / "memory.max").read_text().strip()
        except OSError:
            return machine
        return min(machine, int(most)) if most.isdecimal() else machine

    def _machine(self) -> int:
        lines = (line.split() for line in (self._proc / "meminfo").read_text().splitlines())
        return next(int(words[1]) for words in lines if words[0] == "MemTotal:") * 1024
