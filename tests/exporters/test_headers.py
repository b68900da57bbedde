"""A header that cannot be sent is a mistake in the configuration, and its value is never shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from otelrum.collector.sections import Secrets
from otelrum.exporters.headers import check_grpc_headers, check_http_headers

Check = Callable[[Secrets], Secrets]

each_protocol = pytest.mark.parametrize("check", [check_http_headers, check_grpc_headers])


def checked(check: Check, name: str, value: str) -> dict[str, str]:
    return {key: text.get_secret_value() for key, text in check({name: SecretStr(value)}).items()}


@each_protocol
def test_names_have_no_case_and_blanks_around_a_value_mean_nothing(check: Check) -> None:
    assert checked(check, "X-Team", "  bread, rolls\t") == {"x-team": "bread, rolls"}
    assert checked(check, "X-Team", "") == {"x-team": ""}


@each_protocol
@pytest.mark.parametrize("value", ["secret\n", "secret\r\nx: y", "sec\0ret", "sec\x7fret"])
def test_a_value_with_a_control_character_is_refused_and_not_shown(check: Check, value: str) -> None:
    with pytest.raises(ValueError, match="x-team") as refused:
        checked(check, "x-team", value)
    assert "sec" not in str(refused.value)


@each_protocol
@pytest.mark.parametrize("name", ["", "x team", "x:team", "größe", "x\n"])
def test_what_is_no_name_is_refused(check: Check, name: str) -> None:
    with pytest.raises(ValueError, match=r"no name|no key"):
        checked(check, name, "bakery")


def test_grpc_sends_ascii_alone_but_for_binary_keys() -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        checked(check_grpc_headers, "x-team", "Bäckerei")
    assert checked(check_grpc_headers, "x-team-bin", "Bäckerei") == {"x-team-bin": "Bäckerei"}
    assert checked(check_http_headers, "x-team", "Bäckerei") == {"x-team": "Bäckerei"}


def test_grpc_keeps_some_names_for_itself() -> None:
    with pytest.raises(ValueError, match="grpc-"):
        checked(check_grpc_headers, "Grpc-Timeout", "1S")
