"""How much one sender, and all of them together, may have: requests in time, bytes at once."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import ip_network

import grpc

from otelrum.collector.clock import Clock
from otelrum.collector.forwarded_for import network_of, sender_address
from otelrum.otlp.batch import ANY_NUMBER, Client, Signal, count_items
from otelrum.otlp.errors import TooManyParts
from otelrum.receivers.otlp.answers import Refusal
from otelrum.receivers.otlp.config import LimitsConfig, RateConfig

# What is remembered of senders. One that was dropped begins anew, and the ones dropped first
# were silent longest, so their buckets were full anyway.
MAX_KEYS = 100_000


class TokenBuckets:
    """A token bucket a key: `rate` requests a second in the long run, `burst` at once."""

    def __init__(self, config: RateConfig, clock: Clock) -> None:
        self._rate = config.requests_per_second
        self._burst = config.burst or max(1.0, self._rate)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """0 when this request may come, and it is counted; else the seconds until one may."""
        if not self._rate or not key:
            return 0.0
        now_ns = self._clock.now_ns()
        tokens, then_ns = self._buckets.pop(key, (self._burst, now_ns))
        tokens = min(self._burst, tokens + (now_ns - then_ns) * self._rate / 1e9)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now_ns)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._rate


class Limits:
    """Admission of requests, before and while their bodies are read."""

    def __init__(self, config: LimitsConfig, clock: Clock) -> None:
        self._clients = TokenBuckets(config.per_client, clock)
        self._origins = TokenBuckets(config.per_origin, clock)
        self._all_bytes = config.in_flight_mib << 20
        self._client_bytes = config.per_client.in_flight_mib << 20
        self._proxies = [ip_network(network, strict=False) for network in config.trusted_proxies]
        self._request_items = config.request_items or ANY_NUMBER
        self._in_flight_bytes = 0
        self._by_client: dict[str, int] = {}

    def client_key(self, client: Client) -> str:
        """Whose limits a request counts against; the peer's where a proxy does not name its client."""
        address = client.address
        if self._proxies:
            address = sender_address(address, client.headers.get("x-forwarded-for", ""), self._proxies) or address
        return network_of(address) if ":" in address else address

    def admit(self, client: Client, client_key: str) -> None:
        """Count one request of a sender. Raises Refusal with the time to wait."""
        wait_s = max(self._clients.wait_s(client_key), self._origins.wait_s(client.headers.get("origin", "")))
        if wait_s:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 429, "too many requests from this sender", wait_s)

    def count(self, signal: Signal, data: bytes) -> int:
        """How many items a request has. Raises MalformedOtlp, and Refusal where there are too many.

        A tiny item costs a hundred times its bytes further on: a request of 64 MiB may be made of millions.
        """
        try:
            return count_items(signal, data, self._request_items)
        except TooManyParts:
            text = f"more than {self._request_items} spans, records, metrics, scopes and resources in one request"
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, 413, text) from None

    def hold(self, client_key: str, size_bytes: int) -> None:
        """Count bytes of a request that is being taken. Raises Refusal at a limit, counting nothing."""
        total = self._in_flight_bytes + size_bytes
        own = self._by_client.get(client_key, 0) + size_bytes
        if self._all_bytes and total > self._all_bytes:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 503, "too much is being received at once", 1.0)
        if self._client_bytes and own > self._client_bytes:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, 429, "too much at once from this sender", 1.0)
        self._in_flight_bytes = total
        self._by_client[client_key] = own

    def release(self, client_key: str, size_bytes: int) -> None:
        """The bytes of a request that was answered."""
        self._in_flight_bytes -= size_bytes
        own = self._by_client.get(client_key, 0) - size_bytes
        if own > 0:
            self._by_client[client_key] = own
        else:
            self._by_client.pop(client_key, None)

    @property
    def in_flight_bytes(self) -> int:
        """What is being received or handled right now."""
        return self._in_flight_bytes
