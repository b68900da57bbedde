"""Says in the summary which peer was not there."""

from __future__ import annotations

import pytest

from tests.peers.collector import PROGRAM

MISSING = "NOT TESTED AGAINST A REAL OPENTELEMETRY COLLECTOR: there is none here. `make collector` builds it (Go)"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not PROGRAM.exists():
        terminalreporter.section("peers", sep="!", red=True)
        terminalreporter.line(MISSING, red=True)
