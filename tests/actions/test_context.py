from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.context import flatten_context

CART = {"amount": 42, "currency": "$", "items": ["socks", "t-shirt"], "vat": {"rate": 0.2, "paid": True}}
FLAT_CART = {
    "context.cart.amount": 42,
    "context.cart.currency": "$",
    "context.cart.items": ["socks", "t-shirt"],
    "context.cart.vat.rate": 0.2,
    "context.cart.vat.paid": True,
}


@pytest.mark.parametrize(
    "attributes",
    [
        {"action.context": {"cart": CART}},
        {"context": {"cart": CART}},
        {"action.context": json.dumps({"cart": CART})},
        {"action.context.cart": CART},
        {"context.cart": CART},
        {key.replace("context.", "action.context."): value for key, value in FLAT_CART.items()},
    ],
)
def test_every_way_to_send_a_context_gives_the_same_attributes(attributes: Mapping[str, object]) -> None:
    added, malformed = flatten_context(attributes)
    assert added == FLAT_CART
    assert not malformed


def test_attributes_that_are_flat_already_are_not_added_again() -> None:
    assert flatten_context({**FLAT_CART, "session.id": "s"}) == ({}, False)


def test_types_are_kept() -> None:
    added, _ = flatten_context({"action.context": '{"i":1,"d":1.0,"b":true,"s":"1","neg":-7}'})
    assert [(key, type(value)) for key, value in added.items()] == [
        ("context.i", int),
        ("context.d", float),
        ("context.b", bool),
        ("context.s", str),
        ("context.neg", int),
    ]
    assert flatten_context({"action.context": {"raw": b"\0"}})[0] == {"context.raw": b"\0"}


def test_flat_attributes_win_over_maps_and_a_map_over_another_below_it() -> None:
    attributes = {
        "context": {"a": 4, "b": 4, "c": 4, "d": 4},
        "action.context": {"a": 3, "b": 3, "c": 3},
        "action.context.b": 2,
        "context.a": 1,
    }
    assert flatten_context(attributes) == ({"context.b": 2, "context.c": 3, "context.d": 4}, False)


def test_flat_attributes_and_maps_win_over_json() -> None:
    attributes = {
        "action.context": '{"a": 4, "b": 4, "c": {"x": 4}, "d": 4}',
        "action.context.c": {"x": 3},
        "action.context.b": 2,
        "context.a": 1,
    }
    assert flatten_context(attributes) == ({"context.b": 2, "context.c.x": 3, "context.d": 4}, False)


def test_nulls_and_empty_maps_are_dropped_and_empty_lists_stay() -> None:
    text = '{"n": null, "m": {}, "l": [], "deep": {"n": null, "z": 0}}'
    assert flatten_context({"action.context": text}) == ({"context.l": [], "context.deep.z": 0}, False)
    assert flatten_context({"action.context.n": None}) == ({}, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1,2]",
        '"text"',
        "null",
        "42",
        '{"a":NaN}',
        '{"a":-Infinity}',
        '{"a":1,}',
        "{'a':1}",
        '{"a":"\\ud800"}',
        '{"\\udfff":1}',
        '{"a":' * 100_000,
        '{"a":' * 400 + "1" + "}" * 400,
        '{"a":' + "[" * 400 + "]" * 400 + "}",
        '{"a":' + '[{"b":' * 16 + "1" + "}]" * 16 + "}",
    ],
)
def test_json_that_otlp_cannot_carry_adds_nothing_and_is_reported(text: str) -> None:
    assert flatten_context({"action.context": text, "action.context.b": 1}) == ({"context.b": 1}, True)


@pytest.mark.parametrize("wrong", [42, True, ["a"], b"{}", None])
def test_a_context_of_another_type_counts_as_missing(wrong: object) -> None:
    assert flatten_context({"action.context": wrong, "context": "text"}) == ({}, False)


def test_a_hundred_levels_are_read() -> None:
    added, malformed = flatten_context({"action.context": '{"a":' * 100 + "1" + "}" * 100})
    assert added == {"context" + ".a" * 100: 1}
    assert not malformed


def test_ten_thousand_keys_are_read() -> None:
    added, malformed = flatten_context({"action.context": json.dumps({f"k{i}": i for i in range(10_000)})})
    assert len(added) == 10_000
    assert not malformed


def test_a_small_text_cannot_ask_for_a_large_answer() -> None:
    long_key = "k" * 10_000
    text = json.dumps({long_key: {str(i): 1 for i in range(10_000)}})
    assert flatten_context({"action.context": text}) == ({}, True)
    assert flatten_context({"action.context": json.loads(text)}) == ({}, True)


def test_numbers_beyond_64_bits_become_what_a_browser_would_read() -> None:
    text = '{"max": 9223372036854775807, "more": 9223372036854775808, "huge": 1' + "0" * 5000 + "}"
    added, malformed = flatten_context({"action.context": text})
    assert added == {"context.max": 2**63 - 1, "context.more": 2.0**63, "context.huge": float("inf")}
    assert isinstance(added["context.more"], float)
    assert not malformed


def test_characters_beyond_the_first_plane_are_read_from_their_escapes() -> None:
    assert flatten_context({"action.context": '{"a":"\\ud83d\\ude00"}'}) == ({"context.a": "😀"}, False)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
CONTEXT_KEYS = st.sampled_from(["context", "action.context", "context.a", "action.context.a", "context."])


@given(st.dictionaries(CONTEXT_KEYS, JSON_VALUES | JSON_VALUES.map(json.dumps)))
def test_any_attributes_give_flat_context_keys_that_were_not_there(attributes: dict[str, object]) -> None:
    added, _ = flatten_context(attributes)
    assert all(key.startswith("context.") for key in added)
    assert not added.keys() & attributes.keys()
    assert not any(value is None or isinstance(value, dict) for value in added.values())


@given(st.text())
def test_any_text_is_a_context_or_reported_as_broken(text: str) -> None:
    added, malformed = flatten_context({"action.context": text})
    assert not (added and malformed)
