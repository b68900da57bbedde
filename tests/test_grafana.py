"""The dashboards and alert rules of examples/grafana ask for metrics that there are, as Prometheus reads them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import yaml

from otelrum.collector.metric_names import METRICS

FOLDER = Path(__file__).resolve().parent.parent / "examples" / "grafana"


def generator() -> Any:
    spec = spec_from_file_location("generate", FOLDER / "generate.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def queries() -> Iterator[str]:
    for path in FOLDER.glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            yield from (target["expr"] for target in panel["targets"])
    for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_the_files_are_what_the_metrics_of_now_make_of_them() -> None:
    for name, text in generator().FILES.items():
        assert (FOLDER / name).read_text() == text(), f"run examples/grafana/generate.py: {name}"


def test_every_metric_that_is_asked_for_is_there() -> None:
    module = generator()
    shown = {module.prometheus_name(name) for name in module.DESCRIPTIONS} | {metric.name for metric in METRICS}
    asked = {name for query in queries() for name in re.findall(r"\b(?:rum|otelcol|otelrum)_[a-z_]+", query)}
    known = shown | {f"{module.prometheus_name(module.LOADING_TIME)}_bucket"}
    # Of a pattern the beginning is there.
    assert all(name in known or any(one.startswith(name) for one in shown) for name in asked)
    assert {module.prometheus_name(name) for name in module.DESCRIPTIONS} <= {
        name.removesuffix("_bucket") for name in asked
    }


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed: apt-get install prometheus")
def test_prometheus_reads_every_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"query:{number}", "expr": re.sub(r"\$__\w+", "5m", query)} for number, query in enumerate(queries())
    ]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    files = [str(FOLDER / "alerts.yaml"), str(tmp_path / "queries.yaml")]
    checked = subprocess.run(["promtool", "check", "rules", *files], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"SUCCESS: {len(rules)} rules found" in checked.stdout
