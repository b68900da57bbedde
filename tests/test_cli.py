"""The command line, as processes where signals and exit statuses matter."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM, Signals

import pytest
import yaml
from click.testing import CliRunner, Result

from otelrum.cli import cli
from tests.conftest import span_request
from tests.processors.rum_action.pages_of_spans import PageItem
from tests.processors.rum_action.pages_of_spans import request as page_request
from tests.running import Collector, written

CONFIG = """\
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:0
exporters:
  debug:
  otlp_http:
    endpoint: http://127.0.0.1:1
    headers: {authorization: s3cret}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [debug]
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    return written(tmp_path, CONFIG)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def send(port: int, body: bytes | None = None) -> None:
    headers = {"content-type": "application/x-protobuf"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/traces", body or span_request(), headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_a_signal_ends_it_in_peace(config: str, number: Signals) -> None:
    with Collector("--config", config) as collector:
        send(collector.ready()["http"])
        collector.signal(number)
        assert collector.exit_status() == 0
        assert collector.log[-1] == "stopped"


def test_sighup_begins_anew_with_the_configuration_as_it_is_then_and_what_was_held_is_sent(tmp_path: Path) -> None:
    def configure(name: str) -> str:
        exporter = f"  file: {{path: {tmp_path / name}, append: true}}\n"
        text = CONFIG.replace("  debug:\n", exporter).replace("exporters: [debug]", "exporters: [file]")
        held = "      processors: [rum_action]\n      exporters: [file]"
        return written(tmp_path, text.replace("      exporters: [file]", held) + "processors: {rum_action: }\n")

    with Collector("--config", configure("one")) as collector:
        send(collector.ready()["http"], page_request([PageItem("click", 0)]))
        assert (tmp_path / "one").read_text() == ""
        configure("other")
        send(collector.ready_again(SIGHUP)["http"])
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0
    assert "action.id" in (tmp_path / "one").read_text()
    assert len((tmp_path / "other").read_text().splitlines()) == 1
    assert len(collector.log) == len(set(collector.log)), "each line once"


def test_sighup_with_a_mistake_in_the_configuration_changes_nothing(config: str) -> None:
    with Collector("--config", config) as collector:
        port = collector.ready()["http"]
        good = Path(config).read_text()
        Path(config).write_text(good.replace("http:", "htpt:", 1))
        collector.send_signal(SIGHUP)
        line = collector.wait_for("keeping the configuration that was read before: ")
        assert line.endswith("receivers::otlp::protocols::htpt: unknown key, did you mean 'http'?")
        send(port)
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0


def test_a_configuration_that_cannot_start_gives_way_to_the_one_before(config: str) -> None:
    """A port that somebody else has is found only when the old service has ended."""
    good = Path(config).read_text()
    with socket.create_server(("127.0.0.1", 0)) as taken, Collector("--config", config) as collector:
        collector.ready()
        Path(config).write_text(good.replace("127.0.0.1:0", f"127.0.0.1:{taken.getsockname()[1]}"))
        ports = collector.ready_again(SIGHUP)
        assert any("cannot listen on" in line for line in collector.log)
        went_back = "going on with the configuration that was read before: the newer one could not start: "
        assert any(line.startswith(went_back) and "cannot listen on" in line for line in collector.log)
        send(ports["http"])
        Path(config).write_text(good)
        send(collector.ready_again(SIGHUP)["http"])
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0


def test_a_log_that_cannot_be_written_gives_way_too(config: str) -> None:
    good = Path(config).read_text()
    with Collector("--config", config) as collector:
        collector.ready()
        logs = "telemetry: {logs: {output_paths: [/not/there/log]}, "
        Path(config).write_text(good.replace("telemetry: {", logs))
        send(collector.ready_again(SIGHUP)["http"])
        assert any("the newer one could not start: [Errno 2]" in line for line in collector.log)
        collector.signal(SIGTERM)
        assert collector.exit_status() == 0


def test_a_signal_while_it_begins_anew_ends_it(config: str, silent: str) -> None:
    """Else it would end when the system loses patience, with all that is held."""
    short = "--shutdown-timeout=500ms"
    with Collector("--config", config, "--set", silent, "--set", TO_SILENT, short) as collector:
        send(collector.ready()["http"])
        collector.balance()
        collector.send_signal(SIGHUP)
        collector.wait_for("stopping")
        collector.send_signal(SIGTERM)
        assert collector.exit_status() == 0


@pytest.fixture
def silent() -> Iterator[str]:
    """A backend that takes connections and never answers: settings that make it the only exporter."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"exporters.otlp_http.endpoint=http://127.0.0.1:{server.getsockname()[1]}"


TO_SILENT = "service.pipelines.traces.exporters=[otlp_http]"


def test_a_second_signal_ends_it_at_once(config: str, silent: str) -> None:
    with Collector("--config", config, "--set", silent, "--set", TO_SILENT) as collector:
        send(collector.ready()["http"])
        collector.signal(SIGTERM)
        collector.wait_for("stopping")
        collector.signal(SIGTERM)
        assert collector.exit_status() == -SIGTERM


@pytest.mark.parametrize("option", ["--shutdown-timeout=100ms", "--set=service.shutdown_timeout=100ms"])
def test_a_backend_that_is_silent_holds_it_no_longer_than_the_shutdown_timeout(
    config: str, silent: str, option: str
) -> None:
    with Collector("--config", config, "--set", silent, "--set", TO_SILENT, option) as collector:
        send(collector.ready()["http"])
        collector.signal(SIGTERM)
        collector.wait_for("stopping, at most 0.1 s")
        assert collector.exit_status() == 0


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_a_port_that_is_taken_ends_the_start_with_the_line_of_the_receiver(config: str, protocol: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        setting = f"receivers.otlp.protocols.{protocol}.endpoint={endpoint}"
        with Collector("--config", config, "--set", setting) as collector:
            assert collector.exit_status() == 1
    assert collector.log[-1].startswith(f"{config}:2: receivers::otlp: cannot listen on {endpoint}: [Errno 98]")


def test_every_line_of_the_log_is_ours_whatever_libraries_have_to_say(config: str) -> None:
    """gRPC writes on its own when a handshake fails, uvicorn when a request is none."""
    with socket.create_server(("127.0.0.1", 0)) as plain:
        endpoint = f"127.0.0.1:{plain.getsockname()[1]}"
        threading.Thread(target=answer_nonsense, args=[plain], daemon=True).start()
        exporter = f"exporters.otlp_grpc={{endpoint: '{endpoint}'}}"
        to_it = "service.pipelines.traces.exporters=[otlp_grpc]"
        with Collector("--config", config, "--set", exporter, "--set", to_it) as collector:
            port = collector.ready()["http"]
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                stranger.sendall(b"\x16\x03\x01\x02")
                assert b"400 Bad Request" in stranger.recv(1000)
            send(port)
            collector.wait_for("traces: the backend at ")
            collector.signal(SIGTERM)
            collector.signal(SIGTERM)
            collector.exit_status()
    assert collector.foreign == []


def answer_nonsense(plain: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = plain.accept()
            connection.sendall(b"no TLS at all\n")
            connection.close()


def test_a_port_of_the_metrics_that_is_taken_is_reported_as_theirs(config: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        metrics = f"service.telemetry.metrics={{level: basic, address: '{endpoint}'}}"
        with Collector("--config", config, "--set", metrics, showing_metrics=()) as collector:
            assert collector.exit_status() == 1
    beginning = f"service::telemetry::metrics: cannot listen on {endpoint}: [Errno 98]"
    assert collector.log[-1].startswith(beginning)


def test_prometheus_finds_the_metrics_where_the_configuration_says(config: str) -> None:
    metrics = "service.telemetry.metrics={level: basic, address: '127.0.0.1:0'}"
    with Collector("--config", config, "--set", metrics) as collector:
        send(collector.ready()["http"])
        port = collector.metrics_port
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            shown = answer.read().decode()
    assert 'otelcol_receiver_accepted_spans{receiver="otlp",transport="http"} 1.0' in shown.splitlines()
    assert 'otelcol_exporter_sent_spans{exporter="debug"} 1.0' in shown.splitlines()


def test_it_says_where_it_listens(config: str) -> None:
    """Bound to localhost in a container it would be heard by nobody, and that is what most people run into."""
    metrics = "service.telemetry.metrics={level: basic, address: '127.0.0.1:0'}"
    with Collector("--config", config, "--set", metrics) as collector:
        port = collector.ready()["http"]
    assert f"listening for OTLP/http on 127.0.0.1:{port}" in collector.log
    assert f"metrics on 127.0.0.1:{collector.metrics_port}" in collector.log


def test_mistakes_are_reported_a_line_each_and_nothing_starts(tmp_path: Path) -> None:
    path = written(tmp_path, CONFIG.replace("[debug]", "[debgu]").replace("http:\n", "htpt:\n", 1))
    with Collector("--config", path) as collector:
        assert collector.exit_status() == 1
        assert collector.log == [
            f"{path}:4: receivers::otlp::protocols::htpt: unknown key, did you mean 'http'?",
            f"{path}:16: service::pipelines::traces::exporters::0: exporter 'debgu' is not configured, "
            "did you mean 'debug'?",
        ]


def test_without_a_configuration_it_says_so() -> None:
    for command in ([], ["validate"], ["print-config"]):
        result = run(*command)
        assert (result.exit_code, result.stderr) == (1, "at least one --config must be given\n")


def test_a_good_configuration_is_called_valid(config: str) -> None:
    for arguments in (["validate", "--config", config], ["--config", config, "validate"]):
        result = run(*arguments)
        assert (result.exit_code, result.output) == (0, "The configuration is valid.\n")


def test_validate_says_what_is_wrong_on_stderr(config: str) -> None:
    result = run("validate", "--config", config, "--set", "exporters.debug.verbosity=loud")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("--set exporters.debug.verbosity: exporters::debug::verbosity: ")


def test_validate_opens_nothing(config: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        setting = f"receivers.otlp.protocols.http.endpoint=127.0.0.1:{taken.getsockname()[1]}"
        assert run("validate", "--config", config, "--set", setting).exit_code == 0


def test_print_config_merges_and_hides_secrets(config: str, tmp_path: Path) -> None:
    more = tmp_path / "more.yaml"
    more.write_text("exporters: {otlp_http: {headers: {tenant: t0p}}}")
    result = run("print-config", "--config", config, "--config", str(more), "--set", "exporters.debug.verbosity=normal")
    assert result.exit_code == 0
    assert "s3cret" not in result.stdout
    assert "t0p" not in result.stdout
    shown = yaml.safe_load(result.stdout)["exporters"]
    assert shown["debug"] == {"verbosity": "normal"}
    assert shown["otlp_http"]["headers"] == {"authorization": "[REDACTED]", "tenant": "[REDACTED]"}


def test_components_lists_what_a_configuration_can_name() -> None:
    shown = yaml.safe_load(run("components").stdout)
    exporters = {row["type"]: row for row in shown["exporters"]}
    assert exporters["otlp_grpc"]["aliases"] == ["otlp"]
    assert {row["type"] for row in shown["processors"]} >= {"batch", "memory_limiter", "rum_action"}


def test_what_has_no_effect_is_warned_of_by_validate_and_in_the_log(config: str) -> None:
    settings = ("--set", "exporters.otlp_http.cookies.enabled=true", "--feature-gates=-a.b,c", "--set", "x=${env:NONE}")
    result = run("validate", "--config", config, *settings[:3])
    assert result.exit_code == 0 and result.stdout == "The configuration is valid.\n"
    assert result.stderr.splitlines() == [
        "Warning: --feature-gates -a.b: there is no such gate here",
        "Warning: --feature-gates c: there is no such gate here",
        "Warning: --set exporters.otlp_http.cookies.enabled: exporters::otlp_http::cookies has no effect here: "
        "the library's choice",
    ]
    with Collector("--config", config, *settings[:3]) as collector:
        collector.ready()
        warned = [line for line in collector.log if "here" in line]
        assert [f"Warning: {line}" for line in warned] == result.stderr.splitlines()


def test_the_last_error_is_in_json_where_the_log_is(config: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        setting = f"receivers.otlp.protocols.http.endpoint=127.0.0.1:{taken.getsockname()[1]}"
        with Collector("--config", config, "--set", setting) as collector:
            assert collector.exit_status() == 1
    assert collector.foreign == []


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_what_happens_at_a_signal_is_said(config: str, number: Signals) -> None:
    with Collector("--config", config) as collector:
        collector.ready()
        collector.signal(number)
        assert collector.exit_status() == 0
    assert (
        f"{number.name}: what is held is decided and sent now; another signal ends the process at once" in collector.log
    )


def test_the_words_of_other_collectors_are_understood(config: str) -> None:
    assert run("-v").stdout == run("--version").stdout != ""
    assert "print-config" in run("help").stdout == run("--help").stdout.replace("cli", "otelrum")
    assert "--format" in run("help", "print-config").stdout
    assert run("help", "nothing").exit_code == 2
    assert run("print-initial-config", "--config", config).stdout == run("print-config", "--config", config).stdout
    one_key = run("print-config", "--config", config, "--config", "yaml:exporters::debug::verbosity: Detailed")
    assert yaml.safe_load(one_key.stdout)["exporters"]["debug"] == {"verbosity": "detailed"}
    for arguments in (["--feature-gates", "a,-b"], ["--feature-gates=+a"]):
        assert run("--config", config, *arguments, "validate").exit_code == 0
        assert run("validate", "--config", config, *arguments).exit_code == 0


def test_print_config_shows_secrets_only_where_asked(config: str) -> None:
    assert "s3cret" in run("print-config", "--config", config, "--mode", "unredacted").stdout
    assert json.loads(run("print-config", "--config", config, "--format=json").stdout)["exporters"]


def test_a_key_that_nobody_knows_on_the_command_line_is_refused() -> None:
    assert run("--confg", "x").exit_code == 2


def test_validate_warns_of_what_can_be_lost_although_it_is_on_disk(config: str) -> None:
    queue = "exporters.otlp_http.sending_queue.storage=file_storage"
    uses = "service.pipelines.traces.exporters=[otlp_http]"
    runs = ("--set", "extensions.file_storage.directory=/tmp", "--set", "service.extensions=[file_storage]")
    result = run("validate", "--config", config, "--set", queue, "--set", uses, *runs)
    assert result.exit_code == 0 and "Warning: exporters::otlp_http: what is on disk is dropped" in result.output
