"""What a recording may be: JSON lines of the file exporter, or one request in JSON or protobuf."""

from __future__ import annotations

import json

import pytest

from otelrum.commands.recording import requests_of
from otelrum.otlp.json import to_json
from tests.commands.runs import CART, run


def test_it_reads_one_request_in_json_of_many_lines_or_in_protobuf() -> None:
    requests = [batch for batch in requests_of(CART) if b"target_element" in batch.data]
    (request,) = requests
    pretty = json.dumps(json.loads(to_json(request.signal, request.data)), indent=2).encode()
    assert run("-", stdin=pretty).output == run("-", stdin=request.data).output != ""


@pytest.mark.parametrize("broken", [b"", b"hello", b"{", b'{"resourceSpans": 7}', b'{"a": 1}\n[]\n{'])
def test_what_is_no_otlp_is_said_to_be_none(broken: bytes) -> None:
    said = run("-", stdin=broken)
    assert said.exit_code in (0, 1) and "Traceback" not in said.output
    assert (said.exit_code == 1) == (broken != b"")
