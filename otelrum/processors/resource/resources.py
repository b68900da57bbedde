"""Does the actions to each resource of a request; items keep their bytes."""

from __future__ import annotations

from functools import partial

from otelrum.collector.attribute_actions import ActionConfig, apply
from otelrum.otlp.batch import Batch, Client, parse
from otelrum.otlp.edit import RESOURCE, edited


class ResourceEditor:
    """One list of actions."""

    def __init__(self, actions: list[ActionConfig]) -> None:
        self._actions = actions

    async def rewrite(self, batch: Batch) -> Batch:
        """The request after the actions; the same one where they change nothing. Raises MalformedOtlp."""
        request, is_changed = parse(batch.data), False
        change = partial(self._change, batch.client)
        for group in request.resources:
            before = b"".join(group.resource)  # where it was written twice, joining the bytes is protobuf's merge
            after = edited(before, RESOURCE, change)
            if after != before:
                del group.resource[:]
                group.resource.append(after)
                is_changed = True
        return Batch(batch.signal, request.SerializeToString(), batch.client) if is_changed else batch

    def _change(self, client: Client, found: dict[str, object]) -> None:
        apply(self._actions, found, client)
