"""What stands in deploy/ is taken by the tools that it is for: `make test-deploy` has them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUSTOMIZATIONS = sorted(path.parent for path in DEPLOY.rglob("kustomization.yaml"))
KUBERNETES = "1.34"
MODES = ("gateway", "kafka")
RELEASED = {"otelrum.yaml", "gateway.yaml", "sidecar.yaml", "kafka-edge.yaml", "kafka-worker.yaml"}


def run(*command: str | Path, stdin: str = "") -> str:
    """What a tool prints; AssertionError with all of it where it is not content."""
    program = shutil.which(str(command[0]))
    assert program, f"{command[0]} is missing: `make test-deploy` installs it"
    done = subprocess.run([program, *map(str, command[1:])], capture_output=True, text=True, input=stdin)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def objects(text: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(text) if one]


def containers(manifests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for manifest in manifests:
        spec = manifest.get("spec", {}).get("template", {}).get("spec", {})
        yield from (one for one in spec.get("containers", []) if one["image"].startswith("otelrum:"))


def check(manifests: list[dict[str, Any]]) -> None:
    """The API takes them, the image has what they start, and that reads the environment which they give."""
    for manifest in manifests:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    for container in containers(manifests):
        name = Path(container["args"][1]).name
        if not container["args"][1].startswith("/etc/otelrum/"):
            continue
        assert name in RELEASED
        asked = set(re.findall(r"\$\{env:(\w+)", (ROOT / "config" / name).read_text()))
        provided = {one["name"] for one in container["env"]}
        assert provided <= asked, f"{name} does not read {provided - asked}"


@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda folder: folder.name)
def test_a_kustomization_builds_what_kubernetes_takes(folder: Path) -> None:
    check(objects(run("kustomize", "build", folder)))


@pytest.mark.parametrize("mode", MODES)
def test_the_chart_makes_what_kubernetes_takes(mode: str) -> None:
    chart = DEPLOY / "helm" / "otelrum"
    run("helm", "lint", "--strict", chart, "--set", f"mode={mode}")
    check(objects(run("helm", "template", "shop", chart, "--set", f"mode={mode}")))


def test_the_chart_takes_a_configuration_of_ones_own() -> None:
    text = run(
        "helm", "template", "shop", DEPLOY / "helm" / "otelrum", "--set-file", f"config={ROOT}/config/sidecar.yaml"
    )
    (config,) = (one for one in objects(text) if one["kind"] == "ConfigMap")
    assert yaml.safe_load(config["data"]["otelrum.yaml"]) == yaml.safe_load((ROOT / "config/sidecar.yaml").read_text())


def test_the_unit_is_one_that_systemd_takes_and_calls_safe(tmp_path: Path) -> None:
    unit = (DEPLOY / "systemd" / "otelrum.service").read_text()
    copy = tmp_path / "otelrum.service"
    copy.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", unit))
    run("systemd-analyze", "verify", copy)
    run("systemd-analyze", "security", "--offline=true", "--threshold=20", copy)


def test_nginx_takes_its_snippet(tmp_path: Path) -> None:
    run("nginx", "-t", "-c", DEPLOY / "balancers" / "nginx.conf", "-g", f"pid {tmp_path}/pid; error_log stderr;")


def test_envoy_takes_its_snippet_and_sends_a_session_one_way() -> None:
    """Envoy itself is in no registry: its API is, with all its rules (envoy_check)."""
    snippet = yaml.safe_load((DEPLOY / "balancers" / "envoy.yaml").read_text())
    run("envoy_check", stdin=json.dumps(snippet))
    (listener,) = snippet["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    (route,) = manager["route_config"]["virtual_hosts"][0]["routes"]
    assert route["route"]["hash_policy"][0] == {"header": {"header_name": "x-session-id"}, "terminal": True}


def test_compose_takes_its_file() -> None:
    run("docker-compose", "--file", DEPLOY / "compose" / "compose.yaml", "config", "--quiet")


def test_compose_starts_what_is_here() -> None:
    services = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())["services"]
    for service in services.values():
        for volume in service.get("volumes", []):
            assert (DEPLOY / "compose" / volume.split(":")[0]).exists(), volume
        assert ("image" in service) != ("build" in service)
        assert set(service.get("depends_on", [])) <= services.keys()
    asked = re.findall(r"\$\{env:(\w+)", (ROOT / "config" / "otelrum.yaml").read_text())
    assert services["otelrum"]["environment"].keys() <= set(asked)
