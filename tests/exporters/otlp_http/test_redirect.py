"""Where a backend sends its data: what goes with it, and what is never followed (RFC 9110 section 15.4)."""

from __future__ import annotations

import httpx
import pytest

from otelrum.exporters.otlp_http import FACTORY
from otelrum.exporters.otlp_http.redirect import MAX_HOPS, redirected
from otelrum.exporters.transport import SenderRefused
from otelrum.testing import Extensions
from tests.exporters.backends import Reply, http_backend
from tests.exporters.driving import exporting, request, until
from tests.exporters.otlp_http.facing import facing
from tests.extensions.bearertokenauth.test_extension import extension

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("status", [307, 308])
async def test_a_request_is_sent_on_as_it_was(status: int) -> None:
    async with facing(Reply(status, headers={"location": "/moved/v1/traces?x=1"})) as (backend, running):
        await running.bring(request(2))
        await until(lambda: running.sent == 2)
    first, second = backend.got
    assert (second.path, second.body) == ("/moved/v1/traces", first.body)
    assert second.headers == first.headers


async def test_another_host_is_sent_the_data_without_what_is_secret() -> None:
    """A token must not go wherever an answer says."""
    host = Extensions({"bearertokenauth": extension(token="secret")})
    secret = {"headers": {"X-Api-Key": "key", "Cookie": "a=b"}, "auth": {"authenticator": "bearertokenauth"}}
    async with http_backend() as elsewhere, http_backend() as backend:
        target = elsewhere.endpoint.replace("127.0.0.1", "localhost")
        backend.answers.append(Reply(307, headers={"location": f"{target}/v1/traces"}))
        async with exporting(FACTORY, host, endpoint=backend.endpoint, **secret) as running:
            await running.bring(request(2))
            await until(lambda: running.sent == 2)
    (got,) = elsewhere.got
    assert got.body == backend.got[0].body
    assert {"x-api-key", "cookie", "authorization"} <= backend.got[0].headers.keys()
    assert not {"x-api-key", "cookie", "authorization"} & got.headers.keys()


@pytest.mark.parametrize("location", ["", "ftp://127.0.0.1/"])
async def test_a_redirect_that_leads_nowhere_is_final(location: str) -> None:
    async with facing(Reply(308, headers={"location": location})) as (backend, running):
        await running.bring(request())
        await until(lambda: running.failed("permanent") == 1)
    assert len(backend.got) == 1


async def test_a_redirect_from_tls_to_a_plain_address_is_not_followed() -> None:
    before = httpx.Request("POST", "https://127.0.0.1/v1/traces", content=b"")
    with pytest.raises(SenderRefused, match="from TLS"):
        redirected(before, "http://127.0.0.1/v1/traces", ())


async def test_a_circle_of_redirects_ends() -> None:
    async with facing(*[Reply(307, headers={"location": "/v1/traces"})] * (MAX_HOPS + 1)) as (backend, running):
        await running.bring(request())
        await until(lambda: running.failed("permanent") == 1)
    assert len(backend.got) == MAX_HOPS + 1
