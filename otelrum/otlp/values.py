"""OTLP's AnyValue as Python values and back (OTLP specification, common.proto)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

_INT64 = range(-(1 << 63), 1 << 63)


def python_value(value: AnyValue) -> object:
    """str, bool, int, float, bytes, list, dict, or None where nothing is set."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [python_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values)
    found: object = getattr(value, kind)
    return found


def attributes(pairs: Iterable[KeyValue]) -> dict[str, object]:
    """All attributes as a dict; of equal keys the first counts, as the specification has no two."""
    out: dict[str, object] = {}
    for pair in pairs:
        out.setdefault(pair.key, python_value(pair.value))
    return out


def wanted(pairs: Iterable[KeyValue], keys: frozenset[str]) -> dict[str, object]:
    """Those attributes that somebody asks for."""
    out: dict[str, object] = {}
    for pair in pairs:
        key = pair.key
        if key in keys and key not in out:
            value = pair.value
            out[key] = value.string_value or python_value(value)
    return out


def any_value(value: object) -> AnyValue:
    """The AnyValue of a Python value. An int beyond 64 bits becomes a double; what OTLP has no word for, its text."""
    out = AnyValue()
    if isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, str):
        out.string_value = _encodable(value)
    elif isinstance(value, int):
        _set_number(out, value)
    elif isinstance(value, float):
        out.double_value = value
    elif isinstance(value, bytes):
        out.bytes_value = value
    elif isinstance(value, Mapping):
        out.kvlist_value.SetInParent()
        out.kvlist_value.values.extend(key_value(str(key), item) for key, item in value.items())
    elif isinstance(value, Sequence):
        out.array_value.SetInParent()
        out.array_value.values.extend(any_value(item) for item in value)
    elif value is not None:
        out.string_value = _encodable(str(value))
    return out


def key_value(key: str, value: object) -> KeyValue:
    """One attribute."""
    return KeyValue(key=_encodable(key), value=any_value(value))


def _set_number(out: AnyValue, value: int) -> None:
    if value in _INT64:
        out.int_value = value
        return
    try:
        out.double_value = float(value)
    except OverflowError:
        out.double_value = float("inf") if value > 0 else float("-inf")


def _encodable(text: str) -> str:
    """Text without lone surrogates, which JSON can write and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
