"""Made-up pages that report through spans and log records (SPEC section 12), for property tests."""

from __future__ import annotations

from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otelrum.otlp.batch import Signal
from otelrum.otlp.values import key_value
from tests.processors.rum_action.pages_of_spans import BASE_NS, MODULE, MS, STOCK, PageItem, pages, request

RECORDS = {
    "click_record": "browser.user_action.click",
    "resource_record": "browser.resource_timing",
    "error_record": "exception",
    "route_record": "browser.navigation",
    "vital_record": "browser.web_vital",
}
Sent = tuple[float, Signal, bytes]


def pages_of_both(module: str = MODULE) -> st.SearchStrategy[list[PageItem]]:
    """Spans and records of one or two views of one or two sessions."""
    return pages(f"{STOCK} {module} {' '.join(RECORDS)}")


def requests(page_items: list[PageItem], clock_ms: int = 0) -> list[Sent]:
    """Two export requests that come at once, spans and records, of a browser whose clock is so wrong."""
    spans = [one.moved(clock_ms) for one in page_items if one.kind not in RECORDS]
    records = [one for one in page_items if one.kind in RECORDS]
    out: list[Sent] = []
    if spans:
        out.append((0.0, Signal.TRACES, request(spans)))
    if records:
        out.append((0.0, Signal.LOGS, logs_request(records, clock_ms)))
    return out


def logs_request(page_items: list[PageItem], clock_ms: int) -> bytes:
    out = ExportLogsServiceRequest()
    group = out.resource_logs.add()
    group.resource.attributes.extend([key_value("telemetry.sdk.language", "webjs"), key_value("service.name", "shop")])
    group.scope_logs.add().log_records.extend(record(one, clock_ms) for one in page_items)
    return out.SerializeToString()


def record(one: PageItem, clock_ms: int) -> LogRecord:
    """The number is its severity text: records have no id."""
    out = LogRecord(event_name=RECORDS[one.kind], severity_text=str(one.id))
    written_ms = one.start_ms + clock_ms
    facts: dict[str, object] = {"session.id": one.session, "view.id": one.view}
    if one.kind == "click_record":
        facts |= {"browser.css_selector": f"#{one.target}", "browser.tag_name": "BUTTON"}
    elif one.kind == "resource_record":
        written_ms += one.length_ms + 20
        timing = "browser.resource_timing."
        facts |= {f"{timing}fetch_start": float(one.start_ms), f"{timing}duration": float(one.length_ms)}
        facts |= {f"{timing}initiator_type": "fetch", "url.full": f"http://shop.example/{one.target}"}
    elif one.kind == "route_record":
        facts |= {"browser.navigation.same_document": True, "url.full": f"http://shop.example/{one.target}"}
    elif one.kind == "vital_record":
        facts |= {"browser.web_vital.name": "inp"}
    else:
        facts |= {"exception.message": one.target}
    out.time_unix_nano = BASE_NS + written_ms * MS
    if one.parent is not None:
        out.trace_id = b"t" * 15 + b"12"[one.session == "s2" :][:1]
        out.span_id = (one.parent + 1).to_bytes(8)
    out.attributes.extend(key_value(key, value) for key, value in facts.items())
    return out
