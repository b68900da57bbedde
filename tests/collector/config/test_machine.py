"""What validate finds on the machine: certificates, files and addresses, each with its line."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import trustme

from otelrum.builtin import FACTORIES
from otelrum.collector.config.loading import load
from otelrum.collector.config.machine import check_machine
from otelrum.collector.config.read import read
from otelrum.collector.errors import ConfigError

CONFIG = """\
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors: {rum_action: }
exporters: {otlp_http: {endpoint: "https://a.example"}, otlp_grpc/unused: {endpoint: "a:1", tls: {ca_file: /not/there}}}
extensions:
  bearertokenauth: {token: x}
  file_storage: {directory: /tmp}
service:
  extensions: [bearertokenauth, file_storage]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], processors: [rum_action], exporters: [otlp_http]}}
"""


def problems(*settings: str, config: str = CONFIG) -> list[str]:
    try:
        check_machine(read(load([f"yaml:{config}"], settings, {}), FACTORIES))
    except ConfigError as error:
        return list(error.problems)
    return []


def certificate(folder: Path) -> tuple[str, str]:
    """The files of a good certificate and its key."""
    issued = trustme.CA().issue_cert("localhost")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_a_configuration_that_could_start_has_no_problems(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    tls = f"receivers.otlp.protocols.http.tls={{cert_file: {cert}, key_file: {key}, client_ca_file: {cert}}}"
    assert problems(tls, f"exporters.otlp_http.tls.ca_file={cert}") == []


LISTENS = "receivers.otlp.protocols.http"
BAD = {
    f"{LISTENS}.endpoint='192.0.2.1:4318'": "'192.0.2.1' is no address of this machine",
    f"{LISTENS}.endpoint='no.such.host.invalid:4318'": "cannot resolve 'no.such.host.invalid'",
    f"{LISTENS}.tls={{cert_file: /not/there, key_file: /nor/this}}": "No such file or directory: '/not/there'",
    f"{LISTENS}.tls={{cert_file: FOLDER/broken, key_file: FOLDER/broken}}": "FOLDER/broken and FOLDER/broken: ",
    f"{LISTENS}.tls={{cert_file: FOLDER/cert.pem, key_file: FOLDER/other.pem}}": "FOLDER/cert.pem and FOLDER/other.pem",
    f"{LISTENS}.tls={{cert_file: FOLDER/cert.pem, key_file: FOLDER/key.pem, client_ca_file: FOLDER/broken}}": "broken",
    "exporters.otlp_http.tls.ca_file=FOLDER/broken": "FOLDER/broken: ",
    "exporters.otlp_http.tls={cert_file: /not/there, key_file: /not/there}": "No such file or directory",
    "processors.rum_action.geo.database=/not/there": "No such file or directory: '/not/there'",
    "extensions.bearertokenauth.filename=/not/there": "No such file or directory: '/not/there'",
    "extensions.file_storage.directory=/not/there": "/not/there is no folder: make it, or set create_directory: true",
    "service.telemetry.metrics={level: basic, address: '192.0.2.1:1'}": "'192.0.2.1' is no address of this machine",
    "service.telemetry.metrics={level: basic, readers: [{pull: {exporter: {prometheus: {host: 192.0.2.1}}}}]}": (
        "no address of this"
    ),
}


@pytest.mark.parametrize("setting", BAD)
def test_what_could_not_start_is_reported_with_its_place(setting: str, tmp_path: Path) -> None:
    certificate(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other.pem").write_bytes(Path(certificate(tmp_path / "other")[1]).read_bytes())
    (tmp_path / "broken").write_text("no certificate")
    (problem,) = problems(setting.replace("FOLDER", str(tmp_path)))
    path = setting.partition("=")[0].removesuffix(".ca_file")
    assert problem.startswith(f"--set {setting.partition('=')[0]}: {path.replace('.', '::')}")
    assert BAD[setting].replace("FOLDER", str(tmp_path)) in problem


def test_the_place_of_a_mistake_is_its_line() -> None:
    text = CONFIG.replace("directory: /tmp", "directory: /not/there")
    assert problems(config=text) == [
        "yaml:6: extensions::file_storage::directory: /not/there is no folder: make it, or set create_directory: true"
    ]


def test_a_folder_that_may_be_made_need_not_be_there() -> None:
    assert problems("extensions.file_storage={directory: /not/there, create_directory: true}") == []


def test_what_does_not_run_needs_nothing() -> None:
    assert problems("service.extensions=[]", "extensions.file_storage.directory=/not/there") == []
    assert problems("service.telemetry.metrics.address='192.0.2.1:1'") == []


def test_a_port_that_is_taken_is_no_mistake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert problems(f"{LISTENS}.endpoint=127.0.0.1:{taken.getsockname()[1]}") == []
