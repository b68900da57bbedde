"""Finished actions as lines to read."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from otelrum.otlp.batch import Batch, Signal
from otelrum.otlp.values import key_value
from tests.exporters.debug.shown import TRACES, shown

pytestmark = pytest.mark.anyio


def event(name: str, **attributes: object) -> Batch:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(event_name=name)
    for key, value in attributes.items():
        record.attributes.append(key_value(key.replace("_", ".").replace("loading.time", "loading_time"), value))
    return Batch(Signal.LOGS, request.SerializeToString())


@pytest.mark.parametrize(
    ("attributes", "line"),
    [
        ({"action_name": "Click on Pay"}, "Click on Pay"),
        (
            {
                "action_name": "Click on Pay",
                "action_loading_time": 297_400_000,
                "action_resource_count": 2,
                "action_error_count": 1,
                "action_frustration_type": ["error_click", "rage_click"],
                "view_url": "https://shop/",
            },
            "Click on Pay: 297 ms, 2 resources, 1 error, error_click rage_click, https://shop/",
        ),
        ({"action_name": "x", "action_resource_count": 0, "view_name": "cart"}, "x: cart"),
    ],
)
async def test_of_actions_there_is_one_line_each(
    attributes: dict[str, object], line: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await shown(event("rum.action", **attributes), "actions", caplog) == [line]


async def test_of_actions_there_is_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    assert await shown(TRACES, "actions", caplog) == []
    assert await shown(event("rum.action.other", action_name="rum.action"), "actions", caplog) == []
