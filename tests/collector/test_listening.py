"""Where a listener is, as the log has it."""

from __future__ import annotations

import pytest

from otelrum.collector.listening import bound_to


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [("localhost:0", "localhost:4318"), (":4318", "*:4318"), ("[::1]:4318", "[::1]:4318")],
)
def test_the_host_is_the_one_of_the_configuration_and_the_port_the_real_one(endpoint: str, expected: str) -> None:
    assert bound_to(endpoint, 4318) == expected
