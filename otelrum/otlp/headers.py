"""What stands above items: a resource's attributes, a scope's name; read from a group's bytes without what is below."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otelrum.otlp.batch import ResourceGroup, ScopeGroup
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.values import attributes

_REMEMBERED: Final = 4096
"""Headers, one for each page that is open now: at most 8 MiB."""

_MAX_BYTES: Final = 2048
"""A browser's resource has some hundred bytes; what is larger is read each time."""


class Headers:
    """Reads headers, each text of bytes once."""

    def __init__(self) -> None:
        self._small_resource = lru_cache(_REMEMBERED)(resource_attributes)
        self._small_scope = lru_cache(_REMEMBERED)(scope_name)

    def resource(self, header: bytes) -> dict[str, object]:
        """The attributes of a resource, not to be changed. Raises MalformedOtlp."""
        return (self._small_resource if len(header) <= _MAX_BYTES else resource_attributes)(header)

    def scope(self, header: bytes) -> str:
        """The name of a scope. Raises MalformedOtlp."""
        return (self._small_scope if len(header) <= _MAX_BYTES else scope_name)(header)


def resource_attributes(header: bytes) -> dict[str, object]:
    """The attributes of a resource group's resource. Raises MalformedOtlp."""
    try:
        return attributes(Resource.FromString(b"".join(ResourceGroup.FromString(header).resource)).attributes)
    except DecodeError as error:
        raise MalformedOtlp(f"a resource that is not OTLP: {error}") from error


def scope_name(header: bytes) -> str:
    """The name of a scope group's scope. Raises MalformedOtlp."""
    try:
        return InstrumentationScope.FromString(b"".join(ScopeGroup.FromString(header).scope)).name
    except DecodeError as error:
        raise MalformedOtlp(f"a scope that is not OTLP: {error}") from error
