"""What a request says of its user: browser and, where geography asks for it, address (SPEC section 10)."""

from __future__ import annotations

import pytest

from otelrum.otlp.batch import Client
from otelrum.processors.rum_action.config import GeoConfig
from otelrum.processors.rum_action.hints import MAX_USER_AGENT, UserHintsReader


def address(source: str, peer: str, forwarded_for: str, database: str = "/there.mmdb", proxies: str = "10/8") -> str:
    trusted = {"10/8": ["10.0.0.0/8", "fd00::/8"], "": []}[proxies]
    config = GeoConfig.model_validate({"database": database, "from": source, "trusted_proxies": trusted})
    return UserHintsReader(config).of(Client(peer, {"x-forwarded-for": forwarded_for})).address


def test_the_request_says_nothing_when_only_attributes_are_asked() -> None:
    assert address("attribute", "203.0.113.9", "198.51.100.7") == ""


def test_without_a_database_nobody_asks_for_an_address() -> None:
    assert address("peer", "203.0.113.9", "", database="") == ""


def test_the_peer_is_the_client_whatever_it_says_of_others() -> None:
    assert address("peer", "10.0.0.1", "198.51.100.7") == "10.0.0.1"
    assert address("peer", "::ffff:203.0.113.9", "") == "203.0.113.9"
    assert address("peer", "", "") == ""


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),  # the first was made up
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, unknown", ""),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # no proxy of ours
        ("", "198.51.100.7", ""),
    ],
)
def test_behind_trusted_proxies_the_last_address_that_is_not_theirs_is_the_client(
    peer: str, forwarded_for: str, client: str
) -> None:
    assert address("x-forwarded-for", peer, forwarded_for) == client


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert address("x-forwarded-for", "10.0.0.1", "198.51.100.7", proxies="") == "10.0.0.1"


def test_a_user_agent_of_any_length_is_not_held_with_each_click() -> None:
    hints = UserHintsReader(GeoConfig())
    longest = "M" * MAX_USER_AGENT
    assert hints.of(Client(headers={"user-agent": longest})).user_agent == longest
    assert hints.of(Client(headers={"user-agent": longest + "M"})).user_agent == ""
