"""Headers that can be sent: one that cannot would fail each request in the same way."""

from __future__ import annotations

import re

from pydantic import SecretStr

from otelrum.collector.sections import Secrets

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")  # RFC 9110 section 5.5
# gRPC over HTTP2, "Custom-Metadata".
GRPC_KEY = re.compile(r"[0-9a-z_.-]+")
GRPC_VALUE = re.compile(r"[\x20-\x7e]*")


def check_http_headers(headers: Secrets) -> Secrets:
    """Names in lower case, values without the blanks around them. Raises ValueError, which shows no value."""
    found = {}
    for name, value in headers.items():
        if not TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header (RFC 9110)")
        found[name.lower()] = SecretStr(_checked(name, value, VALUE, "a line break or another control character"))
    return found


def check_grpc_headers(headers: Secrets) -> Secrets:
    """The same of gRPC's metadata, where a key that ends in `-bin` may hold any text."""
    found = {}
    for name, value in headers.items():
        key = name.lower()
        if not GRPC_KEY.fullmatch(key):
            raise ValueError(f"{name!r} is no key of gRPC metadata: letters, digits, `_`, `-` and `.`")
        if key.startswith("grpc-"):
            raise ValueError(f"{name!r}: gRPC keeps the names that begin with grpc- for itself")
        allowed = VALUE if key.endswith("-bin") else GRPC_VALUE
        found[key] = SecretStr(_checked(name, value, allowed, "a character that is no printable ASCII"))
    return found


def _checked(name: str, value: SecretStr, allowed: re.Pattern[str], what: str) -> str:
    text = value.get_secret_value().strip(" \t")
    if not allowed.fullmatch(text):
        raise ValueError(f"the value of {name!r} has {what}, which cannot be sent")
    return text
