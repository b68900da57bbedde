"""All of an action goes one way, whatever comes first; the rest goes by its class."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.collector.component import Consumer, PipelineId
from otelrum.collector.errors import RetryableError
from otelrum.collector.telemetry import Telemetry
from otelrum.extensions import file_storage
from otelrum.otlp.batch import Batch, Client, Signal
from otelrum.otlp.values import attributes, key_value
from otelrum.processors.action_sampling import FACTORY
from otelrum.processors.action_sampling.processor import ActionSampling
from otelrum.testing import Extensions, FailingConsumer, ManualClock, build, run_until_quiet

pytestmark = pytest.mark.anyio

FRUSTRATED = {"actions": [{"name": "frustrated", "type": "frustration"}]}
WEB = {"telemetry.sdk.language": "webjs"}
FETCH_KIND = 3


def head(action: str, *, is_kept: bool = True, **more: object) -> dict[str, object]:
    """The attributes of an action's span, of which the policy of these tests says so."""
    kept = {"action.frustration.type": ["rage_click"]} if is_kept else {}
    return {"n": f"head {action}", "action.id": action, "action.type": "click", **kept, **more}


def member(action: str, *others: str, n: int = 0) -> dict[str, object]:
    ids = {"action.ids": [action, *others]} if others else {}
    return {"n": f"member {n} {action}", "action.id": action, **ids}


def spans(*each: Mapping[str, object], resource: Mapping[str, object] = WEB, scope: str = "page") -> Batch:
    """A span for each set of attributes; `name` and `kind` are its own."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(key_value(key, value) for key, value in resource.items())
    items = group.scope_spans.add()
    items.scope.name = scope
    for own in each:
        span = items.spans.add(name=str(own.get("name", "x")), trace_id=b"t" * 16, span_id=b"s" * 8)
        span.kind = own.get("kind", 1)  # type: ignore[assignment]
        if own.get("exception"):
            span.events.add(name="exception")
        span.attributes.extend(key_value(key, value) for key, value in own.items() if key not in ("name", "kind"))
    return Batch(Signal.TRACES, request.SerializeToString(), Client("1.2.3.4"))


def records(*each: Mapping[str, object], event_name: str = "x") -> Batch:
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    group.resource.attributes.extend(key_value(key, value) for key, value in WEB.items())
    items = group.scope_logs.add()
    for own in each:
        record = items.log_records.add(event_name=event_name)
        record.attributes.extend(key_value(key, value) for key, value in own.items())
    return Batch(Signal.LOGS, request.SerializeToString())


def reported_by(batches: list[Batch]) -> list[str]:
    """The `n` of everything that came."""
    found = []
    for batch in batches:
        if batch.signal is Signal.LOGS:
            logs = ExportLogsServiceRequest.FromString(batch.data).resource_logs
            items: list[Any] = [item for group in logs for scope in group.scope_logs for item in scope.log_records]
        else:
            traces = ExportTraceServiceRequest.FromString(batch.data).resource_spans
            items = [item for group in traces for scope in group.scope_spans for item in scope.spans]
        found += [str(attributes(item.attributes).get("n", "")) for item in items]
    return found


class Running:
    """The processor in a traces and a logs pipeline."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.clock, self.telemetry = ManualClock(), Telemetry()
        config = FACTORY.config.model_validate(settings)
        self.processor = ActionSampling(config, build("action_sampling", self.clock, self.telemetry))  # type: ignore[arg-type]
        self.out = FailingConsumer(None)
        self._inputs: dict[Signal, Consumer] = {
            signal: self.processor.connect(PipelineId(signal), self.out) for signal in (Signal.TRACES, Signal.LOGS)
        }

    async def take(self, *batches: Batch) -> list[str]:
        """Give all at once; what has come out so far."""
        taking = [asyncio.ensure_future(self._inputs[batch.signal].consume(batch)) for batch in batches]
        await run_until_quiet()
        while not all(one.done() for one in taking):
            await self.clock.advance(0.1)
        for one in taking:
            one.result()
        return self.reported

    @property
    def reported(self) -> list[str]:
        return reported_by(self.out.batches)

    @property
    def sampled(self) -> float:
        counted = self.telemetry.snapshot().items()
        return sum(
            v for (name, labels), v in counted if name == "otelrum_dropped_items" and ("reason", "sampled") in labels
        )


@asynccontextmanager
async def running(settings: Mapping[str, Any], extensions: Extensions | None = None) -> AsyncIterator[Running]:
    own = Running(settings)
    await own.processor.start(extensions or Extensions())
    yield own
    await own.processor.shutdown(0)


async def test_an_action_and_its_members_are_kept_or_dropped_together() -> None:
    async with running(FRUSTRATED) as own:
        kept = await own.take(spans(head("a"), member("a"), head("b", is_kept=False), member("b"), {"n": "alone"}))
        assert kept == ["head a", "member 0 a", "alone"]
        assert own.sampled == 2


async def test_members_wait_for_their_action_that_comes_by_the_other_pipeline() -> None:
    async with running(FRUSTRATED) as own:
        kept = await own.take(records(member("a"), member("b")), spans(head("b", is_kept=False), head("a")))
        assert sorted(kept) == ["head a", "member 0 a"]
        assert own.clock.now_ns() == 0, "nobody waited longer than needed"


async def test_late_members_and_copies_are_decided_like_the_action_for_five_minutes() -> None:
    async with running(FRUSTRATED) as own:
        await own.take(spans(head("a"), head("b", is_kept=False)))
        await own.clock.advance(299)
        await own.take(spans(member("a"), member("b"), head("b", is_kept=False)))
        assert own.reported == ["head a", "member 0 a"]


async def test_a_member_whose_action_does_not_come_is_kept_after_a_second_and_then_so_is_the_action() -> None:
    async with running(FRUSTRATED) as own:
        await own.take(spans(member("a")))
        assert 1.0 <= own.clock.now_ns() / 1e9 < 1.3
        assert await own.take(spans(head("a", is_kept=False))) == ["member 0 a", "head a"]


async def test_a_member_of_several_actions_stays_when_one_of_them_stays() -> None:
    async with running(FRUSTRATED) as own:
        await own.take(spans(head("a", is_kept=False), head("b"), head("c", is_kept=False)))
        own.out.batches.clear()
        assert await own.take(spans(member("a", "b"), member("a", "c", n=1))) == ["member 0 a"]


ACTIONS = "abcd"
ITEMS = st.lists(
    st.one_of(
        st.builds(lambda a: ("head", (a,)), st.sampled_from(ACTIONS)),
        st.builds(
            lambda ids: ("member", tuple(ids)), st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True)
        ),
    ),
    max_size=12,
)


@given(st.lists(st.tuples(st.booleans(), ITEMS), max_size=5), st.sets(st.sampled_from(ACTIONS)))
def test_whatever_the_order_an_action_is_kept_or_dropped_whole(
    requests: list[tuple[bool, list[tuple[str, tuple[str, ...]]]]], kept: set[str]
) -> None:
    async def run() -> None:
        sent = []
        async with running(FRUSTRATED) as own:
            batches = []
            for number, (is_log, items) in enumerate(requests):
                group = [head(ids[0], is_kept=ids[0] in kept) if kind == "head" else member(*ids, n=number)
                        for kind, ids in items]  # fmt: skip
                sent += [(own_["n"], ids) for own_, (_, ids) in zip(group, items, strict=True)]
                batches.append(records(*group) if is_log else spans(*group))
            got = await own.take(*batches)
        reported_of = {ids[0] for n, ids in sent if str(n).startswith("head")}
        stays = {action for action in ACTIONS if action in kept or action not in reported_of}
        assert sorted(got) == sorted(str(n) for n, ids in sent if stays & set(ids))

    asyncio.run(run())


UNATTACHED = (
    ("resource", {"kind": FETCH_KIND}),
    ("mutation", {"name": "dom.mutation"}),
    ("user_activity", {"name": "user.activity", "user.activity.type": "scroll"}),
    ("long_task", {"longtask.duration": 60}),
    ("long_task", {"name": "otelrum.long_animation_frame"}),
    ("error", {"exception": True, "kind": FETCH_KIND}),
    ("other", {"name": "documentLoad"}),
    ("other", {"name": "page.exit"}),
)


@pytest.mark.parametrize(("event_class", "facts"), UNATTACHED)
async def test_what_is_of_no_action_goes_by_its_class(event_class: str, facts: Mapping[str, object]) -> None:
    async with running({"unattached": {event_class: "drop"}}) as own:
        assert await own.take(spans({**facts, "n": "x"}, {**facts, **member("a")})) == ["member 0 a"]
    others = dict.fromkeys(("resource", "mutation", "user_activity", "long_task", "error", "other"), "drop")
    async with running({"unattached": {**others, event_class: "keep"}}) as own:
        assert await own.take(spans({**facts, "n": "x"})) == ["x"]


@pytest.mark.parametrize(
    ("event_name", "event_class"), [("browser.resource_timing", "resource"), ("exception", "error"), ("mine", "other")]
)
async def test_records_of_no_action_go_by_their_class(event_name: str, event_class: str) -> None:
    async with running({"unattached": {event_class: "drop"}}) as own:
        assert await own.take(records({"n": "x"}, event_name=event_name)) == []
    assert own.sampled == 1


async def test_a_percentage_keeps_whole_sessions() -> None:
    async with running({"unattached": {"resource": 30}}) as own:
        sessions = [f"s{n}" for n in range(200)]
        requests = [{"kind": FETCH_KIND, "session.id": session, "n": session} for session in sessions]
        got = await own.take(spans(*requests), spans(*requests))
        assert 40 < len(set(got)) < 80
        assert all(got.count(session) == 2 for session in got)


HELPERS = ("dom.mutation", "user.activity", "page.exit", "view", "long-animation-frame", "otelrum.long_animation_frame")


async def test_helpers_are_dropped_also_from_actions_and_nothing_else_is() -> None:
    async with running({"helpers": "drop"}) as own:
        helpers = [{**member("a"), "name": name} for name in HELPERS] + [{"name": name, "n": "x"} for name in HELPERS]
        assert await own.take(spans(*helpers)) == []
        others = [{"name": name, "n": name} for name in ("views", "click", "dom.mutation2", "GET")]
        assert await own.take(spans(*others)) == [str(other["n"]) for other in others]
        assert own.sampled == 2 * len(HELPERS)


async def test_what_is_no_browsers_is_kept_as_it_came() -> None:
    everything = dict.fromkeys(("resource", "mutation", "long_task", "error", "other"), "drop")
    async with running({**FRUSTRATED, "unattached": everything, "helpers": "drop"}) as own:
        batch = spans({"name": "view", "kind": FETCH_KIND}, {"exception": True}, resource={"service.name": "shop"})
        await own.take(batch)
        assert own.out.batches == [batch]


async def test_spans_of_an_interaction_scope_are_a_browsers_whatever_the_resource_says() -> None:
    async with running({"helpers": "drop"}) as own:
        scope = "@opentelemetry/instrumentation-user-interaction"
        assert await own.take(spans({"name": "view"}, resource={}, scope=scope)) == []


async def test_what_is_not_given_is_kept_as_it_came() -> None:
    async with running({}) as own:
        batch = spans(head("a"), {"name": "dom.mutation"})
        await own.take(batch)
        assert own.out.batches == [batch]


async def test_what_stays_keeps_who_sent_it() -> None:
    async with running({"helpers": "drop"}) as own:
        await own.take(spans({"name": "view"}, {"name": "x"}))
        assert own.out.batches[0].client == Client("1.2.3.4")


async def test_what_is_refused_for_now_is_counted_when_it_is_taken() -> None:
    async with running(FRUSTRATED) as own:
        own.out.error = RetryableError("not now")
        with pytest.raises(RetryableError):
            await own.take(spans(head("a"), head("b", is_kept=False)))
        assert own.sampled == 0
        own.out.error = None
        await own.take(spans(head("a"), head("b", is_kept=False)))
        assert (own.reported, own.sampled) == (["head a"], 1)


async def test_actions_are_counted_by_the_policy_that_keeps_them() -> None:
    async with running(FRUSTRATED) as own:
        await own.take(spans(head("a"), head("a"), head("b", is_kept=False)))
        counted = own.telemetry.snapshot().items()
        by_policy = {dict(labels)["policy"]: v for (name, labels), v in counted if name == "otelrum_sampling_actions"}
        assert by_policy == {"frustrated": 1, "": 1}


async def storage_in(folder: Path, clock: ManualClock) -> Any:
    config = file_storage.FACTORY.config.model_validate({"directory": str(folder)})
    extension = file_storage.FACTORY.create(config, build("file_storage", clock))
    await extension.start(Extensions())
    return extension


async def test_with_a_storage_a_decision_is_known_after_a_restart(tmp_path: Path) -> None:
    settings = {**FRUSTRATED, "storage": "file_storage"}
    for item, kept in ((head("a", is_kept=False), []), (member("a"), []), (member("b"), ["member 0 b"])):
        extension = await storage_in(tmp_path, ManualClock())
        async with running(settings, Extensions({"file_storage": extension})) as own:
            assert await own.take(spans(item)) == kept
        await extension.shutdown(10**12)


async def test_what_was_decided_long_ago_leaves_the_storage(tmp_path: Path) -> None:
    extension = await storage_in(tmp_path, ManualClock())
    async with running({**FRUSTRATED, "storage": "file_storage"}, Extensions({"file_storage": extension})) as own:
        for n in range(20):
            await own.take(spans(head(f"a{n}")))
            await own.clock.advance(60)
        assert len(own.processor._verdicts._row_ids) <= 6
    await extension.shutdown(10**12)
