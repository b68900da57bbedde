"""What stands above items is read from their group's bytes, and each text of bytes once."""

from __future__ import annotations

import pytest
from hypothesis import given
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import read_groups
from otelrum.otlp.headers import Headers, resource_attributes, scope_name
from otelrum.otlp.values import attributes, key_value
from tests.otlp.messages import requests


@given(requests())
def test_resource_and_scope_are_those_of_the_full_message(data: bytes) -> None:
    for group, message in zip(read_groups(data), whole(data), strict=True):
        assert resource_attributes(group.header) == attributes(message.resource.attributes)
        names = [scope.scope.name for scope in message.scope_spans]
        assert [scope_name(scope.header) for scope in group.scopes] == names


def whole(data: bytes) -> list[ResourceSpans]:
    return list(ExportTraceServiceRequest.FromString(data).resource_spans)


def header(**own: object) -> bytes:
    group = ResourceSpans()
    group.resource.attributes.extend(key_value(key, value) for key, value in own.items())
    return group.SerializeToString()


def test_equal_bytes_are_read_once_and_large_ones_are_not_remembered() -> None:
    headers = Headers()
    assert headers.resource(header(a="b")) is headers.resource(header(a="b"))
    large = header(a="b" * 10_000)
    assert headers.resource(large) == headers.resource(large)
    assert headers.resource(large) is not headers.resource(large)


@pytest.mark.parametrize("broken", [b"\x0a\x05\x0a", b"\x0a\x02\x0a\x7f"])
def test_what_is_no_resource_or_scope_is_said_to_be_none(broken: bytes) -> None:
    with pytest.raises(MalformedOtlp, match="a resource that is not OTLP"):
        Headers().resource(broken)
    with pytest.raises(MalformedOtlp, match="a scope that is not OTLP"):
        Headers().scope(broken)
