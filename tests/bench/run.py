"""Measures contenders side by side in one run, every figure the median of several.

    python -m tests.bench.run [--loads a,b,c] [--only full,collector] [--runs 5] [--spans 60000] [--burst-only]
                              [--json FILE]

CPU and throughput as fast as the answers come; CPU and acknowledgements at a steady pace, as users have it.
Turns alternate between the contenders, so that a busy moment of the machine hits all. `make bench` runs it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from dataclasses import asdict, fields, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.contenders import CONTENDERS, Contender
from tests.bench.measure import Load, Result, measure

LOADS = {
    "a": Load("(a) edge: HTTP, 5", "http", 5),
    "gzip": Load("(a) gzipped", "http", 5, "gzip"),
    "json": Load("(a) JSON", "http", 5, "json"),
    "logs": Load("(a) logs, 5 records", "http", 5, "logs"),
    "module": Load("(a) page module: HTTP, 14", "http", 14, shape="module"),
    "pages": Load("(a) page loads: HTTP, 62", "http", 62, shape="page load", rate=8000),
    "b": Load("(b) sidecar: HTTP, 20", "http", 20, rate=8000),
    "bg": Load("(b) sidecar: gRPC, 20", "grpc", 20, rate=8000),
    "c": Load("(c) gateway: gRPC, 100", "grpc", 100, rate=15_000),
    "c1000": Load("(c) gateway: gRPC, 1,000", "grpc", 1000, rate=15_000),
}
PACED_S = 10.0
BASES = ("collector", "groupbytrace", "full")
"""Whom the table holds the others against."""


def may(contender: Contender, load: Load) -> bool:
    """Whether this pair says something: not everybody reads everything, and each figure has one load that it is for."""
    if contender.name == "plain":
        return load.spans >= 20
    if contender.program in ("floor", "rotel"):
        return load.form == "protobuf" or contender.name == "rotel"
    return load.form != "logs" or contender.name in ("full", "collector")


def median(results: list[Result]) -> Result:
    """Each figure for itself."""
    figures = [one.name for one in fields(Result) if one.name not in ("contender", "load")]
    return replace(results[0], **{name: statistics.median(getattr(r, name) for r in results) for name in figures})


def under(load: Load, contenders: list[Contender], runs: int, spans: int, is_paced: bool) -> list[Result]:
    """What all contenders did under one load."""
    found: dict[str, list[Result]] = defaultdict(list)
    for _ in range(runs):
        for contender in contenders:
            result = measure(contender, load, spans)
            if is_paced:
                paced = measure(contender, load, int(load.rate * PACED_S), load.rate)
                result = replace(result, paced_us_a_span=paced.cpu_us_a_span, p50_ms=paced.p50_ms, p99_ms=paced.p99_ms)
            found[contender.name].append(result)
            print(asdict(result), file=sys.stderr)
    return [median(results) for results in found.values()]


def shown(results: list[Result]) -> Table:
    columns = ("x collector", "x groupbytrace", "x full")
    others = ("spans/s", "p50 ms", "p99 ms", "MiB", "bytes", "requests")
    table = Table("load", "contender", "burst us", *columns, "paced us", *columns, *others)
    for one in results:
        burst = beside(one, results, "cpu_us_a_span")
        paced = beside(one, results, "paced_us_a_span")
        figures = [one.spans_a_second, one.p50_ms, one.p99_ms, one.peak_mib]
        texts = [f"{figure:.1f}" if figure < 100 else f"{figure:,.0f}" for figure in figures]
        out = [f"{one.bytes_out / one.bytes_in:.2f}", f"{one.requests_ratio:.2f}"]
        table.add_row(one.load, one.contender, *burst, *paced, *texts, *out)
    return table


def beside(one: Result, results: list[Result], figure: str) -> list[str]:
    """A figure, and its ratios to that of each of `BASES` under the same load."""
    own = getattr(one, figure)
    bases = {r.contender: getattr(r, figure) for r in results if r.load == one.load}
    return [f"{own:.1f}", *(f"{own / bases[name]:.2f}" if bases.get(name) else "" for name in BASES)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", default=",".join(LOADS))
    parser.add_argument("--only", default="")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--spans", type=int, default=60_000)
    parser.add_argument("--burst-only", action="store_true", help="nothing at a steady pace: half the time")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    names = asked.only.split(",") if asked.only else [contender.name for contender in CONTENDERS]
    results = []
    for key in asked.loads.split(","):
        able = [one for one in CONTENDERS if one.name in names and may(one, LOADS[key])]
        results += under(LOADS[key], able, asked.runs, asked.spans, not asked.burst_only)
        Console(width=220, stderr=True).print(shown(results))
    Console(width=220).print(shown(results))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(result) for result in results], indent=1))


if __name__ == "__main__":
    main()
