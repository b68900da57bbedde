"""Nodes: what merges, what replaces, which place each thing has."""

from __future__ import annotations

from otelrum.collector.config.nodes import Location, Node, ScalarKind, merge, path_text

HERE, THERE = Location("here.yaml", 3), Location("there.yaml", 7)


def scalar(value: str | int | None, place: Location = HERE, text: str | None = None) -> Node:
    return Node(value, place, text)


def test_maps_merge_key_by_key_and_keep_the_place_of_each_key() -> None:
    below = Node({"a": Node({"x": scalar(1), "y": scalar(2)}, HERE)}, HERE)
    above = Node({"a": Node({"y": scalar(3, THERE)}, THERE)}, THERE)
    merged = merge(below, above)
    assert merged.plain() == {"a": {"x": 1, "y": 3}}
    assert merged.at(("a", "x")).place == HERE
    assert merged.at(("a", "y")).place == THERE


def test_a_list_replaces_a_list() -> None:
    below = Node({"a": Node([scalar(1), scalar(2)], HERE)}, HERE)
    above = Node({"a": Node([scalar(3)], THERE)}, THERE)
    assert merge(below, above).plain() == {"a": [3]}


def test_nothing_replaces_a_map() -> None:
    below = Node({"a": Node({"x": scalar(1)}, HERE)}, HERE)
    assert merge(below, Node({"a": scalar(None)}, THERE)).plain() == {"a": None}


def test_what_is_missing_has_the_place_of_the_nearest_node_above() -> None:
    tree = Node({"a": Node({"list": Node([scalar(1, THERE)], HERE)}, THERE)}, HERE)
    assert tree.at(("a", "list", 0)).place == THERE
    assert tree.at(("a", "list", 5)).place == HERE
    assert tree.at(("a", "missing", "deeper")) == Node(None, THERE)


def test_what_a_substitution_gave_is_a_text_unless_yaml_makes_more_of_it() -> None:
    number, text, nothing = scalar(83, text="0123"), scalar("k3y", text="k3y #1 of 2"), scalar(None, text="null")
    tree = Node({"number": number, "texts": Node([text, nothing], HERE), "empty": scalar(None, text="")}, HERE)
    assert tree.plain() == {"number": 83, "texts": ["k3y #1 of 2", "null"], "empty": None}


def test_a_scalar_is_read_as_its_model_asks() -> None:
    tree = Node({"a": scalar(83, text="0123"), "b": scalar("x", text='"x"'), "c": scalar("one, two")}, HERE)
    readings: dict[tuple[str | int, ...], ScalarKind] = {
        ("a",): ScalarKind.TEXT,
        ("b",): ScalarKind.VALUE,
        ("c",): ScalarKind.PARTS,
    }
    assert tree.plain(readings) == {"a": "0123", "b": "x", "c": ["one", "two"]}


def test_all_nodes_are_found_with_their_paths() -> None:
    tree = Node({"a": Node([scalar(1)], HERE)}, HERE)
    assert [path for path, _ in tree.below(("x",))] == [("x",), ("x", "a"), ("x", "a", 0)]


def test_a_place_without_lines_is_its_source() -> None:
    assert (str(HERE), str(Location("--set a"))) == ("here.yaml:3", "--set a")


def test_paths_are_written_as_the_opentelemetry_collector_writes_them() -> None:
    assert path_text(("service", "pipelines", "traces", "receivers", 0)) == "service::pipelines::traces::receivers::0"
