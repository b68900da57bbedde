"""One request made into several with at most so many items each."""

from __future__ import annotations

from collections.abc import Iterator

from otelrum.otlp.batch import Batch, Request, ResourceGroup, ScopeGroup, parse


def split(batch: Batch, most: int) -> list[Batch]:
    """Requests of at most `most` spans, log records or metrics, in their order. Raises MalformedOtlp.

    Each has the resource and scope of its items, with all fields that they came with.
    """
    if batch.items <= most:
        return [batch]
    pieces, room = [Request()], most
    for resource in parse(batch.data).resources:
        for scope in resource.scopes:
            for taken in _runs(scope, room, most):
                if not room:
                    pieces.append(Request())
                    room = most
                _add(pieces[-1], resource, scope, taken)
                room -= len(taken)
    return [Batch(batch.signal, piece.SerializeToString(), batch.client) for piece in pieces]


def _runs(scope: ScopeGroup, room: int, most: int) -> Iterator[list[bytes]]:
    """A scope's items: as many as there is room for, then `most` at a time."""
    items = list(scope.items)
    end = room or most
    yield items[:end]
    for start in range(end, len(items), most):
        yield items[start : start + most]


def _add(piece: Request, resource: ResourceGroup, scope: ScopeGroup, items: list[bytes]) -> None:
    group = piece.resources.add()
    group.MergeFrom(resource)
    del group.scopes[:]
    part = group.scopes.add()
    part.MergeFrom(scope)
    del part.items[:]
    part.items.extend(items)
