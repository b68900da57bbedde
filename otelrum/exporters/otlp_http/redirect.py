"""Where a backend sends a request on to (RFC 9110 sections 15.4.8 and 15.4.9)."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from otelrum.exporters.transport import SenderRefused

# The request goes again as it was, body and all; 301 to 303 would make a GET of it.
FOLLOWED = frozenset({307, 308})

# As Go's client, and with it the OpenTelemetry Collector.
MAX_HOPS = 10


def redirected(request: httpx.Request, location: str, secrets: Iterable[str]) -> httpx.Request:
    """The same request to where it is sent on. Raises SenderRefused where that is no place for it.

    `secrets` are the headers that another host must not see.
    """
    try:
        url = request.url.join(location)
    except httpx.InvalidURL:
        raise SenderRefused(f"a redirect to {location!r:.200}, which is no URL") from None
    if not location or url.scheme not in ("http", "https"):
        raise SenderRefused(f"a redirect to {location!r:.200}, which is no URL")
    if (request.url.scheme, url.scheme) == ("https", "http"):
        raise SenderRefused(f"a redirect from TLS to the plain {url}")
    headers, extensions = request.headers.copy(), dict(request.extensions)
    del headers["host"]
    if url.host != request.url.host:
        extensions.pop("sni_hostname", None)
        for name in secrets:
            headers.pop(name, None)
    return httpx.Request("POST", url, headers=headers, content=request.content, extensions=extensions)
