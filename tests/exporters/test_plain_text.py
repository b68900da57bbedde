"""A token that anybody can read is warned of; one that stays on this machine, or travels in TLS, is not."""

from __future__ import annotations

import logging

import pytest
from pydantic import SecretStr

from otelrum.collector.sections import Auth, Secrets
from otelrum.exporters.plain_text import warn_of_plain_token

LOG = logging.getLogger("test")
TOKEN: Secrets = {"authorization": SecretStr("Bearer secret")}


@pytest.mark.parametrize(
    ("url", "headers", "auth", "warnings"),
    [
        ("http://backend:4318", TOKEN, None, 1),
        ("http://backend:4318", {}, Auth(authenticator="bearertokenauth"), 1),
        ("http://backend:4318", {"x-team": SecretStr("bread")}, None, 0),
        ("https://backend:4318", TOKEN, None, 0),
        ("http://localhost:4318", TOKEN, None, 0),
        ("http://127.0.0.1:4318", TOKEN, None, 0),
        ("http://[::1]:4318", TOKEN, None, 0),
    ],
)
def test_a_token_without_tls_is_warned_of(
    caplog: pytest.LogCaptureFixture, url: str, headers: Secrets, auth: Auth | None, warnings: int
) -> None:
    warn_of_plain_token(url, headers, auth, LOG)
    assert len(caplog.records) == warnings
    assert "secret" not in caplog.text
