"""Each action does what the OpenTelemetry Collector's does."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pytest
from pydantic import ValidationError

from otelrum.collector.attribute_actions import ActionConfig, apply, hashed
from otelrum.otlp.batch import Client

CLIENT = Client("192.0.2.1", {"x-team": "bread"}, {"subject": "me"})


def done(before: dict[str, Any], *actions: dict[str, Any]) -> dict[str, Any]:
    """What is left after these actions."""
    found = dict(before)
    apply([ActionConfig.model_validate(action) for action in actions], found, CLIENT)
    return found


@pytest.mark.parametrize(
    ("action", "without", "with_one"),
    [
        ("insert", {"a": 1}, {"a": 0}),
        ("update", {}, {"a": 1}),
        ("upsert", {"a": 1}, {"a": 1}),
        ("INSERT", {"a": 1}, {"a": 0}),
    ],
)
def test_insert_leaves_what_is_there_update_what_is_not(
    action: str, without: dict[str, Any], with_one: dict[str, Any]
) -> None:
    one = {"key": "a", "action": action, "value": 1}
    assert (done({}, one), done({"a": 0}, one)) == (without, with_one)


@pytest.mark.parametrize("value", ["text", True, 1, 1.5, ["a", "b"]])
def test_a_value_keeps_its_type(value: object) -> None:
    found = done({}, {"key": "a", "action": "insert", "value": value})
    assert found == {"a": value} and type(found["a"]) is type(value)


def test_a_value_may_come_from_another_attribute_or_from_who_sent_it() -> None:
    source = {"key": "a", "action": "upsert"}
    assert done({"b": 7}, source | {"from_attribute": "b"}) == {"a": 7, "b": 7}
    assert done({}, source | {"from_context": "metadata.X-Team"}) == {"a": "bread"}
    assert done({}, source | {"from_context": "auth.subject"}) == {"a": "me"}
    assert done({}, source | {"from_context": "client.address"}) == {"a": "192.0.2.1"}


def test_where_the_source_has_nothing_nothing_happens() -> None:
    for source in ({"from_attribute": "b"}, {"from_context": "metadata.x-none"}):
        assert done({"a": 1}, {"key": "a", "action": "upsert"} | source) == {"a": 1}


def test_what_is_deleted_or_hashed_is_named_by_key_or_pattern() -> None:
    before = {"user.id": "u", "user.name": "n", "page": "p"}
    assert done(before, {"key": "page", "action": "delete"}) == {"user.id": "u", "user.name": "n"}
    assert done(before, {"pattern": r"^user\.", "action": "delete"}) == {"page": "p"}
    assert done(before, {"key": "page", "pattern": r"\.id$", "action": "delete"}) == {"user.name": "n"}
    assert done({"a": "u"}, {"key": "a", "action": "hash"}) == {"a": hashlib.sha256(b"u").hexdigest()}


def test_a_hash_is_of_the_bytes_of_a_value() -> None:
    assert hashed(True) == hashlib.sha256(b"\1").hexdigest()
    assert hashed(-1) == hashlib.sha256(struct.pack("<q", -1)).hexdigest()
    assert hashed(0.5) == hashlib.sha256(struct.pack("<d", 0.5)).hexdigest()
    assert hashed("") == hashed(["a"]) == ""


def test_extract_makes_attributes_of_the_named_groups() -> None:
    pattern = r"^/shop/(?P<area>\w+)/(?P<item>\d+)"
    assert done({"path": "/shop/bread/7"}, {"key": "path", "action": "extract", "pattern": pattern}) == {
        "path": "/shop/bread/7",
        "area": "bread",
        "item": "7",
    }
    assert done({"path": 7}, {"key": "path", "action": "extract", "pattern": pattern}) == {"path": 7}


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [("7", "int", 7), (7.9, "int", 7), ("7.5", "double", 7.5), (True, "string", "true"), (7, "string", "7"),
     ("seven", "int", "seven"), (["7"], "int", ["7"])],
)  # fmt: skip
def test_what_cannot_be_converted_stays(before: object, kind: str, after: object) -> None:
    assert done({"a": before}, {"key": "a", "action": "convert", "converted_type": kind}) == {"a": after}


def test_actions_are_done_in_their_order() -> None:
    actions = [
        {"key": "a", "action": "insert", "value": "x"},
        {"key": "b", "action": "insert", "from_attribute": "a"},
        {"key": "a", "action": "delete"},
    ]
    assert done({}, *actions) == {"b": "x"}


@pytest.mark.parametrize(
    "action",
    [
        {"action": "delete"}, {"key": "a", "action": "insert"}, {"key": "a", "action": "rename"},
        {"key": "a", "action": "insert", "value": 1, "from_attribute": "b"},
        {"key": "a", "action": "extract", "pattern": "no groups"}, {"action": "delete", "pattern": "("},
        {"key": "a", "action": "convert"}, {"key": "a", "action": "upsert", "from_context": "somewhere"},
    ],
)  # fmt: skip
def test_an_action_that_means_nothing_is_a_mistake(action: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ActionConfig.model_validate(action)
