"""Fuzzes every way into the program, each for its share of the time.

    python -m tests.fuzz.run [--minutes 60] [--only http,json] [--found DIRECTORY]

`make fuzz MINUTES=60` runs it. It needs atheris. What breaks a rule, hangs for 10 s or takes too much memory is
written to DIRECTORY and reported; exit status 1 then. Found inputs belong into tests/fuzz/corpus, where the test
suite replays them.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
NAMES = ("http", "http_wire", "grpc", "wire", "processor", "json", "configuration", "xpath", "template", "context",
         "answer", "row")  # fmt: skip
HANG_S = 10
MEMORY_MIB = 2048
MAX_BYTES = 4096
SMALL = frozenset({"xpath", "template", "context", "answer", "row"})
"""These are small functions: a quarter of the others' time shows as much."""


def shares(names: list[str], minutes: float) -> dict[str, int]:
    """Seconds for each."""
    weights = {name: 1 if name in SMALL else 4 for name in names}
    return {name: max(1, int(minutes * 60 * weight / sum(weights.values()))) for name, weight in weights.items()}


def fuzz_one(name: str, seconds: int, found: Path) -> bool:
    """Fuzz one way in, in a process of its own; whether nothing was found."""
    with tempfile.TemporaryDirectory() as grown:
        if (CORPUS / name).is_dir():
            shutil.copytree(CORPUS / name, grown, dirs_exist_ok=True)
        command = [sys.executable, "-m", "tests.fuzz.run", "--child", name, grown, f"-max_total_time={seconds}",
                   f"-timeout={HANG_S}", f"-rss_limit_mb={MEMORY_MIB}", f"-max_len={MAX_BYTES}",
                   f"-artifact_prefix={found}/{name}-", "-print_final_stats=1"]  # fmt: skip
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    tail = done.stdout.splitlines()
    executed = next((line.split()[-1] for line in tail if "number_of_executed_units" in line), "?")
    outcome = "\n".join(["FOUND", *tail[-40:]]) if done.returncode else "nothing found"
    print(f"{name}: {executed} inputs in {seconds} s, {outcome}", flush=True)
    return done.returncode == 0


def child(name: str, arguments: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["otelrum"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup(["fuzz", *arguments], TARGETS[name])
    atheris.Fuzz()


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--only", default=",".join(NAMES))
    parser.add_argument("--found", type=Path, default=Path("found"))
    asked = parser.parse_args()
    asked.found.mkdir(parents=True, exist_ok=True)
    results = [fuzz_one(name, s, asked.found) for name, s in shares(asked.only.split(","), asked.minutes).items()]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
