"""Tokens in a header, on both sides; and a receiver that asks for them."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import httpx
import pytest

from otelrum.collector.auth import Unauthenticated
from otelrum.collector.errors import ConfigError
from otelrum.extensions.bearertokenauth.config import BearerTokenAuthConfig
from otelrum.extensions.bearertokenauth.extension import BearerTokenAuth
from otelrum.otlp.batch import Signal
from otelrum.receivers.otlp.grpc import SERVICES
from otelrum.testing import Extensions, ManualClock, RecordingConsumer, build
from tests.conftest import Listen

pytestmark = pytest.mark.anyio

Spans = Callable[..., bytes]

TRACES = f"/{SERVICES[Signal.TRACES]}/Export"
AUTH = {"auth": {"authenticator": "bearertokenauth"}}


def extension(clock: ManualClock | None = None, **settings: Any) -> BearerTokenAuth:
    config = BearerTokenAuthConfig.model_validate(settings)
    return BearerTokenAuth(config, build("bearertokenauth", clock or ManualClock()))


def knows(auth: BearerTokenAuth, **headers: str) -> bool:
    try:
        auth.authenticate({key.replace("_", "-"): value for key, value in headers.items()})
    except Unauthenticated:
        return False
    return True


def test_only_the_token_with_its_scheme_passes() -> None:
    auth = extension(token="secret")
    assert knows(auth, authorization="Bearer secret")
    wrong = ("secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secret2", "Bearersecret", "Basic secret", "")
    assert not any(knows(auth, authorization=text) for text in wrong)
    assert not knows(auth)
    assert not knows(auth, x_token="Bearer secret")


@pytest.mark.parametrize("shown", ["bearer secret", "BEARER secret", "Bearer   secret"])
def test_the_case_of_the_scheme_and_the_blanks_behind_it_mean_nothing(shown: str) -> None:
    """RFC 9110 section 11.1 and 11.4."""
    assert knows(extension(token="secret"), authorization=shown)


def test_who_may_not_send_hears_how_it_could() -> None:
    with pytest.raises(Unauthenticated) as refused:
        extension(token="secret").authenticate({})
    assert refused.value.challenge == 'Bearer realm="otelrum"'


def test_any_of_several_tokens_passes_so_that_they_can_be_exchanged_one_by_one() -> None:
    auth = extension(token="one", tokens=["two", "three"])
    assert all(knows(auth, authorization=f"Bearer {token}") for token in ("one", "two", "three"))
    assert auth.headers() == {"authorization": "Bearer one"}


def test_without_a_scheme_another_header_is_a_plain_api_key() -> None:
    auth = extension(token="key", scheme="", header="X-Api-Key")
    assert knows(auth, x_api_key="key")
    assert not knows(auth, x_api_key="Bearer key")
    assert auth.headers() == {"x-api-key": "key"}


def test_every_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long an answer takes must not say how much of a token was right, nor which one it was."""
    compared = []

    def compare(shown: bytes, token: bytes) -> bool:
        compared.append((shown, token))
        return shown == token

    monkeypatch.setattr(hmac, "compare_digest", compare)
    auth = extension(tokens=["one", "two"])
    assert knows(auth, authorization="Bearer one")
    assert compared == [(b"one", b"one"), (b"one", b"two")]


def test_any_bytes_in_the_header_are_just_a_wrong_token() -> None:
    assert not knows(extension(token="secret"), authorization="Bearer \xff\x00ÿ€")


async def test_a_file_holds_a_token_a_line_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    clock = ManualClock()
    file = tmp_path / "tokens"
    file.write_text("one\n\n  two  \n")
    auth = extension(clock, filename=str(file))
    await auth.start(Extensions())
    assert knows(auth, authorization="Bearer one") and knows(auth, authorization="Bearer two")
    file.write_text("another\n")
    await clock.advance(2)
    assert knows(auth, authorization="Bearer another")
    assert not knows(auth, authorization="Bearer one")
    assert auth.headers() == {"authorization": "Bearer another"}


async def test_a_file_that_is_gone_or_empty_keeps_the_tokens_that_were_read(tmp_path: Path) -> None:
    clock = ManualClock()
    file = tmp_path / "tokens"
    file.write_text("one\n")
    auth = extension(clock, filename=str(file))
    await auth.start(Extensions())
    for spoil in (lambda: file.write_text("\n"), file.unlink):
        spoil()
        await clock.advance(2)
        assert knows(auth, authorization="Bearer one")


async def test_an_empty_file_fails_at_start(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("\n")
    with pytest.raises(ValueError, match="no token"):
        await extension(filename=str(file)).start(Extensions())


async def test_http_without_the_token_is_401_with_cors_headers_and_the_preflight_needs_none(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    http = {**AUTH, "cors": {"allowed_origins": ["https://shop.example"], "allowed_headers": ["authorization"]}}
    host = Extensions({"bearertokenauth": extension(token="secret")})
    port = (await listen(http=http, host=host)).ports["http"]
    headers = {"content-type": "application/x-protobuf", "origin": "https://shop.example"}
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as client:
        preflight = await client.options("/v1/traces", headers=asked)
        refused = await client.post("/v1/traces", content=spans())
        taken = await client.post("/v1/traces", content=spans(), headers={"authorization": "Bearer secret"})
    assert preflight.headers["access-control-allow-headers"] == "authorization"
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://shop.example"
    assert "retry-after" not in refused.headers
    assert (taken.status_code, sink.items) == (200, 1)


async def test_grpc_without_the_token_is_unauthenticated(listen: Listen, sink: RecordingConsumer, spans: Spans) -> None:
    host = Extensions({"bearertokenauth": extension(token="secret")})
    port = (await listen(grpc=AUTH, host=host)).ports["grpc"]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        export: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(TRACES)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await export(spans())
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        await export(spans(), metadata=(("authorization", "Bearer secret"),))
    assert sink.items == 1


async def test_the_token_does_not_travel_on_with_the_data(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    host = Extensions({"bearertokenauth": extension(token="secret")})
    port = (await listen(http=AUTH, host=host)).ports["http"]
    headers = {"content-type": "application/x-protobuf", "authorization": "Bearer secret"}
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"http://127.0.0.1:{port}/v1/traces", content=spans(), headers=headers)
    assert "authorization" not in sink.batches[0].client.headers


async def test_an_authenticator_that_is_not_there_fails_at_start(listen: Listen) -> None:
    with pytest.raises(ConfigError, match="bearertokenauth"):
        await listen(http=AUTH)


@pytest.mark.parametrize(
    "config", [{"token": "a\n"}, {"token": "ß"}, {"tokens": ["a", " b"]}, {"token": "a", "scheme": "Be\r"}]
)
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        BearerTokenAuthConfig.model_validate(config)


def test_a_header_has_a_name_that_can_be_sent() -> None:
    with pytest.raises(ValueError, match="'X Key' is no name of a header"):
        BearerTokenAuthConfig.model_validate({"token": "a", "header": "X Key"})
