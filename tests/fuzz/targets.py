"""What is fuzzed: for each way into the program a rule that must hold for any bytes.

A target takes bytes and raises AssertionError, or whatever else slipped through, where the rule is broken.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any

import zstandard
from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status
from opentelemetry.proto.common.v1.common_pb2 import KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otelrum.actions.context import flatten_context
from otelrum.actions.naming import check_template
from otelrum.actions.selector import css_selector
from otelrum.builtin import FACTORIES
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import read
from otelrum.collector.errors import ConfigError, PermanentError
from otelrum.exporters.otlp_http.answer import read_receipt, retry_after_s, status_text
from otelrum.exporters.response import receipt, retry_delay_s
from otelrum.exporters.transport import SenderRefused
from otelrum.otlp.batch import Batch, Signal, parse, parts
from otelrum.otlp.edit import Addition
from otelrum.otlp.errors import MalformedOtlp
from otelrum.otlp.json import REQUESTS, from_json, to_json
from otelrum.otlp.requests import split
from otelrum.otlp.values import attributes
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.journal import JournalRow
from tests.fuzz.door import Door
from tests.fuzz.through import through
from tests.processors.rum_action.in_process import items_of

PATHS = ("/v1/traces", "/v1/logs", "/v1/metrics", "/v1/nothing")
KINDS = ("application/x-protobuf", "application/json", "Application/JSON; charset=utf-8", "text/plain")
PACKED: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
SIGNALS = tuple(Signal)


@cache
def door() -> Door:
    return Door()


def http(data: bytes) -> None:
    """Three bytes choose path, kind and encoding, and whether the body is what it says: any answer is one of OTLP's."""
    path, kind, encoding = (*data[:3], 0, 0, 0)[:3]
    name = tuple(PACKED)[encoding % 4]
    body = PACKED[name](data[3:]) if encoding < 128 else data[3:]
    headers = {"Content-Type": KINDS[kind % 4]} | ({"Content-Encoding": name} if name else {})
    door().post("GET" if path >= 252 else "POST", PATHS[path % 4], headers, body)


def http_wire(data: bytes) -> None:
    """Any bytes on the connection: HTTP comes back or nothing, and there is an end."""
    door().speak(data)


def grpc(data: bytes) -> None:
    """The first byte chooses the signal: any answer is one of OTLP's."""
    door().call(SIGNALS[(data or b"\0")[0] % 3], data[1:])


def wire(data: bytes) -> None:
    """Shallow views see the items that a whole parse sees, and splitting keeps them."""
    for signal in SIGNALS:
        try:
            whole = REQUESTS[signal].FromString(data)
        except DecodeError:
            continue
        count = sum(len(items) for items in _item_lists(whole))
        batch = Batch(signal, data)
        assert batch.items == count
        if signal is Signal.METRICS:
            continue
        chunks = split(batch, 2)
        assert sum(chunk.items for chunk in chunks) == count
        assert _items(signal, data) == sum((_items(signal, chunk.data) for chunk in chunks), Counter())
    try:
        Batch(Signal.TRACES, data).items  # noqa: B018  it reads
    except MalformedOtlp:
        return
    assert b"".join(part.data for part in parts(Batch(Signal.TRACES, data))) == data
    parse(data)


def processor(data: bytes) -> None:
    """The first byte chooses the signal: a request is refused as invalid, or all of it comes out, only with more
    attributes."""
    signal = SIGNALS[(data or b"\0")[0] % 2 * 2]
    data = data[1:]
    refused, got = through(signal, data)
    if refused:
        assert isinstance(refused, PermanentError) and refused.invalid, refused
        return
    try:
        REQUESTS[signal].FromString(data)
    except DecodeError:
        return  # of no browser, and passed unread
    sent = _items(signal, data)
    came: Counter[tuple[bytes, ...]] = Counter()
    for chunk in got:
        came.update(_items(signal, chunk))
    assert came == sent


def json_text(data: bytes) -> None:
    """JSON is refused, or becomes a request that is the same after a way there and back."""
    for signal in SIGNALS:
        try:
            request = from_json(signal, data)
        except MalformedOtlp:
            continue
        text = to_json(signal, request)
        assert to_json(signal, from_json(signal, text.encode())) == text


def configuration(data: bytes) -> None:
    """Any text is read as a configuration or refused with its mistakes."""
    text = data.decode("utf-8", "replace")
    try:
        read(load([f"yaml:{text}"], [], {"X": text[:40]}), FACTORIES)
    except ConfigError as error:
        assert error.problems


def xpath(data: bytes) -> None:
    """Any xpath and tag give a selector of bounded length."""
    path, _, tag = data.decode("utf-8", "surrogatepass" if data.isascii() else "replace").partition("\0")
    selector = css_selector(path, tag)
    assert selector and len(selector) <= 4 * max(len(path), len(tag), 1) + 40


def template(data: bytes) -> None:
    """A template is refused, or it can be filled."""
    try:
        check_template(data.decode("utf-8", "replace"))
    except ValueError:
        return


def context(data: bytes) -> None:
    """A context, as attributes or as JSON, adds only what a reader of OTLP can read again."""
    contexts: list[dict[str, Any]] = [{"action.context": data.decode("utf-8", "replace")}]
    with suppress(DecodeError):
        contexts.append(attributes(KeyValueList.FromString(data).values))
    for one in contexts:
        added, _ = flatten_context(one)
        assert not added.keys() & one.keys()
        span = Span.FromString(Addition(added, Signal.TRACES).to(b""))
        assert len(span.attributes) == len(added)


def answer(data: bytes) -> None:
    """Whatever a backend answers: a receipt, a text, and a time to wait that is one."""
    with suppress(SenderRefused):
        receipt(data)
    for kind in ("application/json", "application/x-protobuf", "text/html", ""):
        with suppress(SenderRefused):
            read_receipt(data, kind, "application/json")
    for kind in ("application/x-protobuf", "text/html"):
        status_text(data, kind)
    delay_s = retry_after_s(503, {"retry-after": data.decode("latin-1")}, 0)
    assert math.isfinite(delay_s) and delay_s >= 0, delay_s
    try:
        asked_s = retry_delay_s(Status.FromString(data))
    except DecodeError:
        return
    assert asked_s is None or math.isfinite(asked_s), asked_s


def row(data: bytes) -> None:
    """A request comes out of the journal as it went in."""
    row = JournalRow(len(data), "traces/x\n", UserHints(data[:20].decode("latin-1"), "::1"), data)
    assert JournalRow.decoded(row.encoded()) == row


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "http": http,
    "http_wire": http_wire,
    "grpc": grpc,
    "wire": wire,
    "processor": processor,
    "json": json_text,
    "configuration": configuration,
    "xpath": xpath,
    "template": template,
    "context": context,
    "answer": answer,
    "row": row,
}


def _item_lists(request: Any) -> list[Any]:
    """The lists of items in a whole request of any signal."""
    lists = []
    for field in ("resource_spans", "resource_metrics", "resource_logs"):
        for group in getattr(request, field, ()):
            for inner, items in (("scope_spans", "spans"), ("scope_metrics", "metrics"), ("scope_logs", "log_records")):
                lists += [getattr(scope, items) for scope in getattr(group, inner, ())]
    return lists


def _items(signal: Signal, data: bytes) -> Counter[tuple[bytes, ...]]:
    """The items without attributes, under their resources and scopes, as often as they are there."""
    found: Counter[tuple[bytes, ...]] = Counter()
    for one in items_of(signal, data):
        item = deepcopy(one.item)
        del item.attributes[:]
        found[(*one.around, item.SerializeToString(deterministic=True))] += 1
    return found
