from __future__ import annotations

import pytest

from otelrum.processors.rum_action.user_agent import UserAgents

CHROMIUM = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.4.1 Mobile/15E148 Safari/604.1"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


def test_browser_and_system_are_reported_with_their_versions() -> None:
    assert UserAgents().parse(SAFARI) == {
        "user_agent.name": "Mobile Safari",
        "user_agent.version": "17.4.1",
        "os.name": "iOS",
        "os.version": "17.4.1",
    }
    assert UserAgents().parse(FIREFOX) == {
        "user_agent.name": "Firefox",
        "user_agent.version": "130.0",
        "os.name": "Windows",
        "os.version": "10",
    }


def test_a_version_that_the_text_does_not_say_is_left_out() -> None:
    assert UserAgents().parse(CHROMIUM + " Safari/537.36") == {
        "user_agent.name": "HeadlessChrome",
        "user_agent.version": "156.0.0",
        "os.name": "Linux",
    }


@pytest.mark.parametrize("text", ["", "something else", "x" * 100_000, "\0\ufffd購"])
def test_an_unknown_text_says_nothing(text: str) -> None:
    assert UserAgents().parse(text) == {}


def test_what_follows_a_thousand_characters_is_not_read() -> None:
    agents = UserAgents()
    assert agents.parse(f"{FIREFOX}{' ' * 10_000}Edg/130.0") == agents.parse(FIREFOX)
    assert agents.parse(" " * 1024 + FIREFOX) == {}


def test_a_text_is_read_once_until_newer_ones_push_it_out() -> None:
    agents = UserAgents(remembered=1)
    first = agents.parse(FIREFOX)
    assert agents.parse(FIREFOX) is first
    agents.parse(SAFARI)
    assert agents.parse(FIREFOX) is not first
