"""Reads the groups of a request: what stands above its items, and the bytes of each item.

An ordinary request is walked along; about anything else the protobuf package has the word, by the
views of proto/otelrum/groups.proto. Both give the same (property tests say so).
"""

from __future__ import annotations

from mypy_extensions import i64, mypyc_attr

from otelrum.otlp.batch import ITEMS, RESOURCES, SCOPES, parse
from otelrum.otlp.fields import Fields, Unusual
from otelrum.otlp.pb.groups_pb2 import ResourceGroup, ScopeGroup


@mypyc_attr(acyclic=True)
class ScopeItems:
    """A scope group: its bytes without its items, and the items."""

    __slots__ = ("header", "items")

    def __init__(self, header: bytes, items: list[bytes]) -> None:
        self.header = header
        self.items = items


@mypyc_attr(acyclic=True)
class ResourceItems:
    """A resource group: its bytes without its scopes, and the scopes."""

    __slots__ = ("header", "scopes")

    def __init__(self, header: bytes, scopes: list[ScopeItems]) -> None:
        self.header = header
        self.scopes = scopes


def read_groups(data: bytes) -> list[ResourceItems]:
    """The groups of a request of any signal, in their order. Raises MalformedOtlp."""
    try:
        return _walked(data)
    except Unusual:
        return [_resource(group) for group in parse(data).resources]


def items_with(data: bytes, mark: bytes) -> list[tuple[bytes, bytes]]:
    """Each item in which these bytes are, behind its resource's header; nothing else is looked at.

    Raises MalformedOtlp.
    """
    if mark not in data:
        return []
    try:
        return _walked_with(data, mark)
    except Unusual:
        found = [(group.header, scope.items) for group in read_groups(data) for scope in group.scopes]
        return [(header, item) for header, items in found for item in items if mark in item]


def _walked_with(data: bytes, mark: bytes) -> list[tuple[bytes, bytes]]:
    out = []
    at: i64 = data.find(mark)
    resources, scopes, items = Fields(data, 0, len(data)), Fields(data, 0, 0), Fields(data, 0, 0)
    while at >= 0 and resources.next():
        if resources.tag != RESOURCES or resources.stop <= at:
            continue
        header = _walked_resource_header(data, resources.start, resources.stop)
        scopes.enter(resources.start, resources.stop)
        while scopes.next():
            if scopes.tag != SCOPES or scopes.stop <= at:
                continue
            items.enter(scopes.start, scopes.stop)
            while items.next():
                if 0 <= at < items.start:  # it was above the item
                    at = data.find(mark, items.start)
                if items.tag == ITEMS and 0 <= at < items.stop:
                    if at + len(mark) <= items.stop:
                        out.append((header, data[items.start : items.stop]))
                    at = data.find(mark, items.stop)
    return out


def _walked_resource_header(data: bytes, start: i64, end: i64) -> bytes:
    runs = []
    at = start
    fields = Fields(data, start, end)
    while fields.next():
        if fields.tag == SCOPES:
            if fields.begin > at:
                runs.append(data[at : fields.begin])
            at = fields.stop
    if end > at:
        runs.append(data[at:end])
    return b"".join(runs)


def _walked(data: bytes) -> list[ResourceItems]:
    out = []
    fields = Fields(data, 0, len(data))
    while fields.next():
        if fields.tag == RESOURCES:
            out.append(_walked_resource(data, fields.start, fields.stop))
    return out


def _walked_resource(data: bytes, start: i64, end: i64) -> ResourceItems:
    # The header in runs, not field by field: a hostile one has millions of fields.
    runs, scopes = [], []
    at = start
    fields = Fields(data, start, end)
    while fields.next():
        if fields.tag == SCOPES:
            if fields.begin > at:
                runs.append(data[at : fields.begin])
            at = fields.stop
            scopes.append(_walked_scope(data, fields.start, fields.stop))
    if end > at:
        runs.append(data[at:end])
    return ResourceItems(b"".join(runs), scopes)


def _walked_scope(data: bytes, start: i64, end: i64) -> ScopeItems:
    runs, items = [], []
    at = start
    fields = Fields(data, start, end)
    while fields.next():
        if fields.tag == ITEMS:
            if fields.begin > at:
                runs.append(data[at : fields.begin])
            at = fields.stop
            items.append(data[fields.start : fields.stop])
    if end > at:
        runs.append(data[at:end])
    return ScopeItems(b"".join(runs), items)


def _resource(group: ResourceGroup) -> ResourceItems:
    scopes = [_scope(scope) for scope in group.scopes]
    group.ClearField("scopes")
    return ResourceItems(group.SerializeToString(), scopes)


def _scope(group: ScopeGroup) -> ScopeItems:
    items = list(group.items)
    group.ClearField("items")
    return ScopeItems(group.SerializeToString(), items)
