"""What tests of the runtime share."""

from __future__ import annotations

import pytest

from tests.collector.scribes import Scribes


@pytest.fixture
def scribes() -> Scribes:
    return Scribes()
