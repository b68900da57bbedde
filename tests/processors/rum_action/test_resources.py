"""Resource and scope headers are read once, and give what reading them each time would."""

from __future__ import annotations

import pytest
from hypothesis import given
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

from otelrum.otlp.batch import ResourceGroup
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import read_groups
from otelrum.otlp.values import attributes, key_value
from otelrum.processors.rum_action.config import AttributeNames
from otelrum.processors.rum_action.resources import ResourceFacts, Resources
from tests.otlp.messages import UNKNOWN, requests

NAMES = AttributeNames()
FACTS = ("header", "is_browser", "service", "session", "view", "tab", "user_agent", "address", "sees_mutations")


def header(own: dict[str, object], schema_url: str = "") -> bytes:
    group = ResourceSpans(schema_url=schema_url)
    group.resource.attributes.extend(key_value(key, value) for key, value in own.items())
    return group.SerializeToString()


def facts(own: dict[str, object], drop_address: bool = False) -> ResourceFacts:
    return Resources(NAMES, drop_address).resource(header(own))


def fields(found: ResourceFacts) -> tuple[object, ...]:
    return tuple(getattr(found, name) for name in FACTS)


@pytest.mark.parametrize(
    ("own", "is_browser"),
    [
        ({"telemetry.sdk.language": "webjs"}, True),
        ({"telemetry.sdk.language": "nodejs"}, False),
        ({"browser.platform": "Linux"}, True),
        ({"browsers": "x"}, False),
        ({}, False),
    ],
)
def test_a_resource_says_whether_it_is_a_browser_s(own: dict[str, object], is_browser: bool) -> None:
    assert facts(own).is_browser is is_browser


def test_a_resource_says_service_page_browser_and_address() -> None:
    found = facts(
        {
            "service.name": "shop",
            "session.id": "s",
            "view.id": "v",
            "browser.tab.id": "t",
            "http.user_agent": "Mozilla/5.0",
            "client.address": "1.1.1.1",
            "browser.mutation_observer": True,
        }
    )
    assert fields(found)[1:] == (True, "shop", "s", "v", "t", "Mozilla/5.0", "1.1.1.1", True)


@given(requests())
def test_what_is_remembered_is_what_reading_again_gives(data: bytes) -> None:
    remembering = Resources(NAMES, drop_address=False)
    for _ in range(2):
        for group in read_groups(data):
            own = group.header
            assert fields(remembering.resource(own)) == fields(Resources(NAMES, drop_address=False).resource(own))
            for scope in group.scopes:
                assert remembering.scope_name(scope.header) == ScopeSpans.FromString(scope.header).scope.name


def test_small_headers_are_read_once_and_large_ones_each_time() -> None:
    remembering = Resources(NAMES, drop_address=False)
    small, large = header({"service.name": "shop"}), header({"service.name": "x" * 5_000})
    assert remembering.resource(small) is remembering.resource(small)
    assert remembering.resource(large) is not remembering.resource(large)
    assert remembering.resource(large).service == "x" * 5_000


def test_a_resource_that_was_written_in_two_parts_is_one() -> None:
    parts = [key_value("service.name", "shop"), key_value("telemetry.sdk.language", "webjs")]
    group = ResourceGroup(resource=[Resource(attributes=[part]).SerializeToString() for part in parts])
    found = Resources(NAMES, drop_address=False).resource(group.SerializeToString())
    assert (found.service, found.is_browser) == ("shop", True)


def test_dropping_the_address_cuts_it_out_of_the_header_and_still_knows_it() -> None:
    data = header({"service.name": "shop", "client.address": "1.1.1.1"}, "http://schema") + UNKNOWN
    found = Resources(NAMES, drop_address=True).resource(data)
    assert found.address == "1.1.1.1"
    kept = ResourceSpans.FromString(found.header)
    assert attributes(kept.resource.attributes) == {"service.name": "shop"}
    assert kept.schema_url == "http://schema" and UNKNOWN in found.header
    assert Resources(NAMES, drop_address=False).resource(data).header == data


@pytest.mark.parametrize("resource", [b"\x0a", b"\x0a\x05\x0a\x03ab", b"\x0a\x04\x0a\x02\xff\xfe"])
def test_a_header_that_is_no_otlp_is_refused(resource: bytes) -> None:
    group = ResourceGroup(resource=[resource]).SerializeToString()
    with pytest.raises(MalformedOtlp):
        Resources(NAMES, drop_address=False).resource(group)
    with pytest.raises(MalformedOtlp):
        Resources(NAMES, drop_address=False).scope_name(b"\x0a\x03\x0a\x01\xff")
