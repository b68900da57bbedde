"""What the OpenTelemetry Collector documents and otelrum takes without effect: the only list of it.

A pasted configuration starts, and the log says what is not done. Here stands only what changes nothing about which
data goes where and who can read it; a key with such a meaning that cannot be honoured stays an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from otelrum.collector.component import ComponentId
from otelrum.collector.config.nodes import Node, Path, Warn, path_text
from otelrum.collector.factories import ComponentKind, Factories


@dataclass(frozen=True, slots=True)
class WithoutEffect:
    """Keys of some sections: paths with types for ids, in which `*` stands for anything of one level."""

    sections: str
    keys: str
    instead: str

    @property
    def paths(self) -> list[str]:
        """Each key with each of its sections."""
        return [f"{section}::{key}" for section in self.sections.split() for key in self.keys.split()]


_SERVER_TLS = "receivers::otlp::protocols::*::tls extensions::health_check::tls"
_TLS = f"{_SERVER_TLS} exporters::*::tls"
_READER = "service::telemetry::metrics::readers::*"
_BUFFERS = "read_buffer_size write_buffer_size"
_POOL = "max_idle_conns max_idle_conns_per_host max_conns_per_host idle_conn_timeout disable_keep_alives"
_HTTP2 = "http2_read_idle_timeout http2_ping_timeout force_attempt_http2"
_ADDRESS_SAYS = "the address says it"
_NO_STEPS = "there are no such steps"
_ITS_CHOICE = "the library's choice"

LIST: tuple[WithoutEffect, ...] = (
    WithoutEffect("extensions", "pprof zpages", "Go's own pages; `py-spy` and the metrics show the same"),
    WithoutEffect("extensions::health_check", "check_collector_pipeline", "it never worked; see the metrics"),
    WithoutEffect("extensions::health_check", "response_headers include_metadata", "nobody reads them here"),
    WithoutEffect("extensions::file_storage", "timeout compaction", "SQLite waits and makes room by itself"),
    WithoutEffect("extensions::file_storage", "directory_permissions", "the umask of the process decides"),
    WithoutEffect("extensions::file_storage", "recreate", "`on_corrupt: set_aside`, the default, does it"),
    WithoutEffect("receivers::otlp::protocols::*", "transport", _ADDRESS_SAYS),
    WithoutEffect("receivers::otlp::protocols::*", "middlewares", _NO_STEPS),
    WithoutEffect("receivers::otlp::protocols::grpc", _BUFFERS, _ITS_CHOICE),
    WithoutEffect("receivers::otlp::protocols::http", "keep_alives_enabled", "`idle_timeout` ends a silent connection"),
    WithoutEffect("receivers::otlp::protocols::http", "response_headers", "clients of OTLP read none"),
    WithoutEffect("receivers::otlp::protocols::http::auth", "request_params", "tokens come in headers"),
    WithoutEffect(_TLS, "max_version curve_preferences", "the newest that both sides know"),
    WithoutEffect(_TLS, "cipher_suites include_insecure_cipher_suites", "OpenSSL's own choice"),
    WithoutEffect(_SERVER_TLS, "ca_file", "`client_ca_file` asks clients for a certificate"),
    WithoutEffect(_TLS, "include_system_ca_certs_pool tpm", "name every certificate in `ca_file`"),
    WithoutEffect("exporters::otlp_*", _BUFFERS, _ITS_CHOICE),
    WithoutEffect("exporters::otlp_*", "middlewares", _NO_STEPS),
    WithoutEffect("exporters::otlp_*::sending_queue", "metadata_keys", "no header of a request travels on"),
    WithoutEffect("exporters::otlp_*::sending_queue::batch", "partition", "no header of a request travels on"),
    WithoutEffect("exporters::otlp_grpc", "balancer_name wait_for_ready", "round robin; `retry_on_failure` waits"),
    WithoutEffect("exporters::otlp_http", f"{_POOL} {_HTTP2} cookies", _ITS_CHOICE),
    WithoutEffect("exporters::otlp_http", "compression_params", "the level is the library's"),
    WithoutEffect("exporters::otlp_http", "profiles_endpoint", "profiles are no signal here"),
    WithoutEffect("exporters::debug", "sampling_initial sampling_thereafter", "`verbosity` says how much is shown"),
    WithoutEffect("exporters::debug", "use_internal_logger output_paths", "`service::telemetry::logs` says where"),
    WithoutEffect("exporters::debug", "sending_queue timeout retry_on_failure", "nothing waits to be shown"),
    WithoutEffect("exporters::file", "flush_interval directory_permissions", "every line is written at once"),
    WithoutEffect("exporters::file::rotation", "localtime", "names of full files are in UTC"),
    WithoutEffect("processors::batch", "metadata_keys metadata_cardinality_limit", "no header of a request travels on"),
    WithoutEffect(
        "processors::attributes::include processors::attributes::exclude", "regexp", "patterns are compiled once"
    ),
    WithoutEffect("processors::memory_limiter", "min_gc_interval_when_*_limited", "Python frees memory by itself"),
    WithoutEffect("service::telemetry", "traces", "otelrum makes no spans of itself"),
    WithoutEffect("service::telemetry::logs", "development disable_caller disable_stacktrace", "lines are of one kind"),
    WithoutEffect("service::telemetry::logs", "sampling", "every line is written"),
    WithoutEffect("service::telemetry::logs", "error_output_paths processors", "`output_paths` says where"),
    WithoutEffect("service::telemetry::logs", "initial_fields", "put them where the lines are gathered"),
    WithoutEffect("service::telemetry::metrics", "views", "there are no histograms to change"),
    WithoutEffect(f"{_READER}::pull {_READER}::periodic", "cardinality_limits producers", "all series are shown"),
    WithoutEffect(
        f"{_READER}::pull::exporter::prometheus",
        "translation_strategy with_resource_constant_labels resource_constant_labels",
        "names and labels are those of [metrics.md](metrics.md)",
    ),
    WithoutEffect(
        f"{_READER}::periodic::exporter::otlp*",
        "compression timeout temporality_preference default_histogram_aggregation",
        "`timeout` is the reader's, sums are cumulative",
    ),
    WithoutEffect("service::telemetry::resource", "detectors schema_url", "attributes stand here as `key: value`"),
)

_PATTERNS = tuple((re.compile(path.replace("*", "[^:]*")), row.instead) for row in LIST for path in row.paths)


def without_effect(tree: Node, factories: Factories, warn: Warn) -> Node:
    """The tree without what has no effect, each warned of with its place."""
    return _Pruning(factories, warn).pruned(tree, (), ())


class _Pruning:
    def __init__(self, factories: Factories, warn: Warn) -> None:
        self._factories = factories
        self._warn = warn

    def pruned(self, node: Node, path: Path, typed: Path) -> Node:
        """`typed` is the path with types where it has ids."""
        if isinstance(node.value, dict):
            entries = {key: (child, (*typed, self._type(key, path))) for key, child in node.value.items()}
            kept = {
                key: self.pruned(child, (*path, key), below)
                for key, (child, below) in entries.items()
                if self._has_effect(child, (*path, key), below)
            }
            return Node(kept, node.place, node.text, node.empty)
        if isinstance(node.value, list):
            items = [
                self.pruned(child, (*path, index), (*typed, index))
                for index, child in enumerate(node.value)
                if path != ("service", "extensions") or _instead(("extensions", _type_of(child.value))) is None
            ]
            return Node(items, node.place, node.text, node.empty)
        return node

    def _has_effect(self, node: Node, path: Path, typed: Path) -> bool:
        instead = _instead(typed)
        if instead is not None:
            self._warn(f"{node.place}: {path_text(path)} has no effect here: {instead}")
        return instead is None

    def _type(self, key: str, path: Path) -> str:
        """The type of a component's id, under its newest name; any other key as it is."""
        if len(path) != 1 or path[0] not in list(ComponentKind):
            return key
        type = _type_of(key)
        factory = self._factories.find(ComponentKind(str(path[0])), type)
        return factory.type if factory else type


def _type_of(id: object) -> str:
    try:
        return ComponentId.parse(str(id)).type
    except ValueError:
        return ""


def _instead(typed: Path) -> str | None:
    path = path_text(typed)
    return next((instead for pattern, instead in _PATTERNS if pattern.fullmatch(path)), None)
