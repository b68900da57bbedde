"""Who may see the page: the right Host (against DNS rebinding), and the token where there is one."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "otelrum_live_view"

HEADERS = {
    # Nothing from elsewhere, nothing inline: what a page wrote of itself can never run.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Stands before an application: refuses, or adds HEADERS to what it answers."""

    def __init__(self, application: ASGIApp, token: str, hosts: Collection[str]) -> None:
        """With an empty token every request with a known Host is let in."""
        self._application = application
        self._token = token.encode()
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *own]
            await send(message)

        answer = self._answer(scope)
        await (answer or self._application)(scope, receive, send_guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """What to say instead of the page; None for who may see it."""
        headers = Headers(scope=scope)
        if not self._knows(headers.get("host", "")):
            return PlainTextResponse("This page answers to no such host.\n", 403)
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("There is nothing to change here.\n", 405, {"allow": "GET, HEAD"})
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if not self._token or self._fits(_bearer(headers)) or self._fits(_cookie(headers)):
            return None
        if self._fits(query.pop("token", "")):
            return self._let_in(scope["path"], query)
        return PlainTextResponse("The log of otelrum says which ?token= opens this page.\n", 401)

    def _let_in(self, path: str, query: dict[str, str]) -> Response:
        """The token goes from the address into a cookie: an address is copied, shown and logged."""
        answer = RedirectResponse("/" + path.lstrip("/") + (f"?{urlencode(query)}" if query else ""), 303)
        answer.set_cookie(COOKIE, self._token.decode(), httponly=True, samesite="strict")
        return answer

    def _fits(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token)

    def _knows(self, host: str) -> bool:
        """An address is what it says; a name could be anybody's that leads here now."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        name = name.strip("[]").lower()
        try:
            ip_address(name)
        except ValueError:
            return name in self._hosts
        return True


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
