"""What the READMEs of the OpenTelemetry Collector's components show, in our own words, starts here.

Each example has every key of one README that the two programs share or that is taken without effect.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from otelrum.builtin import FACTORIES
from otelrum.collector.config.loading import load
from otelrum.collector.config.machine import check_machine
from otelrum.collector.config.read import read
from tests.started import started

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent / "pasted"
EXAMPLES = sorted(HERE.glob("*.yaml"))

# A pipeline for an example that shows one component; what it names is added where the example has it not.
LEAST = """
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {debug: }
service: {telemetry: {metrics: {level: none}}, pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}
"""


def used(example: Any) -> str:
    """A configuration in which everything runs that an example declares."""
    pipeline: dict[str, Any] = {"receivers": ["otlp"], "exporters": ["debug"]}
    for section in ("receivers", "processors", "exporters"):
        if example.get(section):
            pipeline[section] = list(example[section])
    service = example.get("service") or {}
    extensions = list(example.get("extensions") or {})
    return yaml.safe_dump({"service": {"extensions": extensions, "pipelines": {"traces": pipeline}} | service})


def filled(path: Path, folder: Path) -> str:
    """The example with a folder of certificates, and a free port for each address of this machine."""
    issued = trustme.CA().issue_cert("localhost")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    (folder / "token").write_text("t0ken\n")
    return path.read_text().replace("FOLDER", str(folder)).replace("HERE", "127.0.0.1:0")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
async def test_an_example_starts(path: Path, tmp_path: Path) -> None:
    text = filled(path, tmp_path)
    sources = [f"yaml:{part}" for part in (LEAST, used(yaml.safe_load(text)), text)]
    config = read(load(sources, [], {"API_KEY": "k3y #1"}), FACTORIES)
    check_machine(config)
    async with started(config) as (service, _):
        assert service.has_started


def test_each_component_has_an_example() -> None:
    """Those that the OpenTelemetry Collector knows too, under the names that it has for them."""
    shown: set[str] = set()
    for path in EXAMPLES:
        example = yaml.safe_load(path.read_text())
        shown |= {id.partition("/")[0] for section in example.values() for id in section or ()}
    own = {"rum_action", "rum_actions", "action_sampling", "live_view"}
    kafka = {"kafka"}  # needs a broker: tests/kafka
    names = {name for rows in FACTORIES.rows.values() for row in rows for name in (row.type, *row.aliases)}
    assert names - own - kafka <= shown
