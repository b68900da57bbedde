"""`sending_queue` as it stands in a configuration."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from otelrum.exporters.sending_queue import QueueBatchConfig, QueueConfig


def test_an_empty_batch_has_all_defaults_and_without_the_key_there_is_none() -> None:
    assert QueueConfig.model_validate({"batch": None}).batch == QueueBatchConfig()
    assert QueueConfig.model_validate({}).batch is None


def test_a_cap_below_the_trigger_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="max_size"):
        QueueConfig.model_validate({"batch": {"min_size": 10, "max_size": 9}})
