"""What other collectors know and this one does not: warned of where it is known there, else a mistake."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import pytest

from otelrum.builtin import FACTORIES
from otelrum.collector.config.loading import load
from otelrum.collector.config.nodes import Plain
from otelrum.collector.config.problems import keys_at
from otelrum.collector.config.service import ServiceConfig
from otelrum.collector.config.without_effect import LIST, without_effect
from otelrum.collector.factories import ComponentKind


def left(text: str) -> tuple[Any, list[str]]:
    """The tree without what has no effect, and the warnings."""
    warnings: list[str] = []
    tree = load([f"yaml:{text}"], [], {})
    return without_effect(tree, FACTORIES, warnings.append).plain(), warnings


def nested(path: str) -> Plain:
    """A configuration with this one path in it."""
    value: Plain = {"anything": [1]}
    for key in reversed(path.replace("*", "x").split("::")):
        value = [value] if key == "x" and path.startswith("service") else {key: value}
    return value


ALL = [path for row in LIST for path in row.paths]


@pytest.mark.parametrize("path", ALL)
def test_what_is_listed_is_taken_out_with_a_warning(path: str) -> None:
    text = str(nested(path))
    rest, warnings = left(text)
    assert len(warnings) == 1 and warnings[0].startswith("yaml:1: ") and " has no effect here: " in warnings[0]
    assert "anything" not in str(rest)


def known_keys(section: str) -> set[str]:
    """What can be set in all sections of this path, in which `*` stands for one level."""
    kind, *path = section.split("::")
    if kind == "service":
        return set(keys_at(ServiceConfig, tuple(path)))
    rows = [row for row in FACTORIES.rows[ComponentKind(kind)] if path and fnmatchcase(row.type, path[0])]
    ways = product(*(("grpc", "http") if key == "*" else (key,) for key in path[1:]))
    return {key for row, way in product(rows, list(ways)) for key in keys_at(row.config, way)}


@pytest.mark.parametrize("path", ALL)
def test_nothing_is_listed_that_has_an_effect(path: str) -> None:
    section, _, key = path.rpartition("::")
    assert not [known for known in known_keys(section) if fnmatchcase(known, key)]
    assert FACTORIES.find(ComponentKind.EXTENSIONS, key) is None


def test_the_keys_of_a_listed_section_are_found() -> None:
    """Else the rule above would hold of anything."""
    assert {"cert_file", "min_version"} <= known_keys("receivers::otlp::protocols::*::tls") & known_keys(
        "exporters::*::tls"
    )
    assert "host" in known_keys("service::telemetry::metrics::readers::*::pull::exporter::prometheus")


def test_an_alias_and_a_name_of_its_own_change_nothing() -> None:
    rest, warnings = left("{exporters: {otlp/backend: {endpoint: 'a:1', balancer_name: round_robin}}}")
    assert rest == {"exporters": {"otlp/backend": {"endpoint": "a:1"}}}
    assert warnings == [
        "yaml:1: exporters::otlp/backend::balancer_name has no effect here: round robin; `retry_on_failure` waits"
    ]


def test_a_key_is_taken_out_only_where_it_is_listed() -> None:
    text = "{exporters: {otlp_http: {headers: {middlewares: a, transport: b}}}, receivers: {otlp: {middlewares: c}}}"
    rest, warnings = left(text)
    assert rest["exporters"]["otlp_http"]["headers"] == {"middlewares": "a", "transport": "b"}
    assert rest["receivers"] == {"otlp": {"middlewares": "c"}} and warnings == []


def test_an_extension_without_effect_is_taken_out_of_the_service_too() -> None:
    text = "{extensions: {pprof: , zpages/a: , health_check: }, service: {extensions: [health_check, pprof, zpages/a]}}"
    rest, warnings = left(text)
    assert rest == {"extensions": {"health_check": None}, "service": {"extensions": ["health_check"]}}
    assert len(warnings) == 2
