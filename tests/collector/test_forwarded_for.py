"""Who sent a request, where proxies stand between."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from otelrum.collector.forwarded_for import network_of, parse_address, sender_address
from otelrum.otlp.batch import Client
from otelrum.processors.rum_action.config import GeoConfig
from otelrum.processors.rum_action.hints import UserHintsReader
from otelrum.receivers.otlp.config import LimitsConfig
from otelrum.receivers.otlp.limits import Limits
from otelrum.testing import ManualClock

PROXIES = [ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("forwarded_for", "sender"),
    [
        ("", "10.0.0.1"),
        ("198.51.100.7", "198.51.100.7"),
        ("6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("198.51.100.7, , ", "198.51.100.7"),
    ],
)
def test_the_last_address_that_is_no_proxys_is_the_sender(forwarded_for: str, sender: str) -> None:
    assert sender_address("10.0.0.1", forwarded_for, PROXIES) == sender


@pytest.mark.parametrize("broken", ["unknown", "_hidden", "10.0.0", "[::z]", "x:80"])
def test_what_stands_left_of_a_broken_hop_is_not_believed(broken: str) -> None:
    """Whoever is behind "unknown" wrote it, and may be anybody."""
    assert sender_address("10.0.0.1", f"198.51.100.7, {broken}", PROXIES) == ""
    assert sender_address("10.0.0.1", f"{broken}, 198.51.100.7", PROXIES) == "198.51.100.7"


@pytest.mark.parametrize("forwarded_for", ["198.51.100.7", "198.51.100.7, 10.9.9.9", "6.6.6.6, 198.51.100.7"])
def test_limits_and_geography_hear_the_same_of_a_request(forwarded_for: str) -> None:
    limits = Limits(LimitsConfig(trusted_proxies=["10.0.0.0/8"]), ManualClock())
    settings = {"database": "x.mmdb", "from": "x-forwarded-for", "trusted_proxies": ["10.0.0.0/8"]}
    geo = UserHintsReader(GeoConfig.model_validate(settings))
    client = Client("10.0.0.1", {"x-forwarded-for": forwarded_for})
    assert limits.client_key(client) == geo.of(client).address == "198.51.100.7"


def test_a_sender_that_nobody_says_counts_against_the_limits_of_its_proxy() -> None:
    limits = Limits(LimitsConfig(trusted_proxies=["10.0.0.0/8"]), ManualClock())
    assert limits.client_key(Client("10.0.0.1", {"x-forwarded-for": "198.51.100.7, unknown"})) == "10.0.0.1"


def test_an_address_is_read_with_and_without_port_and_out_of_its_wrapping() -> None:
    read = ["198.51.100.7:4711", " 198.51.100.7 ", "::ffff:198.51.100.7", "[2001:db8::1]:443", "2001:db8::1", "shop"]
    seen = [str(parse_address(text)) for text in read]
    assert seen == ["198.51.100.7", "198.51.100.7", "198.51.100.7", "2001:db8::1", "2001:db8::1", "None"]


def test_the_addresses_of_one_subscriber_are_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2") == "2001:db8::/64"
    assert network_of("198.51.100.7") == "198.51.100.7"
