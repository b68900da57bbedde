"""What resource and scope headers say: is it a browser's, and whose page is it? Remembered by their bytes."""

from __future__ import annotations

import functools
import hashlib
from typing import Final

from google.protobuf.message import DecodeError
from mypy_extensions import mypyc_attr
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otelrum.actions.facts import is_browser, text
from otelrum.otlp.batch import ResourceGroup, ScopeGroup
from otelrum.otlp.edit import cut
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.values import attributes
from otelrum.processors.rum_action.config import AttributeNames

DOCUMENT_URL: Final = "browser.document.url.full"
"""The page's address: another route is another view where no view ids are sent (SPEC section 3)."""

ADDRESS: Final = frozenset({"client.address"})
"""What `geo.drop_address` removes (SPEC section 10)."""

_REMEMBERED: Final = 4096
"""Headers, one for each page that is open now: at most 8 MiB."""

MAX_REMEMBERED_BYTES: Final = 2048
"""A browser's resource has some hundred bytes; what is larger is read each time."""


@mypyc_attr(acyclic=True)
class ResourceFacts:
    """A resource as `rum_action` sees it."""

    __slots__ = (
        "address",
        "digest",
        "document_url",
        "header",
        "is_browser",
        "sees_mutations",
        "service",
        "session",
        "tab",
        "user_agent",
        "view",
    )

    def __init__(self, header: bytes, came: bytes, own: dict[str, object], names: AttributeNames) -> None:
        """`came` are its group's bytes without scopes, `header` the same as they go on, `own` its attributes."""
        self.header = header
        self.digest = hashlib.blake2b(came, digest_size=16).digest()
        """Records of equal resources may be copies of one (SPEC section 6)."""
        self.is_browser = is_browser(own)
        self.service = text(own, "service.name")
        self.session = text(own, *names.session)
        self.view = text(own, *names.view)
        self.tab = text(own, *names.tab)
        self.user_agent = text(own, "user_agent.original", "http.user_agent")
        self.document_url = text(own, DOCUMENT_URL)
        self.address = text(own, "client.address")
        self.sees_mutations = own.get("browser.mutation_observer") is True


class Resources:
    """Reads headers of resource and scope groups, each text of bytes once."""

    def __init__(self, names: AttributeNames, drop_address: bool) -> None:
        self._names = names
        self._drop_address = drop_address
        self._small_resource = functools.lru_cache(_REMEMBERED)(self._resource)
        self._small_scope = functools.lru_cache(_REMEMBERED)(_scope_name)

    def resource(self, header: bytes) -> ResourceFacts:
        """The facts of a resource group without its scopes. Raises MalformedOtlp."""
        return (self._small_resource if len(header) <= MAX_REMEMBERED_BYTES else self._resource)(header)

    def goes_on(self, header: bytes) -> bytes:
        """A resource group without its scopes as it goes on. Raises MalformedOtlp where it cannot be read."""
        return _without_address(header) if self._drop_address else header

    def scope_name(self, header: bytes) -> str:
        """The name in a scope group without its items. Raises MalformedOtlp."""
        return (self._small_scope if len(header) <= MAX_REMEMBERED_BYTES else _scope_name)(header)

    def _resource(self, header: bytes) -> ResourceFacts:
        try:
            resource = Resource.FromString(b"".join(ResourceGroup.FromString(header).resource))
        except DecodeError as error:
            raise MalformedOtlp(f"a resource that is not OTLP: {error}") from error
        return ResourceFacts(self.goes_on(header), header, attributes(resource.attributes), self._names)


def _without_address(header: bytes) -> bytes:
    try:
        group = ResourceGroup.FromString(header)
        if group.resource:
            group.resource[:] = [cut(b"".join(group.resource), Resource, ADDRESS)]
    except DecodeError as error:
        raise MalformedOtlp(f"a resource that is not OTLP: {error}") from error
    return group.SerializeToString()


def _scope_name(header: bytes) -> str:
    try:
        return InstrumentationScope.FromString(b"".join(ScopeGroup.FromString(header).scope)).name
    except DecodeError as error:
        raise MalformedOtlp(f"a scope that is not OTLP: {error}") from error
