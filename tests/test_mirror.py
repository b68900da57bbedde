"""Each file of the program has a test file of its name; of the others it is said where their rules are tested."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path.relative_to(ROOT / "otelrum").as_posix()
    for path in (ROOT / "otelrum").rglob("*.py")
    if "pb" not in path.parts and not path.name.startswith("__")
)

# Values and contracts: nothing in them can be right or wrong but what others do with them.
VALUES = {
    "actions/counters.py": "numbers",
    "actions/details.py": "values of events",
    "actions/event_class.py": "the list of the classes",
    "actions/model.py": "values of events, clicks and actions",
    "actions/settings.py": "values; their defaults are the configuration's (rum_action/test_config.py)",
    "collector/clock.py": "the door to time",
    "collector/errors.py": "the list of the errors",
    "collector/factories.py": "the contract of a factory",
    "collector/storage.py": "the contract of a storage",
    "exporters/outcomes.py": "the list of what may become of a request",
    "exporters/transport.py": "the contract of a transport",
    "otlp/errors.py": "one error",
    "processors/rum_action/payload.py": "values on their way through",
}
# Parts that show only in what uses them: there each of their rules has its test.
THROUGH = {
    "builtin.py": "contract/test_every_component.py",
    "collector/auth.py": "extensions/bearertokenauth/test_extension.py",
    "collector/batcher.py": "processors/batch/test_processor.py",
    "collector/config/problems.py": "collector/config/test_read.py",
    "collector/config/service.py": "collector/config/test_read.py",
    "collector/config/sources.py": "test_cli.py",
    "collector/kafka_client.py": "collector/test_kafka.py",
    "collector/partition.py": "receivers/kafka/test_partition.py",
    "collector/reservation.py": "exporters/test_reservations.py",
    "collector/rewriting.py": "processors/attributes/test_items.py",
    "collector/sections.py": "test_docs.py",
    "collector/serving.py": "test_cli.py",
    "collector/tls.py": "receivers/otlp/test_tls.py",
    "connectors/rum_actions/points.py": "connectors/rum_actions/test_series.py",
    "exporters/debug/text.py": "exporters/debug/test_exporter.py",
    "exporters/kafka/transport.py": "kafka/test_exporter.py",
    "exporters/otlp_grpc/channel.py": "exporters/otlp_grpc/test_exporter.py",
    "exporters/response.py": "exporters/otlp_http/test_answer.py",
    "exporters/sending.py": "exporters/otlp_http/test_exporter.py",
    "exporters/signal_sender.py": "exporters/otlp_http/test_exporter.py",
    "exporters/unqueued.py": "exporters/test_reservations.py",
    "extensions/file_storage/database.py": "extensions/file_storage/test_rows.py",
    "extensions/file_storage/worker.py": "extensions/file_storage/test_rows.py",
    "extensions/live_view/application.py": "extensions/live_view/test_guard.py",
    "otlp/json_fields.py": "otlp/test_json.py",
    "processors/action_sampling/reading.py": "processors/action_sampling/test_processor.py",
    "processors/action_sampling/verdicts.py": "processors/action_sampling/test_processor.py",
    "processors/rum_action/metrics.py": "processors/rum_action/test_processor.py",
    "processors/rum_action/partitions.py": "processors/rum_action/test_partitioned.py",
    "receivers/kafka/group.py": "kafka/test_receiver.py",
    "receivers/kafka/log.py": "kafka/test_receiver.py",
    "receivers/kafka/messages.py": "kafka/test_receiver.py",
    "receivers/kafka/past.py": "kafka/test_receiver.py",
    "receivers/kafka/receiver.py": "kafka/test_receiver.py",
    "receivers/kafka/state.py": "kafka/test_receiver.py",
    "receivers/otlp/answers.py": "receivers/otlp/test_http.py",
    "receivers/otlp/grpc_tls.py": "receivers/otlp/test_tls.py",
    "receivers/otlp/http_server.py": "receivers/otlp/test_http.py",
    "receivers/otlp/inflated.py": "receivers/otlp/test_inflate.py",
    "receivers/otlp/intake.py": "receivers/otlp/test_http.py",
    "receivers/otlp/receiver.py": "receivers/otlp/test_tls.py",
    "testing.py": "conftest.py",
}


def mirror_of(file: str) -> Path:
    """`actions/idle.py` has `tests/actions/test_idle.py`."""
    folder, _, name = file.rpartition("/")
    return ROOT / "tests" / folder / f"test_{name}"


@pytest.mark.parametrize("file", FILES)
def test_each_file_has_a_test_file_of_its_name_or_says_where_it_is_tested(file: str) -> None:
    # A component's settings: their fields, defaults and mistakes are held to docs/configuration.md by test_docs.py.
    is_settings = file.count("/") == 2 and file.endswith("/config.py")
    assert mirror_of(file).exists() != (file in VALUES or file in THROUGH) or (is_settings and file not in THROUGH)


@pytest.mark.parametrize("file", [*VALUES, *THROUGH])
def test_no_exception_outlives_its_file(file: str) -> None:
    assert file in FILES
    assert (ROOT / "tests" / THROUGH.get(file, "")).exists()
