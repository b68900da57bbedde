"""Whoever sends or takes a token in the clear reads so."""

from __future__ import annotations

import pytest

from otelrum.builtin import FACTORIES
from otelrum.collector.config.loading import load
from otelrum.collector.config.plain_tokens import plain_token_warnings
from otelrum.collector.config.read import read

CONFIG = """
receivers: {otlp: {protocols: {http: {endpoint: "localhost:4318"}}}}
exporters:
  otlp_http: {endpoint: "https://a.example"}
  otlp_grpc: {endpoint: "a.example:4317"}
extensions: {bearertokenauth: {token: x}}
service:
  extensions: [bearertokenauth]
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_http, otlp_grpc]}}
"""
AUTH = "{authenticator: bearertokenauth}"


def warnings(*settings: str) -> list[str]:
    return list(plain_token_warnings(read(load([f"yaml:{CONFIG}"], settings, {}), FACTORIES)))


@pytest.mark.parametrize(
    "settings",
    [
        [f"exporters.otlp_http.auth={AUTH}", "exporters.otlp_http.endpoint=http://a.example"],
        [
            "exporters.otlp_http.headers={Authorization: x}",
            "exporters.otlp_http.logs_endpoint=http://a.example/v1/logs",
        ],
        [f"exporters.otlp_grpc.auth={AUTH}", "exporters.otlp_grpc.tls.insecure=true"],
        [f"exporters.otlp_grpc.auth={AUTH}", "exporters.otlp_grpc.endpoint='http://a.example:1'"],
        [f"receivers.otlp.protocols.http.auth={AUTH}", "receivers.otlp.protocols.http.endpoint=0.0.0.0:4318"],
    ],
)
def test_a_token_in_the_clear_is_warned_of(settings: list[str]) -> None:
    (warning,) = warnings(*settings)
    assert warning.startswith(settings[0].partition("=")[0].rpartition(".")[0].replace(".", "::"))
    assert "without TLS" in warning


@pytest.mark.parametrize(
    "settings",
    [
        [],
        [f"exporters.otlp_http.auth={AUTH}", f"exporters.otlp_grpc.auth={AUTH}"],
        [f"exporters.otlp_http.auth={AUTH}", "exporters.otlp_http.endpoint='http://127.0.0.1:1'"],
        [f"exporters.otlp_grpc={{endpoint: 'https://a:1', tls: {{insecure: true}}, auth: {AUTH}}}"],
        ["exporters.otlp_http.headers={x-team: x}", "exporters.otlp_http.endpoint=http://a.example"],
        [f"receivers.otlp.protocols.http.auth={AUTH}"],
        ["receivers.otlp.protocols.http.endpoint=0.0.0.0:4318"],
    ],
)  # fmt: skip
def test_what_nobody_else_can_read_is_not(settings: list[str]) -> None:
    assert warnings(*settings) == []
