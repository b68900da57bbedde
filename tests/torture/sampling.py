"""The account closes when whole actions are left out, with late spans, copies and two backends.

python -m tests.torture.sampling [--spans 200000]
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections import defaultdict

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otelrum.otlp.values import attributes
from tests.bench.load import requests
from tests.e2e.test_accounting import Running, running_with
from tests.exporters.backends import Got, grpc_backend

CONFIG = """\
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:0"}}}}}}}}
processors:
  rum_action: {{max_held_mib: 1024}}
  action_sampling:
    actions:
      - {{name: slow, type: latency, threshold: 10s}}
      - {{name: some, type: probabilistic, sampling_percentage: 30}}
    unattached: {{resource: drop, mutation: drop, other: 50}}
    helpers: drop
  batch: {{timeout: 200ms}}
exporters:
  otlp_grpc/one: {{endpoint: "{one}", tls: {{insecure: true}}}}
  otlp_grpc/two: {{endpoint: "{two}", tls: {{insecure: true}}}}
connectors: {{rum_actions: }}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [rum_action, action_sampling, batch]
      exporters: [otlp_grpc/one, otlp_grpc/two, rum_actions]
    traces/actions: {{receivers: [rum_actions], exporters: [otlp_grpc/one, otlp_grpc/two]}}
    logs/actions: {{receivers: [rum_actions], exporters: [otlp_grpc/one, otlp_grpc/two]}}
    metrics/actions: {{receivers: [rum_actions], exporters: [otlp_grpc/one, otlp_grpc/two]}}
"""
MOMENTS = 100
SPANS_A_REQUEST = 500
PAGES = 500


async def send_all(running: Running, spans: int) -> None:
    """One request in ten comes twice, at once or later."""
    dice, again = random.Random(1), list[bytes]()
    for number, body in enumerate(requests(spans // SPANS_A_REQUEST, SPANS_A_REQUEST, PAGES)):
        await running.post(body)
        if dice.random() < 0.1:
            again.append(body)
        if again and dice.random() < 0.3:
            await running.post(again.pop())
        if number % 20 == 0:
            await balanced(running)
    for body in again:
        await running.post(body)


async def balanced(running: Running) -> None:
    """Wait until the account closes: what is being released is nowhere for a moment."""
    for _ in range(MOMENTS):
        if (await running.at_rest()).balances():
            return
        await running.clock.advance(0.05)
    raise AssertionError(str(running.account()))


def actions_at(got: list[Got]) -> dict[str, list[bool]]:
    """For each action what came of it, and whether that was its own span."""
    found: dict[str, list[bool]] = defaultdict(list)
    for request in got:
        if not request.path.endswith("TraceService/Export"):
            continue
        for group in ExportTraceServiceRequest.FromString(request.body).resource_spans:
            for scope in group.scope_spans:
                for span in scope.spans:
                    own = attributes(span.attributes)
                    if scope.scope.name != "otelrum" and "action.id" in own and "action.ids" not in own:
                        found[str(own["action.id"])].append("action.type" in own)
    return found


async def sampled(spans: int) -> str:
    """What came of so many spans. Raises AssertionError where one is nowhere, or an action is not whole."""
    async with grpc_backend() as one, grpc_backend() as two:
        async with running_with(CONFIG.format(one=one.endpoint, two=two.endpoint)) as running:
            await send_all(running, spans)
            await running.clock.advance(60)
            await balanced(running)
        end = running.account()
        assert end.balances(), end
        assert end.accepted >= spans and end.sampled > spans / 2 and end.failed == 0
        assert end.dropped == end.sampled
        found = actions_at(one.got)
        assert found and found.keys() == actions_at(two.got).keys()
        assert all(any(are_actions) for are_actions in found.values()), "a member without its action"
        assert len(found) == end.all("otelrum_sampling_actions") - end.all("otelrum_sampling_actions", policy="")
    return f"{end}, {len(found)} actions kept whole"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=200_000)
    print(asyncio.run(sampled(parser.parse_args().spans)))


if __name__ == "__main__":
    main()
