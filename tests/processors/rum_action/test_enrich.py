"""What an action's span gets beside its figures: browser, system and place (SPEC section 10)."""

from __future__ import annotations

from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.processors.rum_action.enrich import Enrichment
from otelrum.processors.rum_action.geo import Geo
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.user_agent import UserAgents
from tests.processors.rum_action.readings import Reading, record, span

CLICK: dict[str, object] = {"event_type": "click", "target_element": "BUTTON"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36"


def browser(own: dict[str, object], added: dict[str, object], **resource: object) -> object:
    """The browser that a click is said to be of."""
    event = Reading(**resource).item(span({**CLICK, **own}))[0]  # type: ignore[arg-type]
    return Enrichment(UserAgents(), None)(event, added).get("user_agent.name")


def test_the_browser_is_the_span_s_else_its_view_s_else_its_resource_s() -> None:
    view, resource = {"user_agent.original": FIREFOX}, {"user_agent.original": CHROME}
    assert browser({"user_agent.original": CHROME}, {**view}) == "Chrome"
    assert browser({"http.user_agent": CHROME}, {**view}) == "Chrome"
    assert browser({}, {**view}, **resource) == "Firefox"
    assert browser({}, {}, **resource) == "Chrome"
    assert browser({}, {}) is None


def test_what_an_action_has_already_is_not_changed() -> None:
    added: dict[str, object] = {"user_agent.original": FIREFOX, "user_agent.name": "Own"}
    event = Reading().item(span(CLICK))[0]
    assert Enrichment(UserAgents(), None)(event, added)["user_agent.name"] == "Own"


@pytest.fixture
def geo(tmp_path: Path) -> Geo:
    writer = MMDBWriter(4, "Test-City")
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"country": {"iso_code": "CA"}})
    writer.to_db_file(str(tmp_path / "test.mmdb"))
    geo = Geo(str(tmp_path / "test.mmdb"))
    geo.open()
    return geo


@pytest.mark.parametrize("item", [span(CLICK), span({"action.type": "custom"}), record("browser.user_action.click")])
def test_every_action_is_placed_by_its_client_s_address(geo: Geo, item: Span) -> None:
    event = Reading().item(item, hints=UserHints(address="198.51.100.7"))[0]
    assert Enrichment(UserAgents(), geo)(event, {}) == {"geo.country.iso_code": "CA"}
    nowhere = Reading().item(item)[0]
    assert Enrichment(UserAgents(), geo)(nowhere, {}) == {}
