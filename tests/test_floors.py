"""Inside a room as between rooms, imports point down: each file stands on a floor, and knows none above it."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest

from tests.test_architecture import FILES, PACKAGE, imports_of, place_of

Place = tuple[str, ...]

# The rooms, from the bottom. Those of one floor do not know each other.
ROOMS = (
    ("actions", "otlp", "compiled"),
    ("collector",),
    ("receivers", "processors", "connectors", "exporters", "extensions", "testing"),
    ("builtin", "commands"),
    ("cli",),
    ("__main__",),
)

# The floors of each room of more than a few files, from the bottom; a name is that of a file or of a folder.
FLOORS: dict[str, tuple[tuple[str, str], ...]] = {
    "actions": (
        ("values", "clock_step context counters event_class facts naming nearest_pairs selector settings"),
        ("facts of an event", "details gesture idle target view"),
        ("events", "activity attributes classify frustration labels lineage model overlaps repeats views"),
        ("sessions", "adoption clicks inherit memory one_click page records rules session timers"),
        ("windows", "bursts endings late lacks timeline watching window"),
        ("decisions", "candidates decide explain"),
        ("life of a session", "assembler"),
    ),
    "otlp": (
        ("bytes", "errors fields values"),
        ("items", "points records spans json_fields"),
        ("requests", "batch"),
        ("what is done with requests", "edit groups headers select requests json"),
    ),
    "collector": (
        ("values", "addresses clock errors forwarded_for metric_names partition recent feed"),
        ("contract", "component factories listening sections storage telemetry tls attribute_actions"),
        ("for components", "auth batcher fanout kafka kafka_client observed reservation rewriting web_page process"),
        ("configuration", "config"),
        ("telemetry", "logs metric_readers otlp_push prometheus"),
        ("running", "building graph service serving"),
    ),
    "collector/config": (
        ("model", "nodes service"),
        ("text", "problems substitution without_effect yaml_text"),
        ("reading", "read"),
        ("what it means", "durability loading machine plain_tokens printing"),
        ("sources", "sources"),
    ),
    "processors/rum_action": (
        ("settings", "config"),
        ("of a request", "geo hints resources user_agent"),
        ("an item", "payload"),
        ("the way in and out", "bridge enrich journal outbox reading release feeding metrics"),
        ("after a crash", "recovery"),
        ("partitions", "partitioned partitions"),
        ("component", "processor __init__"),
    ),
    "receivers/otlp": (
        ("settings", "config"),
        ("answers and limits", "answers caps cors grpc_tls limits refused_origins"),
        ("bodies", "inflate inflated json_body snappy intake"),
        ("protocols", "grpc http http_connection http_server"),
        ("component", "receiver __init__"),
    ),
    "receivers/kafka": (
        ("settings", "config"),
        ("records", "messages past"),
        ("a partition", "group log partition state"),
        ("component", "receiver __init__"),
    ),
    "exporters": (
        ("values", "addresses dividing headers outcomes response retry transport"),
        ("queues", "memory_queue room sending_queue stored_queue unqueued"),
        ("sending", "backend_log sending signal_sender"),
        ("components", "debug file kafka otlp_grpc otlp_http"),
    ),
    "connectors/rum_actions": (
        ("settings", "config"),
        ("actions", "encoding histogram reading series"),
        ("metrics", "points"),
        ("component", "connector __init__"),
    ),
    "extensions/live_view": (
        ("settings", "config"),
        ("those who look", "audience guard store"),
        ("page", "application"),
        ("component", "extension __init__"),
    ),
    "commands": (
        ("recordings", "recording replay text"),
        ("commands", "check explain tail"),
    ),
}

PLACES = {place_of(path): path for path in FILES}


def place_named(name: tuple[str, ...]) -> Place | None:
    """The file of this program that an imported name stands in."""
    for length in range(len(name), 1, -1):
        for place in (name[1:length], (*name[1:length], "__init__")):
            if name[0] == PACKAGE.name and place in PLACES:
                return place
    return None


def arrows() -> dict[Place, set[Place]]:
    """Of each file those that it imports."""
    found = {place: {place_named(name) for name in imports_of(path)} for place, path in PLACES.items()}
    return {place: {other for other in others if other not in (None, place)} for place, others in found.items()}


ARROWS = arrows()


def floors_of(room: str) -> dict[str, int]:
    return {name: floor for floor, (_, names) in enumerate(FLOORS[room]) for name in names.split()}


def test_no_arrow_runs_up_between_rooms() -> None:
    floor_of = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
    assert set(floor_of) == {place[0] for place in PLACES} - {"__init__"}, "each room has a floor"
    up = [(place, other) for place, others in ARROWS.items() for other in others if place[0] != other[0]]
    assert [arrow for arrow in up if floor_of[arrow[0][0]] <= floor_of[arrow[1][0]]] == []


@pytest.mark.parametrize("room", FLOORS)
def test_no_arrow_runs_up_inside_a_room(room: str) -> None:
    way = tuple(room.split("/"))
    floor_of, depth = floors_of(room), len(way)
    inside = {place for place in PLACES if place[:depth] == way and place[depth] != "__init__"}
    assert set(floor_of) - {"__init__"} == {place[depth] for place in inside}, "each file has a floor"
    arrows_inside = [(place[depth], other[depth]) for place in inside for other in ARROWS[place] & inside]
    assert [arrow for arrow in arrows_inside if floor_of[arrow[0]] < floor_of[arrow[1]]] == []


@pytest.mark.parametrize("room", sorted({place[:depth] for place in PLACES for depth in range(1, len(place))}))
def test_no_circle_in_a_room_of_files_and_folders(room: Place) -> None:
    """Neither files nor folders import each other in a circle; a folder is one thing with all that is in it."""
    depth = len(room)
    inside = {place for place in PLACES if place[:depth] == room}
    graph: dict[str, set[str]] = {}
    for place in inside:
        graph.setdefault(place[depth], set()).update(other[depth] for other in ARROWS[place] & inside)
    try:
        TopologicalSorter({name: others - {name} for name, others in graph.items()}).prepare()
    except CycleError as circle:
        raise AssertionError(" -> ".join(a for a, _ in pairwise([*circle.args[1], ""]))) from circle


def test_no_file_imports_itself_through_others() -> None:
    """An order of the files exists in which each imports earlier ones only."""
    TopologicalSorter(ARROWS).prepare()
