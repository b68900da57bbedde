"""OTLP's AnyValue as Python values and back (OTLP specification, common.proto)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

_INT64: Final = range(-(1 << 63), 1 << 63)


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
    """All attributes as a dict; of equal keys, which the specification forbids, the last counts."""
    return {pair.key: python_value(pair.value) for pair in pairs}


def mapped(found: Mapping[str, AnyValue]) -> dict[str, object]:
    """All attributes of a view (proto/otelrum/views.proto)."""
    return {key: python_value(value) for key, value in found.items()}


def any_value(value: object) -> AnyValue:
    """The AnyValue of a Python value. An int beyond 64 bits becomes a double; what OTLP has no word for, its text."""
    out = AnyValue()
    _set(out, value)
    return out


def key_value(key: str, value: object) -> KeyValue:
    """One attribute."""
    out = KeyValue()
    set_pair(out, key, value)
    return out


def set_pair(pair: KeyValue, key: str, value: object) -> None:
    """Make this pair an attribute."""
    pair.key = encodable(key)
    _set(pair.value, value)


def _set(out: AnyValue, value: object) -> None:
    if isinstance(value, str):
        out.string_value = encodable(value)
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, int):
        _set_number(out, value)
    elif isinstance(value, float):
        out.double_value = value
    elif isinstance(value, bytes):
        out.bytes_value = value
    elif isinstance(value, Mapping):
        out.kvlist_value.SetInParent()
        for key, item in value.items():
            set_pair(out.kvlist_value.values.add(), str(key), item)
    elif isinstance(value, Sequence):
        out.array_value.SetInParent()
        for item in value:
            _set(out.array_value.values.add(), item)
    elif value is None:
        out.SetInParent()
    else:
        out.string_value = encodable(str(value))


def _set_number(out: AnyValue, value: int) -> None:
    if value in _INT64:
        out.int_value = value
        return
    try:
        out.double_value = float(value)
    except OverflowError:
        out.double_value = float("inf") if value > 0 else float("-inf")


def encodable(text: str) -> str:
    """Text without lone surrogates, which JSON can write and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
