"""TLS of both listeners: who is trusted, and certificates that change while the collector runs."""

from __future__ import annotations

import re
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import httpx
import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from otelrum.otlp.batch import Signal
from otelrum.receivers.otlp.grpc import SERVICES
from otelrum.testing import ManualClock, RecordingConsumer, run_until_quiet
from tests.conftest import Certificates, Listen

pytestmark = pytest.mark.anyio

Spans = Callable[..., bytes]
Send = Callable[[int, bytes, dict[str, str]], Awaitable[None]]

TRACES = f"/{SERVICES[Signal.TRACES]}/Export"


class Refused(Exception):
    """No connection came about."""


async def over_grpc(port: int, data: bytes, trust: dict[str, str]) -> None:
    """One export; `trust` has `ca_file` and, for mTLS, `cert_file` and `key_file`."""
    files = [Path(trust[key]).read_bytes() if key in trust else None for key in ("ca_file", "key_file", "cert_file")]
    async with grpc.aio.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(*files)) as channel:
        try:
            export: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(TRACES)
            await export(data, timeout=20)
        except grpc.aio.AioRpcError as error:
            raise Refused(error.details()) from error


async def over_http(port: int, data: bytes, trust: dict[str, str]) -> None:
    context = ssl.create_default_context(cafile=trust["ca_file"])
    if "cert_file" in trust:
        context.load_cert_chain(trust["cert_file"], trust["key_file"])
    headers = {"content-type": "application/x-protobuf"}
    async with httpx.AsyncClient(verify=context, headers=headers, trust_env=False) as client:
        try:
            answer = await client.post(f"https://localhost:{port}/v1/traces", content=data)
        except httpx.TransportError as error:
            raise Refused(str(error)) from error
    assert answer.status_code == 200


both = pytest.mark.parametrize(("protocol", "send"), [("grpc", over_grpc), ("http", over_http)])


async def listening(listen: Listen, protocol: str, tls: dict[str, Any], clock: ManualClock | None = None) -> int:
    receiver = await listen(**{protocol: {"tls": tls}}, clock=clock)
    return receiver.ports[protocol]


@both
async def test_a_client_that_trusts_the_authority_is_served(
    listen: Listen, sink: RecordingConsumer, spans: Spans, certificates: Certificates, protocol: str, send: Send
) -> None:
    port = await listening(listen, protocol, certificates.issue("server"))
    await send(port, spans(), {"ca_file": certificates.ca_file})
    assert sink.items == 1


@both
async def test_who_speaks_without_tls_is_not_served(
    listen: Listen, sink: RecordingConsumer, spans: Spans, certificates: Certificates, protocol: str, send: Send
) -> None:
    port = await listening(listen, protocol, certificates.issue("server"))
    if protocol == "grpc":
        async with grpc.aio.insecure_channel(f"localhost:{port}") as channel:
            export: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(TRACES)
            with pytest.raises(grpc.aio.AioRpcError):
                await export(spans(), timeout=20)
    else:
        async with httpx.AsyncClient(trust_env=False) as client:
            with pytest.raises(httpx.TransportError):
                await client.post(f"http://localhost:{port}/v1/traces", content=spans())
    assert sink.items == 0


@both
async def test_with_client_ca_file_only_clients_with_its_certificate_are_served(
    listen: Listen, sink: RecordingConsumer, spans: Spans, certificates: Certificates, protocol: str, send: Send
) -> None:
    tls = {**certificates.issue("server"), "client_ca_file": certificates.ca_file}
    port = await listening(listen, protocol, tls)
    trust = {"ca_file": certificates.ca_file}
    with pytest.raises(Refused):
        await send(port, spans(), trust)
    await send(port, spans(), trust | certificates.issue("client"))
    assert sink.items == 1


@both
async def test_a_certificate_of_another_authority_does_not_pass_as_a_client(
    listen: Listen, spans: Spans, certificates: Certificates, tmp_path: Path, protocol: str, send: Send
) -> None:
    tls = {**certificates.issue("server"), "client_ca_file": certificates.ca_file}
    port = await listening(listen, protocol, tls)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(Refused):
        await send(port, spans(), {"ca_file": certificates.ca_file, **Certificates(elsewhere).issue("client")})


def replace(certificates: Certificates, tmp_path: Path) -> dict[str, str]:
    """The server's files as another authority signs them; whom to trust from then on."""
    other = trustme.CA()
    issued = other.issue_cert("localhost")
    issued.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    (tmp_path / "server.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    return {"ca_file": str(tmp_path / "other.pem")}


@both
async def test_a_renewed_certificate_is_shown_after_the_interval_without_a_restart(
    listen: Listen, spans: Spans, certificates: Certificates, tmp_path: Path, protocol: str, send: Send
) -> None:
    clock = ManualClock()
    tls = {**certificates.issue("server"), "reload_interval": "10s"}
    port = await listening(listen, protocol, tls, clock)
    before = {"ca_file": certificates.ca_file}
    after = replace(certificates, tmp_path)
    await send(port, spans(), before)
    await clock.advance(11)
    await run_until_quiet()
    await send(port, spans(), after)
    with pytest.raises(Refused):
        await send(port, spans(), before)


@both
async def test_a_broken_certificate_does_not_replace_a_good_one(
    listen: Listen, spans: Spans, certificates: Certificates, protocol: str, send: Send
) -> None:
    clock = ManualClock()
    files = certificates.issue("server")
    port = await listening(listen, protocol, {**files, "reload_interval": "10s"}, clock)
    Path(files["cert_file"]).write_text("half a certif")
    await clock.advance(11)
    await run_until_quiet()
    await send(port, spans(), {"ca_file": certificates.ca_file})


@both
async def test_a_renewed_client_authority_counts_with_client_ca_file_reload(
    listen: Listen, spans: Spans, certificates: Certificates, tmp_path: Path, protocol: str, send: Send
) -> None:
    clock = ManualClock()
    folder = tmp_path / "clients"
    folder.mkdir()
    old, new = Certificates(folder), Certificates(tmp_path / "clients")
    trust = {"ca_file": certificates.ca_file}
    tls = {**certificates.issue("server"), "client_ca_file": old.ca_file, "client_ca_file_reload": True}
    shown = new.issue("client")
    Path(old.ca_file).write_bytes(old.cert_pem)
    port = await listening(listen, protocol, tls, clock)
    with pytest.raises(Refused):
        await send(port, spans(), trust | shown)
    Path(old.ca_file).write_bytes(new.cert_pem)
    await clock.advance(2)
    await run_until_quiet()
    await send(port, spans(), trust | shown)


@both
async def test_files_that_are_missing_fail_at_start(
    listen: Listen, certificates: Certificates, protocol: str, send: Send
) -> None:
    tls = {**certificates.issue("server"), "key_file": "/nowhere.key"}
    with pytest.raises(OSError, match=r"/nowhere\.key"):
        await listening(listen, protocol, tls)


@both
async def test_a_key_of_another_certificate_fails_at_start(
    listen: Listen, certificates: Certificates, protocol: str, send: Send
) -> None:
    tls = {**certificates.issue("server"), "key_file": certificates.issue("other")["key_file"]}
    with pytest.raises(ssl.SSLError, match=re.escape(f"{tls['cert_file']} and {tls['key_file']}")):
        await listening(listen, protocol, tls)


@both
async def test_a_key_with_a_password_fails_at_start_and_nobody_is_asked_for_it(
    listen: Listen, certificates: Certificates, protocol: str, send: Send
) -> None:
    tls = certificates.issue("server")
    key = serialization.load_pem_private_key(Path(tls["key_file"]).read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"secret")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    Path(tls["key_file"]).write_bytes(key.private_bytes(*form, locked))
    with pytest.raises(ssl.SSLError, match="key"):
        await listening(listen, protocol, tls)


@both
@pytest.mark.parametrize("file", ["cert_file", "client_ca_file"])
async def test_a_file_that_is_no_certificate_fails_at_start_and_is_named(
    listen: Listen, certificates: Certificates, tmp_path: Path, protocol: str, send: Send, file: str
) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    with pytest.raises(ssl.SSLError, match=r"broken\.pem"):
        await listening(listen, protocol, {**certificates.issue("server"), file: str(broken)})


async def test_an_older_version_of_tls_than_the_setting_says_is_not_spoken(
    listen: Listen, certificates: Certificates
) -> None:
    for min_version, is_served in (("1.3", False), ("1.2", True)):
        port = await listening(listen, "http", {**certificates.issue("server"), "min_version": min_version})
        old = ssl.create_default_context(cafile=certificates.ca_file)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        async with httpx.AsyncClient(verify=old, trust_env=False) as client:
            asked = client.get(f"https://localhost:{port}/v1/traces")
            if is_served:
                assert (await asked).status_code == 405
            else:
                with pytest.raises(httpx.ConnectError):
                    await asked
