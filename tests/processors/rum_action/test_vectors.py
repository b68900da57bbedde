"""Every case of tests/golden/vectors holds."""

from __future__ import annotations

import uuid
from collections import defaultdict
from copy import deepcopy
from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otelrum.collector.errors import PermanentError
from otelrum.processors.rum_action.reading import MASKED
from tests.processors.rum_action.in_process import Received, Run, items_of
from tests.processors.rum_action.vector_cases import Data, expanded, load, requests_of, value

pytestmark = pytest.mark.anyio

FIGURES = {
    "type": "action.type",
    "name": "action.name",
    "target_name": "action.target.name",
    "name_source": "action.name_source",
    "selector": "action.target.selector",
    "resource": "action.resource.count",
    "error": "action.error.count",
    "long_task": "action.long_task.count",
    "end_reason": "action.end_reason",
    "x": "action.position.x",
    "y": "action.position.y",
    "width": "action.target.width",
    "height": "action.target.height",
}
ON_NO_CUSTOM = ("action.target.", "action.position.")
ON_NO_INSTANT = (*ON_NO_CUSTOM, "action.loading_time", "action.end_reason", "action.frustration.", "action.resource.",
                 "action.error.", "action.long_task.")  # fmt: skip

AFTER_ALL_MS = 200_000
"""More than three times `decision_wait`: nothing is held any more."""


class Outcome:
    """What became of the spans of a case, by their labels."""

    def __init__(self, sent: dict[str, Received], got: list[Received], is_masked: bool) -> None:
        self.sent = sent
        self.attributes: dict[str, dict[str, object]] = {}
        self.added: dict[str, dict[str, object]] = {}
        pool: dict[bytes, list[Received]] = defaultdict(list)
        for one in got:
            pool[name_of(one)].append(one)
        for label, one in sent.items():
            if is_masked:
                one = without_texts(one)
            same = pool[name_of(one)]
            best = next((other for other in same if is_from(other, one)), None)
            assert best is not None, f"{label} did not come out as it was sent"
            same.remove(best)
            self.attributes[label], self.added[label] = best.attributes, best.added_to(one)
        assert not any(pool.values()), "something came out twice"


def name_of(one: Received) -> bytes:
    """What distinguishes an item: a record has no ids of its own."""
    item = one.item
    if isinstance(item, LogRecord):
        return f"{item.event_name} {item.time_unix_nano} {item.observed_time_unix_nano}".encode()
    return item.trace_id + item.span_id


def without_texts(one: Received) -> Received:
    item = deepcopy(one.item)
    kept = [pair for pair in item.attributes if pair.key not in MASKED]
    del item.attributes[:]
    item.attributes.extend(kept)
    return Received(*one.around, item)


def is_from(got: Received, sent: Received) -> bool:
    try:
        got.added_to(sent)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("case", load(), ids=lambda case: case["id"])
async def test_the_case_holds(case: Data) -> None:
    run = Run(case.get("config"))
    requests = requests_of(case)
    refused = await run.take([(one.at_ms, one.signal, one.data) for one in requests])
    if refused:
        assert "$invalid_utf8" in str(case["spans"]), f"{case['why']}: refused {refused}"
        assert all(isinstance(error, PermanentError) and error.invalid for error in refused)
        return
    if any("arrive_ms" in one for one in case["spans"] + case.get("records", [])):
        await run.clock.advance(AFTER_ALL_MS / 1000)
    got = await run.end()
    sent = {
        label: item for one in requests for label, item in zip(one.labels, items_of(one.signal, one.data), strict=True)
    }
    outcome = Outcome(sent, got, case.get("config", {}).get("privacy") == "mask")
    if case["expect"]["actions"] is not None:
        check(case, outcome, list(sent))


def check(case: Data, outcome: Outcome, labels: list[str]) -> None:
    expect, why = case["expect"], case["why"]
    heads = {action["span"]: action for action in expect["actions"]}
    for label, action in heads.items():
        check_action(action, outcome.attributes[label], f"{why}: {label}", is_custom(outcome.sent[label]))
    ids = {label: outcome.attributes[label]["action.id"] for label in heads}
    assert len(set(ids.values())) == len(ids), why
    mains = {one: main for label, main in expect.get("main", {}).items() for one in expanded(label, labels)}
    customs = {label: [label] for label in heads if is_custom(outcome.sent[label])}
    for label, actions in (customs | expect.get("members", {})).items():
        for one in expanded(label, labels):
            check_member(outcome.attributes[one], [ids[a] for a in actions], ids.get(mains.get(one)), f"{why}: {one}")
    for label in expect.get("untouched", ()):
        for one in expanded(label, labels):
            assert outcome.added[one] == {}, f"{why}: {one} is no member"
    for label, added in outcome.added.items():
        assert label in heads or added.keys() <= {"action.id", "action.ids"}, f"{why}: {label} is no action span"


def is_custom(sent: Received) -> bool:
    """Whether the page itself says that it is an action, and no interaction."""
    own = sent.attributes
    is_interaction = "event_type" in own and ("target_xpath" in own or "target_element" in own)
    is_interaction |= isinstance(sent.item, LogRecord) and sent.item.event_name == "browser.user_action.click"
    return bool(own.get("action.type")) and not is_interaction


def check_action(expect: Data, got: dict[str, Any], why: str, by_page: bool) -> None:
    uuid.UUID(got["action.id"])
    for key, attribute in FIGURES.items():
        if key in expect:
            assert got.get(attribute) == value(expect[key]), f"{why}: {attribute}"
    if "loading_ms" in expect:
        loading = None if expect["loading_ms"] is None else round(expect["loading_ms"] * 10**6)
        assert got.get("action.loading_time") == loading, f"{why}: loading time"
    if "frustration" in expect:
        assert got.get("action.frustration.type") == (expect["frustration"] or None), f"{why}: frustration"
    if "target_name_max" in expect:
        assert len(got["action.target.name"]) <= expect["target_name_max"], why
    if "context" in expect:
        context = {k: v for k, v in got.items() if k.startswith("context.") and not isinstance(v, dict)}
        assert context == value(expect["context"]), f"{why}: context"
    if by_page:
        is_timed = expect.get("loading_ms") is not None
        assert not [key for key in got if key.startswith(ON_NO_CUSTOM if is_timed else ON_NO_INSTANT)], why


def check_member(got: dict[str, Any], ids: list[object], main: object, why: str) -> None:
    assert got.get("action.ids") == (ids if len(ids) > 1 else None), f"{why}: action.ids"
    assert got.get("action.id") == (ids[0] if len(ids) == 1 else main or got.get("action.id")), f"{why}: action.id"
    assert got.get("action.id") in ids, why
