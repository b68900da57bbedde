"""An address that can never be reached is a mistake in the configuration."""

from __future__ import annotations

import pytest

from otelrum.exporters.addresses import check_base_url, check_grpc_target, check_url


@pytest.mark.parametrize(
    "endpoint",
    [
        "backend:4317", "127.0.0.1:4317", "[::1]:4317", "http://backend:4317", "https://backend:4317/",
        "dns:///backend.example:4317", "unix:/run/otlp.sock",
    ],
)  # fmt: skip
def test_grpc_takes_host_and_port_with_or_without_a_scheme(endpoint: str) -> None:
    assert check_grpc_target(endpoint) == endpoint


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("backend.example", "no port"), ("https://backend.example", "no port"), ("dns:///backend", "no port"),
        ("backend:", "port"), ("backend:0", "port"), ("backend:99999", "port"), ("backend:grpc", "port"),
        ("backend:4317/v1/traces", "behind the port"), ("http://backend:4317?x=1", "behind the port"),
        ("::1:4317", "brackets"), ("", "no host"), (":4317", "no host"), ("back end:4317", "no host"),
    ],
)  # fmt: skip
def test_what_grpc_can_never_dial_is_refused(endpoint: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_grpc_target(endpoint)


@pytest.mark.parametrize("url", ["http://backend", "https://backend:4318", "http://[::1]:4318/otlp"])
def test_a_base_url_is_completed_by_the_path_of_a_signal(url: str) -> None:
    assert check_base_url(url) == check_base_url(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    [
        "backend:4318",
        "ftp://backend",
        "http://",
        "http://:4318",
        "http://backend:99999",
        "http://back end",
        "http://::1:4318",
    ],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    for check in (check_base_url, check_url):
        with pytest.raises(ValueError, match=r"no URL|no host|no port|brackets"):
            check(url)


def test_a_query_belongs_to_the_url_of_one_signal() -> None:
    assert check_url("https://backend/ingest?tenant=shop") == "https://backend/ingest?tenant=shop"
    with pytest.raises(ValueError, match="traces_endpoint"):
        check_base_url("https://backend/ingest?tenant=shop")
