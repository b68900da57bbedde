"""A page of the collector's own."""

from __future__ import annotations

import httpx
import pytest

from otelrum.collector.errors import OtelrumError
from otelrum.collector.web_page import HttpAnswer, WebPage

pytestmark = pytest.mark.anyio


def page(endpoint: str = "127.0.0.1:0") -> WebPage:
    return WebPage(endpoint, "/here", lambda: HttpAnswer(b"hello", "text/plain", 203))


async def test_it_answers_at_its_path_and_nowhere_else() -> None:
    served = page()
    await served.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
            here, head, elsewhere = (
                await client.get("/here?x=1"),
                await client.head("/here"),
                await client.get("/"),
            )
    finally:
        await served.stop()
    assert (here.status_code, here.text, here.headers["content-type"]) == (203, "hello", "text/plain")
    assert (head.status_code, head.text) == (203, "")
    assert elsewhere.status_code == 404


async def test_a_path_that_ends_in_a_slash_stands_for_all_below_it() -> None:
    served = WebPage("127.0.0.1:0", "/health/", lambda: HttpAnswer(b"fine", "text/plain"))
    await served.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
            paths = ("/health/", "/health/live", "/health", "/", "/healthy")
            statuses = [(await client.get(path)).status_code for path in paths]
    finally:
        await served.stop()
    assert statuses == [200, 200, 404, 404, 404]


async def test_a_port_that_is_taken_is_no_secret() -> None:
    first = page()
    await first.start()
    try:
        with pytest.raises(OtelrumError, match=f"cannot listen on 127.0.0.1:{first.port}"):
            await page(f"127.0.0.1:{first.port}").start()
    finally:
        await first.stop()


async def test_a_stopped_page_is_gone_and_may_be_stopped_again() -> None:
    served = page()
    await served.stop()
    await served.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        await client.get("/here")
        await served.stop()
        await served.stop()
        with pytest.raises(httpx.TransportError):
            await client.get("/here")
