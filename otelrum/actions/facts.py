"""Attributes as facts: what has the wrong type counts as missing, and the next name is asked (SPEC section 2)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

_URL: Final = re.compile(
    r"(?:[a-z][-+.a-z0-9]*:)?(?://[^/?#]*)?([^?#]*)(?:\?[^#]*)?(?:#(.*))?", re.IGNORECASE | re.DOTALL
)
"""Path and fragment of a URL (RFC 3986, appendix B)."""


_URLS: Final = ("url.full", "http.url")


def text(attributes: Mapping[str, object], *keys: str) -> str:
    """The first of these attributes that is a text and not empty; empty when there is none."""
    return first_text(attributes, keys)


def first_text(attributes: Mapping[str, object], keys: tuple[str, ...]) -> str:
    """The same for what is asked of each span: compiled, a call with a tuple costs a fifth of one with many words."""
    for key in keys:
        value = attributes.get(key)
        if value and isinstance(value, str):
            return value
    return ""


def whole(attributes: Mapping[str, object], *keys: str) -> int | None:
    """The first of these attributes that is an int; a bool is none."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def number(attributes: Mapping[str, object], key: str) -> float | None:
    """The int or double under this key (JavaScript's exporters write whole numbers as ints), where it is finite."""
    value = attributes.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def url_of(attributes: Mapping[str, object]) -> str:
    """A request's URL, empty when it is not reported."""
    return first_text(attributes, _URLS)


def path_of(url: str) -> str:
    """The path of an address, without query and hash."""
    found = _URL.fullmatch(url)
    return found[1] if found else ""


def route_of(url: str) -> str:
    """What makes an address another view: its path, and a hash that is a route (`#/` or `#!`) up to a `?` in it."""
    found = _URL.fullmatch(url)
    if found is None:
        return ""
    hash = found[2] or ""
    return found[1] + "#" + hash.partition("?")[0] if hash.startswith(("/", "!")) else found[1]


def is_browser(resource: Mapping[str, object]) -> bool:
    """Whether a resource with these attributes is a browser's (SPEC section 2)."""
    return resource.get("telemetry.sdk.language") == "webjs" or any(key.startswith("browser.") for key in resource)
