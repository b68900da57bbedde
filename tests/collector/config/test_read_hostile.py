"""Any text as a configuration: it is read or refused, and nothing else happens."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from otelrum.builtin import FACTORIES
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import read
from otelrum.collector.errors import ConfigError
from otelrum.collector.factories import ComponentKind

KEYS = ["service", "pipelines", "traces", "otlp", "otlp/x", "batch", "debug", "protocols", "grpc", "endpoint", "<<"]
WORDS = st.sampled_from([*map(str, ComponentKind), *KEYS])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS | st.just("${env:X}")
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner), max_leaves=20)


def read_or_refused(text: str, *settings: str) -> None:
    try:
        read(load([f"yaml:{text}"], settings, {"X": text}), FACTORIES)
    except ConfigError as error:
        assert error.problems


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refused(text)


@given(TREES)
def test_any_tree_of_known_words_is_read_or_refused(tree: object) -> None:
    read_or_refused(yaml.safe_dump(tree))


@given(st.text(), st.text())
def test_any_setting_is_read_or_refused(path: str, value: str) -> None:
    read_or_refused("receivers: {otlp: {protocols: {grpc: }}}", f"{path}={value}")
