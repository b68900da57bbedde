"""Keeps actions that matter whole, and drops the rest; what it drops is counted, and no loss (SPEC section 15)."""

from __future__ import annotations

from dataclasses import dataclass

from mypy_extensions import mypyc_attr

from otelrum.collector.component import Build, Consumer, Host, PipelineId
from otelrum.collector.errors import PermanentError
from otelrum.otlp.batch import ANY_NUMBER, Batch
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.groups import ResourceItems, ScopeItems, read_groups
from otelrum.otlp.requests import RequestWriter
from otelrum.processors.action_sampling.config import ActionSamplingConfig
from otelrum.processors.action_sampling.policies import Policies, is_in_share
from otelrum.processors.action_sampling.reading import Item, ItemReader
from otelrum.processors.action_sampling.verdicts import Verdicts


@mypyc_attr(acyclic=True)
class Placed:
    """An item's bytes and headers, and what it is; None where sampling does not ask."""

    __slots__ = ("data", "item", "resource", "scope")

    def __init__(self, resource: bytes, scope: bytes, data: bytes, item: Item | None) -> None:
        self.resource = resource
        self.scope = scope
        self.data = data
        self.item = item


@dataclass(frozen=True, slots=True, eq=False)
class SamplingInput:
    """One pipeline's door to the processor, and the way back."""

    processor: ActionSampling
    next: Consumer

    async def consume(self, batch: Batch) -> None:
        await self.processor.take(batch, self.next)


class ActionSampling:
    """One for all pipelines that name its id: what is decided of an action holds for its spans and its records."""

    def __init__(self, config: ActionSamplingConfig, build: Build) -> None:
        self._config = config
        self._build = build
        self._reader = ItemReader(config)
        self._policies = Policies(config.actions)
        self._shares = config.unattached.model_dump()
        self._drops_helpers = config.helpers == "drop"
        self._verdicts = Verdicts(build.clock)
        own = str(build.id)
        self._sampled = build.telemetry.counter("otelrum_dropped_items", component=own, reason="sampled")

    def connect(self, pipeline: PipelineId, next_consumer: Consumer) -> Consumer:
        return SamplingInput(self, next_consumer)

    async def start(self, host: Host) -> None:
        if self._config.storage is not None:
            await self._verdicts.open(host, self._config.storage, str(self._build.id))

    async def shutdown(self, deadline_ns: int) -> None:
        await self._verdicts.close()

    async def take(self, batch: Batch, next_consumer: Consumer) -> None:
        """A request of one pipeline; counted as sampled is what stays behind when the rest was taken."""
        if not self._reader.may_drop(batch.data):
            await next_consumer.consume(batch)
            return
        placed = self._read(batch)
        verdicts = await self._decide(placed)
        kept = [one for one in placed if one.item is None or self._keeps(one.item, verdicts)]
        if len(kept) == len(placed):
            await next_consumer.consume(batch)
            return
        for request in _written(kept, batch):
            await next_consumer.consume(request)
        self._sampled.add(len(placed) - len(kept))

    def _read(self, batch: Batch) -> list[Placed]:
        try:
            groups = read_groups(batch.data)
        except MalformedOtlp as error:
            raise PermanentError(str(error), invalid=True) from error
        return [placed for group in groups for scope in group.scopes for placed in self._placed(batch, group, scope)]

    def _placed(self, batch: Batch, group: ResourceItems, scope: ScopeItems) -> list[Placed]:
        resource, header = group.header, scope.header
        above = self._reader.above(resource, header)
        if above is None:
            return [Placed(resource, header, data, None) for data in scope.items]
        return [Placed(resource, header, d, self._reader.read(d, batch.signal, above)) for d in scope.items]

    # ------------------------------------------------------------------ what is kept
    async def _decide(self, placed: list[Placed]) -> dict[str, bool]:
        """Decide the actions whose spans are here, and wait for those that the other spans belong to.

        Returns whether each action is kept, by id.
        """
        if not self._config.actions:
            return {}
        items = [one.item for one in placed if one.item is not None and one.item.action_ids]
        ids = dict.fromkeys(id for item in items for id in item.action_ids)
        decided = {}
        for item in items:
            if item.head is not None and self._verdicts.get(item.head.id) is None and item.head.id not in decided:
                policy = self._policies.keeping(item.head)
                decided[item.head.id] = policy is not None
                self._count(policy)
        await self._verdicts.put(decided)
        await self._verdicts.until_known(ids)
        return {id: self._verdicts.get(id) is not False for id in ids}

    def _keeps(self, item: Item, verdicts: dict[str, bool]) -> bool:
        if item.is_helper and self._drops_helpers:
            return False
        if item.action_ids:
            return not self._config.actions or any(verdicts[id] for id in item.action_ids)
        return is_in_share(self._shares[item.event_class], item.session)

    def _count(self, policy: str | None) -> None:
        labels = {"component": str(self._build.id), "policy": policy or ""}
        self._build.telemetry.counter("otelrum_sampling_actions", **labels).add(1)


def _written(kept: list[Placed], batch: Batch) -> list[Batch]:
    """One request, so that it is taken whole or not at all; none where nothing is left."""
    writer = RequestWriter(batch.signal, ANY_NUMBER, client=batch.client)
    for one in kept:
        writer.add(one.resource, one.scope, one.data)
    return writer.finish()
