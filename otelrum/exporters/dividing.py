"""What is tried again in smaller requests when a backend refuses one for good."""

from __future__ import annotations

from otelrum.collector.errors import OtelrumError, PermanentError
from otelrum.exporters.transport import SenderRefused, TooLarge
from otelrum.otlp.batch import Batch, join, parts
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.requests import split


def divided(batch: Batch, error: OtelrumError) -> list[Batch]:
    """The requests to try instead; empty where there is nothing else to try.

    A joined request goes again in those it was made of, so that one bad request takes no other with
    it; one that is too large goes in halves, until one item is too large.
    """
    if isinstance(error, SenderRefused) or not isinstance(error, PermanentError):
        return []
    if isinstance(error, TooLarge):
        return _halves(batch)
    return list(parts(batch)) if len(batch.part_sizes) > 1 else []


def _halves(batch: Batch) -> list[Batch]:
    """The requests it was joined from, else two halves of its items; none for a single metric, which stays whole."""
    joined = list(parts(batch))
    if len(joined) > 1:
        middle = len(joined) // 2
        return [join(joined[:middle]), join(joined[middle:])]
    try:
        halves = split(batch, max_items=(batch.items + 1) // 2)
    except MalformedOtlp:
        return []
    return halves if len(halves) > 1 else []
