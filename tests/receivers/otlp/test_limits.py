"""How much senders may have."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

import grpc
import grpc.aio
import httpx
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from otelrum.otlp.batch import Client, Signal
from otelrum.receivers.otlp.answers import Refusal
from otelrum.receivers.otlp.config import LimitsConfig, RateConfig
from otelrum.receivers.otlp.grpc import SERVICES
from otelrum.receivers.otlp.limits import MAX_KEYS, Limits, TokenBuckets
from otelrum.testing import ManualClock, RecordingConsumer
from tests.conftest import Listen

Spans = Callable[..., bytes]

MIB = 1 << 20
ALICE, BOB = Client("198.51.100.1"), Client("198.51.100.2")


def limits(**settings: object) -> Limits:
    return Limits(LimitsConfig.model_validate(settings), ManualClock())


@pytest.mark.anyio
async def test_a_sender_may_have_a_burst_and_then_its_rate() -> None:
    clock = ManualClock()
    buckets = TokenBuckets(RateConfig(requests_per_second=2, burst=3), clock)
    assert [buckets.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]
    await clock.advance(0.5)
    assert [buckets.wait_s("a") for _ in range(2)] == [0, 0.5]
    await clock.advance(60)
    assert [buckets.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_one_sender_over_its_rate_takes_nothing_from_another() -> None:
    buckets = TokenBuckets(RateConfig(requests_per_second=1), ManualClock())
    assert buckets.wait_s("a") == 0
    assert buckets.wait_s("a") > 0
    assert buckets.wait_s("b") == 0


def test_an_origin_has_a_limit_of_its_own() -> None:
    door = limits(per_origin={"requests_per_second": 1})
    from_shop = {"origin": "https://shop.example"}
    door.admit(Client("198.51.100.1", from_shop), "198.51.100.1")
    with pytest.raises(Refusal) as refusal:
        door.admit(Client("198.51.100.2", from_shop), "198.51.100.2")
    assert (refusal.value.http, refusal.value.delay_s) == (429, 1)
    door.admit(Client("198.51.100.2"), "198.51.100.2")


def test_bytes_in_flight_are_bounded_for_all_and_for_each() -> None:
    door = limits(in_flight_mib=3, per_client={"in_flight_mib": 2})
    door.hold("a", 2 * MIB)
    with pytest.raises(Refusal) as refusal:
        door.hold("a", 1)
    assert refusal.value.http == 429
    door.hold("b", MIB)
    with pytest.raises(Refusal) as refusal:
        door.hold("c", 1)
    assert (refusal.value.http, refusal.value.delay_s) == (503, 1)
    door.release("a", 2 * MIB)
    door.release("b", MIB)
    assert door.in_flight_bytes == 0
    door.hold("c", 2 * MIB)


def test_a_request_counts_against_who_sent_it_not_against_the_proxy() -> None:
    client = Client("10.0.0.1", {"x-forwarded-for": "203.0.113.7, 10.0.0.2"})
    assert limits(trusted_proxies=["10.0.0.0/8"]).client_key(client) == "203.0.113.7"
    assert limits().client_key(client) == "10.0.0.1"


@pytest.mark.anyio
async def test_a_client_over_its_rate_hears_429_and_when_to_come_again(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    settings = {"limits": {"per_client": {"requests_per_second": 0.1}, "trusted_proxies": ["127.0.0.0/8"]}}
    port = (await listen(settings=settings)).ports["http"]
    headers = {"content-type": "application/x-protobuf"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:

        async def send(client_key: str) -> httpx.Response:
            return await http.post("/v1/traces", content=spans(), headers={"x-forwarded-for": client_key})

        assert [(await send("203.0.113.7")).status_code for _ in range(2)] == [200, 429]
        assert int((await send("203.0.113.7")).headers["retry-after"]) in range(8, 11)
        assert (await send("203.0.113.8")).status_code == 200
    assert sink.items == 2


@pytest.mark.anyio
async def test_the_pages_of_an_origin_have_one_limit_whoever_sees_them(listen: Listen, spans: Spans) -> None:
    settings = {"limits": {"per_origin": {"requests_per_second": 0.1}}}
    port = (await listen(settings=settings)).ports["http"]
    headers = {"content-type": "application/x-protobuf"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:

        async def send(**headers: str) -> httpx.Response:
            return await http.post("/v1/traces", content=spans(), headers=headers)

        assert [(await send(origin="https://a.example")).status_code for _ in range(2)] == [200, 429]
        assert int((await send(origin="https://a.example")).headers["retry-after"]) in range(8, 11)
        assert (await send(origin="https://b.example")).status_code == 200
        assert [(await send()).status_code for _ in range(2)] == [200, 200], "no page's"


@pytest.mark.anyio
async def test_what_is_in_flight_is_free_again_after_every_answer(listen: Listen, spans: Spans) -> None:
    settings = {"limits": {"in_flight_mib": 1}}
    port = (await listen(http={"max_request_body_size": 2 * MIB}, settings=settings)).ports["http"]
    headers = {"content-type": "application/x-protobuf"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:
        for _ in range(3):
            assert (await http.post("/v1/traces", content=bytes(MIB + 1))).status_code == 503
            assert (await http.post("/v1/traces", content=b"\xff" * 1000)).status_code == 400
            assert (await http.post("/v1/traces", content=spans())).status_code == 200


def test_an_ipv6_client_counts_as_its_network_because_it_has_all_of_it() -> None:
    door = limits()
    one, other = Client("2001:db8:1:2::1"), Client("2001:db8:1:2:ffff::9")
    assert door.client_key(one) == door.client_key(other) == "2001:db8:1:2::/64"
    assert door.client_key(Client("2001:db8:1:3::1")) != door.client_key(one)
    assert door.client_key(Client("::ffff:198.51.100.1")) == "198.51.100.1"


def test_what_is_remembered_of_senders_is_bounded() -> None:
    buckets = TokenBuckets(RateConfig(requests_per_second=1), ManualClock())
    assert buckets.wait_s("first") == 0
    for n in range(MAX_KEYS):
        buckets.wait_s(str(n))
    assert buckets.wait_s("first") == 0, "forgotten"
    assert buckets.wait_s(str(MAX_KEYS - 1)) > 0, "remembered"


@pytest.mark.anyio
async def test_bombs_at_once_have_one_limit_together(listen: Listen, spans: Spans) -> None:
    """Each is under the limit of one request; all of them are not under that of all."""
    receiver = await listen(settings={"limits": {"in_flight_mib": 16}})
    headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
    bomb = gzip.compress(bytes(12 * MIB))
    url = f"http://127.0.0.1:{receiver.ports['http']}"
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as http:
        answers = await asyncio.gather(*(http.post("/v1/traces", content=bomb) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {400, 503}
        assert (await http.post("/v1/traces", content=gzip.compress(spans()))).status_code == 200


@pytest.mark.anyio
async def test_over_grpc_a_client_over_its_rate_hears_unavailable_with_retry_info(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    """RESOURCE_EXHAUSTED without RetryInfo would make OTLP clients drop their data."""
    settings = {"limits": {"per_client": {"requests_per_second": 0.1}}}
    port = (await listen(settings=settings)).ports["grpc"]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        export: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/{SERVICES[Signal.TRACES]}/Export"
        )
        await export(spans())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await export(spans())
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    info = RetryInfo()
    assert Status.FromString(details).details[0].Unpack(info)
    assert 8 <= info.retry_delay.seconds <= 10
    assert sink.items == 1


@pytest.mark.anyio
async def test_a_request_of_too_many_items_is_413_and_resource_exhausted_without_retry_info(
    listen: Listen, sink: RecordingConsumer, spans: Spans
) -> None:
    """A tiny span costs a hundred times its bytes further on, so their number counts too."""
    ports = (await listen(settings={"limits": {"request_items": 10}})).ports
    url, headers = f"http://127.0.0.1:{ports['http']}", {"content-type": "application/x-protobuf"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as http:
        assert (await http.post("/v1/traces", content=spans(8))).status_code == 200, "8, a scope and a resource"
        answer = await http.post("/v1/traces", content=spans(9))
    assert (answer.status_code, "retry-after" in answer.headers) == (413, False)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{ports['grpc']}") as channel:
        export: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/{SERVICES[Signal.TRACES]}/Export"
        )
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await export(spans(9))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    assert not Status.FromString(details).details
    assert sink.items == 8


def test_a_limit_of_0_items_is_none(spans: Spans) -> None:
    assert limits(request_items=0).count(Signal.TRACES, spans(1000)) == 1000
