"""The context of a custom action, in whichever way it came, as flat attributes (SPEC section 9)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

_FLAT: Final = "context."
_PREFIX: Final = "action.context."

# A reader of OTLP stops at 100 nested messages (protobuf's default). A level of a map inside a list
# costs three of them, and the attribute itself lies in six.
_MAX_LEVELS_IN_LIST: Final = 30

# Every leaf repeats the keys above it, so a small text can ask for much. Real contexts lengthen keys a
# few times; the fixed part lets short ones nest as they like.
_MAX_KEY_GROWTH: Final = 16
_MAX_KEYS_UNGROWN: Final = 4096


def flatten_context(attributes: Mapping[str, object]) -> tuple[dict[str, object], bool]:
    """The `context.*` attributes to add to a custom action's span, and whether some were unreadable.

    Keys that the span has are not among them. Flat attributes win over maps, maps over JSON. What is
    unreadable (broken JSON, no object, too deep, too large when flat) adds nothing.
    """
    roots, malformed = _roots(attributes)
    added: dict[str, object] = {}
    for path, value in roots:
        try:
            leaves = list(_leaves(path, value))
        except ValueError:
            malformed = True
            continue
        for key, leaf in leaves:
            if key not in attributes:
                added.setdefault(key, leaf)
    return added, malformed


def _roots(attributes: Mapping[str, object]) -> tuple[list[tuple[str, object]], bool]:
    """What there is to flatten, the winner of equal keys first, and whether JSON was broken."""
    flat = [(key, value) for key, value in attributes.items() if key.startswith(_FLAT)]
    flat += [(_FLAT + k.removeprefix(_PREFIX), v) for k, v in attributes.items() if k.startswith(_PREFIX)]
    flat.sort(key=lambda root: isinstance(root[1], dict))
    whole = attributes.get("action.context")
    maps = [("context", m) for m in (whole, attributes.get("context")) if isinstance(m, dict)]
    if not isinstance(whole, str):
        return flat + maps, False
    parsed = _parsed(whole)
    return flat + maps + [("context", parsed or {})], parsed is None


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    """Every value that is no map, with its dotted key. Raises ValueError at the limits above."""
    grown, ungrown = 0, 0
    pending = [(path, value)]
    while pending:
        path, value = pending.pop()
        if not isinstance(value, dict):
            if value is not None:
                yield path, _shallow(value)
            continue
        for key, child in reversed(value.items()):
            grown += len(path) + 1 + len(key)
            ungrown += len(key) + 4  # quotes, colon and comma of the JSON
            if grown > _MAX_KEYS_UNGROWN + _MAX_KEY_GROWTH * ungrown:
                raise ValueError("too large when flat")
            pending.append((f"{path}.{key}", child))


def _shallow(value: object) -> object:
    if _is_deeper(value, _MAX_LEVELS_IN_LIST):
        raise ValueError("lists too deep for OTLP")
    return value


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in inner)


def _parsed(text: str) -> dict[str, object] | None:
    """The JSON object in this text, None when it holds none that OTLP can carry."""
    try:
        value = json.loads(text, parse_int=_number, parse_constant=_refuse)
        if "\\u" in text:  # an escaped half of a surrogate pair is no text: this raises
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _number(digits: str) -> int | float:
    """An int where OTLP can hold it (64 bits), else the double that a browser would read."""
    if len(digits) > 20:
        return float(digits)
    value = int(digits)
    return value if -(2**63) <= value < 2**63 else float(value)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
