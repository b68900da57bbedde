"""Addresses in a configuration: what is one, and how to write what is none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from otelrum.collector.addresses import check_listener, check_origin, host_and_port


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("localhost:4317", "localhost", 4317),
        (":4317", "", 4317),
        ("[::1]:0", "::1", 0),
        ("[::]:65535", "::", 65535),
        ("10.0.0.1:80", "10.0.0.1", 80),
        ("a_b.example:1", "a_b.example", 1),
    ],
)
def test_a_host_and_a_port_are_an_address(address: str, host: str, port: int) -> None:
    assert host_and_port(address) == (host, port)
    assert check_listener(address) == address


NOWHERE = {
    "localhost": "has no port: write host:port, such as localhost:4317",
    "10.0.0.1:": "has no port",
    "localhost:http": "has no port",
    "localhost:٤٣": "has no port",
    "localhost:-1": "has no port",
    "::1:4317": r"may be read in two ways: write \[::1\]:port",
    "::1": "may be read in two ways",
    "[::g]:1": "Only hex digits permitted",
    "localhost:99999": "ports end at 65535",
    "local host:1": "is no name of a host",
    " localhost:1": "is no name of a host",
    "localhost:4317/v1/traces": "has more than a host and a port",
    "user@localhost:1": "is no name of a host",
    "": "has no port",
}


@pytest.mark.parametrize("address", NOWHERE)
def test_what_is_no_address_is_reported_with_a_remedy(address: str) -> None:
    with pytest.raises(ValueError, match=NOWHERE[address]):
        check_listener(address)


def test_a_listener_has_no_scheme() -> None:
    with pytest.raises(ValueError, match="has more than a host and a port: write host:port"):
        check_listener("http://localhost:4318")


@pytest.mark.parametrize(
    "origin", ["https://shop.example", "http://localhost:3000", "https://*.shop.example", "*", "null", "app://shop"]
)
def test_an_origin_is_a_scheme_and_a_host(origin: str) -> None:
    assert check_origin(origin) == origin


@pytest.mark.parametrize(
    ("origin", "instead"),
    [
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example/cart", "https://shop.example"),
        ("https://*.shop.example/*", "https://*.shop.example"),
        ("shop.example", "https://shop.example"),
        ("localhost:3000", "https://localhost:3000"),
        ("", "https://shop.example"),
    ],
)
def test_an_origin_that_no_browser_sends_is_reported_with_the_one_that_it_does(origin: str, instead: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_origin(origin)
    assert str(caught.value).endswith(f"write {instead}")


@pytest.mark.parametrize("check", [check_listener, check_origin])
def test_nothing_but_a_mistake_is_reported(check: Callable[[str], str]) -> None:
    for text in ("[", "]", "[]:1", "http://[", "//:", "://", "\0", "a:\n1", "https://[::1%eth0]:1", "[::1%eth0]:1"):
        with contextlib.suppress(ValueError):
            check(text)
